"""Intervals in closed form for probabilities whose logit is normal, and for the difference of two of them."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri, roots_hermitenorm

Array = NDArray[np.float64]
Transform = Callable[[Array], Array]

NODES = 7
"""Gauss-Hermite nodes over the base logit; the tests hold the interval against 61 nodes and against simulation."""

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
    return np.minimum(np.maximum(above - below, 0.0), 1.0)


def effect_interval(
    base: tuple[Array, Array],
    effect: tuple[Array, Array],
    prepare: Callable[[Array], tuple[Transform, Transform]],
    level: float,
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
) -> tuple[Array, Array]:
    """Return the central interval of u(eta, tau) with eta and tau independent normals.

    Given eta, u rises with tau, so P(u <= q) is a mixture over eta of normal tails: summed with Gauss-Hermite nodes and
    solved for q. The quantiles of the parts bracket the quantile of the mixture. No draws.

    Args:
        base: mean and sd of eta (the logit without contact), each (c,).
        effect: mean and sd of tau (what contact adds), each (c,).
        prepare: takes eta at the nodes, (NODES, 1, c), and gives two functions on arrays of shape (2, c): u from tau,
            and its inverse, tau from u, which may be infinite outside the range of u.
        level: of the interval.
        bounds: range of u.
    """
    nodes, weights = _gauss_hermite()
    eta = (base[0] + nodes[:, None] * base[1])[:, None, :]
    forward, inverse = prepare(eta)
    mean, sd = effect[0], np.maximum(effect[1], 1e-9)
    z = two_sided(level)
    ends = np.array([[-z], [z]])
    targets = np.array([[0.5 - level / 2.0], [0.5 + level / 2.0]])

    def excess(q: Array) -> Array:
        tails = ndtr((inverse(q) - mean) / sd)
        tails *= weights
        total: Array = np.add.reduce(tails, axis=0)
        total -= targets
        return total

    parts = forward(mean + ends * sd)
    found = _bracketed_root(excess, parts.min(axis=0), parts.max(axis=0))
    found = np.minimum(np.maximum(found, bounds[0]), bounds[1])
    return found[0], found[1]


def _bracketed_root(excess: Callable[[Array], Array], low: Array, high: Array, steps: int = STEPS) -> Array:
    """Return q with excess(q) = 0, element by element, inside a bracket that is known to hold it.

    Illinois variant of false position (Dowell & Jarratt 1971), a fixed number of steps, so that an element's result
    depends on nothing but itself.
    """
    a, b = low, high
    fa, fb = excess(a), excess(b)
    for _ in range(steps):
        q = _false_position(a, b, fa, fb)
        fq = excess(q)
        left = fq < 0.0
        fa, fb = np.where(left, fq, fa * 0.5), np.where(left, fb * 0.5, fq)
        a, b = np.where(left, q, a), np.where(left, b, q)
    return _false_position(a, b, fa, fb)


def _false_position(a: Array, b: Array, fa: Array, fb: Array) -> Array:
    share = -fa / np.maximum(fb - fa, TINY)
    return a + np.minimum(np.maximum(share, 0.0), 1.0) * (b - a)


@cache
def _gauss_hermite() -> tuple[Array, Array]:
    nodes, weights = roots_hermitenorm(NODES)
    return nodes, (weights / weights.sum())[:, None, None]
