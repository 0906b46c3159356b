"""Tables of tests with real customers: a row a customer, with the arm, what came of it and what was known before."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.experiments import METRICS, MONEY
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.outcomes import kind_of
from twincast.files.cells import ABSENT, read_cells
from twincast.files.tables import Table

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "arm": ("arm", "variant", "variant_id", "intervention", "intervention_id", "treatment"),
    "customer": ("customer_id", "customer"),
    "day": ("assigned_on", "sent_on", "sent_at", "date"),
    "propensity": ("propensity",),
    "segment": ("segment",),
}
"""Names by which the columns are known."""
KINDS: Final = {"arm": "text", "customer": "text", "day": "day", "propensity": "number", "segment": "text"}
BEFORE: Final = "before_"
MONEY_NAMES: Final = frozenset({MONEY, "spend", "revenue", "order_value"})


def rows_of(table: Table) -> list[dict[str, Any]]:
    """Return the rows of a table, by the names of `usecases.proving.rows.GivenRow`.

    Columns are known by their names (`NAMES`; kinds of outcomes; `amount`); those that begin with `before_` are what
    was known before the test. Others are not looked at.

    Raises:
        InvalidInput: with each problem by row: no column says the arm, or a cell is not what it should be.
    """
    problems: list[FieldProblem] = list(table.problems)

    def read(kind: str, name: str) -> Sequence[Any]:
        cells, wrong = read_cells(kind, table.columns[name])
        problems.extend(FieldProblem(field=name, message=text, row=table.rows[at]) for at, text in wrong)
        return [None if cell is ABSENT or cell != cell or cell == "" else cell for cell in cells]  # NaN is not itself

    found = {role: next((it for it in names if it in table.columns), None) for role, names in NAMES.items()}
    parts = {role: read(KINDS[role], name) for role, name in found.items() if name is not None}
    outcomes = {kind: read("number", name) for name in table.columns if (kind := _kind(name)) is not None}
    before = {name.removeprefix(BEFORE): read("number", name) for name in table.columns if name.startswith(BEFORE)}
    if "arm" not in parts:
        allowed = f"one of: {', '.join(NAMES['arm'])}"
        problems.append(FieldProblem(field="arm", message="no column says it", allowed=allowed))
    else:
        empty = (at for at, cell in enumerate(parts["arm"]) if cell is None)
        problems.extend(FieldProblem(field="arm", message="is missing", row=table.rows[at]) for at in empty)
    if problems:
        raise InvalidInput.of(problems[:MAX_PROBLEMS])
    return [_row(at, parts, outcomes, before) for at in range(len(table.rows))]


def _kind(name: str) -> str | None:
    kind = MONEY if name in MONEY_NAMES else kind_of(name)
    return kind if kind in METRICS else None


def _row(
    at: int,
    parts: Mapping[str, Sequence[Any]],
    outcomes: Mapping[str, Sequence[Any]],
    before: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    said = {role: cells[at] for role, cells in parts.items()}
    return {
        **said,
        "day": date.fromisoformat(str(said["day"])[:10]) if said.get("day") is not None else None,
        "outcomes": {kind: float(cells[at]) for kind, cells in outcomes.items() if cells[at] is not None},
        "before": {name: float(cells[at]) for name, cells in before.items() if cells[at] is not None},
    }
