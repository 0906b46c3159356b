"""When a response comes, when a purchase comes, and which window of the week suits a message best."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twincast.domain.channels import CHANNELS
from twincast.response.columns import Column
from twincast.response.encoding import Encoded
from twincast.response.posteriors import ResponseModel
from twincast.response.probabilities import HeadCells, point
from twincast.stats.tails import ends_of

Array = NDArray[np.float64]
Ends = tuple[Array, Array, Array]

LARGEST = 1.0 - 1e-12
"""Probabilities are kept below 1 so that their hazard stays finite."""

GRID = 400
"""Points of the horizon at which the distribution of the purchase time is evaluated."""


def response_time(encoded: Encoded, model: ResponseModel, level: float) -> Column:
    """Return the median of the hours to a response, and the range in which a single response falls."""
    rows = [_hours(model, name, code, level) for code, name in enumerate(CHANNELS)]
    columns = np.array(rows)[encoded.matches.channel].T
    value, low, high, confidence = (np.where(encoded.contact, values, np.nan) for values in columns)
    return Column(value=value, low=low, high=high, confidence=confidence)


def _hours(model: ResponseModel, channel: str, code: int, level: float) -> tuple[float, float, float, float]:
    """Return median, ends and reliability of one channel: as the prior says, or what was learned of it."""
    prior, learned = model.prior.response_hours, model.numbers.delays.get(channel)
    middle = float(np.log(prior.mean[code])) if learned is None else learned.middle
    spread = max(float(prior.width[code]) if learned is None else learned.spread, 1e-9)
    tails = None if learned is None else learned.tails
    one = np.zeros(1, dtype=np.intp)
    low, high = (float(end[0]) for end in ends_of(tails, one, level))
    typical = 0.0 if tails is None else float(tails.ends(one, 0.0)[0][0])
    near = 2.0 * float(ndtr(np.log(2.0) / spread)) - 1.0
    ends = min(low, typical), max(high, typical)
    value, bottom, top = (float(np.exp(middle + z * spread)) for z in (typical, *ends))
    return value, bottom, top, near


def purchase_days(
    purchase: HeadCells, delay_days: Array, decay_days: Array, days: float, level: float, ends: Ends | None = None
) -> Column:
    """Return days from sending in which a purchase falls, given that one comes within the horizon: median and range.

    Args:
        purchase, delay_days, decay_days, days: as in `shares_by`.
        level: share of purchases inside the range.
        ends: shares of the horizon's purchases at which median, low and high lie, (c,) each; None: as the hazard says.
    """
    grid, share = shares_by(purchase, delay_days, decay_days, days)
    wanted = (0.5, 0.5 - level / 2.0, 0.5 + level / 2.0) if ends is None else tuple(it[:, None] for it in ends)
    found = [grid[np.argmax(share >= np.minimum(q, LARGEST), axis=1)] for q in wanted]
    near = np.full(len(share), level)
    low, high = np.minimum(found[1], found[0]), np.maximum(found[2], found[0])
    return Column(value=found[0], low=low, high=high, confidence=near)


def share_at(days_taken: Array, grid: Array, share: Array) -> Array:
    """Return the share of the horizon's purchases that came by some days, a time for each row of `share`, (c,)."""
    place = np.minimum(days_taken / grid[-1], 1.0) * GRID
    left = np.minimum(place.astype(np.intp), GRID - 1)
    rows = np.arange(len(share))
    found: Array = share[rows, left] + (place - left) * (share[rows, left + 1] - share[rows, left])
    return found


def shares_by(purchase: HeadCells, delay_days: Array, decay_days: Array, days: float) -> tuple[Array, Array]:
    """Return days from sending, (GRID + 1,), and the share of the horizon's purchases that came by each, (c, GRID + 1).

    The hazard is the organic one, spread evenly, and the contact's, which starts with the response and fades.

    Args:
        purchase: cells of the purchase head at the horizon.
        delay_days: (c,) earliest day a response can come, the lower end of `response_time`.
        decay_days: (c,) mean delay of the contact's effect after that.
        days: the horizon.
    """
    p1, p0 = point(purchase)
    organic = -np.log1p(-np.minimum(p0, LARGEST))
    added = -np.log1p(-np.minimum(p1, LARGEST)) - organic
    grid = np.linspace(0.0, days, GRID + 1)
    fade = -np.expm1(-np.maximum(grid - delay_days[:, None], 0.0) / decay_days[:, None])
    # Both parts end where the probabilities at the horizon put them.
    hazard = np.maximum(organic[:, None] * (grid / days) + added[:, None] * (fade / fade[:, -1:]), 0.0)
    cdf = np.maximum.accumulate(-np.expm1(-hazard), axis=1)
    return grid, cdf / np.maximum(cdf[:, -1:], 1e-300)
