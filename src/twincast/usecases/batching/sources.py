"""A batch's rows as results to extract from: its stored numbers, and the cells behind them for what was not asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch
from twincast.domain.errors import TooLarge
from twincast.domain.policies import DEFAULT_POLICY
from twincast.domain.results import Result
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import default_response
from twincast.response.columns import Column
from twincast.usecases import sessions
from twincast.usecases.askings import Asking
from twincast.usecases.batching.cells import Scenes
from twincast.usecases.batching.parts import engine_of, fields_of
from twincast.usecases.batching.people import People, people_of
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.rows import Rows, stretch
from twincast.usecases.context import Context
from twincast.usecases.results import MOST_RESULTS
from twincast.usecases.worked_out import answered

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSources:
    """What a batch gives to an extraction.

    Attributes:
        engine: the one that answered it.
        results: its rows, customer by customer; askings: their cells.
        refused: customers who have opted out of profiling since.
    """

    engine: Engine
    results: tuple[Result, ...]
    askings: tuple[Asking, ...]
    refused: int


def sources_of(ctx: Context, unit: UnitOfWork, batch: Batch, twins: frozenset[str] | None) -> BatchSources:
    """Return the rows of a batch that are stored; nothing that is stored is computed again.

    Args:
        ctx, unit: whose batch, and where it is read.
        batch: which.
        twins: ids of twins whose rows are wanted; None for all.

    Raises:
        TooLarge: it has more rows than can be extracted at once.
    """
    if batch.cells > MOST_RESULTS:
        raise TooLarge(
            f"The batch has {batch.cells:,} rows, and at most {MOST_RESULTS:,} are extracted at once: its own results "
            "add all of them up, and its export holds them."
        )
    engine = engine_of(ctx, unit, batch)
    members = [it for it in unit.batches.members(batch.id, 0, batch.members) if twins is None or it.twin_id in twins]
    people = people_of(ctx, unit, batch, sessions.find(unit, batch.session_id), members)
    rows = stretch(unit, batch, 0, batch.members)
    cell = _cells(batch, rows, people)
    chosen = np.flatnonzero(cell >= 0)
    places = np.full(len(people) * batch.width, -1, dtype=np.intp)
    places[cell[chosen]] = np.arange(len(chosen))
    askings = tuple(_askings(ctx, unit, batch, people, places))
    results = _results(batch, engine, rows, people, chosen, cell[chosen] // batch.width)
    columns = {field: _column(rows.columns[field], chosen) for field in fields_of(batch)} if len(chosen) else {}
    known = answered(engine, results, askings, columns)
    return BatchSources(
        engine=engine,
        results=tuple(replace(result, known=mine) for result, mine in zip(results, known, strict=True)),
        askings=askings,
        refused=len(people.refused),
    )


def _cells(batch: Batch, rows: Rows, people: People) -> Index:
    """Return the cell of each row among those of these people, `width` for each; -1 for a row of somebody else."""
    person = {position: number for number, position in enumerate(people.positions.tolist())}
    whose = np.array([person.get(position, -1) for position in rows.positions.tolist()], dtype=np.intp)
    slot = np.zeros(len(rows), dtype=np.intp) if batch.width == 1 else rows.variant
    return np.where(whose >= 0, whose * batch.width + slot, -1)


def _askings(ctx: Context, unit: UnitOfWork, batch: Batch, people: People, places: Index) -> Iterator[Asking]:
    policy = unit.policies.current() or DEFAULT_POLICY
    for scene in Scenes(ctx, batch, people):
        mine = places[scene.rows]
        kept = np.flatnonzero(mine >= 0)
        if len(kept):
            yield Asking(
                places=mine[kept],
                cells=scene.cells.part(kept),
                days=batch.settings.horizon_days,
                level=batch.settings.level,
                zone=ctx.zone,
                policy=policy,
            )


def _results(batch: Batch, engine: Engine, rows: Rows, people: People, chosen: Index, whose: Index) -> list[Result]:
    items = {currency: read(batch.variants, currency) for currency in dict.fromkeys(rows.currencies)}
    made_by = engine.provenance
    found = []
    for row, person in zip(chosen.tolist(), whose.tolist(), strict=True):
        variant, channel, currency = int(rows.variant[row]), rows.channels[row], rows.currencies[row]
        item = items[currency][variant]
        found.append(
            Result(
                source=batch.id,
                variant=batch.variants[variant].id,
                twin=people.twins[person],
                type=item.type,
                channel=channel,
                response=item.response or default_response(item.type, channel or item.channel),
                known={},
                explanations=(),
                reply=None,
                label=batch.segment,
                cost=item.intervention.cost,
                currency=currency,
                model=made_by.model,
                prior=made_by.prior,
            )
        )
    return found


def _column(parts: Mapping[str, NDArray[np.float64]], chosen: Index) -> Column:
    names = ("value", "low", "high", "confidence")
    return Column(
        **{name: parts[name][chosen] for name in names}, cell=parts["cell"][chosen] if "cell" in parts else None
    )
