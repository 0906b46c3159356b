"""What contacts add to an objective, against not making them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.memories import Memory
from twincast.domain.objectives import Objective
from twincast.domain.predictions import Estimate
from twincast.domain.sequences import Worth
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response
from twincast.response.cells import Cells, Remembered, grid
from twincast.stats.nodes import row_quantiles
from twincast.usecases.optimizing.worths import Aim, worth_draws, worths
from twincast.usecases.scenes import Subject, backing_of
from twincast.usecases.sequencing.contacts import Contact

Array = NDArray[np.float64]

DRAWS: Final = 2_000
"""Draws behind the interval of a profit, which has no closed form."""
AGAINST_NOTHING: Final = {"expected_revenue": "revenue_impact"}
"""Fields whose difference against sending nothing is a field of its own."""


def gains(engine: Engine, subject: Subject, memory: Memory | None, contacts: Sequence[Contact], aim: Aim) -> Array:
    """Return what each contact adds, (n,), with what the customer remembers; NaN where there is no such field."""
    found = np.full(len(contacts), np.nan)
    for places in at_once(contacts):
        cells = cells_for(subject, memory, [contacts[place] for place in places])
        if aim.objective.needs_costs:
            found[places] = worths(engine, cells, aim).value
        else:
            found[places] = _differences(engine, cells, aim, 0.8)[0]
    return found


def worth(
    engine: Engine,
    subject: Subject,
    memories: tuple[Memory | None, Memory | None],
    contact: Contact,
    aim: Aim,
    *,
    level: float,
    seed: int,
) -> Worth:
    """Return what one contact adds, with its interval, and what it would have added to a customer left alone so far.

    Args:
        memories: with the plan's contacts so far, and without them.
    """
    now, before = memories
    cells = cells_for(subject, now, [contact])
    if aim.objective.needs_costs:
        value = worths(engine, cells, aim).value
        ends = row_quantiles(worth_draws(engine, cells, aim, draws=DRAWS, seed=seed), level)
        low, high = float(ends[0][0]), float(ends[1][0])
    else:
        value, lows, highs = _differences(engine, cells, aim, level)
        low, high = float(lows[0]), float(highs[0])
    estimate = Estimate(
        value=float(value[0]),
        low=min(low, float(value[0])),
        high=max(high, float(value[0])),
        level=level,
        unit=unit_of(aim.objective, subject.currency),
        basis=_basis(engine, contact, aim),
    )
    return Worth(gain=estimate, fresh=float(gains(engine, subject, before, [contact], aim)[0]))


def unit_of(objective: Objective, currency: str) -> str:
    """Return the unit of a gain."""
    return currency if objective.unit == "currency" else "probability"


def at_once(contacts: Sequence[Contact]) -> list[list[int]]:
    """Return the places of contacts that are decided at the same moment: they are one batch of cells."""
    places: dict[datetime, list[int]] = {}
    for place, contact in enumerate(contacts):
        places.setdefault(contact.after, []).append(place)
    return list(places.values())


def cells_for(subject: Subject, memory: Memory | None, contacts: Sequence[Contact]) -> Cells:
    """Return contacts that are decided at the same moment as cells, with what the customer remembers."""
    remembered = None if memory is None else Remembered(memories=(memory,), zone=subject.zone)
    return grid(subject.frame, [it.item for it in contacts], contacts[0].after, remembered)


def _differences(engine: Engine, cells: Cells, aim: Aim, level: float) -> tuple[Array, Array, Array]:
    field = AGAINST_NOTHING.get(aim.objective.field, aim.objective.field)
    column = engine.predict(cells, [field], horizon_days=aim.horizon_days, level=level)[field]
    if aim.objective.incremental or field != aim.objective.field:
        return column.value, column.low, column.high
    return column.difference()


def _basis(engine: Engine, contact: Contact, aim: Aim) -> str:
    response = contact.item.response or default_response(contact.item.type, contact.channel)
    return backing_of(engine, aim.objective.field, response, contact.channel).uplift_basis
