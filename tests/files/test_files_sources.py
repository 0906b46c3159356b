"""Files in parts: the parts hold the rows of the whole, wherever they are cut."""

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincast.domain.errors import InvalidInput
from twincast.files import sources, text_in
from twincast.files.cells import ABSENT
from twincast.files.sources import Source, open_source
from twincast.files.tables import Table, read_table

CELLS = st.sampled_from(["a", "1,5", 'say "hi"', "two\nlines", "", " ", "=1+1", "ä€", "x\ry", "7"])


def rows_of(table: Table, first: int = 0) -> list[tuple[Any, ...]]:
    """The rows of a table with their numbers in the file, cells that are not there left out."""
    return [
        (first + row, {name: cells[at] for name, cells in table.columns.items() if cells[at] is not ABSENT})
        for at, row in enumerate(table.rows)
    ]


def problems_of(table: Table, first: int = 0) -> list[tuple[int, str]]:
    return [(first + (it.row or 0), it.message) for it in table.problems]


def check(source: Source, whole: Table, size: int) -> None:
    """The parts of a file together are the file."""
    cuts = source.cuts(size)
    parts = [(source.read(cut), cut) for cut in cuts]
    assert [row for part, cut in parts for row in rows_of(part, cut.row)] == rows_of(whole)
    assert [it for part, cut in parts for it in problems_of(part, cut.row)] == problems_of(whole)
    assert [cut.rows for cut in cuts] == [part.total for part, _ in parts]
    assert all(cut.rows <= size for cut in cuts)
    assert sum(cut.rows for cut in cuts) == whole.total


def csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text


class TestCsv:
    @given(
        rows=st.lists(st.tuples(CELLS, CELLS), max_size=12), size=st.integers(1, 5), end=st.sampled_from(["\n", "\r\n"])
    )
    def test_parts_are_the_whole(self, tmp_path_factory: Any, rows: list[tuple[str, str]], size: int, end: str) -> None:
        lines = ["customer_id,context", *(f"{csv_cell(a)},{csv_cell(b)}" for a, b in rows)]
        content = end.join(lines).encode()
        check(opened(tmp_path_factory.mktemp("csv"), "x.csv", content), read_table(content), size)

    @pytest.mark.parametrize(
        "content",
        [
            b'customer_id,a\nc1,1\n\n\nc2\nc3,1,2\n"open"x,3\nc4,4\n',
            b'\xef\xbb\xbf"customer\nid";a\r\nc1;1\r\n\r\nc2;"2\r\n3"\r\n',
            b'customer_id,a\nc1,1\nc2,"never closed\nc3,3\n',
            b"customer_id,a\rc1,1\rc2,2",
        ],
    )
    @pytest.mark.parametrize("size", [1, 2, 50])
    def test_untidy_ones_too(self, tmp_path: Path, content: bytes, size: int) -> None:
        check(opened(tmp_path, "x.csv", content), read_table(content), size)

    def test_says_in_which_line_it_is_not_utf8(self, tmp_path: Path) -> None:
        content = b"customer_id,a\n" + b"c1,x\n" * 500 + b"c2,caf\xe9\n" + b"c1,x\n" * 500
        with pytest.raises(InvalidInput, match="line 502 is not UTF-8"):
            opened(tmp_path, "x.csv", content).cuts(100)

    def test_a_row_without_an_end_does_not_fill_the_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(text_in, "LONGEST", 1_000)
        for name, content in (
            ("quote.csv", b'customer_id,a\nc1,"' + b"x\n" * 2_000),
            ("line.csv", b"customer_id,a\nc1," + b"x" * 5_000),
            ("line.jsonl", b'{"customer_id": "c1"}\n{"customer_id": "' + b"x" * 5_000 + b'"}\n'),
        ):
            with pytest.raises(InvalidInput, match="is longer than"):
                opened(tmp_path, name, content).cuts(10)


class TestLines:
    @given(rows=st.lists(st.sampled_from(['{"customer_id": "a"}', "", "{", "[1]", '{"b": {"c": 1}}', " "]), max_size=9))
    def test_parts_are_the_whole(self, tmp_path_factory: Any, rows: list[str]) -> None:
        content = "\n".join(['{"customer_id": "first", "history": {"total_purchases": 3}}', *rows]).encode()
        check(opened(tmp_path_factory.mktemp("jsonl"), "x.jsonl", content), read_table(content), 2)

    @pytest.mark.parametrize("indent", [None, 1])
    def test_an_array_is_read_at_once(self, tmp_path: Path, indent: int | None) -> None:
        content = json.dumps([{"customer_id": f"c{at}"} for at in range(7)] + [3], indent=indent).encode()
        check(opened(tmp_path, "x.json", content), read_table(content), 3)

    def test_a_long_array_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(text_in, "WHOLE", 10)
        with pytest.raises(InvalidInput, match="write an object a line"):
            opened(tmp_path, "x.json", b'[{"customer_id": "c"}]')


class TestParquet:
    FRAME = pl.DataFrame({
        "customer_id": [f"c{at}" for at in range(25)],
        "history": [{"total_purchases": at, "returns": None} for at in range(25)],
        "spend": [float(at) if at % 3 else None for at in range(25)],
    })  # fmt: skip

    @pytest.mark.parametrize("size", [1, 7, 100])
    def test_parts_are_the_whole(self, tmp_path: Path, size: int) -> None:
        path = tmp_path / "x.parquet"
        self.FRAME.write_parquet(path, row_group_size=10)
        check(open_source(path), read_table(path), size)

    def test_reads_only_the_columns_that_are_asked_for(self, tmp_path: Path) -> None:
        path = tmp_path / "x.parquet"
        self.FRAME.write_parquet(path)
        source = open_source(path)
        part = source.read(source.cuts(10)[0], ("customer_id", "history.returns"))
        assert list(part.columns) == ["customer_id", "history.total_purchases", "history.returns"]
        assert source.texts(("customer_id", "spend")) == ("customer_id",)

    def test_a_file_that_is_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "x.parquet"
        self.FRAME.write_parquet(path)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(InvalidInput, match="damaged or cut short"):
            open_source(path)


class TestChanging:
    @pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.json", "x.parquet"])
    def test_a_file_that_changes_is_not_read_on(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        frame = pl.DataFrame({"customer_id": ["a", "b"], "spend": [1, 2]})
        writers: dict[str, Any] = {
            "x.csv": frame.write_csv,
            "x.jsonl": frame.write_ndjson,
            "x.parquet": frame.write_parquet,
        }
        writers.get(name, frame.write_json)(path)
        source = open_source(path)
        cuts = source.cuts(1)
        os.utime(path, ns=(1, 1))
        with pytest.raises(InvalidInput, match="changed while it was read"):
            source.read(cuts[0])
        path.unlink()
        with pytest.raises(InvalidInput, match="can not be opened any more"):
            source.read(cuts[0])

    @pytest.mark.parametrize(("name", "content"), [("x.csv", b""), ("x.parquet", b""), ("x.csv", None)])
    def test_nothing_to_open(self, tmp_path: Path, name: str, content: bytes | None) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInput, match=r"is empty|can not be opened"):
            open_source(tmp_path / name)

    def test_what_was_seen_differs_with_the_content(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_bytes(b"customer_id,a\nc1,1\n")
        first = sources.look(path)
        os.utime(path, ns=(first.modified, first.modified))
        assert sources.look(path) == first
        path.write_bytes(b"customer_id,a\nc1,2\n")
        os.utime(path, ns=(first.modified, first.modified))
        assert sources.look(path) != first


def opened(folder: Path, name: str, content: bytes) -> Source:
    path = folder / name
    path.write_bytes(content)
    return open_source(path)
