"""Backcasting: does the purchase process, built from the first part of a customer's own orders, foretell the rest?

The past is cut into windows of one length. For each, the process built from the orders up to its first day says how
likely an order in it was; then the window is looked at. Each window is foretold before it is seen, so observed minus
foretold adds up to noise if the process is right, however the windows depend on one another (prequential: Dawid 1984,
"Statistical Theory: The Prequential Approach").
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.predictions import Estimate
from twincast.domain.validations import Backcast, BackcastStep
from twincast.reading.histories import History, date_of
from twincast.response.orders import purchase_process
from twincast.response.prior import Prior
from twincast.stats.counts import successes, successes_between

Array = NDArray[np.float64]

LEAST_ORDERS: Final = 3
"""Dated orders that the first part must hold."""
LEAST_WINDOWS: Final = 3
"""Windows that the rest must hold."""
MOST_WINDOWS: Final = 52
WINDOW_DAYS: Final[tuple[int, int]] = (7, 365)
UNIT: Final = "windows with an order"
NOT_ENOUGH: Final = "not enough history"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How a past is cut: a window's length in days, and the day before the first day of each window."""

    days: int
    cuts: tuple[float, ...]


def backcast(history: History, prior: Prior, level: float) -> Backcast:
    """Foretell the second half of a customer's past from what was known before, window by window.

    Args:
        history: dated orders.
        prior: what is believed of purchase processes; the twin's own past is all that is added.
        level: of the interval of the number of windows with an order.
    """
    orders = len(history.days)
    middle = (history.days[0] + history.as_of) / 2.0 if orders else history.as_of
    trained = int((history.days <= middle).sum())
    plan = _plan(history, middle, trained)
    if plan is None:
        words = (
            f"{orders} dated orders, {trained} of them in the first half of the time since the first: at least "
            f"{LEAST_ORDERS} are needed there, and {LEAST_WINDOWS} windows of a week or more after it."
        )
        return Backcast(
            verdict=NOT_ENOUGH, words=words, orders=orders, trained_on=trained, window_days=None, observed=None,
            expected=None, steps=(),
        )  # fmt: skip
    chances = foretold(history, plan, prior)
    ordered = np.array([((history.days > cut) & (history.days <= cut + plan.days)).any() for cut in plan.cuts])
    low, high = successes_between(successes(chances), level)
    observed, expected = int(ordered.sum()), float(chances.sum())
    verdict = "fewer" if observed < low else "more" if observed > high else "foretold"
    return Backcast(
        verdict=verdict,
        words=_words(verdict, observed, plan, expected, low, high, level),
        orders=orders,
        trained_on=trained,
        window_days=plan.days,
        observed=observed,
        expected=Estimate(value=expected, low=low, high=high, level=level, unit=UNIT, basis="prior and own orders"),
        steps=tuple(
            BackcastStep(starts_on=date_of(cut + 1), probability=float(p), ordered=bool(seen))
            for cut, p, seen in zip(plan.cuts, chances, ordered, strict=True)
        ),
    )


def foretold(history: History, plan: Plan, prior: Prior) -> Array:
    """Return P(an order) for each window of a plan, each from the orders before it, (windows,)."""
    known = history.known_on(plan.cuts)
    process = purchase_process(known, np.array(plan.cuts), prior.fits, prior.constants["order_value"])
    return process.order_probability(float(plan.days))


def _plan(history: History, middle: float, trained: int) -> Plan | None:
    """Cut the second half into windows about as long as the customer's pauses in the first one.

    The length is chosen by the first half alone, so what is foretold has no say in it.
    """
    if trained < LEAST_ORDERS:
        return None
    rest = history.as_of - middle
    pause = (middle - history.days[0]) / trained
    least, most = WINDOW_DAYS
    days = int(np.clip(np.ceil(max(pause, rest / MOST_WINDOWS)), least, most))
    count = int(rest // days)
    if count < LEAST_WINDOWS:
        return None
    return Plan(days=days, cuts=tuple(history.as_of - days * k for k in range(count, 0, -1)))


def _words(verdict: str, observed: int, plan: Plan, expected: float, low: int, high: int, level: float) -> str:
    said = {
        "foretold": "as the orders before them foretold",
        "more": "more than the orders before them foretold: this customer buys more often than before, or more evenly",
        "fewer": "fewer than the orders before them foretold: this customer now buys less often, or has left",
    }[verdict]
    return (
        f"{observed} of {len(plan.cuts)} windows of {plan.days} days held an order, {said} "
        f"({expected:.1f}; {level:.0%} between {low} and {high})."
    )
