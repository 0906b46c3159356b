"""Customers in bulk from a table: looked at first, then stored in one transaction, with every problem by its row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.imports import (
    MAX_PROBLEMS,
    PREVIEW_ROWS,
    ColumnMapping,
    ImportPreview,
    ImportReport,
    ImportRows,
    KnownColumn,
)
from twincast.ports.tables import Table
from twincast.reading.fields import KNOWN_FIELDS
from twincast.usecases.context import Context
from twincast.usecases.twins import doubles, note_many, read
from twincast.usecases.versions import Progress, Reading, Tally, store, tally

ON_ERROR: Final[tuple[str, ...]] = ("refuse", "skip")

Overrides = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Understood:
    """A table after mapping and reading: what can be stored, and what is wrong, in the order of its rows."""

    mapping: ColumnMapping
    reading: Reading
    problems: tuple[FieldProblem, ...]
    total: int
    bad: int


def preview(
    ctx: Context, table: Table, mapping: Overrides | None = None, *, as_of: date | None = None
) -> ImportPreview:
    """Say what an import of this table would do; nothing is stored.

    Args:
        ctx: whose customers.
        table: `files.tables.Table`.
        mapping: column -> dotted path in the record, None to leave a column out; other columns are proposed.
        as_of: day on which the table was true; None for today.

    Raises:
        InvalidInput: no column holds the customer's id, or the mapping is not right.
    """
    found = _understand(ctx, table, mapping, as_of)
    with ctx.store.reading(ctx.workspace) as unit:
        counts = tally(unit, found.reading)
    documents = [found.reading.batch.documents[row] for row in found.reading.rows[:PREVIEW_ROWS]]
    return ImportPreview(
        format=table.format,
        mapping=found.mapping,
        rows=found.total,
        valid=len(found.reading),
        new=counts.created,
        changed=counts.changed,
        unchanged=counts.unchanged,
        first=tuple(msgspec.json.decode(document, type=dict[str, Any]) for document in documents),
        problems=found.problems[:MAX_PROBLEMS],
        problem_count=len(found.problems),
    )


def run(
    ctx: Context,
    table: Table,
    mapping: Overrides | None = None,
    *,
    as_of: date | None = None,
    on_error: str = "refuse",
    progress: Progress | None = None,
) -> ImportReport:
    """Store the customers of a table in one transaction.

    Args:
        ctx: whose customers.
        table: `files.tables.Table`.
        mapping: column -> dotted path in the record, None to leave a column out; other columns are proposed.
        as_of: day on which the table was true; None for today.
        on_error: `refuse` stores nothing if any row has a problem; `skip` leaves such rows out.
        progress: told how many twins are written, of how many.

    Raises:
        InvalidInput: the table holds no rows, has a row with a problem (on `refuse`), or can not be mapped.
    """
    if on_error not in ON_ERROR:
        problem = FieldProblem(field="on_error", message=f"'{on_error[:40]}' is not known", allowed=", ".join(ON_ERROR))
        raise InvalidInput.of([problem])
    found = _understand(ctx, table, mapping, as_of)
    if found.total == 0:
        raise InvalidInput.of([FieldProblem(field="file", message="the table holds no rows under its header")])
    if found.problems and on_error == "refuse":
        raise _refusal(found)
    with ctx.store.writing(ctx.workspace) as unit:
        counts = store(unit, found.reading, ctx.clock.now(), progress)
        note_many(unit, ctx, counts)
        report = _report(table.format, found, counts)
        ctx.keep(unit, report)
        unit.commit()
    return report


@cache
def known_columns() -> tuple[KnownColumn, ...]:
    """Return the fields that the reading knows, as columns of a table may hold them."""
    return tuple(KnownColumn(path=it.path, kind=it.kind, names=(it.name, *it.aliases)) for it in KNOWN_FIELDS)


def customers_of(table: Table, mapping: Overrides | None = None) -> tuple[str, ...]:
    """Return the customers whom a table names, row by row; nothing else of it is read.

    Raises:
        InvalidInput: no column holds the customer's id, the table holds no rows, or a row names nobody.
    """
    rows = rows_of(table, mapping)
    if rows.total == 0:
        raise InvalidInput.of([FieldProblem(field="file", message="the table holds no rows under its header")])
    named = [(row, str(record.get("customer_id", ""))) for record, row in zip(rows.records, rows.rows, strict=True)]
    problems = [FieldProblem(field="customer_id", message="is missing", row=row) for row, name in named if not name]
    problems += [problem for problem in rows.problems if problem.field == "customer_id"]
    if problems:
        raise InvalidInput.of(problems[:MAX_PROBLEMS])
    return tuple(name for _, name in named)


def rows_of(table: Table, mapping: Overrides | None = None) -> ImportRows:
    """Read a table as customer records without storing them. Raises InvalidInput as `preview` does."""
    return table.mapped(table.mapping(known_columns(), mapping), known_columns())


def _understand(ctx: Context, table: Table, overrides: Overrides | None, as_of: date | None) -> _Understood:
    mapping = table.mapping(known_columns(), overrides)
    rows = table.mapped(mapping, known_columns())
    everything = read(ctx, rows.records, as_of)
    batch = everything.batch
    problems = _by_row(
        *rows.problems,
        *(_placed(problem, rows) for problem in batch.problems),
        *doubles(batch.customer_ids, rows.rows),
    )
    bad = {problem.row for problem in problems}
    good = [place for place, row in enumerate(rows.rows) if row not in bad]
    reading = Reading(batch=batch, rows=good, as_of=everything.as_of)
    return _Understood(mapping=mapping, reading=reading, problems=problems, total=rows.total, bad=len(bad))


def _report(format: str, found: _Understood, counts: Tally) -> ImportReport:
    return ImportReport(
        format=format,
        mapping=found.mapping,
        rows=found.total,
        created=counts.created,
        changed=counts.changed,
        unchanged=counts.unchanged,
        skipped=found.bad,
        problems=found.problems[:MAX_PROBLEMS],
        problem_count=len(found.problems),
    )


def _placed(problem: FieldProblem, rows: ImportRows) -> FieldProblem:
    """Return a problem of a record with its row in the table."""
    row = None if problem.row is None else rows.rows[problem.row]
    return FieldProblem(field=problem.field, message=problem.message, allowed=problem.allowed, row=row)


def _by_row(*problems: FieldProblem) -> tuple[FieldProblem, ...]:
    """Sort problems by row; of two about one field of one row the first, which saw the cell itself, is kept."""
    seen: dict[tuple[int | None, str], FieldProblem] = {}
    for problem in problems:
        seen.setdefault((problem.row, problem.field), problem)
    return tuple(sorted(seen.values(), key=lambda problem: -1 if problem.row is None else problem.row))


def _refusal(found: _Understood) -> InvalidInput:
    count = len(found.problems)
    shown: Iterable[FieldProblem] = found.problems[:MAX_PROBLEMS]
    listed = f"the first {MAX_PROBLEMS} of {count:,} are listed" if count > MAX_PROBLEMS else "see the problems"
    rows = "1 row" if found.bad == 1 else f"{found.bad:,} rows"
    return InvalidInput(
        f"{rows} of {found.total:,} can not be read, so nothing was stored; {listed}. "
        "Correct them, or skip such rows to store the others.",
        shown,
    )
