"""The store on an SQL database: it opens units of work, and keeps the file's promises (durable, erased means gone)."""

import secrets
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import Connection, Engine, PoolProxiedConnection, insert, select
from sqlalchemy.exc import DatabaseError

from twincast.domain.errors import Misconfigured, SchemaMismatch
from twincast.domain.ids import WorkspaceId
from twincast.ports.backtests import BacktestRepository
from twincast.ports.jobs import JobBoard, JobRepository
from twincast.ports.models import ModelRepository
from twincast.ports.outcomes import OutcomeRepository
from twincast.ports.sessions import CheckpointRepository, EventLog, SessionRepository
from twincast.ports.stores import (
    AuditLog,
    ComparisonRepository,
    KeyStore,
    PolicyRepository,
    ReplyRepository,
    SegmentRepository,
    TombstoneRepository,
    TrialRepository,
    TwinRepository,
)
from twincast.storage.sql.audit import SqlAudit
from twincast.storage.sql.backtests import SqlBacktests
from twincast.storage.sql.checkpoints import SqlCheckpoints
from twincast.storage.sql.comparisons import SqlComparisons
from twincast.storage.sql.engine import BUSY_SECONDS, WRITES, begin, is_in_memory, make_engine, read_url
from twincast.storage.sql.events import SqlEvents
from twincast.storage.sql.house_tables import store_facts
from twincast.storage.sql.jobs import SqlBoard, SqlJobs
from twincast.storage.sql.keys import SqlKeys
from twincast.storage.sql.models import SqlModels
from twincast.storage.sql.outcomes import SqlOutcomes
from twincast.storage.sql.policies import SqlPolicies
from twincast.storage.sql.replies import SqlReplies
from twincast.storage.sql.schema import State, prepare, require_columns, state_of
from twincast.storage.sql.segments import SqlSegments
from twincast.storage.sql.session import Session
from twincast.storage.sql.sessions import SqlSessions
from twincast.storage.sql.tombstones import SqlTombstones
from twincast.storage.sql.trials import SqlTrials
from twincast.storage.sql.twins import SqlTwins
from twincast.storage.turns import Turns

SALT: Final = "salt"
READ_SALT: Final = select(store_facts.c.value).where(store_facts.c.name == SALT)
ADD_FACT: Final = insert(store_facts)


def open_store(url: str) -> "SqlStore":
    """Open the database at a URL or at the path of an SQLite file; a new one is created, an older one migrated.

    Raises:
        SchemaMismatch: when it is foreign, damaged or of a later Twincast; then nothing in it was altered.
        Misconfigured: when the URL can not be used or the file can not be opened.
    """
    engine = make_engine(read_url(url))
    try:
        prepare(engine)
    except DatabaseError as error:
        engine.dispose()
        raise unusable(error.orig) from error
    except sqlite3.DatabaseError as error:
        engine.dispose()
        raise unusable(error) from error
    except Misconfigured:
        engine.dispose()
        raise
    return SqlStore(engine)


def unusable(error: BaseException | None) -> Misconfigured:
    """Return the error for a file that SQLite can not open, or that is none of SQLite's."""
    if isinstance(error, sqlite3.OperationalError):
        return Misconfigured(f"The database can not be opened ({error}). Check the path and its permissions.")
    return SchemaMismatch(f"The file is not a database ({error}). Nothing was altered. Name another file.")


class SqlUnit:
    """One change of one workspace (`ports.stores.UnitOfWork`)."""

    __slots__ = (
        "audit", "backtests", "checkpoints", "commit", "comparisons", "events", "jobs", "models", "outcomes",
        "policies", "replies", "segments", "sessions", "tombstones", "trials", "twins",
    )  # fmt: skip

    def __init__(self, session: Session) -> None:
        self.twins: TwinRepository = SqlTwins(session)
        self.trials: TrialRepository = SqlTrials(session)
        self.comparisons: ComparisonRepository = SqlComparisons(session)
        self.backtests: BacktestRepository = SqlBacktests(session)
        self.outcomes: OutcomeRepository = SqlOutcomes(session)
        self.models: ModelRepository = SqlModels(session)
        self.sessions: SessionRepository = SqlSessions(session)
        self.checkpoints: CheckpointRepository = SqlCheckpoints(session)
        self.events: EventLog = SqlEvents(session)
        self.jobs: JobRepository = SqlJobs(session)
        self.audit: AuditLog = SqlAudit(session)
        self.policies: PolicyRepository = SqlPolicies(session)
        self.segments: SegmentRepository = SqlSegments(session)
        self.replies: ReplyRepository = SqlReplies(session)
        self.tombstones: TombstoneRepository = SqlTombstones(session)
        self.commit = session.commit


class SqlStore:
    """A store on an SQL database (`ports.stores.Store`). Units may be opened, used and left by any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._turns = Turns(BUSY_SECONDS)
        self._one_connection = is_in_memory(engine.url)
        self._idle: deque[PoolProxiedConnection] = deque()
        self._salt: bytes | None = None
        self._to_scrub = False
        self.keys: KeyStore = SqlKeys(self._transaction)
        self.board: JobBoard = SqlBoard(self._transaction)

    @contextmanager
    def reading(self, workspace: WorkspaceId) -> Iterator[SqlUnit]:
        with self._session(workspace, False) as session:
            yield SqlUnit(session)

    @contextmanager
    def writing(self, workspace: WorkspaceId) -> Iterator[SqlUnit]:
        with self._session(workspace, True) as session:
            try:
                yield SqlUnit(session)
            finally:
                self._to_scrub = self._to_scrub or session.erased
        if self._to_scrub:
            self._scrub()

    def salt(self) -> bytes:
        if self._salt is None:
            self._salt = self._read_salt() or self._make_salt()
        return self._salt

    def check(self) -> None:
        with self._transaction(False) as connection:
            if state_of(connection) is not State.CURRENT:
                raise SchemaMismatch("The database is not of this version's schema any more: open the store anew.")
            require_columns(connection)

    def close(self) -> None:
        if self._to_scrub:
            self._scrub()
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    @contextmanager
    def _transaction(self, writes: bool) -> Iterator[Connection]:
        """Open a transaction; what is not committed by the time it is left is rolled back."""
        with self._turn(writes), (self._writer if writes else self._engine).connect() as connection:
            connection.begin()
            yield connection

    @contextmanager
    def _session(self, workspace: WorkspaceId, writes: bool) -> Iterator[Session]:
        """Open a session; what is not committed by the time it is left is rolled back."""
        with self._turn(writes), self._lent() as pooled:
            begin(pooled.driver_connection, writes=writes)
            session = Session(self._engine, pooled, workspace, writes=writes)
            try:
                yield session
            finally:
                session.end()

    @contextmanager
    def _lent(self) -> Iterator[PoolProxiedConnection]:
        """Lend a connection, with no transaction on it.

        It stays checked out of SQLAlchemy's pool for the next session: checking it in and out again takes longer than
        what most sessions do with it.
        """
        try:
            pooled = self._idle.pop()
        except IndexError:
            pooled = self._engine.raw_connection()
        try:
            yield pooled
        finally:
            driver: Any = pooled.driver_connection
            if driver.in_transaction:
                driver.rollback()
            self._idle.append(pooled)

    def _turn(self, writes: bool) -> AbstractContextManager[None]:
        """Return the wait for one's turn.

        Writers of this process take turns here, where waiting is fair and cheap; other processes wait in SQLite. A
        database in memory is one connection, on which readers must take their turn too.
        """
        return self._turns.taken() if writes or self._one_connection else nullcontext()

    def _read_salt(self) -> bytes | None:
        with self._transaction(False) as connection:
            return connection.execute(READ_SALT).scalar()

    def _make_salt(self) -> bytes:
        with self._transaction(True) as connection:
            salt: bytes | None = connection.execute(READ_SALT).scalar()  # another process may have been faster
            if salt is None:
                salt = secrets.token_bytes(32)
                connection.execute(ADD_FACT, {"name": SALT, "value": salt})
                connection.commit()
        return salt

    def _scrub(self) -> None:
        """Empty the write-ahead log, which still holds what was erased. A reader may be in the way: then next time."""
        if self._one_connection:
            self._to_scrub = False
            return
        raw: Any = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA busy_timeout = 100")
            blocked, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            self._to_scrub = bool(blocked)
        finally:
            raw.close()
