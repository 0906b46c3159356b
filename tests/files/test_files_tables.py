"""Tables from files: delimiters, quotes, encodings, damaged rows, and hostile content."""

from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from twincast.domain.errors import InvalidInput, TooLarge
from twincast.files import tables
from twincast.files.cells import ABSENT
from twincast.files.tables import read_table


def refusal(data: bytes, format: str | None = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_table(data, format)
    assert caught.value.problems[0].field == "file"
    return caught.value.detail


class TestCsv:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_finds_out_the_delimiter(self, delimiter: str) -> None:
        text = "customer_id,context\r\nc1,x\r\nc2,y\r\n".replace(",", delimiter)
        table = read_table(text.encode())
        assert dict(table.columns) == {"customer_id": ["c1", "c2"], "context": ["x", "y"]}

    def test_is_not_misled_by_the_other_delimiter_inside_cells(self) -> None:
        table = read_table(b"customer_id;context\nc1;a, b, c\nc2;d, e, f\n")
        assert table.columns["context"] == ["a, b, c", "d, e, f"]

    def test_a_byte_order_mark_is_no_part_of_the_first_name(self) -> None:
        assert list(read_table(b"\xef\xbb\xbfcustomer_id,a\nc1,2\n").columns) == ["customer_id", "a"]

    def test_quoted_cells_keep_delimiters_quotes_and_line_breaks(self) -> None:
        table = read_table(b'customer_id,context\nc1,"says ""hi"",\nand more"\nc2,y\n')
        assert table.columns["context"] == ['says "hi",\nand more', "y"]
        assert list(table.rows) == [0, 1]

    def test_a_row_of_another_width_is_a_problem_of_its_own(self) -> None:
        table = read_table(b"customer_id,a\nc1,1\nc2\nc3,1,2\nc4,4\n")
        assert table.columns["customer_id"] == ["c1", "c4"]
        assert list(table.rows) == [0, 3]
        assert table.total == 4
        assert [(problem.row, problem.message) for problem in table.problems] == [
            (1, "the row has 1 cells where the header has 2"),
            (2, "the row has 3 cells where the header has 2"),
        ]

    def test_a_quote_that_never_ends_is_a_problem_and_not_a_cell(self) -> None:
        table = read_table(b'customer_id,a\nc1,1\nc2,"open\nc3,3\n')
        assert table.columns["customer_id"] == ["c1"]
        assert table.problems[0].row == 1

    def test_blank_rows_are_no_rows(self) -> None:
        table = read_table(b"customer_id,a\n\nc1,1\n,\n \t, \nc2,2\n")
        assert table.columns["customer_id"] == ["c1", "c2"]
        assert table.total == 2
        assert table.problems == ()

    def test_an_empty_cell_is_absent(self) -> None:
        assert read_table(b"customer_id,a\nc1,\nc2,  \n").columns["a"] == [ABSENT, ABSENT]

    def test_a_header_alone_is_a_table_without_rows(self) -> None:
        table = read_table(b"customer_id,a\n")
        assert table.total == 0
        assert dict(table.columns) == {"customer_id": [], "a": []}

    @pytest.mark.parametrize("data", [b"", b"  \n\n", b"\xef\xbb\xbf"])
    def test_an_empty_file_is_refused(self, data: bytes) -> None:
        assert "empty" in refusal(data) or "header" in refusal(data)

    def test_two_columns_of_one_name_are_refused(self) -> None:
        assert "'a' stands twice" in refusal(b"customer_id,a,a\nc1,1,2\n")

    def test_a_nul_and_a_megabyte_stay_data(self) -> None:
        table = read_table(b"customer_id,a\nc\x00,1\nc2," + b"x" * 1_000_000 + b"\n")
        assert table.columns["customer_id"] == ["c\x00", "c2"]
        assert len(str(table.columns["a"][1])) == 1_000_000

    def test_too_many_columns_are_refused(self) -> None:
        with pytest.raises(TooLarge, match="5,000 columns"):
            read_table((",".join(f"a{i}" for i in range(5_000)) + "\n").encode())

    def test_too_many_rows_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twincast.files.csv_in.MAX_ROWS", 2)
        monkeypatch.setattr(tables, "MAX_ROWS", 2)
        with pytest.raises(TooLarge, match="at most 2"):
            read_table(b"customer_id,a\n1,1\n2,2\n3,3\n")


class TestEncoding:
    def test_windows_text_is_refused_with_its_line(self) -> None:
        detail = refusal("customer_id,context\nc1,ok\nc2,Köln\n".encode("cp1252"))
        assert "line 3 is not UTF-8" in detail
        assert "Windows-1252" in detail

    def test_utf16_is_named(self) -> None:
        assert "UTF-16" in refusal("customer_id,context\n".encode("utf-16"))

    @pytest.mark.parametrize("format", ["csv", "jsonl"])
    def test_both_text_formats_check_it(self, format: str) -> None:
        assert "not UTF-8" in refusal(b'{"customer_id": "\xff"}\n', format)


class TestJsonLines:
    def test_flat_and_nested_objects_become_columns(self) -> None:
        table = read_table(b'{"customer_id": "c1", "profile": {"age": 4}}\n\n{"customer_id": "c2", "age": 5}\n')
        assert dict(table.columns) == {
            "customer_id": ["c1", "c2"],
            "profile.age": [4, ABSENT],
            "age": [ABSENT, 5],
        }

    @pytest.mark.parametrize(
        "line", [b"{", b'"text"', b"[1]", b"7", b"null", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 100_000]
    )
    def test_a_bad_line_is_a_problem_of_its_own(self, line: bytes) -> None:
        table = read_table(b'{"customer_id": "c1"}\n' + line + b'\n{"customer_id": "c2"}\n')
        assert table.columns["customer_id"] == ["c1", "c2"]
        assert [problem.row for problem in table.problems] == [1]
        assert table.total == 3

    def test_an_array_of_objects_is_read_too(self) -> None:
        table = read_table(b'[{"customer_id": "c1"}, "x", {"customer_id": "c2"}]')
        assert table.columns["customer_id"] == ["c1", "c2"]
        assert table.problems[0].row == 1

    def test_one_object_over_several_lines_is_a_table_of_one(self) -> None:
        table = read_table(b'{\n  "customer_id": "c1",\n  "age": 4\n}\n')
        assert dict(table.columns) == {"customer_id": ["c1"], "age": [4]}

    def test_a_broken_array_is_refused(self) -> None:
        assert "JSON array" in refusal(b'[{"customer_id": ')

    def test_too_many_keys_are_refused(self) -> None:
        line = "{" + ",".join(f'"k{i}": 1' for i in range(2_000)) + "}"
        with pytest.raises(TooLarge):
            read_table(line.encode())


class TestParquet:
    def test_structs_become_dotted_columns(self) -> None:
        table = read_table(parquet({"customer_id": [1, 2], "profile": [{"age": 4}, {"age": None}]}))
        assert table.format == "parquet"
        assert dict(table.columns) == {"customer_id": [1, 2], "profile.age": [4, ABSENT]}

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_a_cut_short_file_is_refused(self, share: float) -> None:
        content = parquet({"customer_id": [f"c{i}" for i in range(500)]})
        assert "damaged or cut short" in refusal(content[: int(len(content) * share)], "parquet")

    def test_another_file_under_its_name_is_refused(self) -> None:
        assert "Parquet" in refusal(b"customer_id,a\nc1,2\n", "parquet")


class TestFormat:
    @pytest.mark.parametrize(
        ("content", "name", "format"),
        [
            (b"PAR1....", "x.csv", "parquet"),
            (b'{"customer_id": "a"}', "x.csv", "jsonl"),
            (b"[", "", "jsonl"),
            (b"[id],b", "x.csv", "csv"),
            (b"a,b", "x.TSV", "csv"),
            (b"a,b", "", "csv"),
        ],
    )
    def test_is_told_by_the_first_bytes_then_by_the_ending(self, content: bytes, name: str, format: str) -> None:
        assert tables.guess_format(content, name) == format

    def test_an_unknown_one_is_refused_with_the_known_ones(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_table(b"x", "xlsx")
        assert caught.value.problems[0].allowed == "csv, jsonl, parquet"

    def test_a_path_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes(b"customer_id\nc1\n")
        assert read_table(tmp_path / "a.csv").columns["customer_id"] == ["c1"]

    def test_a_missing_file_and_a_folder_are_refused_by_name_only(self, tmp_path: Path) -> None:
        for path in (tmp_path / "none.csv", tmp_path):
            with pytest.raises(InvalidInput) as caught:
                read_table(path)
            assert path.name in caught.value.detail
            assert str(tmp_path.parent) not in caught.value.detail

    def test_a_file_beyond_the_limit_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(tables, "MAX_BYTES", 10)
        (tmp_path / "a.csv").write_bytes(b"customer_id\nc1\n")
        for data in (tmp_path / "a.csv", b"customer_id\nc1\n"):
            with pytest.raises(TooLarge):
                read_table(data)


def parquet(columns: dict[str, list[object]]) -> bytes:
    file = BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()
