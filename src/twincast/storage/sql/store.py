"""The store on an SQL database: it opens units of work, and keeps the file's promises (durable, erased means gone)."""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DatabaseError

from twincast.domain.backtests import Backtest
from twincast.domain.errors import SchemaMismatch, TwincastError, Unavailable
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.ids import WorkspaceId
from twincast.domain.readouts import Readout
from twincast.ports.allocations import AllocationRepository
from twincast.ports.batches import BatchRepository
from twincast.ports.dated import DatedRepository
from twincast.ports.extractions import ExtractionRepository
from twincast.ports.jobs import JobBoard, JobRepository
from twincast.ports.models import ModelRepository
from twincast.ports.outcomes import OutcomeRepository
from twincast.ports.sessions import CheckpointRepository, EventLog, SessionRepository
from twincast.ports.stores import (
    AuditLog,
    ComparisonRepository,
    KeyStore,
    OptimizationRepository,
    PolicyRepository,
    ReplyRepository,
    SegmentRepository,
    TombstoneRepository,
    TrialRepository,
    TwinRepository,
)
from twincast.ports.usage import AnswerRepository, UsageRepository
from twincast.ports.webhooks import WebhookRepository
from twincast.storage.sql.allocations import SqlAllocations
from twincast.storage.sql.audit import SqlAudit
from twincast.storage.sql.batches import SqlBatches
from twincast.storage.sql.checkpoints import SqlCheckpoints
from twincast.storage.sql.comparisons import SqlComparisons
from twincast.storage.sql.databases import Database, connected
from twincast.storage.sql.dated import BACKTEST_ROWS, EXPERIMENT_ROWS, READOUT_ROWS, SqlDated
from twincast.storage.sql.engine import open_database, read_url
from twincast.storage.sql.events import SqlEvents
from twincast.storage.sql.extractions import SqlExtractions
from twincast.storage.sql.house_tables import store_facts
from twincast.storage.sql.jobs import SqlBoard, SqlJobs
from twincast.storage.sql.keys import SqlKeys
from twincast.storage.sql.models import SqlModels
from twincast.storage.sql.optimizations import SqlOptimizations
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
from twincast.storage.sql.usage import SqlAnswers, SqlUsage
from twincast.storage.sql.webhooks import SqlWebhooks

SALT: Final = "salt"
READ_SALT: Final = select(store_facts.c.value).where(store_facts.c.name == SALT)
ADD_FACT: Final = insert(store_facts)


def open_store(url: str) -> "SqlStore":
    """Open the database at a URL or at the path of an SQLite file; an empty one is filled, an older one migrated.

    Raises:
        SchemaMismatch: when it is foreign, damaged or of a later Twincast; then nothing in it was altered.
        Misconfigured: when the URL can not be used, the file can not be opened or the server can not be reached.
    """
    return SqlStore(open_prepared(url))


def open_prepared(url: str, *, fill: bool = True) -> Database:
    """Open a database and bring it to the newest schema; an empty one only where it is to be filled.

    Raises:
        SchemaMismatch, Misconfigured: as `open_store`, and for an empty one that is not to be filled.
    """
    database = open_database(read_url(url))
    faults: tuple[type[Exception], ...] = (DatabaseError, *database.faults)
    try:
        prepare(database, fill=fill)
    except faults as error:
        database.close()
        raise database.unusable(getattr(error, "orig", error)) from error
    except Unavailable as error:
        database.close()
        raise database.unusable(error.__cause__ or error) from error
    except TwincastError:
        database.close()
        raise
    return database


class SqlUnit:
    """One change of one workspace (`ports.stores.UnitOfWork`)."""

    __slots__ = (
        "allocations", "answers", "audit", "backtests", "batches", "checkpoints", "commit", "comparisons", "events",
        "experiments", "extractions", "jobs", "models", "optimizations", "outcomes", "policies", "readouts", "replies",
        "segments", "sessions", "tombstones", "trials", "twins", "usage", "webhooks",
    )  # fmt: skip

    def __init__(self, session: Session) -> None:
        self.twins: TwinRepository = SqlTwins(session)
        self.trials: TrialRepository = SqlTrials(session)
        self.comparisons: ComparisonRepository = SqlComparisons(session)
        self.optimizations: OptimizationRepository = SqlOptimizations(session)
        self.backtests: DatedRepository[Backtest] = SqlDated(session, BACKTEST_ROWS)
        self.experiments: DatedRepository[ExperimentPlan] = SqlDated(session, EXPERIMENT_ROWS)
        self.readouts: DatedRepository[Readout] = SqlDated(session, READOUT_ROWS)
        self.batches: BatchRepository = SqlBatches(session)
        self.allocations: AllocationRepository = SqlAllocations(session)
        self.extractions: ExtractionRepository = SqlExtractions(session)
        self.outcomes: OutcomeRepository = SqlOutcomes(session)
        self.models: ModelRepository = SqlModels(session)
        self.sessions: SessionRepository = SqlSessions(session)
        self.checkpoints: CheckpointRepository = SqlCheckpoints(session)
        self.events: EventLog = SqlEvents(session)
        self.jobs: JobRepository = SqlJobs(session)
        self.webhooks: WebhookRepository = SqlWebhooks(session)
        self.audit: AuditLog = SqlAudit(session)
        self.policies: PolicyRepository = SqlPolicies(session)
        self.segments: SegmentRepository = SqlSegments(session)
        self.replies: ReplyRepository = SqlReplies(session)
        self.tombstones: TombstoneRepository = SqlTombstones(session)
        self.answers: AnswerRepository = SqlAnswers(session)
        self.usage: UsageRepository = SqlUsage(session)
        self.commit = session.commit


class SqlStore:
    """A store on an SQL database (`ports.stores.Store`). Units may be opened, used and left by any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
            self._to_scrub = not self._database.scrub()

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
            self._database.scrub()
        self._database.close()

    def _transaction(self, writes: bool) -> AbstractContextManager[Connection]:
        """Open a transaction above workspaces; what is not committed by the time it is left is rolled back."""
        return connected(self._database, writes=writes)

    @contextmanager
    def _session(self, workspace: WorkspaceId, writes: bool) -> Iterator[Session]:
        """Open a session; what is not committed by the time it is left is rolled back."""
        with self._database.transaction(workspace, writes=writes) as pooled:
            session = Session(self._database, pooled, workspace, writes=writes)
            try:
                yield session
            finally:
                session.end()

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
