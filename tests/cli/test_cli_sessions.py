"""`twincast sessions`: a session's life from the command line, and as a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.usecases.shop import DOCUMENT
from twincast.entrypoints.cli.main import cli


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database that knows the document's customer."""
    file = tmp_path / "shop.db"
    assert run(file, "twins", "create", data=json.dumps(DOCUMENT)).exit_code == 0
    return file


def run(database: Path, *arguments: str, data: str | None = None) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--database", str(database)], input=data)


def told(database: Path, *arguments: str) -> Any:
    """The one JSON document that a command prints."""
    result = run(database, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_life(database: Path) -> None:
    session = told(database, "sessions", "begin", "spring", "--seed", "7")["session_id"]
    asked = ("test", "--twin", "cust_12345", "--content", "20% off", "--session", session)
    assert told(database, *asked)["session_id"] == session
    assert told(database, "sessions", "checkpoint", session, "one")["version"] == 1
    assert told(database, *asked)["settings"]["seed"] == 7
    assert [it["checkpoint_name"] for it in told(database, "sessions", "checkpoints", session)["items"]] == ["one"]
    child = told(database, "sessions", "restore", session, "one", "--new")["session_id"]
    assert told(database, "sessions", "restore", session, "one")["session_id"] == session
    assert told(database, "sessions", "pause", session)["status"] == "paused"
    assert run(database, *asked).exit_code == 5
    assert told(database, "sessions", "resume", session)["status"] == "active"
    assert told(database, "sessions", "end", session)["status"] == "ended"
    assert [it["session_id"] for it in told(database, "sessions", "list")["items"]] == [child, session]
    assert [it["kind"] for it in told(database, "sessions", "history", session)["items"]] == ["joined"]
    assert told(database, "sessions", "show", session)["tests"] == 2
    assert run(database, "sessions", "erase", session, "--yes").exit_code == 5
    assert told(database, "sessions", "erase", child, "--yes")["removed"]["tests"] == 0


def test_words_for_a_reader(database: Path) -> None:
    session = told(database, "sessions", "begin", "spring")["session_id"]
    run(database, "test", "--twin", "cust_12345", "--content", "20% off", "--session", session)
    for arguments, words in (
        (("list",), "spring"),
        (("show", session), "1 tests, 0 comparisons"),
        (("checkpoint", session, "one"), "Checkpoint 'one', version 1"),
        (("checkpoints", session), "one"),
        (("history", session), "joined"),
        (("restore", session, "one"), "Restored"),
        (("end", session), "Ended"),
    ):
        assert words in run(database, "sessions", *arguments).stdout


@pytest.mark.req("R169")
def test_a_file_goes_to_another_database(database: Path, tmp_path: Path) -> None:
    session = told(database, "sessions", "begin", "spring")["session_id"]
    told(database, "test", "--twin", "cust_12345", "--content", "20% off", "--session", session)
    file = str(tmp_path / "spring.jsonl")
    assert told(database, "sessions", "export", session, file, "--twins")["bytes"] == Path(file).stat().st_size
    other = tmp_path / "other.db"
    loaded = told(other, "sessions", "import", file)
    assert (loaded["session_id"], loaded["twins"], loaded["tests"]) == (session, 1, 1)
    assert told(other, "sessions", "show", session) == told(database, "sessions", "show", session)
    Path(file).write_bytes(Path(file).read_bytes()[:-200])
    cut = run(other, "sessions", "import", file)
    assert (cut.exit_code, "cut off" in cut.stderr) == (3, True)
    assert run(other, "sessions", "import", str(tmp_path / "nothing")).exit_code == 3
    assert run(database, "sessions", "export", session, str(tmp_path / "no" / "folder")).exit_code == 3
    assert run(database, "sessions", "export", session).stdout.startswith('{"format":"twincast-session"')


def test_a_test_is_replayed(database: Path) -> None:
    test = told(database, "test", "--twin", "cust_12345", "--content", "20% off")["test_id"]
    assert told(database, "sessions", "replay", test)["identical"]
    assert "Identical" in run(database, "sessions", "replay", test).stdout
    assert run(database, "sessions", "replay", "nothing").exit_code == 4
