"""Counts of successes in trials whose chances differ."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def successes(chances: Array) -> Array:
    """Return the distribution of the number of successes, exact (Poisson-binomial), shape (n + 1,).

    Args:
        chances: (n,) chance of each independent trial, in [0, 1].

    >>> successes(np.array([0.5, 0.5])).tolist()
    [0.25, 0.5, 0.25]
    """
    held = np.ones(1)
    for chance in chances:
        held = np.append(held * (1.0 - chance), 0.0) + np.append(0.0, held * chance)
    return held


def successes_between(held: Array, level: float) -> tuple[int, int]:
    """Return the smallest and the largest count of the central interval; it holds at least `level`.

    Args:
        held: (n + 1,) distribution of a count.
        level: share of cases to hold, in (0, 1).
    """
    tail = (1.0 - level) / 2.0
    below = np.cumsum(held)
    last = len(held) - 1
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1.0 - tail, side="left"))
    return min(low, last), min(high, last)
