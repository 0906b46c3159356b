"""Plain features for estimators of the caller's own, and recency, frequency and money for the baseline of that name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.fields import PROTECTED
from twincast.reading.twins import STATE
from twincast.usecases.backtesting.cases import Cases

Array = NDArray[np.float64]
MOST_CATEGORIES: Final = 20
NOT_FEATURES: Final = frozenset({"as_of_day", "age", "profiling_opt_out"})
"""A day that is the same for all, a protected attribute, and a switch."""
NEVER: Final = PROTECTED | {"age"}
"""Attributes to judge by, and never to predict by."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Features:
    """How cases become a matrix without gaps; what is learned of it (means, categories) is learned in training rows.

    Attributes:
        names: of its columns, those of the arms last.
        of: cases and arms -> (n, len(names)).
    """

    names: tuple[str, ...]
    of: Callable[[Cases, NDArray[np.intp]], Array]


def plain_features(train: Cases) -> Features:
    """Lay out what is known of a customer: the twin's state, further columns of the table, and the arm.

    Numbers are as they are, a gap is the training mean beside a column that says so; texts with at most twenty values
    are a column a value.
    """
    open_ = {name: cells for name, cells in train.columns.items() if name.rpartition(".")[2] not in NEVER}
    parts = [_state(train), *(_column(name, cells) for name, cells in open_.items()), _arms(train)]
    kept = [part for part in parts if part is not None]

    def of(cases: Cases, arm: NDArray[np.intp]) -> Array:
        return np.concatenate([part.of(cases, arm) for part in kept], axis=1)

    return Features(names=tuple(name for part in kept for name in part.names), of=of)


def recency_frequency_money(train: Cases) -> Features:
    """Lay out the three figures that every shop has, standardised, with flags for gaps, and the arm."""

    def three(cases: Cases, _arm: NDArray[np.intp]) -> Array:
        frame = cases.frame
        days = np.maximum(cases.days - frame.column("last_order_day"), 0.0)
        rate = frame.column("orders") / np.maximum(frame.column("orders_days"), 90.0)
        stated = frame.column("spend_365")
        money = np.where(np.isnan(stated), frame.column("lifetime_value"), stated)
        found: Array = np.log1p(np.stack([days, 1_000.0 * rate, np.maximum(money, 0.0)], axis=1))
        return found

    filled = _filled(("recency", "frequency", "money"), three(train, train.arm))
    mean, sd = (values(filled.fill(three(train, train.arm)), axis=0) for values in (np.mean, np.std))
    arms = _arms(train)

    def of(cases: Cases, arm: NDArray[np.intp]) -> Array:
        scaled: Array = (filled.fill(three(cases, arm)) - mean) / np.where(sd > 0, sd, 1.0)
        return np.concatenate([scaled, arms.of(cases, arm)], axis=1)

    return Features(names=(*filled.names, *arms.names), of=of)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Filled:
    names: tuple[str, ...]
    fill: Callable[[Array], Array]


def _filled(names: Sequence[str], seen: Array) -> _Filled:
    """Return how gaps are filled: by the training mean, with a flag where there are both gaps and values."""
    known = np.isfinite(seen)
    usable: NDArray[np.bool_] = np.asarray(known.any(axis=0))
    sums = np.where(known, seen, 0.0).sum(axis=0)
    mean = sums / np.maximum(known.sum(axis=0), 1)
    flagged: NDArray[np.bool_] = usable & ~np.asarray(known.all(axis=0))

    def fill(values: Array) -> Array:
        gap = ~np.isfinite(values)
        full = np.where(gap, mean, values)
        return np.concatenate([full[:, usable], gap[:, flagged].astype(np.float64)], axis=1)

    named = [name for name, kept in zip(names, usable, strict=True) if kept]
    flags = [f"{name} missing" for name, kept in zip(names, flagged, strict=True) if kept]
    return _Filled(names=(*named, *flags), fill=fill)


def _state(train: Cases) -> Features | None:
    places = [place for place, name in enumerate(STATE) if name not in NOT_FEATURES]

    def values(cases: Cases) -> Array:
        found = cases.frame.values[:, places].copy()
        for position, place in enumerate(places):
            if STATE[place].endswith("_day"):  # a date ages: days before the contact
                found[:, position] = cases.days - found[:, position]
        return found

    filled = _filled([STATE[place] for place in places], values(train))
    varies = np.ptp(filled.fill(values(train)), axis=0) > 0 if len(train) else np.zeros(0, dtype=np.bool_)
    names = tuple(name for name, kept in zip(filled.names, varies, strict=True) if kept)
    return Features(names=names, of=lambda cases, _arm: filled.fill(values(cases))[:, varies])


def _column(name: str, cells: Sequence[object]) -> Features | None:
    """Return how one column of the table is laid out; None where it is neither numbers nor few texts."""
    held = [cell for cell in cells if is_known(cell)]
    if not held:
        return None
    if all(isinstance(cell, bool | int | float) for cell in held):
        filled = _filled([name], numbers(cells)[:, None])
        return Features(names=filled.names, of=lambda cases, _arm: filled.fill(numbers(cases.columns[name])[:, None]))
    if not all(isinstance(cell, str) for cell in held):
        return None
    levels = sorted({str(cell) for cell in held})
    if not 2 <= len(levels) <= MOST_CATEGORIES:
        return None

    def of(cases: Cases, _arm: NDArray[np.intp]) -> Array:
        texts = np.array([str(cell) for cell in cases.columns[name]])
        return np.asarray(texts[:, None] == np.array(levels), dtype=np.float64)

    return Features(names=tuple(f"{name} = {level}" for level in levels), of=of)


def _arms(train: Cases) -> Features:
    count = len(train.arms)

    def of(_cases: Cases, arm: NDArray[np.intp]) -> Array:
        return np.asarray(arm[:, None] == np.arange(count), dtype=np.float64)

    return Features(names=tuple(f"sent {name}" for name in train.arms), of=of)


def is_known(cell: object) -> bool:
    """Tell whether a cell holds something: neither None nor NaN, nor the mark of an absent cell."""
    return isinstance(cell, bool | int | float | str | list | Mapping) and cell == cell and cell != ""


def numbers(cells: Sequence[object]) -> Array:
    """Return cells as numbers; NaN where there is none."""
    return np.array([float(cell) if isinstance(cell, bool | int | float) else np.nan for cell in cells])
