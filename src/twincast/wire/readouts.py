"""Readouts in public shapes: the rows of a test in, what it shows out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import AliasChoices, ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.readouts import Readout
from twincast.wire.experiments import Shown, arms_in
from twincast.wire.interventions import InterventionIn
from twincast.wire.outcomes import Value, When, shared_conflicts
from twincast.wire.remarks import Remark
from twincast.wire.shapes import Answer, Listed, Name, Names, Number, Request, Switch, Whole

MOST_ROWS = 200_000


class ReadoutRow(Request):
    """One customer of a test."""

    arm: Name
    customer_id: Name | None = None
    outcomes: dict[Name, Value] = Field(
        default_factory=dict,
        description="{purchase: 1, unsubscribe: 0, amount: 59.9}: 1 it happened, 0 it did not; left out: not known.",
    )
    assigned_on: When | None = Field(
        None,
        validation_alias=AliasChoices("assigned_on", "sent_at"),
        description="Day of the contact; where nothing was sent, from which on was observed.",
    )
    propensity: Number | None = Field(None, description="Probability with which this customer was to be in this arm.")
    segment: Name | None = None
    before: dict[Name, Number] = Field(default_factory=dict, description="What was known before the test, as numbers.")


class ReadoutIn(Request):
    """A test to be read: by its plan, by what its arms were sent, or from rows."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "control": "nothing",
                    "shares": {"sale": 0.5, "nothing": 0.5},
                    "metric": "purchase",
                    "rows": [
                        {"arm": "sale", "customer_id": "a", "outcomes": {"purchase": 1}, "before": {"orders": 4}},
                        {"arm": "nothing", "customer_id": "b", "outcomes": {"purchase": 0}, "before": {"orders": 2}},
                        {"arm": "sale", "customer_id": "c", "outcomes": {"purchase": 0}, "before": {"orders": 0}},
                        {"arm": "nothing", "customer_id": "d", "outcomes": {"purchase": 0}, "before": {"orders": 3}},
                    ],
                }
            ]
        },
    )

    test_plan_id: Name | None = None
    arms: dict[Name, InterventionIn | None] | None = Field(
        None, description="What each arm was sent, as it was told with the outcomes; null is nothing."
    )
    control: Name | None = Field(None, description="Arm that the others are compared with. Default: sending nothing.")
    shares: dict[Name, Number] | None = Field(None, description="Planned share of each arm, without propensities.")
    metric: Name | None = Field(None, description="purchase (default), visit, click, ..., or amount for money.")
    rows: list[ReadoutRow] | None = Field(
        None, max_length=MOST_ROWS, description="Default: stored outcomes that were assigned at random."
    )
    since: When | None = Field(None, description="Contacts from here on. Default: from the plan's day on.")
    until: When | None = Field(None, description="... and before.")
    window_days: Number | None = Field(None, description="Days within which outcomes counted.")
    looks: Name | None = Field(None, description="anytime (default) or once; a plan says it.")
    planned_customers: Whole | None = Field(None, description="How many it was to have, without a plan.")
    guardrails: dict[Name, Number] | None = None
    segments: Names | None = Field(None, description="Names of segments, for stored outcomes.")
    adjust: Switch | None = Field(None, description="false: nothing that was known before is used. Default: true.")
    level: Number | None = Field(None, description="Of all intervals together. Default: .95.")
    store: Switch | None = Field(None, description="Store the rows as outcomes, each once, if the test is sound.")
    learn: Switch | None = Field(None, description="Learn from what is stored now.")
    seed: Whole | None = Field(None, ge=0, lt=2**63)

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        for problem in shared_conflicts(self.arms or {}):
            yield replace(problem, field=problem.field.replace("interventions.", "arms.", 1))

    def asked(self) -> dict[str, Any]:
        """Return what is asked, by the names of `usecases.proving.readings.ReadoutRequest`; rows as plain dicts."""
        names = {"test_plan_id": "plan", "planned_customers": "planned"}
        said = {
            names.get(name, name): value
            for name in type(self).model_fields
            if name not in {"arms", "rows", "since", "until"} and (value := getattr(self, name)) is not None
        }
        if self.arms is not None:
            said["arms"] = arms_in(self.arms)
        for name in ("since", "until"):
            if (value := getattr(self, name)) is not None:
                said[name] = _moment(value)
        return said

    def told(self) -> list[dict[str, Any]] | None:
        """Return the rows, by the names of `usecases.proving.rows.GivenRow`."""
        if self.rows is None:
            return None
        return [
            {
                "arm": row.arm,
                "customer": row.customer_id,
                "outcomes": row.outcomes,
                "day": row.assigned_on.date() if isinstance(row.assigned_on, datetime) else row.assigned_on,
                "propensity": row.propensity,
                "segment": row.segment,
                "before": row.before,
            }
            for row in self.rows
        ]


def _moment(given: datetime | date) -> datetime:
    moment = given if isinstance(given, datetime) else datetime.combine(given, time())
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


class MeasuredEffect(Shown):
    """A measured number with its interval."""

    value: float
    low: float
    high: float
    level: float
    unit: str


class SoundnessCheck(Shown):
    """One thing that must hold if chance alone decided who got what."""

    name: str
    passed: bool
    p: float | None = Field(description="Always valid: it may be looked at as often as one likes.")
    words: str


class ReadArm(Shown):
    """What was seen in one arm."""

    arm: str
    is_control: bool
    customers: int
    events: int
    mean: MeasuredEffect


class ReadEffect(Shown):
    """What an arm changed against the control; intervals hold for all arms together."""

    arm: str
    plain: MeasuredEffect = Field(description="For one look, at the planned end.")
    adjusted: MeasuredEffect | None = Field(description="The same less what was known before; null where nothing was.")
    saved: float | None = Field(description="Share of the variance that what was known before took out.")
    sequence: MeasuredEffect | None = Field(description="Holds at every look; null below 100 events in an arm.")
    reason: str | None
    p: float = Field(description="Of no difference, for one look, all arms counted.")
    verdict: str = Field(description="better, worse, undecided or too_early.")


class ReadGuardrail(Shown):
    """What must not rise by more than `most`."""

    kind: str
    arm: str
    most: float
    difference: MeasuredEffect | None
    verdict: str = Field(description="breached, clear, undecided or untold.")
    words: str


class ReadSegment(Shown):
    """What an arm changed in one segment; intervals hold for all segments and arms together."""

    segment: str
    arm: str
    customers: int
    events: int
    difference: MeasuredEffect | None
    verdict: str
    reason: str | None


class SegmentsDiffer(Shown):
    """Whether an arm's effect differs between segments at all."""

    arm: str
    segments: int
    p: float
    words: str


class ForetoldBeside(Shown):
    """A prediction from before the test beside what came."""

    arm: str
    predicted: MeasuredEffect
    measured: MeasuredEffect
    gap: MeasuredEffect = Field(description="MeasuredEffect less predicted, as unsure as both are.")
    verdict: str = Field(description="as_foretold, foretold_too_much or foretold_too_little.")
    words: str


class FedOutcomes(Shown):
    """What became of the outcomes: each is stored once, and learned from once."""

    stored: int
    repeated: int
    learned: int | None = Field(description="Version of the model that has learned from them.")
    words: str


class TestReadout(Answer):
    """A stored readout; where the assignment is broken it gives no effect."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    readout_id: str
    test_plan_id: str | None
    source: str = Field(description="outcomes (stored) or rows (given).")
    metric: str
    unit: str
    window_days: float | None
    looks: str
    level: float
    control: str
    customers: int
    left_out: dict[str, int]
    assignment: str = Field(description="sound or broken.")
    checks: list[SoundnessCheck]
    arms: list[ReadArm]
    effects: list[ReadEffect]
    guardrails: list[ReadGuardrail]
    segments: list[ReadSegment]
    differing: list[SegmentsDiffer]
    foretold: list[ForetoldBeside]
    foretold_by: str | None
    before: list[str]
    feeding: FedOutcomes
    summary: str
    warnings: list[Remark]
    software: str
    created_at: datetime

    @classmethod
    def of(cls, found: Readout) -> "TestReadout":
        """Render a readout."""
        warnings = [Remark.model_validate(Remark.plain(it)) for it in found.warnings]
        own = {"readout_id": found.id, "test_plan_id": found.plan, "warnings": warnings}
        same = {name: getattr(found, name) for name in cls.model_fields if name not in own}
        return cls.model_validate(same | own)


class TestReadouts(Listed[TestReadout]):
    """A page of readouts, newest first."""
