"""Extracting results of a session, live or as it was at a checkpoint: rows, statistics, and what to do by them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Final

from twincast.domain.batches import Batch
from twincast.domain.errors import FieldProblem, InvalidInput, UnknownExtraction
from twincast.domain.extractions import EXTRACTION_LEVEL, MIN_CELL, Economics, Extraction, KeptRow, Planning
from twincast.domain.fields import MAX_LEVEL, MIN_LEVEL
from twincast.domain.ids import ExtractionId, SessionId
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.results import Result, Row
from twincast.domain.sessions import Checkpoint, Session
from twincast.domain.twins import Warning
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import frame_of
from twincast.usecases import batches, checkpoints, sessions
from twincast.usecases.audiences import may_profile
from twincast.usecases.audit import record
from twincast.usecases.batching.sources import sources_of
from twincast.usecases.context import Context
from twincast.usecases.extracting import Sources, Work, kept_of, placed, worked
from twincast.usecases.labels import GROUPS, SEGMENT
from twincast.usecases.learning import answering
from twincast.usecases.references import find, is_text
from twincast.usecases.results import Questions, results_of
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems
from twincast.usecases.trials import MAX_NAMES

DEFAULT: Final[tuple[str, ...]] = ("customer_id", "engagement_likelihood", "purchase_likelihood", "predicted_revenue")
RESULTS: Final[tuple[str, ...]] = (
    "customer_id",
    "intervention_variant",
    "engagement_likelihood",
    "purchase_likelihood",
    "predicted_order_value",
    "emotional_sentiment",
    "key_concerns",
)
"""What an extraction that is kept holds when the request names nothing."""
MOST_ROWS: Final = 1_000
"""Rows in one answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionRequest:
    """What to extract.

    Attributes:
        session: id of a session; what has ended can be read.
        batch: id of a batch, in place of a session.
        checkpoint: of the session, name or id; None: where it stands.
        twins: ids of twins or customers whose results are wanted; None for all.
        fields: of the catalogue in any spelling, of `IDENTITY`, or free ones, which nobody can fill in without a
            language model; None for `DEFAULT`.
        statistics: whether intervals, groups and comparisons are worked out.
        groupby: by which of `GROUPS`, or by the segment, rows are put together.
        segments: defined segments that customers are put into, the first that fits; none: what the record states.
        label: the segment that all customers are put into, for this run.
        min_cell: customers below which nothing is claimed of a group.
        economics: what contacts cost, for a return on them.
        plan: of the test with real customers.
        objective, situation, hints, hint: free text, for all fields or by field; it never changes a number.
    """

    session: str | None = None
    batch: str | None = None
    checkpoint: str | None = None
    twins: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    statistics: bool = True
    groupby: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    label: str | None = None
    level: float = EXTRACTION_LEVEL
    min_cell: int = MIN_CELL
    economics: Economics | None = None
    plan: Planning = field(default_factory=Planning)
    objective: str | None = None
    situation: str | None = None
    hints: Mapping[str, str] = field(default_factory=dict)
    hint: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extracted:
    """An extraction and its rows, in full and as they are given away; of one that is stored, the first page of them."""

    extraction: Extraction
    rows: tuple[Row, ...]
    kept: tuple[KeptRow, ...]
    page: Page[KeptRow]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A stored extraction and a page of its rows."""

    extraction: Extraction
    page: Page[KeptRow]


def extract(ctx: Context, request: ExtractionRequest) -> Extracted:
    """Extract results; nothing is stored.

    What a test answered is taken as it was answered. Other fields are worked out anew for the same version of the twin,
    the same message, moment and memory.

    Raises:
        InvalidInput: naming each field that is not right.
        UnknownSession, UnknownCheckpoint, UnknownTwin, UnknownSegment: there is none; the message lists the names.
        TooLarge: there are more results than can be extracted at once.
    """
    problems = list(_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.reading(ctx.workspace) as unit:
        if request.batch is not None:
            found = _of_batch(ctx, unit, request, batches.find(unit, request.batch))
        else:
            found = _of_session(ctx, unit, request, sessions.find(unit, request.session or ""))
    names = request.fields if request.fields is not None else DEFAULT
    asked = Work(
        names=names,
        groupby=request.groupby,
        level=request.level,
        statistics=request.statistics,
        min_cell=request.min_cell,
        economics=request.economics,
        plan=request.plan,
        hints={name: request.hints.get(name) or request.hint or "" for name in names},
    )
    done = worked(found.engine, found.sources, asked)
    extraction = Extraction(
        id=None,
        session_id=found.session_id,
        checkpoint=found.mark,
        batch_id=request.batch,
        fields=tuple(names),
        definitions=done.definitions,
        objective=request.objective,
        situation=request.situation,
        level=request.level,
        min_cell=request.min_cell,
        count=len(done.rows),
        statistics=done.statistics,
        intervals=request.statistics,
        drawn=done.drawn,
        draws=done.draws,
        unavailable=done.unavailable,
        warnings=found.warnings,
        created_at=ctx.clock.now(),
    )
    kept = tuple(kept_of(it) for it in done.rows)
    return Extracted(extraction=extraction, rows=done.rows, kept=kept, page=Page(items=kept, next_cursor=None))


def run(ctx: Context, request: ExtractionRequest) -> Extracted:
    """Extract results and store them. Raises as `extract` does."""
    found = extract(ctx, request)
    name = ExtractionId(ctx.ids.new("extract_"))
    stored = replace(found.extraction, id=name)
    with ctx.store.writing(ctx.workspace) as unit:
        known = unit.twins.known(list({row.twin_id for row in found.kept}))
        if any(row.twin_id not in known for row in found.kept):
            ctx.engine.forget()
            raise InvalidInput.of(
                [FieldProblem(field="session_id", message="a customer was erased meanwhile; try again")]
            )
        unit.extractions.add(stored, found.kept)
        record(unit, ctx, "extraction.run", name, {"rows": stored.count})
        found = replace(found, extraction=stored, page=unit.extractions.rows(name, None, MOST_ROWS))
        ctx.keep(unit, found)
        unit.commit()
    return found


def get(ctx: Context, extraction_id: str, cursor: str | None = None, limit: int = MOST_ROWS) -> Shown:
    """Return a stored extraction with a page of its rows.

    Raises:
        UnknownExtraction: there is none in this workspace.
        InvalidInput: naming `cursor` or `limit`.
    """
    if not 1 <= limit <= MOST_ROWS:
        problem = FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MOST_ROWS}")
        raise InvalidInput.of([problem])
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.extractions.get(ExtractionId(extraction_id)) if is_text(extraction_id) else None
        if found is None:
            shown = ascii(extraction_id[:80])[1:-1]
            raise UnknownExtraction(f"There is no extraction '{shown}' in this workspace.")
        page = unit.extractions.rows(ExtractionId(extraction_id), cursor, limit)
    return Shown(extraction=found, page=page)


def listing(
    ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, session: str | None = None
) -> Page[Extraction]:
    """Page through stored extractions, newest first: all, or those of one session."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        session_id = sessions.find(unit, session).id if session is not None else None
        return unit.extractions.newest(cursor, limit, session_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """Results, and what stands behind them."""

    session_id: SessionId
    mark: Checkpoint | None
    sources: Sources
    engine: Engine
    warnings: tuple[Warning, ...]


def _of_session(ctx: Context, unit: UnitOfWork, request: ExtractionRequest, session: Session) -> _Found:
    mark = None if request.checkpoint is None else checkpoints.find(unit, session, request.checkpoint)
    head = session.head if mark is None else mark.head
    results = _wanted(unit, results_of(unit, session, head), request.twins)
    results, questions, refused = _allowed(ctx, unit, results)
    sources = Sources.of_session(ctx, unit, results, questions, request.segments, request.label)
    engine = answering(ctx, unit).engine
    return _Found(
        session_id=session.id,
        mark=mark,
        sources=sources,
        engine=engine,
        warnings=tuple(_warnings(engine, results, refused)),
    )


def _of_batch(ctx: Context, unit: UnitOfWork, request: ExtractionRequest, batch: Batch) -> _Found:
    twins = None if request.twins is None else frozenset(find(unit, it).id for it in request.twins)
    found = sources_of(ctx, unit, batch, twins)
    segments = placed(ctx, unit, found.results, request.segments, request.label)
    warnings = [*_warnings(found.engine, found.results, found.refused)]
    if unit.batches.results(batch.id) is None:
        message = f"The batch has not ended, or somebody in it was erased: {len(found.results):,} rows are there now."
        warnings.append(Warning(code="batch-unfinished", field="batch_id", message=message))
    return _Found(
        session_id=batch.session_id,
        mark=None,
        sources=Sources(results=found.results, askings=found.askings, segments=segments),
        engine=found.engine,
        warnings=tuple(warnings),
    )


def _wanted(unit: UnitOfWork, results: list[Result], twins: tuple[str, ...] | None) -> list[Result]:
    """Return the results of some twins. Raises UnknownTwin."""
    if twins is None:
        return results
    ids = {find(unit, reference).id for reference in twins}
    return [it for it in results if it.twin_id in ids]


def _allowed(ctx: Context, unit: UnitOfWork, results: list[Result]) -> tuple[list[Result], Questions, int]:
    """Return the results of customers who have not opted out of profiling since, and how many customers have."""
    questions = Questions(ctx, unit, results)
    newest = questions.newest()
    may = may_profile(frame_of(newest)).tolist()
    allowed = {twin.id for twin, yes in zip(newest, may, strict=True) if yes}
    kept = [it for it in results if it.twin_id in allowed]
    return kept, questions, len({it.twin_id for it in results}) - len(allowed)


# ---------------------------------------------------------------- what is not right, and what to know


def _warnings(engine: Engine, results: Sequence[Result], refused: int) -> Iterator[Warning]:
    if refused:
        message = f"{refused:,} customers have opted out of profiling since: their results are left out."
        yield Warning(code="profiling-opt-out", field="session_id", message=message)
    elif not results:
        yield Warning(code="no-results", field="session_id", message="Nothing was tested here, so nothing is averaged.")
    made_by = engine.provenance
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
    if (request.session is None) == (request.batch is None):
        yield FieldProblem(field="session_id", message="and batch_id: exactly one of them is needed")
    if request.batch is not None and request.checkpoint is not None:
        yield FieldProblem(field="checkpoint_name", message="is of a session; a batch has none")
    if not names:
        yield FieldProblem(field="fields", message="is empty", allowed="at least one field, or leave it out")
    if len(names) > MAX_NAMES:
        yield FieldProblem(field="fields", message=f"has {len(names)} entries", allowed=f"at most {MAX_NAMES}")
    if not (isfinite(request.level) and MIN_LEVEL <= request.level <= MAX_LEVEL):
        allowed = f"{MIN_LEVEL} to {MAX_LEVEL}"
        yield FieldProblem(field="level", message=f"{request.level} is out of range", allowed=allowed)
    if request.min_cell < 1:
        yield FieldProblem(field="min_cell", message=f"{request.min_cell} is out of range", allowed="1 or more")
    for place, name in enumerate(request.groupby):
        if name not in GROUPS and name != SEGMENT:
            shown = ascii(name[:80])[1:-1]
            message = f"rows can not be put together by '{shown}'"
            yield FieldProblem(field=f"groupby[{place}]", message=message, allowed=", ".join((*GROUPS, SEGMENT)))
    for name in request.hints:
        if name not in names:
            message = f"'{ascii(name[:80])[1:-1]}' is not among the fields"
            yield FieldProblem(field="fields_hints", message=message, allowed="hints for fields that are asked for")
    yield from _number_problems(request)
    yield from _text_problems(request, names)


def _number_problems(request: ExtractionRequest) -> Iterator[FieldProblem]:
    costs, plan = request.economics, request.plan
    numbers = [
        ("test_plan.alpha", plan.alpha, 0.0 < plan.alpha <= 0.5, "above 0, up to 0.5"),
        ("test_plan.power", plan.power, 0.0 < plan.power < 1.0, "between 0 and 1"),
        ("test_plan.correlation", plan.correlation, 0.0 <= plan.correlation < 1.0, "0 or more, under 1"),
    ]
    if costs is not None:
        numbers += [
            ("economics.contact_cost", costs.contact, 0.0 <= costs.contact < 1e9, "0 or more"),
            ("economics.margin", costs.margin, 0.0 < costs.margin <= 1.0, "above 0, up to 1"),
            ("economics.discount_cost", costs.redemption, 0.0 <= costs.redemption < 1e9, "0 or more"),
        ]
    for path, value, right, allowed in numbers:
        if not right:
            yield FieldProblem(field=path, message=f"{value} is out of range", allowed=allowed)


def _text_problems(request: ExtractionRequest, names: Sequence[str]) -> Iterator[FieldProblem]:
    texts = [
        ("extraction_objective", request.objective, MAX_NOTE),
        ("situation", request.situation, MAX_NOTE),
        ("extraction_hint", request.hint, MAX_NOTE),
        ("customer_segment", request.label, MAX_NAME),
        *((f"fields[{place}]", name, MAX_NAME) for place, name in enumerate(names[:MAX_NAMES])),
        *((f"fields_hints.{ascii(name[:40])[1:-1]}", hint, MAX_NOTE) for name, hint in request.hints.items()),
    ]
    for path, text, most in texts:
        if text is not None:
            yield from text_problems(path, text, most)
