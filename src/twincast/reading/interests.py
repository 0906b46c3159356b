"""What customers buy or name: categories and products, lower case, strongest first."""

from collections import Counter
from typing import Any, Final

from twincast.reading.columns import Columns
from twincast.reading.purchases import names_of
from twincast.reading.values import short

MAX_INTERESTS: Final = 20
_STATED: Final = ("categories_past_12_months", "products_bought", "interests")


def interests_of(columns: Columns, bought: tuple[tuple[int, str], ...]) -> tuple[tuple[str, ...], ...]:
    """Return each record's interests: what its orders name most often first, then what it states, in that order.

    Args:
        columns: the batch.
        bought: (row, category or product) of every order that names one.
    """
    found: dict[int, dict[str, None]] = {}
    if bought:
        counts: dict[int, Counter[str]] = {}
        for row, name in bought:
            counts.setdefault(row, Counter())[name] += 1
        for row, counter in counts.items():
            found[row] = dict.fromkeys(
                name for name, _ in sorted(counter.items(), key=lambda item: (-item[1], item[0]))
            )
    met: dict[tuple[str, ...], dict[str, None]] = {}
    for field in _STATED:
        for slot, row, value in columns.entries(field):
            if isinstance(value, str):
                value = value.split(",")
            if isinstance(value, list):
                names = _names(value, met)
                found[row] = found[row] | names if row in found else names
            else:
                columns.remark(row, "unparsed-interests", slot.path, short(value))
    return tuple(tuple(found[row])[:MAX_INTERESTS] if row in found else () for row in range(columns.n))


def _names(value: list[Any], met: dict[tuple[str, ...], dict[str, None]]) -> dict[str, None]:
    """Return the names in a list, in their order; a list of texts that was met before is not read again."""
    if set(map(type, value)) != {str}:
        return dict.fromkeys(names_of(value))
    key = tuple(value)
    if key not in met:
        met[key] = dict.fromkeys(names_of(value))
    return met[key]
