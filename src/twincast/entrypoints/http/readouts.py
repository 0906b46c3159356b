"""Addresses of readouts: what a test with real customers shows, and whether it shows anything."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.readouts import Readout
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, rendered
from twincast.usecases import readouts
from twincast.usecases.proving.readings import ReadoutRequest, request_of
from twincast.usecases.replies import Reply, once
from twincast.wire.readouts import ReadoutIn, TestReadout, TestReadouts
from twincast.wire.shapes import parsed

PATH: Final = "/readouts"
LARGE: Final = (f"{API}{PATH}",)
"""Addresses whose bodies hold many rows."""
router = APIRouter(prefix=PATH, tags=["proof"])


@router.post(
    "",
    **address(
        "Read a test",
        TestReadout,
        scope="write",
        status=201,
        body=ReadoutIn,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def read(request: Request) -> Response:
    """Say whether a test was sound, what each arm changed, and what that says of predictions; outcomes go to learning.

    A broken assignment is answered with what is broken and without any effect.
    """
    ctx, door, body = entered(request, "write"), door_of(request), await json_body(request)
    asked = await run_in_threadpool(lambda: _asked(body))
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: readouts.read(within, asked), _answer)

    async with door.queue.turn(ctx.workspace, claim):
        return response_of(await door.do_long(work))


@router.get("", **address("List readouts", TestReadouts, scope="read", problems=(422,)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through stored readouts, newest first."""
    page = readouts.listing(entered(request, "read"), cursor, limit)
    return rendered(TestReadouts(items=[TestReadout.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/{readout_id}", **address("Look at a readout", TestReadout, scope="read", problems=(404,)))
async def get(request: Request, readout_id: str) -> Response:
    """Return a stored readout: the very bytes that the POST answered."""
    ctx = entered(request, "read")
    return rendered(TestReadout.of(await door_of(request).do(lambda: readouts.get(ctx, readout_id))))


def _asked(body: object) -> ReadoutRequest:
    given = parsed(ReadoutIn, body)
    return request_of(given.asked(), given.told())


def _answer(found: Readout, _made: bool) -> Reply:
    headers = {"Location": f"{API}{PATH}/{found.id}"}
    return Reply(status=201, body=TestReadout.of(found).rendered(), headers=headers, subjects=())
