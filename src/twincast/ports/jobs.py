"""Long work: what a kind of it must offer, where jobs are kept, and who is told of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from twincast.domain.ids import DeliveryId, JobId, WorkspaceId
from twincast.domain.jobs import Job, Part, Status
from twincast.domain.pages import Page


class Work(Protocol):
    """A kind of long work, registered under its name. It is called in any process, and again after a crash."""

    def run(self, workspace: WorkspaceId, actor: str, subject: str, part: int) -> None:
        """Compute and store one part of a subject; a part that is stored already is skipped.

        Raises:
            WriteConflict: somebody else wrote the same at the same moment; the part is run again.
            TwincastError: the part failed; the others go on.
        """
        ...

    def finish(self, workspace: WorkspaceId, actor: str, subject: str) -> None:
        """Gather the results of the parts that are stored: after the last one, or when the job was cancelled.

        Called again after a crash and after a retry: what it gathered before is replaced.
        """
        ...


class JobRepository(Protocol):
    """Jobs of one workspace, and which of their parts are settled."""

    def get(self, job_id: JobId) -> Job | None:
        """Return a job as it stands, or None."""
        ...

    def hold(self, job_id: JobId) -> Job | None:
        """Return a job as `get` does, and let nobody else change it until this unit ends."""
        ...

    def of(self, kind: str, subject: str) -> Job | None:
        """Return the newest job of a kind on a subject, or None."""
        ...

    def add(self, job: Job) -> None:
        """Store a new job. Raises WriteConflict where its id is taken."""
        ...

    def put(self, job: Job) -> None:
        """Store a job that is there already as it stands now."""
        ...

    def newest(self, cursor: str | None, limit: int, status: Status | None = None) -> Page[Job]:
        """Page through jobs, newest first: all, or those of one status."""
        ...

    def parts(self, job_id: JobId) -> list[Part]:
        """Return the parts that are settled, in their order."""
        ...

    def settle(self, job_id: JobId, part: Part) -> bool:
        """Store that a part of a job that is held is settled; False, and nothing stored, where it was already."""
        ...

    def reopen(self, job_id: JobId) -> int:
        """Forget the parts that failed; return how many."""
        ...


class JobBoard(Protocol):
    """What those who work look at, in all workspaces at once."""

    def open(self) -> Sequence[tuple[WorkspaceId, Job]]:
        """Return the jobs that have not ended, oldest first."""
        ...

    def due(self, at: datetime, limit: int) -> Sequence[tuple[WorkspaceId, DeliveryId, int]]:
        """Return the deliveries that are to be tried by a moment and how often they were; longest due first."""
        ...

    def beat(self, worker: str, at: datetime) -> None:
        """Store that a worker is alive."""
        ...

    def workers(self) -> dict[str, datetime]:
        """Return when each worker was last known to be alive."""
        ...

    def dismiss(self, worker: str) -> None:
        """Forget a worker that stopped, or whose work was taken over."""
        ...


class Jobs(Protocol):
    """Who sees to it that accepted jobs are worked on."""

    def tell(self, workspace: WorkspaceId, job_id: JobId) -> None:
        """Say that a job was accepted, or is to be taken up again; saying it twice is the same as once.

        Called after the commit: a job that nobody was told of is found on the board.
        """
        ...

    def close(self) -> None:
        """Let what is under way come to a point where it can be left, and stop."""
        ...
