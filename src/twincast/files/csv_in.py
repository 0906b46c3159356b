"""Reading CSV: the delimiter is found out, quotes are respected, a row of another width is its own problem."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.files.cells import ABSENT
from twincast.files.tables import MAX_BYTES, MAX_ROWS, Table, check_size, decoded, unreadable

DELIMITERS: Final[tuple[str, ...]] = (",", ";", "\t", "|")
_SNIFFED_LINES: Final = 50
_SNIFFED_CHARACTERS: Final = 100_000


def read_csv(content: bytes) -> Table:
    """Read a CSV file whose first row holds the names of its columns.

    Raises:
        InvalidInput: it is not UTF-8, has no header or two columns of one name.
        TooLarge: too many rows or columns.
    """
    text = decoded(content)
    return table_of_text(text, delimiter_of(text))


def table_of_text(text: str, delimiter: str) -> Table:
    """Read the text of a CSV file; see `read_csv`."""
    lines = reader_of(StringIO(text, newline=""), delimiter)
    names = header_of(lines)
    kept, rows, problems, total = _cells(lines, len(names))
    columns = zip(*kept, strict=True) if kept else ([] for _ in names)
    return Table(
        format="csv",
        columns={
            name: [cell if cell.strip() else ABSENT for cell in cells]
            for name, cells in zip(names, columns, strict=True)
        },
        rows=rows,
        total=total,
        problems=tuple(problems),
    )


def reader_of(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Return the rows of some lines of text, blank ones too; a row that can not be read raises `csv.Error`."""
    csv.field_size_limit(MAX_BYTES)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def header_of(lines: Iterator[list[str]]) -> list[str]:
    """Take the header, which is the first row that is not blank, and return its names. Raises InvalidInput, TooLarge"""
    header = next(rows_in(lines), None)
    if not isinstance(header, list):
        raise unreadable(f"the header can not be read: {header or 'there is none'}")
    names = _names(header)
    check_size(len(names), 0)
    return names


def delimiter_of(text: str) -> str:
    """Return the delimiter that divides the first rows into equally many cells, the most of them."""
    sample = "\n".join(text[:_SNIFFED_CHARACTERS].splitlines()[:_SNIFFED_LINES])
    return max(DELIMITERS, key=lambda delimiter: (_fit(sample, delimiter), -DELIMITERS.index(delimiter)))


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    """Score a delimiter: the share of rows as wide as the header, and that width; a single column scores nothing."""
    widths = [len(row) for row in csv.reader(StringIO(sample, newline=""), delimiter=delimiter) if row]
    if not widths or widths[0] < 2:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _names(header: list[str]) -> list[str]:
    names = [cell.strip() or f"column_{place}" for place, cell in enumerate(header, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise unreadable(f"the column '{twice[0][:80]}' stands twice in the header: rename one of them")
    return names


def rows_in(lines: Iterator[list[str]]) -> Iterator[list[str] | str]:
    """Yield each row that is not blank, or what is wrong with it."""
    while True:
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield str(error)
            continue
        if any(cell and not cell.isspace() for cell in row):
            yield row


def _cells(lines: Iterator[list[str]], width: int) -> tuple[list[list[str]], list[int], list[FieldProblem], int]:
    kept: list[list[str]] = []
    rows: list[int] = []
    problems: list[FieldProblem] = []
    number = -1
    for number, row in enumerate(rows_in(lines)):
        if number >= MAX_ROWS:
            check_size(width, number + 1)
        if isinstance(row, list) and len(row) == width:
            kept.append(row)
            rows.append(number)
        else:
            problems.append(FieldProblem(field="row", message=_complaint(row, width), row=number))
    return kept, rows, problems, number + 1


def _complaint(row: list[str] | str, width: int) -> str:
    if isinstance(row, str):
        return f"the row can not be read: {row}"
    return f"the row has {len(row)} cells where the header has {width}"
