"""What every plug does with a job: run a part and store that it is settled, and gather the results after the last."""

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from twincast.domain.errors import TwincastError, Unavailable, WriteConflict
from twincast.domain.ids import JobId, WorkspaceId
from twincast.domain.jobs import Job, JobProblem, Part, ended, started, with_part
from twincast.domain.webhooks import EVENTS, told_of
from twincast.jobs.messages import message_of
from twincast.ports.clock import Clock
from twincast.ports.jobs import Work
from twincast.ports.stores import Store

T = TypeVar("T")
log = logging.getLogger(__name__)
TRIES: Final = 6
"""How often something is tried that another process was in the way of."""
FIRST_WAIT: Final = 0.05
INTERNAL: Final = JobProblem(code="internal", detail="Something went wrong that has no name; the worker's log tells.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """Runs parts of jobs. Everything it does may be done again: after a crash, or by two at once.

    Attributes:
        works: the kinds of work by name.
    """

    store: Store
    clock: Clock
    works: Mapping[str, Work]

    def begin(self, workspace: WorkspaceId, job_id: JobId, attempt: int) -> list[int]:
        """Mark a job as running; return the parts that are left to be run in this attempt."""
        job = self.change(workspace, job_id, lambda job: started(job, self.clock.now()))
        if job is None or job.attempt != attempt or job.is_ended or job.is_settled:
            return []
        with self.store.reading(workspace) as unit:
            settled = {part.number for part in unit.jobs.parts(job_id)}
        return [number for number in range(job.total) if number not in settled]

    def run(self, workspace: WorkspaceId, job_id: JobId, attempt: int, number: int) -> bool:
        """Run a part and store that it is settled; False where this attempt is not to go on."""
        job = self.job(workspace, job_id)
        if job is None or job.attempt != attempt or job.is_ended or job.is_settled:
            return False
        problem = self._tried(job, lambda work: work.run(workspace, job.actor, job.subject, number))
        patiently(lambda: self._settle(workspace, job_id, Part(number=number, problem=problem)))
        return True

    def job(self, workspace: WorkspaceId, job_id: JobId) -> Job | None:
        """Return a job as it stands, or None."""
        with self.store.reading(workspace) as unit:
            return unit.jobs.get(job_id)

    def change(self, workspace: WorkspaceId, job_id: JobId, change: Callable[[Job], Job]) -> Job | None:
        """Store a change of a job that has not ended, and return it as it stands then."""

        def once() -> Job | None:
            with self.store.writing(workspace) as unit:
                job = unit.jobs.hold(job_id)
                if job is None or job.is_ended:
                    return job
                changed = change(job)
                if changed is not job:
                    unit.jobs.put(changed)
                    unit.commit()
                return changed

        return patiently(once)

    def finish(self, workspace: WorkspaceId, job_id: JobId) -> None:
        """Gather the results of a job and end it, if no part of it is left."""
        job = self.job(workspace, job_id)
        if job is None or job.is_ended or not job.is_settled:
            return
        problem = self._tried(job, lambda work: work.finish(workspace, job.actor, job.subject))
        patiently(lambda: self._end(workspace, job_id, problem))

    def _end(self, workspace: WorkspaceId, job_id: JobId, problem: JobProblem | None) -> None:
        """Store that a job has ended, and in the same change what the webhooks are to be told of it."""
        now = self.clock.now()
        with self.store.writing(workspace) as unit:
            job = unit.jobs.hold(job_id)
            if job is None or job.is_ended:
                return
            done = ended(job, problem, now)
            unit.jobs.put(done)
            for webhook in unit.webhooks.all():
                if EVENTS[done.status] in webhook.events:
                    unit.webhooks.send(told_of(webhook, done, message_of(done), now))
            unit.commit()

    def _settle(self, workspace: WorkspaceId, job_id: JobId, part: Part) -> None:
        with self.store.writing(workspace) as unit:
            job = unit.jobs.hold(job_id)
            if job is not None and not job.is_ended and unit.jobs.settle(job_id, part):
                unit.jobs.put(with_part(job, part, self.clock.now()))
                unit.commit()

    def _tried(self, job: Job, act: Callable[[Work], None]) -> JobProblem | None:
        """Do something of a job's work; return what went wrong."""
        work = self.works.get(job.kind)
        if work is None:
            return JobProblem(code="unknown-work", detail=f"This version does no work of the kind '{job.kind}'.")
        try:
            patiently(lambda: act(work))
        except TwincastError as error:
            return JobProblem(code=error.code, detail=error.detail)
        except Exception as error:
            log.error("A part of the job %s failed: %s", job.id, place_of(error))
            return INTERNAL
        return None


def place_of(error: Exception) -> str:
    """Say where something unexpected happened; never the error's words, which may quote somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = (f"{frame.filename.rpartition('twincast/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at " + ", ".join(places)


def patiently(act: Callable[[], T]) -> T:
    """Do something; wait and try again where another process was in the way, or the database away for a moment.

    Raises:
        WriteConflict, Unavailable: each time.
    """
    for attempt in range(TRIES - 1):
        try:
            return act()
        except (WriteConflict, Unavailable):
            time.sleep(FIRST_WAIT * 2**attempt)
    return act()
