"""How many real customers a test needs: power and sample size for two shares and for two means.

These are about an experiment with people, half of whom get one message and half the other. No number of simulated
customers stands in for one of them. Two-sided z tests at `alpha`; formulas: Fleiss, Levin and Paik 2003, chapter 4
(shares, pooled variance under the null), and Deng, Xu, Kohavi and Walker 2013 (a covariate from before the test).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]
ALPHA, POWER = 0.05, 0.8
"""What tests are usually planned with: 5 % false alarms, 80 % of true effects of that size found."""


def power_of_shares(
    first: ArrayLike, second: ArrayLike, size: ArrayLike, *, alpha: float = ALPHA, ratio: float = 1.0
) -> Array:
    """Return P(a two-sided test of two shares comes out), right to 2 points from 10 expected events an arm on.

    Args:
        first, second: the true shares, in [0, 1].
        size: customers in the first arm; the second has `ratio` times as many.
        alpha: of the test.
    """
    p, q, n = (np.asarray(it, dtype=np.float64) for it in (first, second, size))
    null, true = _share_spreads(p, q, ratio)
    return _power(np.abs(p - q) * np.sqrt(n), null, true, alpha)


def size_for_shares(
    first: ArrayLike, second: ArrayLike, *, power: float = POWER, alpha: float = ALPHA, ratio: float = 1.0
) -> Array:
    """Return the customers that the first arm needs, whole numbers; infinite for equal shares.

    Args:
        first, second: the true shares, in [0, 1].
        power: wanted probability that the test comes out.
        alpha, ratio: as in `power_of_shares`.
    """
    p, q = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    null, true = _share_spreads(p, q, ratio)
    return _size(np.abs(p - q), ndtri(1.0 - alpha / 2.0) * null + ndtri(power) * true)


def power_of_means(
    difference: ArrayLike,
    sd: ArrayLike,
    size: ArrayLike,
    *,
    alpha: float = ALPHA,
    ratio: float = 1.0,
    correlation: float = 0.0,
) -> Array:
    """Return P(a two-sided test of two means comes out).

    Args:
        difference: the true difference of the means.
        sd: standard deviation between customers, the same in both arms.
        size: customers in the first arm; the second has `ratio` times as many.
        alpha: of the test.
        correlation: of the outcome with what the same customers did before the test, where the test uses it (CUPED):
            the variance shrinks by its square.
    """
    spread = _mean_spread(sd, ratio, correlation)
    gap = np.abs(np.asarray(difference, dtype=np.float64)) * np.sqrt(np.asarray(size, dtype=np.float64))
    return _power(gap, spread, spread, alpha)


def size_for_means(
    difference: ArrayLike,
    sd: ArrayLike,
    *,
    power: float = POWER,
    alpha: float = ALPHA,
    ratio: float = 1.0,
    correlation: float = 0.0,
) -> Array:
    """Return the customers that the first arm needs, whole numbers; infinite for no difference.

    Args:
        difference, sd, alpha, ratio, correlation: as in `power_of_means`.
        power: wanted probability that the test comes out.
    """
    spread = _mean_spread(sd, ratio, correlation)
    gap = np.abs(np.asarray(difference, dtype=np.float64))
    return _size(gap, (ndtri(1.0 - alpha / 2.0) + ndtri(power)) * spread)


def _share_spreads(p: Array, q: Array, ratio: float) -> tuple[Array, Array]:
    """Return sd of the difference of shares, times sqrt(n): if they were equal, and as they are."""
    pooled = (p + ratio * q) / (1.0 + ratio)
    null = np.sqrt(pooled * (1.0 - pooled) * (1.0 + 1.0 / ratio))
    return null, np.sqrt(p * (1.0 - p) + q * (1.0 - q) / ratio)


def _mean_spread(sd: ArrayLike, ratio: float, correlation: float) -> Array:
    variance = np.square(np.asarray(sd, dtype=np.float64)) * (1.0 - correlation**2)
    spread: Array = np.sqrt(variance * (1.0 + 1.0 / ratio))
    return spread


def _power(gap: Array, null: Array, true: Array, alpha: float) -> Array:
    critical = ndtri(1.0 - alpha / 2.0) * null
    width = np.maximum(true, 1e-300)
    found: Array = ndtr((gap - critical) / width) + ndtr((-gap - critical) / width)
    return found


def _size(gap: Array, reach: Array) -> Array:
    some = gap > 0.0
    needed = np.square(reach / np.where(some, gap, 1.0))
    return np.where(some, np.ceil(np.maximum(needed, 1.0)), np.inf)


def detectable_share(
    base: float, size: float, *, power: float = POWER, alpha: float = ALPHA, ratio: float = 1.0
) -> float | None:
    """Return the least rise above a share that a test finds with the wanted power; None where not even 1 is found.

    Args:
        base: share in the first arm, in [0, 1).
        size: customers in the first arm; the second has `ratio` times as many.
        power, alpha: of the test.
    """
    if size < 1.0 or float(power_of_shares(base, 1.0, size, alpha=alpha, ratio=ratio)) < power:
        return None

    def lacks(rise: float) -> float:
        return float(power_of_shares(base, base + rise, size, alpha=alpha, ratio=ratio)) - power

    return float(brentq(lacks, 0.0, 1.0 - base, xtol=1e-12))


def detectable_mean(
    sd: float, size: float, *, power: float = POWER, alpha: float = ALPHA, ratio: float = 1.0, correlation: float = 0.0
) -> float | None:
    """Return the least difference of means that a test finds with the wanted power; None without customers.

    Args:
        sd, alpha, ratio, correlation: as in `power_of_means`.
        size: customers in the first arm.
        power: of the test.
    """
    if size < 1.0:
        return None
    spread = float(_mean_spread(sd, ratio, correlation))
    return float(ndtri(1.0 - alpha / 2.0) + ndtri(power)) * spread / float(np.sqrt(size))
