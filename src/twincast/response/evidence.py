"""What outcomes say of the weights, apart from the prior: a normal likelihood in natural parameters, term by term.

A posterior is prior + evidence. Kept apart, evidence can be added to, can fade, and outlives a new prior.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twincast.response.terms import Terms
from twincast.stats.linear import inverse

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """exp(shift'w - w'precision w / 2) over named weights w: a likelihood, normal around where it was taken.

    Attributes:
        names: P names of terms.
        precision: (P, P); shift: (P,). All 0 where nothing was seen.
    """

    names: tuple[str, ...]
    precision: Array
    shift: Array

    @property
    def is_empty(self) -> bool:
        """Whether nothing was seen."""
        return not self.precision.any()

    def over(self, names: Sequence[str]) -> "Evidence":
        """Return the same for other names: terms that are no longer there fall away, new ones know nothing."""
        if self.names == tuple(names):
            return self
        found = nothing(names)
        where = {name: place for place, name in enumerate(self.names)}
        there = [(place, where[name]) for place, name in enumerate(names) if name in where]
        new, old = (np.array(side, dtype=np.intp) for side in (zip(*there, strict=True) if there else ((), ())))
        found.precision[np.ix_(new, new)] = self.precision[np.ix_(old, old)]
        found.shift[new] = self.shift[old]
        return found

    def plus(self, other: "Evidence") -> "Evidence":
        """Return both together; they are over the same names."""
        return Evidence(names=self.names, precision=self.precision + other.precision, shift=self.shift + other.shift)


def nothing(names: Sequence[str]) -> Evidence:
    """Return the evidence of no outcome."""
    size = len(names)
    return Evidence(names=tuple(names), precision=np.zeros((size, size)), shift=np.zeros(size))


def posterior(terms: Terms, direct: Evidence, logged: Evidence) -> tuple[Array, Array]:
    """Return mean and covariance of the terms, (P,) and (P, P).

    `direct` informs every term. `logged`, outcomes of people whom the company itself chose to contact, informs only
    what does not belong to the effect: the effect keeps the distribution that `direct` gives it, and the base follows
    given the effect (a cut: Plummer 2015, "Cuts in Bayesian graphical models"). So a log of contacted customers
    settles base + effect, and leaves how much of it the contact did as open as it was.
    """
    inverse0 = terms.precision
    first = inverse0 + direct.precision
    right = inverse0 @ terms.mean + direct.shift
    covariance = inverse(first)
    mean = covariance @ right
    if logged.is_empty:
        return mean, covariance
    still, moved = np.flatnonzero(~terms.effect), np.flatnonzero(terms.effect)
    whole, right = first + logged.precision, right + logged.shift
    inner = inverse(whole[np.ix_(still, still)])
    follows = inner @ whole[np.ix_(still, moved)]
    effect = covariance[np.ix_(moved, moved)]
    mean[still] = inner @ right[still] - follows @ mean[moved]
    covariance[np.ix_(still, moved)] = -follows @ effect
    covariance[np.ix_(moved, still)] = covariance[np.ix_(still, moved)].T
    covariance[np.ix_(still, still)] = inner + follows @ effect @ follows.T
    return mean, covariance


def drifted(terms: Terms, evidence: Evidence, kept: float, followed: float) -> Evidence:
    """Return what is left of evidence after a time in which the weights moved on.

    All of it fades: precision and shift keep one share, so that the posterior decays to the prior and never to flat.
    Levels besides wander on their own, as a stationary process around the prior (Ornstein-Uhlenbeck): what was seen of
    slopes stays, told apart from the level of its day. (Fading levels faster by a share of their own would leave the
    level of old rows to the slopes: measured, that runs away.)

    Args:
        evidence: over the terms; `kept`: share of all evidence that is left, in [0, 1].
        followed: share of a level's distance from the prior that is left, in [0, 1].
    """
    if evidence.is_empty:
        return evidence
    inverse0 = terms.precision
    covariance = inverse(inverse0 + kept * evidence.precision)
    mean = covariance @ (inverse0 @ terms.mean + kept * evidence.shift)
    share = np.where(terms.fast, followed, 1.0)
    moved = share[:, None] * (covariance - terms.covariance) * share + terms.covariance
    joint = inverse(moved)
    mean = terms.mean + share * (mean - terms.mean)
    return Evidence(names=terms.names, precision=joint - inverse0, shift=joint @ mean - inverse0 @ terms.mean)
