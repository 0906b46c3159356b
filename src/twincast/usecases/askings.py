"""Many cells asked together: those of one horizon, level and moment in one batch, each number as if it were alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.interventions import ReadIntervention
from twincast.domain.policies import DEFAULT_POLICY, ContactPolicy
from twincast.domain.results import Result
from twincast.ports.engines import Engine
from twincast.reading.twins import TwinFrame, joined
from twincast.response.cells import Cells, Remembered
from twincast.response.columns import Column
from twincast.usecases.scenes import Subject

Array = NDArray[np.float64]
Index = NDArray[np.intp]
AT_ONCE: Final = 8_192
"""Cells that are computed at a time; the numbers do not depend on it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asking:
    """Some of r rows as cells.

    Attributes:
        places: (k,) which rows; cells: their k cells, in the same order.
        days: horizon of those whose message names none; level: of intervals.
        zone, policy: the workspace's, for customers whose own zone is not known, and for times to send.
    """

    places: Index
    cells: Cells
    days: int
    level: float
    zone: str
    policy: ContactPolicy = DEFAULT_POLICY

    def only(self, wanted: NDArray[np.bool_]) -> Iterator["Asking"]:
        """Yield the rows that are wanted, (r,) yes or no, some thousands at a time."""
        mine = np.flatnonzero(wanted[self.places])
        for start in range(0, len(mine), AT_ONCE):
            some = mine[start : start + AT_ONCE]
            yield replace(self, places=self.places[some], cells=self.cells.part(some))


def asking_of(results: Sequence[Result], subjects: Mapping[int, Subject]) -> list[Asking]:
    """Return results of a session as cells.

    Args:
        results: r of them.
        subjects: whom each is about, for those that are to be asked.
    """
    groups: dict[tuple[int, float, datetime], list[int]] = {}
    for place, subject in subjects.items():
        told = results[place].told
        if told is not None:
            groups.setdefault((told.settings.horizon_days, told.settings.level, subject.now), []).append(place)
    return [_group(results, subjects, places, *key[:2]) for key, places in groups.items()]


def _group(
    results: Sequence[Result], subjects: Mapping[int, Subject], places: Sequence[int], days: int, level: float
) -> Asking:
    whom: dict[int, int] = {}
    frames: list[TwinFrame] = []
    memories = []
    items: dict[object, int] = {}
    read: list[ReadIntervention] = []
    twin, intervention = [], []
    for place in places:
        subject, told = subjects[place], results[place].told
        if id(subject) not in whom:
            whom[id(subject)] = len(frames)
            frames.append(subject.frame)
            memories.append(subject.memory)
        if told is None:
            continue
        key = _key(told.intervention, subject.currency)
        if key not in items:
            items[key] = len(read)
            read.append(told.intervention)
        twin.append(whom[id(subject)])
        intervention.append(items[key])
    first = subjects[places[0]]
    return Asking(
        places=np.array(places, dtype=np.intp),
        cells=Cells(
            twins=joined(frames),
            interventions=tuple(read),
            twin=np.array(twin, dtype=np.intp),
            intervention=np.array(intervention, dtype=np.intp),
            now=first.now,
            remembered=Remembered(memories=tuple(memories), zone=first.zone) if any(memories) else None,
        ),
        days=days,
        level=level,
        zone=first.zone,
        policy=first.policy,
    )


def _key(item: ReadIntervention, currency: str) -> object:
    """Return what makes two interventions the same for every number."""
    given = item.intervention
    return (
        item.reading.digest if item.reading else None,
        item.type,
        item.channel,
        item.response,
        item.timing,
        currency,
        given.horizon_days,
        given.at,
        given.personalization_level,
        given.products,
        given.cost,
    )


def predicted(
    engine: Engine, askings: Sequence[Asking], fields: Sequence[str], wanted: NDArray[np.bool_]
) -> dict[str, Column]:
    """Predict numeric fields for the rows that are wanted; columns of (r,), NaN for the others."""
    whole: dict[str, dict[str, Array]] = {field: {} for field in fields}
    for asking in askings:
        for part in asking.only(wanted):
            found = engine.predict(part.cells, fields, horizon_days=part.days, level=part.level)
            for field, column in found.items():
                for name, values in column.parts().items():
                    if name not in whole[field]:
                        whole[field][name] = np.full(len(wanted), np.nan)
                    whole[field][name][part.places] = values
    blank = np.full(len(wanted), np.nan)
    empty = {"value": blank, "low": blank, "high": blank, "confidence": blank}
    return {field: Column(**(parts or empty)) for field, parts in whole.items()}
