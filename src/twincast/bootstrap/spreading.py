"""Handing a batch from file to file to all workers, and waiting for it."""

import time
from pathlib import Path
from typing import Final

from twincast.bootstrap.container import open_parts
from twincast.bootstrap.filebatches import FileBatch, Told, signs_of, understood
from twincast.bootstrap.fileworks import KIND, done, planned
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.errors import Misconfigured, RunStopped
from twincast.domain.filebatches import FileReport
from twincast.domain.ids import JobId
from twincast.domain.jobs import Job, Status
from twincast.usecases import jobs
from twincast.usecases.context import Context

LOOK: Final = 0.5
"""Seconds between two looks at the job."""


def spread(settings: Settings, batch: FileBatch, told: Told) -> FileReport:
    """Let all workers on a database predict a file; returns when it is there. What was begun before is gone on with.

    Args:
        settings: name the database, and the folder that the workers share.
        batch: what to do; its files lie in that folder.
        told: of the progress.

    Raises:
        Misconfigured: there is no such database or folder.
        InvalidInput, UnknownField: as `filebatches.run`; or a file lies outside the folder.
        RunStopped: the job failed or was cancelled; what was finished is kept.
    """
    if settings.files is None or settings.database == IN_MEMORY:
        raise Misconfigured(
            "Spreading a batch takes a --database that the workers see, and TWINCAST_FILES: the folder they share."
        )
    root = Path(settings.files).resolve()
    run = understood(settings, batch)
    run.parts.open()
    subject = planned(root, run, signs_of(settings, batch, run), batch.source, batch.rejects)
    opened = open_parts(settings)
    try:
        ctx = opened.context(batch.workspace)
        _wait(ctx, _accepted(ctx, subject, len(run.cuts)).id, sum(cut.rows for cut in run.cuts), told)
    finally:
        opened.close()
    report = done(root, subject)
    if report is None:
        raise RunStopped("The job ended, and its output is not in the shared folder as it is seen from here.")
    return report


def _accepted(ctx: Context, subject: str, parts: int) -> Job:
    """Return the job on a plan: the one that is under way, or a new one."""
    with ctx.store.writing(ctx.workspace) as unit:
        job = unit.jobs.of(KIND, subject)
        if job is None or job.is_ended:
            job = jobs.accept(unit, ctx, KIND, subject, parts)
            unit.commit()
    ctx.tell(ctx.workspace, job.id)
    return job


def _wait(ctx: Context, job_id: JobId, rows: int, told: Told) -> None:
    while True:
        job = jobs.get(ctx, job_id)
        told(rows * job.done // max(job.total, 1), rows)
        if job.is_ended:
            break
        time.sleep(LOOK)
    if job.status is not Status.SUCCEEDED:
        why = f": {job.problem.detail}" if job.problem is not None else "."
        raise RunStopped(f"The job '{job.id}' is {job.status}{why} What was finished is kept.")
