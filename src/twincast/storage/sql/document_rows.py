"""What trials and comparisons have in common: JSON documents about one twin, found by id, paged by time."""

from collections.abc import Sequence
from itertools import product
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from sqlalchemy import Delete, Select, Table, bindparam, delete, func, insert, select, tuple_

from twincast.domain.ids import SessionId, TwinId
from twincast.domain.pages import Page
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.sql.documents import DocumentFormat
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session


class Document(Protocol):
    """What is asked of a stored value."""

    @property
    def id(self) -> Any: ...
    @property
    def twin_id(self) -> TwinId: ...
    @property
    def session_id(self) -> SessionId: ...
    @property
    def created_at(self) -> Any: ...


D = TypeVar("D", bound=Document)
Statement = Select[Any]
AT_ONCE: Final = 500
"""Documents that are read by one statement."""


class DocumentStatements:
    """The statements of one table, made once."""

    __slots__ = ("add", "count", "erase", "erase_session", "many", "name", "one", "page")

    def __init__(self, table: Table) -> None:
        here = table.c.workspace_id == bindparam("workspace")
        of_twin = table.c.twin_id == bindparam("twin")
        of_session = table.c.session_id == bindparam("session")
        columns = (table.c.document, table.c.document_version, table.c.created_at, table.c.id)
        place = tuple_(table.c.created_at, table.c.id)
        older = place < tuple_(bindparam("created_at"), bindparam("id"))
        newest_first = select(*columns).where(here).limit(bindparam("rows"))
        newest_first = newest_first.order_by(table.c.created_at.desc(), table.c.id.desc())
        self.name = str(table.name)
        self.add = Prepared(insert(table), tuple(table.c.keys()))
        self.one = Prepared(select(*columns).where(here, table.c.id == bindparam("id")))
        these = table.c.id.in_(bindparam("ids", expanding=True))
        self.many: Statement = select(*columns).where(here, these)
        self.erase: Delete = delete(table).where(here, of_twin)
        self.erase_session: Delete = delete(table).where(here, of_session)
        self.count: Statement = select(func.count()).select_from(table).where(here, of_session)
        asked = product((None, older), (None, of_twin), (None, of_session))
        self.page: dict[tuple[bool, ...], Statement] = {
            tuple(it is not None for it in filters): newest_first.where(*(it for it in filters if it is not None))
            for filters in asked
        }


class DocumentRows(Generic[D]):
    """Stored documents of one workspace, in a transaction."""

    __slots__ = ("_session",)
    statements: ClassVar[DocumentStatements]
    format: ClassVar[DocumentFormat[Any]]

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, document_id: str) -> D | None:
        """Return a document, or None."""
        key = {"workspace": self._session.workspace, "id": document_id}
        row = self._session.first(self.statements.one, key)
        return None if row is None else self._value(row)

    def find_many(self, document_ids: Sequence[str]) -> dict[Any, D]:
        """Return those documents that there are, by id."""
        found: dict[Any, D] = {}
        for start in range(0, len(document_ids), AT_ONCE):
            asked = {"workspace": self._session.workspace, "ids": list(document_ids[start : start + AT_ONCE])}
            found |= {row[3]: self._value(row) for row in self._session.read(self.statements.many, asked)}
        return found

    def store(self, document: D) -> None:
        """Store a document."""
        row = {
            "workspace_id": self._session.workspace,
            "id": document.id,
            "twin_id": document.twin_id,
            "session_id": document.session_id,
            "created_at": micros_of(document.created_at),
            "document_version": self.format.newest,
            "document": self.format.write(document),
        }
        self._session.add(self.statements.add, row)

    def newest(
        self, cursor: str | None, limit: int, twin_id: TwinId | None = None, session_id: SessionId | None = None
    ) -> Page[D]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        if twin_id is not None:
            asked["twin"] = twin_id
        if session_id is not None:
            asked["session"] = session_id
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, self.statements.name, tuple[Whole, str])
        statement = self.statements.page[cursor is not None, twin_id is not None, session_id is not None]
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, self._value, lambda row: cursor_of(self.statements.name, row[2], row[3]))

    def count(self, session_id: SessionId) -> int:
        asked = {"workspace": self._session.workspace, "session": session_id}
        return int(self._session.read(self.statements.count, asked).scalar_one())

    def erase(self, twin_id: TwinId) -> int:
        return self._session.delete(self.statements.erase, {"workspace": self._session.workspace, "twin": twin_id})

    def erase_session(self, session_id: SessionId) -> int:
        asked = {"workspace": self._session.workspace, "session": session_id}
        return self._session.delete(self.statements.erase_session, asked)

    def _value(self, row: Any) -> D:
        value: D = self.format.read(row[0], row[1])
        return value
