"""Durable jobs on DBOS Transact: what one worker process does. DBOS keeps one engine a process, so there is one."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from dbos import DBOS, SetWorkflowID

from twincast.domain.ids import JobId, WorkspaceId
from twincast.domain.jobs import Job
from twincast.jobs.flows import ACTIVE, CONDUCTORS, LANE_QUEUE, POST, Flows, Steps, begin_anew, conductor_id, register
from twincast.jobs.gates import Gate
from twincast.jobs.messages import Messenger
from twincast.jobs.running import Runner, patiently, place_of

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)
VERSION: Final = "1"
"""Of the flows, not of the software: a later Twincast goes on with what an earlier one began."""
SCHEMA: Final = "twincast_jobs"
"""Schema of the engine's tables on PostgreSQL."""
LANES_AT_ONCE: Final = 2
"""Lanes that one process runs at once: while one waits for the database or for its next turn, another one computes."""
POSTS: Final = 8
"""Webhooks that one process tells at once."""
LOOK: Final = 0.2
"""Seconds between two looks for something to do."""
BEAT: Final = 3.0
"""Seconds between two signs of life, and between two looks for what others left behind."""
SILENCE: Final = 15.0
"""Seconds without a sign of life after which a worker's jobs are taken over."""
LEAVE: Final = 20.0
"""Seconds that parts under way are given when the process is to stop."""
TIDY: Final = 600.0
"""Seconds between two looks for records that are no longer needed."""
KEPT: Final = timedelta(days=1)
"""How long the engine's own records of what is over are kept; the jobs themselves stay."""


class DurableJobs:
    """Plug for `ports.jobs.Jobs` in a worker process: what it is told survives the process, and others can go on."""

    def __init__(
        self, runner: Runner, messenger: Messenger, engine: Any, name: str, *, silence: float = SILENCE
    ) -> None:
        """Start working.

        Args:
            runner: what runs the parts.
            messenger: what tells the webhooks.
            engine: SQLAlchemy engine of the database for the tables of the execution.
            name: of this worker; the same after a restart, and no other worker's.
            silence: seconds without a sign of life after which another worker's jobs are taken over.
        """
        self.name = name
        self._runner = runner
        self._gate = Gate()
        self._silence = silence
        self._posted: set[str] = set()
        self._seen: dict[str, tuple[Any, float]] = {}
        self._runner.store.board.beat(name, runner.clock.now())
        log_quietly()
        DBOS(
            config={
                "name": "twincast",
                "system_database_url": engine.url.render_as_string(hide_password=False),
                "system_database_engine": engine,
                "dbos_system_schema": SCHEMA,
                "application_version": VERSION,
                "executor_id": name,
                "use_listen_notify": False,
                "log_level": "WARNING",
            }
        )
        self._flows: Flows = register(Steps(runner=runner, messenger=messenger, gate=self._gate))
        DBOS.launch()
        DBOS.register_queue(CONDUCTORS, polling_interval_sec=LOOK, on_conflict="always_update")
        DBOS.register_queue(
            LANE_QUEUE, worker_concurrency=LANES_AT_ONCE, polling_interval_sec=LOOK / 2, on_conflict="always_update"
        )

        DBOS.register_queue(POST, worker_concurrency=POSTS, polling_interval_sec=5 * LOOK, on_conflict="always_update")

    def tell(self, workspace: WorkspaceId, job_id: JobId) -> None:
        job = self._runner.job(workspace, job_id)
        if job is not None and not job.told and not job.is_ended:
            self._take_up(workspace, job)

    def close(self) -> None:
        self._gate.close(LEAVE)
        self._runner.store.board.dismiss(self.name)
        DBOS.destroy(destroy_registry=True)

    def work(self, goes_on: Callable[[float], bool]) -> None:
        """Work until told otherwise.

        A database that fails for a while is no reason to end: what could not be done is done at a later look.

        Args:
            goes_on: waits for so many seconds, and tells whether to go on.
        """
        swept = forgot = time.monotonic()
        while goes_on(LOOK):
            with _logged():
                self.look()
            if time.monotonic() - swept > BEAT:
                swept = time.monotonic()
                with _logged():
                    self.sweep()
            if time.monotonic() - forgot > TIDY:
                forgot = time.monotonic()
                with _logged():
                    self.forget_old()

    def look(self) -> None:
        """Take up the jobs that nobody was told of, and the deliveries that are due."""
        self._post()
        for workspace, job in self._runner.store.board.open():
            if not job.told:
                self._take_up(workspace, job)

    def sweep(self) -> None:
        """Show that this worker is alive, and take up what others left behind."""
        patiently(lambda: self._runner.store.board.beat(self.name, self._runner.clock.now()))
        self._take_over()
        self._mend()

    def forget_old(self) -> None:
        """Delete the engine's records of what has been over for long."""
        until = (self._runner.clock.now() - KEPT).isoformat()
        old = DBOS.list_workflows(completed_before=until, limit=1_000, load_input=False, load_output=False)
        if old:
            DBOS.delete_workflows([flow.workflow_id for flow in old])

    def _take_up(self, workspace: WorkspaceId, job: Job) -> None:
        """Hand a job to DBOS, then store that it was: the other way round it could be lost between the two."""
        with SetWorkflowID(conductor_id(job.id, job.attempt)):
            DBOS.enqueue_workflow(CONDUCTORS, self._flows.conduct, workspace, job.id, job.attempt)
        self._runner.change(
            workspace, job.id, lambda now: replace(now, told=True) if now.attempt == job.attempt else now
        )

    def _post(self) -> None:
        """Hand the deliveries that are due to DBOS, once for each attempt: it knows what it was given before."""
        due = {
            f"{name}.{made}": (workspace, name, made)
            for workspace, name, made in self._runner.store.board.due(self._runner.clock.now(), POSTS * 4)
        }
        for flow in due.keys() - self._posted:
            with SetWorkflowID(flow):
                DBOS.enqueue_workflow(POST, self._flows.deliver, *due[flow])
        self._posted = set(due)

    def _take_over(self) -> None:
        """Let the flows go on that a worker ran who is no more."""
        alive = self._alive()
        left: defaultdict[str, list[str]] = defaultdict(list)
        for flow in DBOS.list_workflows(status="PENDING", load_input=False, load_output=False):
            if flow.executor_id not in alive:
                left[flow.queue_name or CONDUCTORS].append(flow.workflow_id)
        for queue, flows in left.items():
            log.warning("Taking over %d flows of the queue %s", len(flows), queue)
            DBOS.resume_workflows(flows, queue_name=queue)

    def _alive(self) -> set[str]:
        """Return the workers that gave a sign of life lately, by this machine's clock alone; forget the others."""
        now = time.monotonic()
        beats = self._runner.store.board.workers()
        self._seen = {
            name: seen if (seen := self._seen.get(name)) and seen[0] == beat else (beat, now)
            for name, beat in beats.items()
        }
        silent = {name for name, (_, since) in self._seen.items() if now - since > self._silence} - {self.name}
        for name in silent:
            log.warning("The worker %s is silent: its jobs are taken over", name)
            self._runner.store.board.dismiss(name)
        return (beats.keys() - silent) | {self.name}

    def _mend(self) -> None:
        """Begin the jobs anew that DBOS was told of but does not know, or gave up."""
        told = {conductor_id(job.id, job.attempt): it for it in self._runner.store.board.open() if (job := it[1]).told}
        if not told:
            return
        asked = DBOS.list_workflows(workflow_ids=list(told), status=ACTIVE, load_input=False, load_output=False)
        for lost in told.keys() - {flow.workflow_id for flow in asked}:
            workspace, job = told[lost]
            begin_anew(self._runner, workspace, job.id, job.attempt)


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        log.error("A worker's look failed; it looks again: %s", place_of(error))


def log_quietly() -> None:
    """Let DBOS log through whatever this process has set up, not in its own way."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
