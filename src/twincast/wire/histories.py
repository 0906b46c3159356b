"""What happened to a twin: as callers tell it, as it is read back, and what the twin remembers of it."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.events import Event
from twincast.domain.histories import KINDS, MOST_EVENTS, History, Told
from twincast.domain.memories import Memory
from twincast.wire.outcomes import OutcomeRecord
from twincast.wire.shapes import Answer, Moment, Name, Number, Request


class EventIn(Request):
    """One thing that really happened."""

    kind: Name = Field(description=f"One of: {', '.join(KINDS)}.")
    at: Moment = Field(description="When, with its offset from UTC; not in the future.")
    channel: Name | None = Field(None, description="Of a message, or what was unsubscribed from.")
    type: Name | None = Field(None, description="Of a message, see `GET /intervention-types`. Default: custom.")
    content: str | None = Field(None, description="Text of a message; words of a reply or a note.")
    amount: Number | None = Field(None, description="Money of a purchase.")

    def to_domain(self) -> Told:
        """Return the event."""
        return Told(
            kind=self.kind,
            at=self.at,
            channel=self.channel,
            type=self.type,
            content=self.content,
            amount=self.amount,
        )


class EventsIn(Request):
    """What really happened to a customer, in any order."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {
                            "kind": "exposure",
                            "at": "2026-05-01T09:00:00Z",
                            "channel": "email",
                            "type": "promotional_offer",
                            "content": "30% off everything this weekend",
                        },
                        {"kind": "purchase", "at": "2026-05-02T18:30:00Z", "amount": 64.5},
                    ]
                }
            ]
        },
    )

    events: list[EventIn] = Field(max_length=MOST_EVENTS)


class TwinEvent(Answer):
    """One thing that happened; what a kind of event does not have is null."""

    event_id: str
    kind: str = Field(description="joined (the session), tested, exposure, reply, outcome or note.")
    at: datetime = Field(description="When, in the time of its world.")
    simulated: bool
    test_id: str | None = Field(description="The test it comes from.")
    twin_version: int
    channel: str | None
    type: str | None
    content: str | None = Field(description="How a message begins; the words of a reply or a note.")
    outcome: str | None
    amount: float | None
    engagement: float | None = Field(description="P(engage) of a simulated reply; 1 of a real one.")
    purchase: float | None

    @classmethod
    def of(cls, event: Event) -> "TwinEvent":
        """Render an event."""
        held: dict[str, Any] = dict(event.payload)
        return cls(
            event_id=event.id,
            kind=event.kind.value,
            at=event.at,
            simulated=event.simulated,
            test_id=event.source,
            twin_version=event.twin_version,
            channel=held.get("channel"),
            type=held.get("type"),
            content=held.get("words"),
            outcome=held.get("kind"),
            amount=held.get("amount"),
            engagement=held.get("engagement"),
            purchase=held.get("purchase"),
        )


class OutcomeCount(Answer):
    """How often something happened, and when last."""

    count: int
    last_at: datetime


class TwinMemory(Answer):
    """What a twin remembers at the end of a line; fading numbers are as of `as_of`."""

    as_of: datetime | None
    exposures: int
    last_contact_at: datetime | None
    contacts: float = Field(description="Contacts, each fading with a mean life of `contact_days`.")
    contacts_by_channel: dict[str, float]
    likeness: dict[str, float] = Field(description="What was offered and appealed to, fading by `likeness_days`.")
    contact_days: float
    likeness_days: float
    replies: int
    mean_engagement: float | None
    outcomes: dict[str, OutcomeCount]

    @classmethod
    def of(cls, memory: Memory) -> "TwinMemory":
        """Render a memory."""
        return cls(
            as_of=memory.at,
            exposures=memory.exposures,
            last_contact_at=memory.last_contact,
            contacts=memory.contacts,
            contacts_by_channel=dict(memory.by_channel),
            likeness=dict(memory.likeness),
            contact_days=memory.fading.contact_days,
            likeness_days=memory.fading.likeness_days,
            replies=memory.replies,
            mean_engagement=memory.engagement / memory.replies if memory.replies else None,
            outcomes={kind: OutcomeCount(count=it.count, last_at=it.last) for kind, it in memory.outcomes.items()},
        )


class TwinHistory(Answer):
    """A page of what happened to a twin, oldest first."""

    digital_twin_id: str
    customer_id: str
    session_id: str | None = Field(description="The session it happened in; null for what really happened.")
    events: list[TwinEvent]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
    memory: TwinMemory | None = Field(description="null where nothing was remembered.")
    outcomes: list[OutcomeRecord] = Field(
        description="The latest outcomes that were reported, in order; on the first page of what really happened."
    )

    @classmethod
    def of(cls, found: History) -> "TwinHistory":
        """Render a page of a history."""
        return cls(
            digital_twin_id=found.twin.id,
            customer_id=found.twin.customer_id,
            session_id=found.session_id,
            events=[TwinEvent.of(event) for event in found.events.items],
            next_cursor=found.events.next_cursor,
            memory=None if found.memory is None else TwinMemory.of(found.memory),
            outcomes=[OutcomeRecord.of(it) for it in found.outcomes],
        )
