"""Looking at a test whenever one likes: a confidence sequence for a mean, and whether the arms have the right sizes.

An interval at one planned look is wrong far more often when it is looked at every day. What is here holds at all looks
at once.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, lambertw, xlogy

Array = NDArray[np.float64]
LEAST_EVENTS: Final = 100
"""Events in each arm from which the sequence is offered: like a normal approximation it holds for large counts."""
TUNED_FOR: Final = 20_000.0
"""Customers at which the sequence is narrowest, where no plan says how many there will be. Never the number at the
look: a sequence that is tuned anew at each look holds at none."""
CONCENTRATIONS: Final = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)
"""Of the alternatives to the planned shares: from gross faults among few customers to small ones among many."""


def sequence_factor(count: ArrayLike, *, alpha: float = 0.05, tuned_for: float = TUNED_FOR) -> Array:
    """Return how many standard errors of a mean the confidence sequence reaches to each side after n customers.

    With it the true mean is inside at every look at once in 1 - alpha of the tests, as counts grow (Waudby-Smith,
    Arbour, Sinha, Kennedy and Ramdas 2024, theorem 2.2: Robbins' normal mixture with an estimated variance). For
    means of other variances over time too, if each customer's part is known from then on.

    Args:
        count: customers so far.
        alpha: share of tests in which it may be wrong at any look.
        tuned_for: customers at which it is narrowest.

    >>> bool(1.96 < sequence_factor(20_000) < 3.1)
    True
    """
    optimum = float(-lambertw(-(alpha**2) / np.e, -1).real) - 1.0
    grown = np.asarray(count, dtype=np.float64) * optimum / tuned_for
    found: Array = np.sqrt((grown + 1.0) / grown * (np.log1p(grown) - 2.0 * np.log(alpha)))
    return found


def sequence_size(size: ArrayLike, *, power_z: float, alpha_z: float, alpha: float) -> Array:
    """Return the customers that a test needs which is looked at all the time, and tuned for that many.

    Args:
        size: what it needs with one look.
        power_z: normal quantile of the wanted power; alpha_z: critical value at the one look.
        alpha: of the sequence.
    """
    factor = float(np.sqrt(-lambertw(-(alpha**2) / np.e, -1).real))
    found: Array = np.asarray(size, dtype=np.float64) * ((factor + power_z) / (alpha_z + power_z)) ** 2
    return found


def sample_ratio(counts: ArrayLike, shares: ArrayLike) -> Array:
    """Return a p-value of the planned shares that holds at every look, (looks,): it only falls.

    One over the largest Bayes factor so far of multinomial counts with unknown shares against those planned (Lindon and
    Malek 2022), the unknown shares around the planned ones with an equal mixture of `CONCENTRATIONS`. Below p in no
    more than p of the tests that are assigned as planned, however often it is looked at.

    Args:
        counts: (looks, arms) customers assigned so far.
        shares: (arms,) planned shares, above 0, that sum to 1.
    """
    seen, planned = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    given = xlogy(seen, planned).sum(axis=1)
    total = seen.sum(axis=1)
    logs = []
    for strength in CONCENTRATIONS:
        prior = strength * planned
        parts = (gammaln(prior + seen) - gammaln(prior)).sum(axis=1)
        logs.append(gammaln(strength) - gammaln(strength + total) + parts - given)
    factor = np.logaddexp.reduce(np.array(logs), axis=0) - np.log(len(CONCENTRATIONS))
    found: Array = np.exp(-np.maximum.accumulate(np.maximum(factor, 0.0)))
    return found
