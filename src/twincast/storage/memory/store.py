"""The store in memory: units of work over the shelves of each workspace, one writer at a time, readers undisturbed."""

import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Final

from twincast.domain.backtests import Backtest
from twincast.domain.errors import WriteConflict
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.ids import KeyId, WorkspaceId
from twincast.domain.jobs import Job
from twincast.domain.readouts import Readout
from twincast.domain.webhooks import Delivery
from twincast.domain.workspaces import ApiKey
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
from twincast.storage.memory.allocations import MemoryAllocations
from twincast.storage.memory.batches import MemoryBatches
from twincast.storage.memory.extractions import MemoryExtractions
from twincast.storage.memory.jobs import MemoryBoard, MemoryJobs
from twincast.storage.memory.learned import MemoryModels, MemoryOutcomes
from twincast.storage.memory.repositories import (
    MemoryAudit,
    MemoryComparisons,
    MemoryDated,
    MemoryOptimizations,
    MemoryPolicies,
    MemoryReplies,
    MemorySegments,
    MemoryTombstones,
    MemoryTrials,
    MemoryTwins,
)
from twincast.storage.memory.sessions import MemoryCheckpoints, MemoryEvents, MemorySessions
from twincast.storage.memory.unit import Session, Shelves
from twincast.storage.memory.usage import MemoryAnswers, MemoryUsage
from twincast.storage.memory.webhooks import MemoryWebhooks
from twincast.storage.turns import Turns

BUSY_SECONDS: Final = 30


class MemoryUnit:
    """One change of one workspace (`ports.stores.UnitOfWork`)."""

    def __init__(self, store: "MemoryStore", workspace: WorkspaceId, session: Session) -> None:
        self.twins: TwinRepository = MemoryTwins(session)
        self.trials: TrialRepository = MemoryTrials(session)
        self.comparisons: ComparisonRepository = MemoryComparisons(session)
        self.optimizations: OptimizationRepository = MemoryOptimizations(session)
        self.backtests: DatedRepository[Backtest] = MemoryDated(session, "backtests")
        self.experiments: DatedRepository[ExperimentPlan] = MemoryDated(session, "experiments")
        self.readouts: DatedRepository[Readout] = MemoryDated(session, "readouts")
        self.batches: BatchRepository = MemoryBatches(session)
        self.allocations: AllocationRepository = MemoryAllocations(session)
        self.extractions: ExtractionRepository = MemoryExtractions(session)
        self.outcomes: OutcomeRepository = MemoryOutcomes(session)
        self.models: ModelRepository = MemoryModels(session)
        self.sessions: SessionRepository = MemorySessions(session)
        self.checkpoints: CheckpointRepository = MemoryCheckpoints(session)
        self.events: EventLog = MemoryEvents(session)
        self.jobs: JobRepository = MemoryJobs(session)
        self.webhooks: WebhookRepository = MemoryWebhooks(session)
        self.audit: AuditLog = MemoryAudit(session)
        self.policies: PolicyRepository = MemoryPolicies(session)
        self.segments: SegmentRepository = MemorySegments(session)
        self.replies: ReplyRepository = MemoryReplies(session)
        self.tombstones: TombstoneRepository = MemoryTombstones(session)
        self.answers: AnswerRepository = MemoryAnswers(session)
        self.usage: UsageRepository = MemoryUsage(session)
        self._store = store
        self._workspace = workspace
        self._session = session

    def commit(self) -> None:
        self._session.write("twins")  # refuses where the unit only reads or is over
        self._store.apply(self._workspace, self._session)
        self._session.end()


class MemoryStore:
    """A store in memory (`ports.stores.Store`). Units may be opened, used and left by any thread.

    A reader marks the shelves it looks at, and a commit replaces a marked shelf by a changed copy: so the reader goes
    on seeing what it saw. Where nobody looks, the change is made in place.
    """

    def __init__(self) -> None:
        self._shelves: defaultdict[WorkspaceId, Shelves] = defaultdict(Shelves)
        self._turns = Turns(BUSY_SECONDS)
        self._lock = Lock()
        self._next_sequence = 1
        self._salt = secrets.token_bytes(32)
        self.keys: KeyStore = MemoryKeys()
        self.board: JobBoard = MemoryBoard(self._jobs, self._deliveries)

    @contextmanager
    def reading(self, workspace: WorkspaceId) -> Iterator[MemoryUnit]:
        with self._lock:
            session = Session(self._shelves[workspace], writes=False, next_sequence=0)
            looked_at = self._shelves[workspace].each()
            for shelf in looked_at:
                shelf.readers += 1
        try:
            yield MemoryUnit(self, workspace, session)
        finally:
            session.end()
            with self._lock:
                for shelf in looked_at:
                    shelf.readers -= 1

    @contextmanager
    def writing(self, workspace: WorkspaceId) -> Iterator[MemoryUnit]:
        with self._turns.taken():
            with self._lock:
                session = Session(self._shelves[workspace], writes=True, next_sequence=self._next_sequence)
            try:
                yield MemoryUnit(self, workspace, session)
            finally:
                session.end()

    def apply(self, workspace: WorkspaceId, session: Session) -> None:
        """Put the changes of a unit on the shelves, all at once for every reader."""
        with self._lock:
            for name, draft in session.drafts.items():
                if draft.is_changed:
                    setattr(self._shelves[workspace], name, draft.apply())
            self._next_sequence = session.next_sequence

    def _jobs(self) -> list[tuple[WorkspaceId, Job]]:
        with self._lock:
            return [(workspace, job) for workspace, kept in self._shelves.items() for job in kept.jobs.rows.values()]

    def _deliveries(self) -> list[tuple[WorkspaceId, Delivery]]:
        with self._lock:
            every = [(workspace, kept.deliveries.rows.values()) for workspace, kept in self._shelves.items()]
            return [(workspace, delivery) for workspace, found in every for delivery in found]

    def salt(self) -> bytes:
        return self._salt

    def check(self) -> None:
        """Return: what is in memory was put there by this version."""

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._shelves.clear()


class MemoryKeys:
    """API keys of all workspaces (`ports.stores.KeyStore`)."""

    def __init__(self) -> None:
        self._keys: dict[KeyId, ApiKey] = {}
        self._by_hash: dict[str, KeyId] = {}
        self._lock = Lock()

    def add(self, key: ApiKey) -> None:
        with self._lock:
            if key.id in self._keys or key.secret_hash in self._by_hash:
                raise WriteConflict(f"The API key {key.id!r}, or its secret, is stored already.")
            self._keys[key.id] = key
            self._by_hash[key.secret_hash] = key.id

    def by_hash(self, secret_hash: str) -> ApiKey | None:
        with self._lock:
            key_id = self._by_hash.get(secret_hash)
            return None if key_id is None else self._keys[key_id]

    def all(self) -> list[ApiKey]:
        with self._lock:
            return sorted(self._keys.values(), key=lambda key: (key.created_at, key.id))

    def revoke(self, key_id: KeyId, at: datetime) -> bool:
        with self._lock:
            key = self._keys.get(key_id)
            if key is not None and key.revoked_at is None:
                self._keys[key_id] = replace(key, revoked_at=at)
            return key is not None
