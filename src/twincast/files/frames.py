"""Frames as tables: Parquet files, and frames of polars, pandas and Arrow that a program already holds."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeGuard

from twincast.files.cells import ABSENT
from twincast.files.lines import SECTIONS, WRAPPER
from twincast.files.tables import Table, check_size, unreadable

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    Frame = polars.DataFrame | polars.LazyFrame | pandas.DataFrame | pyarrow.Table


def is_frame(value: object) -> "TypeGuard[Frame]":
    """Tell whether a value is a frame of polars, pandas or Arrow, without importing any of them."""
    return _library(value) is not None


def table_of(frame: "Frame") -> Table:
    """Return a frame as a table. Nulls and NaN are absent cells; pandas' named index is a column like the others.

    Raises:
        TypeError: it is no frame of polars, pandas or Arrow.
        TooLarge: too many rows or columns.
    """
    library = _library(frame)
    if library is None:
        raise TypeError(f"a frame of polars, pandas or Arrow is needed, not {type(frame).__name__}")
    held: Any = frame
    if library == "polars":
        return of_polars(held.collect() if hasattr(held, "collect") else held, format="frame")
    if library == "pandas":
        return _of_pandas(held)
    return _table({str(name): held.column(name).to_pylist() for name in held.column_names}, len(held), format="frame")


def read_parquet(content: bytes) -> Table:
    """Read a Parquet file.

    Raises:
        InvalidInput: it is damaged or cut short.
        TooLarge: too many rows or columns; seen before the rows are read.
    """
    import polars

    with reading_parquet():
        scan = polars.scan_parquet(BytesIO(content))
        check_size(len(scan.collect_schema()), int(scan.select(polars.len()).collect().item()))
        frame = polars.read_parquet(BytesIO(content))
    return of_polars(frame, format="parquet")


@contextmanager
def reading_parquet() -> Iterator[None]:
    """Name what polars says of a file that it can not read. Raises InvalidInput."""
    from polars.exceptions import PanicException, PolarsError

    try:
        yield
    except (PolarsError, PanicException, OSError, ValueError) as error:
        first = (str(error).splitlines() or ["no reason given"])[0][:200]
        raise unreadable(f"the file can not be read as Parquet, it is damaged or cut short: {first}") from None


def _library(value: object) -> str | None:
    """Return the library a frame comes from, judged by its class, or None."""
    for cls in type(value).__mro__:
        root = cls.__module__.partition(".")[0]
        if (root, cls.__name__) in {
            ("polars", "DataFrame"),
            ("polars", "LazyFrame"),
            ("pandas", "DataFrame"),
            ("pyarrow", "Table"),
        }:
            return root
    return None


def of_polars(frame: "polars.DataFrame", *, format: str) -> Table:
    """Return a frame of polars as a table; see `table_of`."""
    columns: dict[str, Sequence[object]] = {}
    for series in frame.get_columns():
        _spread(series, series.name, columns)
    check_size(len(columns), frame.height)
    return Table(format=format, columns=columns, rows=range(frame.height), total=frame.height)


def _spread(series: "polars.Series", name: str, columns: dict[str, Sequence[object]]) -> None:
    """Put a column among the others; a section of the record held as a struct becomes dotted columns."""
    fields = getattr(series.dtype, "fields", None)
    last = name.rpartition(".")[2]
    if fields and (last in SECTIONS or name == WRAPPER):
        for field in fields:
            _spread(series.struct.field(field.name), f"{name}.{field.name}", columns)
        return
    cells = series.to_list()
    if not _is_plain(series.drop_nulls()):
        columns[name] = [_plain(cell) for cell in cells]
    else:
        columns[name] = [ABSENT if cell is None else cell for cell in cells] if series.null_count() else cells


def _is_plain(series: "polars.Series") -> bool:
    """Tell, without looking at each cell, whether all of them are as plain JSON would hold them already."""
    import polars

    kind = series.dtype
    if isinstance(kind, polars.List):
        inner = series.explode()  # an empty list becomes a null
        return not inner.null_count() and not isinstance(inner.dtype, polars.List) and _is_plain(inner)
    if isinstance(kind, polars.String):
        return bool(series.str.contains("[!-~]").all())  # a letter or sign that is no blank
    if kind.is_float():
        return not series.is_nan().any()
    return kind.is_integer() or isinstance(kind, polars.Boolean)


def _of_pandas(frame: "pandas.DataFrame") -> Table:
    named = any(name is not None for name in frame.index.names)
    flat = frame.reset_index() if named else frame
    check_size(len(flat.columns), len(flat))
    columns: dict[str, Sequence[object]] = {}
    for place, name in enumerate(flat.columns):
        series = flat.iloc[:, place]
        columns[str(name)] = series.astype(object).where(series.notna(), None).tolist()
    return _table(columns, len(flat), format="frame")


def _table(columns: Mapping[str, Sequence[object]], count: int, *, format: str) -> Table:
    check_size(len(columns), count)
    return Table(
        format=format,
        columns={name: [_plain(cell) for cell in cells] for name, cells in columns.items()},
        rows=range(count),
        total=count,
    )


def _plain(cell: Any) -> object:
    """Return a cell as plain JSON would hold it; null and NaN are absent."""
    if isinstance(cell, str):
        return (cell.strip() and cell) or ABSENT
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ABSENT
    if isinstance(cell, bool | int | float):
        return cell
    return _rich(cell)


def _rich(cell: Any) -> object:
    if isinstance(cell, datetime):
        whole_day = cell.tzinfo is None and cell.time() == time(0)
        return cell.date().isoformat() if whole_day else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, Mapping):
        return {str(key): None if (value := _plain(part)) is ABSENT else value for key, part in cell.items()}
    if hasattr(cell, "tolist"):
        return _plain_list(cell.tolist())
    return _plain_list(cell) if isinstance(cell, list | tuple | set) else str(cell)


def _plain_list(cells: Any) -> object:
    if not isinstance(cells, list | tuple | set):
        return _plain(cells)
    return [None if (value := _plain(cell)) is ABSENT else value for cell in cells]
