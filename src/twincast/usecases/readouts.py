"""Reading a test with real customers: is it sound, what did each arm change, what does that say of predictions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from twincast.domain.errors import InvalidInput, UnknownReadout
from twincast.domain.experiments import (
    ExperimentPlan,
)
from twincast.domain.ids import ReadoutId
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.readouts import BROKEN, GIVEN, SOUND, STORED, Check, Effect, Feeding, Readout
from twincast.domain.twins import Warning
from twincast.stats.sequences import TUNED_FOR
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.experiments import find as find_plan
from twincast.usecases.proving import feeding
from twincast.usecases.proving.calibrating import BY_MODEL, BY_PLAN, Prediction, by_model, by_plan, foretold_of
from twincast.usecases.proving.checks import checks_of, require_both
from twincast.usecases.proving.effects import (
    Look,
    analysed,
    arms_of,
    effects_of,
    guardrails_of,
    segments_of,
    unit_of,
)
from twincast.usecases.proving.readings import Reading, ReadoutRequest, problems_of, reading_of
from twincast.usecases.proving.rows import Rows, rows_of
from twincast.usecases.proving.stored import Asked, stored
from twincast.usecases.proving.summaries import summary_of
from twincast.usecases.references import is_text


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Gathered:
    """The rows of a test, and what was foretold of it."""

    rows: Rows
    foretold: Mapping[str, Prediction]
    foretold_by: str | None
    currency: str | None

    @property
    def known(self) -> int:
        """Return the customers whose outcome is known."""
        return int((self.rows.outcome == self.rows.outcome).sum())


def read(ctx: Context, request: ReadoutRequest) -> Readout:
    """Read a test, store the readout, return it. A broken assignment gives no effect.

    Raises:
        InvalidInput: naming each field that is not right, or what is missing; nothing is stored.
        UnknownExperiment, UnknownSegment: there is none in this workspace.
        OutcomeConflict: rows are to be stored that say otherwise than what is stored; nothing is.
    """
    problems = list(problems_of(request))
    if problems:
        raise InvalidInput.of(problems)
    test, gathered = _gathered(ctx, request)
    rows, now = gathered.rows, ctx.clock.now()
    look = Look(
        level=request.level,
        looks=test.looks,
        tuned_for=test.planned or TUNED_FOR,
        ends=test.planned,
        unit=unit_of(test.metric, gathered.currency),
        falls=test.metric == "unsubscribe",
        seed=request.seed,
    )
    checks = checks_of(rows, test.shares, look.tuned_for)
    sound = all(check.passed for check in checks)
    found = _empty(ctx, request, test, gathered, look, checks, now)
    if sound:
        found = _with_effects(found, test, look, gathered)
    found = replace(found, feeding=_fed(ctx, request, test, gathered, sound=sound))
    found = replace(found, summary=summary_of(found))
    with ctx.store.writing(ctx.workspace) as unit:
        unit.readouts.add(found)
        record(unit, ctx, "readout.made", found.id, {"customers": found.customers, "arms": len(rows.arms)})
        ctx.keep(unit, found)
        unit.commit()
    return found


def get(ctx: Context, readout_id: str) -> Readout:
    """Return a stored readout. Raises UnknownReadout."""
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.readouts.get(readout_id) if is_text(readout_id) and "\0" not in readout_id else None
    if found is None:
        raise UnknownReadout(f"There is no readout '{ascii(readout_id[:80])[1:-1]}' in this workspace.")
    return found


def listing(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Readout]:
    """Page through stored readouts, newest first."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.readouts.newest(cursor, limit)


# ---------------------------------------------------------------- gathered


def _gathered(ctx: Context, request: ReadoutRequest) -> tuple[Reading, _Gathered]:
    with ctx.store.reading(ctx.workspace) as unit:
        plan = None if request.plan is None else find_plan(unit, request.plan)
        test = reading_of(request, plan)
        told = {} if plan is None else by_plan(plan)
        if request.rows is not None:
            rows = rows_of(
                request.rows,
                test.arms,
                test.control,
                metric=test.metric,
                guardrails=tuple(test.guardrails),
                window=test.window_days,
            )
            rows = rows if request.adjust else replace(rows, before=rows.before[:, :0], names=())
            return test, _Gathered(
                rows=rows,
                foretold=told,
                foretold_by=BY_PLAN if told else None,
                currency=None if plan is None else plan.currency,
            )
        asked = Asked(
            arms=test.arms,
            control=test.control,
            metric=test.metric,
            guardrails=tuple(test.guardrails),
            since=request.since if request.since is not None else _begun(plan),
            until=request.until,
            window_days=test.window_days,
            segments=request.segments,
            adjust=request.adjust,
            seed=request.seed,
        )
        found = stored(ctx, unit, asked)
    by = BY_PLAN if told else BY_MODEL
    told = told or by_model(found, asked)
    currency = next(iter(found.crowd.frame.currencies)) if found.crowd is not None else None
    return test, _Gathered(rows=found.rows, foretold=told, foretold_by=by if told else None, currency=currency)


def _begun(plan: ExperimentPlan | None) -> datetime | None:
    """Return the day on which a plan was made: what was sent before is none of its test."""
    return None if plan is None else plan.created_at.replace(hour=0, minute=0, second=0, microsecond=0)


# ---------------------------------------------------------------- computed


def _empty(
    ctx: Context,
    request: ReadoutRequest,
    test: Reading,
    gathered: _Gathered,
    look: Look,
    checks: tuple[Check, ...],
    now: datetime,
) -> Readout:
    """Return the readout of a test of which nothing is said but whether it is sound."""
    return Readout(
        id=ReadoutId(ctx.ids.new("read_")),
        plan=None if test.plan is None else test.plan.id,
        source=STORED if request.rows is None else GIVEN,
        metric=test.metric,
        window_days=test.window_days,
        looks=test.looks,
        level=request.level,
        control=test.control,
        customers=len(gathered.rows),
        left_out=gathered.rows.left_out,
        assignment=SOUND if all(check.passed for check in checks) else BROKEN,
        checks=checks,
        arms=(),
        effects=(),
        guardrails=(),
        segments=(),
        differing=(),
        foretold=(),
        foretold_by=None,
        before=gathered.rows.names,
        feeding=Feeding(stored=0, repeated=0, learned=None, words=feeding.BROKEN),
        unit=look.unit,
        summary="",
        warnings=(),
        software=ctx.software,
        created_at=now,
    )


def _with_effects(found: Readout, test: Reading, look: Look, gathered: _Gathered) -> Readout:
    rows = gathered.rows
    require_both(rows)
    means = analysed(rows, look)
    effects = effects_of(means, look)
    groups, differing = segments_of(means, look)
    beside = tuple(foretold_of(effects, gathered.foretold, look.level, len(rows.arms) - 1))
    return replace(
        found,
        arms=arms_of(means, look),
        effects=effects,
        guardrails=tuple(guardrails_of(rows, test.guardrails, look)),
        segments=groups,
        differing=differing,
        foretold=beside,
        foretold_by=gathered.foretold_by if beside else None,
        warnings=tuple(_warnings(effects, rows)),
    )


def _fed(ctx: Context, request: ReadoutRequest, test: Reading, gathered: _Gathered, *, sound: bool) -> Feeding:
    """Let outcomes go to learning, if the test is sound."""
    if not sound:
        words = feeding.BROKEN
        if request.rows is None:
            words += " Its outcomes stand in the store as randomised: what is learned of effects may be off by them."
        return Feeding(stored=0, repeated=gathered.known, learned=None, words=words)
    if request.rows is None:
        return feeding.fed(ctx, stored=0, repeated=gathered.known, learn=request.learn)
    if not request.store:
        return Feeding(stored=0, repeated=0, learned=None, words=feeding.LEFT)
    arms = test.arms if test.plan is not None or request.arms is not None else None
    observations = feeding.storable(request.rows, arms, test.shares, test.window_days, ctx.clock.now())
    created, repeated = feeding.store(ctx, observations)
    return feeding.fed(ctx, stored=created, repeated=repeated, learn=request.learn)


def _warnings(effects: Sequence[Effect], rows: Rows) -> Iterator[Warning]:
    unknown = int((rows.outcome != rows.outcome).sum())
    if unknown:
        message = f"The outcome of {unknown:,} customers is not known (yet): they are in no effect."
        yield Warning(code="outcomes-not-known", field="rows", message=message)
    for effect in effects:
        if effect.reason is not None:
            yield Warning(code="too-early", field=f"effects.{effect.arm}", message=f"{effect.reason}.")
