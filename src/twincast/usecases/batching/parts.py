"""Computing and storing one part of a batch: its numbers as columns, and what a sequence leaves in the session."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch, Member
from twincast.domain.channels import CHANNELS
from twincast.domain.fields import VARIANT_PREFERENCE
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import frame_of
from twincast.response.cells import Cells, grid
from twincast.response.columns import Column
from twincast.response.ranking import TARGETS
from twincast.usecases import sessions
from twincast.usecases.batching.cells import Scene, Scenes, Sent
from twincast.usecases.batching.people import People, people_of
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.words import Waiting, columns_of_words, say, waiting
from twincast.usecases.context import Context
from twincast.usecases.memories import Remembering, happened
from twincast.usecases.visits import Happening, settle, visit

Array = NDArray[np.float64]

ENGAGEMENT, PURCHASE, REVENUE, RETENTION = "will_engage", "will_purchase", "expected_revenue", "loyalty_impact"
ALWAYS: Final = (ENGAGEMENT, PURCHASE, REVENUE, RETENTION)
"""Fields of every batch: its rows and what they add up to rest on them."""
PREFERENCE_DRAWS: Final = 400
"""Draws behind a customer's P(best): its own error is then some two points."""
TESTED, REFUSED = 1.0, 2.0
"""What the column `status` says of a row; NaN: nobody is there."""


def engine_of(ctx: Context, unit: UnitOfWork, batch: Batch) -> Engine:
    """Return the engine that was answering when the batch was accepted."""
    digest = batch.model
    return ctx.engine if digest is None else ctx.engine.learned(digest, lambda: unit.models.blob(digest))


def fields_of(batch: Batch) -> tuple[str, ...]:
    """Return the fields that the columns of a batch hold."""
    asked = (field for field in batch.settings.fields.values() if field != VARIANT_PREFERENCE)
    return tuple(dict.fromkeys((*ALWAYS, *asked)))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Computed:
    """One part: its columns, whom they are about, what these are to remember in the session, and who is to be heard."""

    columns: dict[str, NDArray[Any]]
    people: People
    sent: Sequence[Sent]
    waiting: Sequence[Waiting]


def computed(ctx: Context, engine: Engine, batch: Batch, people: People, start: int, stop: int) -> Computed:
    """Compute the part from position `start` to `stop`; nothing is stored."""
    scenes = Scenes(ctx, batch, people)
    spoken: list[Waiting] = []
    columns = numbers(engine, batch, people, scenes, start, stop, spoken)
    return Computed(columns=columns, people=people, sent=scenes.sent, waiting=spoken)


def bounds(batch: Batch, part: int) -> tuple[int, int]:
    """Return the positions of a part: the first, and the one after the last."""
    return part * batch.part, min((part + 1) * batch.part, batch.members)


def compute(ctx: Context, batch: Batch, part: int, wanted: Callable[[], bool] | None = None) -> None:
    """Compute one part and store it, all of it or nothing; one that is stored already is left as it is.

    Where it asks a language model and is not `wanted` any more, its numbers are stored all the same.

    Raises:
        WriteConflict: somebody else stored it in the meantime.
        UnknownSession, PhaseRefused: the session whose twins are to remember it is gone, paused or has ended.
    """
    start, stop = bounds(batch, part)
    with ctx.store.reading(ctx.workspace) as unit:
        if unit.batches.part(batch.id, part) is not None:
            return
        session = sessions.find(unit, batch.session_id)
        people = people_of(ctx, unit, batch, session, unit.batches.members(batch.id, start, stop))
        engine = engine_of(ctx, unit, batch)
    found = computed(ctx, engine, batch, people, start, stop)
    say(ctx, found.waiting, found.columns, wanted)
    with ctx.store.writing(ctx.workspace) as unit:
        members = unit.batches.members(batch.id, start, stop)
        columns = _still_there(found.columns, batch, members, start, stop)
        unit.batches.add_part(batch.id, part, columns)
        append(unit, ctx, batch, found, members)
        unit.commit()


def numbers(
    engine: Engine, batch: Batch, people: People, scenes: Scenes, start: int, stop: int, spoken: list[Waiting]
) -> dict[str, NDArray[Any]]:
    """Return the columns of a part: `<field>.<part of a Column>`, and what says which row it is.

    Cells that a language model is to be asked about are added to `spoken`.
    """
    width = batch.width
    rows = (stop - start) * width
    found = _blank(engine, batch, rows)
    place = _rows(people.positions - start, width)
    found["status"][_rows(people.refused - start, width)] = REFUSED
    found["status"][place] = TESTED
    found["currency"][place] = np.repeat(np.array(people.frame.currencies, dtype="<U3"), width)
    for scene in scenes:
        where = place[scene.rows]
        for field, column in _predicted(engine, batch, scene.cells).items():
            for name, values in column.parts().items():
                found[f"{field}.{name}"][where] = values
        found["variant"][where] = scene.variant
        found["channel"][where] = _codes(scene)
        if VARIANT_PREFERENCE in found:
            found[VARIANT_PREFERENCE][where] = _preference(engine, batch, scene)
        if batch.settings.words:
            spoken.extend(waiting(engine, batch, people, scene, where))
    return found


def _blank(engine: Engine, batch: Batch, rows: int) -> dict[str, NDArray[Any]]:
    """Return columns that say nothing of anybody, with the parts that each field has."""
    nobody = grid(frame_of([]), read(batch.variants, "USD"), batch.now)
    names = [f"{field}.{name}" for field, it in _predicted(engine, batch, nobody).items() for name in it.parts()]
    if VARIANT_PREFERENCE in batch.settings.fields.values():
        names.append(VARIANT_PREFERENCE)
    numbers = {name: np.full(rows, np.nan) for name in ("status", "variant", "channel", *names)}
    said = columns_of_words(rows) if batch.settings.words else {}
    return {**numbers, "currency": np.full(rows, "", dtype="<U3"), **said}


def _predicted(engine: Engine, batch: Batch, cells: Cells) -> Mapping[str, Column]:
    settings = batch.settings
    return engine.predict(cells, fields_of(batch), horizon_days=settings.horizon_days, level=settings.level)


def _rows(places: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """Return the rows of customers at some places."""
    found: NDArray[np.intp] = (places[:, None] * width + np.arange(width)).ravel()
    return found


def _codes(scene: Scene) -> Array:
    """Return the channel of each cell as its place in CHANNELS; NaN where nothing is sent."""
    sent = np.array([item.is_contact for item in scene.cells.interventions])[scene.cells.intervention]
    codes = np.array([CHANNELS.index(channel) for channel in scene.channels], dtype=np.float64)
    return np.where(sent, codes, np.nan)


def _preference(engine: Engine, batch: Batch, scene: Scene) -> Array:
    """Return each cell's P(best) among the variants of its customer, over draws that all cells share; ties split."""
    target = preferred_by(batch)
    drawn = engine.drawn(
        scene.cells,
        target,
        horizon_days=batch.settings.horizon_days,
        draws=PREFERENCE_DRAWS,
        seed=batch.settings.seed,
    ).reshape(-1, batch.width, PREFERENCE_DRAWS)
    drawn = np.where(np.isnan(drawn), -np.inf, -drawn if target == "will_unsubscribe" else drawn)
    top = drawn == drawn.max(axis=1, keepdims=True)
    return np.asarray((top / top.sum(axis=1, keepdims=True)).mean(axis=2).ravel())


def preferred_by(batch: Batch) -> str:
    """Return the field by which a customer prefers a variant: the first asked one that can rank."""
    return next((field for field in batch.settings.fields.values() if field in TARGETS), ENGAGEMENT)


def _still_there(
    columns: dict[str, NDArray[Any]], batch: Batch, members: Sequence[Member], start: int, stop: int
) -> dict[str, NDArray[Any]]:
    """Return columns without the numbers of those who were erased while these were computed."""
    if len(members) == stop - start:
        return columns
    gone = np.ones(stop - start, dtype=np.bool_)
    gone[[member.position - start for member in members]] = False
    rows = np.repeat(gone, batch.width)
    for array in columns.values():
        array[rows] = np.nan if array.dtype.kind == "f" else ""
    return columns


def append(unit: UnitOfWork, ctx: Context, batch: Batch, found: Computed, members: Sequence[Member]) -> None:
    """Append to the session's line what each twin was sent in it; of whom nothing is there any more, nothing."""
    there = {member.position for member in members}
    by_row: dict[int, list[Happening]] = {}
    for it in found.sent:
        by_row.setdefault(it.row, []).append(happened(it.exposure, it.at, batch.id))
    for row, happenings in by_row.items():
        if int(found.people.positions[row]) in there:
            twin = found.people.twins[row]
            met = replace(visit(ctx, unit, twin.id, batch.session_id), twin=twin)
            settle(unit, ctx, met, happenings, Remembering(), result=batch.id)
