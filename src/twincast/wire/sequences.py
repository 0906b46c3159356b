"""Sequences: messages that may be sent in, a plan over time out, with what each adds and when to stop."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.objectives import DEFAULT_OBJECTIVE, Costs
from twincast.domain.sequences import MOST_CHOICES, ContactPlan, Ended, Pace, Step, Worth
from twincast.wire.comparisons import VariantIn
from twincast.wire.interventions import Resolved
from twincast.wire.optimizations import MessageCosts
from twincast.wire.predictions import Prediction, Quantity, TimeWindow, prediction_of
from twincast.wire.provenance import Provenance
from twincast.wire.remarks import Remark, remarks
from twincast.wire.requests import Asking
from twincast.wire.shapes import Answer, Name, Names, Number, Plain, Whole
from twincast.wire.trials import unavailable

ALIKE: Final = ("objective", "within_days", "rest_days", "least_gain", "horizon_days", "level", "as_of", "seed")
"""Keys that the use case calls the same."""


class SequenceRequestIn(Asking):
    """Messages that may be sent to one twin over the next weeks, any of them more than once."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "digital_twin_id": "twin_cust_12345",
                    "messages": [
                        {"id": "offer", "type": "promotional_offer", "content": "20% off our premium line this week"},
                        {"id": "news", "type": "newsletter", "content": "New arrivals: see the premium line"},
                    ],
                    "objective": "maximize_purchase_probability",
                    "within_days": 42,
                }
            ]
        },
    )

    messages: list[VariantIn] = Field(min_length=1, max_length=MOST_CHOICES)
    objective: Name | None = Field(None, description=f"As of `POST /optimize`. Default: {DEFAULT_OBJECTIVE}.")
    costs: MessageCosts | None = Field(None, description="What profit needs to know.")
    max_messages: Whole | None = Field(None, description="Messages at most, 1 to 20. Default: 5.")
    within_days: Whole | None = Field(None, description="Days in which all of them lie, 1 to 180. Default: 42.")
    rest_days: Number | None = Field(
        None, description="Least days between two contacts. Default: the rest whose plan adds most."
    )
    channels: Names | None = Field(
        None, description="Tried for messages without a channel. Default: those that the record says are liked."
    )
    least_gain: Number | None = Field(None, description="What a message must add, in the objective's unit. Default: 0.")

    def asked(self) -> dict[str, Any]:
        """Return what the use case takes, by its names; what was left out is left out."""
        said = {name: value for name in ALIKE if (value := getattr(self, name)) is not None}
        more = {
            "most": self.max_messages,
            "session": self.session_id,
            "costs": None if self.costs is None else Costs(**self.costs.model_dump()),
            "channels": None if self.channels is None else tuple(self.channels),
        }
        return said | {name: value for name, value in more.items() if value is not None}

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        yield from super().problems()
        for place, message in enumerate(self.messages):
            yield from message.conflicts(f"messages[{place}]")
        if self.predict is not None or self.interaction_config is not None:
            name = "predict" if self.predict is not None else "interaction_config"
            yield FieldProblem(field=name, message="is nothing that a plan takes", allowed="leave it out")


class ContactWorth(Answer):
    """What one contact adds to the objective, against not making it."""

    gain: Quantity
    basis: str
    without_earlier: float = Field(description="The same, had the plan sent nothing before it.")
    fatigue: float = Field(description="gain less `without_earlier`: what the plan's earlier messages take away.")

    @staticmethod
    def plain(worth: Worth | None) -> Plain | None:
        """Render it, where there is one."""
        if worth is None:
            return None
        return {
            "gain": Quantity.plain(worth.gain),
            "basis": worth.gain.basis,
            "without_earlier": worth.fresh,
            "fatigue": worth.fatigue,
        }


class SequenceStep(Answer):
    """One message of a plan."""

    message_id: str
    channel: str
    window: TimeWindow | None
    days_since_contact: float | None = Field(description="Days since the contact before it; null: there was none.")
    worth: ContactWorth
    predictions: dict[str, Prediction | None]
    unavailable: dict[str, str]
    resolved: Resolved
    warnings: list[Remark]
    flags: list[Remark]

    @staticmethod
    def plain(step: Step, currency: str) -> Plain:
        """Render one message."""
        found = step.answer.predictions
        return {
            "message_id": step.message_id,
            "channel": step.answer.channel,
            "window": TimeWindow.plain(step.answer.window),
            "days_since_contact": step.days_since,
            "worth": ContactWorth.plain(step.worth),
            "predictions": {it.asked_as: prediction_of(it, currency) for it in found},
            "unavailable": unavailable(found),
            "resolved": Resolved.plain(step.answer),
            "warnings": remarks(step.answer.warnings),
            "flags": remarks(step.answer.flags),
        }


class SequenceEnd(Answer):
    """Why a plan sends nothing more, and what it left out."""

    reason: str = Field(description="no-gain, messages, span, consent, quiet or unsubscribe-risk.")
    words: str
    at: datetime
    message_id: str | None = Field(description="The best contact that was left out, where there was one to weigh.")
    worth: ContactWorth | None

    @staticmethod
    def plain(ended: Ended) -> Plain:
        """Render it."""
        return {
            "reason": ended.reason.value,
            "words": ended.words,
            "at": ended.at,
            "message_id": ended.message_id,
            "worth": ContactWorth.plain(ended.worth),
        }


class SequencePace(Answer):
    """What a plan with this rest between contacts comes to."""

    rest_days: float
    messages: int
    total: float

    @staticmethod
    def plain(pace: Pace) -> Plain:
        """Render it."""
        return {"rest_days": pace.rest_days, "messages": pace.messages, "total": pace.total}


class MessageSequence(Answer):
    """A plan for one customer. It is computed and not stored: the same request gives the same plan."""

    digital_twin_id: str
    customer_id: str
    objective: str
    objective_meaning: str
    unit: str
    horizon_days: int
    steps: list[SequenceStep]
    end: SequenceEnd
    total: float = Field(description="Sum of the gains. It has no interval: the steps share what is not known.")
    overlapping: bool = Field(
        description="true: contacts follow one another within the horizon, and the total counts some days twice."
    )
    rest_days: float
    paces: list[SequencePace] = Field(description="Every rest that was tried.")
    skipped_channels: dict[str, str]
    held_back: dict[str, str] = Field(
        description="Messages with their channel that some step left out for the risk of unsubscribing, and why."
    )
    provenance: dict[str, Provenance]

    @staticmethod
    def plain(plan: ContactPlan) -> Plain:
        """Render a plan."""
        return {
            "digital_twin_id": plan.twin_id,
            "customer_id": plan.customer_id,
            "objective": plan.objective.name,
            "objective_meaning": plan.objective.meaning,
            "unit": plan.unit,
            "horizon_days": plan.settings.horizon_days,
            "steps": [SequenceStep.plain(step, plan.currency) for step in plan.steps],
            "end": SequenceEnd.plain(plan.ended),
            "total": plan.total,
            "overlapping": plan.overlapping,
            "rest_days": plan.rest_days,
            "paces": [SequencePace.plain(pace) for pace in plan.paces],
            "skipped_channels": dict(plan.skipped),
            "held_back": dict(plan.held_back),
            "provenance": {name: Provenance.plain(it) for name, it in plan.provenance.items()},
        }

    @classmethod
    def of(cls, plan: ContactPlan) -> "MessageSequence":
        """Return a plan as an answer."""
        return cls.model_validate(cls.plain(plan))
