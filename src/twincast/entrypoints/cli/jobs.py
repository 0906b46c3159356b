"""`twincast jobs`: list, show, watch, cancel and retry long work."""

import time
from typing import TYPE_CHECKING, Final

import click

from twincast.domain.jobs import Status
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.domain.jobs import Job
    from twincast.usecases.context import Context

LOOK: Final = 0.2
"""Seconds between two looks at a job that is watched."""


@click.group("jobs")
def command() -> None:
    """List, show, watch, cancel and retry long work. A server or `twincast worker` runs it."""


@command.command("list")
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only those in this status.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Jobs on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def list_jobs(status: str | None, limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List jobs, newest first."""
    from twincast.entrypoints.cli.documents import jobs_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import jobs

    with opened(database) as ctx:
        page = jobs.listing(ctx, cursor, limit, None if status is None else Status(status))
    if as_json:
        print_json(jobs_document(page))
        return
    rows = [
        (it.id, it.kind, it.status.value, f"{it.done}/{it.total}", f"{it.created_at:%Y-%m-%d %H:%M}")
        for it in page.items
    ]
    table(["job", "kind", "status", "parts", "accepted (UTC)"], rows, right=["parts"])
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("show")
@click.argument("job")
@common
def show(job: str, database: str | None, as_json: bool) -> None:
    """Show how far a job is."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import jobs

    with opened(database) as ctx:
        _print(jobs.get(ctx, job), as_json=as_json)


@command.command("watch")
@click.argument("job")
@common
def watch(job: str, database: str | None, as_json: bool) -> None:
    """Show a bar until a job has ended, then how it ended. Exit code 5 where it did not end well."""
    from twincast.entrypoints.cli.opening import opened

    with opened(database) as ctx:
        if not ctx.store.board.workers():
            click.echo("No worker is running: `twincast serve` begins one, and so does `twincast worker`.", err=True)
        found = follow(ctx, job)
        _print(found, as_json=as_json)
    if found.status is not Status.SUCCEEDED:
        raise SystemExit(5)


@command.command("cancel")
@click.argument("job")
@common
def cancel(job: str, database: str | None, as_json: bool) -> None:
    """Let a job end after the parts that are under way; what is done is kept."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import jobs

    with opened(database) as ctx:
        _print(jobs.cancel(ctx, job), as_json=as_json)


@command.command("retry")
@click.argument("job")
@common
def retry(job: str, database: str | None, as_json: bool) -> None:
    """Run again what failed of a job that has ended, and what was never begun."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import jobs

    with opened(database) as ctx:
        _print(jobs.retry(ctx, job), as_json=as_json)


def follow(ctx: "Context", job_id: str) -> "Job":
    """Show a bar on stderr until a job has ended; return it as it then is."""
    from twincast.entrypoints.cli.pages import progress
    from twincast.usecases import jobs

    found = jobs.get(ctx, job_id)
    with progress(found.kind) as show_progress:
        while True:
            show_progress(found.done + found.failed, found.total)
            if found.is_ended:
                return found
            time.sleep(LOOK)
            found = jobs.get(ctx, job_id)


def _print(job: "Job", *, as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import job_document
    from twincast.entrypoints.cli.pages import say

    if as_json:
        print_json(job_document(job))
        return
    failed = f", {job.failed} failed" if job.failed else ""
    say(f"{job.kind} {job.subject} as job {job.id}")
    say(f"{job.status}: {job.done} of {job.total} parts done{failed}")
    if job.problem is not None:
        say(f"{job.problem.code}: {job.problem.detail}")
    if not job.is_ended:
        say("`twincast jobs watch` shows a bar until it ends.")
    elif job.status is not Status.SUCCEEDED:
        say("`twincast jobs retry` runs what is missing.")
