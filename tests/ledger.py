"""The ledger of requirements: which row has a test that proves it, by `@pytest.mark.req("R41")`.

Printed by `make requirements`. The rows are read from `requirements.md` in the folder TWINCAST_SPEC (default
`../shared/spec`); on a machine without it the known rows are those that tests name.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from textwrap import fill

import pytest

ROW_ID = re.compile(r"[RAIN][1-9]\d{0,2}")
TABLE_ROW = re.compile(rf"^\|\s*({ROW_ID.pattern})\s*\|", re.MULTILINE)
STATES = ("passing", "failing", "skipped", "none")

OUTCOMES = pytest.StashKey[defaultdict[str, list[str]]]()


def specification() -> Path:
    """Where the requirements are kept beside the repository."""
    default = Path(__file__).resolve().parent.parent / ".." / "shared" / "spec"
    return Path(os.environ.get("TWINCAST_SPEC", default)).resolve() / "requirements.md"


def rows_of(text: str) -> list[str]:
    """The row ids of a requirements document, in its order, each once."""
    return list(dict.fromkeys(TABLE_ROW.findall(text)))


def known_rows() -> list[str]:
    """The rows of the specification, or none when it is not on this machine."""
    path = specification()
    return rows_of(path.read_text(encoding="utf-8")) if path.is_file() else []


def state_of(outcomes: Iterable[str]) -> str:
    """One word for a row: a single failing test makes it failing, a single passing one makes it passing."""
    seen = set(outcomes)
    return next((state for state in ("failing", "passing", "skipped") if state in seen), "none")


def ledger(known: Iterable[str], outcomes: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The state of every row that is known or that a test names, in the order of the specification."""
    rows = list(known) or sorted(outcomes, key=lambda row: (row[0], int(row[1:])))
    return {row: state_of(outcomes.get(row, ())) for row in rows}


def totals(states: Mapping[str, str]) -> str:
    """The closing line: how many rows are in each state."""
    count = Counter(states.values())
    return f"{len(states)} rows: " + ", ".join(f"{count[state]} {state}" for state in STATES)


def marked_rows(item: pytest.Item) -> set[str]:
    """The rows that a test says it proves."""
    return {str(row) for marker in item.iter_markers("req") for row in marker.args}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that prints the ledger."""
    parser.addoption("--requirements", action="store_true", help="print the state of every row of the requirements")


def pytest_configure(config: pytest.Config) -> None:
    """Open an empty ledger for this run."""
    empty: defaultdict[str, list[str]] = defaultdict(list)
    config.stash[OUTCOMES] = empty


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a marker that names no row: a typing error would count as a proof of nothing."""
    known = set(known_rows())
    for item in items:
        for row in marked_rows(item):
            if not ROW_ID.fullmatch(row) or (known and row not in known):
                raise pytest.UsageError(f"{item.nodeid}: {row!r} is not a row of the requirements")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Enter a finished test under each of its rows."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        outcome = {"passed": "passing", "failed": "failing", "skipped": "skipped"}[report.outcome]
        for row in marked_rows(item):
            item.config.stash[OUTCOMES][row].append(outcome)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the ledger, when it was asked for."""
    if not config.getoption("--requirements"):
        return
    outcomes = config.stash[OUTCOMES]
    states = ledger(known_rows(), outcomes)
    terminalreporter.section("requirements")
    for state in STATES:
        rows = [row for row, its_state in states.items() if its_state == state]
        if rows:
            terminalreporter.write_line(fill(f"{state} ({len(rows)}): {' '.join(rows)}", 80, subsequent_indent="  "))
    terminalreporter.write_line(totals(states))
