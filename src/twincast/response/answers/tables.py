"""Answers of people and of their twins as arrays, every scale as 0 to 1."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

SAME: Final = 1e-6
"""Spread of a column below which all of its answers are the same."""
FEWEST: Final = 10
"""Answers of a question from which they say something of those who gave them."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AnswerTable:
    """What n people and their twins said to Q questions.

    Attributes:
        twin: (n, Q) mean of what the twins of a person say, NaN where none answered.
        real: (n, Q) what people said, as far as it may be used; NaN elsewhere; labelled: (n, Q) where it may.
        battery: (Q,) code of the battery that a question belongs to.
        binary: (Q,) whether only 0 and 1 are ever said.
    """

    twin: Array
    real: Array
    labelled: Mask
    battery: Index
    binary: Mask


def table_of(twin: Array, real: Array, known: Mask | None = None, battery: Index | None = None) -> AnswerTable:
    """Lay answers beside each other; several twins of a person are averaged.

    Args:
        twin: (n, Q) or (n, Q, V) what V twins of each person say, 0 to 1, NaN where nothing.
        real: (n, Q) what people said, 0 to 1, NaN where unknown.
        known: (n, Q) which of these may be used; None for all.
        battery: (Q,) code of each question's battery; None for a battery a question.

    Raises:
        ValueError: shapes that do not fit together, or an answer outside 0 to 1.
    """
    each = np.asarray(twin, dtype=np.float64)
    each = each[:, :, None] if each.ndim == 2 else each
    told = np.asarray(real, dtype=np.float64)
    if each.ndim != 3 or told.shape != each.shape[:2]:
        raise ValueError("twin must be (people, questions[, twins]) and real (people, questions)")
    allowed = np.ones(told.shape, dtype=np.bool_) if known is None else np.asarray(known, dtype=np.bool_)
    groups = np.arange(told.shape[1]) if battery is None else np.asarray(battery, dtype=np.intp)
    if allowed.shape != told.shape or groups.shape != told.shape[1:]:
        raise ValueError("known must be (people, questions) and battery (questions,)")
    told = np.where(allowed & np.isfinite(told), told, np.nan)
    for values in (each, told):
        if np.any((values < 0.0) | (values > 1.0)):
            raise ValueError("answers must lie on 0 to 1")
    some = np.isfinite(each)
    number = some.sum(axis=2)
    mean = np.where(some, each, 0.0).sum(axis=2) / np.maximum(number, 1)
    return AnswerTable(
        twin=np.where(number > 0, mean, np.nan),
        real=told,
        labelled=np.isfinite(told),
        battery=groups,
        binary=_binary(each) & _binary(told),
    )


def _binary(values: Array) -> Mask:
    apart = np.isfinite(values) & (values != 0.0) & (values != 1.0)
    found: Mask = ~apart.any(axis=tuple(axis for axis in range(values.ndim) if axis != 1))
    return found


def standardised(values: Array, fewest: int = 2) -> tuple[Array, Mask]:
    """Return columns with mean 0 and sd 1, 0 where nothing is known or all is the same, and where something is known.

    Args:
        values: (n, Q), NaN where unknown.
        fewest: values from which a column is used.
    """
    some = np.isfinite(values)
    number = some.sum(axis=0)
    mean = np.where(some, values, 0.0).sum(axis=0) / np.maximum(number, 1)
    off = np.where(some, values - mean, 0.0)
    sd = np.sqrt((off**2).sum(axis=0) / np.maximum(number, 1))
    used = some & (sd > SAME) & (number >= fewest)
    return np.where(used, off / np.maximum(sd, SAME), 0.0), used


def scaled(values: Array, some: Mask) -> Array:
    """Return columns with mean 0 and sd 1 over the rows in `some`, 0 in the others, (n, F)."""
    found, _ = standardised(np.where(some[:, None], values, np.nan))
    return found
