"""Planning a test with real customers from what is foretold of its arms, and assigning customers to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import UNKNOWN
from twincast.domain.comparisons import NO_CONTACT_ID
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge, UnknownExperiment
from twincast.domain.experiments import (
    ANYTIME,
    METRICS,
    MOST_ARMS,
    Arm,
    Assignment,
    ExpectedEffect,
    ExperimentPlan,
)
from twincast.domain.ids import TWIN_PREFIX, ExperimentId, TwinId, customer_id_of
from twincast.domain.interventions import Intervention
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.ports.engines import Provenances
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import joined
from twincast.stats.streams import uniform
from twincast.usecases import batches, comparisons, segments
from twincast.usecases.audiences import gather, may_profile
from twincast.usecases.audit import record
from twincast.usecases.batching.draws import spaced
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.proving.forecasts import LOOKED_AT, Crowd, forecast
from twincast.usecases.proving.remarks import warnings_of
from twincast.usecases.proving.requests import ExperimentRequest, problems_of, what_is_sent
from twincast.usecases.proving.sizes import Sizing
from twincast.usecases.references import is_text

MOST_ASSIGNED: Final = 100_000
"""Customers that are assigned in one request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A request with its arms and its customers found."""

    arms: Mapping[str, Intervention | None]
    control: str
    customers: Sequence[str]
    counted: int | None
    source: str | None


def plan(ctx: Context, request: ExperimentRequest) -> ExperimentPlan:
    """Plan a test, store the plan, return it.

    Raises:
        InvalidInput: naming each field that is not right; nothing is stored.
        UnknownComparison, UnknownBatch, UnknownSegment, UnknownTwin: what the plan is to rest on is not there.
    """
    problems = list(problems_of(request))
    if problems:
        raise InvalidInput.of(problems)
    asked = _asked(ctx, request)
    now = ctx.clock.now()
    some = [asked.customers[it] for it in spaced(len(asked.customers), LOOKED_AT).tolist()]
    frame = joined([group.frame for group in gather(ctx, some, now.date())])
    frame = frame.take(np.flatnonzero(may_profile(frame)))
    if not len(frame):
        message = "all have opted out of profiling: nothing can be foretold of them"
        raise InvalidInput.of([FieldProblem(field="customers", message=message)])
    with ctx.store.reading(ctx.workspace) as unit:
        engine = answering(ctx, unit).engine
    foretold = forecast(
        engine,
        Crowd(frame=frame, now=now, currency=ctx.currency),
        asked.arms,
        metric=request.metric,
        window_days=request.window_days,
        seed=request.seed,
    )
    place = foretold.arms.index(asked.control)
    treated = len(foretold.arms) - 1
    sizing = Sizing(
        forecast=foretold,
        control=place,
        shares=_shares(request.holdout, len(foretold.arms), place),
        alpha=request.alpha / treated,
        power=request.power,
        correlation=request.correlation,
        anytime=request.looks == ANYTIME,
    )
    found = _planned(ctx, request, asked, sizing, engine.provenance)
    with ctx.store.writing(ctx.workspace) as unit:
        unit.experiments.add(found)
        record(unit, ctx, "test-plan.made", found.id, {"arms": len(found.arms)})
        ctx.keep(unit, found)
        unit.commit()
    return found


def get(ctx: Context, plan_id: str) -> ExperimentPlan:
    """Return a stored plan. Raises UnknownExperiment."""
    with ctx.store.reading(ctx.workspace) as unit:
        return find(unit, plan_id)


def find(unit: UnitOfWork, plan_id: str) -> ExperimentPlan:
    """Return a plan. Raises UnknownExperiment."""
    found = unit.experiments.get(plan_id) if is_text(plan_id) and "\0" not in plan_id else None
    if found is None:
        raise UnknownExperiment(f"There is no test plan '{ascii(plan_id[:80])[1:-1]}' in this workspace.")
    return found


def listing(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[ExperimentPlan]:
    """Page through stored plans, newest first."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.experiments.newest(cursor, limit)


def assign(ctx: Context, plan_id: str, customers: Sequence[str]) -> list[Assignment]:
    """Say into which arm of a plan each customer goes; nothing is stored, and the same customer always goes there.

    Raises:
        UnknownExperiment: there is none in this workspace.
        TooLarge: more customers than are assigned at once.
        InvalidInput: a customer's id is empty or no text.
    """
    if len(customers) > MOST_ASSIGNED:
        raise TooLarge(f"customers has {len(customers):,} entries; at most {MOST_ASSIGNED:,} are assigned at once.")
    wrong = [place for place, it in enumerate(customers) if not it.strip() or not is_text(it)]
    if wrong:
        raise InvalidInput.of(FieldProblem(field=f"customers[{it}]", message="is no id") for it in wrong[:20])
    found = get(ctx, plan_id)
    ends = np.cumsum([arm.share for arm in found.arms])
    return [_assigned(found, ends, customer) for customer in customers]


def _assigned(plan: ExperimentPlan, ends: NDArray[np.float64], customer: str) -> Assignment:
    own = customer_id_of(TwinId(customer)) if customer.startswith(TWIN_PREFIX) else customer
    chance = uniform(plan.seed, "assignment", plan.id, own)
    arm = plan.arms[min(int(np.searchsorted(ends, chance, side="right")), len(plan.arms) - 1)]
    return Assignment(customer=customer, arm=arm.id, propensity=arm.share)


# ---------------------------------------------------------------- what is to be tested, and on whom


def _asked(ctx: Context, request: ExperimentRequest) -> _Asked:
    with ctx.store.reading(ctx.workspace) as unit:
        variants, source, own, counted = _source(ctx, unit, request)
    control = request.control or next((name for name, it in variants.items() if it is None), NO_CONTACT_ID)
    if request.control is not None and control not in variants:
        allowed = ", ".join(list(variants)[:MOST_ARMS])
        raise InvalidInput.of([FieldProblem(field="control", message="is no arm", allowed=allowed)])
    arms = {control: variants.get(control), **{name: it for name, it in variants.items() if name != control}}
    if not 2 <= len(arms) <= MOST_ARMS:
        message, allowed = f"has {len(arms)} with the control", f"2 to {MOST_ARMS}"
        raise InvalidInput.of([FieldProblem(field="arms", message=message, allowed=allowed)])
    customers = request.customers
    if customers is None and request.segment is not None:
        customers = segments.members(ctx, request.segment)
        counted = len(customers)
    elif customers is not None:
        counted = len(dict.fromkeys(customers))
    customers = own if customers is None else customers
    if not customers:
        message = "nobody is named, and nobody belongs to what is"
        raise InvalidInput.of(
            [FieldProblem(field="customers", message=message, allowed="ids, a segment with members, or a batch")]
        )
    return _Asked(arms=arms, control=control, customers=customers, counted=counted, source=source)


def _source(
    ctx: Context, unit: UnitOfWork, request: ExperimentRequest
) -> tuple[dict[str, Intervention | None], str | None, Sequence[str], int | None]:
    """Return the arms, where they are from, who stands behind them, and how many."""
    if request.comparison is not None:
        found = comparisons.get(ctx, request.comparison)
        best = found.recommendation.best_variant or found.recommendation.leading_variant
        sent = {it.variant_id: it.answer.intervention.intervention for it in found.rankings}
        return _chosen(request, sent, best), found.id, [found.twin_id], None
    if request.batch is not None:
        batch, results = batches.find(unit, request.batch), None
        results = unit.batches.results(batch.id)
        leading = None if results is None else results.choice.best or results.choice.leading
        sent = {it.id: it.intervention for it in batch.variants}
        members = [it for it in unit.batches.members(batch.id, 0, batch.members) if it.version != UNKNOWN]
        return _chosen(request, sent, leading), batch.id, [it.twin_id for it in members], len(members)
    return what_is_sent(request.arms or {}), None, (), None


def _chosen(
    request: ExperimentRequest, sent: Mapping[str, Intervention], best: str | None
) -> dict[str, Intervention | None]:
    """Return the variants that were chosen, else the best one, and the control if it is one of them."""
    wanted = request.choose or (() if best is None else (best,))
    unknown = [name for name in wanted if name not in sent]
    if unknown or not wanted:
        message = f"{unknown[0][:60]!a} is no variant" if unknown else "is missing: no variant leads yet"
        raise InvalidInput.of([FieldProblem(field="choose", message=message, allowed=", ".join(list(sent)[:20]))])
    control = request.control
    names = [*wanted, control] if control is not None and control in sent and control not in wanted else wanted
    return what_is_sent({name: sent[name] for name in names})


# ---------------------------------------------------------------- the plan


def _shares(holdout: float | None, arms: int, control: int) -> NDArray[np.float64]:
    """Return each arm's share: of the control as asked, or the one that needs fewest customers (Dunnett 1955)."""
    treated = arms - 1
    own = 1.0 / (1.0 + np.sqrt(treated)) if holdout is None else holdout
    shares = np.full(arms, (1.0 - own) / treated)
    shares[control] = own
    return shares


def _planned(
    ctx: Context, request: ExperimentRequest, asked: _Asked, sizing: Sizing, made_by: Provenances
) -> ExperimentPlan:
    foretold, now = sizing.forecast, ctx.clock.now()
    others = [place for place in range(len(foretold.arms)) if place != sizing.control]
    sizes = {place: sizing.needed(place) for place in others}
    share = float(sizing.shares[sizing.control])
    known = [size for size in sizes.values() if size is not None]
    needed = max(ceil(size[0] / share) for size in known) if len(known) == len(others) else None
    available = _available(request, asked)
    total = available if needed is None else needed if available is None else min(needed, available)
    return ExperimentPlan(
        id=ExperimentId(ctx.ids.new("plan_")),
        name=request.name,
        source=asked.source,
        metric=request.metric,
        field=METRICS[request.metric],
        window_days=request.window_days,
        alpha=request.alpha,
        alpha_each=sizing.alpha,
        power=request.power,
        looks=request.looks,
        correlation=request.correlation,
        level=request.level,
        arms=tuple(
            Arm(
                id=name,
                intervention=asked.arms[name],
                is_control=place == sizing.control,
                share=float(sizing.shares[place]),
                customers=None if total is None else int(total * float(sizing.shares[place])),
                predicted=foretold.estimate(place, request.level),
            )
            for place, name in enumerate(foretold.arms)
        ),
        effects=tuple(_effect(sizing, place, sizes[place], total, request.level) for place in others),
        needed=needed,
        total=total,
        available=available,
        flow=request.flow,
        weeks=_weeks(request, total),
        guardrails=dict(request.guardrails),
        audience=len(foretold.each),
        of=len(asked.customers),
        currency=foretold.currency,
        warnings=tuple(
            warnings_of(request, sizing, needed, total, arms=asked.arms, one_customer=len(asked.customers) == 1)
        ),
        seed=request.seed,
        model=made_by.model,
        prior=made_by.prior,
        created_at=now,
    )


def _available(request: ExperimentRequest, asked: _Asked) -> int | None:
    """Return the customers there are: as told, as the weeks bring, or as many as were named."""
    if request.flow is None:
        return request.available if request.available is not None else asked.counted
    brought = None if request.weeks is None else int(request.flow * request.weeks)
    limits = [it for it in (brought, request.available) if it is not None]
    return min(limits) if limits else None


def _weeks(request: ExperimentRequest, total: int | None) -> int | None:
    if total is None:
        return None
    coming = 0 if request.flow is None else ceil(total / request.flow)
    return ceil(coming + request.window_days / 7.0)


def _effect(
    sizing: Sizing, place: int, size: tuple[int, int] | None, total: int | None, level: float
) -> ExpectedEffect:
    return ExpectedEffect(
        arm=sizing.forecast.arms[place],
        predicted=sizing.forecast.estimate(place, level, sizing.control),
        needed=None if size is None else size[1],
        needed_control=None if size is None else size[0],
        power=None if total is None else sizing.power_with(place, total),
        assurance=None if total is None else sizing.assurance(place, total),
        detectable=None if total is None else sizing.detectable(place, total),
    )
