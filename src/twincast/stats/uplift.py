"""How well predicted uplift ranks people in randomised data: uplift and Qini curves, their areas, uplift by decile.

Works for 0/1 outcomes and for money alike. References: Radcliffe 2007 (Qini), Gutierrez and Gerardy 2017 (review).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twincast.stats.intervals import two_sided
from twincast.stats.resampling import DRAWS, bootstrap
from twincast.stats.scoring import Score

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class UpliftCurve:
    """Cumulated uplift when the people with the highest predictions are contacted first, per person of the whole.

    Attributes:
        share: (k,) share of people contacted, from 0 to 1; equal predictions come in together.
        gain: (k,) share x (mean outcome of contacted - of not contacted) among them: incremental outcome per person.
        qini: (k,) Radcliffe's curve: outcomes of the contacted less those of the others scaled to their number, per
            contacted person in all.
    """

    share: Array
    gain: Array
    qini: Array


@dataclass(frozen=True, kw_only=True, slots=True)
class UpliftAreas:
    """Areas of an uplift curve.

    Attributes:
        ate: average effect of contact: the height of the curve at its right end.
        auuc: area under the uplift curve, per person.
        qini: the area above the random line, auuc - ate / 2, per person: 0 for a ranking that knows nothing.
    """

    ate: Score
    auuc: Score
    qini: Score


@dataclass(frozen=True, kw_only=True, slots=True)
class UpliftGroup:
    """A share of the people by predicted uplift, highest first."""

    count: int
    contacted: int
    predicted: float
    observed: Score


def uplift_curve(
    predicted: ArrayLike, outcomes: ArrayLike, contacted: ArrayLike, propensity: ArrayLike | None = None
) -> UpliftCurve:
    """Return the uplift curve.

    Args:
        predicted: (n,) predicted uplift.
        outcomes: (n,) 0/1, or money.
        contacted: (n,) 0 or 1, randomised.
        propensity: (n,) P(contacted), where it differs between people; means are then weighted by its inverse.
    """
    sums = _sums(predicted, outcomes, contacted, propensity)
    return sums(np.ones(len(np.asarray(predicted))))


def uplift_areas(
    predicted: ArrayLike,
    outcomes: ArrayLike,
    contacted: ArrayLike,
    propensity: ArrayLike | None = None,
    *,
    draws: int = DRAWS,
    level: float = 0.95,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> UpliftAreas:
    """Return average effect, AUUC and Qini with bootstrap intervals; arguments as in `uplift_curve` and `bootstrap`."""
    area = areas_of(predicted, outcomes, contacted, propensity)
    count = len(np.asarray(predicted))
    ate, auuc, qini = bootstrap(area, count, draws=draws, level=level, seed=seed, clusters=clusters)
    return UpliftAreas(ate=ate, auuc=auuc, qini=qini)


def areas_of(
    predicted: ArrayLike, outcomes: ArrayLike, contacted: ArrayLike, propensity: ArrayLike | None = None
) -> Callable[[Array], Array]:
    """Return a function from weights of the cases to (average effect, AUUC, Qini): for paired comparisons."""
    sums = _sums(predicted, outcomes, contacted, propensity)

    def area(weights: Array) -> Array:
        curve = sums(weights)
        ate, auuc = float(curve.gain[-1]), float(np.trapezoid(curve.gain, curve.share))
        return np.array([ate, auuc, auuc - ate / 2.0])

    return area


def uplift_by_group(
    predicted: ArrayLike, outcomes: ArrayLike, contacted: ArrayLike, groups: int = 10, level: float = 0.95
) -> list[UpliftGroup]:
    """Return observed uplift by predicted uplift, highest first, with Welch's interval; NaN without both arms."""
    values, y = np.asarray(predicted, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    treated = np.asarray(contacted, dtype=np.bool_)
    order = np.argsort(-values, kind="stable")
    parts = np.array_split(order, min(groups, len(order))) if len(order) else []
    return [
        UpliftGroup(
            count=len(part),
            contacted=int(treated[part].sum()),
            predicted=float(values[part].mean()),
            observed=difference(y[part][treated[part]], y[part][~treated[part]], level),
        )
        for part in parts
    ]


def difference(above: Array, below: Array, level: float = 0.95) -> Score:
    """Return the difference of two means with its normal interval (Welch); NaN with fewer than two in either."""
    nan = float("nan")
    if len(above) < 2 or len(below) < 2:
        return Score(value=nan, low=nan, high=nan, level=level)
    value = float(above.mean() - below.mean())
    half = two_sided(level) * float(np.sqrt(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below)))
    return Score(value=value, low=value - half, high=value + half, level=level)


def _sums(
    predicted: ArrayLike, outcomes: ArrayLike, contacted: ArrayLike, propensity: ArrayLike | None
) -> Callable[[Array], UpliftCurve]:
    values = np.asarray(predicted, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    y, treated = (np.asarray(it, dtype=np.float64)[order] for it in (outcomes, contacted))
    chance = np.full(len(y), 0.5) if propensity is None else np.asarray(propensity, dtype=np.float64)[order]
    inverse = np.where(treated > 0, 1.0 / chance, 1.0 / (1.0 - chance))
    last = np.flatnonzero(np.r_[values[order][1:] != values[order][:-1], True])

    def curve(weights: Array) -> UpliftCurve:
        mine = weights[order]
        on, off = mine * inverse * treated, mine * inverse * (1.0 - treated)
        people, above, below, hits, misses = (np.cumsum(it)[last] for it in (mine, on, off, on * y, off * y))
        share = people / people[-1]
        gain = share * (_ratio(hits, above) - _ratio(misses, below))
        qini = (hits - misses * _ratio(above, below)) / above[-1] if above[-1] else np.full(len(last), np.nan)
        return UpliftCurve(share=np.r_[0.0, share], gain=np.r_[0.0, gain], qini=np.r_[0.0, qini])

    return curve


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
