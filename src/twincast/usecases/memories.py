"""What a twin remembers, between its line in the log, where it is plain data, and the model, which reads the value."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from twincast.domain.errors import SchemaMismatch
from twincast.domain.events import Event, EventKind, Head, real_line
from twincast.domain.memories import Exposure, Happening, Memory, Note, Outcome, Reply, remember
from twincast.domain.trials import Answered, Trial
from twincast.ports.stores import UnitOfWork
from twincast.reading.likeness import likeness_of
from twincast.response.fatigue import fading_of
from twincast.response.prior import shipped_prior
from twincast.usecases import visits
from twincast.usecases.visits import Visit

VERSION: Final = 1
"""Version of a memory as it is written."""
SHAPES: Final[dict[EventKind, type[Happening]]] = {
    EventKind.EXPOSURE: Exposure,
    EventKind.REPLY: Reply,
    EventKind.OUTCOME: Outcome,
    EventKind.NOTE: Note,
}
"""What the payload of each kind of event holds."""
MOST_WORDS: Final = 300
"""Characters of a message that are kept with its exposure; the whole of it stands with the test."""
AT_ONCE: Final = 500


def recalled(unit: UnitOfWork, met: Visit, until: datetime | None) -> Memory | None:
    """Return what a twin remembers; None where nothing has happened to it.

    Args:
        unit: where its line is read.
        met: the twin as it is met.
        until: what came later is not known yet; None: everything that happened on its line is.
    """
    memory = memory_of(met.memory)
    if memory is None or until is None or memory.at is None or memory.at <= until:
        return memory
    return _remembered_anew(unit, met, until)


def memory_of(data: Mapping[str, Any]) -> Memory | None:
    """Return a memory from plain data; None for a twin to which nothing has happened.

    Raises:
        SchemaMismatch: a later Twincast wrote it.
    """
    if not data:
        return None
    if data["version"] != VERSION:
        raise SchemaMismatch(
            f"A stored memory has version {data['version']}; this Twincast reads {VERSION}. Start a later one."
        )
    return msgspec.convert({name: value for name, value in data.items() if name != "version"}, Memory)


def written(memory: Memory) -> dict[str, Any]:
    """Return a memory as plain data that JSON can hold."""
    return {"version": VERSION, **plain(memory)}


def digest_of(data: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 (hex) of plain data, such as a memory; None for what holds nothing."""
    return sha256(msgspec.json.encode(data, order="sorted")).hexdigest() if data else None


def plain(value: object) -> dict[str, Any]:
    """Return a value as the very data that a log in JSON gives back: lists, not tuples."""
    return msgspec.json.decode(msgspec.json.encode(value), type=dict[str, Any])


def happening_of(event: Event) -> Happening | None:
    """Return what an event says happened; None where a twin came into a session."""
    shape = SHAPES.get(event.kind)
    return None if shape is None else msgspec.convert(event.payload, shape)


def happened(what: Happening, at: datetime, source: str | None = None) -> visits.Happening:
    """Return something that happened as it is appended to a line."""
    kind = next(kind for kind, shape in SHAPES.items() if isinstance(what, shape))
    return visits.Happening(kind=kind, at=at, payload=plain(what), source=source)


class Remembering:
    """The memory after an event, both as plain data (for `visits.settle`); of several in a row each is read once."""

    def __init__(self) -> None:
        self._data: Mapping[str, Any] | None = None
        self._memory = blank()

    def __call__(self, data: Mapping[str, Any], event: visits.Happening) -> dict[str, Any]:
        """Return the memory after an event."""
        before = self._memory if data is self._data else memory_of(data) or blank()
        self._memory = remember(before, msgspec.convert(event.payload, SHAPES[event.kind]), event.at)
        self._data = made = written(self._memory)
        return made


def blank() -> Memory:
    """Return the memory of a twin to which nothing has happened."""
    return Memory(fading=fading_of(shipped_prior()))


def simulated(trial: Trial) -> tuple[visits.Happening, ...]:
    """Return what a test does to its twin where it is to be remembered: the message came, and the customer answered."""
    answer = trial.answer
    if not trial.settings.memory or answer.window is None:
        return ()
    at = answer.window.starts_at
    likely = {found.field: found.probability for found in answer.explanations}
    reply = Reply(
        words=answer.predicted_response,
        engagement=likely.get("will_engage", 0.0),
        purchase=likely.get("will_purchase", 0.0),
    )
    return happened(exposure_of(answer), at, trial.id), happened(reply, at, trial.id)


def exposure_of(answer: Answered) -> Exposure:
    """Return a message that was answered as something that was sent."""
    item = answer.intervention
    return Exposure(
        channel=answer.channel or "",
        type=item.type,
        likeness=likeness_of(item),
        words=(item.intervention.content or "")[:MOST_WORDS],
        digest=item.reading.digest if item.reading else "",
    )


def _remembered_anew(unit: UnitOfWork, met: Visit, until: datetime) -> Memory | None:
    """Remember again, what had happened by a moment: on the twin's own line, then in the session."""
    lines = [real_line(met.twin.id)]
    if met.head.branch != lines[0].branch:
        lines.append(met.head)
    memory = None
    for event in (event for head in lines for event in events_on(unit, head, met)):
        what = happening_of(event)
        if what is not None and event.at <= until:
            memory = remember(memory or blank(), what, event.at)
    return memory


def events_on(unit: UnitOfWork, head: Head, met: Visit) -> Iterator[Event]:
    """Yield a twin's events on a line, oldest first."""
    cursor = None
    while True:
        page = unit.events.line(head, cursor, AT_ONCE, met.twin.id)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
