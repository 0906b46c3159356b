"""Shelves of values kept in order, and drafts of a change: nothing reaches a shelf before its draft is applied."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

V = TypeVar("V")
Place = tuple[Any, ...]
"""Where a value stands in an order; its last part is the value's key."""
Order = Callable[[V], Place]

FEW: Final = 32
"""Up to so many values are put in their places one by one; more are appended and sorted."""


class Shelf(Generic[V]):
    """Committed values of one kind, by key and in their orders.

    Attributes:
        rows: the values by key.
        orders: how each order places a value.
        places: for each order the places of all values, sorted.
        readers: units that look at this shelf: while there are any it is copied instead of changed.
    """

    __slots__ = ("orders", "places", "readers", "rows")

    def __init__(self, *orders: Order[V]) -> None:
        self.rows: dict[Any, V] = {}
        self.orders = orders
        self.places: tuple[list[Place], ...] = tuple([] for _ in orders)
        self.readers = 0

    def copy(self) -> "Shelf[V]":
        """Return another shelf with the same values (which are frozen, and shared)."""
        other: Shelf[V] = Shelf(*self.orders)
        other.rows = self.rows.copy()
        other.places = tuple(places.copy() for places in self.places)
        return other

    def drop(self, keys: Iterable[Any]) -> None:
        """Take values away."""
        for key in keys:
            value = self.rows.pop(key)
            for order, places in zip(self.orders, self.places, strict=True):
                del places[bisect_left(places, order(value))]

    def put(self, values: dict[Any, V]) -> None:
        """Add values, or replace those with the same keys, whose places must then be the same."""
        fresh = [value for key, value in values.items() if key not in self.rows]
        self.rows.update(values)
        for order, places in zip(self.orders, self.places, strict=True):
            if len(fresh) <= FEW:
                for value in fresh:
                    insort(places, order(value))
            else:
                places.extend(map(order, fresh))
                places.sort()


class Draft(Generic[V]):
    """A shelf as one unit sees it: what was committed, and its own changes."""

    __slots__ = ("_gone", "_put", "_shelf")

    def __init__(self, shelf: Shelf[V]) -> None:
        self._shelf = shelf
        self._put: dict[Any, V] = {}
        self._gone: set[Any] = set()

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to apply."""
        return bool(self._put or self._gone)

    def get(self, key: Any) -> V | None:
        """Return a value, or None."""
        value = self._put.get(key)
        if value is not None or key in self._gone:
            return value
        return self._shelf.rows.get(key)

    def items(self) -> list[tuple[Any, V]]:
        """Return all keys and values, in no order."""
        kept = [(key, value) for key, value in self._shelf.rows.items() if key not in self._gone]
        return list({**dict(kept), **self._put}.items())

    def count(self) -> int:
        """Return the number of values."""
        fresh = sum(1 for key in self._put if key not in self._shelf.rows or key in self._gone)
        return len(self._shelf.rows) - len(self._gone) + fresh

    def put(self, key: Any, value: V) -> None:
        """Add a value, or replace the one with the same key and the same places."""
        self._put[key] = value

    def remove(self, key: Any) -> None:
        """Take a value away that is there."""
        self._put.pop(key, None)
        if key in self._shelf.rows:
            self._gone.add(key)

    def after(self, place: Place | None, rows: int, *, order: int = 0) -> list[V]:
        """Return the first values of an order that come after a place."""
        places = self._places(order)
        start = 0 if place is None else bisect_right(places, place)
        return [self._at(found) for found in places[start : start + rows]]

    def before(self, place: Place | None, rows: int, *, order: int = 0, within: Place = ()) -> list[V]:
        """Return the last values before a place, last first.

        Args:
            place: where to begin (what comes after `within`), or None for the end of the order.
            rows: how many.
            order: by which order.
            within: only places that begin with this.
        """
        places = self._places(order)
        low = bisect_left(places, within)
        high = bisect_left(places, (*within, *(place or (Last(),))))
        return [self._at(found) for found in reversed(places[max(low, high - rows) : high])]

    def apply(self) -> Shelf[V]:
        """Return the shelf with the changes: the same one, or a copy where somebody is looking at it."""
        shelf = self._shelf.copy() if self._shelf.readers else self._shelf
        shelf.drop(self._gone)
        shelf.put(self._put)
        return shelf

    def _at(self, place: Place) -> V:
        key = place[-1]
        return self._put[key] if key in self._put else self._shelf.rows[key]

    def _places(self, order: int) -> list[Place]:
        places = self._shelf.places[order]
        if not self.is_changed:
            return places
        replaced = self._gone | self._put.keys()
        kept = [place for place in places if place[-1] not in replaced]
        return sorted([*kept, *map(self._shelf.orders[order], self._put.values())])


class Last:
    """Comes after everything else in a place."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True
