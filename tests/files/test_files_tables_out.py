"""Tables written for others: pandas, polars and Arrow read them with the right types, and memory stays bounded."""

import csv
import datetime as dt
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.exports import Chunk, Column, Kind
from twincast.files.tables_out import save, written

COLUMNS = (
    Column(name="customer_id", kind=Kind.TEXT),
    Column(name="p", kind=Kind.NUMBER),
    Column(name="twin_version", kind=Kind.WHOLE),
    Column(name="as_of", kind=Kind.DAY),
    Column(name="created_at", kind=Kind.MOMENT),
    Column(name="refused", kind=Kind.TEXT),
)
MOMENT = dt.datetime(2026, 5, 4, 9, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))
ROWS: Chunk = {
    "customer_id": ["c1", '=1+1,"a"\nb', "-5"],
    "p": [0.1, None, float("nan")],
    "twin_version": [1, 2, None],
    "as_of": [dt.date(2026, 5, 4), None, dt.date(2026, 1, 1)],
    "created_at": [MOMENT, MOMENT, None],
}
SCHEMA = pl.Schema({
    "customer_id": pl.String(), "p": pl.Float64(), "twin_version": pl.Int64(), "as_of": pl.Date(),
    "created_at": pl.Datetime("us", "UTC"), "refused": pl.String(),
})  # fmt: skip


def file(format: str, *chunks: Chunk) -> bytes:
    return b"".join(written(COLUMNS, iter(chunks or (ROWS, ROWS)), format))


class TestFormats:
    @pytest.mark.req("R179", "R177")
    def test_parquet_has_the_types(self, tmp_path: Path) -> None:
        content = file("parquet")
        found = pl.read_parquet(io.BytesIO(content))
        assert found.schema == SCHEMA
        assert found["p"].to_list() == [0.1, None, None] * 2
        assert found["created_at"].to_list()[0] == MOMENT
        frame = pd.read_parquet(io.BytesIO(content))
        assert [str(kind) for kind in frame.dtypes.iloc[1:2]] == ["float64"]
        assert str(frame["created_at"].dtype).startswith("datetime64[")
        table = pa.parquet.read_table(io.BytesIO(content))
        assert table.schema.field("as_of").type == pa.date32()
        assert table.schema.field("twin_version").type == pa.int64()

    @pytest.mark.req("R178")
    def test_csv_is_rfc_4180_and_runs_nothing(self) -> None:
        content = file("csv").decode()
        rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
        assert rows[0] == [column.name for column in COLUMNS]
        assert rows[1] == ["c1", "0.1", "1", "2026-05-04", "2026-05-04T07:30:00.123456Z", ""]
        assert rows[2][0] == '\'=1+1,"a"\nb'
        assert rows[3][0] == "-5"
        assert len(rows) == 7
        assert content.endswith("\r\n")
        found = pl.read_csv(content.encode(), try_parse_dates=True)
        assert [found[name].dtype for name in ("p", "as_of", "twin_version")] == [pl.Float64(), pl.Date(), pl.Int64()]
        assert isinstance(found["created_at"].dtype, pl.Datetime)
        frame = pd.read_csv(io.StringIO(content), parse_dates=["created_at"])
        assert frame["p"].dtype == "float64"
        assert str(frame["created_at"].dtype).endswith("UTC]")
        assert (
            len(
                pa.csv.read_csv(
                    io.BytesIO(content.encode()), parse_options=pa.csv.ParseOptions(newlines_in_values=True)
                )
            )
            == 6
        )

    @pytest.mark.req("R177")
    def test_json_round_trips(self) -> None:
        found = json.loads(file("json"))
        lines = [json.loads(line) for line in file("jsonl").splitlines()]
        assert found == lines
        assert found[1]["customer_id"] == '=1+1,"a"\nb'
        assert found[0]["created_at"] == "2026-05-04T07:30:00.123456Z"
        assert found[1]["p"] is None
        assert list(found[0]) == [column.name for column in COLUMNS]
        assert pl.read_ndjson(file("jsonl"), schema_overrides={"refused": pl.String})["p"].dtype == pl.Float64
        assert pd.read_json(io.BytesIO(file("jsonl")), lines=True)["p"].dtype == "float64"
        assert len(pa.json.read_json(io.BytesIO(file("jsonl")))) == 6

    @pytest.mark.parametrize("format", ["json", "jsonl", "csv", "parquet"])
    def test_without_rows_it_is_a_table_too(self, format: str) -> None:
        content = b"".join(written(COLUMNS, iter(()), format))
        if format == "parquet":
            assert pl.read_parquet(io.BytesIO(content)).schema == SCHEMA
        else:
            assert (
                content
                == {"json": b"[]\n", "jsonl": b"", "csv": b",".join(it.name.encode() for it in COLUMNS) + b"\r\n"}[
                    format
                ]
            )

    def test_of_no_known_format_is_refused_before_anything_is_read(self) -> None:
        with pytest.raises(InvalidInput, match="'xls' is not known"):
            written(COLUMNS, iter(()), "xls")


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "parquet"])
def test_memory_does_not_grow_with_the_rows(format: str) -> None:
    def rows(count: int) -> Iterator[Chunk]:
        for start in range(0, count, 500):
            yield {"customer_id": [f"customer-{start + at}" for at in range(500)], "p": [0.5] * 500}

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in written(COLUMNS, rows(count), format):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(500)
    assert peak(20_000) < 2 * peak(2_000)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(InvalidInput, match="No space left on device"):
        save(broken(), tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []
    save(iter([b"a", b"b"]), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b"ab"
