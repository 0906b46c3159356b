"""Jobs in the database: a row each, changed in place as they go on, and a row for each part that is settled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from twincast.domain.errors import WriteConflict
from twincast.domain.ids import DeliveryId, JobId, WorkspaceId
from twincast.domain.jobs import Job, JobProblem, Part, Status
from twincast.domain.pages import Page
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.job_tables import deliveries, job_parts, jobs, workers
from twincast.storage.sql.keys import Transactions
from twincast.storage.sql.session import Session

COLUMNS: Final = (
    jobs.c.id,
    jobs.c.kind,
    jobs.c.subject,
    jobs.c.actor,
    jobs.c.status,
    jobs.c.total,
    jobs.c.done,
    jobs.c.failed,
    jobs.c.attempt,
    jobs.c.told,
    jobs.c.revision,
    jobs.c.problem_code,
    jobs.c.problem_detail,
    jobs.c.created_at,
    jobs.c.updated_at,
    jobs.c.started_at,
    jobs.c.ended_at,
)
HERE: Final = jobs.c.workspace_id == bindparam("workspace")
NEWEST_FIRST: Final = (jobs.c.created_at.desc(), jobs.c.id.desc())
ONE: Final = select(*COLUMNS).where(HERE, jobs.c.id == bindparam("job"))
HELD: Final = ONE.with_for_update()
ABOUT: Final = (
    select(*COLUMNS)
    .where(HERE, jobs.c.kind == bindparam("kind"), jobs.c.subject == bindparam("subject"))
    .order_by(*NEWEST_FIRST)
    .limit(1)
)
ADD: Final = insert(jobs)
PUT: Final = update(jobs).where(HERE, jobs.c.id == bindparam("job"))
PAGE: Final = select(*COLUMNS).where(HERE).order_by(*NEWEST_FIRST)
OLDER: Final = tuple_(bindparam("created_at"), bindparam("id")) > tuple_(jobs.c.created_at, jobs.c.id)
IN_STATUS: Final = jobs.c.status == bindparam("status")
OPEN: Final = (
    select(jobs.c.workspace_id, *COLUMNS).where(jobs.c.ended_at.is_(None)).order_by(jobs.c.created_at, jobs.c.id)
)

OF_JOB: Final = (job_parts.c.workspace_id == bindparam("workspace"), job_parts.c.job_id == bindparam("job"))
PARTS: Final = (
    select(job_parts.c.part, job_parts.c.problem_code, job_parts.c.problem_detail)
    .where(*OF_JOB)
    .order_by(job_parts.c.part)
)
SETTLED: Final = select(job_parts.c.part).where(*OF_JOB, job_parts.c.part == bindparam("number"))
SETTLE: Final = insert(job_parts)
REOPEN: Final = delete(job_parts).where(*OF_JOB, job_parts.c.problem_code.is_not(None))

DUE: Final = (
    select(deliveries.c.workspace_id, deliveries.c.id, deliveries.c.attempts)
    .where(deliveries.c.due_at <= bindparam("at"))
    .order_by(deliveries.c.due_at, deliveries.c.id)
)

BEAT: Final = update(workers).where(workers.c.name == bindparam("worker"))
ARRIVE: Final = insert(workers)
WORKERS: Final = select(workers.c.name, workers.c.beat_at)
DISMISS: Final = delete(workers).where(workers.c.name == bindparam("worker"))


class SqlJobs:
    """The jobs of one workspace, in a transaction (`ports.jobs.JobRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, job_id: JobId) -> Job | None:
        return self._first(ONE, {"job": job_id})

    def hold(self, job_id: JobId) -> Job | None:
        return self._first(HELD, {"job": job_id})

    def of(self, kind: str, subject: str) -> Job | None:
        return self._first(ABOUT, {"kind": kind, "subject": subject})

    def add(self, job: Job) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": job.id,
            "kind": job.kind,
            "subject": job.subject,
            "actor": job.actor,
            "total": job.total,
            "created_at": micros_of(job.created_at),
        }
        self._session.write(ADD, row | changing(job))

    def put(self, job: Job) -> None:
        here = {"workspace": self._session.workspace, "job": job.id}
        self._session.write(PUT.values(changing(job)), here)

    def newest(self, cursor: str | None, limit: int, status: Status | None = None) -> Page[Job]:
        asked: dict[str, Any] = {"workspace": self._session.workspace}
        statement = PAGE.limit(limit + 1)
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, "jobs", tuple[Whole, str])
            statement = statement.where(OLDER)
        if status is not None:
            asked["status"] = status.value
            statement = statement.where(IN_STATUS)
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, job_of, lambda row: cursor_of("jobs", row.created_at, row.id))

    def parts(self, job_id: JobId) -> list[Part]:
        rows = self._session.read(PARTS, {"workspace": self._session.workspace, "job": job_id})
        return [Part(number=number, problem=problem_of(code, detail)) for number, code, detail in rows]

    def settle(self, job_id: JobId, part: Part) -> bool:
        asked = {"workspace": self._session.workspace, "job": job_id, "number": part.number}
        if self._session.read(SETTLED, asked).first() is not None:
            return False
        row = {"workspace_id": self._session.workspace, "job_id": job_id, "part": part.number}
        self._session.write(SETTLE, row | problem_columns(part.problem))
        return True

    def reopen(self, job_id: JobId) -> int:
        return self._session.delete(REOPEN, {"workspace": self._session.workspace, "job": job_id})

    def _first(self, statement: Any, asked: dict[str, Any]) -> Job | None:
        row = self._session.read(statement, {"workspace": self._session.workspace, **asked}).first()
        return None if row is None else job_of(row)


class SqlBoard:
    """The jobs of all workspaces, and who works on them (`ports.jobs.JobBoard`)."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transactions) -> None:
        self._transaction = transaction

    def open(self) -> Sequence[tuple[WorkspaceId, Job]]:
        with self._transaction(False) as connection:
            return [(workspace, job_of(row)) for workspace, *row in connection.execute(OPEN)]

    def due(self, at: datetime, limit: int) -> Sequence[tuple[WorkspaceId, DeliveryId, int]]:
        with self._transaction(False) as connection:
            rows = connection.execute(DUE.limit(limit), {"at": micros_of(at)})
            return [(workspace, delivery, attempts) for workspace, delivery, attempts in rows]

    def beat(self, worker: str, at: datetime) -> None:
        with self._transaction(True) as connection:
            if not connection.execute(BEAT.values(beat_at=micros_of(at)), {"worker": worker}).rowcount:
                try:
                    connection.execute(ARRIVE, {"name": worker, "beat_at": micros_of(at)})
                except IntegrityError as error:
                    raise WriteConflict(STORED_ALREADY) from error
            connection.commit()

    def workers(self) -> dict[str, datetime]:
        with self._transaction(False) as connection:
            return {name: moment_of(beat_at) for name, beat_at in connection.execute(WORKERS)}

    def dismiss(self, worker: str) -> None:
        with self._transaction(True) as connection:
            connection.execute(DISMISS, {"worker": worker})
            connection.commit()


def changing(job: Job) -> dict[str, Any]:
    """Return the columns that change as a job goes on."""
    return {
        "status": job.status.value,
        "done": job.done,
        "failed": job.failed,
        "attempt": job.attempt,
        "told": job.told,
        "revision": job.revision,
        **problem_columns(job.problem),
        "updated_at": micros_of(job.updated_at),
        "started_at": None if job.started_at is None else micros_of(job.started_at),
        "ended_at": None if job.ended_at is None else micros_of(job.ended_at),
    }


def job_of(row: Any) -> Job:
    """Return the job in a row of `COLUMNS`."""
    (
        job_id, kind, subject, actor, status, total, done, failed, attempt, told, revision,
        code, detail, created_at, updated_at, started_at, ended_at,
    ) = row  # fmt: skip
    return Job(
        id=job_id,
        kind=kind,
        subject=subject,
        actor=actor,
        status=Status(status),
        total=total,
        done=done,
        failed=failed,
        attempt=attempt,
        told=told,
        revision=revision,
        problem=problem_of(code, detail),
        created_at=moment_of(created_at),
        updated_at=moment_of(updated_at),
        started_at=None if started_at is None else moment_of(started_at),
        ended_at=None if ended_at is None else moment_of(ended_at),
    )


def problem_columns(problem: JobProblem | None) -> dict[str, str | None]:
    """Return a problem as its two columns."""
    if problem is None:
        return {"problem_code": None, "problem_detail": None}
    return {"problem_code": problem.code, "problem_detail": problem.detail}


def problem_of(code: str | None, detail: str | None) -> JobProblem | None:
    """Return the problem in its two columns."""
    return None if code is None else JobProblem(code=code, detail=detail or "")
