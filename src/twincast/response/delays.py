"""How long a response takes, given that one comes: learned channel by channel, as a log-normal around the prior's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.response.prior import Weights
from twincast.response.sizes import plain_tails, read_tails
from twincast.stats.tails import Tails, tails_of

Array = NDArray[np.float64]
Index = NDArray[np.intp]

AS_BEFORE: Final = 10.0
"""Responses that the prior's median and spread are worth. Judgement: they were read off other companies' reports."""
SHORTEST: Final = 1.0 / 60.0
"""Hours: faster than a minute is as fast as a minute."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Delay:
    """What is believed of one channel after so many responses.

    Attributes:
        middle, spread: mean and sd of the log of the hours.
        count: responses learned from.
        tails: where single responses fall, in spreads from the middle; None with few.
    """

    middle: float
    spread: float
    count: int
    tails: Tails | None


def learn_delays(hours: Array, channel: Index, prior: Weights) -> dict[str, Delay]:
    """Return what the responses say, for each channel that had any.

    Mean and variance of a normal's logarithm with the conjugate prior (normal-inverse-chi-squared; Gelman et al. 2013,
    section 3.3), at their posterior means.

    Args:
        hours: (r,) from sending to the response; channel: (r,) its place in CHANNELS.
        prior: median hours and log-sd by channel.
    """
    logs = np.log(np.maximum(hours, SHORTEST))
    return {CHANNELS[code]: _learned(logs[channel == code], prior, code) for code in np.unique(channel).tolist()}


def _learned(logs: Array, prior: Weights, code: int) -> Delay:
    before, spread0, n = float(np.log(prior.mean[code])), float(prior.width[code]), len(logs)
    mean = float(logs.mean())
    squares = float(((logs - mean) ** 2).sum()) + AS_BEFORE * n / (AS_BEFORE + n) * (mean - before) ** 2
    middle = (AS_BEFORE * before + n * mean) / (AS_BEFORE + n)
    spread = float(np.sqrt((AS_BEFORE * spread0**2 + squares) / (AS_BEFORE + n)))
    tails = tails_of((logs - middle) / spread, np.zeros(n, dtype=np.intp), 1)
    return Delay(middle=middle, spread=spread, count=n, tails=tails)


def as_plain(delay: Delay) -> Mapping[str, object]:
    """Return it as plain data."""
    return {
        "middle": delay.middle,
        "spread": delay.spread,
        "count": delay.count,
        "tails": plain_tails(delay.tails),
    }


def of_plain(data: Mapping[str, Any]) -> Delay:
    """Read what `as_plain` wrote."""
    return Delay(
        middle=float(data["middle"]),
        spread=float(data["spread"]),
        count=int(data["count"]),
        tails=read_tails(data["tails"]),
    )
