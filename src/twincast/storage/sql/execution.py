"""Where the engine of the jobs keeps its own tables: beside an SQLite file, or in a schema of a PostgreSQL database."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event

from twincast.domain.errors import Misconfigured
from twincast.storage.sql.engine import read_url
from twincast.storage.sql.sqlite import BUSY_SECONDS, is_in_memory

SUFFIX: Final = "-jobs"
"""What the name of the file beside the database has more."""


def execution_engine(url: str) -> Engine:
    """Return an engine for the tables in which the execution of the jobs of a database is kept.

    Raises:
        Misconfigured: the database is in the memory of one process, where no worker could see it.
    """
    found = read_url(url)
    if found.get_backend_name() != "sqlite":
        return create_engine(found, pool_pre_ping=True, pool_size=8, max_overflow=16)
    if is_in_memory(found):
        raise Misconfigured("Workers need a database that other processes can see: this one is in memory only.")
    engine = create_engine(beside(found), connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_up)
    return engine


def beside(url: URL) -> URL:
    """Return the URL of the file beside a database: `shop.db` has `shop-jobs.db`.

    Two writers of one file wait for each other; so that a job's bookkeeping never holds up those who answer, it has
    a file of its own. Lost, it is made anew: the database itself knows which parts of which job are settled.
    """
    path = Path(str(url.database))
    return url.set(database=str(path.with_name(f"{path.stem}{SUFFIX}{path.suffix}")))


def _set_up(connection: Any, _record: object) -> None:
    """Prepare a connection as the engine of the jobs does with its own: writers take the lock when they begin."""
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
