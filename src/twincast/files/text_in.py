"""CSV and JSON lines in parts: spans of bytes that begin and end with whole rows."""

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Final

import msgspec

from twincast.domain.filebatches import Cut
from twincast.files import csv_in, lines
from twincast.files.sources import HEAD_ROWS, LONGEST, MEGABYTE, PART_BYTES, Seen, check_same
from twincast.files.tables import UTF16, Table, decoded, read_table, unreadable

WHOLE: Final = 64 * MEGABYTE
"""Bytes of a JSON array, above which it is not read: it can only be read at once."""
SAMPLE: Final = 400_000
"""Bytes by which the delimiter is found out."""
Row = tuple[int, int, bool]
"""The byte after a row, the number of the line after it, and whether it counts: blank rows do not."""


class TextSource:
    """A file of text, as `sources.Source`."""

    format = ""

    def __init__(self, path: Path, seen: Seen) -> None:
        self.path = path
        self.seen = seen

    def head(self) -> Table:
        """See `Source`."""
        cut = next(self._spans(HEAD_ROWS), None)
        return self._table("") if cut is None else self._table(self._text(cut))

    def cuts(self, size: int) -> list[Cut]:
        """See `Source`."""
        found = list(self._spans(size))
        check_same(self.path, self.seen)
        return found

    def read(self, cut: Cut, columns: tuple[str, ...] | None = None) -> Table:
        """See `Source`; all columns, for a row of text has to be read anyway."""
        check_same(self.path, self.seen)
        text = self._text(cut)
        check_same(self.path, self.seen)
        return self._table(text)

    def texts(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """See `Source`: any may."""
        return columns

    def _text(self, cut: Cut) -> str:
        with self.path.open("rb") as file:
            file.seek(cut.start)
            return decoded(file.read(cut.stop - cut.start), cut.line)

    def _spans(self, size: int) -> Iterator[Cut]:
        """Yield the parts; rows that are blank go with the row before them."""
        part = row = rows = 0
        start, line = self._begin()
        stop, after = start, line
        for end, next_line, counts in self._rows():
            if counts and (rows >= size or stop - start >= PART_BYTES):
                yield Cut(part=part, start=start, stop=stop, row=row, line=line, rows=rows)
                part, start, line, row, rows = part + 1, stop, after, row + rows, 0
            rows, stop, after = rows + counts, end, next_line
        if rows:
            yield Cut(part=part, start=start, stop=stop, row=row, line=line, rows=rows)

    def _begin(self) -> tuple[int, int]:
        """Return the byte and the line at which rows begin."""
        return 0, 1

    def _rows(self) -> Iterator[Row]:
        raise NotImplementedError

    def _table(self, text: str) -> Table:
        raise NotImplementedError


class CsvSource(TextSource):
    """A CSV file. Raises InvalidInput: it has no header, or none that can be read."""

    format = "csv"

    def __init__(self, path: Path, seen: Seen) -> None:
        super().__init__(path, seen)
        with path.open("rb") as file:
            sample = file.read(SAMPLE)
        if sample[:2] in UTF16:
            decoded(sample)
        self._delimiter = csv_in.delimiter_of(sample.decode("utf-8-sig", "replace"))
        read = _Lines(path)
        csv_in.header_of(csv_in.reader_of(read, self._delimiter))
        self._header = read.text
        self._after_header = read.position, read.number

    def _begin(self) -> tuple[int, int]:
        return self._after_header

    def _rows(self) -> Iterator[Row]:
        read = _Lines(self.path)
        rows = csv_in.reader_of(read, self._delimiter)
        csv_in.header_of(rows)
        for _ in csv_in.rows_in(rows):
            read.text = ""
            yield read.position, read.number, True

    def _table(self, text: str) -> Table:
        whole = self._header if self._header.endswith(("\n", "\r")) else f"{self._header}\n"
        return csv_in.table_of_text(whole + text, self._delimiter)


class _Lines:
    """The lines of a text file one by one, with the byte and the line at which it stands; of a bounded length each.

    Attributes:
        position, number: the byte after what was read, and the number of the line there.
        text: what was read since whoever reads took it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = TextIOWrapper(path.open("rb"), encoding="utf-8", newline="")
        self.position = 0
        self.number = 1
        self.text = ""

    def __iter__(self) -> Iterator[str]:
        with self._file as file:
            while line := self._next(file):
                endless = len(line) >= LONGEST and not line.endswith(("\n", "\r"))
                if endless or len(self.text) > LONGEST:
                    raise unreadable(
                        f"the row at line {self.number} is longer than {LONGEST // MEGABYTE} MB: "
                        "most likely a quote before it is never closed"
                    )
                self.position += len(line) if line.isascii() else len(line.encode())
                self.number += 1
                shown = line.removeprefix("\ufeff") if self.number == 2 else line
                self.text += shown
                yield shown

    def _next(self, file: TextIOWrapper) -> str:
        try:
            return file.readline(LONGEST)
        except UnicodeDecodeError:
            raise _not_utf8(self._path) from None


def _not_utf8(path: Path) -> Exception:
    """Return the error that names the line which is not UTF-8."""
    number = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST):
            number += 1
            decoded(line, number)
    return unreadable("the file is not UTF-8: save it as UTF-8")


class LinesSource(TextSource):
    """A file of JSON lines."""

    format = "jsonl"

    def _rows(self) -> Iterator[Row]:
        position, number = 0, 1
        with self.path.open("rb") as file:
            while line := file.readline(LONGEST + 1):
                if len(line) > LONGEST:
                    raise unreadable(f"line {number} is longer than {LONGEST // MEGABYTE} MB")
                position, number = position + len(line), number + 1
                yield position, number, not line.isspace()

    def _table(self, text: str) -> Table:
        return lines.table_of_lines(text)


class WholeSource:
    """A JSON array, or one object over several lines: read at once, and therefore not of any length."""

    format = "jsonl"

    def __init__(self, path: Path, seen: Seen) -> None:
        if seen.size > WHOLE:
            raise unreadable(
                f"a JSON array of more than {WHOLE // MEGABYTE} MB can not be read in parts: write an object a line"
            )
        self.path = path
        self.seen = seen
        self._table: Table | None = None

    def head(self) -> Table:
        """See `Source`."""
        return self._rows(0, HEAD_ROWS)

    def cuts(self, size: int) -> list[Cut]:
        """See `Source`."""
        total = self._whole().total
        starts = range(0, total, size)
        return [
            Cut(part=part, start=start, stop=min(start + size, total), row=start, line=0, rows=min(size, total - start))
            for part, start in enumerate(starts)
        ]

    def read(self, cut: Cut, columns: tuple[str, ...] | None = None) -> Table:
        """See `Source`."""
        check_same(self.path, self.seen)
        return self._rows(cut.start, cut.stop)

    def texts(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """See `Source`: any may."""
        return columns

    def _whole(self) -> Table:
        if self._table is None:
            self._table = read_table(self.path, self.format)
        return self._table

    def _rows(self, start: int, stop: int) -> Table:
        return self._whole().part(start, stop)


def is_lines(path: Path) -> bool:
    """Tell whether a file of JSON has an object a line: its first line that is not blank is one."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST):
            text = line.removeprefix(b"\xef\xbb\xbf").strip()
            if text:
                return not text.startswith(b"[") and _is_object(text)
    return True


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False
