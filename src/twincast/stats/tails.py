"""Where single values fall around a forecast: quantiles that hold what they say for cases that the fit has not seen.

A conformal predictive distribution (Vovk, Shen, Manokhin and Xie 2019, "Nonparametric predictive distributions based on
conformal prediction"), one a segment (Mondrian). Kept at fixed shares, so that any level can be asked for.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]
Index = NDArray[np.intp]

SHARES: Final = np.arange(1, 100) / 100.0
"""Shares at which quantiles are kept; beyond them they go on as those of a normal."""
LEAST: Final = 100
"""Cases below which a segment takes the quantiles of all."""
_KEPT: Final = ndtri(SHARES)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tails:
    """Quantiles of standardised residuals.

    Attributes:
        quantiles: (segments + 1, len(SHARES)); those of all cases last.
        own: (segments,) whether a segment has quantiles of its own.
        counts: (segments,) cases by segment.
    """

    quantiles: Array
    own: NDArray[np.bool_]
    counts: Index

    def ends(self, segment: Index, level: float) -> tuple[Array, Array]:
        """Return the ends between which a share `level` of residuals falls, for each case's segment, (c,) each."""
        low, high = (self.points(segment, np.full(len(segment), 0.5 + side * level / 2.0)) for side in (-1.0, 1.0))
        return low, high

    def points(self, segment: Index, share: Array) -> Array:
        """Return the residual below which a share of them falls, for each case's segment and share, (c,)."""
        row, x, found = np.where(self.own[segment], segment, len(self.own)), ndtri(share), np.zeros(len(segment))
        for code in np.unique(row).tolist():
            mine = row == code
            found[mine] = np.interp(x[mine], _KEPT, self.quantiles[code])
        stretched: Array = found * np.maximum(np.abs(x) / _KEPT[-1], 1.0)
        return stretched


def tails_of(residuals: ArrayLike, segment: Index, segments: int, least: int = LEAST) -> Tails | None:
    """Return the tails of residuals that a fit has not seen; None with fewer than `least` of them.

    Args:
        residuals: (n,) standardised.
        segment: (n,) code of each; segments: how many there are.
    """
    values = np.asarray(residuals, dtype=np.float64)
    if len(values) < least:
        return None
    counts = np.bincount(segment, minlength=segments)
    own = counts >= least
    rows = [_quantiles(values[segment == code] if own[code] else values) for code in range(segments)]
    return Tails(quantiles=np.array([*rows, _quantiles(values)]), own=own, counts=counts)


def ends_of(tails: Tails | None, segment: Index, level: float) -> tuple[Array, Array]:
    """Return the ends of each case, those of a normal where there are no tails, (c,) each."""
    if tails is not None:
        return tails.ends(segment, level)
    z = float(ndtri(0.5 + level / 2.0))
    return np.full(len(segment), -z), np.full(len(segment), z)


def points_of(tails: Tails | None, segment: Index, share: Array) -> Array:
    """Return the residual below which a share of them falls, a normal's where there are no tails, (c,)."""
    found: Array = ndtri(share) if tails is None else tails.points(segment, share)
    return found


def _quantiles(values: Array) -> Array:
    """Return the order statistics beyond which, new case included, at most the stated share lies; outwards of .5."""
    found, n = np.sort(values), len(values) + 1
    ranks = [floor(n * share + 1e-9) if share < 0.5 else ceil(n * share - 1e-9) for share in SHARES]
    kept: Array = found[np.clip(np.array(ranks), 1, len(found)) - 1]
    return kept
