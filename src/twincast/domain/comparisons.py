"""A comparison: several variants tested on one twin at the same moment, ranked, with a recommendation or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.events import Head
from twincast.domain.ids import ComparisonId, CustomerId, SessionId, TwinId
from twincast.domain.predictions import Provenance
from twincast.domain.trials import Answered, TrialSettings

DECISION_THRESHOLD: Final = 0.75
"""P(best) below which no variant is recommended: the request may set another."""

NO_CONTACT_ID: Final = "no_contact"
"""Id of the row that `include_no_contact` adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """One variant's place.

    Attributes:
        variant_id: the caller's id.
        rank: 1..n without gaps, best first by the target; ties are ordered by id and share `tied_with`.
        tied_with: ids of other variants with exactly the same target value.
        p_best: share of parameter draws in which this variant is best; ties split the draw equally.
        answer: the cell.
        reasoning: why it stands where it stands.
    """

    variant_id: str
    rank: int
    tied_with: tuple[str, ...]
    p_best: float
    answer: Answered
    reasoning: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommendation:
    """The best variant, or None with the reason; `confidence` is P(best is truly best)."""

    best_variant: str | None
    leading_variant: str
    confidence: float
    threshold: float
    reason: str | None
    explanation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A stored comparison. `target` is the canonical field by which variants are ranked.

    Attributes:
        session_id, head: as of a test (`domain.trials.Trial`).
    """

    id: ComparisonId
    session_id: SessionId
    head: Head
    twin_id: TwinId
    customer_id: CustomerId
    twin_version: int
    settings: TrialSettings
    target: str
    rankings: tuple[Ranking, ...]
    recommendation: Recommendation
    draws: int
    currency: str
    provenance: Mapping[str, Provenance]
    created_at: datetime
