"""Tables laid out as columns without a detour through records: for the plain ones, which are most of a large file."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from math import isfinite
from typing import Any

from twincast.reading.columns import MAX_ATTRIBUTES, MAX_TEXT, Columns, Slot, collected, slot_at
from twincast.reading.fields import SECTIONS

_PLAIN = frozenset({str, int, bool, float, type(None)})


def gather_table(table: Mapping[str, Sequence[Any]], count: int, *, as_of: date) -> Columns | None:
    """Lay a table out as columns: to the last bit what `columns.gather` makes of its records.

    Args:
        table: cells by dotted name, each `count` of them; None where a record has none.
        count: number of records.
        as_of: day on which they were true.

    Returns:
        The columns; or None where the table holds anything that takes a closer look, such as objects, numbers that JSON
        does not know, very long texts or very many attributes: then its records are gathered one by one.
    """
    if not 0 < len(table) < MAX_ATTRIBUTES // 2 or not _is_plain_text(list(table)):
        return None
    slots: list[Slot] = []
    for name, cells in table.items():
        section, _, key = name.partition(".")
        if not _is_plain(cells) or (not key and section in SECTIONS) or (key and section not in SECTIONS):
            return None
        slot = slot_at(section if key else "", key or section)
        if slot is not None:
            _fill(slot, cells, count)
            slots.append(slot)
    return collected(count, as_of, slots)


def _fill(slot: Slot, cells: Sequence[Any], count: int) -> None:
    if None in cells:
        slot.rows = [row for row, cell in enumerate(cells) if cell is not None]
        slot.values = [cell for cell in cells if cell is not None]
    else:
        slot.rows, slot.values = list(range(count)), list(cells)


def _is_plain(cells: Sequence[Any]) -> bool:
    """Tell whether cells are texts, finite numbers, yes and no, or lists of these."""
    kinds = set(map(type, cells))
    if list in kinds:
        lists = [cell for cell in cells if type(cell) is list]
        if not _is_plain([*chain.from_iterable(lists)] if lists else []) or any(
            type(inner) is list for cell in lists for inner in cell
        ):
            return False
        kinds.discard(list)
    if kinds - _PLAIN:
        return False
    if float in kinds and not all(isfinite(cell) for cell in cells if type(cell) is float):
        return False
    return str not in kinds or _is_plain_text([cell for cell in cells if type(cell) is str])


def _is_plain_text(texts: Sequence[str]) -> bool:
    """Tell whether texts are of a usual length and any store could hold them."""
    whole = "\n".join(texts)
    if max(map(len, texts), default=0) > MAX_TEXT or "\x00" in whole:
        return False
    try:
        whole.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True
