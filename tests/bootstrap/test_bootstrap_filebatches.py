"""A batch from file to file: the numbers of `predict`, whatever the parts, and going on after a stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from twincast import Twincast
from twincast.bootstrap import filebatches
from twincast.bootstrap.filebatches import FileBatch, run
from twincast.bootstrap.fileruns import about
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.errors import InvalidInput, RunStopped, TwincastError
from twincast.domain.filebatches import customers_of_part
from twincast.domain.interventions import Intervention
from twincast.ports.engines import Provenances

DAY = date(2026, 5, 4)
SETTINGS = Settings(database=IN_MEMORY)
OFFER = Intervention(type="promotional_offer", channel="email", content="20% off all coffee this weekend")
VARIANTS = {"offer": OFFER, "none": None}
FIELDS = ("will_engage", "conversion_rate", "purchase_amount")


def customers(count: int = 23) -> pl.DataFrame:
    """Made-up customers, written as people write: decimal commas in the last row only, days that only one row tells."""
    last = count - 1
    return pl.DataFrame({
        "customer_id": [f"c{at}" for at in range(count)],
        "total_purchases": [str(at % 7) for at in range(count)],
        "lifetime_value": ["1,234" if at < last else "1.234,50" for at in range(count)],
        "last_purchase_date": ["03/04/2026" if at < last else "25/03/2026" for at in range(count)],
        "preferred_channels": ["email; sms"] * count,
        "store": [str(at) if at < last else "north" for at in range(count)],
        "profiling_opt_out": ["no" if at % 5 else "yes" for at in range(count)],
    })  # fmt: skip


def batch(folder: Path, frame: pl.DataFrame | None = None, **how: Any) -> FileBatch:
    source = folder / "customers.csv"
    if not source.exists():
        (customers() if frame is None else frame).write_csv(source)
    given: dict[str, Any] = {
        "source": source, "out": folder / "out.parquet", "variants": VARIANTS, "fields": FIELDS, "as_of": DAY,
        "processes": 1,
    }  # fmt: skip
    return FileBatch(**(given | how))


def predicted(frame: pl.DataFrame, fields: Sequence[str] = FIELDS) -> pl.DataFrame:
    with Twincast() as tc:
        return tc.predict(frame, VARIANTS, fields=fields, as_of=DAY).to_polars()


class TestNumbers:
    @pytest.mark.parametrize("customers_of_a_part", [1, 4, 22, 1_000])
    @pytest.mark.req("R183")
    def test_are_those_of_predict_whatever_the_parts(self, tmp_path: Path, customers_of_a_part: int) -> None:
        report = run(SETTINGS, batch(tmp_path, customers=customers_of_a_part))
        assert report.parts == -(-23 // customers_of_a_part)
        assert pl.read_parquet(tmp_path / "out.parquet").equals(predicted(customers()))
        assert (report.rows, report.customers, report.cells, report.refused, report.bad) == (23, 23, 46, 5, 0)

    @pytest.mark.parametrize("name", ["x.parquet", "x.jsonl", "x.json"])
    def test_are_the_same_from_every_format(self, tmp_path: Path, name: str) -> None:
        source = tmp_path / name
        frame = customers()
        writers: dict[str, Any] = {
            "x.parquet": frame.write_parquet,
            "x.jsonl": frame.write_ndjson,
            "x.json": frame.write_json,
        }
        writers[name](source)
        run(SETTINGS, batch(tmp_path, source=source, customers=5))
        assert pl.read_parquet(tmp_path / "out.parquet").equals(predicted(frame))

    def test_are_the_same_in_every_format(self, tmp_path: Path) -> None:
        for name in ("out.parquet", "out.csv", "out.jsonl"):
            run(SETTINGS, batch(tmp_path, out=tmp_path / name, customers=7))
        found = pl.read_parquet(tmp_path / "out.parquet")
        assert pl.read_csv(tmp_path / "out.csv").cast({"refused": pl.String}).equals(found)
        assert pl.read_ndjson(tmp_path / "out.jsonl", infer_schema_length=None).equals(found)

    @pytest.mark.slow
    def test_do_not_depend_on_how_many_work_at_them(self, tmp_path: Path) -> None:
        run(SETTINGS, batch(tmp_path, customers=5, processes=2))
        assert pl.read_parquet(tmp_path / "out.parquet").equals(predicted(customers()))


class TestRows:
    def test_that_are_bad_are_told_and_left_out(self, tmp_path: Path) -> None:
        frame = customers(9).with_columns(
            total_purchases=pl.Series(["1", "two", "3", "4", "-5", "6", "7", "8", "9"]),
            customer_id=pl.Series([*"abcdefgh", ""]),
        )
        report = run(SETTINGS, batch(tmp_path, frame, customers=2, rejects=tmp_path / "bad.csv"))
        assert (report.rows, report.customers, report.bad, report.problem_count) == (9, 6, 3, 3)
        assert [(it.row, it.field) for it in report.problems] == [
            (1, "history.total_purchases"),
            (4, "history.total_purchases"),
            (8, "customer_id"),
        ]
        found = pl.read_parquet(tmp_path / "out.parquet")
        assert found["customer_id"].unique(maintain_order=True).to_list() == [*"acdfgh"]
        rejected = pl.read_csv(tmp_path / "bad.csv")
        assert rejected["row"].to_list() == [2, 5, 9]

    def test_columns_that_come_late_are_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("twincast.files.text_in.HEAD_ROWS", 2)
        source = tmp_path / "x.jsonl"
        rows: list[dict[str, Any]] = [{"customer_id": f"c{at}"} for at in range(5)]
        source.write_text("\n".join(json.dumps(row | ({"age": 4} if at == 4 else {})) for at, row in enumerate(rows)))
        report = run(SETTINGS, batch(tmp_path, source=source, customers=2))
        assert [(it.code, it.field) for it in report.warnings if it.code == "late-column"] == [("late-column", "age")]

    @pytest.mark.parametrize("content", ["customer_id,total_purchases\n", "customer_id,total_purchases\n\n\n"])
    def test_none_at_all_is_an_error(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "customers.csv").write_text(content)
        with pytest.raises(InvalidInput, match="holds no rows"):
            run(SETTINGS, batch(tmp_path))

    def test_memory_is_bounded_by_variants_too(self) -> None:
        assert [customers_of_part(count) for count in (1, 4, 100, 1_000_000)] == [50_000, 50_000, 2_500, 500]


class TestGoingOn:
    def stop_after(self, monkeypatch: pytest.MonkeyPatch, parts: int) -> list[int]:
        """Stop a run after some parts; returns the parts that were computed, in their order."""
        computed: list[int] = []
        predict = filebatches._Worker.predict

        def counted(self: Any, cut: Any, signs: Any) -> int:
            if len(computed) == parts:
                raise KeyboardInterrupt
            computed.append(cut.part)
            return predict(self, cut, signs)

        monkeypatch.setattr(filebatches._Worker, "predict", counted)
        return computed

    @pytest.mark.req("R170")
    def test_computes_only_what_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = batch(tmp_path, customers=5)
        with monkeypatch.context() as patch:
            self.stop_after(patch, 2)
            with pytest.raises(KeyboardInterrupt):
                run(SETTINGS, asked)
        assert not asked.out.exists()
        told: list[tuple[int, int]] = []
        computed = self.stop_after(monkeypatch, 100)
        report = run(SETTINGS, asked, lambda done, total: told.append((done, total)))
        assert (computed, report.kept, report.parts) == ([2, 3, 4], 2, 5)
        assert told == [(10, 23), (15, 23), (20, 23), (23, 23)]
        assert pl.read_parquet(asked.out).equals(predicted(customers()))

    @pytest.mark.parametrize(
        "other",
        [{"level": 0.9}, {"variants": {"offer": OFFER}}, {"fields": ("will_purchase",)}, {"as_of": date(2026, 5, 5)},
         {"horizon_days": 14}, {"columns": {"store": None}}, {"customers": 6}, {"source": "changed"}],
    )  # fmt: skip
    def test_never_with_parts_of_another_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
    ) -> None:
        asked = batch(tmp_path, customers=5)
        with monkeypatch.context() as patch:
            self.stop_after(patch, 1)
            with pytest.raises(KeyboardInterrupt):
                run(SETTINGS, asked)
        if other == {"source": "changed"}:
            customers(24).write_csv(asked.source)
            other = {}
        report = run(SETTINGS, replace(asked, **other))
        assert (report.kept, report.others) == (0, 1)

    def test_not_with_another_model(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        understood = filebatches.understood

        def of_another(settings: Settings, asked: FileBatch) -> Any:
            return replace(understood(settings, asked), model=Provenances(model="behavioural-1+other", prior="p"))

        monkeypatch.setattr(filebatches, "understood", of_another)
        with pytest.raises(RunStopped, match="model changed"):
            run(SETTINGS, batch(tmp_path))

    def test_a_file_that_changes_gives_no_table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = batch(tmp_path, customers=5)
        predict = filebatches._Worker.predict

        def meddled(self: Any, cut: Any, signs: Any) -> int:
            os.utime(asked.source, ns=(cut.part, cut.part))
            return predict(self, cut, signs)

        monkeypatch.setattr(filebatches._Worker, "predict", meddled)
        with pytest.raises(InvalidInput, match="changed while it was read"):
            run(SETTINGS, asked)
        assert not asked.out.exists()

    @pytest.mark.slow
    @pytest.mark.req("R170")
    @pytest.mark.parametrize("processes", ["1", "2"])
    def test_after_kill_9(self, tmp_path: Path, processes: str) -> None:
        frame = customers(3_000)
        asked = batch(tmp_path, frame, out=tmp_path / "out.parquet")
        (tmp_path / "v.json").write_text(
            json.dumps({"offer": {"channel": "email", "content": OFFER.content}, "none": None})
        )
        code = (
            "import sys; from twincast.domain import filebatches as it; it.CUSTOMERS = 100; it.FEWEST = 1;"
            "from twincast.entrypoints.cli.main import main; main(sys.argv[1:])"
        )
        words = ["batch", str(asked.source), "--variants", str(tmp_path / "v.json"), "--out", str(asked.out)]
        command = [sys.executable, "-c", code, *words, "--as-of", str(DAY), "--processes", processes]
        killed = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        parts = tmp_path / "out.parquet.parts"
        while len(list(parts.glob("*/*.json"))) < 3:
            assert killed.poll() is None
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert not asked.out.exists()
        done = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
        report = json.loads(done.stdout)
        assert report["kept"] >= 3
        assert report["cells"] == 6_000
        whole = replace(
            asked, out=tmp_path / "whole.parquet", variants={"offer": replace(OFFER, type="custom"), "none": None}
        )
        run(SETTINGS, replace(whole, fields=tuple(it["name"] for it in report["fields"])))
        assert pl.read_parquet(asked.out).equals(pl.read_parquet(whole.out))


class TestRefused:
    @pytest.mark.parametrize(
        ("how", "told"),
        [
            ({"out": Path("none/out.csv")}, "make it first"),
            ({"out": Path("out.xlsx")}, "no format"),
            ({"source": Path("none.csv")}, "can not be opened"),
            ({"fields": ("nothing_known",)}, "nothing_known"),
            ({"level": 2.0}, "level"),
            ({"horizon_days": 0}, "horizon_days"),
            ({"variants": {}}, "interventions"),
            ({"variants": {"a": Intervention(type="promotional_offer", channel="email")}}, "['a'].content: is empty"),
            ({"columns": {"none": "profile.age"}}, "no column 'none'"),
            ({"format": "xls"}, "is not known"),
        ],
    )
    def test_before_anything_is_made(self, tmp_path: Path, how: dict[str, Any], told: str) -> None:
        placed: dict[str, Any] = {name: tmp_path / it if isinstance(it, Path) else it for name, it in how.items()}
        with pytest.raises(TwincastError) as caught:
            run(SETTINGS, batch(tmp_path, **placed))
        assert told in f"{caught.value.detail} {caught.value.problems}"
        assert [it.name for it in tmp_path.iterdir()] in ([], ["customers.csv"])


def test_a_parquet_file_says_what_its_numbers_are(tmp_path: Path) -> None:
    report = run(SETTINGS, batch(tmp_path))
    said = json.loads(pl.read_parquet_metadata(tmp_path / "out.parquet")["twincast"])
    assert said == json.loads(about(report))
    assert (said["level"], said["horizon_days"], said["as_of"]) == (0.8, 7, "2026-05-04")
    assert said["fields"]["conversion_rate"]["field"] == "will_purchase"
    assert {it["basis"] for it in said["fields"].values()} == {"prior"}
