"""Purchases: from transactions, from counts and dates, from a stated frequency or from money alone to one set of statistics."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.columns import Columns, Slot
from twincast.reading.fields import lexicon
from twincast.reading.states import BASIS_COUNTS, BASIS_NONE, BASIS_SPEND, BASIS_STATED, BASIS_TRANSACTIONS
from twincast.reading.values import DAYS_PER_MONTH, day_of, days, flags, frequency_of, is_unknown, number_of, numbers, short


Array = NDArray[np.float64]
YEAR: Final = 365.0

_DATE_KEYS: Final = ("date", "order_date", "ordered_at", "purchase_date", "purchased_at", "transaction_date", "timestamp",
                     "created_at", "day")  # fmt: skip
_AMOUNT_KEYS: Final = ("amount", "total", "total_price", "value", "order_value", "sales_value", "revenue", "price", "spend")
_ITEM_KEYS: Final = ("items", "quantity", "n_items", "item_count", "line_items", "products")
_CATEGORY_KEYS: Final = ("categories", "category", "products", "product", "items", "line_items", "brand")
_DISCOUNT_KEYS: Final = ("coupon_discount", "discount", "discount_amount", "total_discounts")


@dataclass(frozen=True, slots=True)
class Purchases:
    """All dated orders of a batch, ragged: one entry per order, in order of rows and as listed in the record.

    Attributes:
        row: (m,) row of the batch.
        day: (m,) day since 1970-01-01; NaN where it could not be read.
        amount: (m,) money; NaN where unknown; negative for refunds.
        items: (m,) number of items, NaN where unknown.
        discount: (m,) money that coupons and discounts took off, NaN where unknown.
        named: (row, category or product), once for each order that names it.
    """

    row: NDArray[np.intp]
    day: Array
    amount: Array
    items: Array
    discount: Array
    named: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Orders:
    """Statistics of purchases as columns (n,), named as in the state; NaN is unknown."""

    columns: dict[str, Array]
    named: tuple[tuple[int, str], ...]


# ---------------------------------------------------------------- transactions


def purchases_of(columns: Columns) -> Purchases | None:
    """Return the transactions of a batch, or None when no record lists any."""
    if "transactions" not in columns.slots:
        return None
    rows: list[int] = []
    entries: list[tuple[float, float, float, float]] = []
    named: list[tuple[int, str]] = []
    shapes: dict[tuple[str, ...], tuple[str | None, ...]] = {}
    for slot, row, value in columns.entries("transactions"):
        if not isinstance(value, list):
            if not is_unknown(value):
                columns.refuse(row, slot.path, f"must be a list of orders, not {short(value)}", "a list or null")
            continue
        for k, entry in enumerate(value):
            if type(entry) is dict:
                entries.append(_entry(columns, slot, row, k, entry, shapes, named))
            elif type(entry) is str:
                entries.append((_day(columns, slot, row, k, entry), math.nan, math.nan, math.nan))
            else:
                columns.refuse(row, f"{slot.path}[{k}]", f"must be an order, not {short(entry)}", "an object or a date")
                continue
            rows.append(row)
    table = np.array(entries, dtype=np.float64).reshape(len(entries), 4)
    order = np.asarray(rows, dtype=np.intp)
    if order.size > 1 and (np.diff(order) < 0).any():  # several spellings of the field: back into order of rows
        by_row = np.argsort(order, kind="stable")
        order, table = order[by_row], table[by_row]
    day, amount, items, discount = (np.ascontiguousarray(table[:, k]) for k in range(4))
    return Purchases(order, day, amount, items, discount, tuple(named))


def _entry(
    columns: Columns,
    slot: Slot,
    row: int,
    k: int,
    entry: dict[str, Any],
    shapes: dict[tuple[str, ...], tuple[str | None, ...]],
    named: list[tuple[int, str]],
) -> tuple[float, float, float, float]:
    """Read one order; the meaning of its keys is looked up once for every set of keys."""
    keys = tuple(entry)
    shape = shapes.get(keys)
    if shape is None:
        shape = tuple(_first_of(keys, wanted) for wanted in (_DATE_KEYS, _AMOUNT_KEYS, _ITEM_KEYS, _CATEGORY_KEYS, _DISCOUNT_KEYS))
        shapes[keys] = shape
    date_key, amount_key, item_key, category_key, discount_key = shape
    day = math.nan if date_key is None else _day(columns, slot, row, k, entry[date_key])
    amount = math.nan if amount_key is None else _number(columns, slot, row, k, amount_key, entry[amount_key])
    discount = math.nan if discount_key is None else _number(columns, slot, row, k, discount_key, entry[discount_key])
    items = math.nan
    if item_key is not None:
        found = entry[item_key]
        items = float(len(found)) if isinstance(found, list) else _number(columns, slot, row, k, item_key, found)
    if category_key is not None:
        named.extend((row, name) for name in names_of(entry[category_key]))
    return day, amount, items, discount


def _first_of(keys: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    lower = {key.lower(): key for key in keys if len(key) < 40}
    return next((lower[name] for name in wanted if name in lower), None)


def names_of(value: Any) -> list[str]:
    """Return the categories or products that a value names, lower case: a text, a list of texts, or of objects."""
    if isinstance(value, str):
        name = value.strip().lower()
        return [name] if 0 < len(name) <= 100 and not is_unknown(name) else []
    if isinstance(value, dict):
        return next((names_of(value[key]) for key in ("category", "product", "name", "title") if key in value), [])
    if isinstance(value, list):
        return [name for inner in value if not isinstance(inner, list) for name in names_of(inner)]
    return []


def _day(columns: Columns, slot: Slot, row: int, k: int, value: Any) -> float:
    found = day_of(value) if type(value) is str and len(value) <= 40 else None
    if found is None:
        if value is not None and not is_unknown(value):
            columns.remark(row, "unparsed-date", f"{slot.path}[{k}]", value)
        return math.nan
    if found > columns.as_of:
        columns.refuse(row, f"{slot.path}[{k}]", f"{value} lies after as_of", "a day up to as_of")
    return found


def _number(columns: Columns, slot: Slot, row: int, k: int, key: str, value: Any) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    if value is None or is_unknown(value) or isinstance(value, str | list | dict):
        found = number_of(value)
        return found if found is not None and math.isfinite(found) else math.nan
    found = number_of(value)
    if found is None or not math.isfinite(found):
        columns.refuse(row, f"{slot.path}[{k}].{key}", f"{short(value)} is not possible", "a finite number or null")
        return math.nan
    return found


# ---------------------------------------------------------------- tenure


@lru_cache(maxsize=4096)
def tenure_of(text: str) -> tuple[str, float] | None:
    """Return what words say of the time as a customer: ("less" | "more" | "about", days); None for other text."""
    plain = re.sub(r"\s+", " ", text.strip().lower())
    match = re.search(r"(\d+(?:\.\d+)?|a|an|one|two|three|five|six|ten|twelve)?\s?(?:\(\d+\) )?(day|week|month|year)s?\b", plain)
    if match is None:
        return None
    words = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "five": 5, "six": 6, "ten": 10, "twelve": 12}
    count = 1.0 if match[1] is None else float(words.get(match[1]) or match[1])
    span = count * {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": 365.25}[match[2]]
    if re.search(r"more than|over|at least|longer than|>|\+", plain):
        return "more", span
    if re.search(r"within|less than|under|in the (?:past|last)|during|past|last|<|this year", plain):
        return "less", span
    return ("about", span) if re.search(r"\bago\b|\bfor\b|\d", plain) else None


def _tenure(columns: Columns) -> tuple[Array, Array]:
    """Return the days from which customers are customers, and 1 or 0 for new where words say only that."""
    since = days(columns, "customer_since")
    new = columns.nothing
    if "customer_since" not in columns.slots or not np.isnan(since).any():
        return since, new
    since, new = since.copy(), np.full(columns.n, np.nan)
    for _, row, value in columns.entries("customer_since"):
        if math.isnan(since[row]) and isinstance(value, str) and len(value) <= 60 and (found := tenure_of(value)):
            kind, span = found
            if kind == "about":
                since[row] = columns.as_of - span
            elif kind == "less" and span <= 366:
                new[row] = 1.0
            elif kind == "more" and span >= 364:
                new[row] = 0.0
    return since, new


# ---------------------------------------------------------------- all together


def orders_of(columns: Columns) -> Orders:
    """Return the purchase statistics of a batch.

    Transactions win over counts and dates, these over a stated frequency, that over an estimate from money
    (`orders_basis`). Where they contradict one another, the remarks say so.
    """
    bought = purchases_of(columns)
    stated = _stated(columns)
    out = dict(stated)
    if bought is not None and bought.row.size:
        _from_transactions(columns, bought, out)
    else:
        out["orders_basis"] = np.zeros(columns.n)
        out["orders"], out["orders_days"] = columns.nothing.copy(), columns.nothing.copy()
    _from_counts(columns, out)
    _from_frequency(columns, out)
    _from_money(columns, out)
    _order_values(columns, out)
    _newness(columns, out)
    return Orders({name: out[name] for name in KEPT}, () if bought is None else bought.named)


KEPT: Final = (
    "since_day", "first_order_day", "last_order_day", "orders", "orders_days", "orders_basis", "purchase_days",
    "order_value_mean", "order_value_log_mean", "order_value_log_sd", "order_value_n", "spend_28", "spend_84", "spend_365",
    "lifetime_value", "items_per_order", "is_new", "return_rate", "coupon_share",
)  # fmt: skip


def _stated(columns: Columns) -> dict[str, Array]:
    """What the record states outright."""
    as_of = columns.as_of
    total = numbers(columns, "total_purchases")
    since, told_new = _tenure(columns)
    last = days(columns, "last_purchase_date")
    last = _fill(last, as_of - numbers(columns, "days_since_last_purchase"))
    last = _fill(last, as_of - DAYS_PER_MONTH * numbers(columns, "months_since_last_purchase"))
    last = np.where(total == 0, np.nan, last)  # who never ordered has no last order, whatever placeholder stands there
    return {
        "total": total,
        "told_new": _fill(flags(columns, "new_customer"), told_new),
        "since_day": since,
        "first_order_day": days(columns, "first_purchase_date"),
        "last_order_day": last,
        "frequency": _frequency(columns),
        "aov": numbers(columns, "average_order_value"),
        "spend_28": numbers(columns, "spend_past_28_days"),
        "spend_84": numbers(columns, "spend_past_84_days"),
        "spend_365": numbers(columns, "spend_past_12_months"),
        "lifetime_value": numbers(columns, "lifetime_value"),
        "items_per_order": numbers(columns, "items_per_order"),
        "returns": numbers(columns, "returns"),
    }


def _frequency(columns: Columns) -> Array:
    """Orders per month as stated, by number or in words."""
    if "purchase_frequency" not in columns.slots:
        return columns.nothing
    out = np.full(columns.n, np.nan)
    for slot, row, value in columns.entries("purchase_frequency"):
        found = number_of(value)
        if found is not None:
            if not math.isfinite(found) or found < 0:
                columns.refuse(row, slot.path, f"{short(value)} is not possible", "orders per month, or words")
            else:
                out[row] = found
        elif isinstance(value, str):
            found = frequency_of(value) if len(value) <= 80 else None
            if found is None and not is_unknown(value):
                columns.remark(row, "unparsed-frequency", slot.path, value)
            out[row] = math.nan if found is None else found
        else:
            columns.refuse(row, slot.path, f"must be text or a number, not {short(value)}", "orders per month, or words")
    return out


def _fill(values: Array, others: Array) -> Array:
    """`values`, and where they are unknown `others`."""
    return np.where(np.isnan(values), others, values)


def _from_transactions(columns: Columns, bought: Purchases, out: dict[str, Array]) -> None:
    """Fill in what the listed orders say; refunds are money, not orders."""
    n, as_of, row = columns.n, columns.as_of, bought.row
    is_order = ~(bought.amount < 0)
    orders = np.bincount(row[is_order], minlength=n).astype(np.float64)
    listed = orders > 0
    dated = is_order & ~np.isnan(bought.day)
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, row[dated], bought.day[dated])
    np.maximum.at(last, row[dated], bought.day[dated])
    has_day = np.isfinite(first)
    distinct = np.unique(np.stack((row[dated].astype(np.float64), bought.day[dated])), axis=1)[0] if n > 1 else None
    out["purchase_days"] = _or_nan(
        np.bincount(distinct.astype(np.intp), minlength=n) if distinct is not None else np.array([np.unique(bought.day[dated]).size]),
        has_day,
    )
    out["orders_basis"] = np.where(listed, BASIS_TRANSACTIONS, BASIS_NONE)
    out["orders"] = _or_nan(orders, listed)
    out["orders_days"] = _or_nan(as_of - np.where(has_day, first, as_of), has_day)
    out["first_order_day"] = np.where(has_day, first, out["first_order_day"])
    out["last_order_day"] = np.where(has_day, last, out["last_order_day"])
    _money_of_transactions(columns, bought, out, dated)


def _or_nan(values: NDArray[Any], where: NDArray[np.bool_]) -> Array:
    return np.where(where, values, np.nan)


def _money_of_transactions(columns: Columns, bought: Purchases, out: dict[str, Array], dated: NDArray[np.bool_]) -> None:
    n, row, amount = columns.n, bought.row, bought.amount
    known = ~np.isnan(amount)
    paid = known & (amount > 0)
    count = np.bincount(row[paid], minlength=n).astype(np.float64)
    has = count > 0
    safe = np.where(has, count, 1.0)
    logs = np.log(amount[paid])
    mean = np.bincount(row[paid], weights=logs, minlength=n) / safe
    spread = np.bincount(row[paid], weights=(logs - mean[row[paid]]) ** 2, minlength=n)
    out["order_value_mean"] = _or_nan(np.bincount(row[paid], weights=amount[paid], minlength=n) / safe, has)
    out["order_value_log_mean"] = _or_nan(mean, has)
    out["order_value_log_sd"] = _or_nan(np.sqrt(spread / np.maximum(count - 1, 1)), count > 1)
    out["order_value_n"] = _or_nan(count, has)
    age = columns.as_of - bought.day
    for name, window in (("spend_28", 28), ("spend_84", 84), ("spend_365", 365)):
        inside = known & dated & (age < window) | known & (amount < 0) & (age < window)
        total = np.bincount(row[inside], weights=amount[inside], minlength=n)
        out[name] = np.where(has, np.maximum(total, 0.0), out[name])
    total = np.bincount(row[known], weights=amount[known], minlength=n)
    out["lifetime_value"] = np.where(np.isnan(out["lifetime_value"]) & has, np.maximum(total, 0.0), out["lifetime_value"])
    counted = ~np.isnan(bought.items) & ~(amount < 0)
    items = np.bincount(row[counted], minlength=n)
    mean_items = np.bincount(row[counted], weights=bought.items[counted], minlength=n) / np.maximum(items, 1)
    out["items_per_order"] = np.where(items > 0, mean_items, out["items_per_order"])
    off = ~np.isnan(bought.discount) & paid
    saved = np.bincount(row[off], weights=np.abs(bought.discount[off]), minlength=n)
    list_price = np.bincount(row[off], weights=amount[off], minlength=n) + saved
    out["coupon_share"] = _or_nan(saved / np.where(list_price > 0, list_price, 1.0), list_price > 0)


def _from_counts(columns: Columns, out: dict[str, Array]) -> None:
    """Where no orders are listed: the stated count, in the window from the first order or the start as a customer."""
    out.setdefault("purchase_days", columns.nothing)
    out.setdefault("coupon_share", columns.nothing)
    take = (out["orders_basis"] == BASIS_NONE) & ~np.isnan(out["total"])
    if not take.any():
        return
    start = _fill(out["first_order_day"], out["since_day"])
    window = columns.as_of - start
    rate = out["frequency"] / DAYS_PER_MONTH
    with np.errstate(divide="ignore", invalid="ignore"):
        guessed = np.where((rate > 0) & (out["total"] > 1), (out["total"] - 1) / rate, np.nan)
    window = _fill(window, guessed)
    start = _fill(start, columns.as_of - guessed)
    out["orders"] = np.where(take, out["total"], out["orders"])
    out["orders_days"] = np.where(take, window, out["orders_days"])
    out["orders_basis"] = np.where(take, BASIS_COUNTS, out["orders_basis"])
    out["first_order_day"] = np.where(take, np.where(out["total"] > 0, start, np.nan), out["first_order_day"])


def _from_frequency(columns: Columns, out: dict[str, Array]) -> None:
    """A stated frequency counts as `stated_worth` orders after the first, seen at that rate, within the time as a customer."""
    told = lexicon("orders")["judgement"]
    take = (out["orders_basis"] == BASIS_NONE) & ~np.isnan(out["frequency"])
    if not take.any():
        return
    rate = out["frequency"] / DAYS_PER_MONTH
    some = rate > 0
    window = np.where(some, told["stated_worth"] / np.where(some, rate, 1.0), told["stated_never_days"])
    window = np.fmin(window, columns.as_of - _fill(out["first_order_day"], out["since_day"]))
    window = np.fmax(window, columns.as_of - out["last_order_day"])  # a last order before that says the habit lapsed
    out["orders"] = np.where(take, np.where(some, 1.0 + np.fmin(rate * window, told["stated_worth"]), 0.0), out["orders"])
    out["orders_days"] = np.where(take, window, out["orders_days"])
    out["orders_basis"] = np.where(take, BASIS_STATED, out["orders_basis"])
    out["first_order_day"] = np.where(take & some, columns.as_of - window, out["first_order_day"])


def _from_money(columns: Columns, out: dict[str, Array]) -> None:
    """Money of the past year (else of a lifetime) divided by an order value: the customer's, else the published one."""
    money = _fill(out["spend_365"], out["lifetime_value"])
    take = (out["orders_basis"] == BASIS_NONE) & ~np.isnan(money)
    if not take.any():
        return
    known, told = lexicon("orders")["published"], lexicon("orders")["judgement"]
    own = out["aov"] > 0
    price = np.where(own, out["aov"], known["order_value"])
    ratio = np.where(money > 0, money, 1.0) / price
    count = np.where(own, ratio, np.exp(told["spend_by_count"] * np.log(ratio)))
    out["orders"] = np.where(take, np.where(money > 0, np.maximum(count, 1.0), 0.0), out["orders"])
    window = _window_of_money(columns, out)
    out["orders_days"] = np.where(take, window, out["orders_days"])
    out["orders_basis"] = np.where(take, BASIS_SPEND, out["orders_basis"])
    guessed = np.where(money > 0, columns.as_of - window, np.nan)
    out["first_order_day"] = np.where(take & np.isnan(out["first_order_day"]), guessed, out["first_order_day"])
    out["priced"] = np.where(take & (money > 0), money / np.maximum(count, 1.0), np.nan)


def _window_of_money(columns: Columns, out: dict[str, Array]) -> Array:
    """Days in which the money was spent: at most a year for a year's; a new customer of unknown start began halfway."""
    as_of = columns.as_of
    tenure = as_of - _fill(out["first_order_day"], out["since_day"])
    recency = as_of - out["last_order_day"]
    halfway = (YEAR + np.where(np.isnan(recency), 0.0, np.minimum(recency, YEAR))) / 2
    tenure = np.where(np.isnan(tenure) & (out["told_new"] == 1), halfway, tenure)
    yearly = ~np.isnan(out["spend_365"])
    return np.where(yearly, np.fmin(tenure, YEAR), tenure)  # fmin: a tenure that is not known is a year's window


def _order_values(columns: Columns, out: dict[str, Array]) -> None:
    """Order values where no amounts are listed: as stated, else money over count, else as priced from money."""
    known, told = lexicon("orders")["published"], lexicon("orders")["judgement"]
    for name in ("order_value_mean", "order_value_log_mean", "order_value_log_sd", "order_value_n"):
        out.setdefault(name, columns.nothing)
    counted = np.isin(out["orders_basis"], (BASIS_TRANSACTIONS, BASIS_COUNTS)) & (out["orders"] > 0)
    divided = np.where(counted & (out["lifetime_value"] > 0), out["lifetime_value"] / np.where(counted, out["orders"], 1.0), np.nan)
    stated = np.where(out["aov"] > 0, out["aov"], np.nan)
    value = _fill(_fill(stated, divided), out.get("priced", columns.nothing))
    worth = np.where(counted, out["orders"], np.where(np.isnan(stated), 1.0, told["stated_value_worth"]))
    take = np.isnan(out["order_value_n"]) & ~np.isnan(value)
    if take.any():
        log_mean = np.log(np.where(take, value, 1.0)) - known["order_value_within"] ** 2 / 2
        out["order_value_mean"] = np.where(take, value, out["order_value_mean"])
        out["order_value_log_mean"] = np.where(take, log_mean, out["order_value_log_mean"])
        out["order_value_n"] = np.where(take, worth, out["order_value_n"])


def _newness(columns: Columns, out: dict[str, Array]) -> None:
    """Since when, whether new, last not before first, and the rate of returns."""
    observed = np.isin(out["orders_basis"], (BASIS_TRANSACTIONS, BASIS_COUNTS))
    first = np.where(observed, out["first_order_day"], np.nan)
    out["since_day"] = _fill(out["since_day"], _fill(first, np.where(out["told_new"] == 0, np.nan, out["first_order_day"])))
    began = _fill(np.fmin(out["since_day"], first), np.where(np.isnan(out["told_new"]), out["since_day"], np.nan))
    dated_new = np.where(np.isnan(began), np.nan, (columns.as_of - began <= 366).astype(np.float64))
    out["is_new"] = _fill(out["told_new"], dated_new)
    late = out["last_order_day"] < out["first_order_day"]
    out["last_order_day"] = np.where(late, out["first_order_day"], out["last_order_day"])
    some = (out["total"] > 0) & ~np.isnan(out["returns"])
    share = np.where(some, out["returns"] / np.where(some, out["total"], 1.0), np.nan)
    out["return_rate"] = share
