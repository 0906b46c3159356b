"""The sources: short files that open with a sentence, no naked clock, no unkeyed randomness, nothing of one machine."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "twincast"
SOURCES = sorted(
    path for folder in ("src", "tests", "scripts", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py")
)
PRODUCT = [path for path in SOURCES if path.is_relative_to(PACKAGE)]
LONGEST_FILE = 400
CLOCKS = {
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
}
MAY_READ_THE_CLOCK = ("bootstrap", "entrypoints")
DICE = re.compile(r"(?:np|numpy)\.random\.(?!Generator|Philox|PCG64|SeedSequence|BitGenerator|SFC64)\w+|random\.\w+")
WRITTEN = {".json", ".lock", ".md", ".py", ".sql", ".toml", ".txt"}
MACHINE = re.compile(r"(?<![\w.])/(?:root|home|Users|tmp)/\w|file:///\w")


def name_of(path: Path) -> str:
    """A file's place in the repository."""
    return str(path.relative_to(REPOSITORY))


def calls_of(path: Path) -> list[tuple[str, int]]:
    """The dotted names that a module calls, with their lines."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [(ast.unparse(call.func), call.lineno) for call in calls]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
class TestEverySource:
    def test_is_short(self, path: Path) -> None:
        assert len(path.read_text().splitlines()) < LONGEST_FILE

    def test_opens_with_a_sentence_on_what_lives_in_it(self, path: Path) -> None:
        assert ast.get_docstring(ast.parse(path.read_text()))


class TestEveryText:
    def test_holds_no_path_of_a_machine(self) -> None:
        folders = [REPOSITORY / folder for folder in ("src", "tests", "scripts", "benchmarks", "docs", ".ci")]
        texts = [
            path for folder in folders for path in folder.rglob("*") if path.suffix in WRITTEN or path.name == "run"
        ]
        texts += [path for path in REPOSITORY.iterdir() if path.suffix in WRITTEN or path.name == "Makefile"]
        assert len(texts) > len(SOURCES)
        assert [name_of(path) for path in texts if MACHINE.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
class TestEveryModule:
    def test_reads_no_clock_but_the_port(self, path: Path) -> None:
        if path.relative_to(PACKAGE).parts[0] in MAY_READ_THE_CLOCK:
            return
        naked = [(name, line) for name, line in calls_of(path) if any(f".{name}".endswith(f".{it}") for it in CLOCKS)]
        assert naked == []

    def test_throws_no_unkeyed_dice(self, path: Path) -> None:
        dice = [(name, line) for name, line in calls_of(path) if DICE.fullmatch(name)]
        unseeded = [(name, line) for name, line in calls_of(path) if name.endswith("default_rng")]
        assert dice + unseeded == []
