"""Predicting the customers of a file, part by part: nobody is stored, and parts change no number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.errors import FieldProblem, RunStopped
from twincast.domain.filebatches import PartReport
from twincast.domain.imports import MAX_PROBLEMS, ColumnMapping, ImportColumns
from twincast.domain.twins import Warning
from twincast.ports.engines import Provenances
from twincast.ports.tables import Table
from twincast.reading.interventions import default_response, read_intervention
from twincast.reading.records import RecordBatch, read_records
from twincast.usecases.audiences import Audience
from twincast.usecases.batching.pages import FIRST_CHANNEL
from twincast.usecases.context import Context
from twincast.usecases.imports import Overrides, known_columns
from twincast.usecases.learning import answering
from twincast.usecases.predictions import PredictionTable, Question, answer
from twincast.usecases.scenes import backing_of

Signs = Mapping[str, frozenset[str]]
"""Column -> how the whole of it writes; see `files.cells`."""
MIXED: Final = "mixed"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predicted:
    """A part that was predicted.

    Attributes:
        table: the customers that could be read, in their order.
        problems: all that is wrong, with rows of the file.
    """

    table: PredictionTable
    problems: tuple[FieldProblem, ...]
    report: PartReport


def prepared(ctx: Context) -> Context:
    """Return the context whose engine answers for a whole run: the workspace's model as it is now."""
    with ctx.store.reading(ctx.workspace) as unit:
        return answering(ctx, unit)


def mapped(head: Table, overrides: Overrides) -> ColumnMapping:
    """Say what each column means, by the first rows of the file.

    Raises:
        InvalidInput: an override names no column or no field, or no column holds the customer's id.
    """
    return head.mapping(known_columns(), overrides)


def signs(part: Table, mapping: ColumnMapping) -> Signs:
    """Return how the columns of a part write; those of all parts, united, are those of the file."""
    return part.signs(mapping, known_columns())


def united_signs(parts: Sequence[Signs]) -> dict[str, frozenset[str]]:
    """Return the signs of several parts together."""
    found: dict[str, frozenset[str]] = {}
    for part in parts:
        for column, mine in part.items():
            found[column] = found.get(column, frozenset()) | mine
    return found


def predicted(
    ctx: Context,
    part: Table,
    mapping: ColumnMapping,
    signs: Signs,
    question: Question,
    *,
    first: int,
    model: Provenances,
) -> Predicted:
    """Predict a part of a file; rows that can not be read are left out and reported.

    Args:
        ctx: as `prepared`.
        part: the rows.
        mapping: what each column means.
        signs: of the whole file.
        question: what is asked.
        first: row of the file at which the part begins.
        model: what the run's other parts were predicted by.

    Raises:
        RunStopped: the engine is not of that model.
        InvalidInput: an intervention can not be read.
    """
    if ctx.engine.provenance != model:
        raise RunStopped("The model changed while the batch ran. Run it again: it begins anew, with the new model.")
    cells = part.fields(mapping, known_columns(), signs)
    batch = read_records(
        cells.columns,
        as_of=question.now.date(),
        default_currency=ctx.currency,
        documented=ctx.engine.reads_documents,
    )
    problems = _problems(cells, batch, first)
    bad = {problem.row for problem in problems}
    good = [at for at, row in enumerate(cells.rows) if first + row not in bad]
    audience = Audience(
        customer_ids=[batch.customer_ids[at] for at in good] if problems else batch.customer_ids,
        frame=batch.frame.take(good) if problems else batch.frame,
    )
    table = answer(ctx, [audience], question)
    report = PartReport(
        rows=cells.total,
        customers=len(table.customer_ids),
        refused=len(table.refused),
        bad=len(bad),
        problems=problems[:MAX_PROBLEMS],
        problem_count=len(problems),
        warnings=(*table.warnings, *_late_columns(part, mapping)),
    )
    return Predicted(table=table, problems=problems, report=report)


def _late_columns(part: Table, mapping: ColumnMapping) -> tuple[Warning, ...]:
    """Say which columns nobody could recognise, since they come up only after the rows that were looked at."""
    known = {match.column for match in mapping.matches}
    words = "comes up only after the first rows, by which columns are recognised: it was left out"
    return tuple(
        Warning(code="late-column", field=name, message=f"The column '{name[:80]}' {words}.")
        for name in part.columns
        if name not in known
    )


def bases(ctx: Context, question: Question) -> dict[str, str]:
    """Return what each asked field rests on: `prior`, `fitted`, or `mixed` where its variants rest on either."""
    read = [read_intervention(it, currency=ctx.currency, path=name) for name, it in question.given.items()]
    met = {(it.response or default_response(it.type, it.channel), it.channel or FIRST_CHANNEL) for it in read}
    found: dict[str, str] = {}
    for asked, field in question.asked.items():
        kinds = {backing_of(ctx.engine, field, response, channel).basis for response, channel in met}
        found[asked] = kinds.pop() if len(kinds) == 1 else MIXED
    return found


def _problems(cells: ImportColumns, batch: RecordBatch, first: int) -> tuple[FieldProblem, ...]:
    """Return what is wrong by row of the file; of two about one field of one row the first, which saw the cell."""
    found: dict[tuple[int | None, str], FieldProblem] = {}
    of_records = (replace(it, row=None if it.row is None else cells.rows[it.row]) for it in batch.problems)
    for problem in (*cells.problems, *of_records):
        placed = problem if problem.row is None else replace(problem, row=first + problem.row)
        found.setdefault((placed.row, placed.field), placed)
    return tuple(sorted(found.values(), key=lambda it: -1 if it.row is None else it.row))
