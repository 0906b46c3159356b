"""A batch: interventions tested on many twins, cut into parts, and what its rows add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from twincast.domain.events import Head
from twincast.domain.extractions import Aggregate
from twincast.domain.homogeneity import Homogeneity
from twincast.domain.ids import BatchId, SessionId, TwinId
from twincast.domain.insights import Insights
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.domain.trials import Words
from twincast.domain.twins import Warning

MAX_TWINS: Final = 1_000_000
"""Twins of one batch."""
MIN_CELL: Final = 30
"""Customers below which nothing is said of a group."""
UNKNOWN: Final = 0
"""Version of a member of whom there is no twin."""


class Mode(StrEnum):
    """How variants meet twins."""

    SINGLE = "single"
    COMPARE = "compare_variants"
    ASSIGN = "assign"
    SEQUENCE = "sequence"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One intervention of a batch, under the caller's name."""

    id: str
    intervention: Intervention


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One customer of a batch, as pinned when it was accepted.

    Attributes:
        position: place in the batch, from 0; an erased customer leaves a gap.
        version: version of the twin, or `UNKNOWN`.
        line: events on the twin's own line that are known to it; 0 where nothing had happened to it.
    """

    position: int
    twin_id: TwinId
    version: int
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSettings:
    """How a batch predicts.

    Attributes:
        fields: asked name -> canonical field, or `variant_preference`, in the order asked.
        unavailable: asked name -> why it has no value.
        rounds, memory, analyze, statistics: as asked; `memory` is whether twins remember what they were sent.
        words: whether a language model is asked what each customer says: no number rests on it.
        as_of: the day the prediction is made from; `dated` says that the request named it.
    """

    mode: Mode
    fields: Mapping[str, str]
    horizon_days: int
    level: float
    as_of: date
    unavailable: Mapping[str, str]
    dated: bool = False
    rounds: int = 1
    memory: bool = False
    analyze: bool = True
    statistics: bool = False
    seed: int = 0
    words: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A batch as it was accepted; it never changes afterwards.

    Attributes:
        session_id: the session it is run in; an ephemeral one where none was named.
        head: where that session's line ended; None where twins bring only what really happened to them.
        segment: the caller's label, or the segment that it was asked for by.
        variants: what is tested, in the order given.
        requested: references that were given; duplicates: how many of them named a twin again.
        members: customers, known or not; `part` of them are computed at a time.
        model: digest of the model that answers, None for the prior.
        now: the moment the prediction is made from.
    """

    id: BatchId
    session_id: SessionId
    head: Head | None
    segment: str | None
    variants: tuple[Variant, ...]
    settings: BatchSettings
    requested: int
    duplicates: int
    members: int
    part: int
    model: str | None
    warnings: tuple[Warning, ...]
    now: datetime
    created_at: datetime

    @property
    def width(self) -> int:
        """Return the rows of one twin."""
        return 1 if self.settings.mode in {Mode.SINGLE, Mode.ASSIGN} else len(self.variants)

    @property
    def parts(self) -> int:
        """Return how many parts it is cut into."""
        return -(-self.members // self.part)

    @property
    def cells(self) -> int:
        """Return the rows it has when every customer is known."""
        return self.members * self.width


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What the rows of some variants add up to.

    Attributes:
        customers: who have a value.
        engagement, conversion, retention: means; revenue: the sum over customers.
        currency: of the revenue; None where customers pay in several.
        fields: mean of each asked field by the asked name.
    """

    customers: int
    engagement: Aggregate
    conversion: Aggregate
    revenue: Aggregate
    retention: Aggregate
    currency: str | None
    fields: Mapping[str, Aggregate]


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantResult:
    """One variant's own results.

    Attributes:
        channels: channel -> how many rows went out on it.
        response: what engaging means, on each channel.
        p_best: share of draws in which it brings in most over all these customers; None where that was not compared.
        preferred: share of customers for whom it is the likeliest to be best, and the mean of their P(best); None where
            `variant_preference` was not asked for.
    """

    variant_id: str
    summary: Summary
    channels: Mapping[str, int]
    responses: tuple[str, ...]
    p_best: float | None
    preferred: float | None
    mean_preference: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The variant to send, or None with the reason; `confidence` is P(the leading one is truly best)."""

    best: str | None
    leading: str | None
    confidence: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two variants compared on what they reach on average among customers like these.

    Attributes:
        difference: of the first less the second, with an interval of its own.
        together: an interval that holds at once with those of all other pairs of variants.
        p_better: share of draws in which the first is above the second; ties split.
        apart: whether they are told apart when all pairs are looked at together.
        customers_needed: real customers an arm that a test needs to find a difference of this size (5 % false alarms,
            80 % power); None for money, or where there is no difference.
    """

    field: str
    first: str
    second: str
    difference: Estimate
    together: Estimate
    p_better: float
    apart: bool
    customers_needed: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A customer without numbers: whose, and why, as a stable code and a sentence."""

    twin_id: TwinId
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RowPage:
    """Some rows of a batch, customer by customer, as lists of equal length.

    Attributes:
        numbers: public name -> the number of each row, None where it has none.
        predictions: each row's asked fields in full, where that was asked for.
        next_cursor: leads to the next rows; None where these are the last.
        words: of each row, None where it has none; None where none were asked for.
    """

    twin_ids: Sequence[TwinId]
    variant_ids: Sequence[str]
    channels: Sequence[str | None]
    currencies: Sequence[str]
    numbers: Mapping[str, Sequence[float | None]]
    predictions: Sequence[Mapping[str, FieldPrediction]] | None
    next_cursor: str | None
    words: Sequence[Words | None] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WordCounts:
    """How many cells a language model was asked about, how many of them have its words, and why others have none."""

    asked: int
    answered: int
    problems: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchResults:
    """What a batch's rows add up to; made again where somebody was erased.

    Attributes:
        tested: customers with numbers; refused: those who opted out of profiling; unknown: without a twin; missing:
            not computed, as the batch was cancelled or a part of it failed.
        failures: the first of those without a twin and of those who opted out.
        of: which variants `total` speaks of.
        pairs: variants compared in pairs, field by field; None where that was not asked for, or there is one variant.
        basis, model, prior, reading: what the numbers rest on and were made by.
        drawn: customers whose draws stand behind the intervals; `draws` of them.
        words: what came of asking a language model; None where it was not asked.
    """

    tested: int
    refused: int
    unknown: int
    missing: int
    failures: tuple[Failure, ...]
    total: Summary
    of: str
    variants: tuple[VariantResult, ...]
    choice: Choice
    pairs: tuple[Pair, ...] | None
    insights: Insights | None
    homogeneity: Homogeneity
    warnings: tuple[Warning, ...]
    basis: str
    model: str
    prior: str
    reading: str
    drawn: int
    draws: int
    completed_at: datetime
    words: WordCounts | None = None
