"""The flows on DBOS Transact: one conducts a job, its lanes run its parts, each a recorded step; one delivers.

A flow that was interrupted is begun again by DBOS, and the steps that it had recorded are not run again. A step may
have done its work without being recorded; that is why every part may be run twice and is stored once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, WorkflowSerializationFormat

from twincast.domain.ids import DeliveryId, JobId, WorkspaceId
from twincast.domain.jobs import again
from twincast.jobs.gates import Gate
from twincast.jobs.messages import Messenger
from twincast.jobs.running import Runner

CONDUCTORS: Final = "jobs"
LANE_QUEUE: Final = "lanes"
POST: Final = "post"
FEWEST_LANES, MOST_LANES, STRETCH = 4, 16, 8
"""Lanes of a job: so many workers can share one, and when a lane ends another job has its turn. Lanes of a longer job
have at least `STRETCH` parts, since between two lanes a worker waits for its next look."""
ACTIVE: Final = ["ENQUEUED", "PENDING", "DELAYED"]
SHORTEST_LOOK, LONGEST_LOOK, PATIENCE = 0.05, 0.5, 0.03
"""Seconds between two looks at the lanes, and the share of the time that they have taken so far."""
PAUSE: Final = 5.0
"""Seconds before a job is begun anew whose lanes broke off, as they do where the disk is full."""
Flow = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Flows:
    """The registered flows.

    Attributes:
        conduct: (workspace, job, attempt).
        lane: (workspace, job, attempt, number, lanes).
        deliver: (workspace, delivery, attempts made before).
    """

    conduct: Flow
    lane: Flow
    deliver: Flow


def conductor_id(job_id: str, attempt: int) -> str:
    """Return the id of the flow that conducts an attempt of a job: there is never a second one."""
    return f"{job_id}.{attempt}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """What the flows do, through a gate, so that the process can stop between two steps."""

    runner: Runner
    messenger: Messenger
    gate: Gate

    def begin(self, workspace: WorkspaceId, job_id: JobId, attempt: int) -> list[int]:
        """Return the parts that are left."""
        with self.gate.passed():
            return self.runner.begin(workspace, job_id, attempt)

    def run(self, workspace: WorkspaceId, job_id: JobId, attempt: int, part: int) -> bool:
        """Run a part; tell whether to go on."""
        with self.gate.passed():
            return self.runner.run(workspace, job_id, attempt, part)

    def wait(self, names: list[str]) -> None:
        """Wait until none of these flows is active."""
        waited = 0.0
        while names and _is_any_active(names):
            pause = min(LONGEST_LOOK, max(SHORTEST_LOOK, PATIENCE * waited))
            self.gate.wait(pause)
            waited += pause

    def finish(self, workspace: WorkspaceId, job_id: JobId, attempt: int) -> None:
        """End a job whose lanes have ended; begin it anew where they broke off."""
        with self.gate.passed():
            self.runner.finish(workspace, job_id)
            job = self.runner.job(workspace, job_id)
        if job is not None and not job.is_ended and job.attempt == attempt:
            self.gate.wait(PAUSE)
            begin_anew(self.runner, workspace, job_id, attempt)

    def deliver(self, workspace: WorkspaceId, delivery_id: DeliveryId, made: int) -> None:
        """Make one attempt at a delivery."""
        with self.gate.passed():
            self.messenger.attempt(workspace, delivery_id, made)


def lanes_of(parts: int) -> int:
    """Return in how many lanes so many parts are run."""
    return min(parts, max(FEWEST_LANES, min(MOST_LANES, parts // STRETCH)))


def register(steps: Steps) -> Flows:
    """Register the flows with DBOS."""
    flow = DBOS.workflow
    plain: Any = {"max_recovery_attempts": None, "serialization_type": WorkflowSerializationFormat.PORTABLE}

    @flow(name="lane", **plain)
    def lane(workspace: WorkspaceId, job_id: JobId, attempt: int, number: int, lanes: int) -> None:
        left: list[int] = DBOS.run_step({"name": "begin"}, steps.begin, workspace, job_id, attempt)
        for part in left:
            here = part % lanes == number
            if here and not DBOS.run_step({"name": "part"}, steps.run, workspace, job_id, attempt, part):
                return

    @flow(name="job", **plain)
    def conduct(workspace: WorkspaceId, job_id: JobId, attempt: int) -> None:
        lanes = lanes_of(len(DBOS.run_step({"name": "begin"}, steps.begin, workspace, job_id, attempt)))
        names = [f"{conductor_id(job_id, attempt)}.{number}" for number in range(lanes)]
        for number, name in enumerate(names):
            with SetWorkflowID(name), SetEnqueueOptions(priority=number + 1):
                DBOS.enqueue_workflow(LANE_QUEUE, lane, workspace, job_id, attempt, number, lanes)
        DBOS.run_step({"name": "wait"}, steps.wait, names)
        DBOS.run_step({"name": "finish"}, steps.finish, workspace, job_id, attempt)

    @flow(name="delivery", **plain)
    def deliver(workspace: WorkspaceId, delivery_id: DeliveryId, made: int) -> None:
        DBOS.run_step({"name": "try"}, steps.deliver, workspace, delivery_id, made)

    return Flows(conduct=conduct, lane=lane, deliver=deliver)


def begin_anew(runner: Runner, workspace: WorkspaceId, job_id: JobId, attempt: int) -> None:
    """Let a job be told again whose attempt broke off; what is settled stays so."""
    runner.change(workspace, job_id, lambda job: again(job) if job.attempt == attempt else job)


def _is_any_active(names: list[str]) -> bool:
    found = DBOS.list_workflows(workflow_ids=names, status=ACTIVE, limit=1, load_input=False, load_output=False)
    return bool(found)
