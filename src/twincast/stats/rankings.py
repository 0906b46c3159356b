"""How far a ranking holds when it is made again: over draws, over models, over wordings of the same."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A ranking beside r others of the same v things.

    Attributes:
        rankings: r.
        first: share of rankings in which the first is first; of equals each has its part.
        order: share of rankings with the very same order; equals are in any order.
        tau: mean of Kendall's tau (1938): pairs in the same order less pairs in the other, over all pairs; 1 the same,
            0 unrelated, -1 upside down. A pair of equals counts 0.
    """

    rankings: int
    first: float
    order: float
    tau: float


def held(values: ArrayLike, reference: ArrayLike) -> Held:
    """Lay rankings beside the one that is held against them.

    Args:
        values: (r, v) what v things are worth in each of r rankings, r >= 1.
        reference: (v,) what they are worth in the ranking looked at, v >= 2; more is better.

    Raises:
        ValueError: fewer than two things, or no ranking.
    """
    others, own = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if others.ndim != 2 or own.ndim != 1 or others.shape[1] != len(own) or len(own) < 2 or not len(others):
        raise ValueError(f"values {others.shape} and reference {own.shape} are no rankings of the same things")
    best = others.max(axis=1, keepdims=True) == others
    order = np.argsort(-own, kind="stable")
    one, two = np.triu_indices(len(own), 1)
    pairs = np.sign(own[one] - own[two]) * np.sign(others[:, one] - others[:, two])
    return Held(
        rankings=len(others),
        first=float((best[:, order[0]] / best.sum(axis=1)).mean()),
        order=float((np.diff(others[:, order], axis=1) <= 0.0).all(axis=1).mean()),
        tau=float(pairs.mean()),
    )
