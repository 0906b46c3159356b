"""A batch as a table to take away: its rows part by part, with what each of its numbers rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from twincast.domain.batches import Batch, Mode
from twincast.domain.errors import BatchUnderWay
from twincast.domain.exports import Chunk, Column, Kind
from twincast.domain.fields import CATALOGUE, VARIANT_PREFERENCE
from twincast.domain.interventions import ReadIntervention
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import default_response
from twincast.usecases import batches
from twincast.usecases.batching.pages import FIRST_CHANNEL
from twincast.usecases.batching.parts import engine_of, fields_of
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.rows import Rows, stretch
from twincast.usecases.context import Context
from twincast.usecases.exports import IDENTITY, Export, columns_of_field
from twincast.usecases.scenes import backing_of

ASSIGNED, PREFERRED = "assignment_probability", VARIANT_PREFERENCE


def of_batch(ctx: Context, batch_id: str) -> Export:
    """Return the rows of a batch, customer by customer in its order.

    Who is unknown, has opted out or was erased is not in it; of a batch that was cancelled, whatever was computed is.

    Raises:
        UnknownBatch: there is none in this workspace.
        BatchUnderWay: it is still being computed: a part of it would look like the whole.
    """
    found = batches.get(ctx, batch_id, limit=1)
    batch = found.batch
    if found.job is not None and not found.job.is_ended:
        raise BatchUnderWay(f"The batch '{batch.id}' is {found.job.status}: wait for its job '{found.job.id}'.")
    with ctx.store.reading(ctx.workspace) as unit:
        writer = _Writer(batch=batch, engine=engine_of(ctx, unit, batch), items=read(batch.variants, ctx.currency))
    return Export(name=batch.id, columns=writer.columns(), chunks=lambda first: writer.chunks(ctx, first))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Writer:
    """How the rows of one batch are written; remembers what stands behind a field on a channel."""

    batch: Batch
    engine: Engine
    items: Sequence[ReadIntervention]
    bases: dict[tuple[str, int, str | None], tuple[str, str]] = field(default_factory=dict)

    def fields(self) -> tuple[str, ...]:
        """Return the fields that it holds, in the order of the catalogue."""
        held = set(fields_of(self.batch))
        return tuple(it.name for it in CATALOGUE if it.name in held)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: those of every export, then what only a batch has."""
        more = [ASSIGNED] if self.batch.settings.mode is Mode.ASSIGN else []
        more += [PREFERRED] if PREFERRED in self.batch.settings.fields.values() else []
        numbers = (Column(name=name, kind=Kind.NUMBER) for name in more)
        return (*IDENTITY, *numbers, *(it for name in self.fields() for it in columns_of_field(name)))

    def chunks(self, ctx: Context, first: int) -> Iterator[tuple[int, Chunk]]:
        """Yield the rows of one part after the other; the store is let go between them."""
        for part in range(first, self.batch.parts):
            start = part * self.batch.part
            with ctx.store.reading(ctx.workspace) as unit:
                found = stretch(unit, self.batch, start, start + self.batch.part)
                chunk = self._chunk(unit, found, start) if len(found) else None
            if chunk is not None:
                yield part, chunk

    def _chunk(self, unit: UnitOfWork, rows: Rows, start: int) -> Chunk:
        count, batch = len(rows), self.batch
        members = {it.position: it for it in unit.batches.members(batch.id, start, start + batch.part)}
        newest = unit.twins.get_many(list(dict.fromkeys(rows.twin_ids)))
        customers = {twin.id: twin.customer_id for twin in newest if twin is not None}
        variants, made_by = rows.variant.tolist(), self.engine.provenance
        chunk: dict[str, Sequence[object]] = {
            "source": [batch.id] * count,
            "digital_twin_id": rows.twin_ids,
            "customer_id": [customers.get(it) for it in rows.twin_ids],
            "twin_version": [members[at].version for at in rows.positions.tolist()],
            "intervention_id": [batch.variants[place].id for place in variants],
            "intervention_type": [self.items[place].type for place in variants],
            "channel": rows.channels,
            "currency": rows.currencies,
            "as_of": [batch.settings.as_of] * count,
            "horizon_days": [
                self.items[place].intervention.horizon_days or batch.settings.horizon_days for place in variants
            ],
            "level": [batch.settings.level] * count,
            "model": [made_by.model] * count,
            "prior": [made_by.prior] * count,
            "created_at": [batch.created_at] * count,
        }
        if batch.settings.mode is Mode.ASSIGN:
            chunk[ASSIGNED] = [1.0 / len(batch.variants)] * count
        if PREFERRED in rows.columns:
            chunk[PREFERRED] = rows.columns[PREFERRED]["value"].tolist()
        for name in self.fields():
            chunk |= self._of_field(name, rows, variants)
        return {column.name: chunk.get(column.name, [None] * count) for column in self.columns()}

    def _of_field(self, name: str, rows: Rows, variants: Sequence[int]) -> dict[str, list[Any]]:
        parts = rows.columns[name]
        numbers = {name if part == "value" else f"{name}_{part}": values.tolist() for part, values in parts.items()}
        behind = [self._behind(name, place, channel) for place, channel in zip(variants, rows.channels, strict=True)]
        words = {f"{name}_basis": [basis for basis, _ in behind]}
        return numbers | words | ({f"{name}_response": [it for _, it in behind]} if name == "will_engage" else {})

    def _behind(self, name: str, place: int, channel: str | None) -> tuple[str, str]:
        """Return the basis of a field for a variant on a channel, and what engaging means there."""
        key = (name, place, channel)
        if key not in self.bases:
            item = self.items[place]
            response = item.response or default_response(item.type, channel or item.channel)
            self.bases[key] = backing_of(self.engine, name, response, channel or FIRST_CHANNEL).basis, response
        return self.bases[key]
