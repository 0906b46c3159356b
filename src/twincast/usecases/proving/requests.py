"""What a test plan is asked for, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from twincast.domain.errors import FieldProblem
from twincast.domain.experiments import ANYTIME, GUARDRAILS, LOOKS, MAX_FLOW, metric_problem
from twincast.domain.fields import DEFAULT_HORIZON_DAYS, DEFAULT_LEVEL, MAX_HORIZON_DAYS, MAX_LEVEL, MIN_LEVEL
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import RESPONSES
from twincast.stats.power import ALPHA, POWER
from twincast.usecases.texts import MAX_NAME, text_problems


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentRequest:
    """What a plan is asked for; None is the documented default.

    Attributes:
        arms: id -> what is sent, None for nothing; None where a comparison or a batch says it.
        comparison, batch: id of the one whose recommended variant, or `choose`, is to be tested.
        choose: ids of the variants to be tested.
        control: id of the arm to compare with; None: no contact.
        customers: ids of those whom the test is for; None: those of the segment, the batch, the comparison.
        metric: what decides, a key of `METRICS`.
        holdout: share of the customers in the control; None: the one that needs fewest customers.
        available: customers there are; None: as many as are named, where no flow is told.
        flow: customers who come in a week; `weeks` of it can be had.
        correlation: of the metric with what is known before.
        guardrails: kind -> by how much its share may rise.
        seed: of the assignment and of the draws.
    """

    arms: Mapping[str, Intervention | None] | None = None
    comparison: str | None = None
    batch: str | None = None
    choose: tuple[str, ...] = ()
    control: str | None = None
    customers: Sequence[str] | None = None
    segment: str | None = None
    name: str = ""
    metric: str = "purchase"
    window_days: int = DEFAULT_HORIZON_DAYS
    holdout: float | None = None
    alpha: float = ALPHA
    power: float = POWER
    looks: str = ANYTIME
    correlation: float = 0.0
    available: int | None = None
    flow: float | None = None
    weeks: int | None = None
    level: float = DEFAULT_LEVEL
    guardrails: Mapping[str, float] = field(default_factory=lambda: dict(GUARDRAILS))
    seed: int = 0


def problems_of(request: ExperimentRequest) -> Iterator[FieldProblem]:
    """Yield what is wrong with a request."""
    given = [it for it in (request.arms, request.comparison, request.batch) if it is not None]
    if len(given) != 1:
        message = "is missing" if not given else "stands beside another source"
        yield FieldProblem(field="arms", message=message, allowed="one of: arms, comparison_id, batch_id")
    if request.customers is not None and request.segment is not None:
        yield FieldProblem(field="segment", message="stands beside customers", allowed="one of the two")
    if (wrong := metric_problem(request.metric)) is not None:
        yield wrong
    if request.looks not in LOOKS:
        yield FieldProblem(field="looks", message=f"{request.looks[:40]!a} is not known", allowed=", ".join(LOOKS))
    yield from text_problems("name", request.name, MAX_NAME)
    for name in request.arms or {}:
        if not name.strip():
            yield FieldProblem(field="arms", message="has an empty id", allowed=f"1 to {MAX_NAME} characters")
        yield from text_problems("arms", name, MAX_NAME)
    yield from guardrail_problems(request.guardrails)
    yield from _number_problems(request)


def what_is_sent(arms: Mapping[str, Intervention | None]) -> dict[str, Intervention | None]:
    """Return arms with None wherever nothing is sent, however that was said."""
    return {name: it if it is not None and it.is_contact else None for name, it in arms.items()}


def guardrail_problems(guardrails: Mapping[str, float]) -> Iterator[FieldProblem]:
    """Yield what is wrong with guardrails."""
    for kind, most in guardrails.items():
        if kind not in RESPONSES:
            message = f"{kind[:40]!a} is not known"
            yield FieldProblem(field="guardrails", message=message, allowed=", ".join(RESPONSES))
        elif not (isfinite(most) and 0.0 <= most < 1.0):
            message = f"{most:g} is out of range"
            yield FieldProblem(field=f"guardrails.{kind}", message=message, allowed="0 to 1: by how much it may rise")


def _number_problems(request: ExperimentRequest) -> Iterator[FieldProblem]:
    ranges: dict[str, tuple[float | None, float, float]] = {
        "window_days": (request.window_days, 1, MAX_HORIZON_DAYS),
        "holdout_share": (request.holdout, 0.01, 0.99),
        "alpha": (request.alpha, 0.0001, 0.5),
        "power": (request.power, 0.5, 0.999),
        "correlation": (request.correlation, 0.0, 0.99),
        "available": (request.available, 2, MAX_FLOW),
        "customers_per_week": (request.flow, 1, MAX_FLOW),
        "weeks": (request.weeks, 1, 520),
        "level": (request.level, MIN_LEVEL, MAX_LEVEL),
    }
    for name, (value, least, most) in ranges.items():
        if value is not None and not (isfinite(value) and least <= value <= most):
            yield FieldProblem(field=name, message=f"{value:g} is out of range", allowed=f"{least:g} to {most:g}")
    if request.weeks is not None and request.flow is None:
        yield FieldProblem(field="weeks", message="needs customers_per_week", allowed="both, or neither")
