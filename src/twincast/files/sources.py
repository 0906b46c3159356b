"""Files of customers that are read in parts, however long they are: CSV, JSON lines and Parquet."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.filebatches import Cut
from twincast.files.tables import FORMATS, Table, guess_format, unreadable

HEAD_ROWS: Final = 10_000
"""Rows by which columns are recognised."""
MEGABYTE: Final = 1024 * 1024
LONGEST: Final = 8 * MEGABYTE
"""Bytes of a row, above which a file is taken for broken: a quote that never ends, or no table at all."""
PART_BYTES: Final = 64 * MEGABYTE
"""Bytes from which a part ends early, so that memory stays bounded."""


class Source(Protocol):
    """A file of customers."""

    @property
    def format(self) -> str:
        """Return `csv`, `jsonl` or `parquet`."""
        ...

    @property
    def seen(self) -> "Seen":
        """Return what the file was when it was opened."""
        ...

    def head(self) -> Table:
        """Return the first rows, by which columns are recognised; always the same ones."""
        ...

    def cuts(self, size: int) -> list[Cut]:
        """Return the parts of at most `size` rows each. Raises InvalidInput: the file can not be read."""
        ...

    def read(self, cut: Cut, columns: tuple[str, ...] | None = None) -> Table:
        """Return the rows of a part; of a Parquet file some columns only, where they are named.

        Raises:
            InvalidInput: they can not be read, or the file is not what it was when it was opened.
        """
        ...

    def texts(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some columns that hold text, or may."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a file was when it was opened; equal ones hold the same, as far as its owner plays fair."""

    size: int
    modified: int
    ends: str


def open_source(path: Path, format: str | None = None) -> Source:
    """Open a file of customers. Its path is only ever one that was typed on this machine.

    Args:
        path: of the file.
        format: `csv`, `jsonl` or `parquet`; None: told by its first bytes, else by the ending of its name.

    Raises:
        InvalidInput: it can not be opened, is empty, or of no known format.
    """
    seen = look(path)
    with path.open("rb") as file:
        kind = format or guess_format(file.read(64), path.name)
    if kind not in FORMATS:
        problem = FieldProblem(field="format", message=f"'{kind[:40]}' is not known", allowed=", ".join(FORMATS))
        raise InvalidInput.of([problem])
    if not seen.size:
        raise unreadable("the file is empty")
    if kind == "parquet":
        from twincast.files.parquet_in import ParquetSource

        return ParquetSource(path, seen)
    from twincast.files.text_in import CsvSource, LinesSource, WholeSource, is_lines

    if kind == "csv":
        return CsvSource(path, seen)
    return LinesSource(path, seen) if is_lines(path) else WholeSource(path, seen)


def look(path: Path) -> Seen:
    """Return what a file is now. Raises InvalidInput: it can not be opened."""
    try:
        stat = path.stat()
        with path.open("rb") as file:
            first = file.read(MEGABYTE)
            file.seek(max(0, stat.st_size - MEGABYTE))
            ends = sha256(first + file.read(MEGABYTE)).hexdigest()
    except OSError as error:
        raise unreadable(f"'{path.name}' can not be opened: {error.strerror or error}") from None
    return Seen(size=stat.st_size, modified=stat.st_mtime_ns, ends=ends)


def check_same(path: Path, seen: Seen) -> None:
    """Refuse a file that was written to since it was opened. Raises InvalidInput."""
    try:
        stat = path.stat()
    except OSError as error:
        raise unreadable(f"'{path.name}' can not be opened any more: {error.strerror or error}") from None
    if (stat.st_size, stat.st_mtime_ns) != (seen.size, seen.modified):
        raise unreadable("the file changed while it was read. Run it again once nothing writes to it any more")
