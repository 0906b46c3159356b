"""Jobs in memory, and the board of those who work on them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from twincast.domain.ids import DeliveryId, JobId, WorkspaceId
from twincast.domain.jobs import Job, Part, Status
from twincast.domain.pages import Page
from twincast.domain.webhooks import Delivery
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.unit import KeptPart, Session


class MemoryJobs:
    """The jobs of one workspace (`ports.jobs.JobRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, job_id: JobId) -> Job | None:
        found: Job | None = self._session.read("jobs").get(job_id)
        return found

    def hold(self, job_id: JobId) -> Job | None:
        return self.get(job_id)  # one unit writes at a time

    def of(self, kind: str, subject: str) -> Job | None:
        draft = self._session.read("jobs")
        found: list[Job] = draft.before(None, draft.count())
        return next((job for job in found if (job.kind, job.subject) == (kind, subject)), None)

    def add(self, job: Job) -> None:
        draft = self._session.write("jobs")
        if draft.get(job.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(job.id, job)

    def put(self, job: Job) -> None:
        self._session.write("jobs").put(job.id, job)

    def newest(self, cursor: str | None, limit: int, status: Status | None = None) -> Page[Job]:
        place = None if cursor is None else place_of(cursor, "jobs", tuple[Whole, str])
        draft = self._session.read("jobs")
        rows = [row for row in draft.before(place, draft.count()) if status is None or row.status is status]
        return page_of(
            rows[: limit + 1], limit, lambda row: row, lambda row: cursor_of("jobs", micros_of(row.created_at), row.id)
        )

    def parts(self, job_id: JobId) -> list[Part]:
        return [kept.part for kept in self._kept(job_id)]

    def settle(self, job_id: JobId, part: Part) -> bool:
        draft = self._session.write("parts")
        if draft.get((job_id, part.number)) is not None:
            return False
        draft.put((job_id, part.number), KeptPart(job=job_id, part=part))
        return True

    def reopen(self, job_id: JobId) -> int:
        draft = self._session.write("parts")
        failed = [kept for kept in self._kept(job_id) if kept.part.problem is not None]
        for kept in failed:
            draft.remove((job_id, kept.part.number))
        return len(failed)

    def _kept(self, job_id: JobId) -> list[KeptPart]:
        draft = self._session.read("parts")
        found: list[KeptPart] = draft.before(None, draft.count(), within=(job_id,))
        return found[::-1]


class MemoryBoard:
    """The jobs of all workspaces, and who works on them (`ports.jobs.JobBoard`)."""

    def __init__(
        self,
        jobs: Callable[[], list[tuple[WorkspaceId, Job]]],
        deliveries: Callable[[], list[tuple[WorkspaceId, Delivery]]],
    ) -> None:
        self._jobs = jobs
        self._deliveries = deliveries
        self._beats: dict[str, datetime] = {}
        self._lock = Lock()

    def open(self) -> Sequence[tuple[WorkspaceId, Job]]:
        found = [(workspace, job) for workspace, job in self._jobs() if not job.is_ended]
        return sorted(found, key=lambda posted: (posted[1].created_at, posted[1].id))

    def due(self, at: datetime, limit: int) -> Sequence[tuple[WorkspaceId, DeliveryId, int]]:
        found = [(it.due_at, it.id, workspace, it.attempts) for workspace, it in self._deliveries() if it.due_at]
        return [(workspace, name, made) for due_at, name, workspace, made in sorted(found) if due_at <= at][:limit]

    def beat(self, worker: str, at: datetime) -> None:
        with self._lock:
            self._beats[worker] = at

    def workers(self) -> dict[str, datetime]:
        with self._lock:
            return dict(self._beats)

    def dismiss(self, worker: str) -> None:
        with self._lock:
            self._beats.pop(worker, None)
