"""The two flows of a job on DBOS Transact: one conducts it, and its lanes run its parts, each a step that is recorded.

A flow that was interrupted is begun again by DBOS, and the steps that it had recorded are not run again. A step may
have done its work without being recorded; that is why every part may be run twice and is stored once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, WorkflowSerializationFormat

from twincast.domain.ids import JobId, WorkspaceId
from twincast.domain.jobs import again
from twincast.jobs.gates import Gate
from twincast.jobs.running import Runner

CONDUCTORS: Final = "jobs"
LANE_QUEUE: Final = "lanes"
LANES: Final = 16
"""Lanes of a job: so many workers can share one, and after so much of it another job has its turn."""
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
    """

    conduct: Flow
    lane: Flow


def conductor_id(job_id: str, attempt: int) -> str:
    """Return the id of the flow that conducts an attempt of a job: there is never a second one."""
    return f"{job_id}.{attempt}"


def register(runner: Runner, gate: Gate) -> Flows:
    """Register the flows with DBOS; they work through a gate, so that the process can stop between two parts."""
    flow = DBOS.workflow
    plain: Any = {"max_recovery_attempts": None, "serialization_type": WorkflowSerializationFormat.PORTABLE}

    @flow(name="lane", **plain)
    def lane(workspace: WorkspaceId, job_id: JobId, attempt: int, number: int, lanes: int) -> None:
        left: list[int] = DBOS.run_step({"name": "begin"}, begin, workspace, job_id, attempt)
        for part in left:
            if part % lanes == number and not DBOS.run_step({"name": "part"}, run, workspace, job_id, attempt, part):
                return

    @flow(name="job", **plain)
    def conduct(workspace: WorkspaceId, job_id: JobId, attempt: int) -> None:
        lanes = min(LANES, len(DBOS.run_step({"name": "begin"}, begin, workspace, job_id, attempt)))
        names = [f"{conductor_id(job_id, attempt)}.{number}" for number in range(lanes)]
        for number, name in enumerate(names):
            with SetWorkflowID(name), SetEnqueueOptions(priority=number + 1):
                DBOS.enqueue_workflow(LANE_QUEUE, lane, workspace, job_id, attempt, number, lanes)
        DBOS.run_step({"name": "wait"}, wait, names)
        DBOS.run_step({"name": "finish"}, finish, workspace, job_id, attempt)

    def begin(workspace: WorkspaceId, job_id: JobId, attempt: int) -> list[int]:
        with gate.passed():
            return runner.begin(workspace, job_id, attempt)

    def run(workspace: WorkspaceId, job_id: JobId, attempt: int, part: int) -> bool:
        with gate.passed():
            return runner.run(workspace, job_id, attempt, part)

    def wait(names: list[str]) -> None:
        waited = 0.0
        while names and _is_any_active(names):
            pause = min(LONGEST_LOOK, max(SHORTEST_LOOK, PATIENCE * waited))
            gate.wait(pause)
            waited += pause

    def finish(workspace: WorkspaceId, job_id: JobId, attempt: int) -> None:
        with gate.passed():
            runner.finish(workspace, job_id)
            job = runner.job(workspace, job_id)
        if job is not None and not job.is_ended and job.attempt == attempt:
            gate.wait(PAUSE)
            begin_anew(runner, workspace, job_id, attempt)

    return Flows(conduct=conduct, lane=lane)


def begin_anew(runner: Runner, workspace: WorkspaceId, job_id: JobId, attempt: int) -> None:
    """Let a job be told again whose attempt broke off; what is settled stays so."""
    runner.change(workspace, job_id, lambda job: again(job) if job.attempt == attempt else job)


def _is_any_active(names: list[str]) -> bool:
    found = DBOS.list_workflows(workflow_ids=names, status=ACTIVE, limit=1, load_input=False, load_output=False)
    return bool(found)
