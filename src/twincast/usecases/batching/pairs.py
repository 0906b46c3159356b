"""Variants of a batch compared in pairs, on draws that they share: by how much, how likely, and all pairs at once."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch, Mode, Pair
from twincast.domain.fields import BY_NAME
from twincast.domain.predictions import Estimate
from twincast.stats.comparing import Paired, paired
from twincast.stats.power import size_for_shares
from twincast.usecases.batching.draws import Drawn
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, REVENUE
from twincast.usecases.batching.rows import Everything
from twincast.usecases.batching.summaries import reached

Array = NDArray[np.float64]

COMPARED: Final = (ENGAGEMENT, PURCHASE, REVENUE)


def pairs_of(batch: Batch, everybody: Everything, drawn: Drawn, basis: str) -> tuple[Pair, ...] | None:
    """Return every pair of variants, field by field; None where there is one variant, or one follows the other.

    What is compared is what each reaches among customers like these. Money is left out where they pay in several
    currencies.
    """
    if len(batch.variants) < 2 or batch.settings.mode is Mode.SEQUENCE:
        return None
    several = len(set(everybody.currencies.tolist())) > 1
    return tuple(
        pair
        for field in COMPARED
        if not (several and BY_NAME[field].kind == "money")
        for pair in _of_field(batch, everybody, drawn, field, basis)
    )


def _of_field(batch: Batch, everybody: Everything, drawn: Drawn, field: str, basis: str) -> Iterator[Pair]:
    means = reached(batch, everybody, drawn, field)
    if means is None:
        return
    values = _values(batch, everybody, field)
    found = paired(means, level=batch.settings.level, values=values)
    for place, (first, second) in enumerate(zip(found.first.tolist(), found.second.tolist(), strict=True)):
        yield Pair(
            field=field,
            first=batch.variants[first].id,
            second=batch.variants[second].id,
            difference=_estimate(found, field, place, found.low, found.high, basis),
            together=_estimate(found, field, place, found.low_together, found.high_together, basis),
            p_better=float(found.better[place]),
            apart=bool(found.apart[place]),
            customers_needed=_needed(field, float(values[first]), float(values[second])),
        )


def _values(batch: Batch, everybody: Everything, field: str) -> Array:
    """Return each variant's mean over those who have it with every variant, or over those who were assigned it."""
    values = everybody.values[field]
    if batch.settings.mode is Mode.ASSIGN:
        got = everybody.variant[:, 0]
        return np.array([np.nanmean(values[got == place, 0]) for place in range(len(batch.variants))])
    return np.asarray(values[~np.isnan(values).any(axis=1)].mean(axis=0))


def _estimate(found: Paired, field: str, place: int, low: Array, high: Array, basis: str) -> Estimate:
    return Estimate(
        value=float(found.difference[place]),
        low=float(low[place]),
        high=float(high[place]),
        level=found.level,
        unit=BY_NAME[field].unit,
        basis=basis,
    )


def _needed(field: str, first: float, second: float) -> int | None:
    """Return the real customers an arm that tell two shares apart; None where no number of them does."""
    if BY_NAME[field].kind != "probability" or first == second:
        return None
    size = float(size_for_shares(first, second))
    return int(size) if np.isfinite(size) else None
