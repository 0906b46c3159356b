"""SQLite: a file that several processes may use at once, or a database in memory that lives as long as its store."""

import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import URL, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from twincast.domain.errors import Misconfigured, SchemaMismatch, StorageFull
from twincast.domain.ids import WorkspaceId
from twincast.storage.conflicts import FULL, busy
from twincast.storage.turns import Turns

BUSY_SECONDS: Final = 30
"""How long a writer waits for another one, in this process or in another, before it gives up."""
POOL_SIZE: Final = 8
LOG_PAGES: Final = 4000
"""Pages (16 MB) of the write-ahead log before they are copied into the database. Changes touch the same pages of the
indexes again and again: copying them four times less often than SQLite would takes a third off each change."""


class SqliteDatabase:
    """Plug for `databases.Database`: one writer at a time, whatever the workspace."""

    name: ClassVar[str] = "sqlite"
    refusals: ClassVar[tuple[type[Exception], ...]] = (sqlite3.IntegrityError,)
    faults: ClassVar[tuple[type[Exception], ...]] = (sqlite3.DatabaseError,)
    misfits: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, url: URL) -> None:
        """Take the URL; connections are made when they are first needed, and may be used by any thread.

        Raises:
            Misconfigured: when the folder of the file is not there.
        """
        self.engine = make_engine(url)
        self._turns = Turns(BUSY_SECONDS)
        self._one_connection = is_in_memory(url)
        self._idle: deque[PoolProxiedConnection] = deque()

    @contextmanager
    def transaction(self, workspace: WorkspaceId | None, *, writes: bool) -> Iterator[PoolProxiedConnection]:
        with self._turn(writes), self._lent(workspace is not None) as pooled:
            begin(pooled.driver_connection, writes=writes)
            try:
                yield pooled
            except (sqlite3.OperationalError, OperationalError) as error:
                if is_full(error):
                    raise StorageFull(FULL) from error
                raise

    def rows(self, driver: Any, text: str, values: Sequence[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
        cursor = driver.execute(text, values)
        while rows := cursor.fetchmany(size):
            yield rows

    def adopt(self) -> None:
        """Let readers and the writer of a file not wait for each other. The file remembers it."""
        raw = self.engine.raw_connection()
        try:
            for attempt in range(100):
                try:
                    raw.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError as error:
                    # The switch needs the file for itself and does not wait for it, unlike everything else.
                    if "locked" not in str(error) or attempt == 99:
                        raise
                    time.sleep(0.05)
        finally:
            raw.close()

    def unusable(self, error: BaseException) -> Misconfigured:
        if isinstance(error, sqlite3.OperationalError):
            return Misconfigured(f"The database can not be opened ({error}). Check the path and its permissions.")
        return SchemaMismatch(f"The file is not a database ({error}). Nothing was altered. Name another file.")

    def scrub(self) -> bool:
        """Empty the write-ahead log, which still holds what was erased. A reader may be in the way: then next time."""
        if self._one_connection:
            return True
        raw: Any = self.engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA busy_timeout = 100")
            blocked, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            return not blocked
        finally:
            raw.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()

    @contextmanager
    def _lent(self, keep: bool) -> Iterator[PoolProxiedConnection]:
        """Lend a connection, with no transaction on it.

        What is to be kept stays checked out of SQLAlchemy's pool for the next session: checking it in and out again
        takes longer than what most sessions do with it.
        """
        try:
            pooled = self._idle.pop() if keep else self.engine.raw_connection()
        except IndexError:
            pooled = self.engine.raw_connection()
        try:
            yield pooled
        finally:
            driver: Any = pooled.driver_connection
            if driver.in_transaction:
                driver.rollback()
            if keep:
                self._idle.append(pooled)
            else:
                pooled.close()

    def _turn(self, writes: bool) -> AbstractContextManager[None]:
        """Return the wait for one's turn.

        Writers of this process take turns here, where waiting is fair and cheap; other processes wait in SQLite. A
        database in memory is one connection, on which readers must take their turn too.
        """
        return self._turns.taken() if writes or self._one_connection else nullcontext()


def is_in_memory(url: URL) -> bool:
    """Tell whether a database lives only as long as its store."""
    return url.database in {None, "", ":memory:"}


def make_engine(url: URL) -> Engine:
    """Return an engine whose connections leave the beginning of transactions to `begin`."""
    settings: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_SECONDS, "isolation_level": None}
    if is_in_memory(url):
        engine = create_engine(url, poolclass=StaticPool, connect_args=settings)
    else:
        require_folder(Path(str(url.database)), url)
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=POOL_SIZE, max_overflow=-1, pool_use_lifo=True, connect_args=settings
        )
    event.listen(engine, "connect", set_up)
    return engine


def require_folder(path: Path, url: URL) -> None:
    """Raise Misconfigured where SQLite would only say that it is unable to open the file."""
    if "uri" in url.query:
        return  # the path may then be a `file:` address of SQLite's own
    if path.is_dir():
        raise Misconfigured(f"{str(path)!r} is a folder. Name a file in it, such as {str(path / 'twincast.db')!r}.")
    if not path.parent.is_dir():
        raise Misconfigured(f"The folder {str(path.parent)!r} of the database is not there. Create it first.")


def set_up(connection: Any, _record: object) -> None:
    """Prepare a fresh SQLite connection. What is erased is overwritten; nothing here alters the file."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def begin(driver: Any, *, writes: bool) -> None:
    """Begin a transaction ourselves (the driver's own way begins it too late, and never for a SELECT).

    One that writes takes SQLite's write lock at once: one that reads first and writes later fails under two writers.

    Raises:
        WriteConflict: when another process kept the lock for too long.
    """
    try:
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise busy(BUSY_SECONDS) from error
        raise


def is_full(error: Exception) -> bool:
    """Tell whether SQLite, or SQLAlchemy in its name, says that nothing more can be written."""
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
