"""What is extracted from a session: a row for each customer and message, and what they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.events import Head
from twincast.domain.ids import CustomerId, SessionId, TwinId
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.domain.sessions import Checkpoint
from twincast.domain.trials import Answered, TrialSettings
from twincast.domain.twins import Twin, Warning

HIGH_ENGAGEMENT: Final = 0.7
"""P(engage) from which a customer counts as likely to engage; stated beside the count."""
EXTRACTION_LEVEL: Final = 0.95
"""Level of the intervals of an extraction unless another is asked for."""
BEST_FROM: Final = 0.75
"""P(best) from which a variant is called the best performing one."""

Plain = str | None
"""What identifies a row: never a number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One message and what a twin answered, from a test or from one row of a comparison.

    Attributes:
        source: id of the test or the comparison.
        variant: the caller's id of the message; for a test without one its type.
        twin: in the version that was asked.
        head: the line on which its memory stood.
        model, prior: what answered.
        moment: when the message was sent where it states one: what came later was not known.
    """

    source: str
    variant: str
    twin: Twin
    session_id: SessionId
    head: Head
    settings: TrialSettings
    answer: Answered
    currency: str
    model: str
    prior: str
    moment: datetime | None
    created_at: datetime

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
        values: asked name -> the predicted field, a plain text, or None where nothing can be said.
        group: what it is grouped by, in the order asked.
    """

    result: Result
    values: Mapping[str, FieldPrediction | Plain]
    group: Mapping[str, Plain]


@dataclass(frozen=True, kw_only=True, slots=True)
class Aggregate:
    """A mean, or a sum, over customers; each counts once, with the mean of its own rows.

    Attributes:
        value: None where there is nothing to average.
        std: standard deviation *between* customers; None for fewer than two. It says how they differ, not how sure the
            mean is.
        n: customers.
        interval: how far the model itself may be off, for all of these customers together: it does not shrink with n.
            None where the field has no draws.
        about: what the interval is about, or why there is none.
    """

    field: str
    value: float | None
    std: float | None
    n: int
    interval: Estimate | None
    about: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The rows that share some values, and what they add up to by asked field."""

    by: Mapping[str, Plain]
    rows: int
    customers: int
    metrics: Mapping[str, Aggregate]


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What all rows add up to.

    Attributes:
        revenue: expected money of all customers within the horizon; None in `value` where currencies differ.
        high: customers whose P(engage) reaches `HIGH_ENGAGEMENT`.
        best: the best performing variant by expected revenue, or None; `best_confidence` is P(it truly is) and
            `best_reason` says why there is none.
    """

    customers: int
    engagement: Aggregate
    purchase: Aggregate
    revenue: Aggregate
    currency: str | None
    high: int
    best: str | None
    best_confidence: float | None
    best_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """Everything extracted from a session, live or as it was at a checkpoint."""

    session_id: SessionId
    checkpoint: Checkpoint | None
    head: Head
    fields: tuple[str, ...]
    objective: str | None
    situation: str | None
    hints: Mapping[str, str]
    level: float
    rows: tuple[Row, ...]
    totals: Totals
    groups: tuple[Group, ...] | None
    unavailable: Mapping[str, str]
    warnings: tuple[Warning, ...]
    created_at: datetime
