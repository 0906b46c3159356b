"""Intervals that hold all at once: many looked at together are made wider, not bolder."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STILL = 1e-12
"""Draws that spread less than this, beside the size of the values, do not vary at all."""


def together(draws: Array, level: float) -> tuple[Array, Array]:
    """Return the ends of k intervals of which all hold at once in `level` of the draws, (k,) each.

    `mean +- c sd` with c the quantile over draws of the largest |t| of any (the max-|t| band, Montiel Olea and
    Plagborg-Moller 2019). Of k quantities that are all 0, one is called other than 0 in no more than 1 - level of the
    cases, however many there are.

    Args:
        draws: (k, d) values at d draws that they share.
        level: in (0, 1).
    """
    if not len(draws):
        return np.zeros(0), np.zeros(0)
    centre, spread = draws.mean(axis=1), draws.std(axis=1)
    moving = spread > STILL * max(float(np.abs(draws).max()), 1e-300)
    away = np.abs(draws[moving] - centre[moving, None]) / spread[moving, None]
    critical = float(np.quantile(away.max(axis=0), level)) if moving.any() else 0.0
    half = critical * np.where(moving, spread, 0.0)
    return centre - half, centre + half
