"""Storage as the use cases see it: repositories behind a unit of work, one workspace at a time."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from twincast.domain.backtests import Backtest
from twincast.domain.comparisons import Comparison
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.ids import (
    ComparisonId,
    KeyId,
    OptimizationId,
    SessionId,
    TrialId,
    TwinId,
    WorkspaceId,
)
from twincast.domain.optimizations import Optimization
from twincast.domain.pages import Page
from twincast.domain.policies import ContactPolicy
from twincast.domain.readouts import Readout
from twincast.domain.segments import Segment
from twincast.domain.trials import Trial
from twincast.domain.twins import Tombstone, Twin
from twincast.domain.workspaces import ApiKey, AuditEntry, KeptReply
from twincast.ports.allocations import AllocationRepository
from twincast.ports.batches import BatchRepository
from twincast.ports.dated import DatedRepository
from twincast.ports.extractions import ExtractionRepository
from twincast.ports.jobs import JobBoard, JobRepository
from twincast.ports.models import ModelRepository
from twincast.ports.outcomes import OutcomeRepository
from twincast.ports.sessions import CheckpointRepository, EventLog, SessionRepository
from twincast.ports.usage import AnswerRepository, UsageRepository
from twincast.ports.webhooks import WebhookRepository


class TwinRepository(Protocol):
    """Twins of one workspace, every version of them."""

    def get(self, twin_id: TwinId, version: int | None = None) -> Twin | None:
        """Return a version of a twin (the newest without `version`), or None."""
        ...

    def has(self, twin_id: TwinId, version: int) -> bool:
        """Return whether a version of a twin is there."""
        ...

    def get_many(self, twin_ids: Sequence[TwinId]) -> list[Twin | None]:
        """Return the newest version of each, in the order asked; None where there is none."""
        ...

    def newest(self, cursor: str | None, limit: int) -> Page[Twin]:
        """Page through the newest versions, ordered by twin id."""
        ...

    def versions(self, twin_id: TwinId) -> list[Twin]:
        """Return all versions, oldest first; empty for an unknown twin."""
        ...

    def heads(self, twin_ids: Sequence[TwinId]) -> dict[TwinId, int]:
        """Return the number of the newest version of each of these twins that there is."""
        ...

    def known(self, twin_ids: Sequence[TwinId]) -> set[TwinId]:
        """Return which of these twins there are."""
        ...

    def histories(self, twin_ids: Sequence[TwinId]) -> list[Twin]:
        """Return every version of these twins, in the order of their ids, oldest version first."""
        ...

    def add(self, twins: Sequence[Twin]) -> None:
        """Store new versions. Raises WriteConflict where (twin, version) is there already."""
        ...

    def count(self) -> int:
        """Return the number of twins (not of versions)."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete every version of a twin; return how many went."""
        ...


class TrialRepository(Protocol):
    """Stored trials of one workspace."""

    def get(self, trial_id: TrialId) -> Trial | None:
        """Return a trial, or None."""
        ...

    def get_many(self, trial_ids: Sequence[TrialId]) -> dict[TrialId, Trial]:
        """Return those that there are."""
        ...

    def add(self, trial: Trial) -> None:
        """Store a trial."""
        ...

    def newest(
        self, cursor: str | None, limit: int, twin_id: TwinId | None = None, session_id: SessionId | None = None
    ) -> Page[Trial]:
        """Page through trials, newest first: all, or those of one twin, of one session, or of both."""
        ...

    def count(self, session_id: SessionId) -> int:
        """Return how many trials a session holds."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete the trials of a twin; return how many went."""
        ...

    def erase_session(self, session_id: SessionId) -> int:
        """Delete the trials of a session; return how many went."""
        ...


class ComparisonRepository(Protocol):
    """Stored comparisons of one workspace."""

    def get(self, comparison_id: ComparisonId) -> Comparison | None:
        """Return a comparison, or None."""
        ...

    def get_many(self, comparison_ids: Sequence[ComparisonId]) -> dict[ComparisonId, Comparison]:
        """Return those that there are."""
        ...

    def add(self, comparison: Comparison) -> None:
        """Store a comparison."""
        ...

    def newest(
        self, cursor: str | None, limit: int, twin_id: TwinId | None = None, session_id: SessionId | None = None
    ) -> Page[Comparison]:
        """Page through comparisons, newest first: all, or those of one twin, of one session, or of both."""
        ...

    def count(self, session_id: SessionId) -> int:
        """Return how many comparisons a session holds."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete the comparisons of a twin; return how many went."""
        ...

    def erase_session(self, session_id: SessionId) -> int:
        """Delete the comparisons of a session; return how many went."""
        ...


class OptimizationRepository(Protocol):
    """Stored optimisations of one workspace."""

    def get(self, optimization_id: OptimizationId) -> Optimization | None:
        """Return an optimisation, or None."""
        ...

    def add(self, optimization: Optimization) -> None:
        """Store an optimisation."""
        ...

    def newest(
        self, cursor: str | None, limit: int, twin_id: TwinId | None = None, session_id: SessionId | None = None
    ) -> Page[Optimization]:
        """Page through optimisations, newest first: all, or those of one twin, of one session, or of both."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete the optimisations of a twin; return how many went."""
        ...

    def erase_session(self, session_id: SessionId) -> int:
        """Delete the optimisations of a session; return how many went."""
        ...


class AuditLog(Protocol):
    """What was done in one workspace: appended, never edited."""

    def append(self, entry: AuditEntry) -> None:
        """Add an entry; the store gives it its sequence number."""
        ...

    def newest(
        self, cursor: str | None, limit: int, action: str | None = None, since: datetime | None = None
    ) -> Page[AuditEntry]:
        """Page through entries, newest first; `action` filters by exact verb or by its first part (`twin`)."""
        ...


class PolicyRepository(Protocol):
    """The contact policy of one workspace."""

    def current(self) -> ContactPolicy | None:
        """Return the policy, or None where none was set."""
        ...

    def put(self, policy: ContactPolicy) -> None:
        """Store a policy in place of the one there is."""
        ...


class SegmentRepository(Protocol):
    """The segments of one workspace: rules, and nobody's name."""

    def get(self, name: str) -> Segment | None:
        """Return a segment, or None."""
        ...

    def all(self) -> list[Segment]:
        """Return all segments, by name."""
        ...

    def put(self, segment: Segment) -> None:
        """Store a segment, in place of the one of that name if there is one."""
        ...

    def remove(self, name: str) -> bool:
        """Delete a segment; False where there is none."""
        ...


class ReplyRepository(Protocol):
    """Answers kept for requests with an `Idempotency-Key`."""

    def get(self, scope: str, key: str) -> KeptReply | None:
        """Return the kept reply, or None."""
        ...

    def add(self, reply: KeptReply) -> None:
        """Keep a reply. Raises WriteConflict where the key is there already."""
        ...

    def erase(self, subject: str) -> int:
        """Delete the replies that speak of a subject; return how many went."""
        ...


class TombstoneRepository(Protocol):
    """That somebody was erased, without saying who."""

    def add(self, tombstone: Tombstone) -> None:
        """Store a tombstone."""
        ...

    def all(self) -> list[Tombstone]:
        """Return all tombstones, oldest first."""
        ...


class UnitOfWork(Protocol):
    """One change of one workspace: everything in it is stored at `commit`, or nothing."""

    twins: TwinRepository
    trials: TrialRepository
    comparisons: ComparisonRepository
    optimizations: OptimizationRepository
    backtests: DatedRepository[Backtest]
    experiments: DatedRepository[ExperimentPlan]
    readouts: DatedRepository[Readout]
    batches: BatchRepository
    allocations: AllocationRepository
    extractions: ExtractionRepository
    outcomes: OutcomeRepository
    models: ModelRepository
    sessions: SessionRepository
    checkpoints: CheckpointRepository
    events: EventLog
    jobs: JobRepository
    webhooks: WebhookRepository
    audit: AuditLog
    policies: PolicyRepository
    segments: SegmentRepository
    replies: ReplyRepository
    tombstones: TombstoneRepository
    answers: AnswerRepository
    usage: UsageRepository

    def commit(self) -> None:
        """Make the change durable. Without it, leaving the block undoes everything."""
        ...


class Store(Protocol):
    """Where things are kept."""

    def reading(self, workspace: WorkspaceId) -> AbstractContextManager[UnitOfWork]:
        """Open a unit that only reads: it sees one consistent state and never blocks a writer."""
        ...

    def writing(self, workspace: WorkspaceId) -> AbstractContextManager[UnitOfWork]:
        """Open a unit that may write (SQLite: BEGIN IMMEDIATE)."""
        ...

    @property
    def keys(self) -> "KeyStore":
        """Return the API keys, which stand above workspaces."""
        ...

    @property
    def board(self) -> JobBoard:
        """Return what those who work on jobs look at, above workspaces."""
        ...

    def salt(self) -> bytes:
        """Return this store's own secret salt (made once, kept): digests of ids in logs are made with it."""
        ...

    def check(self) -> None:
        """Verify that the schema is there and right. Raises SchemaMismatch saying what to do."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class KeyStore(Protocol):
    """API keys of all workspaces."""

    def add(self, key: ApiKey) -> None:
        """Store a key."""
        ...

    def by_hash(self, secret_hash: str) -> ApiKey | None:
        """Return the key with that hash, revoked ones included, or None."""
        ...

    def all(self) -> list[ApiKey]:
        """Return all keys, oldest first."""
        ...

    def revoke(self, key_id: KeyId, at: datetime) -> bool:
        """Revoke a key; False where there is none."""
        ...
