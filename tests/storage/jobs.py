"""Jobs to store, with nothing in them that a store could make up."""

from datetime import timedelta
from typing import Any

from tests.storage.records import NOON
from twincast.domain.ids import JobId
from twincast.domain.jobs import Job, JobProblem, Status

PROBLEM = JobProblem(code="unknown-twin", detail="no – 日本")


def a_job(name: str = "job_1", seconds: float = 0, **changes: Any) -> Job:
    """A job with nothing in it that a store could make up."""
    values: dict[str, Any] = {
        "id": JobId(name),
        "kind": "count",
        "subject": "batch_1",
        "actor": "key_7",
        "status": Status.FAILED,
        "total": 5,
        "done": 3,
        "failed": 2,
        "attempt": 4,
        "told": True,
        "revision": 2**40,
        "problem": PROBLEM,
        "created_at": NOON + timedelta(seconds=seconds),
        "updated_at": NOON + timedelta(seconds=seconds + 3),
        "started_at": NOON + timedelta(seconds=seconds + 1),
        "ended_at": NOON + timedelta(seconds=seconds + 2),
    }
    return Job(**{**values, **changes})


def open_job(name: str, seconds: float = 0, **changes: Any) -> Job:
    return a_job(name, seconds, status=Status.QUEUED, problem=None, started_at=None, ended_at=None, **changes)
