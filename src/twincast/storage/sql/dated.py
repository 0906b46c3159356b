"""Documents about nobody in particular, found by id and paged by time: backtests, test plans, readouts."""

from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Table, bindparam, insert, select, tuple_

from twincast.domain.pages import Page
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.sql.documents import BACKTESTS, EXPERIMENTS, READOUTS, DocumentFormat
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import backtests, experiments, readouts


class Dated(Protocol):
    """What has an id and a moment."""

    @property
    def id(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...


D = TypeVar("D", bound=Dated)


class Shape(Generic[D]):
    """A table of documents with what is asked of it."""

    __slots__ = ("add", "format", "kind", "next_page", "one", "page")

    def __init__(self, table: Table, format: DocumentFormat[D]) -> None:
        here = table.c.workspace_id == bindparam("workspace")
        columns = (table.c.document, table.c.document_version, table.c.created_at, table.c.id)
        place = tuple_(table.c.created_at, table.c.id)
        newest_first = (table.c.created_at.desc(), table.c.id.desc())
        self.kind, self.format = str(table.name), format
        self.add = Prepared(insert(table), tuple(table.c.keys()))
        self.one = Prepared(select(*columns).where(here, table.c.id == bindparam("id")))
        self.page = select(*columns).where(here).order_by(*newest_first).limit(bindparam("rows"))
        self.next_page = self.page.where(tuple_(bindparam("created_at"), bindparam("id")) > place)


BACKTEST_ROWS: Final = Shape(backtests, BACKTESTS)
EXPERIMENT_ROWS: Final = Shape(experiments, EXPERIMENTS)
READOUT_ROWS: Final = Shape(readouts, READOUTS)


class SqlDated(Generic[D]):
    """Documents of one workspace, in a transaction (`ports.dated.DatedRepository`)."""

    __slots__ = ("_session", "_shape")

    def __init__(self, session: Session, shape: Shape[D]) -> None:
        self._session = session
        self._shape = shape

    def get(self, document_id: str) -> D | None:
        row = self._session.first(self._shape.one, {"workspace": self._session.workspace, "id": document_id})
        return None if row is None else self._value(row)

    def add(self, document: D) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": document.id,
            "created_at": micros_of(document.created_at),
            "document_version": self._shape.format.newest,
            "document": self._shape.format.write(document),
        }
        self._session.add(self._shape.add, row)

    def newest(self, cursor: str | None, limit: int) -> Page[D]:
        kind = self._shape.kind
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, kind, tuple[Whole, str])
        rows = self._session.read(self._shape.page if cursor is None else self._shape.next_page, asked).all()
        return page_of(rows, limit, self._value, lambda row: cursor_of(kind, row[2], row[3]))

    def _value(self, row: Any) -> D:
        return self._shape.format.read(row[0], row[1])
