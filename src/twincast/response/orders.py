"""The purchase process of a customer: how often orders come, whether they still do, and what an order is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, polygamma

from twincast.reading.states import BASIS_SPEND
from twincast.reading.twins import TwinFrame

Array = NDArray[np.float64]
WEEK = 7.0
MOST_GUESSED = 24
"""Counts of orders that are weighed where only money is known: two a month."""

OWN_VALUE = 2.0
"""`order_value_n` from which the value of an order is the customer's own, stated one, not itself guessed from money."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """One published fit of BG/NBD: a company whose customers these may resemble.

    Attributes:
        r, alpha_weeks: Gamma distribution of the order rate a week over customers.
        a, b: Beta distribution of the chance to leave after an order.
        weight: how much it is believed to be the one, before anything is known of the customer.
    """

    r: float
    alpha_weeks: float
    a: float
    b: float
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PurchaseProcess:
    """BG/NBD posterior of each of n customers, over k possibilities; NaN where none is on record.

    A possibility is a published fit and, where only money and a last date are known, a number of orders. Everything is
    averaged over them, each weighed by how well it explains what is known of the customer.

    Attributes:
        weight: (k, n) posterior weight of each possibility, summing to 1 over k.
        shape, weeks: (k, n) posterior Gamma(shape, weeks) of the order rate per week while active.
        active: (k, n) P(still active today).
    """

    weight: Array
    shape: Array
    weeks: Array
    active: Array

    def order_probability(self, days: float) -> Array:
        """Return P(at least one order within `days` from today), exact under the model, shape (n,).

        While active, no drop-out can come before the next order, so only the rate's posterior is averaged over.
        """
        survival = np.exp(-self.shape * np.log1p(days / WEEK / self.weeks))
        return _sum(self.weight * self.active * (1.0 - survival))

    def log_rate_variance(self) -> Array:
        """Return the variance of the log rate, at most 1, and of being active at all, shape (n,)."""
        return _sum(self.weight * (np.minimum(polygamma(1, self.shape), 1.0) + (1.0 - self.active)))

    def weekly_rate(self) -> Array:
        """Return the expected orders a week while active, shape (n,)."""
        return _sum(self.weight * self.shape / self.weeks)


def _sum(values: Array) -> Array:
    """Return the sum over the first axis, one after the other: a customer's bits do not depend on the others."""
    total: Array = np.add.accumulate(values, axis=0)[-1]
    return total


def purchase_process(
    twins: TwinFrame, today: float | Array, fits: Sequence[Fit], value: Mapping[str, float]
) -> PurchaseProcess:
    """Fit the process of each customer with the published fits of BG/NBD as a mixture prior.

    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, equations 3, 6 and 7. Where recency is not
    known, the last order is taken at its expected place, x / (x + 1) of the way.

    Args:
        twins: n twins.
        today: day of the prediction, days since 1970-01-01, for all or (n,) for each; the window reaches up to it.
        fits: what companies' customers are like.
        value: `log_mean`, `log_width`, `within` of the value of an order, for counts guessed from money.
    """
    orders = twins.column("orders")
    first = twins.column("first_order_day")
    first = np.where(np.isnan(first), twins.column("since_day"), first)
    window = np.where(np.isnan(first), twins.column("orders_days") + (today - twins.column("as_of_day")), today - first)
    age = np.maximum(window, 0.0) / WEEK
    since_last = np.maximum(today - twins.column("last_order_day"), 0.0) / WEEK
    guessed = (twins.column("orders_basis") == BASIS_SPEND) & (orders > 0.0) & ~np.isnan(since_last) & ~np.isnan(age)
    repeats = np.maximum(orders - 1.0, 0.0)
    recency = np.where(np.isnan(since_last), age * repeats / (repeats + 1.0), np.maximum(age - since_last, 0.0))
    counted = _posterior(repeats[None], age[None], recency[None], np.zeros((1, len(twins))), fits)
    if not guessed.any():
        return counted
    rows = np.flatnonzero(guessed)
    return _with_guessed(counted, rows, _guessed(twins.take(rows), age[rows], since_last[rows], fits, value))


def _posterior(repeats: Array, age: Array, recency: Array, log_weight: Array, fits: Sequence[Fit]) -> PurchaseProcess:
    """Return the posterior over every fit (outer) and every count of orders (inner).

    Args:
        repeats, age, recency: (k, n) x, T and t_x of equation 6, in weeks.
        log_weight: (k, n) further log likelihood of each count.
    """
    table = np.array([(it.r, it.alpha_weeks, it.a, it.b, it.weight) for it in fits])
    r, alpha, a, b, believed = (column[:, None, None] for column in table.T)
    shape, weeks = r + repeats, alpha + age
    log_weeks, log_recency = np.log(weeks), np.log(alpha + recency)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        log_odds = np.log(a) - np.log(np.maximum(b + repeats - 1.0, 1e-9)) + shape * (log_weeks - log_recency)
        log_odds = np.where(repeats > 0.0, log_odds, np.where(np.isnan(repeats), np.nan, -np.inf))  # gone : still there
        stayed = gammaln(shape) - gammaln(r) + r * np.log(alpha) - shape * log_weeks + betaln(a, b + repeats)
        explained = stayed - betaln(a, b) + np.logaddexp(0.0, log_odds) + log_weight + np.log(believed)
        active = 1.0 / (1.0 + np.exp(log_odds))
    flat = (explained.shape[0] * explained.shape[1], explained.shape[2])
    return PurchaseProcess(
        weight=_normalised(explained.reshape(flat)),
        shape=shape.reshape(flat),
        weeks=weeks.reshape(flat),
        active=active.reshape(flat),
    )


def _normalised(log_weight: Array) -> Array:
    weight: Array = np.exp(log_weight - np.maximum.reduce(log_weight, axis=0))
    return weight / _sum(weight)


def _with_guessed(counted: PurchaseProcess, rows: NDArray[np.intp], guessed: PurchaseProcess) -> PurchaseProcess:
    """Put the guessed customers among the counted ones, whose further possibilities weigh nothing."""
    fits = len(counted.weight)
    widened = {}
    for name in ("weight", "shape", "weeks", "active"):
        first: Array = getattr(counted, name)
        whole = np.tile(first, (MOST_GUESSED, 1))
        if name == "weight":
            whole[fits:] = 0.0
        whole[:, rows] = getattr(guessed, name)
        widened[name] = whole
    return PurchaseProcess(**widened)


def _guessed(
    twins: TwinFrame, age: Array, since_last: Array, fits: Sequence[Fit], value: Mapping[str, float]
) -> PurchaseProcess:
    """Weigh 1 to `MOST_GUESSED` orders by how well each explains the money and the date of the last one.

    An old customer was active when the window opened, so all orders in it are repeats. A new one began with the first:
    with one order it began then; with more, halfway between the window's opening and the last. The places of the orders
    before the last are not known and are averaged out: t_x ** (x - 1) / (x - 1)! of them.
    """
    counts = np.arange(1.0, MOST_GUESSED + 1.0)[:, None]
    new = twins.column("is_new") == 1.0
    alone = new & (counts == 1.0)
    born = np.where(alone, since_last, np.maximum(age, since_last))
    repeats = np.where(new, counts - 1.0, counts + np.zeros_like(age))
    recency = np.where(alone, 0.0, born - since_last)
    places = np.where(repeats > 0.0, (repeats - 1.0) * np.log(np.maximum(recency, 0.1)) - gammaln(repeats), 0.0)
    log_weight = places + _money_likelihood(twins, counts, value)
    log_weight += np.where(new & ~alone, np.log(np.maximum(born - since_last, 0.5)), 0.0)
    return _posterior(repeats, born, recency, log_weight, fits)


def _money_likelihood(twins: TwinFrame, counts: Array, value: Mapping[str, float]) -> Array:
    """Return the log likelihood of the money under each count: log-normal around count x the value of an order."""
    spent = twins.column("spend_365")
    spent = np.where(np.isnan(spent), twins.column("lifetime_value"), spent)
    own = twins.column("order_value_n") >= OWN_VALUE
    typical = np.where(own, np.log(twins.column("order_value_mean")), value["log_mean"] + value["within"] ** 2 / 2.0)
    variance = np.where(own, 0.0, value["log_width"] ** 2) + value["within"] ** 2 / counts
    missed = np.log(np.maximum(spent, 0.01)) - np.log(counts) - typical
    return -0.5 * (missed**2 / variance + np.log(variance))


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
    weighted = figures["log_mean"] / figures["log_width"] ** 2 + count / within**2 * np.where(
        np.isnan(seen_log), 0.0, seen_log
    )
    return OrderValue(log_mean=weighted / precision, log_sd=1.0 / np.sqrt(precision), within=within)
