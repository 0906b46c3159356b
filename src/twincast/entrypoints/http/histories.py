"""Addresses of histories: what happened to a twin, and adding to what really did."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.histories import History
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, Reference, in_path, rendered
from twincast.entrypoints.http.twins import PATH
from twincast.usecases import histories
from twincast.usecases.replies import Reply, once
from twincast.wire.histories import EventsIn, TwinHistory
from twincast.wire.shapes import parsed

router = APIRouter(prefix=PATH, tags=["twins"])
InSession = Annotated[
    str | None, Query(alias="session_id", description="What was simulated there. Default: what really happened.")
]


@router.get(
    "/{reference}/history",
    **address("Read what happened to a twin", TwinHistory, scope="read", problems=(404, 422)),
)
def get(
    request: Request,
    reference: Reference,
    session: InSession = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_PAGE,
) -> Response:
    """Page through messages, replies and outcomes, oldest first, with what the twin remembers at the end."""
    return rendered(TwinHistory.of(histories.history(entered(request, "read"), reference, session, cursor, limit)))


@router.post(
    "/{reference}/events",
    **address(
        "Add what really happened",
        TwinHistory,
        scope="write",
        status=201,
        body=EventsIn,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def append(request: Request, reference: Reference) -> Response:
    """Add messages, replies, outcomes and notes to a twin's own past; the next prediction rests on them too.

    Results that are stored stay what they were, and so do sessions that the twin has come into.
    """
    ctx = entered(request, "write")
    told = [event.to_domain() for event in parsed(EventsIn, await json_body(request)).events]
    claim = claim_of(request, await request.body())

    def answer(made: History, _made: bool) -> Reply:
        where = {"Location": f"{API}{PATH}/{in_path(made.twin.id)}/history"}
        return Reply(status=201, body=TwinHistory.of(made).rendered(), headers=where, subjects=(made.twin.id,))

    def work() -> Reply:
        return once(ctx, claim, lambda within: histories.append(within, reference, told), answer)

    return response_of(await door_of(request).do(work))
