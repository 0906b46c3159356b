"""Observations as people report them, made into outcomes: whom they are about, what was sent, what is left unsaid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from twincast.domain.channels import CHANNELS
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.ids import MAX_ID_LENGTH, TWIN_PREFIX, OutcomeId, TrialId, TwinId
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import (
    ENGAGE,
    KINDS,
    OBSERVATIONAL,
    RANDOMISED,
    SCALES,
    SPELLINGS,
    WITH_MONEY,
    Outcome,
    default_window,
    kind_of,
    problems_of,
)
from twincast.domain.trials import Trial
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import default_response, read_intervention
from twincast.usecases.context import Context
from twincast.usecases.references import candidates, is_text

DAY: Final = timedelta(days=1)
json_out: Final = msgspec.json.Encoder(order="deterministic").encode

Moment = datetime | date
"""A moment; without an offset by the clock of the workspace. A day stands for some time on it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """An outcome as it is reported; None is what was not said.

    Attributes:
        event_id: the reporter's id of the event; None: made from customer, contact, kind and time.
        customer: id of the customer or of the twin.
        test_id: the stored test that foretold it: says the twin, the intervention and the window.
        kind: any spelling of `domain.outcomes.KINDS`, or `engage`; None: a purchase, where an amount is told.
        value: None: it happened, or, where an amount is told, whether that is above 0.
        intervention: what was sent.
        contacted: False where nothing was sent.
        sent_at: of the contact; where nothing was sent, the moment from which on was observed.
        place: where it stands among others, for problems.
    """

    event_id: str | None = None
    customer: str | None = None
    test_id: str | None = None
    kind: str | None = None
    value: float | None = None
    amount: float | None = None
    items: float | None = None
    intervention: Intervention | None = None
    contacted: bool | None = None
    sent_at: Moment | None = None
    occurred_at: Moment | None = None
    window_days: float | None = None
    observed_until: Moment | None = None
    assignment: str | None = None
    propensity: float | None = None
    by_machine: bool = False
    place: int = 0


def told(fields: Mapping[str, Any]) -> list[Observation]:
    """Return what one report observes: one thing, or each of its `responses`.

    Args:
        fields: those of `Observation` by name; and `responses`, value by kind. Money goes with the purchase among them,
            else with the redemption, else it tells of a purchase of its own.
    """
    fields = dict(fields)
    responses: Mapping[str, float] | None = fields.pop("responses", None)
    if responses is None:
        return [Observation(**fields)]
    event, money = fields.get("event_id"), {name: fields.pop(name, None) for name in ("amount", "items")}
    kinds = {name: kind_of(name) or name for name in responses}
    paid = next((name for wanted in ("purchase", "redemption") for name in kinds if kinds[name] == wanted), None)
    parts: list[dict[str, Any]] = [{"kind": name, "value": value} for name, value in responses.items()]
    parts = [part | money if part["kind"] == paid else part for part in parts]
    if paid is None and money["amount"] is not None:
        parts.append({"kind": "purchase", **money})
    for part in parts:
        part["event_id"] = None if event is None else f"{event}:{kinds.get(part['kind'], part['kind'])}"
        part["occurred_at"] = fields.get("occurred_at") if part.get("value") != 0.0 else None
    return [Observation(**{**fields, **part}) for part in parts]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """Observations as outcomes.

    Attributes:
        outcomes: those that nothing is wrong with; `rows`: the place of each among the observations.
        problems: of the others, by place.
    """

    outcomes: Sequence[Outcome]
    rows: Sequence[int]
    problems: tuple[FieldProblem, ...]


def understand(ctx: Context, unit: UnitOfWork, observations: Sequence[Observation]) -> Understood:
    """Make observations into outcomes; those of a row stand or fall together."""
    reader = _Reader(ctx=ctx, now=ctx.clock.now(), zone=ZoneInfo(ctx.zone))
    reader.look_up(unit, observations)
    outcomes: list[Outcome] = []
    rows: list[int] = []
    problems: list[FieldProblem] = []
    for observation in observations:
        found = reader.outcome(observation)
        if isinstance(found, Outcome):
            outcomes.append(found)
            rows.append(observation.place)
        else:
            problems += found
    bad = {problem.row for problem in problems}
    kept = [place for place, row in enumerate(rows) if row not in bad]
    return Understood(
        outcomes=[outcomes[place] for place in kept], rows=[rows[place] for place in kept], problems=tuple(problems)
    )


@dataclass(kw_only=True, slots=True)
class _Reader:
    """What is known while observations are understood; interventions by `id()`, since thousands share one object."""

    ctx: Context
    now: datetime
    zone: ZoneInfo
    twins: dict[str, TwinId] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    sent: dict[str, Intervention] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    responses: dict[int, str] = field(default_factory=dict)
    wrong: dict[int, tuple[FieldProblem, ...]] = field(default_factory=dict)

    def look_up(self, unit: UnitOfWork, observations: Sequence[Observation]) -> None:
        """Find the twins and tests that are spoken of, all at once."""
        names = {it.customer for it in observations if it.customer}
        options = {name: [it for it in candidates(name) if it.startswith(TWIN_PREFIX)] for name in names}
        there = unit.twins.known([it for meant in options.values() for it in meant])
        self.twins = {
            name: found for name, meant in options.items() if (found := next((it for it in meant if it in there), None))
        }
        for test_id in {it.test_id for it in observations if it.test_id and is_text(it.test_id)}:
            trial = unit.trials.get(TrialId(test_id))
            if trial is not None:
                self.trials[test_id] = trial
                read, answer = trial.answer.intervention, trial.answer
                if read.is_contact:
                    self.sent[test_id] = replace(read.intervention, channel=answer.channel, response=answer.response)

    def outcome(self, given: Observation) -> Outcome | list[FieldProblem]:
        """Return an observation as an outcome, or what is wrong with it."""
        problems = list(self._problems(given))
        if not problems:
            made = self._made(given)
            problems = list(problems_of(made, self.now))
            if not problems:
                return made
        return [replace(problem, row=given.place) for problem in problems]

    def _problems(self, given: Observation) -> Iterator[FieldProblem]:
        """Yield what keeps an observation from being an outcome at all."""
        trial = self.trials.get(given.test_id or "")
        if given.test_id and trial is None:
            message = f"there is no test '{ascii(given.test_id[:60])[1:-1]}' in this workspace"
            yield FieldProblem(field="test_id", message=message, allowed="known tests only")
        yield from self._customer_problems(given, trial)
        yield from self._contact_problems(given, trial)
        if given.event_id is not None and not (0 < len(given.event_id) <= MAX_ID_LENGTH and _is_plain(given.event_id)):
            allowed = f"1 to {MAX_ID_LENGTH} characters of text"
            yield FieldProblem(field="event_id", message="can not be used", allowed=allowed)
        if given.sent_at is None:
            message = "is missing: when it was sent, or from when on was observed where nothing was"
            yield FieldProblem(field="sent_at", message=message)
        kind = self._kind(given, trial)
        if kind is None:
            said = "is missing" if given.kind is None else f"'{ascii(given.kind[:40])[1:-1]}' is not known"
            yield FieldProblem(field="kind", message=said, allowed=", ".join((*KINDS, ENGAGE)))
        elif kind in SCALES and given.value is None:
            yield FieldProblem(field="value", message=f"is missing: the answer that {kind} got")

    def _customer_problems(self, given: Observation, trial: Trial | None) -> Iterator[FieldProblem]:
        if given.customer is None or not given.customer:
            if given.test_id is None:
                yield FieldProblem(field="customer_id", message="is missing", allowed="or digital_twin_id, or test_id")
        elif given.customer not in self.twins:
            message = f"there is no twin for '{ascii(given.customer[:60])[1:-1]}' in this workspace"
            yield FieldProblem(
                field="customer_id", message=message, allowed="known customers: create their twins first"
            )
        elif trial is not None and self.twins[given.customer] != trial.twin_id:
            yield FieldProblem(
                field="customer_id", message="is another customer than the test's", allowed="one of them"
            )

    def _contact_problems(self, given: Observation, trial: Trial | None) -> Iterator[FieldProblem]:
        sent = given.intervention
        if trial is not None:
            if sent is not None:
                message = "is said by the test already"
                yield FieldProblem(field="intervention", message=message, allowed="test_id, or intervention")
            if given.contacted is False and trial.answer.intervention.is_contact:
                yield FieldProblem(field="contacted", message="is false, but the test is of a message that was sent")
        elif given.test_id is None and sent is None and given.contacted is not False:
            allowed = "what was sent, or contacted: false where nothing was"
            yield FieldProblem(field="intervention", message="is missing", allowed=allowed)
        elif sent is not None and given.contacted is not None and given.contacted != sent.is_contact:
            message = f"is {str(given.contacted).lower()}, which the intervention contradicts"
            yield FieldProblem(field="contacted", message=message, allowed="leave it out")
        if sent is not None and sent.is_contact:
            yield from self._message_problems(sent)

    def _message_problems(self, sent: Intervention) -> tuple[FieldProblem, ...]:
        """Return what is wrong with a message, once for all who got it."""
        if id(sent) not in self.wrong:
            try:
                read = read_intervention(sent, currency=self.ctx.currency)
            except (InvalidInput, TooLarge) as error:
                self.wrong[id(sent)] = error.problems
            else:
                channel = read.channel or CHANNELS[0]
                self.wrong[id(sent)] = ()
                self.responses[id(sent)] = read.response or default_response(read.type, channel)
        return self.wrong[id(sent)]

    def _kind(self, given: Observation, trial: Trial | None) -> str | None:
        kind = "purchase" if given.kind is None and given.amount is not None else kind_of(given.kind or "")
        if kind != ENGAGE:
            return kind
        if trial is not None:
            response = trial.answer.response
        elif given.intervention is None:
            return None
        else:
            response = self.responses.get(id(given.intervention), "visit")
        return SPELLINGS.get(response, response)

    def _made(self, given: Observation) -> Outcome:
        trial = self.trials.get(given.test_id or "")
        kind = self._kind(given, trial) or ""
        sent_at = self._moment(given.sent_at) or self.now
        sent = self.sent.get(given.test_id) if given.test_id else given.intervention
        sent = sent if sent is not None and sent.is_contact else None
        value = given.value if given.value is not None else float(given.amount is None or given.amount > 0.0)
        said = kind in WITH_MONEY and value == 0.0  # a table's 0 of money beside a 0 of orders says nothing more
        outcome = Outcome(
            id=OutcomeId(given.event_id or ""),
            twin_id=self.twins[given.customer] if given.customer else self._of_test(trial),
            kind=kind,
            value=float(value),
            amount=None if said and given.amount == 0.0 else given.amount,
            items=None if said and given.items == 0.0 else given.items,
            intervention=sent,
            sent_at=sent_at,
            occurred_at=self._occurred(given.occurred_at, sent_at),
            window_days=given.window_days if given.window_days is not None else _window(kind, trial, sent),
            observed_until=self._observed_until(given.observed_until),
            assignment=given.assignment or (OBSERVATIONAL if given.propensity is None else RANDOMISED),
            propensity=given.propensity,
            by_machine=given.by_machine,
            trial_id=None if trial is None else trial.id,
            received_at=self.now,
        )
        return outcome if given.event_id else replace(outcome, id=self._own_id(outcome))

    def _of_test(self, trial: Trial | None) -> TwinId:
        if trial is None:
            raise AssertionError("an observation without a customer or a test was refused before")
        return trial.twin_id

    def _moment(self, given: Moment | None) -> datetime | None:
        """Return a moment in UTC; a day begins at midnight by the clock of the workspace."""
        if given is None:
            return None
        moment = given if isinstance(given, datetime) else datetime.combine(given, time())
        return (moment if moment.utcoffset() is not None else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _occurred(self, given: Moment | None, sent_at: datetime) -> datetime | None:
        """Return when it happened; of a day that is also that of the contact, the part after the contact."""
        moment = self._moment(given)
        is_day = moment is not None and not isinstance(given, datetime)
        if moment is not None and is_day and moment < sent_at < moment + DAY:
            return sent_at
        return moment

    def _observed_until(self, given: Moment | None) -> datetime | None:
        """Return until when everything is known; a day is meant to its end, as far as it has come."""
        moment = self._moment(given)
        if moment is None or isinstance(given, datetime) or moment > self.now:
            return moment
        return min(moment + DAY, self.now)

    def _own_id(self, outcome: Outcome) -> OutcomeId:
        """Return an id made from whom, what and when, but not from how it went: told again, it is the same event."""
        sent = outcome.intervention
        if sent is not None and id(sent) not in self.digests:
            self.digests[id(sent)] = sha256(json_out(sent)).hexdigest()
        parts = (
            outcome.twin_id,
            outcome.kind,
            outcome.sent_at.timestamp(),
            None if outcome.occurred_at is None else outcome.occurred_at.timestamp(),
            None if sent is None else self.digests[id(sent)],
            outcome.by_machine,
        )
        return OutcomeId("own_" + sha256(json_out(parts)).hexdigest()[:32])


def _window(kind: str, trial: Trial | None, sent: Intervention | None) -> float:
    """Return the days within which it counts: the intervention's own, the test's, else the kind's."""
    if sent is not None and sent.horizon_days is not None:
        return float(sent.horizon_days)
    return default_window(kind) if trial is None else float(trial.settings.horizon_days)


def _is_plain(text: str) -> bool:
    return "\0" not in text and is_text(text)
