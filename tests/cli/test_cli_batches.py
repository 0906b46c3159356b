"""`twincast batches`: many stored twins from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli

VARIANTS = "discount_30:\n  content: 30% off this weekend only\nearly_access:\n  content: Early access\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a shop of three customers, a list of ids and a file of variants."""
    rows = "".join(f'{{"customer_id": "c{k}"}}\n' for k in range(3))
    (tmp_path / "c.jsonl").write_text(rows)
    (tmp_path / "ids.txt").write_text("c0\nc2\n\nnobody\n")
    (tmp_path / "variants.yaml").write_text(VARIANTS)
    assert run(tmp_path, "import", str(tmp_path / "c.jsonl")).exit_code == 0
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--database", str(folder / "shop.db")])


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


class TestBatches:
    def test_are_run_shown_listed_and_deleted(self, here: Path) -> None:
        asked = ("--twins", str(here / "ids.txt"), "--variants", str(here / "variants.yaml"))
        found = document(run(here, "batches", "run", *asked, "--json"))
        assert (found["total_tested"], found["total_failed"]) == (2, 1)
        shown = document(run(here, "batches", "show", found["batch_id"], "--json"))
        assert shown == found
        page = document(run(here, "batches", "show", found["batch_id"], "--rows", "2", "--json"))
        assert page["individual_results"] == found["individual_results"][:2]
        assert [it["batch_id"] for it in document(run(here, "batches", "list", "--json"))["items"]] == [
            found["batch_id"]
        ]
        words = run(here, "batches", "show", found["batch_id"])
        assert "discount_30" in words.output + words.stderr
        assert run(here, "batches", "delete", found["batch_id"]).exit_code == 0
        assert run(here, "batches", "show", found["batch_id"]).exit_code == 4

    def test_take_a_body_of_the_api_and_leave_it_to_a_worker_where_asked(self, here: Path) -> None:
        body = {"digital_twin_ids": ["c0"], "intervention": {"content": "30% off", "channel": "email"}}
        (here / "body.json").write_text(json.dumps(body))
        now = document(run(here, "batches", "run", str(here / "body.json"), "--json"))
        assert now["settings"]["mode"] == "single"
        later = document(run(here, "batches", "run", str(here / "body.json"), "--job", "--json"))
        assert (later["status"], later["aggregate_predictions"]) == ("queued", None)
        assert run(here, "batches", "delete", later["batch_id"]).exit_code == 5

    def test_say_what_is_wrong(self, here: Path) -> None:
        assert run(here, "batches", "run", "--variants", str(here / "variants.yaml")).exit_code == 3
        assert run(here, "batches", "run", "--twins", str(here / "ids.txt")).exit_code == 3
