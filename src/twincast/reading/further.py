"""Further attributes of records: values that no field of the catalogue gives a meaning; their weight is learned."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from twincast.reading.fields import PROTECTED, field_at, plain_word
from twincast.reading.values import day_of, is_unknown, number_of

READ_AS_WORDS: Final = frozenset({"location", "preferred_channels", "categories_past_12_months"})
"""Known fields whose words may also tell something by themselves: where somebody lives, and how and what she buys."""

LONGEST: Final = 60
"""Characters above which a text is prose and no category."""
MOST_ITEMS: Final = 20
"""Entries of a list that are read."""

Value = float | tuple[str, ...]
"""A number; or the categories that apply, usually one."""


def further_of(document: str, as_of_day: float) -> dict[str, Value]:
    """Return the further attributes of one record by dotted path.

    Protected attributes and names are never read (`fields.PROTECTED`). A date becomes the days from it to `as_of`.

    Args:
        document: the record as JSON text; "" for none.
        as_of_day: day on which it was true, days since 1970-01-01.
    """
    record = msgspec.json.decode(document) if document else {}
    found: dict[str, Value] = {}
    for path, value in _attributes(record):
        read = _value(value, as_of_day)
        if read is not None:
            found[path] = read
    return found


def _attributes(record: Any) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every attribute that may be read, from the top level and from sections, two deep."""
    if not isinstance(record, dict):
        return
    for key, value in record.items():
        if not isinstance(value, dict):
            yield from _allowed("", key, value)
            continue
        for inner, deep in value.items():
            if isinstance(deep, dict):
                for last, leaf in deep.items():
                    yield from _allowed(f"{key}.{inner}", last, leaf)
            else:
                yield from _allowed(key, inner, deep)


def _allowed(section: str, key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if value is not None and (path := _path(section, key)) is not None:
        yield path, value


@lru_cache(maxsize=4096)
def _path(section: str, key: str) -> str | None:
    """Return the path of an attribute that may be read, else None: a known or a protected one."""
    if plain_word(key) in PROTECTED or plain_word(section) in PROTECTED:
        return None
    known = field_at(section, key)
    if known is not None and known[0].name not in READ_AS_WORDS:
        return None
    return f"{section}.{key}" if section else key


def _value(value: Any, as_of_day: float) -> Value | None:
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int | float):
        number = number_of(value)
        return number if number is not None and math.isfinite(number) else None
    if isinstance(value, str):
        return _text(value, as_of_day)
    if isinstance(value, list):
        words = [entry for entry in value[:MOST_ITEMS] if isinstance(entry, str) and len(entry) <= LONGEST]
        return tuple(dict.fromkeys(_word(word) for word in words if not is_unknown(word))) or None
    return None


def _text(value: str, as_of_day: float) -> Value | None:
    if len(value) > LONGEST:
        return None
    number, day, word = _parsed(value)
    if word is None:
        return number if day is None else as_of_day - day
    return (word,)


@lru_cache(maxsize=16_384)
def _parsed(value: str) -> tuple[float | None, float | None, str | None]:
    """Return a short text as a number, as a day, or as a word; nothing at all where it says that nothing is known."""
    if is_unknown(value):
        return None, None, None
    number = number_of(value)
    if number is not None:
        return (number if math.isfinite(number) else None), None, None
    day = day_of(value)
    return (None, day, None) if day is not None else (None, None, _word(value))


@lru_cache(maxsize=16_384)
def _word(value: str) -> str:
    return plain_word(value)


def further_columns(documents: Sequence[str], as_of_days: Sequence[float]) -> dict[str, tuple[list[int], list[Value]]]:
    """Return the further attributes of many records: path -> the rows that have it, and their values."""
    columns: dict[str, tuple[list[int], list[Value]]] = {}
    for row, (document, day) in enumerate(zip(documents, as_of_days, strict=True)):
        for path, value in further_of(document, day).items():
            rows, values = columns.setdefault(path, ([], []))
            rows.append(row)
            values.append(value)
    return columns
