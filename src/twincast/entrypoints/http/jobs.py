"""Addresses of jobs: how far they are, as a list, one by one and as events; cancelled, and begun anew."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from twincast.domain.jobs import Job as JobValue
from twincast.domain.jobs import Status
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import Door, door_of, entered
from twincast.entrypoints.http.parameters import Cursor, Limit, in_path, rendered
from twincast.usecases import jobs
from twincast.usecases.context import Context
from twincast.usecases.replies import Reply
from twincast.wire.jobs import Job, Jobs

PATH: Final = "/jobs"
router = APIRouter(prefix=PATH, tags=["jobs"])
LOOK: Final = 0.25
"""Seconds between two looks at a job that somebody watches."""
SIGN: Final = 15.0
"""Seconds after which a silent stream says that it is still there: proxies close what is silent."""
EVENTS: Final = {
    200: {
        "description": "Each change of the job as an event; its `id` is the job's revision, its data the job.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    204: {"description": "The job has ended and nothing happened since `Last-Event-ID`: do not connect again."},
}
WATCHED: Final = address("Watch a job", None, scope="read", problems=(404,))
WATCHED["responses"] |= EVENTS

InStatus = Annotated[Status | None, Query(alias="status", description="Only jobs in this status.")]
Last = Annotated[str | None, Header(alias="Last-Event-ID", description="Only what happened after this event.")]


@router.get("", **address("List jobs", Jobs, scope="read", problems=(422,)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, status: InStatus = None) -> Response:
    """Page through jobs, newest first."""
    page = jobs.listing(entered(request, "read"), cursor, limit, status)
    return rendered(Jobs(items=[Job.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/{job_id}", **address("Look at a job", Job, scope="read", problems=(404,)))
async def get(request: Request, job_id: str) -> Response:
    """Return a job as it stands."""
    ctx = entered(request, "read")
    return rendered(Job.of(await door_of(request).do(lambda: jobs.get(ctx, job_id))))


@router.get("/{job_id}/events", **WATCHED)
async def events(request: Request, job_id: str, last: Last = None) -> Response:
    """Stream what happens to a job until it has ended (server-sent events). Who reconnects misses nothing that counts.

    A state that was overtaken by a later one before it could be sent is left out.
    """
    ctx, door = entered(request, "read"), door_of(request)
    job = await door.do(lambda: jobs.get(ctx, job_id))
    seen = int(last) if last is not None and last.isascii() and last.isdigit() else 0
    if job.is_ended and job.revision <= seen:
        return Response(status_code=204)
    return StreamingResponse(_stream(ctx, door, job, seen), media_type="text/event-stream")


@router.post("/{job_id}/cancel", **address("Cancel a job", Job, scope="write", problems=(404, 409)))
async def cancel(request: Request, job_id: str) -> Response:
    """Let a job end after the parts that are under way; what is done is kept. Asking twice is the same as once."""
    ctx = entered(request, "write")
    return rendered(Job.of(await door_of(request).do(lambda: jobs.cancel(ctx, job_id))))


@router.post("/{job_id}/retry", **address("Begin a job anew", Job, scope="write", status=202, problems=(404, 409)))
async def retry(request: Request, job_id: str) -> Response:
    """Run again what failed of a job that has ended, and what was never begun; what is done stays as it is."""
    ctx = entered(request, "write")
    reply = accepted(await door_of(request).do(lambda: jobs.retry(ctx, job_id)))
    return Response(reply.body, reply.status, reply.headers, media_type="application/json")


def accepted(job: JobValue) -> Reply:
    """Return the answer to a request whose work goes on as a job: 202, and where to look."""
    headers = {"Location": f"{API}{PATH}/{in_path(job.id)}"}
    return Reply(status=202, body=Job.of(job).rendered(), headers=headers, subjects=())


async def _stream(ctx: Context, door: Door, job: JobValue, seen: int) -> AsyncIterator[bytes]:
    look = partial(jobs.get, ctx, job.id)
    spoken = time.monotonic()
    while True:
        if job.revision > seen:
            seen, spoken = job.revision, time.monotonic()
            yield _event(job)
        elif time.monotonic() - spoken > SIGN:
            spoken = time.monotonic()
            yield b": still there\n\n"
        if job.is_ended or door.is_closing:
            return
        await asyncio.sleep(LOOK)
        job = await door.do(look)


def _event(job: JobValue) -> bytes:
    name = "ended" if job.is_ended else "progress"
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (job.revision, name.encode(), Job.of(job).rendered())
