"""What a twin remembers: a bounded value that stands for any number of exposures, replies and outcomes.

Everything that fades is a sum in which each event counts exp(-age / mean life). Such sums are exact however many events
lie behind them: the sum at a later moment follows from the sum at an earlier one. Only the lists of recent
contacts and purchases are cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import exp
from typing import Final

MOST_RECENT: Final = 50
"""Contacts, and purchases, that are kept one by one, the latest; no frequency cap may count further
(`domain.policies`), and a record is renewed before somebody has bought more often."""
SECONDS_A_DAY: Final = 86_400.0
PURCHASE, UNSUBSCRIBE, COMPLAINT = "purchase", "unsubscribe", "complaint"
OUTCOMES: Final[tuple[str, ...]] = (
    PURCHASE,
    "visit",
    "open",
    "click",
    "reply",
    "redemption",
    "share",
    UNSUBSCRIBE,
    COMPLAINT,
)
"""What can be told of a customer after a message, or without one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fading:
    """Mean lives in days: of a contact, and of an offer like another one."""

    contact_days: float
    likeness_days: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """Something was sent.

    Attributes:
        channel: canonical name.
        type: canonical type of the intervention.
        likeness: what it is like, as a vector of length 1 over a closed vocabulary (`reading.likeness`).
        words: how its text begins.
        digest: SHA-256 (hex) of the whole text.
    """

    channel: str
    type: str
    likeness: Mapping[str, float]
    words: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the customer said to it, and how likely she engages and buys: probabilities, or 0 and 1 once it is known."""

    words: str
    engagement: float
    purchase: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Something happened: one of `OUTCOMES`; money, and the channel it concerns, where there is any."""

    kind: str
    amount: float | None
    channel: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something its owner wants to be remembered; it changes no number."""

    words: str


Happening = Exposure | Reply | Outcome | Note


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """One contact: when, and by which channel."""

    at: datetime
    channel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """One purchase: when, and for how much where that is known."""

    at: datetime
    amount: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How often something happened, and when it happened last."""

    count: int
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What one twin remembers.

    Attributes:
        fading: the mean lives that the sums below were made with.
        at: the latest thing remembered; the fading sums are as of then.
        exposures: all contacts, counted; `contacts`, `by_channel`: the same, fading, in all and by channel.
        likeness: the likeness of all contacts, added up, fading.
        recent: the latest contacts, oldest first, at most `MOST_RECENT`.
        replies, engagement: how many replies, and the sum of their P(engage).
        outcomes: by kind.
        purchases: the latest ones, oldest first, at most `MOST_RECENT`.
        left: the channels that the customer unsubscribed from, and when.
    """

    fading: Fading
    at: datetime | None = None
    exposures: int = 0
    contacts: float = 0.0
    by_channel: Mapping[str, float] = field(default_factory=dict)
    likeness: Mapping[str, float] = field(default_factory=dict)
    recent: tuple[Contact, ...] = ()
    replies: int = 0
    engagement: float = 0.0
    outcomes: Mapping[str, Tally] = field(default_factory=dict)
    purchases: tuple[Purchase, ...] = ()
    left: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def last_contact(self) -> datetime | None:
        """Return when the customer was last written to."""
        return self.recent[-1].at if self.recent else None


def remember(memory: Memory, what: Happening, at: datetime) -> Memory:
    """Return the memory after something happened; the same work however much is remembered already.

    Args:
        memory: before it.
        what: what happened.
        at: when, aware. What comes late is remembered as if it had come in time.
    """
    match what:
        case Exposure():
            return _exposed(memory, what, at)
        case Reply():
            later = replace(memory, replies=memory.replies + 1, engagement=memory.engagement + what.engagement)
            return faded(later, at)
        case Outcome():
            return faded(_happened(memory, what, at), at)
        case Note():
            return memory


def faded(memory: Memory, moment: datetime) -> Memory:
    """Return the same memory, its sums as of a later moment; as it is for an earlier one."""
    if memory.at is not None and moment <= memory.at:
        return memory
    then = memory.at or moment
    contact, likeness = (fade(then, moment, days) for days in (memory.fading.contact_days, memory.fading.likeness_days))
    return replace(
        memory,
        at=moment,
        contacts=memory.contacts * contact,
        by_channel={channel: weight * contact for channel, weight in memory.by_channel.items()},
        likeness={term: weight * likeness for term, weight in memory.likeness.items()},
    )


def fade(then: datetime, now: datetime, days: float) -> float:
    """Return what is left of 1 after a time, by its mean life in days; all of it before."""
    return exp(-max((now - then).total_seconds(), 0.0) / (SECONDS_A_DAY * days))


def contacts_since(memory: Memory, moment: datetime, channel: str | None = None) -> int:
    """Return the contacts from a moment on, by a channel or by all; at most `MOST_RECENT` can be told."""
    return sum(it.at >= moment and channel in (None, it.channel) for it in memory.recent)


def _exposed(memory: Memory, what: Exposure, at: datetime) -> Memory:
    moved = faded(memory, at)
    by_contact, by_likeness = (
        fade(at, moved.at or at, days) for days in (memory.fading.contact_days, memory.fading.likeness_days)
    )
    recent = sorted((*memory.recent, Contact(at=at, channel=what.channel)), key=lambda it: (it.at, it.channel))
    return replace(
        moved,
        exposures=moved.exposures + 1,
        contacts=moved.contacts + by_contact,
        by_channel=_plus(moved.by_channel, {what.channel: 1.0}, by_contact),
        likeness=_plus(moved.likeness, what.likeness, by_likeness),
        recent=tuple(recent[-MOST_RECENT:]),
    )


def _happened(memory: Memory, what: Outcome, at: datetime) -> Memory:
    known = memory.outcomes.get(what.kind)
    tally = Tally(count=1 + (known.count if known else 0), last=max(known.last, at) if known else at)
    later = replace(memory, outcomes={**memory.outcomes, what.kind: tally})
    if what.kind == PURCHASE:
        bought = sorted((*memory.purchases, Purchase(at=at, amount=what.amount)), key=lambda it: it.at)
        return replace(later, purchases=tuple(bought[-MOST_RECENT:]))
    if what.kind == UNSUBSCRIBE and what.channel is not None:
        return replace(later, left={**memory.left, what.channel: tally.last})
    return later


def _plus(sums: Mapping[str, float], more: Mapping[str, float], share: float) -> dict[str, float]:
    return {**sums, **{name: sums.get(name, 0.0) + share * weight for name, weight in more.items()}}
