"""PostgreSQL: the same promises as on SQLite, for any number of processes on any machines."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256
from typing import Any, ClassVar, Final

from psycopg import errors
from sqlalchemy import URL, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy import exc as sqlalchemy_errors
from sqlalchemy.pool import QueuePool

from twincast.domain.errors import Misconfigured, StorageFull, TwincastError, Unavailable, WriteConflict
from twincast.domain.ids import WorkspaceId
from twincast.storage.conflicts import FULL, IN_BETWEEN, LOST, busy
from twincast.storage.turns import Turns

BUSY_SECONDS: Final = 30
"""How long a writer waits for another one before it gives up, and how long anybody waits for a connection."""
CONNECTIONS: Final = 16
"""Connections of one process at most: PostgreSQL allows a hundred for all, unless it is told otherwise."""
STATEMENT_SECONDS: Final = 600
"""A statement that takes longer is no statement of ours at work, but one that is stuck."""
IDLE_SECONDS: Final = 900
"""How long a transaction may do nothing before PostgreSQL ends it: whoever holds it hangs, and others wait for it."""
ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A peer that vanished without a word is noticed within a minute, on either side, and not after two hours."""
WAY: Final = {"connect_timeout": 10, **ALIVE}
"""How a connection is made, where the URL does not say otherwise."""
SETTINGS: Final = (
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
    f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'",
    f"SET lock_timeout = '{BUSY_SECONDS}s'",
    *(f"SET tcp_{name} = {value}" for name, value in ALIVE.items()),
    "SET application_name = 'twincast'",
)
REASON: Final = 400
"""How much of what PostgreSQL says is passed on."""
READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"


class PostgresDatabase:
    """Plug for `databases.Database`: one writer at a time in each workspace, whatever the process.

    A unit that writes holds a lock of its workspace from its beginning to its end, and reads what the one before it
    committed: so what it decides upon can not change under it, and nothing has to be tried again. Serialisable
    transactions would let more stand side by side, and would fail now and then where a use case can not be repeated.
    """

    name: ClassVar[str] = "postgresql"
    refusals: ClassVar[tuple[type[Exception], ...]] = (errors.IntegrityError,)
    faults: ClassVar[tuple[type[Exception], ...]] = (errors.Error,)
    misfits: ClassVar[tuple[type[Exception], ...]] = (errors.DataError, sqlalchemy_errors.DataError)

    def __init__(self, url: URL) -> None:
        """Take the URL; connections are made when they are first needed, and may be used by any thread."""
        self.engine = make_engine(url)
        self._turns: dict[WorkspaceId | None, Turns] = {}

    @contextmanager
    def transaction(self, workspace: WorkspaceId | None, *, writes: bool) -> Iterator[PoolProxiedConnection]:
        with self._turn(workspace, writes), failures_named():
            pooled = self._begun(f"{WRITE}; {alone(workspace)}" if writes else READ)
            driver = pooled.driver_connection
            try:
                yield pooled
            finally:
                give_back(pooled, driver)

    def rows(self, driver: Any, text: str, values: Sequence[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
        with driver.cursor(name="rows") as cursor:  # a name lets the server keep what was not fetched yet
            cursor.execute(text, values)
            while rows := cursor.fetchmany(size):
                yield rows

    def adopt(self) -> None:
        """Do nothing: all that lasts is in the migrations."""

    def unusable(self, error: BaseException) -> Misconfigured:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        return Misconfigured(f"The database can not be used: {reason[:REASON]}")

    def scrub(self) -> bool:
        """Do nothing: PostgreSQL overwrites what was erased in its own time (`docs/postgresql.md`)."""
        return True

    def close(self) -> None:
        self.engine.dispose()

    def _begun(self, begin: str) -> PoolProxiedConnection:
        """Return a connection on which a transaction was begun; where one was lost while idle, all are made anew."""
        pooled = self.engine.raw_connection()
        driver: Any = pooled.driver_connection
        try:
            driver.execute(begin)
        except errors.Error:
            lost = driver.closed
            give_back(pooled, driver)
            if not lost:
                raise
            self.engine.dispose()
            pooled = self.engine.raw_connection()
            driver = pooled.driver_connection
            driver.execute(begin)
        return pooled

    def _turn(self, workspace: WorkspaceId | None, writes: bool) -> AbstractContextManager[None]:
        """Return the wait for one's turn: within a process it costs no connection, as it does in the database."""
        if not writes:
            return nullcontext()
        return self._turns.setdefault(workspace, Turns(BUSY_SECONDS)).taken()


def make_engine(url: URL) -> Engine:
    """Return an engine whose connections leave the beginning of transactions to `PostgresDatabase`."""
    given = {name: value for name, value in WAY.items() if name not in url.query}
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        pool_use_lifo=True,
        connect_args={"autocommit": True, **given},
        hide_parameters=True,
    )
    event.listen(engine, "connect", set_up)
    return engine


def set_up(connection: Any, _record: object) -> None:
    """Prepare a fresh connection."""
    connection.execute("; ".join(SETTINGS))


def alone(workspace: WorkspaceId | None) -> str:
    """Return the statement that waits until no other transaction writes in a workspace, or above all of them."""
    name = "twincast" if workspace is None else f"twincast {workspace}"
    key = int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)
    return f"SELECT pg_advisory_xact_lock({key})"


def give_back(pooled: PoolProxiedConnection, driver: Any) -> None:
    """Give a connection back to the pool, which rolls back what was not committed; one that is lost is let go."""
    if driver.closed:
        pooled.invalidate()
    else:
        pooled.close()


@contextmanager
def failures_named() -> Iterator[None]:
    """Let what PostgreSQL, or the way to it, refuses come out as an error of Twincast's own."""
    try:
        yield
    except sqlalchemy_errors.TimeoutError as error:
        raise busy(BUSY_SECONDS) from error
    except sqlalchemy_errors.DBAPIError as error:
        named = failure_of(error.orig)
        if named is None:
            raise
        raise named from error
    except errors.Error as error:
        named = failure_of(error)
        if named is None:
            raise
        raise named from error


def failure_of(error: BaseException | None) -> TwincastError | None:
    """Return the name of a failure, or None for one that is a fault of ours."""
    match error:
        case errors.LockNotAvailable():
            return busy(BUSY_SECONDS)
        case errors.SerializationFailure() | errors.DeadlockDetected():
            return WriteConflict(IN_BETWEEN)
        case errors.DiskFull():
            return StorageFull(FULL)
        case errors.OperationalError() | errors.InterfaceError() | errors.IdleInTransactionSessionTimeout():
            return Unavailable(LOST)
    return None
