"""What customers spend within a window, given that they buy: learned on top of what an order of theirs is worth.

The hurdle's second part. The log of the mean is linear in how often the customer orders and in what was spent lately
and so far (`response.amounts`), around the customer's own order value: weights start at 0, at the money of one order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twincast.stats.linear import inverse

Array = NDArray[np.float64]

NAMES: Final = ("level", "orders", "month", "quarter", "year")
WIDTHS: Final = (0.5, 0.5, 0.5, 0.5, 0.5)
"""Prior sd of each weight around 0. Judgement: half of a logarithm either way, a factor of 1.6."""
AS_BEFORE: Final = 10.0
"""Amounts at which the spread of single amounts is half the prior's and half their own."""
ENDS: Final = (0.075, 0.925)
"""Shares of amounts at which their spread is read off: between the ends of 80 and of 90 % intervals, which matter."""
ROUNDS: Final = 30
FURTHEST: Final = 8.0
"""Logarithm of an amount over that of a usual order beyond which nothing is believed."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spending:
    """The belief about the weights after so many amounts.

    Attributes:
        mean, covariance: of the weights of the mean amount, (K,) and (K, K).
        middle, spread: mean and sd of the log of a single amount around the log of its mean.
        lift: log of how much the mean amount lies above that of a log-normal with this middle and spread.
        amounts: number of amounts learned from.
    """

    mean: Array
    covariance: Array
    middle: float
    spread: float
    lift: float
    amounts: int


def learn_spending(features: Array, amounts: Array, usual: Array, within: float) -> Spending | None:
    """Fit the weights to the money itself, by quasi-likelihood with variance in proportion to the mean, and the prior.

    In logarithms the many small amounts would decide (measured on a grocer's households: sums 12 % too high); so sums
    come out right, and the spread and the lift are read off the logarithms afterwards.

    Args:
        features: (r, K) of the rows with an amount.
        amounts: (r,) money, above 0; usual: (r,) that of one usual order.
        within: the prior's spread of a single order.
    """
    if not len(amounts):
        return None
    prior, mean = np.diag(1.0 / np.array(WIDTHS) ** 2), np.zeros(len(NAMES))
    covariance, unit = inverse(prior), float(usual.mean()) * np.expm1(within**2)
    for _ in range(ROUNDS):
        believed = usual * np.exp(np.clip(features @ mean, -FURTHEST, FURTHEST))
        missed = amounts - believed
        unit = (AS_BEFORE * unit + float((missed**2 / believed).sum())) / (AS_BEFORE + len(amounts))
        covariance = inverse(prior + (features * (believed / unit)[:, None]).T @ features)
        mean = mean + np.clip(covariance @ (features.T @ missed / unit - prior @ mean), -1.0, 1.0)
    middle, spread = _around(np.log(amounts / usual) - features @ mean, within)
    return Spending(
        mean=mean,
        covariance=covariance,
        middle=middle,
        spread=spread,
        lift=-middle - spread**2 / 2.0,
        amounts=len(amounts),
    )


def _around(logs: Array, within: float) -> tuple[float, float]:
    """Return middle and sd of the normal with the logarithms' ends at 80 to 90 %, shrunken to the prior's."""
    low, high = np.quantile(logs, ENDS)
    share = len(logs) / (AS_BEFORE + len(logs))
    half = (high - low) / (2.0 * float(ndtri(ENDS[1])))
    return share * float(low + high) / 2.0, float(share * half + (1.0 - share) * within)


def as_plain(spending: Spending) -> Mapping[str, object]:
    """Return it as plain data."""
    return {
        "names": NAMES,
        "mean": spending.mean.tolist(),
        "covariance": spending.covariance.tolist(),
        "middle": spending.middle,
        "spread": spending.spread,
        "lift": spending.lift,
        "amounts": spending.amounts,
    }


def of_plain(data: Mapping[str, object]) -> Spending:
    """Read what `as_plain` wrote."""
    return Spending(
        mean=np.array(data["mean"], dtype=np.float64),
        covariance=np.array(data["covariance"], dtype=np.float64),
        middle=float(str(data["middle"])),
        spread=float(str(data["spread"])),
        lift=float(str(data["lift"])),
        amounts=int(str(data["amounts"])),
    )
