"""What the answers to one question say of its level, its spread and the weights of its signals."""

from dataclasses import dataclass

import numpy as np

from twincast.response.answers.tables import SAME, Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """Moments of the answers to a question, divided by their sd, on a constant and F signals.

    Attributes:
        count: number of answers; mean, sd: of the answers, 0 to 1.
        gram: (1 + F, 1 + F) and shift: (1 + F,) cross products; square: sum of squares of the answers.
    """

    count: int
    mean: float
    sd: float
    gram: Array
    shift: Array
    square: float


def evidence_of(signals: Array, told: Array, sd: float | None = None) -> Evidence:
    """Return the moments of k answers.

    Args:
        signals: (k, F); told: (k,), 0 to 1.
        sd: by which answers are divided; None for their own.
    """
    own = max(float(told.std()), SAME) if sd is None and len(told) else (sd or 1.0)
    rows, scaled = with_constant(signals), told / own
    return Evidence(
        count=len(told),
        mean=float(told.mean()) if len(told) else 0.5,
        sd=own,
        gram=rows.T @ rows,
        shift=rows.T @ scaled,
        square=float(scaled @ scaled),
    )


def with_constant(signals: Array) -> Array:
    """Return signals behind a constant, (k, 1 + F)."""
    return np.column_stack([np.ones(len(signals)), signals])
