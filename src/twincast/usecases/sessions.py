"""Sessions: begun, left and gone on with, ended, erased."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, SessionInUse, UnknownSession
from twincast.domain.events import Event, EventKind, root_of
from twincast.domain.ids import SessionId
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.sessions import Act, Phase, Session
from twincast.ports.stores import UnitOfWork
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import find as find_twin
from twincast.usecases.references import is_text
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems

MAX_CACHE_NAME: Final = 255
MAX_SEED: Final = 2**63 - 1
SHOWN_HEIRS: Final = 5
CACHE_NAME: Final = "a file name without a path: no /, \\, '..', leading dot or control character"


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRequest:
    """What a session is begun with.

    Attributes:
        cache_file: an opaque name; nothing is written under it.
    """

    name: str = ""
    description: str = ""
    cache_file: str | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """A session, and how much stands in it; events on its line are counted by its head."""

    session: Session
    tests: int
    comparisons: int
    checkpoints: int


def begin(ctx: Context, request: SessionRequest) -> Session:
    """Begin a session.

    Raises:
        InvalidInput: naming `session_name`, `description`, `cache_file` or `seed`.
    """
    problems = list(_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    session = fresh(ctx, request, ephemeral=False)
    with ctx.store.writing(ctx.workspace) as unit:
        unit.sessions.add(session)
        record(unit, ctx, "session.begun", session.id)
        ctx.keep(unit, session)
        unit.commit()
    return session


def ephemeral(ctx: Context, seed: int = 0) -> Session:
    """Return the session of an operation that named none; it is stored with what the operation stores."""
    return fresh(ctx, SessionRequest(seed=seed), ephemeral=True)


def get(ctx: Context, session_id: str) -> Session:
    """Return a session as it stands. Raises UnknownSession."""
    with ctx.store.reading(ctx.workspace) as unit:
        return find(unit, session_id)


def find(unit: UnitOfWork, session_id: str) -> Session:
    """Return a session of the unit's workspace. Raises UnknownSession."""
    found = unit.sessions.get(SessionId(session_id)) if is_text(session_id) else None
    if found is None:
        raise UnknownSession(
            f"There is no session '{ascii(session_id[:80])[1:-1]}' in this workspace. Begin one first."
        )
    return found


def listing(
    ctx: Context,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
    phase: Phase | None = None,
    ephemeral: bool = False,
) -> Page[Session]:
    """Page through sessions, newest first: those that were begun, or the ephemeral ones; in one phase, or in any."""
    require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.sessions.newest(cursor, limit, phase, ephemeral)


def pause(ctx: Context, session_id: str) -> Session:
    """Let nothing be appended until the session is resumed; pausing a paused one changes nothing."""
    return _move(ctx, session_id, Act.PAUSE, "session.paused")


def resume(ctx: Context, session_id: str) -> Session:
    """Go on with a session; resuming an active one changes nothing."""
    return _move(ctx, session_id, Act.RESUME, "session.resumed")


def end(ctx: Context, session_id: str) -> Session:
    """End a session for good. What it holds stays readable; ending it again changes nothing."""
    return _move(ctx, session_id, Act.END, "session.ended")


def erase(ctx: Context, session_id: str) -> dict[str, int]:
    """Delete a session for good, with everything that was run and kept in it; return what went, by kind.

    Raises:
        UnknownSession: there is none (any more).
        SessionInUse: another session was restored from it, and stands on its events.
    """
    with ctx.store.writing(ctx.workspace) as unit:
        session = find(unit, session_id)
        heirs = unit.sessions.children(session.id, SHOWN_HEIRS + 1)
        if heirs:
            shown = ", ".join(heirs[:SHOWN_HEIRS]) + (", ..." if len(heirs) > SHOWN_HEIRS else "")
            raise SessionInUse(f"Other sessions were restored from '{session.id}' ({shown}): erase them first.")
        removed = {
            "tests": unit.trials.erase_session(session.id),
            "comparisons": unit.comparisons.erase_session(session.id),
            "optimizations": unit.optimizations.erase_session(session.id),
            "batches": unit.batches.erase_session(session.id),
            "extractions": unit.extractions.erase_session(session.id),
            "checkpoints": unit.checkpoints.erase(session.id),
            "events": unit.events.erase_session(session.id),
            "kept_replies": unit.replies.erase(session.id),
        }
        unit.sessions.erase(session.id)
        record(unit, ctx, "session.erased", session.id, removed)
        unit.commit()
    return removed


def content(ctx: Context, session_id: str) -> Content:
    """Count what a session holds. Raises UnknownSession."""
    with ctx.store.reading(ctx.workspace) as unit:
        session = find(unit, session_id)
        return Content(
            session=session,
            tests=unit.trials.count(session.id),
            comparisons=unit.comparisons.count(session.id),
            checkpoints=unit.checkpoints.count(session.id),
        )


def kinds(ctx: Context, session_id: str) -> dict[EventKind, int]:
    """Count the events on the session's line by kind: those since the beginning, inherited ones included."""
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.events.kinds(find(unit, session_id).head)


def history(
    ctx: Context, session_id: str, cursor: str | None = None, limit: int = DEFAULT_PAGE, twin: str | None = None
) -> Page[Event]:
    """Page through what happened on the session's line, oldest first: to all twins, or to one.

    Raises:
        UnknownSession, UnknownTwin: there is none in this workspace.
    """
    require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        session = find(unit, session_id)
        return unit.events.line(session.head, cursor, limit, None if twin is None else find_twin(unit, twin).id)


def require_limit(limit: int) -> None:
    """Raise InvalidInput where a page would have no items, or too many."""
    check_limit(limit)


def fresh(ctx: Context, request: SessionRequest, *, ephemeral: bool) -> Session:
    """Return a session that begins now; it is not stored yet."""
    session_id, now = SessionId(ctx.ids.new("sess_")), ctx.clock.now()
    return Session(
        id=session_id,
        name=request.name,
        description=request.description,
        cache_file=request.cache_file,
        seed=request.seed,
        phase=Phase.ACTIVE,
        ephemeral=ephemeral,
        head=root_of(session_id),
        parent=None,
        checkpoint=None,
        created_at=now,
        updated_at=now,
        ended_at=None,
    )


def _move(ctx: Context, session_id: str, act: Act, action: str) -> Session:
    """Bring a session into the phase that an act leads to; where it is there already, nothing is stored."""
    with ctx.store.writing(ctx.workspace) as unit:
        session = find(unit, session_id)
        phase = session.after(act)
        if phase is session.phase:
            return session
        now = ctx.clock.now()
        moved = replace(session, phase=phase, updated_at=now, ended_at=now if phase is Phase.ENDED else None)
        unit.sessions.put(moved)
        record(unit, ctx, action, moved.id)
        unit.commit()
    return moved


def _problems(request: SessionRequest) -> Iterator[FieldProblem]:
    yield from text_problems("session_name", request.name, MAX_NAME)
    yield from text_problems("description", request.description, MAX_NOTE)
    if request.cache_file is not None:
        yield from _cache_problems(request.cache_file)
    if not 0 <= request.seed <= MAX_SEED:
        message = f"{str(request.seed)[:40]} is out of range"
        yield FieldProblem(field="seed", message=message, allowed="0 to 2^63 - 1")


def _cache_problems(name: str) -> Iterator[FieldProblem]:
    """Yield what keeps a cache name from being one: it is opaque, but nobody may take it for a path either."""
    if not 1 <= len(name) <= MAX_CACHE_NAME:
        allowed = f"1 to {MAX_CACHE_NAME} characters"
        yield FieldProblem(field="cache_file", message=f"has {len(name)} characters", allowed=allowed)
    elif name.startswith(".") or ".." in name or not {"/", "\\"}.isdisjoint(name) or not name.isprintable():
        yield FieldProblem(field="cache_file", message="is no plain file name", allowed=CACHE_NAME)
