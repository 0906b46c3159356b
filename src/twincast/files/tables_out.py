"""Tables written for others, chunk by chunk: JSON, JSON lines, CSV and Parquet, with the right types in each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.exports import FORMATS, Chunk, Column, Kind
from twincast.files.parts import safe_columns, whole, writing

if TYPE_CHECKING:
    import polars

MEDIA_TYPES: Final[dict[str, str]] = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
MOMENTS: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"
AT_ONCE: Final = 256 * 1024
"""Bytes of a Parquet file that are given at a time."""


def known_format(format: str) -> str:
    """Return a format that can be written. Raises InvalidInput."""
    if format not in FORMATS:
        problem = FieldProblem(field="format", message=f"'{format[:40]}' is not known", allowed=", ".join(FORMATS))
        raise InvalidInput.of([problem])
    return format


def written(columns: Sequence[Column], chunks: Iterator[Chunk], format: str) -> Iterator[bytes]:
    """Yield a table as a file: text as the chunks come, Parquet when the last one is there, from the disk.

    JSON is an array of objects; CSV is RFC 4180, in which no text is taken for a formula; moments are in UTC.

    Raises:
        InvalidInput: the format is not known; before anything is yielded.
    """
    frames = (_frame(columns, chunk) for chunk in chunks)
    writer = {"json": _json, "jsonl": _lines, "csv": _csv, "parquet": _parquet}[known_format(format)]
    return writer(columns, frames)


def save(pieces: Iterator[bytes], out: Path) -> None:
    """Write a file that is there at once and whole. Raises InvalidInput: it can not be written."""
    with writing(out), whole(out, out.parent) as path, path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def _frame(columns: Sequence[Column], chunk: Chunk) -> "polars.DataFrame":
    import polars

    kinds = {
        Kind.TEXT: polars.String(),
        Kind.NUMBER: polars.Float64(),
        Kind.WHOLE: polars.Int64(),
        Kind.DAY: polars.Date(),
        Kind.MOMENT: polars.Datetime("us", "UTC"),
    }
    schema = {column.name: kinds[column.kind] for column in columns}
    nothing = [None] * max(map(len, chunk.values()), default=0)
    frame = polars.DataFrame({name: chunk.get(name, nothing) for name in schema}, schema=schema)
    return frame.with_columns(polars.selectors.float().fill_nan(None))


def _empty(columns: Sequence[Column]) -> "polars.DataFrame":
    return _frame(columns, {})


def _csv(columns: Sequence[Column], frames: Iterator["polars.DataFrame"]) -> Iterator[bytes]:
    yield _empty(columns).write_csv(line_terminator="\r\n").encode()
    for frame in frames:
        safe = safe_columns(frame.lazy()).collect()
        yield safe.write_csv(include_header=False, line_terminator="\r\n", datetime_format=MOMENTS).encode()


def _lines(_columns: Sequence[Column], frames: Iterator["polars.DataFrame"]) -> Iterator[bytes]:
    import polars

    for frame in frames:
        yield frame.with_columns(polars.selectors.datetime().dt.strftime(MOMENTS)).write_ndjson().encode()


def _json(columns: Sequence[Column], frames: Iterator["polars.DataFrame"]) -> Iterator[bytes]:
    start = b"["
    for lines in _lines(columns, frames):
        yield start + lines.rstrip(b"\n").replace(b"\n", b",\n")
        start = b",\n"
    yield b"[]\n" if start == b"[" else b"]\n"


def _parquet(columns: Sequence[Column], frames: Iterator["polars.DataFrame"]) -> Iterator[bytes]:
    import polars

    with TemporaryDirectory(prefix="twincast-") as name:
        folder, parts = Path(name), [Path(name) / "0.arrow"]
        _empty(columns).write_ipc(parts[0])
        for place, frame in enumerate(frames, start=1):
            parts.append(folder / f"{place}.arrow")
            frame.write_ipc(parts[-1])
        made = folder / "whole.parquet"
        polars.scan_ipc(parts, glob=False).sink_parquet(made)
        with made.open("rb") as file:
            while piece := file.read(AT_ONCE):
                yield piece
