"""Sequences: several messages to one customer over time, each in its window, and why the plan ends where it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from twincast.domain.objectives import Objective
from twincast.domain.predictions import Estimate, Provenance
from twincast.domain.trials import Answered, TrialSettings

MOST_MESSAGES: Final = 20
"""Messages of one plan at most."""
MOST_CHOICES: Final = 20
"""Messages that a plan may choose from at most."""
MOST_DAYS: Final = 180


class Ending(StrEnum):
    """Why a plan sends nothing more."""

    NO_GAIN = "no-gain"
    MESSAGES = "messages"
    SPAN = "span"
    CONSENT = "consent"
    QUIET = "quiet"
    RISK = "unsubscribe-risk"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worth:
    """What one contact adds to the objective, against not making it.

    Attributes:
        gain: with everything that the customer remembers, the plan's earlier messages included.
        fresh: of the same message at the same moment, had the plan sent nothing before it.
    """

    gain: Estimate
    fresh: float

    @property
    def fatigue(self) -> float:
        """Return what the earlier messages of the plan take away from this one; 0 for the first."""
        return self.gain.value - self.fresh


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One message of a plan: which, and what is foretold of it; channel and window stand in its answer.

    Attributes:
        days_since: days since the contact before it, of the plan or remembered; None where there was none.
    """

    message_id: str
    answer: Answered
    worth: Worth
    days_since: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """Why and when a plan ends; the best contact that it left out, where there was one to weigh."""

    reason: Ending
    words: str
    at: datetime
    message_id: str | None = None
    worth: Worth | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """What a plan with a given rest between contacts comes to: too short tires, too long leaves time unused."""

    rest_days: float
    messages: int
    total: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactPlan:
    """A plan for one customer.

    Attributes:
        rest_days: least days between two contacts; `paces`: every rest that was tried, shortest first.
        total: sum of the gains of the steps; without an interval, since the steps' errors are not independent.
        overlapping: whether some contacts follow one another within the horizon: then the total counts twice what one
            of them would have brought in the other's days.
        skipped: channels that may not be used, and why.
        held_back: messages that were left out at some step for the risk of unsubscribing, by channel, and why.
        provenance: of each message.
    """

    twin_id: str
    customer_id: str
    objective: Objective
    settings: TrialSettings
    steps: tuple[Step, ...]
    ended: Ended
    rest_days: float
    paces: tuple[Pace, ...]
    total: float
    overlapping: bool
    unit: str
    currency: str
    skipped: Mapping[str, str]
    held_back: Mapping[str, str]
    provenance: Mapping[str, Provenance]
