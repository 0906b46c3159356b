"""A stored extraction as a table to take away: its rows, each number with its interval."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

from twincast.domain.exports import Chunk, Column, Kind
from twincast.domain.extractions import Extraction, KeptRow
from twincast.domain.ids import ExtractionId
from twincast.response.model import NUMERIC
from twincast.usecases import extractions
from twincast.usecases.context import Context
from twincast.usecases.exports import Export
from twincast.usecases.results import AT_ONCE

IDENTITY: Final[tuple[Column, ...]] = tuple(
    Column(name=name, kind=Kind.NUMBER if name == "level" else Kind.TEXT)
    for name in (
        "source", "digital_twin_id", "customer_id", "intervention_variant", "customer_segment", "currency", "level",
    )
)  # fmt: skip
"""The first columns; those of the asked fields follow in their order, and `reasoning` last."""


def of_extraction(ctx: Context, extraction_id: str) -> Export:
    """Return the rows of a stored extraction in their order; those of erased customers are gone.

    Raises:
        UnknownExtraction: there is none in this workspace.
    """
    found = extractions.get(ctx, extraction_id, limit=1).extraction
    columns = _columns(found)

    def chunks(first: int) -> Iterator[tuple[int, Chunk]]:
        cursor: str | None = None
        for number in count():
            with ctx.store.reading(ctx.workspace) as unit:
                page = unit.extractions.rows(ExtractionId(extraction_id), cursor, AT_ONCE)
            if number >= first and page.items:
                yield number, _chunk(columns, page.items)
            cursor = page.next_cursor
            if cursor is None:
                return

    return Export(name=extraction_id, columns=columns, chunks=chunks)


def _columns(found: Extraction) -> tuple[Column, ...]:
    named = {column.name: column for column in IDENTITY}
    for name in found.fields:
        field = found.definitions.get(name)
        is_number = field is not None and field.field in NUMERIC and field.kind not in {"window", "distribution"}
        parts = (name, f"{name}_low", f"{name}_high") if is_number else (name,)
        for part in parts:
            named.setdefault(part, Column(name=part, kind=Kind.NUMBER if is_number else Kind.TEXT))
    named.setdefault("reasoning", Column(name="reasoning", kind=Kind.TEXT))
    return tuple(named.values())


def _chunk(columns: Sequence[Column], rows: Sequence[KeptRow]) -> Chunk:
    plain = [_plain(row) for row in rows]
    return {column.name: [row.get(column.name) for row in plain] for column in columns}


def _plain(row: KeptRow) -> dict[str, object]:
    ends = {
        f"{name}_{end}": value
        for name, it in row.intervals.items()
        for end, value in zip(("low", "high"), it, strict=True)
    }
    values = {name: "; ".join(it) if isinstance(it, tuple) else it for name, it in row.values.items()}
    return {
        "reasoning": row.reasoning,
        **values,
        **ends,
        "source": row.source,
        "digital_twin_id": row.twin_id,
        "customer_id": row.customer_id,
        "intervention_variant": row.variant,
        "customer_segment": row.segment,
        "currency": row.currency,
        "level": row.level,
    }
