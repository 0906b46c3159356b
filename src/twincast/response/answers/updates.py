"""A question's own answers join what is believed of it: one conjugate update, and what follows for everybody."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import log_ndtr

from twincast.response.answers.evidence import evidence_of, with_constant
from twincast.response.answers.priors import INSIDE, AnswerPrior
from twincast.response.answers.tables import Array
from twincast.stats.linear import inverse, quadratic, weighted_sum

AS_MEAN: Final = 5.0
AS_SPREAD: Final = 8.0
"""Answers at which a question's own mean, and its own spread, count for half of the spread that is believed."""
AS_MEDIAN: Final = 30.0
"""Answers at which what their median lies off is believed by half."""
LEAST_VARIANCE: Final = 1e-4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learned:
    """A question as it is known now.

    Attributes:
        sd: of its answers, 0 to 1; scatter: share of their variance that no signal explains.
        weights: (1 + F,) of a constant and the signals, in units of `sd`; covariance: (1 + F, 1 + F).
        off: how far the median of its answers lies above what is expected, 0 to 1; count: number of its own answers.
    """

    sd: float
    scatter: float
    weights: Array
    covariance: Array
    off: float
    count: int

    @property
    def middle(self) -> float:
        """Return the expected answer of somebody of whom every signal says what is usual."""
        return float(self.weights[0] * self.sd)

    def mean_of(self, signals: Array, slope: float = 1.0) -> tuple[Array, Array]:
        """Return the expected answer of each person, on 0 to 1, and the sd of single answers around it, (n,) each.

        Args:
            signals: (n, F).
            slope: of answers on what was expected, where that was checked: people are told apart by so much less.
        """
        rows = with_constant(signals)
        unsure = np.maximum(quadratic(rows, np.ascontiguousarray(self.covariance)), 0.0)
        apart = weighted_sum(rows, self.weights * np.concatenate([[1.0], np.full(signals.shape[1], slope)]))
        return np.clip(apart * self.sd, 0.0, 1.0), self.sd * np.sqrt(self.scatter + unsure)


def update(prior: AnswerPrior, twins: float, signals: Array, told: Array) -> Learned:
    """Join the prior of a question with its own answers.

    Args:
        prior: what other questions teach; twins: mean of what the twins say to this one.
        signals: (k, F) of those who answered; told: (k,) what they said, 0 to 1; k may be 0.
    """
    usual, count = prior.mean_of(twins), len(told)
    middle = float(np.clip((AS_MEAN * usual + told.sum()) / (AS_MEAN + count), INSIDE, 1.0 - INSIDE))
    around = float(((told - told.mean()) ** 2).sum()) if count else 0.0
    believed = prior.share * middle * (1.0 - middle)
    variance = max((AS_SPREAD * believed + around) / (AS_SPREAD + max(count - 1, 0)), LEAST_VARIANCE)
    sd = float(np.sqrt(variance))
    own = evidence_of(signals, told, sd)
    before = np.concatenate([[variance / prior.level], 1.0 / prior.variance])
    covariance = inverse(np.diag(before) + own.gram / prior.scatter)
    mean = covariance @ (before * np.concatenate([[usual / sd], prior.weights]) + own.shift / prior.scatter)
    weights = _upright(mean, covariance)
    missed = told - np.clip(weighted_sum(with_constant(signals), weights) * sd, 0.0, 1.0)
    return Learned(
        sd=sd,
        scatter=prior.scatter,
        weights=weights,
        covariance=covariance,
        off=float(np.median(missed)) * count / (count + AS_MEDIAN) if count else 0.0,
        count=count,
    )


def _upright(mean: Array, covariance: Array) -> Array:
    """Return the mean of normal weights given that the twin's is positive: noise must not turn a twin upside down."""
    sd = float(np.sqrt(covariance[1, 1]))
    at = float(mean[1]) / sd
    beyond = float(np.exp(-0.5 * at**2 - 0.5 * np.log(2.0 * np.pi) - log_ndtr(at)))
    moved: Array = mean + covariance[:, 1] / sd * beyond
    return moved
