"""Sums of products in one fixed order, so that a row's number never depends on the rows beside it."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
