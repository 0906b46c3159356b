"""A twin's history: what really happened to it, or what did in a session, in order; and adding to what really did."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from twincast.domain.channels import CHANNELS, canonical_channel
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.events import Event, Head, real_line
from twincast.domain.histories import EXPOSURE, KINDS, MOST_EVENTS, NOTE, REPLY, History, Told
from twincast.domain.ids import SessionId
from twincast.domain.interventions import Intervention
from twincast.domain.memories import UNSUBSCRIBE, Exposure, Happening, Note, Outcome, Reply
from twincast.domain.pages import DEFAULT_PAGE, Page
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import YEARS, read_intervention
from twincast.reading.likeness import likeness_of
from twincast.usecases import sessions
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.memories import MOST_WORDS, Remembering, happened, memory_of
from twincast.usecases.outcomes import latest
from twincast.usecases.references import find
from twincast.usecases.texts import MAX_NOTE, text_problems


def history(
    ctx: Context,
    reference: str,
    session: str | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
) -> History:
    """Return what happened to a twin, oldest first: really, or in a session.

    Raises:
        UnknownTwin, UnknownSession: there is none in this workspace.
    """
    sessions.require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        twin = find(unit, reference)
        if session is None:
            real = _history(unit, twin, None, real_line(twin.id), cursor, limit)
            return real if cursor is not None else replace(real, outcomes=latest(unit, twin.id, limit))
        there = sessions.find(unit, session)
        return _history(unit, twin, there.id, there.head, cursor, limit)


def append(ctx: Context, reference: str, told: Sequence[Told]) -> History:
    """Add what really happened to a twin's own line; return it with what the twin remembers now.

    Sessions that the twin has come into stay as they are: it is pinned there to what had happened before.

    Raises:
        UnknownTwin: there is none in this workspace.
        InvalidInput: naming each field of each event that is not right; then nothing is added.
    """
    problems = _all_problems(told, ctx.clock.now())
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.writing(ctx.workspace) as unit:
        twin = find(unit, reference)
        events = _events(unit, twin, told)
        unit.events.append(events)
        record(unit, ctx, "event.added", twin.id, {"events": len(events)})
        page = Page(items=tuple(events), next_cursor=None)
        made = History(twin=twin, session_id=None, events=page, memory=memory_of(events[-1].memory))
        ctx.keep(unit, made)
        unit.commit()
    return made


def _history(
    unit: UnitOfWork, twin: Twin, session_id: SessionId | None, head: Head, cursor: str | None, limit: int
) -> History:
    last = unit.events.last(head, twin.id)
    return History(
        twin=twin,
        session_id=session_id,
        events=unit.events.line(head, cursor, limit, twin.id),
        memory=None if last is None else memory_of(last.memory),
    )


def _events(unit: UnitOfWork, twin: Twin, told: Sequence[Told]) -> list[Event]:
    head = real_line(twin.id)
    last = unit.events.last(head, twin.id)
    position, memory = (0, {}) if last is None else (last.position, last.memory)
    remembering = Remembering()
    events = []
    for place, each in enumerate(told):
        it = happened(_happening(each, twin.currency, f"events[{place}]"), each.at)
        memory = remembering(memory, it)
        events.append(
            Event(
                branch=head.branch,
                position=position + place + 1,
                twin_id=twin.id,
                twin_version=twin.version,
                kind=it.kind,
                at=it.at,
                simulated=False,
                source=None,
                payload=it.payload,
                memory=memory,
            )
        )
    return events


def _happening(told: Told, currency: str, path: str) -> Happening:
    words = told.content or ""
    channel = None if told.channel is None else canonical_channel(told.channel)
    if told.kind == EXPOSURE:
        sent = Intervention(type=told.type or "custom", channel=told.channel, content=told.content)
        item = read_intervention(sent, currency=currency, path=path)
        return Exposure(
            channel=item.channel or "",
            type=item.type,
            likeness=likeness_of(item),
            words=words[:MOST_WORDS],
            digest=item.reading.digest if item.reading else "",
        )
    if told.kind == REPLY:
        return Reply(words=words, engagement=1.0, purchase=0.0)
    if told.kind == NOTE:
        return Note(words=words)
    return Outcome(kind=told.kind, amount=told.amount, channel=channel)


def _all_problems(told: Sequence[Told], now: datetime) -> list[FieldProblem]:
    if len(told) > MOST_EVENTS:
        problem = FieldProblem(field="events", message=f"has {len(told)} entries", allowed=f"1 to {MOST_EVENTS}")
        raise TooLarge(f"events has {len(told)} entries; at most {MOST_EVENTS} can be added at once.", [problem])
    if not told:
        return [FieldProblem(field="events", message="is empty", allowed=f"1 to {MOST_EVENTS} events")]
    return [problem for place, each in enumerate(told) for problem in _problems(each, f"events[{place}]", now)]


def _problems(told: Told, path: str, now: datetime) -> Iterator[FieldProblem]:
    if told.kind not in KINDS:
        message = f"{told.kind[:40]!a} is not known"
        yield FieldProblem(field=f"{path}.kind", message=message, allowed=f"one of: {', '.join(KINDS)}")
    if told.at.utcoffset() is None or told.at.year not in YEARS:
        allowed = "a moment with its offset from UTC, such as 2026-05-04T09:30:00+02:00"
        yield FieldProblem(field=f"{path}.at", message=f"{told.at.isoformat()} is not allowed", allowed=allowed)
    elif told.at > now:
        yield FieldProblem(field=f"{path}.at", message="lies in the future", allowed="what has happened already")
    if told.amount is not None and not 0.0 <= told.amount < 1e12:
        yield FieldProblem(field=f"{path}.amount", message=f"{told.amount} is not allowed", allowed="0 to 10^12")
    if told.kind != EXPOSURE:  # what an exposure holds is read, and refused, as an intervention
        yield from text_problems(f"{path}.content", told.content or "", MAX_NOTE)
    yield from _channel_problems(told, path)


def _channel_problems(told: Told, path: str) -> Iterator[FieldProblem]:
    allowed = f"one of: {', '.join(CHANNELS)}"
    if told.channel is None:
        if told.kind in (EXPOSURE, UNSUBSCRIBE):
            yield FieldProblem(field=f"{path}.channel", message="is missing", allowed=allowed)
    elif canonical_channel(told.channel[:60]) is None:
        yield FieldProblem(field=f"{path}.channel", message=f"{told.channel[:40]!a} is not known", allowed=allowed)
