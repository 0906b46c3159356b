"""Split-conformal intervals by segment: a finite-sample promise for money, counts and time.

Vovk, Gammerman and Shafer 2005 (Mondrian: a quantile a segment); Romano, Patterson and Candes 2019 (scores of an
interval). The promise holds for new cases exchangeable with those of the calibration, which the fit must not have seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
LEAST = 100
"""Calibration cases below which a segment takes the quantile of all: finite far below, but then jumpy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Margins:
    """How far intervals are moved outwards (or inwards, if below 0).

    Attributes:
        level: share of cases that the moved intervals are to hold.
        pooled: margin of all calibration cases together; infinite with too few of them.
        by_segment: margins of segments with enough cases of their own.
        counts: calibration cases by segment.
    """

    level: float
    pooled: float
    by_segment: Mapping[str, float]
    counts: Mapping[str, int]

    def of(self, segments: ArrayLike) -> Array:
        """Return the margin of each case, (n,), by its segment."""
        names, codes = np.unique(np.asarray(segments, dtype=np.str_), return_inverse=True)
        margins = np.array([self.by_segment.get(str(name), self.pooled) for name in names])
        return margins[codes] if len(codes) else np.zeros(0)


def scores_of(outcomes: ArrayLike, low: ArrayLike, high: ArrayLike, scale: ArrayLike = 1.0) -> Array:
    """Return how far each outcome lies outside its interval, below 0 inside, in units of `scale`: (n,)."""
    y, bottom, top = (np.asarray(it, dtype=np.float64) for it in (outcomes, low, high))
    found: Array = np.maximum(bottom - y, y - top) / np.asarray(scale, dtype=np.float64)
    return found


def margins(scores: ArrayLike, segments: ArrayLike, level: float, least: int = LEAST) -> Margins:
    """Return the margins at which a share `level` of new cases lies inside, by segment.

    Args:
        scores: (n,) from `scores_of`, of cases that the fit has not seen.
        segments: (n,) segment of each case.
        level: share to hold.
        least: cases that a segment needs for a margin of its own.
    """
    values, groups = np.asarray(scores, dtype=np.float64), np.asarray(segments, dtype=np.str_)
    names, counts = np.unique(groups, return_counts=True)
    own = {
        str(name): conformal_quantile(values[groups == name], level)
        for name, count in zip(names, counts, strict=True)
        if count >= least
    }
    return Margins(
        level=level,
        pooled=conformal_quantile(values, level),
        by_segment=own,
        counts={str(name): int(count) for name, count in zip(names, counts, strict=True)},
    )


def conformal_quantile(scores: ArrayLike, level: float) -> float:
    """Return the ceil((n + 1) level)-th smallest score; infinite where n is too small for the level."""
    values = np.sort(np.asarray(scores, dtype=np.float64))
    rank = ceil((len(values) + 1) * level - 1e-9)
    return float(values[rank - 1]) if 1 <= rank <= len(values) else float("inf")


def moved(
    low: ArrayLike, high: ArrayLike, margin: ArrayLike, scale: ArrayLike = 1.0, floor: float = -np.inf
) -> tuple[Array, Array]:
    """Return intervals moved outwards by margin x scale, never below `floor` nor crossed."""
    by = np.asarray(margin, dtype=np.float64) * np.asarray(scale, dtype=np.float64)
    bottom = np.maximum(np.asarray(low, dtype=np.float64) - by, floor)
    top = np.maximum(np.asarray(high, dtype=np.float64) + by, floor)
    middle = (bottom + top) / 2.0
    crossed = bottom > top
    return np.where(crossed, middle, bottom), np.where(crossed, middle, top)
