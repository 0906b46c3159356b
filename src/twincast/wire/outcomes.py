"""Outcomes as callers report them, one or many, and as they are stored."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.ids import customer_id_of
from twincast.domain.imports import OutcomePreview, OutcomeReport
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import Outcome
from twincast.wire.imports import ColumnChoices
from twincast.wire.interventions import InterventionIn
from twincast.wire.problems import ProblemField
from twincast.wire.shapes import Answer, Listed, Name, Number, Request, Switch, parsed, shown

MAX_OUTCOMES: Final = 1_000
"""Most outcomes in one body; more are an upload."""


def moment_of(value: object) -> datetime | date:
    """Read a moment, or a day, in ISO 8601. Raises ValueError in words."""
    moment = value if isinstance(value, datetime | date) else _parsed(value)
    if moment is not None and moment.year not in YEARS:
        raise ValueError(f"{shown(value)} lies outside of the years {YEARS[0]} to {YEARS[-1]}")
    if moment is not None:
        return moment
    raise ValueError(f"{shown(value)} is not a moment in ISO 8601, such as '2026-05-04T09:30:00+02:00' or '2026-05-04'")


def _parsed(value: object) -> datetime | date | None:
    text = value.strip() if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


def _happened(value: object) -> object:
    return float(value) if isinstance(value, bool) else value


YEARS: Final = range(1970, 2200)
"""In which outcomes can lie."""
_SAME: Final = (
    "event_id", "test_id", "kind", "value", "responses", "amount", "items", "sent_at", "occurred_at", "window_days",
    "observed_until", "assignment", "propensity", "by_machine",
)  # fmt: skip
When = Annotated[datetime | date, BeforeValidator(moment_of, json_schema_input_type=datetime)]
Value = Annotated[float, BeforeValidator(_happened, json_schema_input_type=float | bool), Field(allow_inf_nan=False)]


class OutcomeIn(Request):
    """What was seen of one customer after a contact, or in a time without one. Say `kind`, or several `responses`."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "event_id": "order-7781",
                    "customer_id": "cust_12345",
                    "intervention": {"type": "promotional_email", "content": "20% off this weekend"},
                    "sent_at": "2026-05-01T09:00:00+02:00",
                    "kind": "purchase",
                    "amount": 59.9,
                    "occurred_at": "2026-05-02T20:15:00+02:00",
                    "assignment": "randomised",
                    "propensity": 0.5,
                }
            ]
        },
    )

    event_id: Name | None = Field(None, description="Yours; the same one is stored once. Default: made from the rest.")
    customer_id: Name | None = None
    digital_twin_id: Name | None = Field(None, description="The twin's id, instead of the customer's.")
    test_id: Name | None = Field(None, description="The test that foretold it; says customer, intervention and window.")
    intervention: InterventionIn | None = Field(None, description="What was sent.")
    intervention_id: Name | None = Field(None, description="Key of `interventions`, instead of `intervention`.")
    contacted: Switch | None = Field(None, description="false: nothing was sent.")
    sent_at: When | None = Field(None, description="When it was sent; where nothing was, from when on was observed.")
    kind: Name | None = Field(
        None,
        description="open, click, visit, reply, redemption, purchase, share, unsubscribe, retained; `engage` for what "
        "the intervention asks for; satisfaction, brand, emotion for answers to a survey.",
    )
    value: Value | None = Field(None, description="1 it happened (default), 0 none was seen; an answer on its scale.")
    responses: dict[Name, Value] | None = Field(None, description="Several kinds at once: {visit: 1, purchase: 0}.")
    amount: Number | None = Field(None, description="Money of a purchase or redemption.")
    items: Number | None = None
    occurred_at: When | None = Field(None, description="When it happened.")
    window_days: Number | None = Field(
        None, description="Days from sent_at within which it counts. Default: the kind's."
    )
    observed_until: When | None = Field(
        None, description="Everything up to here is known. Default: it goes on being observed, and reports may be late."
    )
    assignment: Name | None = Field(None, description="randomised (with propensity) or observational (default).")
    propensity: Number | None = Field(None, description="Probability with which this customer was to get this.")
    by_machine: Switch = Field(False, description="An open or click that a scanner or proxy made.")

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        yield from conflicts(self)

    def observed(self, sent: Intervention | None, place: int) -> dict[str, Any]:
        """Return what was observed, by the names of `usecases.observations.told`."""
        said = {name: value for name in _SAME if (value := getattr(self, name)) is not None}
        contacted = False if self.contacted is None and sent is not None and not sent.is_contact else self.contacted
        customer = self.digital_twin_id or self.customer_id
        return {**said, "customer": customer, "intervention": sent, "contacted": contacted, "place": place}


def conflicts(told: OutcomeIn) -> Iterator[FieldProblem]:
    """Yield what contradicts itself in one outcome."""
    if told.intervention is not None and told.intervention_id is not None:
        yield FieldProblem(field="intervention_id", message="stands beside `intervention`", allowed="one of the two")
    if told.intervention is not None:
        yield from told.intervention.conflicts("intervention")
    if told.responses is not None and (told.kind is not None or told.value is not None):
        yield FieldProblem(field="responses", message="stands beside `kind`", allowed="one of the two")
    if told.responses is not None and not told.responses:
        yield FieldProblem(field="responses", message="is empty", allowed="at least one kind")


class OutcomesIn(Request):
    """Many outcomes, all stored or none."""

    outcomes: list[OutcomeIn] = Field(min_length=1, max_length=MAX_OUTCOMES)
    interventions: dict[Name, InterventionIn | None] | None = Field(
        None, description="Interventions by the ids that outcomes name; null is sending nothing."
    )

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        for place, told in enumerate(self.outcomes):
            for problem in conflicts(told):
                yield FieldProblem(
                    field=f"outcomes[{place}].{problem.field}", message=problem.message, allowed=problem.allowed
                )
        yield from shared_conflicts(self.interventions or {})


def shared_conflicts(given: Mapping[str, InterventionIn | None]) -> Iterator[FieldProblem]:
    """Yield what contradicts itself in interventions by id."""
    for name, item in given.items():
        if item is not None:
            yield from item.conflicts(f"interventions.{name[:80]}")


def outcomes_in(body: object) -> list[dict[str, Any]]:
    """Return what a body observes, one outcome or `{"outcomes": [...]}`, as `usecases.observations.told` takes it.

    Raises:
        InvalidInput: naming each field that is not right.
    """
    if isinstance(body, dict) and isinstance(body.get("outcomes"), list):
        whole = parsed(OutcomesIn, body)
        return _observed(whole.outcomes, sent_by_id(whole.interventions))
    return _observed([parsed(OutcomeIn, body)], {})


def sent_by_id(given: Mapping[str, InterventionIn | None] | None) -> dict[str, Intervention | None]:
    """Return interventions by id; None is sending nothing."""
    return {name: None if it is None else it.to_domain(name) for name, it in (given or {}).items()}


def _observed(told: list[OutcomeIn], named: Mapping[str, Intervention | None]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    problems = []
    for place, one in enumerate(told):
        sent = None if one.intervention is None else one.intervention.to_domain()
        is_nothing = False
        if one.intervention_id is not None:
            if one.intervention_id not in named:
                path = "intervention_id" if len(told) == 1 else f"outcomes[{place}].intervention_id"
                problems.append(_not_named(path, one.intervention_id, named))
                continue
            sent = named[one.intervention_id]
            is_nothing = sent is None
        seen = one.observed(sent, place)
        found.append(seen | {"contacted": False} if is_nothing and one.contacted is None else seen)
    if problems:
        raise InvalidInput.of(problems)
    return found


def _not_named(field: str, given: str, named: Mapping[str, object]) -> FieldProblem:
    listed = ", ".join(list(named)[:20]) or "none were given: send them as `interventions`"
    message = f"'{ascii(given[:60])[1:-1]}' is not among the interventions"
    return FieldProblem(field=field, message=message, allowed=listed)


class OutcomeRecord(Answer):
    """One stored outcome."""

    event_id: str
    digital_twin_id: str
    customer_id: str
    kind: str
    value: float
    amount: float | None
    items: float | None
    contacted: bool
    intervention: dict[str, JsonValue] | None = Field(description="What was sent, as given; null where nothing was.")
    sent_at: datetime
    occurred_at: datetime | None
    window_days: float
    observed_until: datetime | None
    assignment: str
    propensity: float | None
    by_machine: bool
    test_id: str | None
    received_at: datetime

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeRecord":
        """Render an outcome."""
        return cls(
            event_id=outcome.id,
            digital_twin_id=outcome.twin_id,
            customer_id=customer_id_of(outcome.twin_id),
            kind=outcome.kind,
            value=outcome.value,
            amount=outcome.amount,
            items=outcome.items,
            contacted=outcome.intervention is not None,
            intervention=None if outcome.intervention is None else said_of(outcome.intervention),
            sent_at=outcome.sent_at,
            occurred_at=outcome.occurred_at,
            window_days=outcome.window_days,
            observed_until=outcome.observed_until,
            assignment=outcome.assignment,
            propensity=outcome.propensity,
            by_machine=outcome.by_machine,
            test_id=outcome.trial_id,
            received_at=outcome.received_at,
        )


def said_of(sent: Intervention) -> dict[str, Any]:
    """Return an intervention as it was given, without what it leaves out."""
    names = ("id", "type", "channel", "content", "timing", "personalization_level", "response", "cost", "horizon_days")
    said = {name: value for name in names if (value := getattr(sent, name)) is not None}
    said |= {"products": list(sent.products)} if sent.products else {}
    said |= {"at": sent.at.isoformat()} if sent.at is not None else {}
    return {**(sent.attributes or {}), **said}


class OutcomesAdded(Answer):
    """What became of the outcomes."""

    created: int
    repeated: int = Field(description="Stored already, saying the same.")
    items: list[OutcomeRecord] = Field(description="As they are stored, in the order given.")


class OutcomeRecords(Listed[OutcomeRecord]):
    """One page of outcomes, newest first: of all as they came in, of one twin as they happened."""


class OutcomeOptions(Request):
    """How an uploaded table of outcomes is to be read."""

    mapping: dict[str, Name | None] | None = Field(None, description="Column to field; null leaves a column out.")
    interventions: dict[Name, InterventionIn | None] | None = Field(
        None, description="Interventions by the ids in the table; null is sending nothing."
    )
    defaults: OutcomeIn | None = Field(None, description="What holds for every row that does not say otherwise.")
    on_error: Name = "refuse"
    format: Name | None = None

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        yield from shared_conflicts(self.interventions or {})
        for problem in conflicts(self.defaults) if self.defaults is not None else ():
            yield FieldProblem(field=f"defaults.{problem.field}", message=problem.message, allowed=problem.allowed)


def reading_of(options: OutcomeOptions) -> dict[str, Any]:
    """Return how a table is read, by the names of `usecases.uploads.Reading`."""
    defaults: dict[str, Any] = {}
    named = sent_by_id(options.interventions)
    if options.defaults is not None:
        sent = None if options.defaults.intervention is None else options.defaults.intervention.to_domain()
        seen = options.defaults.observed(sent, 0)
        defaults = {name: value for name, value in seen.items() if value is not None and name != "place"}
    return {"mapping": options.mapping or {}, "interventions": named, "defaults": defaults}


class OutcomeUploadPreview(Answer):
    """What an upload of outcomes would do; nothing was stored."""

    format: str
    mapping: ColumnChoices
    rows: int
    valid: int = Field(description="Rows that nothing is wrong with; each may hold several outcomes.")
    new: int = Field(description="Outcomes that would be new.")
    repeated: int
    first: list[OutcomeRecord]
    problems: list[ProblemField]
    problem_count: int

    @classmethod
    def of(cls, found: OutcomePreview) -> "OutcomeUploadPreview":
        """Render a preview."""
        return cls(
            format=found.format,
            mapping=ColumnChoices.of(found.mapping),
            rows=found.rows,
            valid=found.valid,
            new=found.new,
            repeated=found.repeated,
            first=[OutcomeRecord.of(it) for it in found.first],
            problems=[ProblemField.of(it) for it in found.problems],
            problem_count=found.problem_count,
        )


class OutcomeUploadReport(Answer):
    """What an upload of outcomes did, in one transaction."""

    format: str
    mapping: ColumnChoices
    rows: int
    created: int = Field(description="Outcomes that are new; a row may hold several.")
    repeated: int
    skipped: int = Field(description="Rows left out for a problem.")
    problems: list[ProblemField]
    problem_count: int

    @classmethod
    def of(cls, done: OutcomeReport) -> "OutcomeUploadReport":
        """Render a report."""
        return cls(
            format=done.format,
            mapping=ColumnChoices.of(done.mapping),
            rows=done.rows,
            created=done.created,
            repeated=done.repeated,
            skipped=done.skipped,
            problems=[ProblemField.of(it) for it in done.problems],
            problem_count=done.problem_count,
        )
