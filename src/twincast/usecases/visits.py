"""A twin's visits to sessions: in which version and with which memory it is met there, and what happens to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from twincast.domain.errors import SessionRequired
from twincast.domain.events import Event, EventKind, Head, real_line
from twincast.domain.sessions import Act, Session
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.usecases import sessions
from twincast.usecases.context import Context
from twincast.usecases.references import find, still_there

Memory = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A twin as it is met in a session.

    Attributes:
        session: where; `opened` says that this operation opened it, and stores it with its result.
        twin: in the version that the session is pinned to: the one in which it first came there.
        newest: in its newest version.
        head: the line on which its memory stands: the session's, or its own until it has come into the session.
        memory: what it remembers; empty for one to which nothing has happened.
    """

    session: Session
    opened: bool
    twin: Twin
    newest: Twin
    head: Head
    memory: Memory

    @property
    def joined(self) -> bool:
        """Whether the twin had come into the session before."""
        return self.head.branch != real_line(self.twin.id).branch


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Something that happens to a twin during a visit, in the session's world alone."""

    kind: EventKind
    at: datetime
    payload: Mapping[str, Any]
    source: str | None = None


JOINED_AFTER: Final = "after"
"""In the payload of `joined`: how many things had really happened to the twin by then, which it brings along."""
FORGOTTEN: Final = frozenset({EventKind.JOINED, EventKind.TESTED})
"""What a twin remembers nothing of."""


def unchanged(memory: Memory, _happening: Happening) -> Memory:
    """Remember nothing of it."""
    return memory


def visit(ctx: Context, unit: UnitOfWork, reference: str, session_id: str | None) -> Visit:
    """Meet a twin in a session; without one, in an ephemeral session that is stored with the result.

    Args:
        ctx: who asks.
        unit: where to look.
        reference: id of a twin or of a customer.
        session_id: id of a session, or None.

    Raises:
        UnknownTwin, UnknownSession: there is none in this workspace.
        PhaseRefused: the session is paused or has ended.
        SessionRequired: none was named where one must be.
    """
    session = named(ctx, unit, session_id)
    twin = find(unit, reference)
    if session is None:
        own = unit.events.last(real_line(twin.id), twin.id)
        return _met(sessions.ephemeral(ctx), twin, own, opened=True)
    last = unit.events.last(session.head, twin.id)
    if last is None:
        return _met(session, twin, unit.events.last(real_line(twin.id), twin.id))
    pinned = twin if twin.version == last.twin_version else find(unit, twin.id, last.twin_version)
    return Visit(session=session, opened=False, twin=pinned, newest=twin, head=session.head, memory=last.memory)


def settle(
    unit: UnitOfWork,
    ctx: Context,
    visit: Visit,
    happenings: Sequence[Happening] = (),
    remember: Callable[[Memory, Happening], Memory] = unchanged,
    *,
    result: str | None = None,
) -> Session:
    """Record, in the change that stores a result, that it belongs to a session, and what happened to the twin in it.

    The session may have gone on since the visit began: what happens is added to where it stands now.

    Args:
        unit: the change.
        ctx: who does it.
        visit: as the twin was met.
        happenings: what happened to it, in order.
        remember: memory before and happening to memory after.
        result: id of what the visit gave. It stands on the session's line, so that a checkpoint holds what was there.

    Raises:
        UnknownTwin, UnknownSession, PhaseRefused: erased, paused or ended in the meantime; nothing may be stored.
    """
    still_there(unit, ctx, visit.twin)
    if visit.opened and not happenings:
        unit.sessions.add(visit.session)
        return visit.session
    session = visit.session if visit.opened else sessions.find(unit, visit.session.id)
    session.after(Act.APPEND)
    last = None if visit.opened else unit.events.last(session.head, visit.twin.id)
    events = _events(session, visit, last, _all(ctx, visit, last, happenings, result), remember)
    if events:
        unit.events.append(events)
        head = replace(session.head, position=events[-1].position)
        session = replace(session, head=head, updated_at=ctx.clock.now())
    if visit.opened:
        unit.sessions.add(session)
    elif events:
        unit.sessions.put(session)
    return session


def _all(
    ctx: Context, visit: Visit, last: Event | None, happenings: Sequence[Happening], result: str | None
) -> list[Happening]:
    """Return what happens in a visit, coming into the session included; its result is the source of one of them."""
    now, source = ctx.clock.now(), None if visit.opened else result
    named = any(it.source == source for it in happenings)
    if last is None:
        brought = {JOINED_AFTER: visit.head.position} if visit.head.position else {}
        joined = Happening(kind=EventKind.JOINED, at=now, payload=brought, source=None if named else source)
        return [joined, *happenings]
    if source is None or named:
        return list(happenings)
    return [*happenings, Happening(kind=EventKind.TESTED, at=now, payload={}, source=source)]


def _events(
    session: Session,
    visit: Visit,
    last: Event | None,
    happenings: Sequence[Happening],
    remember: Callable[[Memory, Happening], Memory],
) -> list[Event]:
    """Return the events of a visit, each with what the twin remembers after it."""
    memory = visit.memory if last is None else last.memory
    events: list[Event] = []
    for happening in happenings:
        memory = memory if happening.kind in FORGOTTEN else remember(memory, happening)
        events.append(
            Event(
                branch=session.head.branch,
                position=session.head.position + len(events) + 1,
                twin_id=visit.twin.id,
                twin_version=visit.twin.version if last is None else last.twin_version,
                kind=happening.kind,
                at=happening.at,
                simulated=True,
                source=happening.source,
                payload=happening.payload,
                memory=memory,
            )
        )
    return events


def named(ctx: Context, unit: UnitOfWork, session_id: str | None) -> Session | None:
    """Return the session that something is to be run in, or None. Raises as `visit` does."""
    if session_id is None:
        if ctx.require_session:
            raise SessionRequired(
                "Name the session_id of a session: this installation tests nothing outside one (REQUIRE_SESSION)."
            )
        return None
    session = sessions.find(unit, session_id)
    session.after(Act.APPEND)
    return session


def _met(session: Session, twin: Twin, own: Event | None, *, opened: bool = False) -> Visit:
    """Return the visit of a twin that has not come into the session: it brings what really happened to it."""
    position, memory = (0, {}) if own is None else (own.position, own.memory)
    head = Head(branch=real_line(twin.id).branch, position=position)
    return Visit(session=session, opened=opened, twin=twin, newest=twin, head=head, memory=memory)
