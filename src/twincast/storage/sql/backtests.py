"""Backtests in the database: JSON documents found by id, paged by time. They are about nobody in particular."""

from typing import Any, Final

from sqlalchemy import Select, bindparam, insert, select, tuple_

from twincast.domain.backtests import Backtest
from twincast.domain.ids import BacktestId
from twincast.domain.pages import Page
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.sql.documents import BACKTESTS
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import backtests

KIND: Final = "backtests"
_HERE = backtests.c.workspace_id == bindparam("workspace")
_COLUMNS = (backtests.c.document, backtests.c.document_version, backtests.c.created_at, backtests.c.id)
_PLACE = tuple_(backtests.c.created_at, backtests.c.id)
ADD = Prepared(insert(backtests), tuple(backtests.c.keys()))
ONE = Prepared(select(*_COLUMNS).where(_HERE, backtests.c.id == bindparam("id")))
PAGE: Final[Select[Any]] = (
    select(*_COLUMNS)
    .where(_HERE)
    .order_by(backtests.c.created_at.desc(), backtests.c.id.desc())
    .limit(bindparam("rows"))
)
NEXT_PAGE: Final[Select[Any]] = PAGE.where(tuple_(bindparam("created_at"), bindparam("id")) > _PLACE)


class SqlBacktests:
    """The backtests of one workspace, in a transaction (`ports.stores.BacktestRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, backtest_id: BacktestId) -> Backtest | None:
        row = self._session.first(ONE, {"workspace": self._session.workspace, "id": backtest_id})
        return None if row is None else _value(row)

    def add(self, backtest: Backtest) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": backtest.id,
            "created_at": micros_of(backtest.created_at),
            "document_version": BACKTESTS.newest,
            "document": BACKTESTS.write(backtest),
        }
        self._session.add(ADD, row)

    def newest(self, cursor: str | None, limit: int) -> Page[Backtest]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, KIND, tuple[Whole, str])
        rows = self._session.read(PAGE if cursor is None else NEXT_PAGE, asked).all()
        return page_of(rows, limit, _value, lambda row: cursor_of(KIND, row[2], row[3]))


def _value(row: Any) -> Backtest:
    return BACKTESTS.read(row[0], row[1])
