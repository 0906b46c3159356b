"""Purchases as statistics: from transactions, from counts and dates, from a stated frequency, or from money alone."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.columns import Columns
from twincast.reading.fields import lexicon
from twincast.reading.purchases import Purchases, purchases_of
from twincast.reading.states import BASIS_COUNTS, BASIS_NONE, BASIS_SPEND, BASIS_STATED, BASIS_TRANSACTIONS
from twincast.reading.tenures import tenures_of
from twincast.reading.values import DAYS_PER_MONTH, days, flags, frequency_of, is_unknown, number_of, numbers, short

Array = NDArray[np.float64]
YEAR: Final = 365.0
CENTURY: Final = 36_525.0
"""A last order longer ago is a placeholder (99999) for unknown, and no window is longer."""
MOST_PER_MONTH: Final = 10_000.0
LEAST: Final = 1e-9
"""Rates and money below this divide as this does: what is smaller is nobody's, and would overflow."""

KEPT: Final = (
    "since_day", "first_order_day", "last_order_day", "orders", "orders_days", "orders_basis", "purchase_days",
    "order_value_mean", "order_value_log_mean", "order_value_log_sd", "order_value_n", "spend_28", "spend_84",
    "spend_365", "lifetime_value", "items_per_order", "is_new", "return_rate", "coupon_share",
)  # fmt: skip
"""The columns of the state that are read here."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Statistics of purchases as columns (n,), named as in the state, NaN unknown; and what the orders name, by row."""

    columns: dict[str, Array]
    named: tuple[tuple[int, str], ...]


def orders_of(columns: Columns) -> Orders:
    """Return the purchase statistics of a batch.

    Transactions win over counts and dates, these over a stated frequency, that over an estimate from money
    (`orders_basis`). Where a list holds fewer orders than were counted since the start, it is read as their latest
    part: values and last order come from the list, the number of orders from the count.
    """
    bought = purchases_of(columns)
    out = _stated(columns)
    out["orders_basis"] = np.full(columns.n, BASIS_NONE)
    if bought is not None and bought.row.size:
        _from_transactions(columns, bought, out)
    for step in (_from_counts, _from_frequency, _from_money):
        open_rows = out["orders_basis"] == BASIS_NONE
        if open_rows.any():
            step(columns, out, open_rows)
    _order_values(out)
    _finish(columns, out)
    return Orders({name: out[name] for name in KEPT}, () if bought is None else bought.named)


def _stated(columns: Columns) -> dict[str, Array]:
    """What the record states outright, and an empty column for what only orders can say."""
    as_of = columns.as_of
    total = numbers(columns, "total_purchases")
    since, told_new = tenures_of(columns)
    last = days(columns, "last_purchase_date")
    last = _fill(last, as_of - numbers(columns, "days_since_last_purchase"))
    last = _fill(last, as_of - DAYS_PER_MONTH * numbers(columns, "months_since_last_purchase"))
    stated = {
        "total": total,
        "told_new": _fill(flags(columns, "new_customer"), told_new),
        "since_day": since,
        "first_order_day": days(columns, "first_purchase_date"),
        # who never ordered has no last order, whatever placeholder stands there
        "last_order_day": _or_nan(last, (total != 0) & (as_of - last <= CENTURY)),
        "frequency": _frequency(columns),
        "aov": numbers(columns, "average_order_value"),
        "spend_28": numbers(columns, "spend_past_28_days"),
        "spend_84": numbers(columns, "spend_past_84_days"),
        "spend_365": numbers(columns, "spend_past_12_months"),
        "lifetime_value": numbers(columns, "lifetime_value"),
        "items_per_order": numbers(columns, "items_per_order"),
        "returns": numbers(columns, "returns"),
    }
    return dict.fromkeys((*KEPT, "priced"), columns.nothing) | stated


def _frequency(columns: Columns) -> Array:
    """Orders per month as stated, by number or in words."""
    if "purchase_frequency" not in columns.slots:
        return columns.nothing
    out = columns.nothing.copy()
    for slot, row, value in columns.entries("purchase_frequency"):
        found = number_of(value)
        if found is None and isinstance(value, str):
            found = frequency_of(value) if len(value) <= 80 else None
            if found is not None:
                out[row] = found
            elif not is_unknown(value):
                columns.remark(row, "unparsed-frequency", slot.path, value)
        elif found is None or not 0 <= found <= MOST_PER_MONTH:
            columns.refuse(
                row, slot.path, f"{short(value)} is not possible", "orders per month of at least 0, or words"
            )
        else:
            out[row] = found
    return out


def _fill(values: Array, others: Array) -> Array:
    """`values`, and where they are unknown `others`."""
    return np.where(np.isnan(values), others, values)


def _or_nan(values: NDArray[Any], where: NDArray[np.bool_]) -> Array:
    return np.where(where, values, np.nan)


# ---------------------------------------------------------------- transactions


def _from_transactions(columns: Columns, bought: Purchases, out: dict[str, Array]) -> None:
    """Fill in what the listed orders say; refunds are money, not orders."""
    n, as_of, row = columns.n, columns.as_of, bought.row
    is_order = ~(bought.amount < 0)
    count = np.bincount(row[is_order], minlength=n).astype(np.float64)
    dated = is_order & ~np.isnan(bought.day)
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, row[dated], bought.day[dated])
    np.maximum.at(last, row[dated], bought.day[dated])
    listed, has_day = count > 0, np.isfinite(first)
    start = np.fmin(out["first_order_day"], out["since_day"])
    partial = has_day & (out["total"] > count)
    whole = partial & (start <= first)  # the list is the latest part of all orders since `start`
    began = np.where(whole, start, first)
    out["orders_basis"] = np.where(listed, BASIS_TRANSACTIONS, out["orders_basis"])
    out["orders"] = _or_nan(np.where(whole, out["total"], count), listed)
    out["orders_days"] = _or_nan(as_of - np.where(has_day, began, as_of), has_day)
    out["first_order_day"] = np.where(has_day, began, out["first_order_day"])
    out["last_order_day"] = np.where(has_day, last, out["last_order_day"])
    out["purchase_days"] = _or_nan(_distinct_days(row[dated], bought.day[dated], n), has_day & ~partial)
    _values_of_transactions(columns, bought, out)
    reach = np.where(partial, as_of - np.where(has_day, first, as_of), np.inf)  # the list is complete so far back
    _spend_of_transactions(columns, bought, out, reach)


def _distinct_days(row: NDArray[np.intp], day: Array, n: int) -> NDArray[np.intp]:
    """Number of distinct days per row."""
    order = np.lexsort((day, row))
    row, day = row[order], day[order]
    fresh = np.ones(row.size, dtype=np.bool_)
    fresh[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
    return np.bincount(row[fresh], minlength=n)


def _values_of_transactions(columns: Columns, bought: Purchases, out: dict[str, Array]) -> None:
    """Order values, items and discounts of the listed orders."""
    n, row, amount = columns.n, bought.row, bought.amount
    paid = amount > 0
    count = np.bincount(row[paid], minlength=n).astype(np.float64)
    has, safe = count > 0, np.maximum(count, 1.0)
    logs = np.log(amount[paid])
    mean = np.bincount(row[paid], weights=logs, minlength=n) / safe
    spread = np.bincount(row[paid], weights=(logs - mean[row[paid]]) ** 2, minlength=n)
    out["order_value_mean"] = _or_nan(np.bincount(row[paid], weights=amount[paid], minlength=n) / safe, has)
    out["order_value_log_mean"] = _or_nan(mean, has)
    out["order_value_log_sd"] = _or_nan(np.sqrt(spread / np.maximum(count - 1, 1)), count > 1)
    out["order_value_n"] = _or_nan(count, has)
    counted = ~np.isnan(bought.items) & ~(amount < 0)
    items = np.bincount(row[counted], minlength=n)
    mean_items = np.bincount(row[counted], weights=bought.items[counted], minlength=n) / np.maximum(items, 1)
    out["items_per_order"] = np.where(items > 0, mean_items, out["items_per_order"])
    off = ~np.isnan(bought.discount) & paid
    saved = np.bincount(row[off], weights=np.abs(bought.discount[off]), minlength=n)
    list_price = np.bincount(row[off], weights=amount[off], minlength=n) + saved
    out["coupon_share"] = _or_nan(saved / np.where(list_price > 0, list_price, 1.0), list_price > 0)


def _spend_of_transactions(columns: Columns, bought: Purchases, out: dict[str, Array], reach: Array) -> None:
    """Money in the past windows as far as the list reaches, else as stated; of a lifetime as stated, else as listed."""
    n, row = columns.n, bought.row
    known = ~np.isnan(bought.amount)
    has = np.bincount(row[known], minlength=n) > 0
    age = columns.as_of - bought.day
    for name, window in (("spend_28", 28), ("spend_84", 84), ("spend_365", 365)):
        inside = known & (age < window)
        total = np.bincount(row[inside], weights=bought.amount[inside], minlength=n)
        out[name] = np.where(has & (reach >= window), np.maximum(total, 0.0), out[name])
    total = np.maximum(np.bincount(row[known], weights=bought.amount[known], minlength=n), 0.0)
    total = np.where(np.isinf(reach), total, out["order_value_mean"] * out["orders"])
    out["lifetime_value"] = np.where(np.isnan(out["lifetime_value"]) & has, total, out["lifetime_value"])


# ---------------------------------------------------------------- without a list


def _from_counts(columns: Columns, out: dict[str, Array], open_rows: NDArray[np.bool_]) -> None:
    """The stated count, in the window from the first order or from the start as a customer."""
    take = open_rows & ~np.isnan(out["total"])
    if not take.any():
        return
    start = _fill(out["first_order_day"], out["since_day"])
    rate = out["frequency"] / DAYS_PER_MONTH
    paced = (rate > 0) & (out["total"] > 1)  # without a start, a stated frequency tells how long they took
    took = np.fmin((out["total"] - 1) / np.where(paced, np.maximum(rate, LEAST), 1.0), CENTURY)
    start = _fill(start, _or_nan(columns.as_of - took, paced))
    out["orders"] = np.where(take, out["total"], out["orders"])
    out["orders_days"] = np.where(take, columns.as_of - start, out["orders_days"])
    out["orders_basis"] = np.where(take, BASIS_COUNTS, out["orders_basis"])
    out["first_order_day"] = np.where(take, _or_nan(start, out["total"] > 0), out["first_order_day"])


def _from_frequency(columns: Columns, out: dict[str, Array], open_rows: NDArray[np.bool_]) -> None:
    """A stated frequency is worth `stated_worth` orders after the first, at that rate, no longer than the tenure."""
    take = open_rows & ~np.isnan(out["frequency"])
    if not take.any():
        return
    told = lexicon("orders")["judgement"]
    rate = out["frequency"] / DAYS_PER_MONTH
    some = rate > 0
    window = np.where(
        some, told["stated_worth"] / np.where(some, np.maximum(rate, LEAST), 1.0), told["stated_never_days"]
    )
    window = np.fmin(np.fmin(window, CENTURY), columns.as_of - _fill(out["first_order_day"], out["since_day"]))
    repeats = np.fmin(rate * window, told["stated_worth"])
    window = np.fmax(window, columns.as_of - out["last_order_day"])  # a last order before that says the habit lapsed
    out["orders"] = np.where(take, np.where(some, 1.0 + repeats, 0.0), out["orders"])
    out["orders_days"] = np.where(take, window, out["orders_days"])
    out["orders_basis"] = np.where(take, BASIS_STATED, out["orders_basis"])
    out["first_order_day"] = np.where(take & some, columns.as_of - window, out["first_order_day"])


def _from_money(columns: Columns, out: dict[str, Array], open_rows: NDArray[np.bool_]) -> None:
    """Money of the past year (else of a lifetime) divided by an order value: the customer's, else the published one."""
    money = _fill(out["spend_365"], out["lifetime_value"])
    take = open_rows & ~np.isnan(money)
    if not take.any():
        return
    known, told = lexicon("orders")["published"], lexicon("orders")["judgement"]
    own, some = out["aov"] > 0, money > 0
    ratio = np.where(some, money, 1.0) / np.where(own, np.maximum(out["aov"], LEAST), known["order_value"])
    count = np.maximum(np.where(own, ratio, np.exp(told["spend_by_count"] * np.log(ratio))), 1.0)
    window = _window_of_money(columns, out)
    out["orders"] = np.where(take, np.where(some, count, 0.0), out["orders"])
    out["orders_days"] = np.where(take, window, out["orders_days"])
    out["orders_basis"] = np.where(take, BASIS_SPEND, out["orders_basis"])
    out["priced"] = _or_nan(money / count, take & some)
    start = np.fmin(columns.as_of - window, out["last_order_day"])
    start = _or_nan(np.where(np.isnan(window), np.nan, start), take & some)
    out["first_order_day"] = np.where(take & np.isnan(out["first_order_day"]), start, out["first_order_day"])


def _window_of_money(columns: Columns, out: dict[str, Array]) -> Array:
    """Days in which the money was spent: at most a year for a year's; a new customer of unknown start began halfway."""
    tenure = columns.as_of - _fill(out["first_order_day"], out["since_day"])
    recency = np.fmin(columns.as_of - out["last_order_day"], YEAR)
    halfway = (YEAR + np.where(np.isnan(recency), 0.0, recency)) / 2
    tenure = np.where(np.isnan(tenure) & (out["told_new"] == 1), halfway, tenure)
    return np.where(np.isnan(out["spend_365"]), tenure, np.fmin(tenure, YEAR))  # fmin: an unknown tenure leaves a year


# ---------------------------------------------------------------- order values, newness


def _order_values(out: dict[str, Array]) -> None:
    """Order values where no amounts are listed: as stated, else money over count, else as priced from money."""
    open_rows = np.isnan(out["order_value_n"])
    if not open_rows.any():
        return
    known, told = lexicon("orders")["published"], lexicon("orders")["judgement"]
    counted = (out["orders_basis"] > BASIS_NONE) & (out["orders_basis"] <= BASIS_COUNTS) & (out["orders"] > 0)
    divided = _or_nan(
        out["lifetime_value"] / np.where(counted, out["orders"], 1.0), counted & (out["lifetime_value"] > 0)
    )
    stated = _or_nan(out["aov"], out["aov"] > 0)
    value = _fill(_fill(stated, divided), out["priced"])
    take = open_rows & ~np.isnan(value)
    worth = np.where(counted, out["orders"], np.where(np.isnan(stated), 1.0, told["stated_value_worth"]))
    log_mean = np.log(np.where(take, value, 1.0)) - known["order_value_within"] ** 2 / 2
    out["order_value_mean"] = np.where(take, value, out["order_value_mean"])
    out["order_value_log_mean"] = np.where(take, log_mean, out["order_value_log_mean"])
    out["order_value_n"] = np.where(take, worth, out["order_value_n"])


def _finish(columns: Columns, out: dict[str, Array]) -> None:
    """Since when, whether new, last not before first, a first year's spend, and the rate of returns."""
    observed = (out["orders_basis"] > BASIS_NONE) & (out["orders_basis"] <= BASIS_COUNTS)
    first = _or_nan(out["first_order_day"], observed)
    since = _fill(out["since_day"], first)
    began = np.fmin(since, first)
    dated_new = np.where(np.isnan(began), np.nan, columns.as_of - began <= YEAR + 1)
    out["is_new"] = _fill(out["told_new"], dated_new)
    out["since_day"] = _fill(since, _or_nan(out["first_order_day"], out["is_new"] == 1))
    out["last_order_day"] = np.fmax(
        out["last_order_day"], _or_nan(out["first_order_day"], ~np.isnan(out["last_order_day"]))
    )
    young = np.isnan(out["spend_365"]) & (columns.as_of - began <= YEAR)
    out["spend_365"] = np.where(young, out["lifetime_value"], out["spend_365"])
    some = (out["total"] > 0) & ~np.isnan(out["returns"])
    out["return_rate"] = _or_nan(out["returns"] / np.where(some, out["total"], 1.0), some)
