"""Warnings about a record: what could not be read, and what in it contradicts itself."""

import math
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.twins import Warning
from twincast.reading.columns import Columns
from twincast.reading.injections import CODE
from twincast.reading.states import BASIS_TRANSACTIONS
from twincast.reading.values import EPOCH, days, numbers, short

Table = dict[str, NDArray[np.float64]]

TOLERANCE: Final = 0.20
"""How far a stated total may lie from what its parts make, before its owner is told."""

_PARTS: Final = (
    ("campaigns_redeemed", "campaigns_received"),
    ("emails_opened", "emails_sent"),
    ("emails_clicked", "emails_sent"),
)
"""Counts of which the first is part of the second."""

_UNREAD: Final = {
    "unparsed-date": "{value} could not be read as a day; it is kept as text",
    "unparsed-age": "{value} is no number of years; it is kept as text",
    "unparsed-income": "{value} could not be read as an income bracket; it is kept as text",
    "unparsed-frequency": "{value} could not be read as a frequency; it is kept as text",
    "unparsed-answer": "{value} could not be read as yes or no; it is kept as it is",
    "unparsed-outcome": "{value} could not be read as a good or bad outcome; it is kept as text",
    "unparsed-interests": "{value} names no category or product; it is kept as it is",
    "unknown-channel": "{value} is no channel we know; it is kept as text",
    "unknown-zone": "{value} is no IANA time zone; it is kept as text",
    "unknown-currency": "{value} is no ISO 4217 code; the default currency was taken",
    "unresolved-location": "no time zone could be found for {value}; UTC is assumed wherever a clock matters",
}


NOT_UNDERSTOOD: Final = frozenset({*_UNREAD, CODE, "count-without-time"})
"""Codes of warnings that contradict nothing; the others say that the record contradicts itself."""


def warnings_of(columns: Columns, table: Table) -> tuple[Warning, ...]:
    """Return the warnings about one record (a batch of one), in the order of its fields."""
    met = [_unread(remark.code, remark.path, remark.value) for remark in columns.remarks]
    odd = [*_money(columns, table), *_counts(columns, table), *_dates(columns, table)]
    return tuple(dict.fromkeys([*met, *odd]))


def _unread(code: str, path: str, value: object) -> Warning:
    return Warning(code=code, field=path, message=_UNREAD[code].format(value=short(value)) + ".")


def _path(columns: Columns, name: str) -> str:
    slots = columns.slots.get(name)
    return slots[0].path if slots else name


def _apart(stated: float, made: float) -> bool:
    """Whether a stated figure lies further from what its parts make than the tolerance."""
    return not math.isnan(stated) and not math.isnan(made) and abs(stated - made) > TOLERANCE * max(abs(made), 1e-9)


def _money(columns: Columns, table: Table) -> list[Warning]:
    """Lifetime value against order value times orders; spend of parts of the past against one another."""
    found = []
    stated = float(numbers(columns, "lifetime_value")[0])
    value, total = float(numbers(columns, "average_order_value")[0]), float(numbers(columns, "total_purchases")[0])
    if _apart(stated, value * total):
        made = f"average_order_value × total_purchases = {value * total:g}"
        message = f"lifetime_value {stated:g} differs by more than {TOLERANCE:.0%} from {made}."
        found.append(
            Warning(code="inconsistent-lifetime-value", field=_path(columns, "lifetime_value"), message=message)
        )
    for short_one, long_one in (("spend_28", "spend_84"), ("spend_84", "spend_365"), ("spend_365", "lifetime_value")):
        inner, outer = float(table[short_one][0]), float(table[long_one][0])
        if inner > outer * (1 + 1e-6) + 0.01:
            message = (
                f"the money of {short_one} ({inner:g}) is more than that of {long_one} ({outer:g}), which holds it."
            )
            found.append(Warning(code="inconsistent-spend", field=long_one, message=message))
    return found


def _counts(columns: Columns, table: Table) -> list[Warning]:
    """Counts that can not all be true."""
    found = []
    total = float(numbers(columns, "total_purchases")[0])
    returns = float(numbers(columns, "returns")[0])
    if returns > total:
        message = f"{returns:g} returns of {total:g} purchases: more came back than went out."
        found.append(Warning(code="returns-exceed-purchases", field=_path(columns, "returns"), message=message))
    listed = float(table["orders"][0])
    if table["orders_basis"][0] == BASIS_TRANSACTIONS and listed > total:
        message = f"{listed:g} orders are listed and total_purchases says {total:g}; the listed ones were taken."
        found.append(Warning(code="orders-exceed-count", field=_path(columns, "total_purchases"), message=message))
    for part, whole in _PARTS:
        few, many = float(numbers(columns, part)[0]), float(numbers(columns, whole)[0])
        if few > many:
            message = f"{part} {few:g} is more than {whole} {many:g}."
            found.append(Warning(code="inconsistent-counts", field=_path(columns, part), message=message))
    return found


def _dates(columns: Columns, table: Table) -> list[Warning]:
    """Days that can not all be true."""
    since, first = float(days(columns, "customer_since")[0]), float(table["first_order_day"][0])
    last, stated = float(table["last_order_day"][0]), float(days(columns, "last_purchase_date")[0])
    found = []
    if table["orders_basis"][0] == BASIS_TRANSACTIONS and first < since:
        message = "the first listed order lies before customer_since; the order was taken."
        found.append(Warning(code="order-before-customer", field=_path(columns, "customer_since"), message=message))
    if stated < since:
        message = "last_purchase_date lies before customer_since."
        found.append(Warning(code="inconsistent-dates", field=_path(columns, "last_purchase_date"), message=message))
    ago = float(numbers(columns, "days_since_last_purchase")[0])
    if abs(columns.as_of - ago - last) > 7:
        known = f"the last order, {columns.as_of - last:g} days before as_of"
        message = f"days_since_last_purchase {ago:g} does not fit {known}; the order was taken."
        found.append(
            Warning(code="inconsistent-dates", field=_path(columns, "days_since_last_purchase"), message=message)
        )
    if _without_time(columns, table):
        message = "orders are counted, but nothing says in what time they came; how often is not known."
        found.append(Warning(code="count-without-time", field=_path(columns, "total_purchases"), message=message))
    return found


def _without_time(columns: Columns, table: Table) -> bool:
    """Whether orders are known and the time they took is not."""
    return float(table["orders"][0]) > 0 and math.isnan(table["orders_days"][0])


def day_in_words(day: float) -> str | None:
    """A day since 1970-01-01 as ISO text, None for unknown."""
    return None if math.isnan(day) else date.fromordinal(int(day) + EPOCH).isoformat()
