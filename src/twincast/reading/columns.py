"""Records laid out as columns: each known field's rows and values, gathered in one pass that also keeps the limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem
from twincast.reading.fields import FIELDS, SECTIONS, KnownField, field_at

T = TypeVar("T")

MAX_DEPTH: Final = 8
MAX_ATTRIBUTES: Final = 500
MAX_TEXT: Final = 20_000
MAX_KEY: Final = 200

_TAKES_OBJECTS: Final = frozenset({"consents", "location", "channels"})
_UNREAD: Final = object()
_SIMPLE: Final = frozenset({str, int, bool})
_PLAIN_LEAF: Final = frozenset({str, int, bool, type(None)})
_TEXT: Final = frozenset({str})


@dataclass(slots=True, eq=False)
class Slot:
    """One dotted path that means a known field: the rows that have it and their values, in order of rows.

    `usual`: the place and spelling of the catalogue; an object there is of the wrong type, elsewhere it is a section.
    """

    known: KnownField
    path: str
    rank: tuple[int, int, str]
    usual: bool = False
    rows: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something met while reading that its owner may want to know; words are made of it only when someone looks."""

    row: int
    code: str
    path: str
    value: object


@dataclass(slots=True, eq=False)
class Columns:
    """A batch of records as columns.

    Attributes:
        n: number of records.
        as_of: day since 1970-01-01 on which the records were true.
        slots: for each known field its paths, the most usual spelling first.
        unknown: (row, path) of attributes without a known meaning; filled only when asked for.
        problems: what is wrong, each with its row.
        remarks: what was not understood or is odd.
        memo: what was read in each distinct text; it goes with the batch, so that no text outlives its record.
        nothing: (n,) of NaN, read-only: the column of an absent field.
    """

    n: int
    as_of: float
    slots: dict[str, list[Slot]] = field(default_factory=dict)
    unknown: list[tuple[int, str]] | None = None
    problems: list[FieldProblem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    memo: dict[tuple[Any, str], Any] = field(default_factory=dict)
    nothing: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.nothing = np.full(self.n, np.nan)
        self.nothing.flags.writeable = False

    def refuse(self, row: int, path: str, message: str, allowed: str = "") -> None:
        """Record that a row contradicts itself or the limits."""
        self.problems.append(FieldProblem(field=path, message=message, allowed=allowed, row=row))

    def remark(self, row: int, code: str, path: str, value: object) -> None:
        """Record something odd that is no reason to refuse the row."""
        self.remarks.append(Remark(row, code, path, value))

    def once(self, read: Callable[[str], T], text: str) -> T:
        """Return `read(text)`, computed once for each distinct text of the batch."""
        found = self.memo.get((read, text), _UNREAD)
        if found is _UNREAD:
            found = self.memo[read, text] = read(text)
        return cast("T", found)

    def entries(self, name: str) -> Iterator[tuple[Slot, int, Any]]:
        """Yield (slot, row, value) of a field, one for each row that has it: of several spellings the most usual."""
        slots = self.slots.get(name, ())
        if len(slots) == 1:
            slot = slots[0]
            for row, value in zip(slot.rows, slot.values, strict=True):
                yield slot, row, value
            return
        seen: set[int] = set()
        for slot in slots:
            for row, value in zip(slot.rows, slot.values, strict=True):
                if row not in seen:
                    seen.add(row)
                    yield slot, row, value


class _Section:
    """One object's place in the records: its known keys, and the sections inside it."""

    __slots__ = ("depth", "known", "parts", "path")

    def __init__(self, path: str, depth: int) -> None:
        self.path = path
        self.depth = depth
        self.known: dict[str, Slot | None] = {}
        self.parts: dict[str, _Section] = {}

    def part(self, key: str) -> "_Section":
        """The section under a key."""
        found = self.parts.get(key)
        if found is None:
            found = self.parts[key] = _Section(f"{self.path}.{key}" if self.path else key, self.depth + 1)
        return found

    def slot(self, key: str) -> Slot | None:
        """Make the slot of a key not met before here; None for a key without a known meaning."""
        found = field_at(self.path, key) if len(key) <= MAX_KEY else None
        slot = None
        if found is not None:
            known, spelling = found
            path = f"{self.path}.{key}" if self.path else key
            at_home = self.path == known.section
            slot = Slot(known, path, (spelling, 0 if at_home else 1, path), usual=at_home and spelling == 0)
        self.known[key] = slot
        return slot


class _Foreign(Exception):
    """A value that JSON does not know was met; the record is made plain and read again."""


def gather(records: Sequence[Any], *, as_of: date, list_unknown: bool = False) -> tuple[Columns, list[Any]]:
    """Lay records out as columns.

    Args:
        records: the records as given.
        as_of: day on which they were true.
        list_unknown: also list the attributes without a known meaning.

    Returns:
        The columns, and the records as plain JSON values (None for one that is not an object or breaks the limits).
    """
    columns = _blank(len(records), as_of)
    columns.unknown = [] if list_unknown else None
    root = _Section("", 1)
    plain: list[Any] = []
    for row, record in enumerate(records):
        plain.append(_gather_one(columns, root, record, row))
    _collect(columns, root)
    return columns, plain


def slot_at(section: str, key: str) -> Slot | None:
    """Return an empty slot for a key of a section ("" is the record itself); None for a key without a meaning."""
    return (_Section("", 1).part(section) if section else _Section("", 1)).slot(key)


def collected(count: int, as_of: date, slots: Iterable[Slot]) -> Columns:
    """Return slots of `count` records, filled already, as `gather` returns its own."""
    columns = _blank(count, as_of)
    _list(columns, slots)
    return columns


def _blank(count: int, as_of: date) -> Columns:
    return Columns(count, float(as_of.toordinal() - date(1970, 1, 1).toordinal()))


def _gather_one(columns: Columns, root: _Section, record: Any, row: int) -> Any:
    before = len(columns.problems)
    try:
        if type(record) is not dict:
            raise _Foreign
        count = _walk(columns, root, record, row)
    except _Foreign:
        if not isinstance(record, Mapping):
            columns.refuse(row, "", f"a record is an object, this is {_shown(record)}", "an object with customer_id")
            return None
        del columns.problems[before:]
        _forget(root, row)
        record = plain_value(record)
        count = _walk(columns, root, record, row)
    if count > MAX_ATTRIBUTES:
        columns.refuse(row, "", f"{count} attributes", f"at most {MAX_ATTRIBUTES}")
    return record


def _walk(columns: Columns, section: _Section, record: dict[Any, Any], row: int) -> int:
    """Put an object's values into their slots; return how many attributes it holds, those of its parts included."""
    count = len(record)
    known = section.known
    for key, value in record.items():
        if value is None:
            continue
        kind = type(value)
        try:
            slot = known[key]
        except KeyError:
            if type(key) is not str:
                raise _Foreign from None
            slot = section.slot(key)
        if slot is not None and (kind is not dict or slot.usual or slot.known.kind in _TAKES_OBJECTS):
            slot.rows.append(row)
            slot.values.append(value)
            if kind not in _SIMPLE and kind is not float:
                _look_inside(columns, slot.path, value, row, section.depth)
        elif kind is dict:
            if section.depth >= MAX_DEPTH:
                columns.refuse(row, _path(section, key), f"nested deeper than {MAX_DEPTH} levels")
            else:
                count += _walk(columns, section.part(key), value, row)
        else:
            _leaf(columns, section, key, value, row)
    return count


def _leaf(columns: Columns, section: _Section, key: str, value: Any, row: int) -> None:
    """Check an attribute without a known meaning: it is kept as it is, but it must be something JSON can hold."""
    kind = type(value)
    if section.depth == 1 and key in SECTIONS:
        columns.refuse(row, key, f"must be an object, not {_shown(value)}", "an object or null")
    elif kind not in _SIMPLE:
        _look_inside(columns, _path(section, key), value, row, section.depth)
    if columns.unknown is not None:
        columns.unknown.append((row, _path(section, key)))


def _look_inside(columns: Columns, path: str, value: Any, row: int, depth: int) -> None:
    """Check a value for numbers that JSON can not hold and for depth; anything JSON does not know is foreign."""
    kind = type(value)
    if kind is float:
        if value - value != 0.0:
            columns.refuse(row, path, f"{value} is not a number", "a finite number or null")
        return
    if kind is not list and kind is not dict:
        raise _Foreign
    if depth >= MAX_DEPTH:
        columns.refuse(row, path, f"nested deeper than {MAX_DEPTH} levels")
        return
    if kind is dict and set(map(type, value)) - _TEXT:
        raise _Foreign
    inside = value.values() if kind is dict else value
    if set(map(type, inside)) - _PLAIN_LEAF:  # most lists and objects hold plain values only
        for inner in inside:
            inner_kind = type(inner)
            if inner_kind is float and inner - inner == 0.0:
                continue
            if inner_kind not in _PLAIN_LEAF:
                _look_inside(columns, path, inner, row, depth + 1)


def _forget(section: _Section, row: int) -> None:
    """Take back what a record put into slots before it turned out to be foreign."""
    for slot in section.known.values():
        while slot is not None and slot.rows and slot.rows[-1] == row:
            slot.rows.pop()
            slot.values.pop()
    for part in section.parts.values():
        _forget(part, row)


def _collect(columns: Columns, section: _Section) -> None:
    """List the slots that were used under their fields."""
    _list(columns, _slots(section))


def _slots(section: _Section) -> Iterator[Slot]:
    yield from (slot for slot in section.known.values() if slot is not None)
    for part in section.parts.values():
        yield from _slots(part)


def _list(columns: Columns, slots: Iterable[Slot]) -> None:
    """List the slots that hold anything under their fields, the most usual spelling first."""
    for slot in slots:
        if slot.rows:
            kept = _split_counts(columns, slot) if slot.known.name == "transactions" else slot
            columns.slots.setdefault(kept.known.name, []).append(kept)
    for found in columns.slots.values():
        found.sort(key=lambda slot: slot.rank)


def _split_counts(columns: Columns, slot: Slot) -> Slot:
    """`orders` or `purchases` may be a list of orders or their number: numbers go to the field of counts."""
    if all(type(value) is list for value in slot.values):
        return slot
    counts = Slot(FIELDS["total_purchases"], slot.path, (100 + slot.rank[0], *slot.rank[1:]))
    lists = Slot(slot.known, slot.path, slot.rank)
    for row, value in zip(slot.rows, slot.values, strict=True):
        target = counts if isinstance(value, int | float) and not isinstance(value, bool) else lists
        target.rows.append(row)
        target.values.append(value)
    if counts.rows:
        columns.slots.setdefault("total_purchases", []).append(counts)
    return lists


def plain_value(value: Any, depth: int = 0) -> Any:
    """Return a value in the types of JSON: dates as ISO text, arrays and tuples as lists, numpy's numbers as plain."""
    if value is None or type(value) in _SIMPLE or type(value) is float:
        return value
    if depth > MAX_DEPTH + 2:
        return None  # deeper than any record may be: the walk refuses it before it gets here
    if isinstance(value, Mapping):
        return {str(key): plain_value(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, date):  # datetimes, and the frames' timestamps, are dates too
        return None if value != value else value.isoformat()
    if isinstance(value, np.generic):
        return None if value != value else plain_value(value.item(), depth + 1)
    if isinstance(value, Decimal):
        return float(value)
    return _plain_other(value, depth)


def _plain_other(value: Any, depth: int) -> Any:
    if isinstance(value, str | bool | int | float):  # enumerations and other children of the plain types
        for kind in (str, int, float):
            if isinstance(value, kind):
                return kind(value)
    if isinstance(value, np.ndarray):
        return [plain_value(inner, depth + 1) for inner in value.tolist()]
    if isinstance(value, set | frozenset):
        return sorted((plain_value(inner, depth + 1) for inner in value), key=repr)
    if isinstance(value, Iterable):
        return [plain_value(inner, depth + 1) for inner in value]
    if type(value).__name__ in {"NAType", "NaTType"}:  # the frames' own words for unknown
        return None
    return str(value)


def _path(section: _Section, key: str) -> str:
    return f"{section.path}.{key}" if section.path else key


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
