"""The features of what a customer spends within a window: how often she orders, what she spent lately and so far."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.response.encoding import Encoded
from twincast.response.spending import NAMES, Spending
from twincast.stats.linear import quadratic, weighted_sum

Array = NDArray[np.float64]

SMALL: Final = 0.1
"""Share of a usual order that is added to amounts before logarithms are taken: some customers spent nothing."""
FURTHEST: Final = 5.0
"""No feature reaches further."""


def moves(spending: Spending, encoded: Encoded, typical: Array, days: float) -> tuple[Array, Array]:
    """Return what is added to the log of each cell's amount within some days, mean and sd, (c,) each."""
    features = spending_features(encoded, typical, np.full(len(typical), days))
    return weighted_sum(features, spending.mean), np.sqrt(np.maximum(quadratic(features, spending.covariance), 0.0))


def spending_features(encoded: Encoded, typical: Array, days: Array) -> Array:
    """Return the features of the amount of each cell, (c, len(NAMES)); 0 where the record says nothing.

    Args:
        encoded: c cells.
        typical: (c,) the customer's usual order value.
        days: (c,) the window.
    """
    twins, twin = encoded.cells.twins, encoded.cells.twin
    rate = np.nan_to_num(encoded.customers.weekly_rate)[twin]
    known = {
        "month": twins.column("spend_28")[twin] / 28.0,
        "quarter": twins.column("spend_84")[twin] / 84.0,
        "year": _so_far(encoded)[twin],
    }
    usual = (1.0 + SMALL) * typical
    named = {
        "level": np.ones(len(twin)),
        "orders": np.log1p(rate * days / 7.0),
        **{name: np.log((daily * days + SMALL * typical) / usual) for name, daily in known.items()},
    }
    table = np.stack([named[name] for name in NAMES], axis=1)
    return np.minimum(np.maximum(np.where(np.isfinite(table), table, 0.0), -FURTHEST), FURTHEST)


def _so_far(encoded: Encoded) -> Array:
    """Return what each customer has spent a day, in a year or else since the first order, (n,)."""
    twins = encoded.cells.twins
    a_year = twins.column("spend_365") / np.minimum(np.maximum(twins.column("orders_days"), 28.0), 365.0)
    since = np.maximum(twins.column("orders_days"), 28.0)
    return np.where(np.isnan(a_year), twins.column("lifetime_value") / since, a_year)
