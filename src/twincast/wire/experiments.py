"""Test plans in public shapes: what is to be tested on whom, and how many customers that takes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, JsonValue

from twincast.domain.errors import FieldProblem
from twincast.domain.experiments import Assignment, ExperimentPlan
from twincast.domain.interventions import Intervention
from twincast.wire.interventions import InterventionIn
from twincast.wire.outcomes import said_of, sent_by_id, shared_conflicts
from twincast.wire.remarks import Remark
from twincast.wire.shapes import Answer, Listed, Name, Names, Number, Request, Whole

MOST_CUSTOMERS = 100_000


class TestPlanIn(Request):
    """A test with real customers: its arms, or where they come from, and whom it is for."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "arms": {"sale": {"type": "promotional_email", "content": "20% off this weekend"}, "nothing": None},
                    "customers": ["cust_12345"],
                    "metric": "purchase",
                    "window_days": 14,
                    "customers_per_week": 5000,
                }
            ]
        },
    )

    arms: dict[Name, InterventionIn | None] | None = Field(None, description="What is sent by arm; null sends nothing.")
    comparison_id: Name | None = Field(None, description="Tests its recommended variant, or those of `choose`.")
    batch_id: Name | None = Field(None, description="The same of a batch, whose customers it is for.")
    choose: Names | None = Field(None, description="Ids of the variants to be tested.")
    control: Name | None = Field(None, description="Arm that the others are compared with. Default: sending nothing.")
    customers: list[Name] | None = Field(
        None, max_length=MOST_CUSTOMERS, description="Ids of those whom the test is for, or of some like them."
    )
    customer_segment: Name | None = Field(None, description="Name of a segment, instead of `customers`.")
    name: Name | None = None
    metric: Name | None = Field(None, description="purchase (default), visit, click, ..., or amount for money.")
    window_days: Whole | None = Field(None, description="Days within which it counts. Default: 7.")
    holdout_share: Number | None = Field(None, description="Of customers, in the control. Default: what needs least.")
    alpha: Number | None = Field(None, description="Share of false alarms, all arms together. Default: .05.")
    power: Number | None = Field(None, description="Share of true effects that are found. Default: .8.")
    looks: Name | None = Field(None, description="anytime (default): it may be looked at every day; once: at its end.")
    correlation: Number | None = Field(None, description="Of the metric with what is known before. Default: 0.")
    available: Whole | None = Field(None, description="Customers there are. Default: those named, without a flow.")
    customers_per_week: Number | None = Field(None, description="How many come. Default: all are there.")
    weeks: Whole | None = Field(None, description="For how long they may come.")
    level: Number | None = Field(None, description="Of intervals of what is foretold. Default: .8.")
    guardrails: dict[Name, Number] | None = Field(
        None, description="Kind of outcome: by how much its share may rise. Default: unsubscribe .002."
    )
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="Of the assignment. Default: 0.")

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        for problem in shared_conflicts(self.arms or {}):
            yield FieldProblem(
                field=problem.field.replace("interventions.", "arms.", 1),
                message=problem.message,
                allowed=problem.allowed,
            )

    def asked(self) -> dict[str, Any]:
        """Return what is asked, by the names of `usecases.proving.requests.ExperimentRequest`."""
        names = {
            "comparison_id": "comparison",
            "batch_id": "batch",
            "customer_segment": "segment",
            "holdout_share": "holdout",
            "customers_per_week": "flow",
        }
        said = {
            names.get(name, name): value
            for name in type(self).model_fields
            if name not in {"arms", "choose"} and (value := getattr(self, name)) is not None
        }
        if self.arms is not None:
            said["arms"] = arms_in(self.arms)
        return said | ({} if self.choose is None else {"choose": tuple(self.choose)})


def arms_in(given: dict[Name, InterventionIn | None]) -> dict[str, Intervention | None]:
    """Return what is sent by arm; a message of type `none` is nothing."""
    return {name: None if it is None or not it.is_contact else it for name, it in sent_by_id(given).items()}


class Shown(Answer):
    """A part of an answer that is read off a value of the domain, name by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Foreseen(Shown):
    """A foretold number with its interval."""

    value: float
    low: float
    high: float
    level: float
    unit: str
    basis: str = Field(description="prior: no outcome of this company is behind it yet; fitted: some are.")


class PlannedArm(Answer):
    """One arm of a planned test."""

    id: str
    intervention: dict[str, JsonValue] | None = Field(description="What is sent; null where nothing is.")
    is_control: bool
    share: float
    customers: int | None
    predicted: Foreseen


class PlannedEffect(Shown):
    """What an arm is foretold to change against the control, and what it takes to see that."""

    arm: str
    predicted: Foreseen
    needed: int | None = Field(description="Customers in the arm; null where no difference is foretold.")
    needed_control: int | None
    power: float | None = Field(description="P(it comes out) with the plan's customers, if the prediction is right.")
    assurance: float | None = Field(description="The same with what the prediction is unsure of.")
    detectable: float | None = Field(description="Least rise that the plan's customers find with the wanted power.")


class TestPlan(Answer):
    """A stored plan. It never changes: what was foretold stands before what is measured."""

    test_plan_id: str
    name: str
    source: str | None
    metric: str
    field: str
    window_days: int
    looks: str
    alpha: float
    alpha_each: float = Field(description="Of one arm against the control.")
    power: float
    correlation: float
    arms: list[PlannedArm]
    effects: list[PlannedEffect]
    needed: int | None = Field(description="Customers in all arms that find what is foretold.")
    customers: int | None = Field(description="Customers of the plan: as many as are needed, or as there are.")
    available: int | None
    customers_per_week: float | None
    weeks: int | None = Field(description="From the first contact to the last outcome.")
    guardrails: dict[str, float]
    predicted_for: int = Field(description="Customers whose predictions it rests on; `stands_for` so many.")
    stands_for: int
    currency: str | None
    warnings: list[Remark]
    seed: int
    model: str
    prior: str
    created_at: datetime

    @classmethod
    def of(cls, plan: ExperimentPlan) -> "TestPlan":
        """Render a plan."""
        other = {"test_plan_id", "arms", "effects", "customers", "customers_per_week", "guardrails"}
        other |= {"predicted_for", "stands_for", "warnings"}
        return cls(
            **{name: getattr(plan, name) for name in cls.model_fields if name not in other},
            test_plan_id=plan.id,
            arms=[
                PlannedArm(
                    id=arm.id,
                    intervention=None if arm.intervention is None else said_of(arm.intervention),
                    is_control=arm.is_control,
                    share=arm.share,
                    customers=arm.customers,
                    predicted=Foreseen.model_validate(arm.predicted),
                )
                for arm in plan.arms
            ],
            effects=[PlannedEffect.model_validate(it) for it in plan.effects],
            customers=plan.total,
            customers_per_week=plan.flow,
            guardrails=dict(plan.guardrails),
            predicted_for=plan.audience,
            stands_for=plan.of,
            warnings=[Remark.model_validate(Remark.plain(it)) for it in plan.warnings],
        )


class TestPlans(Listed[TestPlan]):
    """A page of plans, newest first."""


class AssignmentsIn(Request):
    """Customers to be put into the arms of a plan."""

    customers: list[Name] = Field(min_length=1, max_length=MOST_CUSTOMERS)


class AssignedCustomer(Shown):
    """Where a customer goes: to be told beside the outcome."""

    customer_id: str
    arm: str
    propensity: float
    assignment: str


class Assignments(Answer):
    """Where customers go: by chance, and each time the same."""

    test_plan_id: str
    items: list[AssignedCustomer]

    @classmethod
    def of(cls, plan_id: str, found: list[Assignment]) -> "Assignments":
        """Render assignments."""
        items = [
            AssignedCustomer(customer_id=it.customer, arm=it.arm, propensity=it.propensity, assignment="randomised")
            for it in found
        ]
        return cls(test_plan_id=plan_id, items=items)
