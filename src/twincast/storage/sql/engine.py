"""Connections to the database: how a URL is read, how SQLite is set up, and how a transaction begins."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool, StaticPool

from twincast.domain.errors import Misconfigured
from twincast.storage.conflicts import busy

BUSY_SECONDS: Final = 30
"""How long a writer waits for another one, in this process or in another, before it gives up."""
POOL_SIZE: Final = 8
LOG_PAGES: Final = 4000
"""Pages (16 MB) of the write-ahead log before they are copied into the database. Changes touch the same pages of the
indexes again and again: copying them four times less often than SQLite would takes a third off each change."""
WRITES: Final = "twincast_writes"
"""Execution option of connections whose transactions write."""


def read_url(text: str) -> URL:
    """Return the URL of a database given as a URL or as the bare path of an SQLite file.

    Raises:
        Misconfigured: for a kind of database that this version does not keep data in.
    """
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Misconfigured("The database URL can not be read. Write it as sqlite:///path/to/file.db") from error
    if url.get_backend_name() != "sqlite":
        raise Misconfigured(
            f"Databases of the kind {url.get_backend_name()!r} are not served by this version. "
            "Use sqlite:///path/to/file.db, or the path of the file."
        )
    return url


def is_in_memory(url: URL) -> bool:
    """Tell whether a database lives only as long as its store."""
    return url.database in {None, "", ":memory:"}


def make_engine(url: URL) -> Engine:
    """Return an engine for a URL; connections are made when they are first needed, and may be used by any thread.

    Raises:
        Misconfigured: when the folder of the file is not there.
    """
    settings: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_SECONDS, "isolation_level": None}
    if is_in_memory(url):
        engine = create_engine(url, poolclass=StaticPool, connect_args=settings)
    else:
        require_folder(Path(str(url.database)), url)
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=POOL_SIZE, max_overflow=-1, pool_use_lifo=True, connect_args=settings
        )
    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begun)
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


def begun(connection: Connection) -> None:
    """Begin where SQLAlchemy says that it has begun; a unit of work has done so itself."""
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        begin(driver, writes=connection.get_execution_options().get(WRITES, False))


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
