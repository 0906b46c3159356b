"""`twincast backtest`: from the world's files to tables on a terminal, one JSON document, CSV and a report."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli

pytestmark = pytest.mark.slow  # each learns and judges anew


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    CliRunner().invoke(cli, ["world", "--out", str(folder), "--customers", "700"], catch_exceptions=False)
    return folder


def run(shop: Path, *arguments: str) -> Result:
    where = ["--database", f"sqlite:///{shop / 'shop.db'}"]
    return CliRunner().invoke(cli, ["backtest", *arguments, *where])


@pytest.mark.req("I16")
def test_tables_and_a_report(shop: Path) -> None:
    result = run(
        shop, str(shop / "contacts.csv"), "--outcome", "purchased", "--by", "home_store", "--no-curve",
        "--report", str(shop / "out" / "report.html"), "--tables", str(shop / "out"),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Twin-value gate:" in result.stdout
    assert "recency, frequency" in result.stdout
    assert "Rules that got no value" in result.stdout  # 200 people who agree are needed, and said to be
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert (shop / "out" / "report.html").read_text().startswith("<!doctype html>")
    rows = list(csv.DictReader((shop / "out" / "contenders.csv").read_text().splitlines()))
    assert rows[0]["name"] == "twincast"
    assert float(rows[0]["log_loss_low"]) < float(rows[0]["log_loss"]) < float(rows[0]["log_loss_high"])


def test_as_json_in_the_shape_of_the_api_and_the_same_from_json_lines(shop: Path) -> None:
    found = []
    for name in ("contacts.csv", "contacts.jsonl"):
        result = run(shop, str(shop / name), "--outcome", "visited", "--no-curve", "--json")
        assert result.exit_code == 0, result.output
        found.append(json.loads(result.stdout))
    assert found[0]["contenders"] == found[1]["contenders"]
    assert found[0]["split"]["by"] == "time"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--outcome", "bought"], "no column 'bought'"),
        ([], "say which"),
        (["--outcome", "purchased", "--test-share", "7"], "test_share: 7 is out of range"),
        (["--outcome", "purchased", "--interventions", "nothing.json"], "can not be opened"),
    ],
)
def test_what_is_wrong_is_named(shop: Path, arguments: list[str], words: str) -> None:
    result = run(shop, str(shop / "contacts.csv"), *arguments)
    assert result.exit_code == 3
    assert words in result.stderr
