"""A few latent factors behind answers: what somebody's answers to some questions say of those to others."""

from typing import Final

import numpy as np

from twincast.response.answers.tables import Array, Mask

HALF: Final = 30.0
"""People who answered both of two questions at which their correlation is taken for half of what is seen."""
LEAST: Final = 0.1
"""Share of a question's variance that no factor explains, at least."""


def scores_of(values: Array, some: Mask, count: int) -> Array:
    """Return what each person's answers say of the `count` first factors, (n, count): posterior means.

    The factors are the first principal axes of the correlations, pair by pair over those who answered both; a
    person's scores are their means given the questions that this person answered, in a normal factor model.

    Args:
        values: (n, Q) standardised answers, 0 where unknown.
        some: (n, Q) where they are known.
        count: number of factors; those that the questions can not bear are 0.
    """
    found = np.zeros((len(values), count))
    bearable = min(count, values.shape[1] - 1)
    if bearable < 1:
        return found
    both = some.T.astype(np.float64) @ some.astype(np.float64)
    correlations = values.T @ values / (both + HALF)
    np.fill_diagonal(correlations, 1.0)
    roots, axes = np.linalg.eigh(correlations)
    loadings = axes[:, ::-1][:, :bearable] * np.sqrt(np.maximum(roots[::-1][:bearable], 0.0))
    weights = loadings / np.maximum(1.0 - (loadings**2).sum(axis=1), LEAST)[:, None]
    pairs = (weights[:, :, None] * loadings[:, None, :]).reshape(len(loadings), -1)
    precision = (some.astype(np.float64) @ pairs).reshape(len(values), bearable, bearable) + np.eye(bearable)
    found[:, :bearable] = np.linalg.solve(precision, (values @ weights)[:, :, None])[:, :, 0]
    return found


def ridge(rows: Array, told: Array, strength: float) -> Array:
    """Return the weights of a ridge regression, (F,)."""
    return np.asarray(np.linalg.solve(rows.T @ rows + strength * np.eye(rows.shape[1]), rows.T @ told), np.float64)
