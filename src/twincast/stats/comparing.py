"""Variants compared over draws that they share: by how much one is better than another, how likely, and all at once.

Each column of the draws is one possible truth about all variants for the same customers, so a difference is taken
within a draw and what the variants have in common cancels. Nothing here is a p-value: the draws speak of what a model
does not know, and more draws, or more simulated customers, are no more data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twincast.stats.nodes import row_quantiles
from twincast.stats.streams import stream

Array = NDArray[np.float64]
STILL = 1e-12
"""A difference whose draws spread less than this, beside the size of the values, does not vary at all."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Paired:
    """Every pair of v variants: k = v (v - 1) / 2 of them, in the order (0, 1), (0, 2), ..., (1, 2), ...

    Attributes:
        first, second: (k,) the variants of each pair.
        difference: (k,) value of the first less that of the second.
        low, high: (k,) interval of each difference by itself.
        low_together, high_together: (k,) intervals of which all hold at once in `level` of the draws.
        better: (k,) share of draws in which the first is above the second; ties split.
        level: of the intervals.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    difference: Array
    low: Array
    high: Array
    low_together: Array
    high_together: Array
    better: Array
    level: float

    @property
    def apart(self) -> NDArray[np.bool_]:
        """Whether a pair is told apart when all pairs are looked at together, (k,)."""
        return (self.low_together > 0.0) | (self.high_together < 0.0)


def paired(draws: Array, *, level: float = 0.95, values: ArrayLike | None = None) -> Paired:
    """Compare every pair of variants.

    The joint intervals are `difference +- c sd`, with c the quantile over draws of the largest |t| of any pair (the
    max-|t| band, Montiel Olea and Plagborg-Moller 2019): looking at many pairs makes them wider, not bolder. Of three
    variants that are alike, a pair is called apart in no more than 1 - level of the cases, not three times as often.

    Args:
        draws: (v, d) values of v variants at d draws that they share.
        level: of the intervals, in (0, 1).
        values: (v,) the values to report; None for the means of the draws. An interval is stretched to hold its own.

    Raises:
        ValueError: there is a NaN, or no draw.
    """
    if draws.ndim != 2 or draws.shape[1] == 0 or np.isnan(draws).any():
        raise ValueError("Comparing takes (variants, draws) numbers without gaps, and at least one draw.")
    first, second = np.triu_indices(len(draws), 1)
    gaps = draws[first] - draws[second]
    centre, spread = gaps.mean(axis=1), gaps.std(axis=1)
    scale = np.abs(draws).max(initial=0.0)
    moving = spread > STILL * max(scale, 1e-300)
    spread = np.where(moving, spread, 0.0)
    away = np.abs(gaps[moving] - centre[moving, None]) / spread[moving, None]
    critical = float(np.quantile(away.max(axis=0), level)) if moving.any() else 0.0
    low, high = row_quantiles(gaps, level) if len(gaps) else (np.zeros(0), np.zeros(0))
    given = draws.mean(axis=1) if values is None else np.asarray(values, dtype=np.float64)
    difference = given[first] - given[second]
    return Paired(
        first=first,
        second=second,
        difference=difference,
        low=np.minimum(low, difference),
        high=np.maximum(high, difference),
        low_together=np.minimum(centre - critical * spread, difference),
        high_together=np.maximum(centre + critical * spread, difference),
        better=(gaps > 0.0).mean(axis=1) + (gaps == 0.0).mean(axis=1) / 2.0,
        level=level,
    )


def share_best(values: Array) -> Array:
    """Return, per row, the share of draws in which it is best; ties split a draw equally.

    Args:
        values: (cells, draws).
    """
    cells, draws = values.shape
    if cells == 0:
        return np.zeros(0)
    top = values == values.max(axis=0)
    tied = top.sum(axis=0)
    # Counted by how many tie, so that n identical cells get 1/n to the last bit and no order of summation matters.
    shares = [(top & (tied == count)).sum(axis=1) / draws / count for count in range(1, cells + 1)]
    result: Array = np.add.reduce(np.array(shares), axis=0)
    return result


def among_customers(draws: Array, covariance: Array, *, seed: int) -> Array:
    """Return draws of what the variants would reach among *other* customers of whom these are a sample, (v, d).

    Args:
        draws: (v, d) draws of the variants' means over n customers: what the model does not know about these.
        covariance: (v, v) of the means: `np.cov(per customer, (v, n)) / n`. One customer's numbers go together, so the
            differences between variants vary less than the variants do.
        seed: of the noise, the same for every pair.
    """
    values, vectors = np.linalg.eigh(np.atleast_2d(covariance))
    noise = stream(seed, "customers").standard_normal((len(values), draws.shape[1]))
    spread: Array = draws + vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * noise)
    return spread
