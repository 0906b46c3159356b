"""`twincast batch`: a file in, a file out, and words that say what the numbers are."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli

CUSTOMERS = """customer_id,Orders,last purchase date,spend
c1,3,2026-04-01,120
=1+1,1,2026-03-01,15
c3,many,2026-01-01,9
"""
VARIANTS = """
coffee: {channel: email, content: 20% off all coffee this weekend}
none: null
"""


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text(CUSTOMERS)
    (tmp_path / "v.yaml").write_text(VARIANTS)


def run(*more: str, out: str = "out.csv") -> Result:
    words = ["batch", "c.csv", "--variants", "v.yaml", "--out", out, "--as-of", "2026-05-04", "--processes", "1"]
    return CliRunner().invoke(cli, [*words, "--map", "Orders=history.total_purchases", *more])


def answer(*more: str, code: int = 0) -> Any:
    result = run(*more, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


class TestBatch:
    def test_writes_a_row_a_customer_and_variant(self, tmp_path: Path) -> None:
        result = run("--fields", "will_purchase", "--rejects", "bad.csv")
        assert result.exit_code == 0, result.output
        rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(), newline="")))
        assert [(row["customer_id"], row["intervention_id"]) for row in rows] == [
            ("c1", "coffee"), ("c1", "none"), ("'=1+1", "coffee"), ("'=1+1", "none"),
        ]  # fmt: skip
        assert float(rows[0]["will_purchase_low"]) <= float(rows[0]["will_purchase"]) <= 1
        assert (rows[1]["will_purchase_uplift"], rows[1]["refused"]) == ("0.0", "")
        assert "4 rows, 2 customers x 2 variants, as of 2026-05-04" in result.stdout
        assert "will_purchase: prior" in result.stdout
        assert "1 of 3 rows could not be read" in result.stdout
        assert "row 3: history.total_purchases: 'many' is not a number" in result.stderr
        assert (tmp_path / "bad.csv").read_text().splitlines()[1].startswith("3,history.total_purchases,")
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert not (tmp_path / "twincast.db").exists()

    def test_as_json_says_the_same_to_programs(self) -> None:
        report = answer("--level", "0.9", "--horizon", "14")
        assert (report["rows"], report["customers"], report["cells"], report["bad"]) == (3, 2, 4, 1)
        assert (report["level"], report["horizon_days"], report["as_of"]) == (0.9, 14, "2026-05-04")
        assert report["problems"][0]["row"] == 2
        assert {it["basis"] for it in report["fields"]} == {"prior"}

    def test_errors_are_one_line_and_leave_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "v.yaml").write_text("coffee: {content: x, horizon_days: soon}\n")
        result = run()
        assert result.exit_code == 3
        assert result.stderr.startswith("Error: variants[coffee] (line 1)")
        assert not list(tmp_path.glob("out*"))

    def test_an_interrupt_keeps_what_was_finished(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("twincast.bootstrap.filebatches._Worker.predict", stop)
        result = run()
        assert result.exit_code == 130
        assert "goes on from there" in result.stderr
