"""Intervals in closed form for probabilities whose logit is normal, and for the difference of two of them."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri, roots_hermitenorm

Array = NDArray[np.float64]

NODES = 7
"""Gauss-Hermite nodes over the base logit; 7 agree with 61 to 2e-3 of the interval's width in the range of the prior."""

STEPS = 7
"""Steps of the bracketed root search; each is safeguarded, so more only sharpen the last digits."""

TINY = 1e-300


def two_sided(level: float) -> float:
    """Return z with P(|N(0, 1)| <= z) = level."""
    return float(ndtri(0.5 + level / 2.0))


def probability_interval(mean: Array, sd: Array, level: float) -> tuple[Array, Array]:
    """Return the central interval of expit(N(mean, sd^2)): the quantiles carry over, since expit is monotone."""
    z = two_sided(level)
    return expit(mean - z * sd), expit(mean + z * sd)


def reliability(mean: Array, sd: Array, tolerance: Array) -> Array:
    """Return P(|expit(N(mean, sd^2)) - expit(mean)| <= tolerance).

    Args:
        mean, sd: of the logit, shape (c,).
        tolerance: absolute tolerance on the probability, shape (c,).
    """
    p = expit(mean)
    spread = np.maximum(sd, 1e-12)
    above = ndtr((logit(np.minimum(p + tolerance, 1.0)) - mean) / spread)
    below = ndtr((logit(np.maximum(p - tolerance, 0.0)) - mean) / spread)
    return np.clip(above - below, 0.0, 1.0)


def mixture_quantile(
    cdf: Callable[[Array], Array], low: Array, high: Array, probability: float, steps: int = STEPS
) -> Array:
    """Return q with cdf(q) = probability, element by element, inside a bracket that is known to hold it.

    Illinois variant of false position (Dowell & Jarratt 1971), a fixed number of steps, so that an element's result
    depends on nothing but itself.
    """
    a, b = low.copy(), high.copy()
    fa, fb = cdf(a) - probability, cdf(b) - probability
    for _ in range(steps):
        q = _false_position(a, b, fa, fb)
        fq = cdf(q) - probability
        left = fq < 0.0
        fa, fb = np.where(left, fq, fa * 0.5), np.where(left, fb * 0.5, fq)
        a, b = np.where(left, q, a), np.where(left, b, q)
    return _false_position(a, b, fa, fb)


def _false_position(a: Array, b: Array, fa: Array, fb: Array) -> Array:
    gap = fb - fa
    share = np.where(gap > TINY, -fa / np.where(gap > TINY, gap, 1.0), 0.5)
    return a + np.clip(share, 0.0, 1.0) * (b - a)


def effect_interval(
    base: tuple[Array, Array],
    effect: tuple[Array, Array],
    forward: Callable[[Array, Array], Array],
    inverse: Callable[[Array, Array], Array],
    level: float,
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
) -> tuple[Array, Array]:
    """Return the central interval of u = forward(eta, tau) with eta and tau independent normals.

    Given eta, u rises with tau, so P(u <= q) is a mixture over eta of normal tails: summed with Gauss-Hermite nodes and
    solved for q. The quantiles of the parts bracket the quantile of the mixture. No draws.

    Args:
        base: mean and sd of eta (the logit without contact), each (c,).
        effect: mean and sd of tau (what contact adds), each (c,).
        forward: u from (eta, tau), broadcasting.
        inverse: tau from (eta, u): the inverse of `forward` in its second argument; may be infinite outside its range.
        level: of the interval.
        bounds: range of u.
    """
    nodes, weights = _gauss_hermite()
    eta = base[0] + nodes[:, None] * base[1]
    mean, sd = effect[0], np.maximum(effect[1], 1e-9)

    def cdf(q: Array) -> Array:
        tails = ndtr((inverse(eta, q) - mean) / sd)
        total: Array = np.add.reduce(tails * weights[:, None], axis=0)
        return total

    ends = []
    for z, probability in ((-two_sided(level), 0.5 - level / 2.0), (two_sided(level), 0.5 + level / 2.0)):
        parts = forward(eta, mean + z * sd)
        ends.append(mixture_quantile(cdf, parts.min(axis=0), parts.max(axis=0), probability))
    return np.clip(ends[0], *bounds), np.clip(ends[1], *bounds)


@cache
def _gauss_hermite() -> tuple[Array, Array]:
    nodes, weights = roots_hermitenorm(NODES)
    return nodes, weights / weights.sum()
