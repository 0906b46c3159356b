"""Where a message leaves what was learned from: counts of a match are held at the ends of what was seen.

How many of the couponed products a customer buys grows with how much the coupons cover. Its slope is learned among the
customers of the messages that were sent, and says nothing of one that covers far more: there the number stays where it
was last seen, and the width grows by what the prior leaves open (a random walk's extrapolation, not a line's).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.response.encoding import Encoded
from twincast.response.features import MATCH_NAMES
from twincast.response.samples import Sample
from twincast.response.terms import Terms

Array = NDArray[np.float64]
Ranges = Mapping[str, tuple[float, float]]
"""Feature of the match -> lowest and highest value at which it is believed as it was learned."""

OPEN: Final = ("coupon_products", "coupon_trips")
"""Features that have no end of their own, and move with the message; the others are shares, flags or bounded tastes."""
ENDS: Final = (0.025, 0.975)
"""Shares of the contacts between which a range lies: the central 95 %."""
ENOUGH: Final = 100
"""Contacts under which nothing is known of a range, and the prior stands for all values."""


def ranges_of(encoded: Encoded, sample: Sample) -> Ranges:
    """Return the ranges that a sample saw; none of a feature that did not vary."""
    contacted = sample.places[sample.contact]
    if len(contacted) < ENOUGH:
        return {}
    found = {}
    for name in OPEN:
        low, high = np.quantile(encoded.matches.features[contacted, MATCH_NAMES.index(name)], ENDS).tolist()
        if low < high:
            found[name] = (low, high)
    return found


def within(encoded: Encoded, ranges: Ranges) -> Encoded:
    """Return a batch with the features of its matches held within their ranges; rows of no contact stay 0."""
    if not ranges:
        return encoded
    features = encoded.matches.features.copy()
    for name, (low, high) in ranges.items():
        place = MATCH_NAMES.index(name)
        held = np.minimum(np.maximum(features[:, place], low), high)
        features[:, place] = np.where(encoded.contact, held, 0.0)
    return replace(encoded, matches=replace(encoded.matches, features=features))


def beyond(matches: Array, ranges: Ranges, terms: Terms) -> Array:
    """Return the variance that lying outside the ranges adds to the logit of each match, (r,).

    Args:
        matches: (r, len(MATCH_NAMES)) as encoded.
        ranges: what was seen; terms: with the prior's width of each slope.
    """
    added = np.zeros(len(matches))
    for name, (low, high) in ranges.items():
        place = terms.place(f"match:{name}")
        if place is not None:
            values = matches[:, MATCH_NAMES.index(name)]
            outside = values - np.minimum(np.maximum(values, low), high)
            added += terms.covariance[place, place] * outside**2
    return added
