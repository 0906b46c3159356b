"""Parquet files in parts: spans of rows, of which only what is asked for is read."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from twincast.domain.filebatches import Cut
from twincast.files.frames import of_polars, reading_parquet
from twincast.files.sources import HEAD_ROWS, PART_BYTES, Seen, check_same
from twincast.files.tables import Table, check_size

if TYPE_CHECKING:
    import polars

SWELLS: Final = 10
"""How many times as much memory as bytes of the file a row is taken to need."""


class ParquetSource:
    """A Parquet file, as `sources.Source`. Raises InvalidInput: it is damaged or cut short."""

    format = "parquet"

    def __init__(self, path: Path, seen: Seen) -> None:
        self.path = path
        self.seen = seen
        with reading_parquet():
            scan = self._scan()
            self._schema = scan.collect_schema()
            self._rows = int(scan.select(_length()).collect().item())
        check_size(len(self._schema), 0)

    def head(self) -> Table:
        """See `Source`."""
        return self._slice(0, HEAD_ROWS, None)

    def cuts(self, size: int) -> list[Cut]:
        """See `Source`."""
        wide = max(1, SWELLS * self.seen.size // max(self._rows, 1))
        most = max(1, min(size, SWELLS * PART_BYTES // wide))
        starts = range(0, self._rows, most)
        rows = [min(most, self._rows - start) for start in starts]
        return [
            Cut(part=part, start=start, stop=start + count, row=start, line=0, rows=count)
            for part, (start, count) in enumerate(zip(starts, rows, strict=True))
        ]

    def read(self, cut: Cut, columns: tuple[str, ...] | None = None) -> Table:
        """See `Source`."""
        check_same(self.path, self.seen)
        table = self._slice(cut.start, cut.rows, columns)
        check_same(self.path, self.seen)
        return table

    def texts(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """See `Source`."""
        import polars

        typed = {name for name, kind in self._schema.items() if kind.is_numeric() or kind == polars.Boolean}
        return tuple(name for name in columns if name not in typed)

    def _scan(self) -> "polars.LazyFrame":
        import polars

        return polars.scan_parquet(self.path, glob=False)

    def _slice(self, start: int, count: int, columns: tuple[str, ...] | None) -> Table:
        with reading_parquet():
            scan = self._scan().slice(start, count)
            if columns is not None:
                roots = {name.partition(".")[0] for name in columns} | set(columns)
                scan = scan.select([name for name in self._schema if name in roots])
            return of_polars(scan.collect(), format=self.format)


def _length() -> "polars.Expr":
    import polars

    return polars.len()
