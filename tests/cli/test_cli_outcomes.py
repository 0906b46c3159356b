"""`twincast outcomes`: a campaign's results from a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from twincast.entrypoints.cli.main import cli

TABLE = "customer_id,segment,visit,spend\nann,mens,1,29.99\nbob,control,0,0\n"


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text("customer_id,age\nann,30\nbob,40\n", encoding="utf-8")
    (tmp_path / "results.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "sent.json").write_text('{"mens": {"content": "For him"}, "control": null}', encoding="utf-8")
    answer("import", "customers.csv")
    return tmp_path


def answer(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


SENT = ("--interventions", "sent.json", "--sent-at", "2026-03-20", "--window", "14")
BRING = ("outcomes", "import", "results.csv", *SENT)


def test_a_file_is_looked_at_stored_and_listed() -> None:
    assert answer(*BRING, "--preview")["new"] == 4
    assert answer("outcomes", "list")["items"] == []
    assert answer(*BRING)["created"] == 4
    assert answer(*BRING)["repeated"] == 4
    (visit, bought) = sorted(answer("outcomes", "list", "--twin", "ann")["items"], key=lambda it: str(it["kind"]))[::-1]
    assert (visit["value"], bought["amount"], bought["window_days"]) == (1.0, 29.99, 14.0)


def test_words_are_for_people() -> None:
    result = CliRunner().invoke(cli, [*BRING, "--preview"])
    assert "2 rows: 2 can be stored (4 new outcomes" in result.stdout
    assert "responses.visit" in result.stdout
    result = CliRunner().invoke(cli, [*BRING])
    assert "4 new outcomes" in result.stdout
    assert "29.99" in CliRunner().invoke(cli, ["outcomes", "list"]).stdout


def test_what_is_wrong_is_told_by_row_and_nothing_is_stored(shop: Path) -> None:
    (shop / "results.csv").write_text(TABLE + "carl,mens,1,3\n", encoding="utf-8")
    problem = answer(*BRING, "--problems", "problems.csv", code=3)
    assert [(it["row"], it["field"]) for it in problem["errors"]] == [(2, "customer_id")] * 2
    assert "no twin for 'carl'" in (shop / "problems.csv").read_text("utf-8")
    assert answer("outcomes", "list")["items"] == []
    assert answer(*BRING, "--skip-errors")["skipped"] == 1


def test_what_was_stored_is_learned_from(shop: Path) -> None:
    answer("import", "customers.csv", "--as-of", "2026-03-01")
    answer(*BRING)
    assert answer("learn", "--at-least", "5")["current"] == 0
    version = answer("learn")
    assert version["outcomes"] == {"purchase": 1, "visit": 1}  # whom the company chose to leave out tells nothing
    assert answer("learn", "--at-least", "1")["current"] == 1
    assert answer("calibration", "select", "0")["current"] == 0
    assert [it["is_current"] for it in answer("calibration", "models")["items"]] == [False]
    assert answer("calibration", "report")["too_few"] == {"visit": 2, "purchase": 2}
    assert answer("calibration", "models", "--workspace", "other")["items"] == []
    assert answer("calibration", "report", "--workspace", "other", code=3)["code"] == "nothing-to-learn"
    words = CliRunner().invoke(cli, ["learn"]).stdout
    assert "Version 1 answers" in words
    assert "Note: visit: of 1 outcomes" in words
    assert "note: visit: of 1 outcomes" in CliRunner().invoke(cli, ["calibration", "report"]).stdout
    assert "the prior that ships" in CliRunner().invoke(cli, ["calibration", "models"]).stdout


def test_without_outcomes_the_model_stays() -> None:
    assert answer("learn", code=3)["code"] == "nothing-to-learn"
