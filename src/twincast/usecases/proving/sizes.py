"""How many customers a test takes, how sure it is to come out, and what the least is that it finds."""

from dataclasses import dataclass
from math import ceil, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twincast.stats.intervals import two_sided
from twincast.stats.power import (
    detectable_mean,
    detectable_share,
    power_of_means,
    power_of_shares,
    size_for_means,
    size_for_shares,
)
from twincast.stats.sequences import sequence_size
from twincast.usecases.proving.forecasts import Forecast

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sizing:
    """How a test is planned.

    Attributes:
        forecast: what its arms are foretold to do; `control` is the place of the one that others are compared with.
        shares: (a,) of the customers in each arm.
        alpha: of one arm against the control; `power`: wanted.
        correlation: of the metric with what is known before.
        anytime: whether it is looked at whenever one likes.
    """

    forecast: Forecast
    control: int
    shares: Array
    alpha: float
    power: float
    correlation: float
    anytime: bool

    def needed(self, arm: int) -> tuple[int, int] | None:
        """Return the customers in the control and in an arm that find the foretold difference; None for no number."""
        base, other = float(self.forecast.means[self.control]), float(self.forecast.means[arm])
        size = float(self._size(base, other, arm))
        if not isfinite(size):
            return None
        size = size / self.worth
        return ceil(size), ceil(size * self._ratio(arm))

    @property
    def worth(self) -> float:
        """Return how many customers at one look a customer is worth: less than 1 where it is looked at any time."""
        if not self.anytime:
            return 1.0
        z, wanted = two_sided(1.0 - self.alpha), float(ndtri(self.power))
        return 1.0 / float(sequence_size(1.0, power_z=wanted, alpha_z=z, alpha=self.alpha))

    def power_with(self, arm: int, total: int) -> float:
        """Return P(the test comes out) with so many customers, if the prediction is right."""
        base, other = float(self.forecast.means[self.control]), float(self.forecast.means[arm])
        return float(self._power(np.array([base]), np.array([other]), arm, total)[0])

    def assurance(self, arm: int, total: int) -> float:
        """Return P(it comes out on the foretold side) with so many customers, over all that is not known."""
        base, other = self.forecast.draws[self.control], self.forecast.draws[arm]
        foretold = float(self.forecast.means[arm] - self.forecast.means[self.control])
        found = self._power(base, other, arm, total)
        return float(np.where((other - base) * foretold > 0.0, found, 0.0).mean())

    def detectable(self, arm: int, total: int) -> float | None:
        """Return the least rise that so many customers find with the wanted power."""
        size, ratio, base = self._effective(total), self._ratio(arm), float(self.forecast.means[self.control])
        if self._is_money:
            sd = self._scatter(arm)
            return detectable_mean(
                sd, size, power=self.power, alpha=self.alpha, ratio=ratio, correlation=self.correlation
            )
        narrowed = size / (1.0 - self.correlation**2)
        return detectable_share(base, narrowed, power=self.power, alpha=self.alpha, ratio=ratio)

    @property
    def _is_money(self) -> bool:
        return self.forecast.currency is not None

    def _ratio(self, arm: int) -> float:
        return float(self.shares[arm] / self.shares[self.control])

    def _effective(self, total: int) -> float:
        """Return the customers of the control, as many as they are worth at one look."""
        return total * float(self.shares[self.control]) * self.worth

    def _scatter(self, arm: int) -> float:
        return sqrt(float((self.forecast.scatter[[arm, self.control]] ** 2).mean()))

    def _size(self, base: float, other: float, arm: int) -> Array:
        ratio = self._ratio(arm)
        if self._is_money:
            sd, gap = self._scatter(arm), other - base
            return size_for_means(
                gap, sd, power=self.power, alpha=self.alpha, ratio=ratio, correlation=self.correlation
            )
        size = size_for_shares(base, other, power=self.power, alpha=self.alpha, ratio=ratio)
        return np.asarray(size * (1.0 - self.correlation**2))

    def _power(self, base: Array, other: Array, arm: int, total: int) -> Array:
        size, ratio = self._effective(total), self._ratio(arm)
        if self._is_money:
            sd = self._scatter(arm)
            return power_of_means(other - base, sd, size, alpha=self.alpha, ratio=ratio, correlation=self.correlation)
        size /= 1.0 - self.correlation**2
        p, q = np.clip(base, 0.0, 1.0), np.clip(other, 0.0, 1.0)
        return power_of_shares(p, q, size, alpha=self.alpha, ratio=ratio)
