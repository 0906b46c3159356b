"""The command `twincast` itself: it starts light, helps without loading anything, and tells wrong usage."""

import os
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from twincast import __version__
from twincast.domain.errors import Kind
from twincast.entrypoints.cli.main import COMMANDS, cli
from twincast.entrypoints.cli.options import EXIT_CODES

HEAVY = {"alembic", "fastapi", "msgspec", "numpy", "pandas", "polars", "pydantic", "rich", "scipy", "uvicorn"}
HERE = [name for name, (module, _) in COMMANDS.items() if find_spec(module)]


def loaded_by(*arguments: str) -> tuple[set[str], float]:
    """Run the command line in a fresh interpreter; return the root modules in memory at its end, and the seconds."""
    code = (
        "import sys; from twincast.entrypoints.cli.main import cli\n"
        "try: cli.main(sys.argv[1:], prog_name='twincast')\n"
        "finally: print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    return set(done.stdout.rpartition("LOADED")[2].split()), time.perf_counter() - started


class TestStart:
    @pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["twins", "--help"], ["import", "--help"]])
    def test_loads_nothing_heavy(self, arguments: list[str], record_property: pytest.FixtureRequest) -> None:
        loaded, seconds = loaded_by(*arguments)
        record_property("seconds", round(seconds, 3))  # type: ignore[operator]  # the fixture is a function
        assert "click" in loaded
        assert loaded & HEAVY == set()

    def test_linear_algebra_gets_one_core_unless_the_environment_says_otherwise(self) -> None:
        code = (
            "import os; from twincast.entrypoints.cli.main import main\n"
            "try: main(['--version'])\n"
            "finally: print(os.environ['OPENBLAS_NUM_THREADS'])"
        )
        for given, wanted in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")):
            env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | given
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
            assert done.stdout.split()[-1] == wanted

    def test_the_installed_command_tells_its_version(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "twincast.entrypoints.cli.main", "--version"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == f"twincast {__version__}\n"


class TestHelp:
    def test_names_every_command_that_is_there(self) -> None:
        shown = CliRunner().invoke(cli, ["--help"]).output
        assert all(f"\n  {name} " in shown for name in HERE)
        assert "Exit codes" in shown

    @pytest.mark.parametrize("name", HERE)
    def test_each_command_has_its_own(self, name: str) -> None:
        result = CliRunner().invoke(cli, [name, "--help"])
        assert result.exit_code == 0
        assert "Usage: cli" in result.output


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [["nonsense"], ["twins", "nonsense"], ["import"], ["audit", "--limit", "x"], ["test", "--as-of", "monday"],
         ["serve", "--port", "70000"]],
    )  # fmt: skip
    def test_what_is_written_wrongly_is_told_on_stderr_with_code_2(self, arguments: list[str]) -> None:
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "Error:" in result.stderr


class TestExitCodes:
    def test_every_kind_of_failure_has_one(self) -> None:
        assert set(EXIT_CODES) == set(Kind)
        assert set(EXIT_CODES.values()) == {3, 4, 5, 6, 7, 8}
