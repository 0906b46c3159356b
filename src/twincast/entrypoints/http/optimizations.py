"""Addresses of optimisations: the best message for a customer, and how it was found."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.optimizations import Optimization
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfSession, OfTwin, in_path, rendered
from twincast.usecases import optimizations
from twincast.usecases.optimizing import together
from twincast.usecases.optimizing.requests import OptimizationRequest
from twincast.usecases.optimizing.together import Together
from twincast.usecases.replies import Reply, once
from twincast.wire.commons import CommonMessageOut, CommonMessageRequest
from twincast.wire.optimizations import MessageOptimization, MessageOptimizationRequest, MessageOptimizations
from twincast.wire.shapes import parsed

PATH = "/intervention-testing"
router = APIRouter(prefix=PATH, tags=["optimizations"])


@router.post(
    "/optimize",
    **address(
        "Find the best message for a twin",
        MessageOptimization,
        scope="write",
        body=MessageOptimizationRequest,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def run(request: Request) -> Response:
    """Search for the message that serves an objective best, within constraints, and say what it owes to its parts."""
    ctx = entered(request, "write")
    asked = OptimizationRequest(**parsed(MessageOptimizationRequest, await json_body(request)).asked())
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: optimizations.run(within, asked), answer_of)

    return response_of(await door_of(request).do(work))


@router.post(
    "/optimize/segment",
    **address(
        "Find one message for many twins",
        CommonMessageOut,
        scope="read",
        body=CommonMessageRequest,
        problems=(400, 404, 413, 415, 422),
    ),
)
async def common(request: Request) -> Response:
    """Search for the message that is best on average, and say what not personalising costs. Nothing is stored."""
    ctx = entered(request, "read")
    body = parsed(CommonMessageRequest, await json_body(request))
    whom = Together(segment=body.customer_segment, twins=tuple(body.digital_twin_ids or ()))
    asked = OptimizationRequest(**body.asked())
    found = await door_of(request).do(lambda: together.run(ctx, whom, asked))
    return rendered(CommonMessageOut.of(found))


@router.get("/optimizations", **address("List optimizations", MessageOptimizations, scope="read", problems=(404, 422)))
def listing(
    request: Request,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_PAGE,
    twin: OfTwin = None,
    session: OfSession = None,
) -> Response:
    """Page through stored optimizations, newest first."""
    page = optimizations.listing(entered(request, "read"), cursor, limit, twin, session)
    items = [MessageOptimization.of(it) for it in page.items]
    return rendered(MessageOptimizations(items=items, next_cursor=page.next_cursor))


@router.get(
    "/optimizations/{optimization_id}",
    **address("Look at an optimization", MessageOptimization, scope="read", problems=(404,)),
)
async def get(request: Request, optimization_id: str) -> Response:
    """Return a stored optimization, its search trace included: the very bytes that the POST answered."""
    ctx = entered(request, "read")
    found = await door_of(request).do(lambda: optimizations.get(ctx, optimization_id))
    return rendered(MessageOptimization.of(found))


def answer_of(found: Optimization, _made: bool) -> Reply:
    """Return the reply that a stored optimization gives."""
    where = {"Content-Location": f"{API}{PATH}/optimizations/{in_path(found.id)}"}
    body = MessageOptimization.of(found).rendered()
    return Reply(status=200, body=body, headers=where, subjects=(found.twin_id, found.session_id))
