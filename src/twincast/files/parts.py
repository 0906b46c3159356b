"""Parts of a table that is written over a long time: kept beside it until the last one is there, then put together.

A part appears under its name whole or not at all, and so does the table: whoever is killed leaves no half of either,
and whoever goes on finds what was finished.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput, RunStopped
from twincast.domain.filebatches import PartReport
from twincast.files.csv_out import DANGEROUS, NUMBER, write_csv

if TYPE_CHECKING:
    import polars

SUFFIXES: Final[dict[str, str]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""Ending of the output's name -> its format."""
FOLDER: Final = ".parts"
KEPT: Final = ". What was finished is kept: the same command goes on from there"
META: Final = "twincast"
"""Key under which a Parquet file says how it came about."""


def format_of(out: Path) -> str:
    """Return the format of an output by its name. Raises InvalidInput: the ending is none that can be written."""
    found = SUFFIXES.get(out.suffix.lower())
    if found is None:
        message = f"'{out.name}' ends in no format that can be written"
        raise InvalidInput.of([FieldProblem(field="out", message=message, allowed=", ".join(SUFFIXES))])
    return found


class Parts:
    """The parts of one table: in a folder beside it, named after what they come from, so that no others fit in.

    Args:
        out: the table.
        digest: of everything that decides its numbers.
    """

    def __init__(self, out: Path, digest: str) -> None:
        self.out = out
        self.folder = out.with_name(f"{out.name}{FOLDER}") / digest

    def open(self) -> None:
        """Make the folder. Raises InvalidInput: it can not be made, or is no folder."""
        if self.out.is_dir():
            raise InvalidInput.of([FieldProblem(field="out", message=f"'{self.out.name}' is a folder")])
        if not self.out.parent.is_dir():
            message = f"the folder '{self.out.parent}' is not there: make it first"
            raise InvalidInput.of([FieldProblem(field="out", message=message)])
        with writing(self.out):
            self.folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this run. Raises RunStopped: another run is at it."""
        import fcntl

        with writing(self.out), (self.folder / "lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RunStopped(
                    f"Another run is writing '{self.out.name}' already: wait for it, or stop it."
                ) from None
            yield

    def others(self) -> int:
        """Return how many folders of other runs stand beside this one."""
        return sum(it != self.folder for it in self.folder.parent.iterdir())

    def report(self, part: int) -> PartReport | None:
        """Return what became of a part; None where it is not finished."""
        try:
            found = msgspec.json.decode(self._path(part, "json").read_bytes(), type=PartReport)
        except (OSError, msgspec.DecodeError):
            return None
        return found if self._path(part, "arrow").is_file() else None

    def write(self, part: int, table: "polars.DataFrame", report: PartReport, rejects: bytes) -> None:
        """Keep a part. Raises InvalidInput: there is no room, or it can not be written."""
        with writing(self.out, words=KEPT):
            with whole(self._path(part, "arrow"), self.folder) as path:
                table.write_ipc(path)
            for ending, content in (("rejects", rejects), ("json", msgspec.json.encode(report))):
                with whole(self._path(part, ending), self.folder) as path:
                    path.write_bytes(content)

    def finish(self, count: int, about: str, rejects: Path | None) -> None:
        """Put the parts together: the table is there at once and whole, and the parts are gone.

        Args:
            count: number of parts.
            about: how it came about, as JSON; a Parquet file says so.
            rejects: where to write the rows that could not be read; None: nowhere.

        Raises:
            InvalidInput: there is no room, or it can not be written; the parts stay.
        """
        import polars

        format = format_of(self.out)
        with writing(self.out, words=KEPT), whole(self.out, self.folder) as path:
            scan = polars.scan_ipc([self._path(part, "arrow") for part in range(count)], glob=False)
            if format == "parquet":
                scan.sink_parquet(path, metadata={META: about})
            elif format == "csv":
                safe_columns(scan).sink_csv(path, line_terminator="\r\n")
            else:
                scan.sink_ndjson(path)
        if rejects is not None:
            with writing(rejects, "rejects"), whole(rejects, rejects.parent) as path, path.open("wb") as file:
                file.write(write_csv([], REJECTED))
                for part in range(count):
                    file.write(self._path(part, "rejects").read_bytes())
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # other runs' parts are theirs
            self.folder.parent.rmdir()

    def _path(self, part: int, ending: str) -> Path:
        return self.folder / f"part-{part:06d}.{ending}"


REJECTED: Final = ("row", "field", "problem", "allowed")


def rejects_of(problems: Sequence[FieldProblem]) -> bytes:
    """Return what could not be read as rows of a CSV file without its header; rows are counted from 1."""
    if not problems:
        return b""
    rows = [
        {"row": None if it.row is None else it.row + 1, "field": it.field, "problem": it.message, "allowed": it.allowed}
        for it in problems
    ]
    return write_csv(rows, REJECTED).partition(b"\r\n")[2]


def part_table(
    customers: Sequence[str], variants: Sequence[str], numbers: Mapping[str, Any], refused: Mapping[int, str]
) -> "polars.DataFrame":
    """Return n customers x m variants as a frame: what there is not is null.

    Args:
        customers: n ids.
        variants: m ids.
        numbers: columns of n * m numbers, customer by customer; NaN where there is none.
        refused: position of a customer -> why there is no number about this person.
    """
    import numpy as np
    import polars

    n, m = len(customers), len(variants)
    ids = polars.Series("customer_id", customers, dtype=polars.String)
    names = polars.Series("intervention_id", variants, dtype=polars.String)
    reasons = polars.Series("refused", [refused.get(at) for at in range(n)] if refused else [None] * n, polars.String)
    by_customer, by_variant = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    figures = [polars.Series(name, values, nan_to_null=True) for name, values in numbers.items()]
    return polars.DataFrame([ids.gather(by_customer), names.gather(by_variant), *figures, reasons.gather(by_customer)])


def safe_columns(scan: "polars.LazyFrame") -> "polars.LazyFrame":
    """Return a frame whose texts no spreadsheet takes for a formula; the same as `csv_out.safe_cell`, by columns."""
    import polars

    text = polars.selectors.string().str.replace_all("\x00", "", literal=True)
    signs = "".join(f"\\{sign}" if sign in "-[]^\\" else sign for sign in DANGEROUS)
    risky = text.str.contains(f"^ *[{signs}]") & ~text.str.contains(f"^(?:{NUMBER})$")
    return scan.with_columns(polars.when(risky).then(polars.lit("'") + text).otherwise(text).name.keep())


@contextmanager
def writing(out: Path, field: str = "out", words: str = "") -> Iterator[None]:
    """Name what keeps a file from being written, and add some words. Raises InvalidInput."""
    from polars.exceptions import PanicException, PolarsError

    try:
        yield
    except (OSError, PolarsError, PanicException) as error:
        reason = getattr(error, "strerror", None) or (str(error).splitlines() or ["no reason given"])[0][:200]
        message = f"'{out.name}' can not be written: {reason}{words}"
        raise InvalidInput.of([FieldProblem(field=field, message=message)]) from None


@contextmanager
def whole(path: Path, folder: Path) -> Iterator[Path]:
    """Yield a name in a folder of the same disk to write to: once it is written, the file is there under its own."""
    made = folder / f".{path.name}.{os.getpid()}.tmp"
    try:
        yield made
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(path)
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)
