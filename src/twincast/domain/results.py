"""Results: what twins answered to messages, wherever it was asked, and each as a row of what is extracted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from twincast.domain.events import Head
from twincast.domain.ids import CustomerId, SessionId, TwinId
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import Explanation, FieldPrediction
from twincast.domain.trials import TrialSettings
from twincast.domain.twins import Twin

Plain = str | None
"""What identifies a row: never a number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Where and how one result of a session was asked for, so that it can be asked for more.

    Attributes:
        head: the line on which the twin's memory stood.
        moment: when the message was sent where it states one: what came later was not known.
    """

    session_id: SessionId
    head: Head
    settings: TrialSettings
    intervention: ReadIntervention
    moment: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One message and what a twin answered: from a test, from one row of a comparison, or from one row of a batch.

    Attributes:
        source: id of the test, the comparison or the batch.
        variant: the caller's id of the message; for a test without one its type.
        twin: in the version that was asked.
        type, channel, response: of the message: its type, what it went out on, and what engaging with it means.
        known: what was answered, by canonical field.
        explanations: the parts of P(engage) and P(purchase) that are worth a word, where they are kept.
        reply: what the customer said, where it is kept.
        label: the segment that the run was labelled with, or None.
        cost: money that this contact costs, where its message states it.
        model, prior: what answered.
        told: of a session's results: how it was asked.
        free: what a language model answered to free fields: numbers, and words (yes and no among them).
    """

    source: str
    variant: str
    twin: Twin
    type: str
    channel: str | None
    response: str
    known: Mapping[str, FieldPrediction]
    explanations: tuple[Explanation, ...]
    reply: str | None
    label: str | None
    cost: float | None
    currency: str
    model: str
    prior: str
    told: Told | None = None
    free: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def customer_id(self) -> CustomerId:
        """Return the customer's id."""
        return self.twin.customer_id

    @property
    def twin_id(self) -> TwinId:
        """Return the twin's id."""
        return self.twin.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One result as it is extracted.

    Attributes:
        values: asked name -> the predicted field, a plain text, what a language model answered, or None where nothing
            can be said.
        group: what it is grouped by, in the order asked.
        segment: the customer's segment, or None.
    """

    result: Result
    values: Mapping[str, FieldPrediction | Plain | float]
    group: Mapping[str, Plain]
    segment: Plain
