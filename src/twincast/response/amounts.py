"""The features of what a customer spends, and how much she buys, within a window: what is known of her own usual."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.response.encoding import Encoded
from twincast.response.sizes import Size
from twincast.stats.linear import quadratic, weighted_sum

Array = NDArray[np.float64]
Index = NDArray[np.intp]

OF_MONEY: Final = ("level", "orders", "month", "quarter", "year")
OF_ITEMS: Final = ("level", "orders")
SMALL: Final = 0.1
"""Share of a usual order that is added to amounts before logarithms are taken: some customers spent nothing."""
FURTHEST: Final = 5.0
"""No feature reaches further."""
LEAST_DAYS: Final = 28.0
"""Days that a customer is taken to have been one, at least: an order yesterday is not one a day."""
EDGES: Final = np.log1p([0.5, 1.5, 4.0])
"""Expected orders within the window that part the segments, as `orders` has them: single amounts vary the less between
windows, the more orders are in them."""
SEGMENTS: Final = len(EDGES) + 1


def moves(size: Size, features: Array) -> tuple[Array, Array]:
    """Return what is added to the log of each cell's mean, and its sd, (c,) each.

    Args:
        features: (c, K), those that the size was learned from.
    """
    return weighted_sum(features, size.mean), np.sqrt(np.maximum(quadratic(features, size.covariance), 0.0))


def segments_of(encoded: Encoded, days: Array) -> Index:
    """Return the segment of each cell by how many orders are expected within a window of so many days, (c,)."""
    return np.searchsorted(EDGES, _orders(encoded, days)).astype(np.intp)


def _orders(encoded: Encoded, days: Array) -> Array:
    rate = np.nan_to_num(encoded.customers.weekly_rate)[encoded.cells.twin]
    return np.asarray(np.log1p(rate * days / 7.0))


def features_of(names: Sequence[str], encoded: Encoded, typical: Array, days: Array) -> Array:
    """Return the features of the amount of each cell, (c, len(names)); 0 where the record says nothing.

    Args:
        names: `OF_MONEY` or `OF_ITEMS`.
        encoded: c cells.
        typical: (c,) the customer's usual order value.
        days: (c,) the window.
    """
    twin = encoded.cells.twin
    known = {
        "month": _lately(encoded, 28)[twin],
        "quarter": _lately(encoded, 84)[twin],
        "year": _so_far(encoded)[twin],
    }
    usual = (1.0 + SMALL) * typical
    named = {
        "level": np.ones(len(twin)),
        "orders": _orders(encoded, days),
        **{name: np.log((daily * days + SMALL * typical) / usual) for name, daily in known.items()},
    }
    table = np.stack([named[name] for name in names], axis=1)
    return np.minimum(np.maximum(np.where(np.isfinite(table), table, 0.0), -FURTHEST), FURTHEST)


def _lately(encoded: Encoded, days: int) -> Array:
    """Return what each customer spent a day lately, (n,): no days count from before the first order that is known."""
    twins = encoded.cells.twins
    told = np.fmin(np.fmax(twins.column("orders_days"), LEAST_DAYS), float(days))
    return twins.column(f"spend_{days}") / np.where(np.isnan(told), float(days), told)


def _so_far(encoded: Encoded) -> Array:
    """Return what each customer has spent a day, in a year or else since the first order, (n,)."""
    twins = encoded.cells.twins
    a_year = twins.column("spend_365") / np.minimum(np.maximum(twins.column("orders_days"), 28.0), 365.0)
    since = np.maximum(twins.column("orders_days"), 28.0)
    return np.where(np.isnan(a_year), twins.column("lifetime_value") / since, a_year)
