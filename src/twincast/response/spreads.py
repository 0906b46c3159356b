"""How far customers differ on the logit of a head, as the model sees them: what a batch's spread is held against."""

from typing import Final

import numpy as np

from twincast.response.features import CUSTOMER_NAMES
from twincast.response.heads import CONTACT_ONLY
from twincast.response.posteriors import ResponseModel

MARKS: Final = frozenset({"newness", "earlier_response", "failure"})
"""Features that are 0 or 1, beside those that say that something is missing."""
MARK, SCALE = 0.5, 1.0
"""Spread between customers of a mark that half of them have, and of every other feature. Those are logarithms, logits
and standard deviations, so 1 is a factor of 2.7, or one sd of customers: a judgement, held against real records and
against the customers of `twincast world` in the tests."""


def customer_variance(model: ResponseModel, head: str) -> float:
    """Return the variance of the logit, contacted, between customers who differ in all that is known of customers.

    The sum over features of (weight x spread)^2, as if they varied independently of one another; 0 where a head takes
    everybody for the average customer.

    Args:
        model: whose weights, as learned where there is anything learned.
        head: one of `response.heads.HEADS`.
    """
    own, slope = model.head(head), 1.0
    if head in model.posteriors:
        if model.posteriors[head].typical is not None:
            return 0.0
        slope = model.posteriors[head].calibration[1]
    weights = np.nan_to_num(own.reach.mean)
    if head not in CONTACT_ONLY:
        weights = weights + np.nan_to_num(own.base.mean)
    return float(slope**2 * np.sum((weights * _SPREADS) ** 2))


_SPREADS: Final = np.array([MARK if name in MARKS or name.endswith("_missing") else SCALE for name in CUSTOMER_NAMES])
