"""One unit of work on the shelves of a workspace."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from twincast.domain.allocations import Allocation, AllocationResults
from twincast.domain.backtests import Backtest
from twincast.domain.batches import Batch, BatchResults, Member
from twincast.domain.chats import KeptAnswer
from twincast.domain.comparisons import Comparison
from twincast.domain.errors import WriteConflict
from twincast.domain.events import Branch, Event
from twincast.domain.experiments import ExperimentPlan
from twincast.domain.extractions import Extraction, KeptRow
from twincast.domain.ids import AllocationId, BatchId, DeliveryId, JobId
from twincast.domain.jobs import Job, Part
from twincast.domain.models import ModelVersion
from twincast.domain.optimizations import Optimization
from twincast.domain.outcomes import Outcome
from twincast.domain.policies import ContactPolicy
from twincast.domain.readouts import Readout
from twincast.domain.segments import Segment
from twincast.domain.sessions import Checkpoint
from twincast.domain.sessions import Session as Sitting
from twincast.domain.trials import Trial
from twincast.domain.twins import Tombstone, Twin
from twincast.domain.usage import Budget, Call
from twincast.domain.webhooks import Attempt, Delivery, Webhook
from twincast.domain.workspaces import AuditEntry, KeptReply
from twincast.ports.batches import Columns
from twincast.storage.instants import micros_of
from twincast.storage.memory.shelves import Draft, Place, Shelf


def by_id(versions: tuple[Twin, ...]) -> Place:
    """Place a twin among the others."""
    return (versions[0].id,)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptBatch:
    """A batch, and what its rows add up to where that is known."""

    batch: Batch
    results: BatchResults | None = None

    @property
    def id(self) -> BatchId:
        """Return the batch's id."""
        return self.batch.id

    @property
    def created_at(self) -> datetime:
        """Return when it was accepted."""
        return self.batch.created_at


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KeptAllocation:
    """An allocation, who gets what, and what it adds up to, where these are known."""

    allocation: Allocation
    choices: Columns | None = None
    results: AllocationResults | None = None

    @property
    def id(self) -> AllocationId:
        """Return the allocation's id."""
        return self.allocation.id

    @property
    def created_at(self) -> datetime:
        """Return when it was accepted."""
        return self.allocation.created_at


def allocation_of_batch(kept: KeptAllocation) -> Place:
    """Place an allocation among those of its batch."""
    return (kept.allocation.batch_id, kept.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptMember:
    """One customer in one batch."""

    batch_id: BatchId
    member: Member


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KeptColumns:
    """The numbers of one part of a batch."""

    batch_id: BatchId
    part: int
    columns: Columns


def batch_by_session(kept: KeptBatch) -> Place:
    """Place a batch among those of its session, in time."""
    return (kept.batch.session_id, micros_of(kept.created_at), kept.id)


def in_batch(kept: KeptMember) -> Place:
    """Place a customer in the batch."""
    return (kept.batch_id, kept.member.position, (kept.batch_id, kept.member.position))


def batches_of_twin(kept: KeptMember) -> Place:
    """Place a customer's part in a batch among those in others."""
    return (kept.member.twin_id, kept.batch_id, kept.member.position, (kept.batch_id, kept.member.position))


def part_in_batch(kept: KeptColumns) -> Place:
    """Place a part among those of its batch."""
    return (kept.batch_id, kept.part, (kept.batch_id, kept.part))


def by_time(
    value: Trial | Comparison | Optimization | Backtest | ExperimentPlan | Readout | Job | KeptBatch | KeptAllocation,
) -> Place:
    """Place a document in time."""
    return (micros_of(value.created_at), value.id)


def by_twin(value: Trial | Comparison | Optimization) -> Place:
    """Place a document among those of its twin, in time."""
    return (value.twin_id, micros_of(value.created_at), value.id)


def by_session(value: Trial | Comparison | Optimization) -> Place:
    """Place a document among those of its session, in time."""
    return (value.session_id, micros_of(value.created_at), value.id)


def session_place(session: Sitting) -> Place:
    """Place a session in time, the ephemeral ones apart."""
    return (session.ephemeral, micros_of(session.created_at), session.id)


def by_parent(session: Sitting) -> Place:
    """Place a session among those that were restored from the same one."""
    return (session.parent or "", micros_of(session.created_at), session.id)


def checkpoint_place(checkpoint: Checkpoint) -> Place:
    """Place a checkpoint among those of its session, in time."""
    return (checkpoint.session_id, micros_of(checkpoint.created_at), checkpoint.id)


def by_name(checkpoint: Checkpoint) -> Place:
    """Place a checkpoint among those of its name."""
    return (checkpoint.session_id, checkpoint.name, checkpoint.version, checkpoint.id)


def along(event: Event) -> Place:
    """Place an event on its branch."""
    return (event.branch, event.position, (event.branch, event.position))


def of_twin(event: Event) -> Place:
    """Place an event among those of its twin, branch by branch."""
    return (event.twin_id, event.branch, event.position, (event.branch, event.position))


def by_sequence(entry: AuditEntry) -> Place:
    """Place an entry in the log."""
    return (entry.sequence,)


def by_receipt(outcome: Outcome) -> Place:
    """Place an outcome among the others as they came in."""
    return (micros_of(outcome.received_at), outcome.id)


def in_history(outcome: Outcome) -> Place:
    """Place an outcome among those of its twin as they happened."""
    return (outcome.twin_id, micros_of(outcome.at), outcome.id)


def by_segment(segment: Segment) -> Place:
    """Place a segment among the others."""
    return (segment.name,)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptPart:
    """A part of a job that was settled."""

    job: JobId
    part: Part


def of_job(kept: KeptPart) -> Place:
    """Place a part among those of its job."""
    return (kept.job, kept.part.number, (kept.job, kept.part.number))


def call_place(call: Call) -> Place:
    """Place a call in time."""
    return (micros_of(call.at), call.id)


def call_of_session(call: Call) -> Place:
    """Place a call among those of its session, in time."""
    return (call.session or "", micros_of(call.at), call.id)


def hook_place(webhook: Webhook) -> Place:
    """Place a webhook in time."""
    return (micros_of(webhook.created_at), webhook.id)


def of_hook(delivery: Delivery) -> Place:
    """Place a delivery among those of its webhook, in time."""
    return (delivery.webhook, micros_of(delivery.created_at), delivery.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAttempt:
    """An attempt at a delivery."""

    delivery: DeliveryId
    attempt: Attempt


def of_delivery(kept: KeptAttempt) -> Place:
    """Place an attempt among those at its delivery."""
    return (kept.delivery, kept.attempt.number, (kept.delivery, kept.attempt.number))


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptModel:
    """A model version with its numbers, and whether it is the one that answers."""

    model: ModelVersion
    blob: bytes
    is_current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptExtraction:
    """An extraction with its rows and their places."""

    extraction: Extraction
    rows: tuple[tuple[int, KeptRow], ...]


def extraction_place(kept: KeptExtraction) -> Place:
    """Place an extraction in time."""
    return (micros_of(kept.extraction.created_at), kept.extraction.id)


def by_version(kept: KeptModel) -> Place:
    """Place a model version among the others."""
    return (kept.model.version,)


@dataclass(slots=True)
class Shelves:
    """All that is kept of one workspace."""

    twins: Shelf[tuple[Twin, ...]] = field(default_factory=lambda: Shelf(by_id))
    trials: Shelf[Trial] = field(default_factory=lambda: Shelf(by_time, by_twin, by_session))
    comparisons: Shelf[Comparison] = field(default_factory=lambda: Shelf(by_time, by_twin, by_session))
    optimizations: Shelf[Optimization] = field(default_factory=lambda: Shelf(by_time, by_twin, by_session))
    backtests: Shelf[Backtest] = field(default_factory=lambda: Shelf(by_time))
    experiments: Shelf[ExperimentPlan] = field(default_factory=lambda: Shelf(by_time))
    readouts: Shelf[Readout] = field(default_factory=lambda: Shelf(by_time))
    batches: Shelf[KeptBatch] = field(default_factory=lambda: Shelf(by_time, batch_by_session))
    members: Shelf[KeptMember] = field(default_factory=lambda: Shelf(in_batch, batches_of_twin))
    batch_parts: Shelf[KeptColumns] = field(default_factory=lambda: Shelf(part_in_batch))
    allocations: Shelf[KeptAllocation] = field(default_factory=lambda: Shelf(by_time, allocation_of_batch))
    extractions: Shelf[KeptExtraction] = field(default_factory=lambda: Shelf(extraction_place))
    outcomes: Shelf[Outcome] = field(default_factory=lambda: Shelf(by_receipt, in_history))
    models: Shelf[KeptModel] = field(default_factory=lambda: Shelf(by_version))
    sessions: Shelf[Sitting] = field(default_factory=lambda: Shelf(session_place, by_parent))
    checkpoints: Shelf[Checkpoint] = field(default_factory=lambda: Shelf(checkpoint_place, by_name))
    branches: Shelf[Branch] = field(default_factory=Shelf)
    events: Shelf[Event] = field(default_factory=lambda: Shelf(along, of_twin))
    jobs: Shelf[Job] = field(default_factory=lambda: Shelf(by_time))
    parts: Shelf[KeptPart] = field(default_factory=lambda: Shelf(of_job))
    webhooks: Shelf[Webhook] = field(default_factory=lambda: Shelf(hook_place))
    deliveries: Shelf[Delivery] = field(default_factory=lambda: Shelf(of_hook))
    attempts: Shelf[KeptAttempt] = field(default_factory=lambda: Shelf(of_delivery))
    audit: Shelf[AuditEntry] = field(default_factory=lambda: Shelf(by_sequence))
    policies: Shelf[ContactPolicy] = field(default_factory=Shelf)
    segments: Shelf[Segment] = field(default_factory=lambda: Shelf(by_segment))
    replies: Shelf[KeptReply] = field(default_factory=Shelf)
    answers: Shelf[KeptAnswer] = field(default_factory=Shelf)
    calls: Shelf[Call] = field(default_factory=lambda: Shelf(call_place, call_of_session))
    budgets: Shelf[Budget] = field(default_factory=Shelf)
    tombstones: Shelf[Tombstone] = field(default_factory=Shelf)

    def each(self) -> list[Shelf[Any]]:
        """Return the shelves."""
        return [getattr(self, name) for name in NAMES]


NAMES = tuple(shelf.name for shelf in fields(Shelves))


class Session:
    """The drafts of one unit, and whether it may still use them.

    Attributes:
        drafts: the workspace's shelves as this unit sees them, by name.
        next_sequence: number that the next entry of the audit log gets.
    """

    __slots__ = ("_open", "_writes", "drafts", "next_sequence")

    def __init__(self, shelves: Shelves, *, writes: bool, next_sequence: int) -> None:
        self.drafts: dict[str, Draft[Any]] = {name: Draft(getattr(shelves, name)) for name in NAMES}
        self.next_sequence = next_sequence
        self._writes = writes
        self._open = True

    def read(self, name: str) -> Draft[Any]:
        """Return a draft to look at."""
        if not self._open:
            raise RuntimeError("This unit of work is over: open another one.")
        return self.drafts[name]

    def write(self, name: str) -> Draft[Any]:
        """Return a draft to change."""
        draft = self.read(name)
        if not self._writes:
            raise RuntimeError("This unit of work only reads: open it with writing().")
        return draft

    def conflict(self, message: str) -> WriteConflict:
        """Return the error for a write that is refused. The unit is over then: half of it must not be stored."""
        self.end()
        return WriteConflict(message)

    def end(self) -> None:
        """Let nothing be done any more."""
        self._open = False
