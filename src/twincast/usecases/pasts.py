"""What of a twin's past a language model may be reminded of: the latest part one by one, what lies before as a summary.

A summary is of everything up to a border that moves only every `BLOCK` things: its prompt is the same until then, so
that it is asked for once, kept with the other answers, and erased with the customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from twincast.domain.chats import Prompt
from twincast.domain.events import Event, EventKind, Head, real_line
from twincast.domain.ids import SessionId
from twincast.domain.memories import Memory
from twincast.domain.trials import Answered
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.conversations import summary_prompt
from twincast.reading.reminders import Recalled, dated, reminders, totals
from twincast.usecases.memories import happening_of, memory_of
from twincast.usecases.visits import JOINED_AFTER, Visit

BLOCK: Final = 40
"""Things that happen until a summary is made anew; the latest 40 to 80 stand outside it, one by one."""
LOOKED_AT: Final = 3 * BLOCK
"""The latest events of a line that are read, however long it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What happened to a twin, as far as its words need it.

    Attributes:
        latest: one by one, in order.
        memory: what all of it adds up to; None for a twin to which nothing has happened.
        older: the last things before `latest`, where the past is long; `until`: what adds up to their end.
    """

    latest: tuple[Recalled, ...] = ()
    memory: Memory | None = None
    older: tuple[Recalled, ...] = ()
    until: Memory | None = None

    def lines(self, answered: Answered, summary: str | None) -> tuple[str, ...]:
        """Return what a prompt says of the past: what it adds up to where not all is told, then what is worth it."""
        if answered.window is None:  # nothing is sent
            return ()
        chosen = reminders(self.latest, answered.intervention, answered.window.starts_at)
        if self.memory is None or (not self.older and len(chosen) == len(self.latest)):
            return tuple(chosen)
        counts = summary or totals(self.memory)
        return (counts, *chosen) if counts else tuple(chosen)

    def summary(self, twin: Twin, record: dict[str, Any], session: SessionId | None) -> Prompt | None:
        """Return what is asked for a summary; None where the past is short."""
        if self.until is None:
            return None
        lines = (totals(self.until), *dated(self.older))
        prompt = summary_prompt(record, (twin.id, twin.customer_id), lines)
        return replace(prompt, twin=twin.id, session=session)


NO_PAST: Final = Past()


def past_of(unit: UnitOfWork, met: Visit, memory: Memory | None, until: datetime | None) -> Past:
    """Return a twin's past as it is met.

    Args:
        unit: where its line is read.
        met: the twin as it is met.
        memory: what it remembers.
        until: what came later is not known yet; None: everything on its line is.
    """
    if memory is None:
        return NO_PAST
    events = _latest(unit, met)
    known = [event for event in events if until is None or event.at <= until]
    whole = Past(latest=_recalled(known), memory=memory)
    return whole if len(known) < len(events) else _divided(events, whole)


def _divided(events: Sequence[Event], whole: Past) -> Past:
    """Return a past with what lies before the border apart, where it is long."""
    counts = [_count(event) for event in events]
    border = (counts[-1] - BLOCK) // BLOCK * BLOCK if counts else 0
    before = [place for place, count in enumerate(counts) if count <= border]
    if border <= 0 or not before:
        return whole
    cut = before[-1] + 1
    older = events[max(cut - BLOCK, 0) : cut]
    return replace(
        whole, latest=_recalled(events[cut:]), older=_recalled(older), until=memory_of(events[cut - 1].memory)
    )


def _latest(unit: UnitOfWork, met: Visit) -> list[Event]:
    """Return the latest events of a twin's line, in order: in a session too what it brought there."""
    found = unit.events.latest(met.head, LOOKED_AT, met.twin.id)
    joined = found[-1] if found else None
    if joined is not None and joined.kind is EventKind.JOINED and len(found) < LOOKED_AT:
        real = Head(branch=real_line(met.twin.id).branch, position=joined.payload.get(JOINED_AFTER, 0))
        found += unit.events.latest(real, LOOKED_AT - len(found), met.twin.id)
    return [event for event in reversed(found) if happening_of(event) is not None]


def _recalled(events: Sequence[Event]) -> tuple[Recalled, ...]:
    told = ((happening_of(event), event) for event in events)
    return tuple(Recalled(what=what, at=event.at, source=event.source) for what, event in told if what is not None)


def _count(event: Event) -> int:
    """Return how many things had happened with an event; notes count for none."""
    memory = memory_of(event.memory)
    if memory is None:
        return 0
    return memory.exposures + memory.replies + sum(it.count for it in memory.outcomes.values())
