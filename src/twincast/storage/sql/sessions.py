"""Sessions in the database: a row each, changed in place where the session goes on."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, false, insert, select, true, tuple_, update

from twincast.domain.events import Head
from twincast.domain.ids import SessionId
from twincast.domain.pages import Page
from twincast.domain.sessions import Phase, Session
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session as Transaction
from twincast.storage.sql.tables import sessions

COLUMNS: Final = (
    sessions.c.id,
    sessions.c.name,
    sessions.c.description,
    sessions.c.cache_file,
    sessions.c.seed,
    sessions.c.phase,
    sessions.c.ephemeral,
    sessions.c.branch_id,
    sessions.c.position,
    sessions.c.parent_id,
    sessions.c.checkpoint_id,
    sessions.c.created_at,
    sessions.c.updated_at,
    sessions.c.ended_at,
)
CHANGING: Final = ("phase", "branch_id", "position", "updated_at", "ended_at")
HERE: Final = sessions.c.workspace_id == bindparam("workspace")
THIS: Final = sessions.c.id == bindparam("session")
CHILDREN_OF: Final = sessions.c.parent_id == bindparam("session")
PLACE: Final = tuple_(sessions.c.created_at, sessions.c.id)

ONE: Final = Prepared(select(*COLUMNS).where(HERE, THIS))
ADD: Final = Prepared(insert(sessions), tuple(sessions.c.keys()))
PUT: Final = Prepared(update(sessions).where(HERE, THIS), CHANGING)
PAGE: Final = select(*COLUMNS).where(HERE).order_by(*(part.desc() for part in (sessions.c.created_at, sessions.c.id)))
BEGUN: Final = sessions.c.ephemeral == false()
EPHEMERAL: Final = sessions.c.ephemeral == true()
OLDER: Final = tuple_(bindparam("created_at"), bindparam("id")) > PLACE
IN_PHASE: Final = sessions.c.phase == bindparam("phase")
CHILDREN: Final = select(sessions.c.id).where(HERE, CHILDREN_OF).order_by(sessions.c.created_at, sessions.c.id)
ERASE: Final = delete(sessions).where(HERE, THIS)


class SqlSessions:
    """The sessions of one workspace, in a transaction (`ports.stores.SessionRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Transaction) -> None:
        self._session = session

    def get(self, session_id: SessionId) -> Session | None:
        row = self._session.first(ONE, {"workspace": self._session.workspace, "session": session_id})
        return None if row is None else session_of(row)

    def add(self, session: Session) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": session.id,
            "ephemeral": session.ephemeral,
            "seed": session.seed,
            "name": session.name,
            "description": session.description,
            "cache_file": session.cache_file,
            "parent_id": session.parent,
            "checkpoint_id": session.checkpoint,
            "created_at": micros_of(session.created_at),
        }
        self._session.add(ADD, row | changing(session))

    def put(self, session: Session) -> None:
        here = {"workspace": self._session.workspace, "session": session.id}
        self._session.change(PUT, here | changing(session))

    def newest(
        self, cursor: str | None, limit: int, phase: Phase | None = None, ephemeral: bool = False
    ) -> Page[Session]:
        asked: dict[str, Any] = {"workspace": self._session.workspace}
        statement = PAGE.where(EPHEMERAL if ephemeral else BEGUN).limit(limit + 1)
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, "sessions", tuple[Whole, str])
            statement = statement.where(OLDER)
        if phase is not None:
            asked["phase"] = phase.value
            statement = statement.where(IN_PHASE)
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, session_of, lambda row: cursor_of("sessions", row.created_at, row.id))

    def children(self, session_id: SessionId, limit: int) -> list[SessionId]:
        asked = {"workspace": self._session.workspace, "session": session_id}
        return list(self._session.read(CHILDREN.limit(limit), asked).scalars())

    def erase(self, session_id: SessionId) -> int:
        return self._session.delete(ERASE, {"workspace": self._session.workspace, "session": session_id})


def changing(session: Session) -> dict[str, Any]:
    """Return the columns that change as a session goes on."""
    return {
        "phase": session.phase.value,
        "branch_id": session.head.branch,
        "position": session.head.position,
        "updated_at": micros_of(session.updated_at),
        "ended_at": None if session.ended_at is None else micros_of(session.ended_at),
    }


def session_of(row: Any) -> Session:
    """Return the session in a row of `COLUMNS`."""
    (
        session_id, name, description, cache_file, seed, phase, ephemeral,
        branch, position, parent, checkpoint, created_at, updated_at, ended_at,
    ) = row  # fmt: skip
    return Session(
        id=session_id,
        name=name,
        description=description,
        cache_file=cache_file,
        seed=seed,
        phase=Phase(phase),
        ephemeral=ephemeral,
        head=Head(branch=branch, position=position),
        parent=parent,
        checkpoint=checkpoint,
        created_at=moment_of(created_at),
        updated_at=moment_of(updated_at),
        ended_at=None if ended_at is None else moment_of(ended_at),
    )
