"""How many items a purchase has: as the customer's own orders say, and what outcomes add to it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, pdtr, pdtrik

from twincast.response.amounts import OF_ITEMS, features_of, moves, segments_of
from twincast.response.columns import Column
from twincast.response.encoding import Encoded
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import Prior
from twincast.response.sizes import Size
from twincast.stats.tails import ends_of

Array = NDArray[np.float64]


def usual_items(encoded: Encoded, prior: Prior) -> Array:
    """Return the items of one order of each cell's customer, (c,): her own mean, shrunken towards the prior's.

    Counts of items are 1 + Poisson; with a Gamma for how customers differ the mean is this average (conjugate).
    """
    twins, figures = encoded.cells.twins, prior.constants["items"]
    seen, count = twins.column("items_per_order"), twins.column("orders")
    weight = np.where(np.isnan(seen), 0.0, np.maximum(np.nan_to_num(count, nan=figures["strength"]), 1.0))
    strength = figures["strength"]
    mean = (strength * figures["mean"] + weight * np.nan_to_num(seen)) / (strength + weight)
    return np.asarray(mean[encoded.cells.twin])


def within_of(prior: Prior) -> float:
    """Return the sd of the logarithm of a single count that a Poisson with the prior's mean has, about."""
    return float(1.0 / np.sqrt(prior.constants["items"]["mean"]))


def items_purchased(encoded: Encoded, model: ResponseModel, days: float, level: float) -> Column:
    """Return the items of a purchase and the range of a single count, whole numbers.

    Before any outcome those of one order, 1 + Poisson; after them those within the horizon.
    """
    mean, learned = usual_items(encoded, model.prior), model.numbers.items
    if learned is not None:
        return _learned(learned, encoded, mean, days, level)
    more = np.maximum(mean - 1.0, 0.05)
    low = 1.0 + _poisson_quantile(0.5 - level / 2.0, more)
    high = 1.0 + _poisson_quantile(0.5 + level / 2.0, more)
    near = pdtr(np.ceil(more + 1.0) - 1.0, more) - np.where(more >= 2.0, pdtr(np.floor(more - 1.0) - 1.0, more), 0.0)
    return Column(
        value=mean,
        low=np.floor(np.minimum(low, mean)),
        high=np.ceil(np.maximum(high, mean)),
        confidence=np.clip(near, 0.0, 1.0),
    )


def _learned(learned: Size, encoded: Encoded, usual: Array, days: float, level: float) -> Column:
    window = np.full(len(usual), days)
    moved, sd = moves(learned, features_of(OF_ITEMS, encoded, usual, window))
    spread = np.sqrt(sd**2 + learned.spread**2)
    middle = np.log(usual) + moved + learned.middle
    mean = np.maximum(np.exp(middle + spread**2 / 2.0 + learned.lift), 1.0)
    low, high = ends_of(learned.tails, segments_of(encoded, window), level)
    bottom, top = np.exp(middle + low * spread), np.exp(middle + high * spread)
    near = ndtr((np.log(mean + 1.0) - middle) / spread) - ndtr((np.log(np.maximum(mean - 1.0, 0.5)) - middle) / spread)
    return Column(  # a whole number lies between the ends if it lies between the whole numbers inside them
        value=mean,
        low=np.maximum(np.minimum(np.ceil(bottom - 1e-9), np.floor(mean)), 1.0),
        high=np.maximum(np.floor(top + 1e-9), np.ceil(mean)),
        confidence=near,
    )


def _poisson_quantile(probability: float, mean: Array) -> Array:
    """Return the smallest whole k with P(X <= k) >= probability."""
    k = np.maximum(np.ceil(pdtrik(probability, mean)), 0.0)
    lower = np.maximum(k - 1.0, 0.0)
    return np.where(pdtr(lower, mean) >= probability, lower, k)
