"""What is extracted from a session: a row for each customer and message, and what they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.ids import CustomerId, ExtractionId, SessionId, TwinId
from twincast.domain.predictions import Bare, Estimate
from twincast.domain.results import Plain
from twincast.domain.sessions import Checkpoint
from twincast.domain.twins import Warning

HIGH_ENGAGEMENT: Final = 0.7
"""P(engage) from which a customer counts as likely to engage; stated beside the count."""
EXTRACTION_LEVEL: Final = 0.95
"""Level of the intervals of an extraction unless another is asked for."""
BEST_FROM: Final = 0.75
"""P(best) from which a variant is called the best performing one."""


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
class Choice:
    """The variant that does best, or None with the reason.

    Attributes:
        variant: the winner, or None; `leading` is named all the same where there is anything to compare.
        confidence: P(the leading one is truly best).
        customers: who were asked about every variant.
        gain: by how much the leading one lies above the next, a customer; None where nothing was compared.
    """

    variant: str | None
    leading: str | None
    confidence: float | None
    customers: int
    gain: Estimate | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Two variants on the same customers.

    Attributes:
        field: what is compared, as a mean over customers.
        first, second: the variants; `value` is the first less the second.
        alone: interval of this difference by itself; together: one that holds along with those of all other pairs.
        better: P(the first is truly above the second).
        apart: whether `together` leaves out 0.
    """

    field: str
    first: str
    second: str
    alone: Estimate
    together: Estimate
    better: float
    apart: bool
    customers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RealTest:
    """What a test with real customers would take to see a predicted difference.

    Attributes:
        field: what would be measured: a share of customers, or money a customer.
        first, second: the two arms, and what is predicted of each.
        per_arm: customers in each arm for `power`; None where the predicted difference is none.
        assurance: P(the test comes out), the uncertainty of the prediction itself included.
    """

    field: str
    first: str
    second: str
    first_value: float
    second_value: float
    alpha: float
    power: float
    per_arm: int | None
    assurance: float | None
    about: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Planning:
    """How the test with real customers is to be planned.

    Attributes:
        alpha: share of false alarms; power: of true effects that are found.
        correlation: of money spent with what the same customers spent before, where the test will use it (CUPED).
    """

    alpha: float = 0.05
    power: float = 0.8
    correlation: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """What the rows of one segment's customers add up to, and which variant does best among them.

    Attributes:
        reason: why nothing is said of it; None where something is.
    """

    name: str
    customers: int
    engagement: Aggregate | None
    purchase: Aggregate | None
    order_value: Aggregate | None
    revenue: Aggregate | None
    choice: Choice
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What all rows add up to.

    Attributes:
        revenue: expected money of all customers within the horizon; None in `value` where currencies differ.
        high: customers whose P(engage) reaches `HIGH_ENGAGEMENT`.
        used: which rows these numbers are of: those of the best variant, else all of them.
    """

    customers: int
    engagement: Aggregate
    purchase: Aggregate
    revenue: Aggregate
    currency: str | None
    high: int
    used: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Economics:
    """What contacts cost and what is kept of revenue.

    Attributes:
        contact: money one contact costs, where the message does not state it.
        margin: share of revenue that is left after the goods are paid, in (0, 1].
        redemption: money that each purchase under the message costs beside its discount, which is taken off already.
    """

    contact: float
    margin: float = 1.0
    redemption: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """(incremental margin - cost) / cost of the rows used; `ratio` is None with the reason where it can not be said."""

    ratio: Estimate | None
    margin: float | None
    cost: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BestTime:
    """The window of the week in which most of these customers engage; `gain` over the given times, in probability.

    Attributes:
        token: `friday_morning`, or None with the reason.
        means: which time it is: of the message, or of the next contact after it.
    """

    token: str | None
    gain: Estimate | None
    customers: int
    means: str
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """What to do by these results, and no more than they carry."""

    strategy: str | None
    strategy_reason: str
    timing: BestTime
    roi: Return


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """All that is worked out of the rows.

    Attributes:
        groups: the full cross of what was asked to group by; None where nothing was.
        segments: by name; customers of no known segment stand under `UNLABELLED`.
        differences, tests: of each pair of variants; empty where nothing can be compared.
        not_compared: why not.
    """

    totals: Totals
    choice: Choice
    groups: tuple[Group, ...] | None
    segments: tuple[Segment, ...]
    differences: tuple[Difference, ...]
    tests: tuple[RealTest, ...]
    not_compared: str | None
    advice: Advice


UNLABELLED: Final = "(no segment)"
"""Where customers stand of whom no segment is known."""
MIN_CELL: Final = 30
"""Customers below which nothing is claimed of a group, unless the request sets another number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """What a field of the rows is: the definition that stands beside its numbers.

    Attributes:
        field: canonical name; meaning: one sentence.
        horizon_days, level, basis: of its numbers; None where the rows differ, or none has any.
        hint: what the caller wrote to it; it never changes a number.
    """

    field: str
    kind: str
    unit: str
    meaning: str
    horizon_days: int | None
    level: float | None
    basis: str | None
    hint: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRow:
    """One result as it is given away and kept.

    Attributes:
        values: asked name -> its value alone.
        intervals: asked name -> low and high, for those that have them.
        level: of these.
        reasoning: what moves the numbers most.
    """

    twin_id: TwinId
    customer_id: CustomerId
    variant: str
    source: str
    segment: Plain
    currency: str
    values: Mapping[str, Bare]
    intervals: Mapping[str, tuple[float, float]]
    level: float | None
    reasoning: Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """What was extracted from a session, live or as it was at a checkpoint, or from a batch; its rows stand beside it.

    Attributes:
        id: None for one that is not stored.
        session_id, checkpoint, batch_id: what it was extracted from.
        definitions: asked name -> what it is, for those of the catalogue.
        min_cell: customers below which nothing is claimed of a group.
        count: rows.
        statistics: None where somebody who was in it was erased since: extract again.
        intervals: whether they were asked for; drawn: rows of which draws were made, `draws` of each.
        erased: customers who were erased since.
    """

    id: ExtractionId | None
    session_id: SessionId
    checkpoint: Checkpoint | None
    batch_id: str | None
    fields: tuple[str, ...]
    definitions: Mapping[str, Definition]
    objective: str | None
    situation: str | None
    level: float
    min_cell: int
    count: int
    statistics: Statistics | None
    intervals: bool
    drawn: int
    draws: int
    unavailable: Mapping[str, str]
    warnings: tuple[Warning, ...]
    created_at: datetime
    erased: int = 0
