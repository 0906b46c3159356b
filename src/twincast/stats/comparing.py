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

    The joint intervals stretch every pair's own interval around its median by one factor, the least at which all of
    them hold at once in `level` of the draws: a max-|t| band (Montiel Olea and Plagborg-Moller 2019) whose scale is
    taken on each side by itself, since differences of small probabilities are skewed. Looking at many pairs makes them
    wider, not bolder: of variants that are all alike, any is called apart in no more than 1 - level of the cases.

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
    low, high = row_quantiles(gaps, level) if len(gaps) else (np.zeros(0), np.zeros(0))
    middle = np.median(gaps, axis=1)
    down, up = middle - low, high - middle
    moving = gaps.std(axis=1) > STILL * max(np.abs(draws).max(initial=0.0), 1e-300)
    away = gaps[moving] - middle[moving, None]
    side = np.where(away > 0.0, up[moving, None], down[moving, None])
    stretch = float(np.quantile((np.abs(away) / np.maximum(side, 1e-300)).max(axis=0), level)) if moving.any() else 1.0
    given = draws.mean(axis=1) if values is None else np.asarray(values, dtype=np.float64)
    difference = given[first] - given[second]
    return Paired(
        first=first,
        second=second,
        difference=difference,
        low=np.minimum(low, difference),
        high=np.maximum(high, difference),
        low_together=np.minimum(middle - stretch * down, difference),
        high_together=np.maximum(middle + stretch * up, difference),
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
    distinct, first, which = np.unique(draws, axis=0, return_index=True, return_inverse=True)  # equals stay equal
    values, vectors = np.linalg.eigh(np.atleast_2d(covariance)[np.ix_(first, first)])
    noise = stream(seed, "customers").standard_normal((len(values), draws.shape[1]))
    spread: Array = distinct + vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * noise)
    return spread[which.reshape(-1)]
