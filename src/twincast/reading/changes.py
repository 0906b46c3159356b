"""What differs between two versions of a customer record."""

from typing import Any

import msgspec

from twincast.domain.twins import Change


def diff_records(before: str, after: str) -> tuple[Change, ...]:
    """Return the differences between two canonical documents, by dotted path in alphabetical order.

    Objects are compared key by key; anything else, lists too, as a whole. A path that one of them lacks has None there.
    """
    old, new = _flat(msgspec.json.decode(before)), _flat(msgspec.json.decode(after))
    paths = sorted(old.keys() | new.keys())
    return tuple(
        Change(field=path, before=old.get(path), after=new.get(path))
        for path in paths
        if path not in old or path not in new or not _same(old[path], new[path])
    )


def _same(one: Any, other: Any) -> bool:
    """Equal, and not merely as 1 equals True and 1.0."""
    return type(one) is type(other) and bool(one == other)


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict) or (path and not value):
        return {path: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= _flat(inner, f"{path}.{key}" if path else key)
    return found
