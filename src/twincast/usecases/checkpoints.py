"""Checkpoints of sessions: names for heads, from which a session, or a new one, goes on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownCheckpoint
from twincast.domain.events import Branch, fork
from twincast.domain.ids import BranchId, CheckpointId
from twincast.domain.pages import DEFAULT_PAGE, MAX_PAGE, Page
from twincast.domain.sessions import Act, Checkpoint, Session
from twincast.ports.stores import UnitOfWork
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import is_text
from twincast.usecases.sessions import SessionRequest, fresh, require_limit
from twincast.usecases.sessions import find as find_session
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems

SHOWN_NAMES: Final = 20


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


def mark(ctx: Context, session_id: str, name: str, description: str = "") -> Checkpoint:
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
        session = find_session(unit, session_id)
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


def listing(ctx: Context, session_id: str, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Checkpoint]:
    """Page through a session's checkpoints, newest first. Raises UnknownSession."""
    require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.checkpoints.newest(find_session(unit, session_id).id, cursor, limit)


def find(unit: UnitOfWork, session: Session, reference: str, version: int | None = None) -> Checkpoint:
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
        session = find_session(unit, session_id)
        phase = session.after(Act.RESTORE_ELSEWHERE if asked.elsewhere else Act.RESTORE)
        found = find(unit, session, asked.checkpoint, asked.version)
        restored = _child(ctx, session, found, asked.name) if asked.elsewhere else replace(session, phase=phase)
        head = fork(found.head, unit.events.branch(found.head.branch))
        branch = Branch(id=BranchId(ctx.ids.new("branch_")), session_id=restored.id, parent=head)
        unit.events.fork(branch)
        restored = replace(restored, head=replace(found.head, branch=branch.id), updated_at=ctx.clock.now())
        (unit.sessions.add if asked.elsewhere else unit.sessions.put)(restored)
        record(unit, ctx, "session.restored", restored.id, {"checkpoint": found.id, "position": found.head.position})
        ctx.keep(unit, restored)
        unit.commit()
    return restored


def _child(ctx: Context, session: Session, found: Checkpoint, name: str | None) -> Session:
    request = SessionRequest(
        name=session.name if name is None else name,
        description=session.description,
        cache_file=session.cache_file,
        seed=session.seed,
    )
    return replace(fresh(ctx, request, ephemeral=False), parent=session.id, checkpoint=found.id)


def _name_problems(field: str, name: str) -> Iterator[FieldProblem]:
    if not name.strip():
        yield FieldProblem(field=field, message="is empty", allowed=f"1 to {MAX_NAME} characters")
    yield from text_problems(field, name, MAX_NAME)
