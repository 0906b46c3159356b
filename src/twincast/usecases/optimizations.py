"""Optimal messages: the best one for a customer is searched for, read back, judged afresh, taken apart and stored."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from twincast.domain.errors import FieldProblem, NoMessage, UnknownOptimization
from twincast.domain.ids import OptimizationId
from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.objectives import Objective
from twincast.domain.optimizations import Element, Finalist, Optimization, Trace
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.plans import elements, without
from twincast.domain.predictions import Estimate
from twincast.domain.trials import TrialSettings
from twincast.domain.twins import Warning
from twincast.ports.engines import Engine
from twincast.reading.interventions import read_intervention
from twincast.response.cells import grid
from twincast.usecases.answers import answer
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.optimizing import boards, insights
from twincast.usecases.optimizing.boards import Board
from twincast.usecases.optimizing.drafts import drafted
from twincast.usecases.optimizing.finals import DRAWS, Judged, Runner, better, decide, shrunk
from twincast.usecases.optimizing.insights import Variation
from twincast.usecases.optimizing.requests import OptimizationRequest, checked
from twincast.usecases.optimizing.risks import searched_within
from twincast.usecases.optimizing.searches import Searched
from twincast.usecases.optimizing.supports import is_supported
from twincast.usecases.optimizing.texts import Text
from twincast.usecases.optimizing.worths import unpriced_kinds, worths
from twincast.usecases.references import find, is_text
from twincast.usecases.sessions import find as find_session
from twincast.usecases.subjects import subject_met
from twincast.usecases.trials import TrialRequest, provenance_of, seeded, settings_of, twin_warnings, with_warnings
from twincast.usecases.visits import Visit, settle, visit

FRESH: Final = 1
"""Added to the seed for draws that the search never uses."""


def run(ctx: Context, request: OptimizationRequest) -> Optimization:
    """Find the best message for a twin, store what was found, return it.

    Raises:
        InvalidInput, TooLarge: the request is not valid; nothing is stored.
        ContradictoryConstraints: no message can keep to all constraints; NoMessage: none was found that does.
        UnknownTwin, UnknownSession: there is none in this workspace.
        PhaseRefused, SessionRequired: the session does not allow it, or none was named where one must be.
        ProfilingRefused: the customer opted out.
    """
    asked = checked(request)
    objective = asked.objective
    settings = _settings(ctx, request, objective)
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        met = visit(ctx, unit, request.twin, request.session)
        subject = subject_met(ctx, unit, met, request.as_of, None, now)
        ctx = answering(ctx, unit)
    settings = seeded(settings, request.seed, met)
    board = boards.board_of(ctx.engine, subject, request, asked, horizon_days=settings.horizon_days, seed=settings.seed)
    found, above = searched_within(ctx.engine, board, request.candidates)
    texts, unfit = boards.written(board, found)
    unfit = [*above, *unfit]
    given, skipped = boards.starts(board, request)
    said, unsaid = drafted(ctx, board, texts, request.drafts, twin=met.twin.id, session=met.session.id)
    final = decide(
        ctx.engine,
        subject,
        [*texts, *given, *said],
        board.wanted,
        seed=settings.seed + FRESH,
    )
    if not final.runners:
        raise _none(found, (*unfit, *final.rejected))
    winner, *others = final.runners
    (answered,) = answer(ctx.engine, subject, [winner.item], settings)
    key, avoided = _insights(ctx.engine, board, winner)
    warnings = (*twin_warnings(met.twin, settings), *_warnings(request, board, winner))
    optimization = Optimization(
        id=OptimizationId(ctx.ids.new("opt_")),
        session_id=met.session.id,
        head=met.head,
        twin_id=met.twin.id,
        customer_id=met.twin.customer_id,
        twin_version=met.twin.version,
        settings=settings,
        objective=objective.name,
        constraints=board.wanted.constraints,
        costs=request.costs,
        occasion=asked.occasion,
        product=request.product,
        content=winner.text.content,
        subject=winner.text.subject,
        source=winner.text.source,
        answer=with_warnings(answered, warnings),
        aim=_aim(ctx.engine, board, winner, settings.level),
        confidence=better(winner, others[0], objective.sign) if others else None,
        beats_baselines=_beats(final, objective.sign),
        plan=_plan(winner.text),
        key=key,
        avoided=avoided,
        trace=Trace(
            rounds=found.rounds,
            rejected=found.rejected,
            finalists=(*final.finalists(), *_distinct(unfit)),
            searched=winner.value,
            fresh=winner.fresh,
            shrunk=shrunk(final.runners),
            runner_up=others[0].text.content if others else None,
            draws=DRAWS,
            seed=settings.seed + FRESH,
            skipped={**skipped, **unsaid},
        ),
        warnings=warnings,
        currency=met.twin.currency,
        provenance=provenance_of(ctx, met, winner.item, settings.seed, subject.policy),
        created_at=now,
    )
    _store(ctx, met, optimization)
    return optimization


def _settings(ctx: Context, request: OptimizationRequest, objective: Objective) -> TrialSettings:
    plain = TrialRequest(
        twin=request.twin,
        intervention=Intervention(type=NO_CONTACT),
        predict=("will_engage", "will_purchase", objective.field),
        horizon_days=request.horizon_days,
        level=request.level,
        as_of=request.as_of,
        seed=request.seed,
    )
    return settings_of(ctx, plain)


def _none(found: Searched, unfit: Sequence[Finalist]) -> NoMessage:
    """Say which rules kept every message out, the most broken first."""
    broken = boards.rules(found.rejected, unfit)[:3]
    shown = "; ".join(f"{rule} ({count} times)" for rule, count in broken)
    detail = f"No message was found that keeps to every constraint. {shown}"
    return NoMessage(detail, [FieldProblem(field="constraints", message=rule) for rule, _ in broken])


def _distinct(unfit: Sequence[Finalist]) -> tuple[Finalist, ...]:
    """Return plans that could not be written, one for each rule."""
    return tuple({it.rejected: it for it in reversed(unfit)}.values())


def _aim(engine: Engine, board: Board, winner: Runner, level: float) -> Estimate:
    """Return the objective with the message: as a test says it; profit, which no test says, over the fresh draws."""
    aim, item = board.wanted.aim, winner.item
    cells = grid(board.subject.frame, [item], board.subject.now, board.subject.remembered)
    basis = insights.basis_of(engine, aim, item)
    if aim.objective.needs_costs:
        value = float(worths(engine, cells, aim).value[0])
        low, high = np.quantile(winner.draws, [0.5 - level / 2.0, 0.5 + level / 2.0]).tolist()
    else:
        column = engine.predict(cells, [aim.objective.field], horizon_days=aim.horizon_days, level=level)
        found = column[aim.objective.field]
        value, low, high = float(found.value[0]), float(found.low[0]), float(found.high[0])
    return Estimate(
        value=value, low=min(low, value), high=max(high, value), level=level, unit=aim.objective.unit, basis=basis
    )


def _beats(final: Judged, sign: float) -> bool | None:
    baselines = [it for it in final.runners if it.text.given]
    if not baselines:
        return None
    return all(sign * (final.runners[0].fresh - it.fresh) >= 0.0 for it in baselines)


def _plan(text: Text) -> tuple[str, ...]:
    return () if text.plan is None else tuple(insights.words_of(it, text.plan) for it in elements(text.plan))


def _insights(engine: Engine, board: Board, winner: Runner) -> tuple[tuple[Element, ...], tuple[Element, ...]]:
    """Return the parts of the message with their effects, the strongest first, and what it goes without."""
    sign, seed = board.wanted.aim.objective.sign, board.seed + FRESH
    parts = list(_parts(board, winner))
    gone = insights.effects(engine, board.subject, winner.item, parts, board.wanted, seed=seed)
    key = sorted((insights.turned(it) for it in gone), key=lambda it: -sign * it.effect.value)
    tried = list(insights.avoided(winner.item, board.wanted))
    more = insights.effects(engine, board.subject, winner.item, tried, board.wanted, seed=seed)
    return tuple(key), insights.worst(more, sign)


def _parts(board: Board, winner: Runner) -> Iterator[Variation]:
    """Yield the message without each of its parts: elements of its plan, or sentences of what nobody planned."""
    plan, item = winner.text.plan, winner.item
    if plan is not None:
        said = {"offer": plan.offer is not None, "product": plan.product is not None}
        removable = elements(plan)
        for name in dict.fromkeys((*removable, *(part for part, there in said.items() if there))):
            text = boards.reduced(board, without(plan, name)) if name in removable else None
            if text is None:  # nothing is left to say: then only what is read is taken away
                changed = insights.unread(item, name)
            else:
                changed = read_intervention(text.intervention, currency=board.wanted.facts.currency, path=name)
            yield Variation(name=name, words=insights.words_of(name, plan), item=changed)
        return
    lines = insights.sentences(winner.text.content)
    for place, sentence in enumerate(lines if len(lines) > 1 else ()):
        rest = " ".join(it for at, it in enumerate(lines) if at != place)
        shorter = replace(item.intervention, content=rest, template=None, slots=None)
        read = read_intervention(shorter, currency=board.wanted.facts.currency, path=f"sentence:{place + 1}")
        yield Variation(name=f"sentence:{place + 1}", words=sentence[: insights.LONGEST], item=read)


def _warnings(request: OptimizationRequest, board: Board, winner: Runner) -> Iterator[Warning]:
    objective = board.wanted.aim.objective
    if request.constraints.discount_max is None:
        message = "No discount_max was given: no discount deeper than 30 % was proposed."
        yield Warning(code="discount-limit-assumed", field="constraints.discount_max", message=message)
    for kind in unpriced_kinds(board.wanted.aim):
        if kind in request.offers:
            message = f"No message with {kind.replace('_', ' ')} was considered: what it costs is not known."
            yield Warning(code="cost-unknown", field="costs", message=message)
    if objective.incremental and objective.sign * winner.fresh < 0.0:
        message = "Sending nothing is expected to be better than the best message."
        yield Warning(code="better-sent-nothing", field="objective", message=message)
    if winner.item.reading is not None and not is_supported(winner.item.reading):
        message = "The message makes more appeals than are known to add up: its number is less sure than it looks."
        yield Warning(code="beyond-support", field="optimized_message", message=message)


def _store(ctx: Context, met: Visit, optimization: Optimization) -> None:
    with ctx.store.writing(ctx.workspace) as unit:
        settle(unit, ctx, met, result=optimization.id)
        unit.optimizations.add(optimization)
        record(unit, ctx, "optimization.run", optimization.id, {"candidates": optimization.trace.candidates})
        ctx.keep(unit, optimization)
        unit.commit()


def get(ctx: Context, optimization_id: str) -> Optimization:
    """Return a stored optimisation.

    Raises:
        UnknownOptimization: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.optimizations.get(OptimizationId(optimization_id)) if is_text(optimization_id) else None
    if found is None:
        shown = ascii(optimization_id[:80])[1:-1]
        raise UnknownOptimization(f"There is no optimisation '{shown}' in this workspace.")
    return found


def listing(
    ctx: Context,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
    twin: str | None = None,
    session: str | None = None,
) -> Page[Optimization]:
    """Page through stored optimisations, newest first: all, or those of one twin, of one session, or of both."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        twin_id = find(unit, twin).id if twin is not None else None
        session_id = find_session(unit, session).id if session is not None else None
        return unit.optimizations.newest(cursor, limit, twin_id, session_id)
