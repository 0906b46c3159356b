"""Sessions: begun, left and gone on with, marked by checkpoints, restored from them, ended."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownCheckpoint, UnknownSession
from twincast.domain.events import Branch, fork, root_of
from twincast.domain.ids import BranchId, CheckpointId, SessionId
from twincast.domain.pages import DEFAULT_PAGE, MAX_PAGE, Page
from twincast.domain.sessions import Act, Checkpoint, Phase, Session
from twincast.ports.stores import UnitOfWork
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import is_text
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems

MAX_CACHE_NAME: Final = 255
MAX_SEED: Final = 2**63 - 1
SHOWN_NAMES: Final = 20
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
class Restoring:
    """Which checkpoint to go on from, and where.

    Attributes:
        checkpoint: name or id.
        version: of a name that was used more than once; None for the last.
        elsewhere: into a new session instead of the one that is there.
        name: of the new session; None for that of the old one.
    """

    checkpoint: str
    version: int | None = None
    elsewhere: bool = False
    name: str | None = None


def begin(ctx: Context, request: SessionRequest) -> Session:
    """Begin a session.

    Raises:
        InvalidInput: naming `session_name`, `description`, `cache_file` or `seed`.
    """
    problems = list(_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    session = _fresh(ctx, request, ephemeral=False)
    with ctx.store.writing(ctx.workspace) as unit:
        unit.sessions.add(session)
        record(unit, ctx, "session.begun", session.id)
        ctx.keep(unit, session)
        unit.commit()
    return session


def ephemeral(ctx: Context, seed: int = 0) -> Session:
    """Return the session of an operation that named none; it is stored with what the operation stores."""
    return _fresh(ctx, SessionRequest(seed=seed), ephemeral=True)


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


def checkpoint(ctx: Context, session_id: str, name: str, description: str = "") -> Checkpoint:
    """Give the session's head a name. A name that the session used before gets another version.

    Raises:
        UnknownSession: there is none in this workspace.
        PhaseRefused: it has ended.
        InvalidInput: naming `checkpoint_name` or `description`.
    """
    problems = [
        *_name_problems("checkpoint_name", name),
        *text_problems("description", description, MAX_NOTE),
    ]
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.writing(ctx.workspace) as unit:
        session = find(unit, session_id)
        session.after(Act.CHECKPOINT)
        before = unit.checkpoints.named(session.id, name)
        made = Checkpoint(
            id=CheckpointId(ctx.ids.new("ckpt_")),
            session_id=session.id,
            name=name,
            version=1 if before is None else before.version + 1,
            description=description,
            head=session.head,
            created_at=ctx.clock.now(),
        )
        unit.checkpoints.add(made)
        record(unit, ctx, "session.checkpointed", made.id, {"version": made.version})
        ctx.keep(unit, made)
        unit.commit()
    return made


def checkpoints(
    ctx: Context, session_id: str, cursor: str | None = None, limit: int = DEFAULT_PAGE
) -> Page[Checkpoint]:
    """Page through a session's checkpoints, newest first. Raises UnknownSession."""
    require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.checkpoints.newest(find(unit, session_id).id, cursor, limit)


def find_checkpoint(unit: UnitOfWork, session: Session, reference: str, version: int | None = None) -> Checkpoint:
    """Return a session's checkpoint by name (the last version without `version`) or by id.

    Raises:
        UnknownCheckpoint: there is none; the message lists the names there are.
    """
    found = None
    if is_text(reference):
        found = unit.checkpoints.named(session.id, reference, version)
        if found is None and version is None:
            by_id = unit.checkpoints.get(CheckpointId(reference))
            found = by_id if by_id is not None and by_id.session_id == session.id else None
    if found is not None:
        return found
    newest = unit.checkpoints.newest(session.id, None, MAX_PAGE).items
    names = ", ".join(f"'{name}'" for name in list(dict.fromkeys(it.name for it in newest))[:SHOWN_NAMES])
    asked = f"'{ascii(reference[:80])[1:-1]}'" + ("" if version is None else f" in version {version}")
    there_are = f"It has: {names}." if names else "It has none."
    raise UnknownCheckpoint(f"The session '{session.id}' has no checkpoint {asked}. {there_are}")


def restore(ctx: Context, session_id: str, asked: Restoring) -> Session:
    """Go on from a checkpoint: on a new branch of the session, or in a new session. Nothing is copied or lost.

    Raises:
        UnknownSession, UnknownCheckpoint: there is none.
        PhaseRefused: in place, after the session has ended.
        InvalidInput: naming `session_name`.
    """
    problems = [] if asked.name is None else list(text_problems("session_name", asked.name, MAX_NAME))
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.writing(ctx.workspace) as unit:
        session = find(unit, session_id)
        phase = session.after(Act.RESTORE_ELSEWHERE if asked.elsewhere else Act.RESTORE)
        mark = find_checkpoint(unit, session, asked.checkpoint, asked.version)
        restored = _child(ctx, session, mark, asked.name) if asked.elsewhere else replace(session, phase=phase)
        head = fork(mark.head, unit.events.branch(mark.head.branch))
        branch = Branch(id=BranchId(ctx.ids.new("branch_")), session_id=restored.id, parent=head)
        unit.events.fork(branch)
        restored = replace(restored, head=replace(mark.head, branch=branch.id), updated_at=ctx.clock.now())
        (unit.sessions.add if asked.elsewhere else unit.sessions.put)(restored)
        record(unit, ctx, "session.restored", restored.id, {"checkpoint": mark.id, "position": mark.head.position})
        ctx.keep(unit, restored)
        unit.commit()
    return restored


def require_limit(limit: int) -> None:
    """Raise InvalidInput where a page would have no items, or too many."""
    if not 1 <= limit <= MAX_PAGE:
        problem = FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MAX_PAGE}")
        raise InvalidInput.of([problem])


def _fresh(ctx: Context, request: SessionRequest, *, ephemeral: bool) -> Session:
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


def _child(ctx: Context, session: Session, mark: Checkpoint, name: str | None) -> Session:
    request = SessionRequest(
        name=session.name if name is None else name,
        description=session.description,
        cache_file=session.cache_file,
        seed=session.seed,
    )
    return replace(_fresh(ctx, request, ephemeral=False), parent=session.id, checkpoint=mark.id)


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
        ctx.keep(unit, moved)
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


def _name_problems(field: str, name: str) -> Iterator[FieldProblem]:
    if not name.strip():
        yield FieldProblem(field=field, message="is empty", allowed=f"1 to {MAX_NAME} characters")
    yield from text_problems(field, name, MAX_NAME)


def _cache_problems(name: str) -> Iterator[FieldProblem]:
    """Yield what keeps a cache name from being one: it is opaque, but nobody may take it for a path either."""
    if not 1 <= len(name) <= MAX_CACHE_NAME:
        allowed = f"1 to {MAX_CACHE_NAME} characters"
        yield FieldProblem(field="cache_file", message=f"has {len(name)} characters", allowed=allowed)
    elif name.startswith(".") or ".." in name or not {"/", "\\"}.isdisjoint(name) or not name.isprintable():
        yield FieldProblem(field="cache_file", message="is no plain file name", allowed=CACHE_NAME)
