"""How much comes, given that something comes: money and items within a window, on top of what one order is.

The hurdle's second part. The log of the mean is linear in how often the customer orders and in what was spent lately
and so far (`response.amounts`), around the customer's own usual order: weights start at 0, at one order's worth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twincast.stats.linear import inverse
from twincast.stats.tails import LEAST, Tails, tails_of

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WIDTH: Final = 0.5
"""Prior sd of each weight around 0. Judgement: half of a logarithm either way, a factor of 1.6."""
AS_BEFORE: Final = 10.0
"""Cases at which the spread of single ones is half the prior's and half their own."""
ENDS: Final = (0.075, 0.925)
"""Shares of cases at which their spread is read off: between the ends of 80 and of 90 % intervals, which matter."""
ROUNDS: Final = 30
FURTHEST: Final = 8.0
"""Logarithm of a size over the usual one beyond which nothing is believed."""
FOLDS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Size:
    """The belief about the weights after so many cases.

    Attributes:
        mean, covariance: of the weights of the mean size, (K,) and (K, K).
        middle, spread: mean and sd of the log of a single size around the log of its mean.
        lift: log of how much the mean size lies above that of a log-normal with this middle and spread.
        count: number of cases learned from.
        tails: where single sizes fall, in spreads from the middle, found on cases of other customers; None with few.
    """

    mean: Array
    covariance: Array
    middle: float
    spread: float
    lift: float
    count: int
    tails: Tails | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Seen:
    """r cases in which something came.

    Attributes:
        features: (r, K); sizes: (r,) how much, above 0; usual: (r,) that of one usual order.
        customer: (r,) codes; segment: (r,) code of what its spread may depend on.
    """

    features: Array
    sizes: Array
    usual: Array
    customer: Index
    segment: Index

    def part(self, where: NDArray[np.bool_]) -> "Seen":
        """Return some of the cases."""
        return Seen(**{name: getattr(self, name)[where] for name in self.__dataclass_fields__})


def learn_size(seen: Seen, within: float, segments: int) -> Size | None:
    """Fit the weights, and find on customers of whom each fit has seen nothing where single sizes fall around it.

    Args:
        seen: the cases; within: the prior's spread of a single order; segments: how many there may be.
    """
    if not len(seen.sizes):
        return None
    mean, covariance, middle, spread = _fitted(seen, within)
    return Size(
        mean=mean,
        covariance=covariance,
        middle=middle,
        spread=spread,
        lift=-middle - spread**2 / 2.0,
        count=len(seen.sizes),
        tails=tails_of(_unseen(seen, within), seen.segment, segments) if len(seen.sizes) >= LEAST else None,
    )


def _unseen(seen: Seen, within: float) -> Array:
    """Return how far each size lies from its middle as foretold from other customers, in spreads, (r,)."""
    found = np.zeros(len(seen.sizes))
    for fold in range(FOLDS):
        mine = seen.customer % FOLDS == fold
        if mine.any() and not mine.all():
            mean, _, middle, spread = _fitted(seen.part(~mine), within)
            found[mine] = (_logs(seen.part(mine), mean) - middle) / spread
    return found


def _fitted(seen: Seen, within: float) -> tuple[Array, Array, float, float]:
    """Fit the weights to the sizes themselves and the prior: quasi-likelihood, variance in proportion to the mean.

    In logarithms the many small sizes would decide (measured on a grocer's households: sums 12 % too high); so sums
    come out right, and the spread and the lift are read off the logarithms afterwards.
    """
    width = seen.features.shape[1]
    prior, mean = np.eye(width) / WIDTH**2, np.zeros(width)
    covariance, unit = inverse(prior), float(seen.usual.mean()) * np.expm1(within**2)
    for _ in range(ROUNDS):
        believed = seen.usual * np.exp(np.clip(seen.features @ mean, -FURTHEST, FURTHEST))
        missed = seen.sizes - believed
        unit = (AS_BEFORE * unit + float((missed**2 / believed).sum())) / (AS_BEFORE + len(missed))
        covariance = inverse(prior + (seen.features * (believed / unit)[:, None]).T @ seen.features)
        mean = mean + np.clip(covariance @ (seen.features.T @ missed / unit - prior @ mean), -1.0, 1.0)
    return mean, covariance, *_around(_logs(seen, mean), within)


def _logs(seen: Seen, mean: Array) -> Array:
    return np.asarray(np.log(seen.sizes / seen.usual) - seen.features @ mean)


def _around(logs: Array, within: float) -> tuple[float, float]:
    """Return middle and sd of the normal with the logarithms' ends at 80 to 90 %, shrunken to the prior's."""
    low, high = np.quantile(logs, ENDS)
    share = len(logs) / (AS_BEFORE + len(logs))
    half = (high - low) / (2.0 * float(ndtri(ENDS[1])))
    return share * float(low + high) / 2.0, float(share * half + (1.0 - share) * within)


def as_plain(size: Size) -> Mapping[str, object]:
    """Return it as plain data."""
    named = ("middle", "spread", "lift", "count")
    return {
        "mean": size.mean.tolist(),
        "covariance": size.covariance.tolist(),
        **{name: getattr(size, name) for name in named},
        "tails": plain_tails(size.tails),
    }


def of_plain(data: Mapping[str, Any]) -> Size:
    """Read what `as_plain` wrote."""
    return Size(
        mean=np.array(data["mean"], dtype=np.float64),
        covariance=np.array(data["covariance"], dtype=np.float64),
        middle=float(data["middle"]),
        spread=float(data["spread"]),
        lift=float(data["lift"]),
        count=int(data["count"]),
        tails=read_tails(data["tails"]),
    )


def plain_tails(tails: Tails | None) -> Mapping[str, object] | None:
    """Return tails as plain data."""
    if tails is None:
        return None
    return {"quantiles": tails.quantiles.tolist(), "own": tails.own.tolist(), "counts": tails.counts.tolist()}


def read_tails(data: Mapping[str, Sequence[Any]] | None) -> Tails | None:
    """Read what `plain_tails` wrote."""
    if data is None:
        return None
    return Tails(
        quantiles=np.array(data["quantiles"], dtype=np.float64),
        own=np.array(data["own"], dtype=np.bool_),
        counts=np.array(data["counts"], dtype=np.intp),
    )
