"""`twincast export`: results into files, or onto stdout for the next program."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a session with one result, in a database of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text("customer_id,total_purchases\nc1,3\n")
    assert run("import", "c.csv").exit_code == 0
    begun = run("sessions", "begin", "s", "--json")
    assert begun.exit_code == 0, begun.output
    name: str = json.loads(begun.stdout)["session_id"]
    tested = run("test", "--twin", "c1", "--content", "20% off", "--channel", "email", "--session", name)
    assert tested.exit_code == 0, tested.output
    return name


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


class TestExport:
    @pytest.mark.req("I22")
    @pytest.mark.parametrize(
        ("name", "read"), [("x.parquet", pl.read_parquet), ("x.csv", pl.read_csv), ("x.json", pl.read_json)]
    )
    def test_writes_the_format_that_the_name_tells(self, session: str, tmp_path: Path, name: str, read: object) -> None:
        result = run("export", "session", session, "--out", name)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"{name}: ")
        assert callable(read)
        assert read(tmp_path / name)["customer_id"].to_list() == ["c1"]

    def test_gives_it_to_the_next_program(self, session: str) -> None:
        result = run("export", "session", session, "--format", "jsonl")
        assert [json.loads(line)["customer_id"] for line in result.stdout.splitlines()] == ["c1"]

    def test_what_is_not_there_or_can_not_be_written(self, session: str, tmp_path: Path) -> None:
        assert run("export", "session", "nothing").exit_code == 4
        assert run("export", "comparison", "nothing").exit_code == 4
        result = run("export", "session", session, "--out", "none/x.csv", "--json")
        assert result.exit_code == 3
        assert json.loads(result.stdout)["errors"][0]["field"] == "out"
