"""What a readout is asked for, together with what its plan says, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.experiments import ANYTIME, GUARDRAILS, LOOKS, MOST_ARMS, ExperimentPlan, metric_problem
from twincast.domain.fields import MAX_HORIZON_DAYS, MAX_LEVEL, MIN_LEVEL
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import default_window
from twincast.usecases.proving.requests import guardrail_problems, what_is_sent
from twincast.usecases.proving.rows import MOST_SEGMENTS, GivenRow
from twincast.usecases.proving.stored import same_message

LEVEL: Final = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadoutRequest:
    """What a readout is asked for; None is what the plan says, else the documented default.

    Attributes:
        plan: id of the plan of the test.
        arms: id -> what was sent; None sends nothing. Of rows that are not stored ids alone would do.
        control: id of the arm to compare with; None: the one that sends nothing.
        shares: planned share of each arm, where rows tell no propensity.
        metric: what decides.
        rows: the customers; None: the stored outcomes of the arms, sent from `since` on and before `until`.
        window_days: days within which outcomes counted.
        looks: `once` at the planned end, or `anytime`.
        planned: customers that a test without a plan was to have; the sequence is narrowest there.
        guardrails: kind -> by how much its share may rise.
        segments: names of segments, for stored outcomes.
        adjust: False: nothing that was known before is made use of.
        store: rows are stored as outcomes, if the test is sound; `learn`: and learned from now.
    """

    plan: str | None = None
    arms: Mapping[str, Intervention | None] | None = None
    control: str | None = None
    shares: Mapping[str, float] | None = None
    metric: str | None = None
    rows: Sequence[GivenRow] | None = None
    since: datetime | None = None
    until: datetime | None = None
    window_days: float | None = None
    looks: str | None = None
    planned: int | None = None
    guardrails: Mapping[str, float] | None = None
    segments: Sequence[str] = ()
    adjust: bool = True
    level: float = LEVEL
    store: bool = False
    learn: bool = False
    seed: int = 0


def request_of(asked: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] | None) -> ReadoutRequest:
    """Return a request from plain data.

    Args:
        asked: fields of `ReadoutRequest` by name, without the rows.
        rows: those of `GivenRow`; None where there are none.
    """
    return ReadoutRequest(**asked, rows=None if rows is None else tuple(GivenRow(**row) for row in rows))


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A test as it is to be read: what the request and its plan say together."""

    plan: ExperimentPlan | None
    arms: Mapping[str, Intervention | None]
    control: str
    shares: Mapping[str, float] | None
    metric: str
    window_days: float | None
    looks: str
    guardrails: Mapping[str, float]
    planned: float | None


def reading_of(request: ReadoutRequest, plan: ExperimentPlan | None) -> Reading:
    """Return a test as the plan and the request say it. Raises InvalidInput where they contradict one another."""
    if plan is not None:
        _agree(request, plan)
        return Reading(
            plan=plan,
            arms={arm.id: arm.intervention for arm in plan.arms},
            control=plan.control.id,
            shares=plan.shares,
            metric=plan.metric,
            window_days=float(plan.window_days),
            looks=plan.looks,
            guardrails=plan.guardrails if request.guardrails is None else request.guardrails,
            planned=None if plan.total is None else float(plan.total),
        )
    arms = what_is_sent(request.arms or dict.fromkeys(it.arm for it in request.rows or ()))
    nothing = [name for name, it in arms.items() if it is None]
    control = request.control if request.control is not None else nothing[0] if len(nothing) == 1 else None
    problems = []
    if not 2 <= len(arms) <= MOST_ARMS:
        problems.append(FieldProblem(field="arms", message=f"has {len(arms)}", allowed=f"2 to {MOST_ARMS}, or plan_id"))
    if control is None or control not in arms:
        message = "is missing: the arm to compare with" if request.control is None else "is no arm"
        problems.append(FieldProblem(field="control", message=message, allowed=", ".join(list(arms)[:MOST_ARMS])))
    if request.shares is not None and set(request.shares) != set(arms):
        message = f"names {', '.join(ascii(it[:40]) for it in list(request.shares)[:5])}"
        problems.append(FieldProblem(field="shares", message=message, allowed=f"each of {', '.join(arms)}"))
    if problems or control is None:
        raise InvalidInput.of(problems)
    metric = request.metric or "purchase"
    guardrails = GUARDRAILS if request.guardrails is None else request.guardrails
    default = None if request.rows is not None else default_window(metric)
    return Reading(
        plan=None,
        arms=arms,
        control=control,
        shares=request.shares,
        metric=metric,
        window_days=request.window_days if request.window_days is not None else default,
        looks=request.looks or ANYTIME,
        guardrails={kind: most for kind, most in guardrails.items() if kind != metric},
        planned=None if request.planned is None else float(request.planned),
    )


def _agree(request: ReadoutRequest, plan: ExperimentPlan) -> None:
    """Raise InvalidInput where a request says otherwise than its plan: what was planned is not changed afterwards."""
    names = ("metric", "looks", "control", "window_days")
    said = {name: getattr(request, name) for name in names}
    planned = {name: plan.control.id if name == "control" else getattr(plan, name) for name in names}
    problems = [
        FieldProblem(field=name, message=f"is {value!a}, but the plan says {planned[name]!a}", allowed="leave it out")
        for name, value in said.items()
        if value is not None and value != planned[name]
    ]
    sent = {arm.id: arm.intervention for arm in plan.arms}
    if request.arms is not None and not (
        set(request.arms) == set(sent) and all(same_message(it, sent[name]) for name, it in request.arms.items())
    ):
        problems.append(FieldProblem(field="arms", message="are others than the plan's", allowed="leave it out"))
    if problems:
        raise InvalidInput.of(problems)


def problems_of(request: ReadoutRequest) -> Iterator[FieldProblem]:
    """Yield what is wrong with a request."""
    if request.plan is None and request.arms is None and request.rows is None:
        yield FieldProblem(field="arms", message="is missing", allowed="one of: plan_id, arms, rows")
    if request.rows is not None and not request.rows:
        yield FieldProblem(field="rows", message="is empty", allowed="one or more customers")
    if request.rows is None and request.store:
        yield FieldProblem(field="store", message="goes with rows: what is stored already is stored", allowed="rows")
    if request.learn and request.rows is not None and not request.store:
        yield FieldProblem(field="learn", message="needs store: only what is stored is learned from", allowed="both")
    if request.metric is not None and (wrong := metric_problem(request.metric)) is not None:
        yield wrong
    if request.looks is not None and request.looks not in LOOKS:
        yield FieldProblem(field="looks", message=f"{request.looks[:40]!a} is not known", allowed=", ".join(LOOKS))
    if request.segments and request.rows is not None:
        yield FieldProblem(field="segments", message="goes with stored outcomes", allowed="`segment` in each row")
    if len(request.segments) > MOST_SEGMENTS:
        yield FieldProblem(field="segments", message=f"has {len(request.segments)}", allowed=f"at most {MOST_SEGMENTS}")
    if request.shares is not None and not _is_whole(request.shares):
        message, allowed = f"sums to {sum(request.shares.values()):g}", "each above 0, together 1"
        yield FieldProblem(field="shares", message=message, allowed=allowed)
    yield from guardrail_problems(request.guardrails or {})
    ranges = {
        "level": (request.level, MIN_LEVEL, MAX_LEVEL),
        "window_days": (request.window_days, 0.01, MAX_HORIZON_DAYS),
        "planned_customers": (request.planned, 2, 1e9),
    }
    for name, (value, least, most) in ranges.items():
        if value is not None and not (isfinite(value) and least <= value <= most):
            yield FieldProblem(field=name, message=f"{value:g} is out of range", allowed=f"{least:g} to {most:g}")


def _is_whole(shares: Mapping[str, float]) -> bool:
    return all(isfinite(it) and it > 0.0 for it in shares.values()) and abs(sum(shares.values()) - 1.0) < 1e-6
