"""What other questions teach beforehand of a question's level, spread and weights.

A question is taken for a draw from what is seen of the others (Morris 1983, parametric empirical Bayes).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from twincast.response.answers.tables import Array, Mask
from twincast.response.answers.teachers import SCATTER, Teachers, moments

NEAR: Final = 3.0
"""Weight of a sibling among the questions that teach, where siblings are known."""
LEVEL_STRENGTH: Final = 2.0
LEVEL_VARIANCE: Final = 0.03
"""How far the mean answer lies from the twins' before any answer. Judgement: a sixth of the scale, as two questions."""
SHARE: Final = 0.6
"""Variance of answers by that of a question answered with 0 or 1 only. Judgement: between a bell and two camps."""
INSIDE: Final = 0.02
"""How near to an end of the scale a mean is believed to be."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AnswerPrior:
    """What is believed of a question before its own answers.

    Attributes:
        questions: number of questions that it was learned from.
        weights: (F,) mean and variance: (F,) of a signal's weight, with answers and signals standardised.
        scatter: variance of single answers that no signal explains, the question's own being 1.
        line: (2,) mean answer at a twins' mean of 0.5, and its slope; level: the variance around it.
        share: variance of answers / (mean x (1 - mean)).
    """

    questions: int
    weights: Array
    variance: Array
    scatter: float
    line: Array
    level: float
    share: float

    def mean_of(self, twins: float) -> float:
        """Return the mean answer that is expected where the twins' is known."""
        return float(np.clip(self.line[0] + self.line[1] * (twins - 0.5), INSIDE, 1.0 - INSIDE))


def learn_prior(teachers: Teachers, oriented: Mask, near: int | None = None) -> AnswerPrior:
    """Learn what is believed of a question from others; the shipped prior without any.

    Args:
        teachers: J questions.
        oriented: (F,) whether a signal's sign means the same for every question.
        near: battery whose questions count `NEAR` times, as siblings of the one that is asked; None: all alike.
    """
    shares = np.where(teachers.battery == near, NEAR, 1.0) * teachers.shares
    weights, variance = moments(teachers.weights, teachers.variance, shares, oriented)
    line, level = _level(teachers.twins, teachers.mean, shares)
    spreads = teachers.sd**2 / np.maximum(teachers.mean * (1.0 - teachers.mean), INSIDE)
    total = shares.sum() + 1.0
    return AnswerPrior(
        questions=len(shares),
        weights=weights,
        variance=variance,
        scatter=float((shares @ teachers.scatter + SCATTER) / total),
        line=line,
        level=level,
        share=float((shares @ np.minimum(spreads, 1.0) + SHARE) / total),
    )


def _level(twins: Array, means: Array, shares: Array) -> tuple[Array, float]:
    """Return the line of mean answers on the twins' means, and the variance around it: before any answer the twins'."""
    rows = np.column_stack([np.ones(len(twins)), twins - 0.5])
    weighted = (rows * shares[:, None]).T
    precision = weighted @ rows + LEVEL_STRENGTH * np.diag([1.0, 0.25])
    line = np.asarray(np.linalg.solve(precision, weighted @ means + LEVEL_STRENGTH * np.array([0.5, 0.25])), np.float64)
    off = means - rows @ line
    return line, float((shares @ off**2 + LEVEL_STRENGTH * LEVEL_VARIANCE) / (shares.sum() + LEVEL_STRENGTH))
