"""The Makefile: every target is listed with a sentence, and a second set-up does nothing."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROMISED = set("help setup demo serve test check quick lint soak bench bench-accuracy requirements lock".split())


def phony_targets() -> set[str]:
    """The targets that the Makefile declares as commands."""
    line = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert line is not None
    return set(line.group(1).split())


@pytest.fixture(scope="module")
def help_text() -> str:
    """What `make` says when it is given no target."""
    done = subprocess.run(["make", "-C", str(REPOSITORY)], capture_output=True, text=True, check=True)
    return done.stdout


class TestHelp:
    def test_the_promised_targets_exist(self) -> None:
        assert phony_targets() == PROMISED

    @pytest.mark.parametrize("target", sorted(PROMISED))
    def test_each_target_is_explained(self, help_text: str, target: str) -> None:
        assert re.search(rf"^  make {target} +\S+ \S+", help_text, re.MULTILINE)


class TestTargets:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "target",
        ["setup", "demo", "serve", "test", "check", "quick", "lint", "soak", "bench", "bench-accuracy", "requirements"],
    )
    def test_each_target_sets_up_what_it_needs(self, target: str) -> None:
        command = ["make", "-C", str(REPOSITORY), "--dry-run", "--always-make", target]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "--require-hashes -r requirements" in done.stdout
        assert "-m venv" in done.stdout

    def test_the_machine_that_checks_every_commit_runs_check_and_test(self) -> None:
        script = (REPOSITORY / ".ci" / "run").read_text()
        assert script.startswith("#!/usr/bin/env bash\n")
        assert "set -euo pipefail" in script
        assert re.findall(r"^ *step (\w+)$", script, re.MULTILINE) == ["check", "test", "soak"]
