"""A batch from file to file that was understood: what predicts a part of it, and what becomes of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from twincast import __version__
from twincast.domain.fields import BY_NAME
from twincast.domain.filebatches import Cut, FileReport, united
from twincast.domain.imports import ColumnMapping
from twincast.files.parts import Parts, part_table, rejects_of
from twincast.files.sources import Source
from twincast.ports.engines import Provenances
from twincast.usecases import filebatches
from twincast.usecases.context import Context
from twincast.usecases.filebatches import Signs
from twincast.usecases.predictions import Question

SOFTWARE = f"twincast {__version__}"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Run:
    """A batch that was understood: everything that it takes to predict parts of it."""

    source: Source
    parts: Parts
    cuts: Sequence[Cut]
    mapping: ColumnMapping
    question: Question
    model: Provenances
    bases: Mapping[str, str]

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the file that are read."""
        return tuple(match.column for match in self.mapping.matches if match.field)


def predict_part(ctx: Context, run: Run, cut: Cut, signs: Signs) -> int:
    """Predict a part and keep it; returns how many rows it had.

    Args:
        ctx: as `usecases.filebatches.prepared`.
        run: of which.
        cut: the part.
        signs: how the columns of the whole file write.
    """
    rows = run.source.read(cut, run.columns())
    done = filebatches.predicted(ctx, rows, run.mapping, signs, run.question, first=cut.row, model=run.model)
    table = done.table
    frame = part_table(table.customer_ids, table.intervention_ids, table.numbers(), table.refused)
    run.parts.write(cut.part, frame, done.report, rejects_of(done.problems))
    return cut.rows


def report_of(run: Run, *, kept: int) -> FileReport:
    """Return what became of all parts of a run, of which an earlier one had kept some."""
    question = run.question
    reports = [run.parts.report(cut.part) for cut in run.cuts]
    whole = united([it for it in reports if it is not None])
    return FileReport(
        rows=whole.rows,
        customers=whole.customers,
        cells=whole.customers * len(question.given),
        refused=whole.refused,
        bad=whole.bad,
        parts=len(run.cuts),
        kept=kept,
        others=run.parts.others(),
        mapping=run.mapping,
        variants=tuple(question.given),
        fields=question.asked,
        bases=run.bases,
        as_of=question.now.date(),
        horizon_days=question.horizon_days,
        level=question.level,
        model=run.model.model,
        prior=run.model.prior,
        problems=whole.problems,
        problem_count=whole.problem_count,
        warnings=whole.warnings,
    )


def about(report: FileReport) -> str:
    """Return as JSON what its reader must know of the numbers in a file."""
    fields = {
        asked: {
            "field": field,
            "unit": BY_NAME[field].unit,
            "meaning": BY_NAME[field].meaning,
            "basis": report.bases[asked],
        }
        for asked, field in report.fields.items()
    }
    settings = {"as_of": report.as_of, "horizon_days": report.horizon_days, "level": report.level}
    made = {"software": SOFTWARE, "model": report.model, "prior": report.prior, "variants": report.variants}
    return msgspec.json.encode({**made, **settings, "fields": fields}).decode()
