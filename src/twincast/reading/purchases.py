"""Listed orders of a batch of customers, laid out ragged: one entry an order, with what it names."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.columns import Columns, Slot
from twincast.reading.values import LARGEST, day_of, is_unknown, number_of, short

Array = NDArray[np.float64]

_DATE_KEYS: Final = (
    "date", "order_date", "ordered_at", "purchase_date", "purchased_at", "transaction_date", "timestamp", "created_at",
    "day",
)  # fmt: skip
_AMOUNT_KEYS: Final = (
    "amount",
    "total",
    "total_price",
    "value",
    "order_value",
    "sales_value",
    "revenue",
    "price",
    "spend",
)
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
        shape = tuple(
            _first_of(keys, wanted) for wanted in (_DATE_KEYS, _AMOUNT_KEYS, _ITEM_KEYS, _CATEGORY_KEYS, _DISCOUNT_KEYS)
        )
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
    if type(value) is float and -LARGEST < value < LARGEST:
        return value
    found = number_of(value)
    if found is None and (value is None or isinstance(value, str | list | dict)):
        return math.nan
    if found is None or not -LARGEST < found < LARGEST:
        columns.refuse(row, f"{slot.path}[{k}].{key}", f"{short(value)} is not possible", "a finite number or null")
        return math.nan
    return found
