"""Addresses of sessions as files: one file out, and back in."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.exports import FORMATS
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.exports import FILES, Rows, file_of
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, in_path
from twincast.entrypoints.http.problems import UnsupportedMediaType
from twincast.entrypoints.http.sessions import PATH
from twincast.files.archives import MEDIA_TYPE, read_archive, write_archive
from twincast.usecases import archives, exports
from twincast.usecases.archives import Loaded
from twincast.usecases.context import Context
from twincast.usecases.replies import Reply, once
from twincast.wire.archives import SessionImport

router = APIRouter(prefix=PATH, tags=["sessions"])

UPLOADS: Final = (f"{API}{PATH}/import",)
"""Addresses that take a file, which may be longer than a JSON body."""
TAKEN: Final = (MEDIA_TYPE, "application/octet-stream")
TableFormat = Annotated[str | None, Query(description=f"Of the results as a table: {', '.join(FORMATS)}.")]
Mark = Annotated[str | None, Query(description="Name or id of a checkpoint, for the results as they were then.")]
WithTwins = Annotated[bool, Query(description="Put the pinned versions of the twins in: another workspace needs them.")]


@router.get(
    "/{session_id}/export",
    **address("Export a session", None, scope="read", problems=(404, 422), responses=FILES),
)
async def export(
    request: Request,
    session_id: str,
    include_twins: WithTwins = False,
    format: TableFormat = None,
    checkpoint: Mark = None,
    cursor: Cursor = None,
    limit: Rows = None,
) -> Response:
    """Return the session as a file that can be imported again, or its results as a table in a format that is named.

    The file has a line for all there is, with a version in its first and a checksum in its last. The table has a row
    for each result, a customer and a message, oldest first: where the session stands, or at a checkpoint.
    """
    ctx = entered(request, "read")
    if format is not None:
        return await file_of(lambda: exports.of_session(ctx, session_id, checkpoint), format, cursor, limit)
    content = await run_in_threadpool(lambda: write_archive(archives.export(ctx, session_id, twins=include_twins)))
    named = {"Content-Disposition": f'attachment; filename="{in_path(session_id)}.jsonl"'}
    return Response(content, media_type=MEDIA_TYPE, headers=named)


@router.post(
    "/import",
    **address(
        "Import a session",
        SessionImport,
        scope="write",
        status=201,
        problems=(404, 409, 413, 415, 422),
        creates=True,
        requestBody={
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TAKEN},
        },
    ),
)
async def load(request: Request) -> Response:
    """Store an exported session: under its own ids where they are free, else as a copy. All of it, or nothing."""
    ctx, door = entered(request, "write"), door_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TAKEN:
        shown = ascii(kind[:80]) if kind else "none"
        raise UnsupportedMediaType(f"The content type is {shown}; a session is sent as {' or '.join(TAKEN)}.")
    content = await request.body()
    claim = claim_of(request, content)

    def run(within: Context) -> Loaded:
        return archives.load(within, read_archive(content))

    async with door.queue.turn(ctx.workspace, claim):
        return response_of(await door.do_long(lambda: once(ctx, claim, run, _answer)))


def _answer(loaded: Loaded, _made: bool) -> Reply:
    body = SessionImport.of(
        loaded.session, copied=loaded.copied, left_out=loaded.left_out, counts=dict(loaded.counts)
    ).rendered()
    where = {"Location": f"{API}{PATH}/{in_path(loaded.session.id)}"}
    return Reply(status=201, body=body, headers=where, subjects=(loaded.session.id,))
