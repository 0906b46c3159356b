"""Writing CSV (RFC 4180, UTF-8) that a spreadsheet can open without running anything that is in it."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Final

import msgspec

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
NUMBER: Final = r"[-+]?\d+(?:\.\d+)?"


def write_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> bytes:
    """Return rows as a CSV file: a header, commas, CRLF, quotes where needed.

    Args:
        rows: a mapping of column to value each; a missing one is an empty cell, as are None and NaN.
        columns: the columns in their order.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_cell(column) for column in columns])
    writer.writerows([safe_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def safe_cell(value: object) -> str:
    """Return a value as the text of a cell. Text that a spreadsheet would run as a formula gets an apostrophe in front.

    Numbers stay as they are, negative ones too: `-5` is no formula. NUL is taken out: no spreadsheet can hold it.
    """
    if value is None or value != value:  # NaN is the one value that differs from itself
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else _structure(value)
    text = text.replace("\x00", "")
    risky = text.lstrip(" ").startswith(DANGEROUS) and not re.fullmatch(NUMBER, text)
    return f"'{text}" if risky else text


def _structure(value: object) -> str:
    """Return a list or an object as JSON text, anything else as its own text."""
    if isinstance(value, list | tuple | Mapping):
        return msgspec.json.encode(value).decode()
    return str(value)
