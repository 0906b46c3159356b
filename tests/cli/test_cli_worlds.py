"""`twincast world`: files that say what they are, the same for the same seed, and that the product reads back."""

import csv
import json
from pathlib import Path

from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli
from twincast.entrypoints.cli.worlds import KINDS
from twincast.world.making import NAMES


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def made(folder: Path, *more: str) -> dict[str, bytes]:
    result = run("world", "--out", str(folder), "--customers", "40", *more)
    assert result.exit_code == 0, result.output
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first, again, other = (made(tmp_path / name, "--seed", seed) for name, seed in (("a", "1"), ("b", "1"), ("c", "2")))
    assert first == again
    assert first["contacts.csv"] != other["contacts.csv"]


def test_files_say_that_they_are_synthetic_and_keep_the_truth_apart(tmp_path: Path) -> None:
    files = made(tmp_path / "shop")
    assert b"SYNTHETIC" in files["README.txt"]
    rows = list(csv.DictReader(files["contacts.csv"].decode().splitlines()))
    assert len(rows) == 40
    assert all(row["customer_id"].startswith("synthetic-") for row in rows)
    assert not {"visit", "purchase", "purchase_none"} & set(rows[0])
    assert json.loads(files["interventions.json"])["none"] is None
    assert len(files["contacts.jsonl"].splitlines()) == len(files["customers.jsonl"].splitlines()) == 40


def test_customers_can_be_imported_as_they_are(tmp_path: Path) -> None:
    made(tmp_path / "shop")
    result = run("import", str(tmp_path / "shop" / "customers.jsonl"), "--database", str(tmp_path / "s.db"), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["created"] == 40


def test_a_folder_that_can_not_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = run("world", "--out", str(tmp_path / "file" / "inside"))
    assert result.exit_code == 3
    assert "can not be written" in result.stderr


def test_offers_every_kind_of_world() -> None:
    assert tuple(NAMES) == KINDS
