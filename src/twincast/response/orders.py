"""The purchase process of a customer: how often orders come, whether they still do, and what an order is worth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from twincast.reading.twins import TwinFrame

Array = NDArray[np.float64]
WEEK = 7.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PurchaseProcess:
    """BG/NBD posterior of each customer, arrays of shape (n,); NaN where no order is on record.

    Attributes:
        shape, weeks: posterior Gamma(shape, weeks) of the order rate per week while active.
        active: P(still active today).
    """

    shape: Array
    weeks: Array
    active: Array

    def order_probability(self, days: float) -> Array:
        """Return P(at least one order within `days` from today), exact under the model, shape (n,).

        While active, no drop-out can come before the next order, so only the rate's posterior is averaged over.
        """
        survival = np.exp(-self.shape * np.log1p(days / WEEK / self.weeks))
        result: Array = self.active * (1.0 - survival)
        return result

    def log_rate_variance(self) -> Array:
        """Return the variance of the log rate, at most 1, and of being active at all, shape (n,)."""
        return np.minimum(polygamma(1, self.shape), 1.0) + (1.0 - self.active)


def purchase_process(twins: TwinFrame, today: float, figures: Mapping[str, float]) -> PurchaseProcess:
    """Fit the process of each customer with the population's BG/NBD parameters as prior.

    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, equations 3 and 7. Where recency is not known,
    the last order is taken at its expected place, x / (x + 1) of the way.

    Args:
        twins: n twins.
        today: day of the prediction, days since 1970-01-01; the window reaches up to it.
        figures: `r`, `alpha_weeks`, `a`, `b`.
    """
    orders = twins.column("orders")
    repeats = np.maximum(orders - 1.0, 0.0)
    first = np.where(
        np.isnan(twins.column("first_order_day")), twins.column("since_day"), twins.column("first_order_day")
    )
    window = np.where(np.isnan(first), twins.column("orders_days") + (today - twins.column("as_of_day")), today - first)
    age = np.maximum(window, 0.0) / WEEK
    since_last = np.maximum(today - twins.column("last_order_day"), 0.0) / WEEK
    recency = np.where(np.isnan(since_last), age * repeats / (repeats + 1.0), np.maximum(age - since_last, 0.0))
    r, alpha, a, b = (figures[name] for name in ("r", "alpha_weeks", "a", "b"))
    shape, weeks = r + repeats, alpha + age
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        odds_gone = a / np.maximum(b + repeats - 1.0, 1e-9) * np.exp(shape * np.log(weeks / (alpha + recency)))
    active = np.where(repeats > 0.0, 1.0 / (1.0 + odds_gone), np.where(np.isnan(repeats), np.nan, 1.0))
    return PurchaseProcess(shape=shape, weeks=weeks, active=active)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OrderValue:
    """Posterior of each customer's order value, log-normal, arrays of shape (n,).

    Attributes:
        log_mean: posterior mean of the customer's mean log order value; `log_sd`: its posterior sd.
        within: sd of the log of a single order around it.
    """

    log_mean: Array
    log_sd: Array
    within: Array


def order_value(twins: TwinFrame, figures: Mapping[str, float]) -> OrderValue:
    """Shrink each customer's own order values towards the prior, normal on the log scale with known within-sd.

    The same idea as the Gamma-Gamma model (Fader & Hardie 2013), with a log-normal in its place so that a discount is a
    shift. A stated mean without a count of orders is worth `stated_orders` orders.

    Args:
        twins: n twins.
        figures: `log_mean`, `log_width`, `within`, `stated_orders`.
    """
    mean_value = twins.column("order_value_mean")
    within = np.full(len(twins), figures["within"])
    stated = np.where(mean_value > 0.0, np.log(np.where(mean_value > 0.0, mean_value, 1.0)), np.nan)
    seen_log = np.where(
        np.isnan(twins.column("order_value_log_mean")), stated - within**2 / 2.0, twins.column("order_value_log_mean")
    )
    count = twins.column("order_value_n")
    count = np.where(
        np.isnan(seen_log), 0.0, np.where(np.isnan(count), figures["stated_orders"], np.maximum(count, 1.0))
    )
    precision = 1.0 / figures["log_width"] ** 2 + count / within**2
    weighted = figures["log_mean"] / figures["log_width"] ** 2 + count / within**2 * np.nan_to_num(seen_log)
    return OrderValue(log_mean=weighted / precision, log_sd=1.0 / np.sqrt(precision), within=within)
