"""Every failure Twincast names, once. Doors translate the kind: HTTP to a status, the command line to an exit code."""

from collections.abc import Iterable
from typing import ClassVar

from twincast.domain.kinds import FieldProblem as FieldProblem
from twincast.domain.kinds import Kind as Kind


class TwincastError(Exception):
    """Base of all named failures. `code` is stable and documented; `detail` says what happened and what to do."""

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "invalid"
    title: ClassVar[str] = "The request is not valid"

    def __init__(self, detail: str, problems: Iterable[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class InvalidInput(TwincastError):
    """One or more fields are missing, of the wrong type or outside what is allowed."""

    code = "invalid-input"
    title = "Some fields are not valid"

    @classmethod
    def of(cls, problems: Iterable[FieldProblem]) -> "InvalidInput":
        """Build the error from its problems, with a detail that names the first few."""
        found = tuple(problems)
        shown = "; ".join(f"{p.field}: {p.message}" for p in found[:3])
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        return cls(shown + more, found)


class UnknownField(InvalidInput):
    """A prediction field was asked for that the catalogue does not hold."""

    code = "unknown-field"
    title = "Unknown prediction field"


class TooLarge(TwincastError):
    """The input is longer, deeper or bigger than the stated limit."""

    kind = Kind.TOO_LARGE
    code = "too-large"
    title = "The input is too large"


class UnknownTwin(TwincastError):
    """No twin with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-twin"
    title = "No such twin"


class UnknownVersion(TwincastError):
    """The twin exists, but not in that version."""

    kind = Kind.NOT_FOUND
    code = "unknown-version"
    title = "No such version of the twin"


class UnknownTrial(TwincastError):
    """No test with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-test"
    title = "No such test"


class UnknownComparison(TwincastError):
    """No comparison with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-comparison"
    title = "No such comparison"


class UnknownOptimization(TwincastError):
    """No optimisation with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-optimization"
    title = "No such optimisation"


class ContradictoryConstraints(InvalidInput):
    """Constraints that no message can keep together; the smallest contradiction is named."""

    code = "contradictory-constraints"
    title = "The constraints contradict one another"


class NoMessage(InvalidInput):
    """No message was found that keeps to every constraint; says which one most of them broke."""

    code = "no-message"
    title = "No message keeps to these constraints"


class UnknownOutcome(TwincastError):
    """No outcome with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-outcome"
    title = "No such outcome"


class UnknownModel(TwincastError):
    """No model version with that number in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-model"
    title = "No such model version"


class OutcomeConflict(InvalidInput):
    """An event id was given before to an outcome that says something else."""

    kind = Kind.CONFLICT
    code = "outcome-conflict"
    title = "The event id belongs to another outcome"


class NothingToLearn(TwincastError):
    """The outcomes hold nothing that could be learned from; the model stays as it is."""

    kind = Kind.INVALID
    code = "nothing-to-learn"
    title = "Nothing can be learned from these outcomes"


class UnknownSession(TwincastError):
    """No session with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-session"
    title = "No such session"


class UnknownCheckpoint(TwincastError):
    """The session has no checkpoint of that name, version or id."""

    kind = Kind.NOT_FOUND
    code = "unknown-checkpoint"
    title = "No such checkpoint"


class UnknownSegment(TwincastError):
    """No segment of that name in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-segment"
    title = "No such segment"


class UnknownExtraction(TwincastError):
    """No extraction with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-extraction"
    title = "No such extraction"


class UnknownBacktest(TwincastError):
    """No backtest with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-backtest"
    title = "No such backtest"


class UnknownExperiment(TwincastError):
    """No test plan with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-test-plan"
    title = "No such test plan"


class UnknownReadout(TwincastError):
    """No readout with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-readout"
    title = "No such readout"


class UnknownJob(TwincastError):
    """No job with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-job"
    title = "No such job"


class JobRefused(TwincastError):
    """The job's status does not allow this: it has ended, or it is still under way."""

    kind = Kind.CONFLICT
    code = "job-status"
    title = "The job's status does not allow this"


class UnknownBatch(TwincastError):
    """No batch with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-batch"
    title = "No such batch"


class UnknownAllocation(TwincastError):
    """No allocation with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-allocation"
    title = "No such allocation"


class BatchUnderWay(TwincastError):
    """The batch is still being computed: it can not be deleted before it has ended."""

    kind = Kind.CONFLICT
    code = "batch-under-way"
    title = "The batch is still running"


class UnknownWebhook(TwincastError):
    """No webhook, or no delivery of it, with that id in this workspace."""

    kind = Kind.NOT_FOUND
    code = "unknown-webhook"
    title = "No such webhook or delivery"


class UnknownKey(TwincastError):
    """No API key with that id."""

    kind = Kind.NOT_FOUND
    code = "unknown-key"
    title = "No such API key"


class TwinExists(TwincastError):
    """`If-None-Match: *` was sent and the twin is already there."""

    kind = Kind.CONFLICT
    code = "twin-exists"
    title = "The twin already exists"


class IdempotencyConflict(TwincastError):
    """An `Idempotency-Key` was used before with another request."""

    kind = Kind.CONFLICT
    code = "idempotency-conflict"
    title = "The idempotency key belongs to another request"


class PhaseRefused(TwincastError):
    """The session's phase does not allow this: it is paused, or it has ended."""

    kind = Kind.CONFLICT
    code = "session-phase"
    title = "The session's phase does not allow this"


class SessionInUse(TwincastError):
    """Another session goes on from this one's events: it can not be erased before that one."""

    kind = Kind.CONFLICT
    code = "session-in-use"
    title = "Another session stands on this one"


class UnreadableArchive(InvalidInput):
    """A file of a session is none, a part of one, altered, or of a later version."""

    code = "unreadable-archive"
    title = "The session's file can not be read"


class ArchiveMisfit(TwincastError):
    """A session's file speaks of twins that this workspace does not hold, or holds otherwise."""

    kind = Kind.CONFLICT
    code = "archive-misfit"
    title = "The session does not fit this workspace"


class SessionRequired(InvalidInput):
    """This installation lets nothing be tested outside a session."""

    code = "session-required"
    title = "A session is needed"


class WriteConflict(TwincastError):
    """Another request changed the same row at the same moment; trying again will work."""

    kind = Kind.CONFLICT
    code = "write-conflict"
    title = "Changed by another request"


class RunStopped(TwincastError):
    """A long run ended before its work did; what it had finished is kept, and running it again goes on from there."""

    kind = Kind.CONFLICT
    code = "run-stopped"
    title = "The run ended before its work did"


class Unavailable(TwincastError):
    """The database can not be reached, or was lost in the middle of the work."""

    kind = Kind.UNAVAILABLE
    code = "unavailable"
    title = "The database can not be reached"


class StorageFull(TwincastError):
    """The disk, or the database's share of it, is full; nothing of the change was stored."""

    kind = Kind.FULL
    code = "storage-full"
    title = "There is no room left"


class ProfilingRefused(TwincastError):
    """The customer objected to profiling: no prediction is made about this person."""

    kind = Kind.FORBIDDEN
    code = "profiling-opt-out"
    title = "The customer has opted out of profiling"


class NotAuthenticated(TwincastError):
    """No API key, or one that is not known or was revoked."""

    kind = Kind.UNAUTHENTICATED
    code = "not-authenticated"
    title = "A valid API key is needed"


class NotAllowed(TwincastError):
    """The API key lacks the scope that this request needs."""

    kind = Kind.FORBIDDEN
    code = "not-allowed"
    title = "The API key does not allow this"


class Misconfigured(TwincastError):
    """The settings contradict one another or would be unsafe; nothing was started."""

    kind = Kind.MISCONFIGURED
    code = "misconfigured"
    title = "Twincast can not start with these settings"


class SchemaMismatch(Misconfigured):
    """The database's schema is newer than, or foreign to, this version of Twincast."""

    code = "schema-mismatch"
    title = "The database does not match this version"
