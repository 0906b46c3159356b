"""The Dockerfile and the compose file: made of files and commands that exist, by no root, with no secret in them."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from twincast.entrypoints.cli.main import cli

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
COMPOSE = (REPOSITORY / "compose.yaml").read_text()
PAGE = (REPOSITORY / "docs" / "postgresql.md").read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the compose file."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    return found


def require_command(arguments: list[str]) -> None:
    """Fail where the command line would not take these arguments; nothing is run."""
    group, rest = cli, arguments
    command = group.get_command(click.Context(group), rest[0])
    while isinstance(command, click.Group):
        rest = rest[1:]
        command = command.get_command(click.Context(command), rest[0])
    assert command is not None, arguments
    command.make_context(rest[0], rest[1:], resilient_parsing=False).close()


class TestTheImage:
    def test_is_made_of_files_that_are_there_and_sent(self) -> None:
        ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
        copied = [
            name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
        ]
        assert copied
        for name in copied:
            assert (REPOSITORY / name).exists(), name
            assert f"!{name}" in ignored

    def test_installs_what_is_locked_by_hashes_and_runs_as_nobody(self) -> None:
        assert "--require-hashes --only-binary :all: -r requirements.lock" in DOCKERFILE
        last = DOCKERFILE.rpartition("\nFROM ")[2]
        assert re.search(r"^USER [1-9]\d*$", last, re.MULTILINE)
        assert "HEALTHCHECK" in last

    def test_starts_a_command_that_there_is(self) -> None:
        (command,) = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
        require_command(re.findall(r'"([^"]*)"', command))


class TestTheServices:
    def test_are_a_database_a_server_and_a_worker_that_share_it(self, services: dict[str, Any]) -> None:
        assert set(services) == {"database", "server", "worker"}
        assert services["server"]["environment"] == services["worker"]["environment"]
        assert services["server"]["environment"]["TWINCAST_DATABASE"].startswith("postgresql://twincast@database/")

    @pytest.mark.parametrize("name", ["server", "worker"])
    def test_start_commands_that_there_are(self, services: dict[str, Any], name: str) -> None:
        require_command(services[name]["command"])

    def test_hold_no_password_and_listen_to_this_machine_only(self, services: dict[str, Any]) -> None:
        passwords = re.findall(r"PASSWORD: (.*)", COMPOSE)
        assert passwords
        assert all(it.startswith("${POSTGRES_PASSWORD:?") for it in passwords)
        assert "ports" not in services["database"]
        assert all(port.startswith("127.0.0.1:") for port in services["server"]["ports"])


class TestThePage:
    def test_names_commands_that_there_are(self) -> None:
        run = re.findall(r"^    twincast ([a-z].*?)(?:  .*)?$", PAGE, re.MULTILINE)
        run += re.findall(r"^    docker compose run --rm server (.*?)(?:  .*)?$", PAGE, re.MULTILINE)
        assert len(run) >= 4
        for line in run:
            require_command(line.split())
