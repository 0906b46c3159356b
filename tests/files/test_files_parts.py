"""Parts of a table: there whole or not at all, and no spreadsheet runs what is in them."""

import csv
import io
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincast.domain.errors import FieldProblem, InvalidInput, RunStopped
from twincast.domain.filebatches import PartReport, united
from twincast.files.csv_out import safe_cell
from twincast.files.parts import Parts, format_of, part_table, rejects_of, safe_columns

VALUES = np.array([0.1, np.nan, 1e-7, 5e-324, 123456789.123, 1.0])
BAD = FieldProblem(field="history.returns", message="=1+1 is not possible", row=6)
REPORT = PartReport(rows=3, customers=3, refused=1, bad=1, problems=(BAD,), problem_count=1, warnings=())


def table() -> pl.DataFrame:
    return part_table(["=cmd|' /C calc'!A0", "-5", "c"], ["a", "+b"], {"p": VALUES}, {2: "opted out"})


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: what a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


class TestTable:
    def test_has_a_row_a_customer_and_variant(self) -> None:
        found = table()
        assert found.columns == ["customer_id", "intervention_id", "p", "refused"]
        assert found["customer_id"].to_list() == ["=cmd|' /C calc'!A0"] * 2 + ["-5"] * 2 + ["c"] * 2
        assert found["intervention_id"].to_list() == ["a", "+b"] * 3
        assert found["p"].to_list() == [0.1, None, *VALUES[2:].tolist()]
        assert found["refused"].to_list() == [None] * 4 + ["opted out"] * 2
        assert found.dtypes == [pl.String, pl.String, pl.Float64, pl.String]

    def test_of_nobody_has_the_same_columns(self) -> None:
        assert part_table([], ["a"], {"p": np.empty(0)}, {}).schema == table().schema


class TestSafe:
    @given(texts=st.lists(st.text(st.sampled_from("=+-@\t\r\n\x00 1.5aé＝－^[]"), max_size=6), max_size=20))
    @pytest.mark.req("R178")
    def test_columns_are_safe_as_cells_are(self, texts: list[str]) -> None:
        frame = pl.LazyFrame({"a": pl.Series(texts, dtype=pl.String)})
        assert safe_columns(frame).collect()["a"].to_list() == [safe_cell(text) for text in texts]


class TestParts:
    def parts(self, folder: Path, name: str = "out.parquet") -> Parts:
        made = Parts(folder / name, "digest")
        made.open()
        return made

    def test_a_part_is_there_once_it_is_whole(self, tmp_path: Path) -> None:
        made = self.parts(tmp_path)
        assert made.report(0) is None
        made.write(0, table(), REPORT, rejects_of([BAD]))
        assert made.report(0) == REPORT
        next(made.folder.glob("*.arrow")).unlink()
        assert made.report(0) is None

    @pytest.mark.req("R178", "R179")
    @pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.jsonl"])
    def test_together_they_are_the_table(self, tmp_path: Path, name: str) -> None:
        made = self.parts(tmp_path, name)
        made.write(1, table().tail(2), REPORT, rejects_of([BAD]))
        made.write(0, table().head(4), REPORT, b"")
        made.finish(2, "{}", tmp_path / "bad.csv")
        assert sorted(it.name for it in tmp_path.iterdir()) == ["bad.csv", name]
        path = tmp_path / name
        rows = list(csv.DictReader(io.StringIO((tmp_path / "bad.csv").read_text(), newline="")))
        assert rows == [{"row": "7", "field": "history.returns", "problem": "'=1+1 is not possible", "allowed": ""}]
        if name == "out.csv":
            content = path.read_bytes()
            assert content.endswith(b"\r\n")
            found = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
            assert [row["customer_id"] for row in found][::2] == ["'=cmd|' /C calc'!A0", "-5", "c"]
            assert [row["intervention_id"] for row in found][:2] == ["a", "'+b"]
            assert [float(row["p"] or "nan") for row in found] == pytest.approx(
                VALUES.tolist(), abs=0, rel=0, nan_ok=True
            )
        elif name == "out.jsonl":
            assert pl.DataFrame([json.loads(line) for line in path.read_text().splitlines()]).equals(table())
        else:
            assert pl.read_parquet(path).equals(table())
            assert pl.read_parquet_metadata(path)["twincast"] == "{}"

    @pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.jsonl"])
    def test_a_full_disk_leaves_no_half_table(self, tmp_path: Path, name: str) -> None:
        made = self.parts(tmp_path, name)
        big = part_table([f"c{at}" for at in range(5_000)], ["a"], {"p": np.sqrt(np.arange(5_000.0))}, {})
        (tmp_path / name).write_text("the table of the last run")
        with at_most(20_000), pytest.raises(InvalidInput, match=rf"'{name}' can not be written"):
            made.write(0, big, REPORT, b"")
        assert [it.name for it in made.folder.iterdir()] == []
        made.write(0, big, REPORT, b"")
        with at_most(20_000), pytest.raises(InvalidInput, match=r"What was finished is kept"):
            made.finish(1, "{}", None)
        assert (tmp_path / name).read_text() == "the table of the last run"
        assert made.report(0) == REPORT
        made.finish(1, "{}", None)
        assert [it.name for it in tmp_path.iterdir()] == [name]

    def test_two_runs_do_not_write_one_table(self, tmp_path: Path) -> None:
        first, second = self.parts(tmp_path), self.parts(tmp_path)
        with first.held(), pytest.raises(RunStopped, match="Another run"), second.held():
            pass
        with second.held():
            assert first.others() == 0

    def test_other_runs_keep_their_parts(self, tmp_path: Path) -> None:
        other = Parts(tmp_path / "out.parquet", "other")
        other.open()
        made = self.parts(tmp_path)
        assert made.others() == 1
        made.write(0, table(), REPORT, b"")
        made.finish(1, "{}", None)
        assert other.folder.is_dir()

    def test_the_folder_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="make it first"):
            self.parts(tmp_path / "none")
        (tmp_path / "x.csv").mkdir()
        with pytest.raises(InvalidInput, match="is a folder"):
            self.parts(tmp_path, "x.csv")

    def test_the_ending_tells_the_format(self) -> None:
        assert [format_of(Path(name)) for name in ("a.PARQUET", "a.b.csv", "a.ndjson")] == ["parquet", "csv", "jsonl"]
        with pytest.raises(InvalidInput, match="ends in no format"):
            format_of(Path("a.xlsx"))


def test_reports_are_united_in_their_order() -> None:
    found = united([REPORT, REPORT])
    assert (found.rows, found.customers, found.bad, found.refused, found.problem_count) == (6, 6, 2, 2, 2)
    assert found.problems == (BAD, BAD)
