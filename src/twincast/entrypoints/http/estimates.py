"""The address of what a run will cost, and the same answer where a run says `dry_run`."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.entrypoints.http import batches, comparisons, trials
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import entered
from twincast.entrypoints.http.weighing import weighed
from twincast.usecases.estimates import Request as Asked
from twincast.wire.estimates import CostEstimate, EstimateRequest
from twincast.wire.shapes import parsed

router = APIRouter(tags=["usage"])


@router.post(
    "/estimate",
    **address(
        "See what a run will cost",
        CostEstimate,
        scope="read",
        body=EstimateRequest,
        problems=(400, 403, 404, 413, 415, 422),
    ),
)
async def estimate(request: Request) -> Response:
    """Return ranges of calls, tokens, money and time of a test, comparison or batch; nothing is asked or stored."""
    ctx = entered(request, "read")
    return await weighed(ctx, request_of(parsed(EstimateRequest, await json_body(request))))


def request_of(body: EstimateRequest) -> Asked:
    """Return what would be run."""
    if body.test is not None:
        return trials.request_of(body.test)
    if body.comparison is not None:
        return comparisons.request_of(body.comparison)
    assert body.batch is not None, "a body names one of the three"
    return batches.request_of(body.batch)
