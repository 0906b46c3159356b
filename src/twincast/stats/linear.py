"""Sums of products in one fixed order, so that a row's number never depends on the rows beside it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]

SIDE_BY_SIDE: Final = 100_000
"""Products up to which sums are taken side by side; above, column by column, so that memory stays bounded."""


def weighted_sum(x: Array, weights: Array) -> Array:
    """Return sum over k of x[..., k] * weights[k], row by row.

    Not `x @ weights`: BLAS picks its order of summation by the shape of the batch, and then a customer's number changes
    in its last bits with the customers beside it.

    Args:
        x: (..., K) features.
        weights: (K,) weights.

    Returns:
        (...) sums.
    """
    products = np.multiply(x, weights, order="C")
    total: Array = np.add.reduce(products, axis=-1)
    return total


def weighted_squares(x: Array, widths: Array) -> Array:
    """Return sum over k of (x[..., k] * widths[k])**2: the variance that independent weights give to a sum."""
    products = np.multiply(x, widths, order="C")
    np.multiply(products, products, out=products)
    total: Array = np.add.reduce(products, axis=-1)
    return total


def weighted_sums(x: Array, weights: Array) -> Array:
    """Return sum over k of x[i, k] * weights[k, r], row by row like `weighted_sum`.

    Args:
        x: (n, K) features.
        weights: (K, R) weights.

    Returns:
        (n, R) sums.
    """
    columns = np.ascontiguousarray(weights.T)
    if x.size * len(columns) <= SIDE_BY_SIDE:  # for a few rows the calls cost more than the numbers
        side: Array = np.add.reduce(np.multiply(x[:, None, :], columns, order="C"), axis=-1)
        return side
    found = np.empty((x.shape[0], len(columns)))
    for column, mine in enumerate(columns):
        found[:, column] = weighted_sum(x, mine)
    return found


def weighted_columns(x: Array, weights: Array) -> Array:
    """Return sum over k of x[i, k] * weights[k, r] like `weighted_sums`, fast where R is large: added up k by k.

    A column of x that is 0 in every row is left out, which changes no bit.

    Args:
        x: (n, K) features.
        weights: (K, R) weights, finite, rows contiguous.

    Returns:
        (n, R) sums.
    """
    total = np.zeros((len(x), weights.shape[1]))
    product = np.empty_like(total)
    for place in np.flatnonzero(x.any(axis=0)).tolist():
        np.multiply(x[:, place, None], weights[place], out=product)
        total += product
    return total


def quadratic(x: Array, matrix: Array) -> Array:
    """Return x[i]' matrix x[i] for every row, (n,): the variance that weights with this covariance give to a sum.

    Args:
        x: (n, K) features.
        matrix: (K, K) covariance.
    """
    total: Array = np.add.reduce(np.multiply(weighted_sums(x, matrix), x, order="C"), axis=-1)
    return total


def inverse(matrix: Array) -> Array:
    """Return the inverse of a positive definite matrix, exactly symmetric."""
    if not len(matrix):
        return matrix.copy()
    scale = 1.0 / np.sqrt(np.diag(matrix))
    scaled = matrix * scale[:, None] * scale
    found = cho_solve(cho_factor(scaled, lower=True), np.eye(len(matrix))) * scale[:, None] * scale
    return np.asarray((found + found.T) / 2.0, dtype=np.float64)
