"""A table as columns of cells with names, and reading one from the bytes of a CSV, JSON lines or Parquet file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.imports import ColumnMapping, ImportColumns, ImportRows, KnownColumn
from twincast.files.cells import ABSENT, Signs

FORMATS: Final[tuple[str, ...]] = ("csv", "jsonl", "parquet")
MAX_BYTES: Final = 512 * 1024 * 1024
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 1_000

UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of another encoding."""

_ENDINGS: Final[dict[str, str]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Table:
    """Columns of equally many cells; fulfils `ports.tables.Table`.

    Attributes:
        format: `csv`, `jsonl`, `parquet` or `frame`.
        columns: name -> cells; `cells.ABSENT` where a row has none.
        rows: for each row of cells, its 0-based number in the file (unreadable rows have no cells).
        total: number of rows in the file.
        problems: rows that could not be read.
    """

    format: str
    columns: Mapping[str, Sequence[object]]
    rows: Sequence[int]
    total: int
    problems: tuple[FieldProblem, ...] = ()

    def part(self, start: int, stop: int) -> "Table":
        """Return the rows from `start` up to `stop`, numbered from 0 again."""
        places = [at for at, row in enumerate(self.rows) if start <= row < stop]
        return Table(
            format=self.format,
            columns={name: [cells[at] for at in places] for name, cells in self.columns.items()},
            rows=[self.rows[at] - start for at in places],
            total=min(stop, self.total) - start,
            problems=tuple(
                replace(it, row=it.row - start) for it in self.problems if it.row is not None and start <= it.row < stop
            ),
        )

    def mapping(self, known: Sequence[KnownColumn], overrides: Mapping[str, str | None] | None = None) -> ColumnMapping:
        """Say what becomes of each column; see `files.mapping.propose`."""
        from twincast.files.mapping import propose

        return propose(self.columns, known, overrides or {}, flat=self.format == "csv")

    def mapped(self, mapping: ColumnMapping, known: Sequence[KnownColumn]) -> ImportRows:
        """Read the rows as customer records; see `files.records.records_of`."""
        from twincast.files.records import records_of

        records, problems = records_of(self.columns, len(self.rows), mapping, known)
        placed = (FieldProblem(field=field, message=text, row=self.rows[at]) for at, field, text in problems)
        return ImportRows(records=records, rows=self.rows, problems=(*self.problems, *placed), total=self.total)

    def fields(
        self, mapping: ColumnMapping, known: Sequence[KnownColumn], signs: Mapping[str, Signs] | None = None
    ) -> ImportColumns:
        """Read the rows as customer records that stay columns.

        Args:
            mapping: what each column means.
            known: the fields that have a meaning.
            signs: column -> how the whole of it writes, where this table is a part of another; see `signs`.
        """
        from twincast.files.records import fields_of

        columns, problems = fields_of(self.columns, len(self.rows), mapping, known, signs)
        placed = (FieldProblem(field=field, message=text, row=self.rows[at]) for at, field, text in problems)
        return ImportColumns(
            columns={path: _with_none(cells) for path, cells in columns.items()},
            rows=self.rows,
            problems=(*self.problems, *placed),
            total=self.total,
        )

    def signs(self, mapping: ColumnMapping, known: Sequence[KnownColumn]) -> dict[str, Signs]:
        """Return how columns write, where that decides how their cells are read: of parts of a table to be united."""
        from twincast.files.records import signs_in

        return signs_in(self.columns, mapping, known)

    def outcome_mapping(self, overrides: Mapping[str, str | None] | None = None) -> ColumnMapping:
        """Say what becomes of each column of a table of outcomes; see `files.outcomes.propose`."""
        from twincast.files.outcomes import propose

        return propose(tuple(self.columns), overrides or {})

    def outcome_rows(self, mapping: ColumnMapping) -> ImportRows:
        """Read the rows as what was observed; see `files.outcomes.rows_of`."""
        from twincast.files.outcomes import rows_of

        records, problems = rows_of(self.columns, len(self.rows), mapping)
        placed = (FieldProblem(field=field, message=text, row=self.rows[at]) for at, field, text in problems)
        return ImportRows(records=records, rows=self.rows, problems=(*self.problems, *placed), total=self.total)


def _with_none(cells: Sequence[object]) -> Sequence[object]:
    return [None if cell is ABSENT else cell for cell in cells] if ABSENT in cells else cells


def read_table(data: bytes | Path, format: str | None = None) -> Table:
    """Read a table.

    Args:
        data: the bytes of a file; or its path, only ever one that was typed on the command line of this machine.
        format: `csv`, `jsonl` or `parquet`; None: told by the file's ending, else by its first bytes.

    Raises:
        InvalidInput: the file as a whole can not be read: empty, damaged, another encoding, not UTF-8.
        TooLarge: more bytes, rows or columns than the limits of this module.
    """
    name = data.name if isinstance(data, Path) else ""
    content = _content(data) if isinstance(data, Path) else data
    if len(content) > MAX_BYTES:
        raise TooLarge(f"the table has {len(content):,} bytes; at most {MAX_BYTES:,} are read at once: divide it")
    kind = format or guess_format(content, name)
    if kind not in FORMATS:
        problem = FieldProblem(field="format", message=f"'{kind[:40]}' is not known", allowed=", ".join(FORMATS))
        raise InvalidInput.of([problem])
    if kind != "parquet" and not content.strip():
        raise unreadable("the file is empty")
    table = _read(content, kind)
    check_size(len(table.columns), table.total)
    return table


def guess_format(content: bytes, name: str = "") -> str:
    """Return the format of a file: by its first bytes where they are telling, else by the ending of its name."""
    if content[:4] == b"PAR1":
        return "parquet"
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"{":
        return "jsonl"
    return _ENDINGS.get(Path(name).suffix.lower(), "jsonl" if start[:1] == b"[" else "csv")


def check_size(columns: int, rows: int) -> None:
    """Refuse a table with too many rows or columns. Raises TooLarge."""
    if columns > MAX_COLUMNS:
        raise TooLarge(f"the table has {columns:,} columns; at most {MAX_COLUMNS:,} are read")
    if rows > MAX_ROWS:
        raise TooLarge(f"the table has {rows:,} rows; at most {MAX_ROWS:,} are read at once: divide it")


def unreadable(message: str) -> InvalidInput:
    """Return the error for a file that can not be read at all."""
    return InvalidInput.of([FieldProblem(field="file", message=message)])


def decoded(content: bytes, line: int = 1) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark; or of a part that begins at a line.

    Raises:
        InvalidInput: it is in another encoding; the message says where, and which one it looks like.
    """
    if line == 1 and content[:2] in UTF16:
        raise unreadable("the file is in UTF-16; save it as UTF-8 (in Excel: 'CSV UTF-8')")
    try:
        return content.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise unreadable(
            f"line {line} is not UTF-8 (byte 0x{content[error.start]:02x}); the file looks like Windows-1252 or "
            "Latin-1: save it as UTF-8 (in Excel: 'CSV UTF-8')"
        ) from None


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TooLarge(f"{path.name} is larger than {MAX_BYTES:,} bytes: divide it")
        return path.read_bytes()
    except OSError as error:
        raise unreadable(f"'{path.name}' can not be opened: {error.strerror or error}") from None


def _read(content: bytes, kind: str) -> Table:
    if kind == "parquet":
        from twincast.files.frames import read_parquet

        return read_parquet(content)
    if kind == "jsonl":
        from twincast.files.lines import read_lines

        return read_lines(content)
    from twincast.files.csv_in import read_csv

    return read_csv(content)
