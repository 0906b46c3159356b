"""`twincast allocations`: who gets what, from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--database", str(folder / "shop.db")])


@pytest.mark.slow
def test_are_run_shown_exported_listed_and_deleted(tmp_path: Path) -> None:
    rows = "".join(f'{{"customer_id": "c{k}", "history": {{"total_purchases": {k}}}}}\n' for k in range(9))
    (tmp_path / "c.jsonl").write_text(rows)
    assert run(tmp_path, "import", str(tmp_path / "c.jsonl")).exit_code == 0
    (tmp_path / "ids.txt").write_text("".join(f"c{k}\n" for k in range(9)))
    offers = [{"id": "ten", "content": "10% off this week", "channel": "email"}]
    (tmp_path / "plan.json").write_text(json.dumps({"offers": offers, "costs": {"margin": 0.5, "contact": 0.01}}))
    asked = ("allocations", "run", str(tmp_path / "plan.json"), "--twins", str(tmp_path / "ids.txt"), "--budget", "0.5")
    made = run(tmp_path, *asked, "--json")
    assert made.exit_code == 0, made.output
    found = json.loads(made.stdout)
    assert found["customers"] == 9
    name = found["allocation_id"]
    assert "customers get" in run(tmp_path, "allocations", "show", name).output
    assert json.loads(run(tmp_path, "allocations", "show", name, "--json").stdout) == found
    out = tmp_path / "list.csv"
    assert run(tmp_path, "export", "allocation", name, "--tool", "klaviyo", "--out", str(out)).exit_code == 0
    assert out.read_text().startswith("External ID,twincast_variant")
    assert "0.50" in run(tmp_path, "allocations", "list").output
    assert run(tmp_path, "allocations", "delete", name).exit_code == 0
    assert json.loads(run(tmp_path, "allocations", "list", "--json").stdout)["items"] == []
    refused = run(tmp_path, *asked[:-1], "-3", "--json")
    assert refused.exit_code == 3
    assert "budget" in refused.output
