"""A plan for a test with real customers: arms, how many customers it takes, and what it is expected to find."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.domain.ids import ExperimentId
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import Estimate
from twincast.domain.twins import Warning

MOST_ARMS: Final = 10
MAX_FLOW: Final = 1e8
MONEY: Final = "amount"
METRICS: Final[dict[str, str]] = {
    "visit": "will_engage",
    "click": "will_engage",
    "reply": "will_engage",
    "redemption": "will_engage",
    "purchase": "will_purchase",
    "open": "will_open",
    "share": "will_share",
    "unsubscribe": "will_unsubscribe",
    MONEY: "expected_revenue",
}
"""What a test may be decided by: kinds of outcomes, or the money of a customer; and the field that foretells it."""
GUARDRAILS: Final[dict[str, float]] = {"unsubscribe": 0.002}
"""What must not rise by more, where nobody says: a judgement, two customers in a thousand."""
ONCE, ANYTIME = "once", "anytime"
LOOKS: Final[tuple[str, ...]] = (ONCE, ANYTIME)
"""How often a test is looked at before it is decided: at its planned end alone, or whenever one likes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One arm of a test.

    Attributes:
        id: the caller's name for it.
        intervention: what is sent; None where nothing is.
        is_control: whether the others are compared with it.
        share: of the customers who go into it.
        customers: how many the plan puts there; None where nobody can say.
        predicted: what is foretold of the metric: a share, or money a customer.
    """

    id: str
    intervention: Intervention | None
    is_control: bool
    share: float
    customers: int | None
    predicted: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedEffect:
    """What one arm is foretold to change against the control, and what it takes to see that.

    Attributes:
        arm: id of the arm.
        predicted: difference to the control, with what the prediction is unsure of.
        needed: customers in the arm, and `needed_control` in the control, to find it with the wanted power; None where
            no difference is foretold.
        power: P(the test comes out as foretold) with the customers of the plan, if the prediction is right.
        assurance: the same with the uncertainty of the prediction.
        detectable: least rise above the control that the plan finds with the wanted power; None where it finds none.
    """

    arm: str
    predicted: Estimate
    needed: int | None
    needed_control: int | None
    power: float | None
    assurance: float | None
    detectable: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentPlan:
    """A stored plan; it never changes, so that what was foretold stands before what is measured.

    Attributes:
        source: id of the comparison or batch that it came from; None where its arms were given.
        metric: what decides, a key of `METRICS`; `field` foretells it, within `window_days` of the contact.
        alpha: share of false alarms over all arms together; `alpha_each` of one arm against the control.
        looks: `once` or `anytime`.
        correlation: of the metric with what is known before, where the readout will use that.
        total: customers of the plan; `needed` for the foretold effects, None where there is none to be found.
        available: customers there are, None where that is not known; `flow` come in a week, None: all are there.
        weeks: from the first contact to the last outcome.
        guardrails: kind of outcome -> by how much its share may rise.
        audience: customers whose predictions the plan rests on; `of` how many they stand for.
        seed: assigns customers to arms.
        model, prior: what foretold.
    """

    id: ExperimentId
    name: str
    source: str | None
    metric: str
    field: str
    window_days: int
    alpha: float
    alpha_each: float
    power: float
    looks: str
    correlation: float
    level: float
    arms: tuple[Arm, ...]
    effects: tuple[ExpectedEffect, ...]
    needed: int | None
    total: int | None
    available: int | None
    flow: float | None
    weeks: int | None
    guardrails: Mapping[str, float]
    audience: int
    of: int
    currency: str | None
    warnings: tuple[Warning, ...]
    seed: int
    model: str
    prior: str
    created_at: datetime

    @property
    def control(self) -> Arm:
        """Return the arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.is_control)

    @property
    def shares(self) -> Mapping[str, float]:
        """Return the planned share of each arm."""
        return {arm.id: arm.share for arm in self.arms}


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """Where one customer goes, and with what probability: to be told beside the outcome."""

    customer: str
    arm: str
    propensity: float


def metric_problem(metric: str, field: str = "metric") -> FieldProblem | None:
    """Return what is wrong with a metric, or None."""
    if metric in METRICS:
        return None
    return FieldProblem(field=field, message=f"{metric[:40]!a} is not known", allowed=", ".join(METRICS))
