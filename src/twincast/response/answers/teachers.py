"""Questions that teach others: what is seen of the weights of their signals, by empirical Bayes over all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from twincast.response.answers.evidence import Evidence
from twincast.response.answers.tables import AnswerTable, Array, Index, Mask

REFERENCE: Final = 20
"""Answers from which a question teaches something of others."""
ROUNDS: Final = 12
TWIN_WEIGHT: Final = 0.2
"""Weight of the standardised twin before any answer. Judgement: a twin is about as right as it has been found elsewhere
to be of single answers, which is little; it counts as one question."""
WEIGHT_VARIANCE: Final = 0.05
SCATTER: Final = 0.9


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Teachers:
    """J questions that teach, in units of each question's own sd.

    Attributes:
        places: (J,) their columns in the table; battery: (J,) codes.
        twins: (J,) mean of what the twins say; mean, sd: (J,) of the answers.
        weights: (J, F) of the signals, shrunken towards each other; variance: (J, F) of these.
        scatter: (J,) variance that no signal explains.
    """

    places: Index
    battery: Index
    twins: Array
    mean: Array
    sd: Array
    weights: Array
    variance: Array
    scatter: Array

    def only(self, kept: Mask) -> "Teachers":
        """Return some of them."""
        return Teachers(**{name: getattr(self, name)[kept] for name in self.__slots__})

    @property
    def shares(self) -> Array:
        """Weight of each question among them, (J,): a battery counts by the root of its size."""
        _, code, size = np.unique(self.battery, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / np.sqrt(size[code]), dtype=np.float64)


def moments(weights: Array, variance: Array, shares: Array, oriented: Mask) -> tuple[Array, Array]:
    """Return mean and variance of the weights over questions, (F,) each; the shipped ones count as one question."""
    start = np.where(np.arange(len(oriented)) == 0, TWIN_WEIGHT, 0.0)
    total = shares.sum() + 1.0
    mean = np.where(oriented, (shares @ weights + start) / total, 0.0)
    around = shares @ ((weights - mean) ** 2 + variance) + WEIGHT_VARIANCE / (1.0 if not len(shares) else 10.0)
    return mean, around / total


def teachers_of(table: AnswerTable, places: Sequence[int], evidence: Sequence[Evidence], oriented: Mask) -> Teachers:
    """Learn what questions teach, by expectation and maximisation over all of them (empirical Bayes).

    Args:
        places: (J,) columns of the questions; evidence: theirs.
        oriented: (F,) whether a signal's sign means the same for every question.
    """
    at = np.array(places, dtype=np.intp)
    blank = np.zeros((len(at), len(oriented)))
    taken = Teachers(
        places=at,
        battery=table.battery[at],
        twins=np.array([twins_mean(table, place) for place in places], dtype=np.float64),
        mean=np.array([it.mean for it in evidence], dtype=np.float64),
        sd=np.array([it.sd for it in evidence], dtype=np.float64),
        weights=blank,
        variance=blank,
        scatter=np.full(len(at), SCATTER),
    )
    return _maximised(taken, evidence, oriented) if len(at) else taken


def _maximised(taken: Teachers, evidence: Sequence[Evidence], oriented: Mask) -> Teachers:
    gram, shift = np.stack([it.gram for it in evidence]), np.stack([it.shift for it in evidence])
    square, count = np.array([it.square for it in evidence]), np.array([it.count for it in evidence])
    weights, variance, scatter, shares = taken.weights, taken.variance, taken.scatter, taken.shares
    mean, wide = moments(weights[:0], variance[:0], shares[:0], oriented)
    for _ in range(ROUNDS):
        prior = np.concatenate([[0.0], 1.0 / wide])  # a level is left to the question's own answers here
        covariance = np.linalg.inv(gram / scatter[:, None, None] + np.diag(prior))
        pulled = shift / scatter[:, None] + prior * np.concatenate([[0.0], mean])
        found = np.einsum("jab,jb->ja", covariance, pulled)
        left = square - 2.0 * (found * shift).sum(axis=1) + np.einsum("ja,jab,jb->j", found, gram, found)
        spent = np.einsum("jab,jba->j", covariance, gram) / scatter
        scatter = np.maximum((left + 2.0 * SCATTER) / (np.maximum(count - spent, 1.0) + 2.0), 0.02)
        weights, variance = found[:, 1:], np.diagonal(covariance, axis1=1, axis2=2)[:, 1:]
        mean, wide = moments(weights, variance, shares, oriented)
    return Teachers(
        places=taken.places,
        battery=taken.battery,
        twins=taken.twins,
        mean=taken.mean,
        sd=taken.sd,
        weights=weights,
        variance=variance,
        scatter=np.asarray(scatter, dtype=np.float64),
    )


def twins_mean(table: AnswerTable, question: int) -> float:
    """Return the mean of what the twins say to a question; the middle where they say nothing."""
    said = table.twin[:, question]
    some = np.isfinite(said)
    return float(said[some].mean()) if some.any() else 0.5
