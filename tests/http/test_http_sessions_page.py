"""`docs/sessions.md`: every command on it is run, those of the service and those of the command line."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from tests.http.bodies import SESSIONS, TEST, customer, trial
from twincast.entrypoints.cli.main import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sessions.md"
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def commands(start: str) -> list[list[str]]:
    """The page's commands that begin with a word, cut into arguments; a command goes on until the next prompt."""
    lines = [command.strip() for block in BLOCKS for command in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    return [shlex.split(line.replace("\\\n", " ")) for line in lines if line.startswith(start)]


def sent(client: TestClient, arguments: list[str], session: str, folder: Path) -> Any:
    """Do what curl would do."""
    given: dict[str, str] = {}
    address = ""
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in {"-X", "-H", "-d", "-o", "--data-binary"}:
            given[argument] = next(rest)
        elif argument != "-s":
            address = argument.removeprefix("localhost:8000").replace("$SESSION", session)
    content = given.get("-d", "").encode()
    if "--data-binary" in given:
        content = (folder / given["--data-binary"].removeprefix("@")).read_bytes()
    name, _, value = given.get("-H", "Accept: */*").partition(": ")
    answer = client.request(given.get("-X", "GET"), address, content=content, headers={name: value})
    assert answer.status_code < 300, (arguments, answer.text)
    if "-o" in given:
        (folder / given["-o"]).write_bytes(answer.content)
    return answer


class TestThePage:
    def test_s_requests_are_answered(self, known: TestClient, tmp_path: Path) -> None:
        asked = commands("curl")
        assert len(asked) == 6
        session = sent(known, asked[0], "", tmp_path).json()["session_id"]
        known.post(TEST, json=trial(session_id=session))
        answers = [sent(known, arguments, session, tmp_path) for arguments in asked[1:]]
        assert answers[2].json()["status"] == "ended"
        assert answers[-1].json()["copied"]
        assert known.get(f"{SESSIONS}/{answers[-1].json()['session_id']}").status_code == 200

    def test_s_commands_are_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        run = CliRunner().invoke
        assert run(cli, ["twins", "create"], input=json.dumps(customer())).exit_code == 0
        asked = commands("twincast")
        session = json.loads(run(cli, asked[0][1:]).stdout)["session_id"]
        for arguments in asked[1:]:
            done = run(cli, [argument.replace("$SESSION", session) for argument in arguments[1:]])
            assert done.exit_code == 0, (arguments, done.output)
        assert (tmp_path / "spring.jsonl").stat().st_size > 1_000
