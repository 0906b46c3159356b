"""Checkpoints in the database: a row each, whatever the length of what it names."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, tuple_

from twincast.domain.events import Head
from twincast.domain.ids import CheckpointId, SessionId
from twincast.domain.pages import Page
from twincast.domain.sessions import Checkpoint
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.prepared import Prepared, first_row
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import checkpoints

COLUMNS: Final = (
    checkpoints.c.id,
    checkpoints.c.session_id,
    checkpoints.c.name,
    checkpoints.c.version,
    checkpoints.c.description,
    checkpoints.c.branch_id,
    checkpoints.c.position,
    checkpoints.c.created_at,
)
HERE: Final = checkpoints.c.workspace_id == bindparam("workspace")
OF_SESSION: Final = HERE & (checkpoints.c.session_id == bindparam("session"))
NAMED: Final = select(*COLUMNS).where(OF_SESSION, checkpoints.c.name == bindparam("name"))
NEWEST_FIRST: Final = (checkpoints.c.created_at.desc(), checkpoints.c.id.desc())
PLACE: Final = tuple_(checkpoints.c.created_at, checkpoints.c.id)

ONE: Final = Prepared(select(*COLUMNS).where(HERE, checkpoints.c.id == bindparam("checkpoint")))
ONE_VERSION: Final = Prepared(NAMED.where(checkpoints.c.version == bindparam("version")))
LAST_VERSION: Final = Prepared(first_row(NAMED.order_by(checkpoints.c.version.desc())))
ADD: Final = Prepared(insert(checkpoints), tuple(checkpoints.c.keys()))
PAGE: Final = select(*COLUMNS).where(OF_SESSION).order_by(*NEWEST_FIRST).limit(bindparam("rows"))
NEXT_PAGE: Final = PAGE.where(tuple_(bindparam("created_at"), bindparam("id")) > PLACE)
COUNT: Final = select(func.count()).select_from(checkpoints).where(OF_SESSION)
ERASE: Final = delete(checkpoints).where(OF_SESSION)


class SqlCheckpoints:
    """The checkpoints of one workspace, in a transaction (`ports.stores.CheckpointRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, checkpoint_id: CheckpointId) -> Checkpoint | None:
        row = self._session.first(ONE, {"workspace": self._session.workspace, "checkpoint": checkpoint_id})
        return None if row is None else checkpoint_of(row)

    def named(self, session_id: SessionId, name: str, version: int | None = None) -> Checkpoint | None:
        asked = {"workspace": self._session.workspace, "session": session_id, "name": name}
        if version is None:
            row = self._session.first(LAST_VERSION, asked)
        else:
            row = self._session.first(ONE_VERSION, asked | {"version": version})
        return None if row is None else checkpoint_of(row)

    def add(self, checkpoint: Checkpoint) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": checkpoint.id,
            "session_id": checkpoint.session_id,
            "name": checkpoint.name,
            "version": checkpoint.version,
            "description": checkpoint.description,
            "branch_id": checkpoint.head.branch,
            "position": checkpoint.head.position,
            "created_at": micros_of(checkpoint.created_at),
        }
        self._session.add(ADD, row)

    def newest(self, session_id: SessionId, cursor: str | None, limit: int) -> Page[Checkpoint]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "session": session_id, "rows": limit + 1}
        statement = PAGE
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, "checkpoints", tuple[Whole, str])
            statement = NEXT_PAGE
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, checkpoint_of, lambda row: cursor_of("checkpoints", row.created_at, row.id))

    def count(self, session_id: SessionId) -> int:
        return int(self._session.read(COUNT, self._of(session_id)).scalar_one())

    def erase(self, session_id: SessionId) -> int:
        return self._session.delete(ERASE, self._of(session_id))

    def _of(self, session_id: SessionId) -> dict[str, Any]:
        return {"workspace": self._session.workspace, "session": session_id}


def checkpoint_of(row: Any) -> Checkpoint:
    """Return the checkpoint in a row of `COLUMNS`."""
    checkpoint_id, session_id, name, version, description, branch, position, created_at = row
    return Checkpoint(
        id=checkpoint_id,
        session_id=session_id,
        name=name,
        version=version,
        description=description,
        head=Head(branch=branch, position=position),
        created_at=moment_of(created_at),
    )
