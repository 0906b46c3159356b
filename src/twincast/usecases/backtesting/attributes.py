"""What records hold, as columns by dotted name; and records without some of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def attributes_of(customers: Any) -> dict[str, list[object]]:
    """Return what records hold as columns by dotted name, None where one does not have it; nothing for ids."""
    if isinstance(customers, Mapping):
        return {name: list(cells) for name, cells in customers.items() if name != "customer_id"}
    found: dict[str, list[object]] = {}
    for row, record in enumerate(customers):
        if isinstance(record, Mapping):
            for name, value in _leaves(record, ""):
                cells = found.setdefault(name, [])
                cells.extend([None] * (row - len(cells)))
                cells.append(value)
    for cells in found.values():
        cells.extend([None] * (len(customers) - len(cells)))
    found.pop("customer_id", None)
    return found


def without(customers: Any, names: Sequence[str]) -> Any:
    """Return records without some attributes; ids as they are."""
    if isinstance(customers, Mapping):
        return {name: cells for name, cells in customers.items() if name not in names}
    return [_pruned(it, "", frozenset(names)) if isinstance(it, Mapping) else it for it in customers]


def _leaves(record: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _pruned(record: Mapping[str, Any], prefix: str, names: frozenset[str]) -> dict[str, Any]:
    return {
        key: _pruned(value, f"{prefix}{key}.", names) if isinstance(value, Mapping) else value
        for key, value in record.items()
        if f"{prefix}{key}" not in names
    }
