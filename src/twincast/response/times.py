"""When a response comes, when a purchase comes, and which window of the week suits a message best."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twincast.response.columns import Column
from twincast.response.encoding import Encoded
from twincast.response.prior import Prior
from twincast.response.probabilities import HeadCells
from twincast.stats.intervals import two_sided

Array = NDArray[np.float64]

REFERENCE_DAYS = 7.0
"""Days that the purchase head speaks of."""

GRID = 400
"""Points of the horizon at which the distribution of the purchase time is evaluated."""


def response_time(encoded: Encoded, prior: Prior, level: float) -> Column:
    """Return the median of the hours to a response, and the range in which a single response falls."""
    median = prior.response_hours.mean[encoded.matches.channel]
    spread = prior.response_hours.width[encoded.matches.channel]
    z = two_sided(level)
    sent = encoded.contact
    factor = np.exp(z * spread)
    near = 2.0 * ndtr(np.log(2.0) / np.maximum(spread, 1e-9)) - 1.0
    value, low, high, confidence = (
        np.where(sent, values, np.nan) for values in (median, median / factor, median * factor, near)
    )
    return Column(value=value, low=low, high=high, confidence=confidence)


def purchase_days(purchase: HeadCells, delay_days: Array, decay_days: Array, days: float, level: float) -> Column:
    """Return days from sending in which a purchase falls, given that one comes within the horizon: median and range.

    The hazard is the organic one, spread evenly, and the contact's, which starts with the response and fades.

    Args:
        purchase: cells of the purchase head at the horizon.
        delay_days: (c,) earliest day a response can come, the lower end of `response_time`.
        decay_days: (c,) mean delay of the contact's effect after that.
        days: the horizon.
        level: share of purchases inside the range.
    """
    eta, tau = purchase.belief.base, purchase.belief.effect
    hazard0 = np.logaddexp(0.0, eta)
    added = np.where(purchase.contact, np.logaddexp(0.0, eta + tau) - hazard0, 0.0)
    grid = np.linspace(0.0, days, GRID + 1)
    fade = -np.expm1(-np.maximum(grid - delay_days[:, None], 0.0) / decay_days[:, None])
    hazard = np.maximum(hazard0[:, None] * grid / REFERENCE_DAYS + added[:, None] * fade, 0.0)
    cdf = np.maximum.accumulate(-np.expm1(-hazard), axis=1)
    share = cdf / np.maximum(cdf[:, -1:], 1e-300)
    ends = [grid[np.argmax(share >= q, axis=1)] for q in (0.5, 0.5 - level / 2.0, 0.5 + level / 2.0)]
    near = np.clip(level * np.ones(len(eta)), 0.0, 1.0)
    return Column(value=ends[0], low=np.minimum(ends[1], ends[0]), high=np.maximum(ends[2], ends[0]), confidence=near)
