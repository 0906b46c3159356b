"""Jobs: how far long work is, and what went wrong."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from twincast.domain import jobs
from twincast.wire.shapes import Answer, Listed


class JobProblem(Answer):
    """Why a job, or a part of it, failed."""

    code: str = Field(description="Stable; the same codes as those of problem details.")
    detail: str


class Job(Answer):
    """Long work that was accepted."""

    job_id: str
    kind: str = Field(description="What is done, such as `batch`.")
    subject: str = Field(description="Id of what it is done to: of the batch.")
    status: Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]
    total: int = Field(description="Parts the work was cut into when it was accepted.")
    done: int = Field(description="Parts whose results are stored; it never falls.")
    failed: int = Field(description="Parts that failed; `retry` runs them again.")
    progress: float = Field(description="Share of the parts that are done, 0 to 1.")
    attempt: int = Field(description="1, and one more each time it is begun anew.")
    revision: int = Field(description="Counts the changes of this job: a later state has a higher one.")
    problem: JobProblem | None = Field(description="What went wrong first, where it ended badly.")
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, job: jobs.Job) -> "Job":
        """Render a job."""
        problem = None if job.problem is None else JobProblem(code=job.problem.code, detail=job.problem.detail)
        return cls(
            job_id=job.id,
            kind=job.kind,
            subject=job.subject,
            status=job.status.value,
            total=job.total,
            done=job.done,
            failed=job.failed,
            progress=job.progress,
            attempt=job.attempt,
            revision=job.revision,
            problem=problem,
            created_at=job.created_at,
            started_at=job.started_at,
            updated_at=job.updated_at,
            ended_at=job.ended_at,
        )


class Jobs(Listed[Job]):
    """A page of jobs, newest first."""
