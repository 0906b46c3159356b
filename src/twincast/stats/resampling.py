"""Bootstrap intervals: cases, or clusters of them, drawn with replacement; the same draws for all that is compared."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twincast.stats.scoring import Score
from twincast.stats.streams import stream

Array = NDArray[np.float64]
Statistic = Callable[[Array], ArrayLike]
DRAWS = 400


def resamples(count: int, draws: int, seed: int, clusters: ArrayLike | None = None) -> Iterator[Array]:
    """Yield how often each case is drawn, (count,), draw by draw; keyed by (seed, draw).

    Args:
        count: number of cases.
        draws: how many resamples.
        seed: of the streams.
        clusters: (count,) cluster of each case: repeated rows of one customer are drawn together or not at all.
    """
    codes = None if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    units = count if codes is None else int(codes.max(initial=-1)) + 1
    for draw in range(draws):
        picked = stream(seed, "bootstrap", draw).integers(0, max(units, 1), units)
        times = np.bincount(picked, minlength=units).astype(np.float64)
        yield times if codes is None else times[codes]


def bootstrap(
    statistic: Statistic,
    count: int,
    *,
    draws: int = DRAWS,
    level: float = 0.95,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> list[Score]:
    """Return statistics of weighted cases with percentile intervals (Efron 1979).

    Paired by construction: what the statistic computes of several models in one call is computed on the same draws, so
    a difference in it has the interval of a difference.

    Args:
        statistic: takes weights, (count,), and gives one number or k of them; NaN in a draw leaves that draw out.
        count, draws, seed, clusters: see `resamples`.
        level: of the intervals.
    """
    whole = np.atleast_1d(np.asarray(statistic(np.ones(count)), dtype=np.float64))
    found = np.array([np.atleast_1d(statistic(weights)) for weights in resamples(count, draws, seed, clusters)])
    ends = [_ends(found[:, place], level) for place in range(len(whole))]
    return [
        Score(value=float(value), low=low, high=high, level=level)
        for value, (low, high) in zip(whole, ends, strict=True)
    ]


def mean_differences(
    losses: Sequence[Array],
    *,
    draws: int = DRAWS,
    level: float = 0.95,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> list[Score]:
    """Return by how much the first column of losses lies below each other one, with paired intervals.

    Args:
        losses: k arrays, (n,) each, of the same cases; positive results say that the first is better.
        draws, level, seed, clusters: see `bootstrap`.
    """
    first, *others = losses
    gaps = np.array([other - first for other in others])

    def statistic(weights: Array) -> Array:
        total: Array = gaps @ weights / weights.sum()
        return total

    return bootstrap(statistic, len(first), draws=draws, level=level, seed=seed, clusters=clusters)


def weighted_auc(scores: ArrayLike, events: ArrayLike) -> Callable[[Array], float]:
    """Return a function from weights of the cases to the AUC; sorted once, so that a bootstrap costs sums only.

    Args:
        scores: (n,) numbers, larger for likelier.
        events: (n,) 0 or 1.
    """
    values, happened = np.asarray(scores, dtype=np.float64), np.asarray(events, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, dtype=np.intp)

    def area(weights: Array) -> float:
        mine = weights[order]
        hits = np.add.reduceat(mine * happened[order], starts)
        misses = np.add.reduceat(mine * (1.0 - happened[order]), starts)
        pairs = hits.sum() * misses.sum()
        below = np.cumsum(misses) - misses
        return float((hits * (below + misses / 2.0)).sum() / pairs) if pairs > 0 else float("nan")

    return area


def _ends(found: Array, level: float) -> tuple[float, float]:
    usable = found[np.isfinite(found)]
    if len(usable) < 2:
        return float("nan"), float("nan")
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return low, high
