"""What each arm of a test is foretold to do among its customers, with all that the model does not know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.experiments import METRICS, MONEY
from twincast.domain.fields import BY_NAME
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.predictions import Estimate
from twincast.ports.engines import Engine
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import TwinFrame
from twincast.response.cells import Cells, grid
from twincast.response.heads import EXPLAINED_HEADS, RESPONSE_HEADS
from twincast.stats.intervals import two_sided
from twincast.stats.nodes import row_quantiles
from twincast.usecases.batching.draws import spaced, spread

Array = NDArray[np.float64]
LOOKED_AT: Final = 2_000
"""Customers of whom a prediction is made, evenly spaced among all."""
DRAWN: Final = 512
"""Customers of whom draws are made."""
DRAWS: Final = 500
WIDTH_LEVEL: Final = 0.8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Forecast:
    """What a arms are foretold to do among n customers.

    Attributes:
        each: (n, a) of each customer under each arm; means of it are what is foretold.
        draws: (a, d) of the means, at draws of all that is not known.
        scatter: how much single customers differ in money, under each arm, (a,); NaN for shares.
        unit, basis: of the numbers.
        currency: of money; None for shares.
    """

    arms: tuple[str, ...]
    each: Array
    draws: Array
    scatter: Array
    unit: str
    basis: str
    currency: str | None

    @property
    def means(self) -> Array:
        """Return the mean of each arm, (a,)."""
        found: Array = self.each.mean(axis=0)
        return found

    def estimate(self, arm: int, level: float, control: int | None = None) -> Estimate:
        """Return what is foretold of an arm, or of its difference to another one."""
        draws, value = self.draws[arm], float(self.means[arm])
        if control is not None:
            draws, value = draws - self.draws[control], value - float(self.means[control])
        low, high = (float(it[0]) for it in row_quantiles(draws[None], level))
        return Estimate(
            value=value, low=min(low, value), high=max(high, value), level=level, unit=self.unit, basis=self.basis
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Crowd:
    """Customers of whom is foretold.

    Attributes:
        frame: their twins, none of whom opted out.
        now: from when on is predicted; `days`: the day of each, (n,), where they differ.
        currency: where no twin states one.
    """

    frame: TwinFrame
    now: datetime
    currency: str
    days: Array | None = None

    def some(self) -> "Crowd":
        """Return at most `LOOKED_AT` of them, evenly spaced."""
        rows = spaced(len(self.frame), LOOKED_AT)
        return replace(self, frame=self.frame.take(rows), days=None if self.days is None else self.days[rows])


def forecast(
    engine: Engine,
    crowd: Crowd,
    arms: Mapping[str, Intervention | None],
    *,
    metric: str,
    window_days: int,
    seed: int,
    draws: int = DRAWS,
) -> Forecast:
    """Foretell the metric of each arm among customers.

    Args:
        engine: what answers.
        crowd: at least one customer.
        arms: id -> what is sent; None is nothing.
        metric: a key of `METRICS`.
        window_days: days within which it counts.
        seed, draws: of all that is not known.

    Raises:
        InvalidInput: a message can not be read, a channel has no such response, or money is of several currencies.
    """
    field, currencies = METRICS[metric], dict.fromkeys(crowd.frame.currencies)
    if metric == MONEY and len(currencies) > 1:
        message = f"customers pay in {', '.join(currencies)}"
        raise InvalidInput.of([FieldProblem(field="metric", message=message, allowed="one currency, or purchase")])
    asked = [field, *(("will_purchase", "purchase_amount") if metric == MONEY else ())]
    count, wide, drawn = len(crowd.frame), len(arms), spaced(len(crowd.frame), DRAWN)
    values = {name: np.full((count, wide), np.nan) for name in asked}
    widths, of_some = np.ones((count, wide)), np.full((len(drawn), wide, draws), np.nan)
    for currency in currencies:
        items = _items(arms, metric, window_days, currency)
        mine = np.array([it == currency for it in crowd.frame.currencies])
        rows, some = np.flatnonzero(mine), np.flatnonzero(mine[drawn])
        found = engine.predict(_cells(crowd, rows, items), asked, horizon_days=window_days, level=WIDTH_LEVEL)
        for name in asked:
            values[name][rows] = found[name].value.reshape(len(rows), wide)
        if metric == MONEY:
            widths[rows] = _widths(found["purchase_amount"].low, found["purchase_amount"].high).reshape(len(rows), wide)
        cells = _cells(crowd, drawn[some], items)
        parts = engine.drawn(cells, field, horizon_days=window_days, draws=draws, seed=seed)
        of_some[some] = parts.reshape(len(some), wide, draws)
    each = _told(values[field], tuple(arms), metric)
    head = RESPONSE_HEADS.get(metric) or EXPLAINED_HEADS.get(field, "purchase")
    return Forecast(
        arms=tuple(arms),
        each=each,
        draws=spread(each, each[drawn], np.nan_to_num(of_some), seed),
        scatter=_scatter(values, widths) if metric == MONEY else np.full(wide, np.nan),
        unit=BY_NAME[field].unit,
        basis=engine.backing(head).basis,
        currency=next(iter(currencies)) if metric == MONEY else None,
    )


def _items(
    arms: Mapping[str, Intervention | None], metric: str, days: int, currency: str
) -> tuple[ReadIntervention, ...]:
    """Read what is sent; engaging means the metric in every arm, and everything counts within the same window."""
    response = metric if metric in RESPONSE_HEADS else None
    found = []
    for name, given in arms.items():
        sent = replace(given or Intervention(type=NO_CONTACT), horizon_days=days)
        sent = sent if response is None else replace(sent, response=response)
        found.append(read_intervention(sent, currency=currency, path=f"arms[{name!r}]"))
    return tuple(found)


def _cells(crowd: Crowd, rows: NDArray[np.intp], items: tuple[ReadIntervention, ...]) -> Cells:
    cells = grid(crowd.frame.take(rows), items, crowd.now)
    return cells if crowd.days is None else replace(cells, days=crowd.days[rows])


def _told(values: Array, arms: tuple[str, ...], metric: str) -> Array:
    """Return the values, once every arm has one. Raises InvalidInput."""
    untold = np.isnan(values).any(axis=0)
    if not untold.any():
        return values
    name = ascii(arms[int(untold.argmax())][:60])
    message = f"has no {metric} to foretell in the arm {name}: its channel knows none"
    raise InvalidInput.of([FieldProblem(field="metric", message=message, allowed="another metric, or another channel")])


def _widths(low: Array, high: Array) -> Array:
    """Return the standard deviation of the logarithm of an order, 1 where the interval does not say."""
    known = (low > 0.0) & (high > low)
    found: Array = np.log(np.where(known, high, np.e) / np.where(known, low, 1.0)) / (2.0 * two_sided(WIDTH_LEVEL))
    return np.where(known, found, log(np.e))


def _scatter(values: Mapping[str, Array], widths: Array) -> Array:
    """Return how much what single customers spend differs: most spend nothing, and orders are log-normal."""
    chance, order = values["will_purchase"], np.nan_to_num(values["purchase_amount"])
    squares = (chance * order**2 * np.exp(np.minimum(widths, 2.0) ** 2)).mean(axis=0)
    found: Array = np.sqrt(np.maximum(squares - values["expected_revenue"].mean(axis=0) ** 2, 0.0))
    return found
