"""Outcomes in bulk from a table: looked at first, then stored in one transaction, with every problem by its row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.ids import TwinId
from twincast.domain.imports import (
    MAX_PROBLEMS,
    PREVIEW_ROWS,
    ColumnMapping,
    ImportRows,
    OutcomePreview,
    OutcomeReport,
)
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import OBSERVATIONAL, RANDOMISED
from twincast.ports.tables import Table
from twincast.usecases import outcomes
from twincast.usecases.context import Context
from twincast.usecases.observations import Observation, told
from twincast.usecases.references import candidates
from twincast.usecases.versions import Progress

UNSTATED: Final = "custom"
"""Type of an intervention that names none."""
SHOWN: Final = 20
"""Ids that a message names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a table of outcomes is read.

    Attributes:
        mapping: column -> field, None to leave a column out; other columns are proposed.
        interventions: by the ids in the table; None is sending nothing.
        defaults: fields that hold for every row that does not say otherwise.
    """

    mapping: Mapping[str, str | None] = field(default_factory=dict)
    interventions: Mapping[str, Intervention | None] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


def preview(ctx: Context, table: Table, how: Reading) -> OutcomePreview:
    """Say what an upload would do; nothing is stored. Raises InvalidInput where the mapping is not right."""
    mapping, rows = _rows(table, how)
    seen, wrong = observed(rows, how)
    found = outcomes.preview(ctx, seen)
    problems = _by_row(*rows.problems, *wrong, *found.problems)
    bad = {problem.row for problem in problems}
    return OutcomePreview(
        format=table.format,
        mapping=mapping,
        rows=rows.total,
        valid=rows.total - len(bad),
        new=found.created,
        repeated=found.repeated,
        first=found.outcomes[:PREVIEW_ROWS],
        problems=problems[:MAX_PROBLEMS],
        problem_count=len(problems),
    )


def run(
    ctx: Context, table: Table, how: Reading, *, on_error: str = "refuse", progress: Progress | None = None
) -> OutcomeReport:
    """Store the outcomes of a table in one transaction.

    Args:
        ctx: whose customers.
        table: `files.tables.Table`.
        how: how it is read.
        on_error: `refuse` stores nothing if any row has a problem; `skip` leaves such rows out.
        progress: told how many are written, of how many.

    Raises:
        InvalidInput: the table holds no rows, or a row has a problem (on `refuse`).
        OutcomeConflict: an event id was given before to something else (on `refuse`).
    """
    mapping, rows = _rows(table, how)
    if rows.total == 0:
        raise InvalidInput.of([FieldProblem(field="file", message="the table holds no rows under its header")])
    seen, wrong = observed(rows, how)
    before = _by_row(*rows.problems, *wrong)
    if before and on_error == "refuse":
        raise _refusal(before, rows.total)
    kept = [it for it in seen if it.place not in {problem.row for problem in before}]

    def report(added: outcomes.Added) -> OutcomeReport:
        problems = _by_row(*before, *added.problems)
        return OutcomeReport(
            format=table.format,
            mapping=mapping,
            rows=rows.total,
            created=added.created,
            repeated=added.repeated,
            skipped=len({problem.row for problem in problems}),
            problems=problems[:MAX_PROBLEMS],
            problem_count=len(problems),
        )

    try:
        return outcomes.store(ctx, kept, report, on_error=on_error, progress=progress)
    except InvalidInput as error:
        raise type(error)(_words(error.problems, rows.total), error.problems) from None


def spoken_of(table: Table, how: Reading, rows: Collection[int | None]) -> tuple[TwinId, ...]:
    """Return the twins of the customers whom some rows of a table name, whether there are any or not."""
    _, read = _rows(table, how)
    named = {
        str(record.get("customer_id", "")) for record, row in zip(read.records, read.rows, strict=True) if row in rows
    }
    return tuple(sorted({twin_id for name in named for twin_id in candidates(name)}))


def observed(rows: ImportRows, how: Reading) -> tuple[list[Observation], list[FieldProblem]]:
    """Return what the rows of a table observe, and which of them name an intervention that nobody described."""
    seen: list[Observation] = []
    problems: list[FieldProblem] = []
    messages: dict[tuple[object, ...], Intervention] = {}
    for record, row in zip(rows.records, rows.rows, strict=True):
        fields = {**how.defaults, **record, "place": row}
        drawn = fields.pop("randomised", None)
        if drawn is not None:
            fields["assignment"] = RANDOMISED if drawn else OBSERVATIONAL
        name = fields.pop("intervention_id", None)
        said = fields.pop("intervention", None)
        if isinstance(name, Intervention):
            said = name
        elif isinstance(name, str) and "test_id" not in fields:
            if name in how.interventions:
                said = how.interventions[name]
                fields.setdefault("contacted", said is not None and said.is_contact)
            elif isinstance(said, Mapping):
                said = {**said, "id": name}
            elif said is None:
                problems.append(_unknown_name(name, how, row))
                continue
        if isinstance(said, Mapping):
            said = _message(said, messages)
        customer = fields.pop("customer_id", fields.pop("customer", None))
        seen += told({**fields, "customer": customer, "intervention": said})
    return seen, problems


def _rows(table: Table, how: Reading) -> tuple[ColumnMapping, ImportRows]:
    mapping = table.outcome_mapping(how.mapping)
    return mapping, table.outcome_rows(mapping)


def _message(said: Mapping[str, Any], messages: dict[tuple[object, ...], Intervention]) -> Intervention:
    """Return the intervention that a row spells out: one object for all rows that spell out the same."""
    key = tuple(sorted(said.items()))
    if key not in messages:
        messages[key] = Intervention(**{"type": UNSTATED, **said})
    return messages[key]


def _unknown_name(name: str, how: Reading, row: int) -> FieldProblem:
    listed = ", ".join(list(how.interventions)[:SHOWN]) or "none were given: send them as `interventions`"
    message = f"'{ascii(name[:60])[1:-1]}' is not among the interventions"
    return FieldProblem(field="intervention_id", message=message, allowed=listed, row=row)


def _by_row(*problems: FieldProblem) -> tuple[FieldProblem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: -1 if problem.row is None else problem.row))


def _refusal(problems: tuple[FieldProblem, ...], total: int) -> InvalidInput:
    return InvalidInput(_words(problems, total), problems[:MAX_PROBLEMS])


def _words(problems: tuple[FieldProblem, ...], total: int) -> str:
    bad = len({problem.row for problem in problems})
    rows = "1 row" if bad == 1 else f"{bad:,} rows"
    first = problems[0]
    return (
        f"{rows} of {total:,} can not be taken, so nothing was stored; the first: {first.field} {first.message}. "
        "Correct them, or skip such rows to store the others."
    )
