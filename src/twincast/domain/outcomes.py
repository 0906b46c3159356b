"""Outcomes: what a customer really did, or did not do, after a contact or without one; and when a silence is a no.

The rules that turn outcomes into what is learned from (late, repeated, contradicting) stand in docs/outcomes.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.domain.ids import OutcomeId, TrialId, TwinId
from twincast.domain.interventions import Intervention

RESPONSES: Final[tuple[str, ...]] = (
    "open", "click", "reply", "redemption", "share", "unsubscribe", "visit", "purchase", "retained",
)  # fmt: skip
"""What happens or does not: value 1 or 0. The heads of the response model have the same names."""

SCALES: Final[dict[str, tuple[float, float]]] = {
    "satisfaction": (-4.0, 4.0),
    "brand": (-1.0, 1.0),
    "emotion": (-1.0, 1.0),
}
"""Answers to surveys, as the catalogue's stated fields measure them: changes of the score, and negative to positive."""

KINDS: Final[tuple[str, ...]] = (*RESPONSES, *SCALES)
"""In the order in which arrays code them."""

ENGAGE: Final = "engage"
"""Stands for the response that the intervention asks for (`visit`, `click`, `reply` or `redemption`)."""
SPELLINGS: Final[dict[str, str]] = {
    "opened": "open", "clicked": "click", "tap": "click", "replied": "reply", "redeemed": "redemption",
    "redeem": "redemption", "shared": "share", "unsubscribed": "unsubscribe", "visited": "visit",
    "purchased": "purchase", "order": "purchase", "conversion": "purchase", "engaged": "engage",
    "satisfaction_change": "satisfaction", "satisfaction_impact": "satisfaction", "brand_perception_change": "brand",
    "emotional_response": "emotion",
}  # fmt: skip

NEEDS_CONTACT: Final[frozenset[str]] = frozenset({"open", "click", "reply", "redemption"})
"""Can not happen where nothing was sent."""
BY_MACHINES: Final[frozenset[str]] = frozenset({"open", "click"})
"""What mail scanners and proxies do in the place of people."""
WITH_MONEY: Final[frozenset[str]] = frozenset({"purchase", "redemption"})

RANDOMISED: Final = "randomised"
OBSERVATIONAL: Final = "observational"
ASSIGNMENTS: Final[tuple[str, ...]] = (RANDOMISED, OBSERVATIONAL)

WINDOWS: Final[dict[str, float]] = {"retained": 90.0, "redemption": 35.0}
WINDOW: Final = 7.0
"""Days within which it counts, where nobody says; `WINDOWS` for the kinds that take longer."""
MAX_WINDOW: Final = 365.0
LATENESS: Final[dict[str, float]] = {"open": 1.0, "click": 1.0, "visit": 1.0, "redemption": 7.0}
LATE: Final = 2.0
"""Days that reports of a kind may take to come in (`LATENESS`, else this), where nobody says how far was observed."""
SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two systems may differ before a moment lies in the future."""
MAX_AMOUNT: Final = 1e9
MAX_ITEMS: Final = 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One thing that was observed of one customer. It is never edited; another observation is another outcome.

    Attributes:
        id: the event's id: the same one is stored once.
        kind: one of `KINDS`.
        value: 1 it happened, 0 it was not seen; on `SCALES` the answer.
        amount, items: money and number of items of a purchase or redemption; None where not told.
        intervention: what was sent; None where nothing was.
        sent_at: when it was sent; where nothing was, when the window begins.
        occurred_at: when it happened; None: some time within the window.
        window_days: days from `sent_at` within which it counts.
        observed_until: everything up to here is known; None: it goes on being observed, and reports may come late.
        assignment: `randomised` or `observational`.
        propensity: probability with which this customer was to get what they got; None where not randomised.
        by_machine: an open or click that a machine made: then it is not known what the customer did.
        trial_id: the stored test that foretold it.
        received_at: when it was stored.
    """

    id: OutcomeId
    twin_id: TwinId
    kind: str
    value: float
    amount: float | None = None
    items: float | None = None
    intervention: Intervention | None
    sent_at: datetime
    occurred_at: datetime | None = None
    window_days: float
    observed_until: datetime | None = None
    assignment: str = OBSERVATIONAL
    propensity: float | None = None
    by_machine: bool = False
    trial_id: TrialId | None = None
    received_at: datetime

    @property
    def at(self) -> datetime:
        """When it stands in the twin's history."""
        return self.occurred_at or self.sent_at


def kind_of(given: str) -> str | None:
    """Return the kind, or `engage`, of any known spelling; None for one that is not known."""
    name = given.strip().lower().replace("-", "_").replace(" ", "_")
    name = SPELLINGS.get(name, name)
    return name if name in KINDS or name == ENGAGE else None


def default_window(kind: str) -> float:
    """Return the days within which a kind counts, where nobody says."""
    return WINDOWS.get(kind, WINDOW)


def lateness(kind: str) -> float:
    """Return the days that reports of a kind may take to come in."""
    return LATENESS.get(kind, LATE)


def problems_of(outcome: Outcome, now: datetime) -> Iterator[FieldProblem]:
    """Yield everything that makes an outcome impossible, as of now."""
    yield from _value_problems(outcome)
    yield from _moment_problems(outcome, now)
    yield from _assignment_problems(outcome)
    if not (isfinite(outcome.window_days) and 0.0 < outcome.window_days <= MAX_WINDOW):
        yield _outside("window_days", outcome.window_days, f"more than 0, at most {MAX_WINDOW:g}")


def _value_problems(outcome: Outcome) -> Iterator[FieldProblem]:
    kind, value = outcome.kind, outcome.value
    if kind in SCALES:
        low, high = SCALES[kind]
        if not low <= value <= high:
            yield _outside("value", value, f"{low:g} to {high:g} for {kind}")
    elif value not in (0.0, 1.0):
        yield _outside("value", value, f"1 ({kind} happened) or 0 (none was seen); money is the `amount`")
    for name, number, most in (("amount", outcome.amount, MAX_AMOUNT), ("items", outcome.items, MAX_ITEMS)):
        if number is None:
            continue
        if not 0.0 <= number <= most:
            yield _outside(name, number, f"0 to {most:g}")
        elif kind not in WITH_MONEY or value != 1.0:
            message = f"goes with a purchase or redemption that happened, not with {kind} {value:g}"
            yield FieldProblem(field=name, message=message)
    if outcome.by_machine and (kind not in BY_MACHINES or value != 1.0):
        message = f"is said of {kind} {value:g}"
        yield FieldProblem(field="by_machine", message=message, allowed="only of an open or click that happened")
    if outcome.intervention is None and kind in NEEDS_CONTACT and value == 1.0:
        message = f"{kind} can not happen where nothing was sent"
        yield FieldProblem(field="kind", message=message, allowed="the intervention that was sent, or another kind")


def _moment_problems(outcome: Outcome, now: datetime) -> Iterator[FieldProblem]:
    moments = {"sent_at": outcome.sent_at, "occurred_at": outcome.occurred_at, "observed_until": outcome.observed_until}
    for name, moment in moments.items():
        if moment is None:
            continue
        if moment > now + SKEW:
            message = f"{moment.isoformat()} lies in the future"
            yield FieldProblem(field=name, message=message, allowed=f"at most now, {now.isoformat(timespec='seconds')}")
        elif name != "sent_at" and moment < outcome.sent_at:
            message = f"{moment.isoformat()} lies before the contact"
            yield FieldProblem(field=name, message=message, allowed=f"at least sent_at, {outcome.sent_at.isoformat()}")
    if outcome.occurred_at is not None and outcome.kind not in SCALES and outcome.value == 0.0:
        yield FieldProblem(field="occurred_at", message=f"is said of {outcome.kind} 0", allowed="only what happened")


def _assignment_problems(outcome: Outcome) -> Iterator[FieldProblem]:
    propensity = outcome.propensity
    if outcome.assignment not in ASSIGNMENTS:
        yield FieldProblem(
            field="assignment", message=f"'{outcome.assignment[:40]}' is not known", allowed=", ".join(ASSIGNMENTS)
        )
    elif outcome.assignment == RANDOMISED and propensity is None:
        message = "is missing: a randomised assignment has a known probability"
        yield FieldProblem(field="propensity", message=message, allowed="more than 0, at most 1")
    elif outcome.assignment == OBSERVATIONAL and propensity is not None:
        message = "is said of an observational assignment, whose probability nobody drew by"
        yield FieldProblem(field="propensity", message=message, allowed="leave it out, or assignment: randomised")
    if propensity is not None and not 0.0 < propensity <= 1.0:
        yield _outside("propensity", propensity, "more than 0, at most 1: the probability of what this customer got")


def _outside(field: str, value: float, allowed: str) -> FieldProblem:
    return FieldProblem(field=field, message=f"{value:g} is out of range", allowed=allowed)


def differences(stored: Outcome, given: Outcome) -> tuple[str, ...]:
    """Return the names of the fields in which two outcomes with one id differ; when they came in is none."""
    names = (
        "twin_id", "kind", "value", "amount", "items", "intervention", "sent_at", "occurred_at", "window_days",
        "observed_until", "assignment", "propensity", "by_machine", "trial_id",
    )  # fmt: skip
    return tuple(name for name in names if getattr(stored, name) != getattr(given, name))
