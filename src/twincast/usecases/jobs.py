"""Jobs: long work is accepted, looked at, cancelled and begun anew. Who runs it is not known here."""

from collections.abc import Callable

from twincast.domain import jobs
from twincast.domain.errors import UnknownJob
from twincast.domain.ids import JobId
from twincast.domain.jobs import Job, Status
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.ports.stores import UnitOfWork
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import is_text


def accept(unit: UnitOfWork, ctx: Context, kind: str, subject: str, total: int) -> Job:
    """Store a job in the same change as what it works on; after the commit, `ctx.tell` it.

    Args:
        unit: the change.
        ctx: who asks for it, and when.
        kind: name of the work.
        subject: id of what is worked on.
        total: parts it is cut into.
    """
    job_id = JobId(ctx.ids.new("job_"))
    job = jobs.accepted(job_id, kind, subject, actor=ctx.actor, total=total, at=ctx.clock.now())
    unit.jobs.add(job)
    record(unit, ctx, "job.accepted", job.id, {"kind": kind, "parts": total})
    return job


def get(ctx: Context, job_id: str) -> Job:
    """Return a job as it stands.

    Raises:
        UnknownJob: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        return _found(unit.jobs.get(JobId(job_id)) if is_text(job_id) else None, job_id)


def listing(
    ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, status: Status | None = None
) -> Page[Job]:
    """Page through jobs, newest first: all, or those of one status."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.jobs.newest(cursor, limit, status)


def cancel(ctx: Context, job_id: str) -> Job:
    """Let a job end after the parts that are under way; what is done is kept. Asking twice is the same as once.

    Raises:
        UnknownJob: there is none in this workspace.
        JobRefused: it has ended otherwise.
    """
    return _changed(ctx, job_id, "job.cancelled", lambda job, unit: jobs.cancelled(job, ctx.clock.now()))


def retry(ctx: Context, job_id: str) -> Job:
    """Run again what failed of a job that has ended, and what was never begun. What is done stays as it is.

    Raises:
        UnknownJob: there is none in this workspace.
        JobRefused: it is under way, or it has succeeded.
    """

    def reopened(job: Job, unit: UnitOfWork) -> Job:
        changed = jobs.retried(job, ctx.clock.now())
        unit.jobs.reopen(job.id)
        return changed

    return _changed(ctx, job_id, "job.retried", reopened)


def _changed(ctx: Context, job_id: str, action: str, change: Callable[[Job, UnitOfWork], Job]) -> Job:
    with ctx.store.writing(ctx.workspace) as unit:
        job = _found(unit.jobs.hold(JobId(job_id)) if is_text(job_id) else None, job_id)
        changed = change(job, unit)
        if changed is job:
            return job
        unit.jobs.put(changed)
        record(unit, ctx, action, job.id)
        ctx.keep(unit, changed)
        unit.commit()
    ctx.tell(ctx.workspace, changed.id)
    return changed


def _found(job: Job | None, job_id: str) -> Job:
    if job is None:
        raise UnknownJob(f"There is no job '{ascii(job_id[:80])[1:-1]}' in this workspace.")
    return job
