"""A twin's history: what a caller tells of what really happened, and a page of what happened on a line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.events import Event
from twincast.domain.ids import SessionId
from twincast.domain.memories import OUTCOMES, Memory
from twincast.domain.outcomes import Outcome
from twincast.domain.pages import Page
from twincast.domain.twins import Twin

MOST_EVENTS: Final = 1_000
"""Most events that can be added at once."""
EXPOSURE, REPLY, NOTE = "exposure", "reply", "note"
KINDS: Final = (EXPOSURE, REPLY, NOTE, *OUTCOMES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Something that really happened, as the caller tells it.

    Attributes:
        kind: one of `KINDS`.
        at: when, aware.
        channel: of a message, a reply, or what was unsubscribed from.
        type, content: of a message; the content of a reply or a note is its words.
        amount: money of a purchase.
    """

    kind: str
    at: datetime
    channel: str | None = None
    type: str | None = None
    content: str | None = None
    amount: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """A page of what happened to a twin, and what it remembers at the end of the line.

    Attributes:
        session_id: the session it happened in; None for what really happened.
        outcomes: on the first page of what really happened, the latest outcomes that were reported, in order.
    """

    twin: Twin
    session_id: SessionId | None
    events: Page[Event]
    memory: Memory | None
    outcomes: tuple[Outcome, ...] = ()
