"""Frames of polars, pandas and Arrow as tables."""

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from twincast.files.cells import ABSENT
from twincast.files.frames import is_frame, table_of

COLUMNS: dict[str, list[Any]] = {"customer_id": ["c1", "c2"], "age": [4, None], "spend": [1.5, float("nan")]}


class TestFrames:
    @pytest.mark.parametrize(
        "frame",
        [pl.DataFrame(COLUMNS), pl.LazyFrame(COLUMNS), pd.DataFrame(COLUMNS), pa.table(COLUMNS)],
        ids=["polars", "lazy", "pandas", "arrow"],
    )
    def test_of_every_library_hold_the_same(self, frame: object) -> None:
        assert is_frame(frame)
        table = table_of(frame)
        assert dict(table.columns) == {"customer_id": ["c1", "c2"], "age": [4, ABSENT], "spend": [1.5, ABSENT]}
        assert (table.format, table.total, list(table.rows)) == ("frame", 2, [0, 1])

    def test_days_and_moments_become_iso_text(self) -> None:
        moment = dt.datetime(2020, 1, 2, 3, tzinfo=dt.UTC)
        frame = pl.DataFrame({"customer_id": ["a"], "day": [dt.date(2020, 1, 2)], "at": [moment]})
        assert table_of(frame).columns["day"] == ["2020-01-02"]
        assert table_of(frame).columns["at"] == ["2020-01-02T03:00:00+00:00"]
        assert table_of(frame.to_pandas()).columns["at"] == ["2020-01-02T03:00:00+00:00"]

    def test_nested_values_stay_lists_and_objects(self) -> None:
        history = {"transactions": [{"date": dt.date(2020, 1, 2), "n": None}]}
        frame = pl.DataFrame({"customer_id": ["a"], "history": [history]})
        assert table_of(frame).columns["history.transactions"] == [[{"date": "2020-01-02", "n": None}]]

    def test_a_named_index_is_a_column(self) -> None:
        frame = pd.DataFrame({"age": [4]}, index=pd.Index(["c1"], name="customer_id"))
        assert table_of(frame).columns["customer_id"] == ["c1"]

    def test_subclasses_are_frames_and_other_things_are_not(self) -> None:
        class Mine(pd.DataFrame):
            pass

        assert is_frame(Mine())
        others: list[object] = [[], {}, "x", pl.Series([1])]
        assert not any(is_frame(thing) for thing in others)
        with pytest.raises(TypeError, match="not list"):
            table_of([])  # type: ignore[arg-type]  # that is the mistake under test
