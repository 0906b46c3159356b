"""A job: long work that was accepted, cut into parts, and the law of its life. What it computes it does not know."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from twincast.domain.errors import JobRefused
from twincast.domain.ids import JobId


class Status(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What may happen to a job."""

    START = "start"
    CANCEL = "cancel"
    RETRY = "retry"
    END_WELL = "end well"
    END_BADLY = "end with failed parts"


LIFE: Final[dict[Act, dict[Status, Status]]] = {
    Act.START: {
        Status.QUEUED: Status.RUNNING,
        Status.RUNNING: Status.RUNNING,
        Status.CANCELLING: Status.CANCELLING,
    },
    Act.CANCEL: {
        Status.QUEUED: Status.CANCELLING,
        Status.RUNNING: Status.CANCELLING,
        Status.CANCELLING: Status.CANCELLING,
        Status.CANCELLED: Status.CANCELLED,
    },
    Act.RETRY: {Status.FAILED: Status.QUEUED, Status.CANCELLED: Status.QUEUED},
    Act.END_WELL: {Status.RUNNING: Status.SUCCEEDED, Status.CANCELLING: Status.CANCELLED},
    Act.END_BADLY: {Status.RUNNING: Status.FAILED, Status.CANCELLING: Status.CANCELLED},
}
"""The one table of lawful transitions: what may happen in which status, and the status it leads to."""

ENDED: Final = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, kw_only=True, slots=True)
class JobProblem:
    """Why something of a job went wrong: a stable code, and a sentence without any customer's data."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part of a job that was settled.

    Attributes:
        number: 0 to the job's total - 1.
        problem: why it failed; None where it was done.
    """

    number: int
    problem: JobProblem | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Long work that was accepted.

    Attributes:
        kind: name of the work, such as `batch`.
        subject: id of what is worked on; the work knows what it means.
        actor: who asked for it: the id of an API key, or `local`.
        total: parts; fixed when the job is accepted.
        done, failed: parts that were settled so; what was done stays done.
        attempt: 1, and one more each time it is begun anew.
        told: whether an engine was told of this attempt.
        revision: counts the changes; a later state of a job has a higher one.
        problem: the first that went wrong in this attempt, where it ended badly.
        started_at: when the first part was begun; ended_at: when the last was settled and the results were gathered.
    """

    id: JobId
    kind: str
    subject: str
    actor: str
    status: Status
    total: int
    done: int
    failed: int
    attempt: int
    told: bool
    revision: int
    problem: JobProblem | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in ENDED

    @property
    def is_settled(self) -> bool:
        """Whether no part is left to be run."""
        return self.status is Status.CANCELLING or self.done + self.failed == self.total

    @property
    def progress(self) -> float:
        """Share of the parts that are done, 0 to 1; a job of no parts is done when it has succeeded."""
        return self.done / self.total if self.total else float(self.status is Status.SUCCEEDED)

    def after(self, act: Act) -> Status:
        """Return the status that an act leads to.

        Raises:
            JobRefused: it is not lawful in this status.
        """
        following = LIFE[act].get(self.status)
        if following is None:
            allowed = " or ".join(LIFE[act])
            raise JobRefused(f"The job '{self.id}' is {self.status}: only one that is {allowed} can {act}.")
        return following


def accepted(job_id: JobId, kind: str, subject: str, *, actor: str, total: int, at: datetime) -> Job:
    """Return a job as it stands when it is accepted."""
    return Job(
        id=job_id,
        kind=kind,
        subject=subject,
        actor=actor,
        status=Status.QUEUED,
        total=total,
        done=0,
        failed=0,
        attempt=1,
        told=False,
        revision=1,
        problem=None,
        created_at=at,
        updated_at=at,
        started_at=None,
        ended_at=None,
    )


def started(job: Job, at: datetime) -> Job:
    """Return a job whose first part is begun; the same one where that was so already."""
    status = job.after(Act.START)
    if status is job.status:
        return job
    return _changed(replace(job, status=status, started_at=job.started_at or at), at)


def with_part(job: Job, part: Part, at: datetime) -> Job:
    """Return a job with one more part settled."""
    done, failed = (job.done + 1, job.failed) if part.problem is None else (job.done, job.failed + 1)
    return _changed(replace(job, done=done, failed=failed, problem=job.problem or part.problem), at)


def ended(job: Job, problem: JobProblem | None, at: datetime) -> Job:
    """Return a job whose results were gathered, or could not be for a problem."""
    found = job.problem or problem
    status = job.after(Act.END_WELL if found is None else Act.END_BADLY)
    return _changed(replace(job, status=status, problem=found, ended_at=at), at)


def cancelled(job: Job, at: datetime) -> Job:
    """Return a job that is to end as soon as the parts under way are; the same one where that was said already.

    Raises:
        JobRefused: it has ended otherwise.
    """
    status = job.after(Act.CANCEL)
    return job if status is job.status else _changed(replace(job, status=status), at)


def retried(job: Job, at: datetime) -> Job:
    """Return a job whose failed and missing parts are to be run again.

    Raises:
        JobRefused: it is under way, or nothing of it is missing.
    """
    status = job.after(Act.RETRY)
    return _changed(replace(again(job), status=status, failed=0, problem=None, ended_at=None), at)


def again(job: Job) -> Job:
    """Return a job that no engine was told of in this, its next, attempt."""
    return replace(job, attempt=job.attempt + 1, told=False)


def _changed(job: Job, at: datetime) -> Job:
    return replace(job, revision=job.revision + 1, updated_at=at)
