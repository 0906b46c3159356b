"""One transaction of one workspace, as the repositories see it: statements in, rows out, nothing after its end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Delete, Executable, Insert, PoolProxiedConnection, Update
from sqlalchemy.exc import IntegrityError

from twincast.domain.errors import WriteConflict
from twincast.domain.ids import WorkspaceId
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.sql.databases import Database
from twincast.storage.sql.prepared import Prepared

NO_CHARACTER: Final = "\U0010ffff"
"""A code point that Unicode promises never to give to a character: no id holds it."""
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Session:
    """A connection of the pool within a transaction, bound to a workspace.

    Attributes:
        workspace: every statement filters on it, or writes it.
        erased: whether rows were deleted, which then must leave the files too.
    """

    __slots__ = ("_connection", "_database", "_driver", "_kind", "_open", "_pooled", "_writes", "erased", "workspace")

    def __init__(
        self, database: Database, pooled: PoolProxiedConnection, workspace: WorkspaceId, *, writes: bool
    ) -> None:
        self.workspace = workspace
        self.erased = False
        self._database = database
        self._kind = database.name
        self._pooled = pooled
        self._driver: Any = pooled.driver_connection
        self._connection: Connection | None = None
        self._writes = writes
        self._open = True

    def read(self, statement: Executable, parameters: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        """Run a SELECT."""
        self._require_open()
        try:
            return self._sqlalchemy().execute(statement, parameters)
        except self._database.misfits:
            return self._sqlalchemy().execute(statement, holdable(parameters))

    def first(self, statement: Prepared, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run a SELECT of at most one row."""
        self._require_open()
        form = statement.forms[self._kind]
        try:
            return form.row(self._driver.execute(form.text, form.values(parameters)).fetchone())
        except self._database.misfits:
            return form.row(self._driver.execute(form.text, form.values(holdable(parameters))).fetchone())

    def stream(
        self, statement: Prepared, parameters: Mapping[str, Any], size: int = 50_000
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Run a SELECT of many rows of plain values; yield them as the driver gives them, some thousands at a time."""
        self._require_open()
        form = statement.forms[self._kind]
        return self._database.rows(self._driver, form.text, form.values(parameters), size)

    def add_all(self, statement: Prepared, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run an INSERT of many rows. Raises WriteConflict where one with a key of theirs is there already."""
        self._require_writing()
        form = statement.forms[self._kind]
        try:
            self._driver.cursor().executemany(form.text, (form.values(row) for row in rows))
        except self._database.refusals as error:
            raise self.conflict(STORED_ALREADY) from error

    def add(self, statement: Prepared, row: Mapping[str, Any]) -> None:
        """Run an INSERT of one row. Raises WriteConflict where one with that key is there already."""
        self._require_writing()
        form = statement.forms[self._kind]
        try:
            self._driver.execute(form.text, form.values(row))
        except self._database.refusals as error:
            raise self.conflict(STORED_ALREADY) from error

    def change(self, statement: Prepared, row: Mapping[str, Any]) -> None:
        """Run an UPDATE of one row."""
        self._require_writing()
        form = statement.forms[self._kind]
        self._driver.execute(form.text, form.values(row))

    def write(self, statement: Insert | Update, parameters: Parameters) -> None:
        """Run an INSERT or UPDATE. Raises WriteConflict where a row with that key is there already."""
        self._require_writing()
        try:
            self._sqlalchemy().execute(statement, parameters)
        except IntegrityError as error:
            raise self.conflict(STORED_ALREADY) from error

    def delete(self, statement: Delete, parameters: Mapping[str, Any]) -> int:
        """Run a DELETE; return how many rows went."""
        self._require_writing()
        gone = self._sqlalchemy().execute(statement, parameters).rowcount
        self.erased = self.erased or gone > 0
        return gone

    def conflict(self, message: str) -> WriteConflict:
        """Return the error for a write that is refused. The unit is over then: half of it must not be stored."""
        self._open = False
        return WriteConflict(message)

    def commit(self) -> None:
        """Make the transaction durable; the session is over then."""
        self._require_writing()
        self._driver.commit()
        self._open = False

    def end(self) -> None:
        """Let nothing be done any more; what was not committed is rolled back by the owner of the connection."""
        self._open = False

    def _sqlalchemy(self) -> Connection:
        """Return SQLAlchemy's connection, made where it is needed: what every request does goes without."""
        if self._connection is None:
            self._connection = Connection(self._database.engine, self._pooled)
        return self._connection

    def _require_open(self) -> None:
        if not self._open:
            raise RuntimeError("This unit of work is over: open another one.")

    def _require_writing(self) -> None:
        self._require_open()
        if not self._writes:
            raise RuntimeError("This unit of work only reads: open it with writing().")


def holdable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked for without NUL, which PostgreSQL's texts can not hold: nothing is found under it either."""
    return {name: _without_nul(value) for name, value in parameters.items()}


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", NO_CHARACTER)
    return [_without_nul(it) for it in value] if isinstance(value, list) else value
