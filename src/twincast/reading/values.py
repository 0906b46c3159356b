"""Single values of a record parsed: numbers, shares, days, brackets, frequencies and answers."""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.columns import Columns, Slot
from twincast.reading.fields import FIELDS, KnownField, lexicon, plain_word

LARGEST: Final = 1e12
"""No amount, count or span of time in a customer's record is larger; anything above is a slip, and is refused."""
EPOCH: Final = date(1970, 1, 1).toordinal()
DAYS_PER_MONTH: Final = 365.25 / 12
UNKNOWN_WORDS: Final = frozenset({"", "na", "n/a", "none", "null", "unknown", "-", "?", "nan"})

_COUNTED: Final = frozenset({int, float})

_NUMBER: Final = re.compile(r"^[$€£]?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)$")
_MONTHS: Final = {
    name: index + 1
    for index, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}
_DAY_MONTH: Final = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})$")
_MONTH_DAY: Final = re.compile(r"^([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")
_YES: Final = frozenset({"yes", "true", "y", "1", "t", "on", "subscribed", "opted_in", "opt_in", "granted", "given"})
_NO: Final = frozenset(
    {"no", "false", "n", "0", "f", "off", "unsubscribed", "opted_out", "opt_out", "denied", "refused"}
)


def number_of(value: Any) -> float | None:
    """Return a number as float; text such as "$1,250.50" too; None for what is no number (yes and no are none)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return _number_of_text(value[:40]) if isinstance(value, str) else None


@lru_cache(maxsize=8192)
def _number_of_text(text: str) -> float | None:
    text = text.strip()
    if text.lower() in {"nan", "inf", "-inf", "infinity", "-infinity"}:
        return math.nan
    match = _NUMBER.match(text)
    if match is None or not any(c.isdigit() for c in text):
        return None
    return float(match[1].replace(",", ""))


def is_unknown(value: Any) -> bool:
    """Tell whether a text only says that nothing is known."""
    return isinstance(value, str) and len(value) < 12 and value.strip().lower() in UNKNOWN_WORDS


def numbers(columns: Columns, name: str) -> NDArray[np.float64]:
    """Return a field of numbers as an array (n,), NaN where unknown; impossible ones are refused by row."""
    slots = columns.slots.get(name)
    if slots is None:
        return columns.nothing
    out = columns.nothing.copy()
    for slot in reversed(slots):
        values, unread = _parsed(columns, slot, number_of, "a number")
        good = _possible(values, FIELDS[name])
        if not good.all():
            _refuse_rows(columns, slot, ~good & ~unread, _allowed(FIELDS[name]))
            values = np.where(good, values, np.nan)
        _put(out, slot, values)
    return out


def rates(columns: Columns, name: str) -> NDArray[np.float64]:
    """Return a field of shares as an array (n,) in [0, 1]; above 1 is percent, above 100 is refused."""
    slots = columns.slots.get(name)
    if slots is None:
        return columns.nothing
    out = columns.nothing.copy()
    for slot in reversed(slots):
        values, unread = _parsed(columns, slot, _rate_of, "a share")
        good = (values >= 0) & (values <= 100)
        _refuse_rows(columns, slot, ~good & ~unread, "a share between 0 and 1, or percent")
        _put(out, slot, np.where(good, np.where(values > 1, values / 100, values), np.nan))
    return out


def _rate_of(value: Any) -> float | None:
    if isinstance(value, str) and value.strip().endswith("%"):
        found = number_of(value.strip()[:-1].strip())
        return None if found is None else found / 100
    return number_of(value)


def days(columns: Columns, name: str) -> NDArray[np.float64]:
    """Return a field of dates as days since 1970-01-01, array (n,); a day after `as_of` is refused."""
    slots = columns.slots.get(name)
    if slots is None:
        return columns.nothing
    out = columns.nothing.copy()
    for slot in reversed(slots):
        values = np.array([_day_or_nan(value) for value in slot.values])
        for k in np.flatnonzero(np.isnan(values)).tolist():
            if not is_unknown(slot.values[k]):
                columns.remark(slot.rows[k], "unparsed-date", slot.path, slot.values[k])
        for k in np.flatnonzero(values > columns.as_of).tolist():
            columns.refuse(slot.rows[k], slot.path, f"{slot.values[k]} lies after as_of", "a day up to as_of")
        _put(out, slot, values)
    return out


def _day_or_nan(value: Any) -> float:
    found = day_of(value) if type(value) is str and len(value) <= 40 else None
    return math.nan if found is None else found


@lru_cache(maxsize=65536)
def day_of(text: str) -> float | None:
    """Return the day of an ISO date or date-time ("2019-03-15", "2019-03-15T10:00Z") or "15 March 2019"; else None.

    Dates before 1900 are what systems write for unknown. "03/04/2019" could be two days and is left as text.
    """
    plain = text.strip().lower().replace("/", "-")
    try:
        found = date.fromisoformat(plain[:10].rstrip("t "))
    except ValueError:
        match = _DAY_MONTH.match(plain)
        parts = (match[3], match[2], match[1]) if match else None
        if parts is None and (match := _MONTH_DAY.match(plain)):
            parts = (match[3], match[1], match[2])
        if parts is None or parts[1][:3] not in _MONTHS:
            return None
        try:
            found = date(int(parts[0]), _MONTHS[parts[1][:3]], int(parts[2]))
        except ValueError:
            return None
    return float(found.toordinal() - EPOCH) if found.year >= 1900 else None


def flags(columns: Columns, name: str) -> NDArray[np.float64]:
    """Return a field of yes and no as an array (n,) of 1, 0 and NaN."""
    slots = columns.slots.get(name)
    if slots is None:
        return columns.nothing
    out = columns.nothing.copy()
    for slot in reversed(slots):
        values = np.array([flag_of(value) for value in slot.values])
        for k in np.flatnonzero(np.isnan(values)).tolist():
            if not is_unknown(slot.values[k]):
                columns.remark(slot.rows[k], "unparsed-answer", slot.path, slot.values[k])
        _put(out, slot, values)
    return out


def flag_of(value: Any) -> float:
    """Return 1 for yes, 0 for no, NaN for what is neither."""
    if isinstance(value, bool | int | float):
        return float(value) if value in (0, 1) else math.nan
    if isinstance(value, str) and len(value) <= 20:
        word = plain_word(value)
        return 1.0 if word in _YES else 0.0 if word in _NO else math.nan
    return math.nan


_INCOME_WORDS: Final = frozenset(
    "k m thousand million under below less than up over above more from at least max and between or per a year yearly "
    "annual annually annum income household usd eur gbp chf cad aud jpy dollar dollars euro euros pound pounds".split()
)


@lru_cache(maxsize=8192)
def income_of(text: str) -> tuple[float, float] | None:
    """Return the bounds of an income bracket in money per year; infinity for an open end; None when it is not one.

    "$100-150k" -> (100000, 150000); "Under 15K" -> (0, 15000); "250K+" -> (250000, inf); "60000" -> (60000, 60000).
    """
    plain = text.lower().replace(",", "").replace("–", "-").replace(" to ", "-").strip()
    found = re.findall(r"(\d+(?:\.\d+)?)\s*(k|m|thousand|million)?", plain)
    if not 1 <= len(found) <= 2 or re.search(r"\d\s*(?:%|years?|months?)", plain):
        return None
    if not _INCOME_WORDS.issuperset(re.findall(r"[^\W\d_]+", plain)):
        return None  # a sentence with a number in it is no bracket
    unit = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "": 1.0}
    scales = [unit[suffix] for _, suffix in found]
    if len(found) == 2 and scales[0] == 1.0 and float(found[0][0]) < 1000:
        scales[0] = scales[1]  # "$100-150k": the unit stands once, behind both
    bounds = [float(number) * scale for (number, _), scale in zip(found, scales, strict=True)]
    if len(bounds) == 2:
        return (bounds[0], bounds[1]) if bounds[0] <= bounds[1] else None
    if re.search(r"under|below|less|up to|<|max", plain):
        return 0.0, bounds[0]
    return (bounds[0], math.inf) if re.search(r"\+|over|above|more|>|from|at least", plain) else (bounds[0], bounds[0])


OPEN_END: Final = 1.25
"""The middle of an open bracket lies this factor above its lower bound: judgement; only its rank is used."""


def middle_of(bounds: tuple[float, float]) -> float:
    """Return the middle of a bracket; an open one ends at 1.5 times its lower bound."""
    low, high = bounds
    return low * OPEN_END if math.isinf(high) else (low + high) / 2


@lru_cache(maxsize=8192)
def frequency_of(text: str) -> float | None:
    """Return orders per month of a word ("monthly") or a phrase ("twice a week", "every 2 months"); None if neither."""
    words = lexicon("frequencies")
    plain = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if plain in words["per_month"]:
        return float(words["per_month"][plain])
    counts, units = words["counts"], words["unit_per_month"]
    match = re.search(r"\bevery (?:(\w+) )?(day|week|month|quarter|year)s?\b", plain)
    if match:
        step = _count_of(match[1] or "1", {**counts, "other": 2, "second": 2, "third": 3})
        return units[match[2]] / step if step else None
    match = re.search(
        r"\b([\w.]+)(?: times?| orders?| purchases?)? ?(?:a|an|per|each|/) ?(day|week|month|quarter|year)\b", plain
    )
    if match:
        count = _count_of(match[1], counts)
        return None if count is None else units[match[2]] * count
    return None


def _count_of(word: str, counts: dict[str, float]) -> float | None:
    try:
        return float(word)
    except ValueError:
        return counts.get(word)


# ---------------------------------------------------------------- columns of numbers


def _parsed(
    columns: Columns, slot: Slot, parse: Callable[[Any], float | None], wanted: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Parse a slot's values; what is no number is refused, NaN, and marked in the second array."""
    unread = np.zeros(len(slot.values), dtype=np.bool_)
    if set(map(type, slot.values)) <= _COUNTED:
        with suppress(OverflowError):  # a number that no float holds is told below
            return np.array(slot.values, dtype=np.float64), unread
    out = np.empty(len(slot.values))
    for k, value in enumerate(slot.values):
        found = parse(value)
        if found is None:
            if not is_unknown(value):
                columns.refuse(slot.rows[k], slot.path, f"must be {wanted}, not {short(value)}", f"{wanted} or null")
            found = math.nan
            unread[k] = True
        out[k] = found
    return out, unread


def _possible(values: NDArray[np.float64], known: KnownField) -> NDArray[np.bool_]:
    """Where values lie inside what the field allows; NaN does not."""
    low = -LARGEST if known.min is None else known.min
    high = LARGEST if known.max is None else known.max
    good = (values >= low) & (values <= high)
    return good & (values == np.floor(values)) if known.whole else good


def _allowed(known: KnownField) -> str:
    kind = "a whole number" if known.whole else "a number"
    if known.max is not None:
        return f"{kind} from {known.min:g} to {known.max:g}"
    return f"{kind} of at least {known.min:g}" if known.min is not None else f"{kind}"


def _refuse_rows(columns: Columns, slot: Slot, bad: NDArray[np.bool_], allowed: str) -> None:
    for k in np.flatnonzero(bad).tolist():
        columns.refuse(slot.rows[k], slot.path, f"{short(slot.values[k])} is not possible", allowed)


def _put(out: NDArray[np.float64], slot: Slot, values: NDArray[np.float64]) -> None:
    """Write a slot's known values over those of less usual spellings."""
    known = ~np.isnan(values)
    if known.all():
        out[slot.rows] = values
    elif known.any():
        out[np.asarray(slot.rows)[known]] = values[known]


def short(value: object) -> str:
    """Return a value as it stands, cut to 60 characters."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "replace").decode().replace("\x00", "\\0")
    return repr(text) if isinstance(value, str) and len(text) <= 60 else text if len(text) <= 60 else text[:57] + "..."
