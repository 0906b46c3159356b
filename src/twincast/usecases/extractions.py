"""Extracting a session's results: rows, statistics and groups, from where it stands or as it was at a checkpoint."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

import numpy as np

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.extractions import EXTRACTION_LEVEL, Extraction, Group, Plain, Result, Row
from twincast.domain.fields import ALIASES, MAX_LEVEL, MIN_LEVEL
from twincast.domain.predictions import FieldPrediction
from twincast.domain.twins import Warning
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import frame_of
from twincast.usecases import checkpoints, sessions
from twincast.usecases.aggregates import aggregate, totals
from twincast.usecases.answers import Question, answer_all
from twincast.usecases.audiences import may_profile
from twincast.usecases.context import Context
from twincast.usecases.figures import STATISTICS, Figures, figures_of
from twincast.usecases.labels import GROUPS, IDENTITY
from twincast.usecases.learning import answering
from twincast.usecases.references import find
from twincast.usecases.results import question, results_of
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems
from twincast.usecases.trials import MAX_NAMES, NO_LANGUAGE_MODEL

DEFAULT: Final[tuple[str, ...]] = ("customer_id", "engagement_likelihood", "purchase_likelihood", "predicted_revenue")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionRequest:
    """What to extract.

    Attributes:
        session: id of a session; what has ended can be read.
        checkpoint: name or id; None: where the session stands.
        twins: ids of twins or customers whose results are wanted; None for all.
        fields: of the catalogue in any spelling, of `IDENTITY`, or free ones, which nobody can fill in without a
            language model; None for `DEFAULT`.
        statistics: whether intervals and groups are worked out.
        groupby: by which of `GROUPS` rows are put together.
        objective, situation, hints: free text; it never changes a number.
    """

    session: str
    checkpoint: str | None = None
    twins: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    statistics: bool = True
    groupby: tuple[str, ...] = ()
    level: float = EXTRACTION_LEVEL
    objective: str | None = None
    situation: str | None = None
    hints: Mapping[str, str] = field(default_factory=dict)


def extract(ctx: Context, request: ExtractionRequest) -> Extraction:
    """Extract results; nothing is stored.

    What a test answered is taken as it was answered. Other fields are worked out anew for the same version of the twin,
    the same message, moment and memory.

    Raises:
        InvalidInput: naming each field that is not right.
        UnknownSession, UnknownCheckpoint, UnknownTwin: there is none; the message lists the names there are.
        TooLarge: there are more results than can be extracted at once.
    """
    problems = list(_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    names = request.fields if request.fields is not None else DEFAULT
    with ctx.store.reading(ctx.workspace) as unit:
        session = sessions.find(unit, request.session)
        mark = None if request.checkpoint is None else checkpoints.find(unit, session, request.checkpoint)
        head = session.head if mark is None else mark.head
        results, refused = _allowed(unit, _wanted(unit, results_of(unit, session, head), request.twins))
        questions = [question(ctx, unit, result, _missing(result, names)) for result in results]
        ctx = answering(ctx, unit)
    found = _answered(ctx, results, questions)
    rows = tuple(_row(result, names, known, request.groupby) for result, known in zip(results, found, strict=True))
    asked = [ALIASES[name] for name in names if name in ALIASES]
    drawing, level = request.statistics, request.level
    figures = figures_of(ctx.engine, results, questions, found, asked, drawing=drawing, level=level)
    return Extraction(
        session_id=session.id,
        checkpoint=mark,
        head=head,
        fields=tuple(names),
        objective=request.objective,
        situation=request.situation,
        hints=request.hints,
        level=request.level,
        rows=rows,
        totals=totals(figures, rows),
        groups=_groups(figures, rows, names) if request.statistics and request.groupby else None,
        unavailable={name: NO_LANGUAGE_MODEL for name in names if name not in ALIASES and name not in IDENTITY},
        warnings=tuple(_warnings(ctx, results, refused)),
        created_at=ctx.clock.now(),
    )


def _wanted(unit: UnitOfWork, results: list[Result], twins: tuple[str, ...] | None) -> list[Result]:
    """Return the results of some twins. Raises UnknownTwin."""
    if twins is None:
        return results
    ids = {find(unit, reference).id for reference in twins}
    return [it for it in results if it.twin_id in ids]


def _allowed(unit: UnitOfWork, results: list[Result]) -> tuple[list[Result], int]:
    """Return the results of customers who have not opted out of profiling since, and how many customers have."""
    ids = list(dict.fromkeys(it.twin_id for it in results))
    newest = [twin for twin in unit.twins.get_many(ids) if twin is not None]
    may = may_profile(frame_of(newest)).tolist()
    allowed = {twin.id for twin, yes in zip(newest, may, strict=True) if yes}
    return [it for it in results if it.twin_id in allowed], len(ids) - len(allowed)


# ---------------------------------------------------------------- rows


def _missing(result: Result, names: Sequence[str]) -> dict[str, str]:
    """Return the fields that have to be worked out, by canonical name."""
    known = {it.field for it in result.answer.predictions}
    wanted = dict.fromkeys((*(ALIASES[name] for name in names if name in ALIASES), *STATISTICS))
    return {name: name for name in wanted if name not in known}


def _answered(
    ctx: Context, results: Sequence[Result], questions: Sequence[Question]
) -> list[dict[str, FieldPrediction]]:
    """Return every field of each result by canonical name: as it was answered, else worked out anew."""
    asked = [place for place, it in enumerate(questions) if it.settings.fields]
    found: list[dict[str, FieldPrediction]] = [{it.field: it for it in one.answer.predictions} for one in results]
    for place, (answer,) in zip(asked, answer_all(ctx.engine, [questions[place] for place in asked]), strict=True):
        found[place] |= {it.field: it for it in answer.predictions}
    return found


def _row(result: Result, names: Sequence[str], known: Mapping[str, FieldPrediction], groupby: Sequence[str]) -> Row:
    values: dict[str, FieldPrediction | Plain] = {}
    for name in names:
        values[name] = IDENTITY[name](result) if name in IDENTITY else known.get(ALIASES.get(name, ""))
    return Row(result=result, values=values, group={name: GROUPS[name](result) for name in groupby})


# ---------------------------------------------------------------- groups


def _groups(figures: Figures, rows: Sequence[Row], names: Sequence[str]) -> tuple[Group, ...]:
    places: dict[tuple[Plain, ...], list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(tuple(row.group.values()), []).append(place)
    fields = [name for name in names if ALIASES.get(name) in figures.values]
    groups = []
    for where in places.values():
        part = figures.take(np.array(where, dtype=np.intp))
        metrics = {name: aggregate(part, ALIASES[name]) for name in fields}
        groups.append(
            Group(
                by=rows[where[0]].group,
                rows=len(where),
                customers=len(np.unique(part.owners)),
                metrics={name: it for name, it in metrics.items() if it.value is not None},
            )
        )
    return tuple(groups)


# ---------------------------------------------------------------- what is not right, and what to know


def _warnings(ctx: Context, results: Sequence[Result], refused: int) -> Iterator[Warning]:
    if refused:
        message = f"{refused:,} customers have opted out of profiling since: their results are left out."
        yield Warning(code="profiling-opt-out", field="session_id", message=message)
    elif not results:
        yield Warning(code="no-results", field="session_id", message="Nothing was tested here, so nothing is averaged.")
    made_by = ctx.engine.provenance
    other = sum((it.model, it.prior) != (made_by.model, made_by.prior) for it in results)
    if other:
        message = f"{other:,} results were answered by an earlier model; what they did not answer is today's model's."
        yield Warning(code="model-changed", field="session_id", message=message)
    several = len(results) - len({it.twin_id for it in results})
    if several:
        message = "Some customers were asked about several messages: in means and totals each customer counts once."
        yield Warning(code="several-results", field="statistics", message=message)


def _problems(request: ExtractionRequest) -> Iterator[FieldProblem]:
    names = request.fields if request.fields is not None else DEFAULT
    if not names:
        yield FieldProblem(field="fields", message="is empty", allowed="at least one field, or leave it out")
    if len(names) > MAX_NAMES:
        yield FieldProblem(field="fields", message=f"has {len(names)} entries", allowed=f"at most {MAX_NAMES}")
    if not (isfinite(request.level) and MIN_LEVEL <= request.level <= MAX_LEVEL):
        allowed = f"{MIN_LEVEL} to {MAX_LEVEL}"
        yield FieldProblem(field="level", message=f"{request.level} is out of range", allowed=allowed)
    for place, name in enumerate(request.groupby):
        if name not in GROUPS:
            shown = ascii(name[:80])[1:-1]
            message = f"rows can not be put together by '{shown}'"
            yield FieldProblem(field=f"groupby[{place}]", message=message, allowed=", ".join(GROUPS))
    for name in request.hints:
        if name not in names:
            message = f"'{ascii(name[:80])[1:-1]}' is not among the fields"
            yield FieldProblem(field="fields_hints", message=message, allowed="hints for fields that are asked for")
    yield from _text_problems(request, names)


def _text_problems(request: ExtractionRequest, names: Sequence[str]) -> Iterator[FieldProblem]:
    texts = [
        ("extraction_objective", request.objective, MAX_NOTE),
        ("situation", request.situation, MAX_NOTE),
        *((f"fields[{place}]", name, MAX_NAME) for place, name in enumerate(names[:MAX_NAMES])),
        *((f"fields_hints.{ascii(name[:40])[1:-1]}", hint, MAX_NOTE) for name, hint in request.hints.items()),
    ]
    for path, text, most in texts:
        if text is not None:
            yield from text_problems(path, text, most)
