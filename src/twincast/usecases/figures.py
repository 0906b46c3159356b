"""The numbers of many results as arrays, with draws of what the model does not know about all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.predictions import FieldPrediction
from twincast.domain.results import Result
from twincast.ports.engines import Engine
from twincast.usecases.askings import Asking
from twincast.usecases.scenes import PRIOR

Array = NDArray[np.float64]
Index = NDArray[np.intp]

DRAWS: Final = 1_000
"""Draws of the parameters behind an interval; its ends then vary by some hundredths of its width with the seed."""
CELLS: Final = 2_048
"""Rows of which draws are made, about: how far the model may be off is the same for a thousand customers as for all."""
LEAST, MOST = 32, 128
"""Customers of each group of whom draws are made, where it has so many."""
ENGAGEMENT, PURCHASE, AMOUNT, REVENUE = "will_engage", "will_purchase", "purchase_amount", "expected_revenue"
STATISTICS: Final[tuple[str, ...]] = (ENGAGEMENT, PURCHASE, AMOUNT)
"""Fields behind what every extraction adds up."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Figures:
    """Numbers of r rows by field.

    Attributes:
        owners: (r,) number of the customer of each row, from 0.
        values: by field, (r,); NaN where a row has none.
        drawn: (r,) place of a row among those of which draws were made, -1 for the others. Of a customer either all
            rows are among them, or none.
        draws: by field, (s, draws) values at shared draws of the parameters; only for fields that have them.
        level: of intervals.
        basis: what the numbers rest on.
    """

    owners: Index
    values: Mapping[str, Array]
    drawn: Index
    draws: Mapping[str, Array]
    level: float
    basis: str

    def by_customer(self, field: str, rows: Index) -> Array:
        """Return the mean of some rows for each customer who has a value, (n,)."""
        known = rows[~np.isnan(self.values[field][rows])]
        return _means(self.values[field][known][:, None], self.owners[known])[:, 0]

    def mean_draws(self, field: str, rows: Index) -> Array | None:
        """Return the mean over the customers of some rows at every draw, (draws,); None without any draw.

        Draws of some customers stand for all: how far the model is off for them, around the mean of all.
        """
        if field not in self.draws:
            return None
        values = self.values[field]
        known = rows[~np.isnan(values[rows])]
        some = known[self.drawn[known] >= 0]
        if not len(some):
            return None
        mean = _means(self.draws[field][self.drawn[some]], self.owners[some]).mean(axis=0)
        sampled = _means(values[some][:, None], self.owners[some]).mean()
        found: Array = mean - sampled + self.by_customer(field, known).mean()
        return found


def _means(values: Array, owners: Index) -> Array:
    """Return the mean of each customer's rows, (customers, k), in the order of the customers' numbers."""
    if not len(owners):
        return values
    order = np.argsort(owners, kind="stable")
    ordered = owners[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    if len(starts) == len(owners):  # one row each
        return values[order]
    counts = np.diff(np.r_[starts, len(owners)])
    means: Array = np.add.reduceat(values[order], starts, axis=0) / counts[:, None]
    return means


def owners_of(results: Sequence[Result]) -> Index:
    """Return the number of each result's customer, from 0, in the order in which they come."""
    numbers = {twin: number for number, twin in enumerate(dict.fromkeys(it.twin_id for it in results))}
    return np.array([numbers[it.twin_id] for it in results], dtype=np.intp)


def values_of(known: Sequence[Mapping[str, FieldPrediction]], fields: Sequence[str]) -> dict[str, Array]:
    """Return the number of each field in each row, (r,); NaN where there is none.

    Revenue is P(purchase) x the value of an order where nobody asked for it with an interval.
    """
    found = {field: np.array([_number(it.get(field)) for it in known], dtype=np.float64) for field in fields}
    if REVENUE not in found:
        found[REVENUE] = found[PURCHASE] * found[AMOUNT]
    return found


def sampled(owners: Index, groups: Sequence[object]) -> NDArray[np.bool_]:
    """Tell of which rows draws are made, (r,): all rows of some customers, evenly spread over each group.

    Args:
        owners: (r,) whose rows.
        groups: (r,) the group of each row; each gets customers of its own.
    """
    members: dict[object, dict[int, None]] = {}
    for owner, group in zip(owners.tolist(), groups, strict=True):
        members.setdefault(group, {})[owner] = None
    most = min(max(CELLS // max(len(members), 1), LEAST), MOST)
    chosen: set[int] = set()
    for mine in members.values():
        whom = list(mine)
        step = np.unique(np.linspace(0, len(whom) - 1, min(len(whom), most)).round().astype(np.intp))
        chosen |= {whom[place] for place in step.tolist()}
    found: NDArray[np.bool_] = np.isin(owners, list(chosen))
    return found


def drawn_of(
    engine: Engine, askings: Sequence[Asking], wanted: NDArray[np.bool_], fields: Sequence[str]
) -> tuple[Index, dict[str, Array]]:
    """Return `Figures.drawn` and `Figures.draws`; the draws are the same ones for every row, in whichever batch it is.

    Args:
        engine: draws.
        askings: the cells of all rows.
        wanted: (r,) of which rows draws are made.
        fields: of which there are draws.
    """
    rows = np.flatnonzero(wanted)
    places = np.full(len(wanted), -1, dtype=np.intp)
    places[rows] = np.arange(len(rows))
    draws = {field: np.full((len(rows), DRAWS), np.nan) for field in fields}
    for asking in askings:
        for part in asking.only(wanted):
            for field in fields:
                found = engine.drawn(part.cells, field, horizon_days=part.days, draws=DRAWS, seed=0)
                draws[field][places[part.places]] = found
    return places, draws


def basis_of(known: Sequence[Mapping[str, FieldPrediction]]) -> str:
    """Say what the statistics rest on: the prior, or what was learned, or some on either."""
    behind = {it[name].basis for it in known for name in STATISTICS if name in it}
    return " and ".join(sorted(behind)) or PRIOR.basis


def _number(found: FieldPrediction | None) -> float:
    """Return the number of a field; NaN for one without, or of which a mean would say nothing."""
    if found is None or found.estimate is None or found.kind in {"window", "ranking", "distribution"}:
        return float("nan")
    return found.estimate.value
