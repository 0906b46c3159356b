"""The rooms: the import contracts hold, and each room says what lives in it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "twincast"
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


@pytest.mark.slow
class TestContracts:
    def test_every_import_keeps_its_direction(self) -> None:
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parents[1], check=False)
        assert done.returncode == 0, done.stdout

    def test_a_room_that_was_not_placed_is_refused(self, tmp_path: Path) -> None:
        outcome = lint_a_copy(tmp_path, "attic/__init__.py", '"""A room that no layer names."""\n')
        assert "twincast.attic" in outcome

    @pytest.mark.parametrize(
        ("module", "line", "complaint"),
        [
            ("domain/smuggler.py", "import numpy", "twincast.domain is not allowed to import numpy"),
            ("domain/smuggler.py", "import twincast.wire", "twincast.domain is not allowed to import twincast.wire"),
            ("reading/smuggler.py", "import time", "twincast.reading is not allowed to import time"),
            ("usecases/smuggler.py", "import twincast.storage", "twincast.usecases is not allowed to import"),
            ("usecases/smuggler.py", "import sqlalchemy", "twincast is not allowed to import sqlalchemy"),
            ("files/smuggler.py", "import pydantic", "twincast is not allowed to import pydantic"),
            ("storage/smuggler.py", "import fastapi", "twincast is not allowed to import fastapi"),
            ("wire/smuggler.py", "import polars", "twincast is not allowed to import polars"),
        ],
    )
    def test_a_smuggled_import_is_found(self, tmp_path: Path, module: str, line: str, complaint: str) -> None:
        assert complaint in lint_a_copy(tmp_path, module, f'"""Smuggles."""\n\n{line}\n')


def lint_a_copy(folder: Path, module: str, text: str) -> str:
    """Run the contracts over a bare copy of the rooms with one more module in it; return what they say."""
    for room in [PACKAGE, *ROOMS, *(PACKAGE / "entrypoints").glob("*/")]:
        if (room / "__init__.py").is_file():
            target = folder / "twincast" / room.relative_to(PACKAGE) / "__init__.py"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text('"""A room."""\n')
    smuggler = folder / "twincast" / module
    smuggler.parent.mkdir(exist_ok=True)
    smuggler.write_text(text)
    linter = str(Path(sys.executable).with_name("lint-imports"))
    command = [linter, "--no-cache", "--config", str(PACKAGE.parents[1] / "pyproject.toml")]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


class TestRooms:
    @pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
    def test_each_room_says_what_lives_in_it(self, room: Path) -> None:
        docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
        assert docstring
        assert len(docstring.split()) >= 8
