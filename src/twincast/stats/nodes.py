"""Evenly spread standard-normal points: a fixed grid for quantiles that have no closed form."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]


@cache
def normal_nodes(count: int, dimensions: int) -> Array:
    """Return (dimensions, count) standard-normal points of low discrepancy.

    Additive recurrence on the generalised golden ratio (M. Roberts 2018, "The unreasonable effectiveness of
    quasirandom sequences"), each dimension then put on an even grid in its own order (a Latin hypercube), mapped
    through the normal quantile. The same points for every cell, so that no cell's number depends on chance or on its
    neighbours.
    """
    ratio = 2.0
    for _ in range(64):
        ratio = (1.0 + ratio) ** (1.0 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1.0)
    uniform = np.mod(0.5 + steps[:, None] * np.arange(1.0, count + 1.0), 1.0)
    ranks = uniform.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return ndtri((ranks + 0.5) / count)


def row_quantiles(values: Array, level: float) -> tuple[Array, Array]:
    """Return the central interval of each row's points, linearly interpolated.

    Args:
        values: (c, count) points a cell.
        level: share of points inside.
    """
    ordered = np.sort(values, axis=1)
    ends = []
    for probability in (0.5 - level / 2.0, 0.5 + level / 2.0):
        place = probability * (values.shape[1] - 1)
        below, share = int(place), place - int(place)
        above = min(below + 1, values.shape[1] - 1)
        ends.append(ordered[:, below] * (1.0 - share) + ordered[:, above] * share)
    return ends[0], ends[1]
