"""What outcomes say of the weights, apart from the prior: a normal likelihood in natural parameters, term by term.

A posterior is prior + evidence. Kept apart, evidence can be added to, can fade, and outlives a new prior.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from twincast.response.terms import Terms

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

    def faded(self, mean: Array, kept: Array) -> "Evidence":
        """Return what is left when each term keeps a share of what was seen of it.

        With one share for all both parameters shrink by it, so that the posterior drifts back to the prior and never to
        flat. With several, the pull on each term shrinks by its own share, the curvature by their geometric mean.

        Args:
            mean: (P,) the posterior mean, around which the pull is counted.
            kept: (P,) shares in [0, 1].
        """
        root = np.sqrt(kept)
        precision = root[:, None] * self.precision * root
        pull = self.shift - self.precision @ mean
        return Evidence(names=self.names, precision=precision, shift=precision @ mean + kept * pull)


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
    inverse0 = inverse(terms.covariance)
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


def inverse(matrix: Array) -> Array:
    """Return the inverse of a positive definite matrix, exactly symmetric."""
    if not len(matrix):
        return matrix.copy()
    scale = 1.0 / np.sqrt(np.diag(matrix))
    scaled = matrix * scale[:, None] * scale
    found = cho_solve(cho_factor(scaled, lower=True), np.eye(len(matrix))) * scale[:, None] * scale
    return np.asarray((found + found.T) / 2.0, dtype=np.float64)
