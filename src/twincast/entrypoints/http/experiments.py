"""Addresses of test plans: how to prove a message on real customers, and who goes into which arm."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.experiments import ExperimentPlan
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, rendered
from twincast.usecases import experiments
from twincast.usecases.proving.requests import ExperimentRequest
from twincast.usecases.replies import Reply, once
from twincast.wire.experiments import Assignments, AssignmentsIn, TestPlan, TestPlanIn, TestPlans
from twincast.wire.shapes import parsed

PATH: Final = "/test-plans"
LARGE: Final = (f"{API}{PATH}",)
"""Addresses whose bodies name many customers."""
router = APIRouter(prefix=PATH, tags=["proof"])


@router.post(
    "",
    **address(
        "Plan a test with real customers",
        TestPlan,
        scope="write",
        status=201,
        body=TestPlanIn,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def plan(request: Request) -> Response:
    """Say how many customers, and weeks, a test of a message takes by what is foretold of it; the plan is stored."""
    ctx, body = entered(request, "write"), await json_body(request)
    asked = ExperimentRequest(**parsed(TestPlanIn, body).asked())
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: experiments.plan(within, asked), _answer)

    return response_of(await door_of(request).do_long(work))


@router.get("", **address("List test plans", TestPlans, scope="read", problems=(422,)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through stored plans, newest first."""
    page = experiments.listing(entered(request, "read"), cursor, limit)
    return rendered(TestPlans(items=[TestPlan.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/{test_plan_id}", **address("Look at a test plan", TestPlan, scope="read", problems=(404,)))
async def get(request: Request, test_plan_id: str) -> Response:
    """Return a stored plan: the very bytes that the POST answered."""
    ctx = entered(request, "read")
    return rendered(TestPlan.of(await door_of(request).do(lambda: experiments.get(ctx, test_plan_id))))


@router.post(
    "/{test_plan_id}/assignments",
    **address(
        "Assign customers to arms",
        Assignments,
        scope="read",
        body=AssignmentsIn,
        problems=(400, 404, 413, 415, 422),
    ),
)
async def assign(request: Request, test_plan_id: str) -> Response:
    """Say into which arm each customer goes, by chance and each time the same; nothing is stored."""
    ctx = entered(request, "read")
    body = parsed(AssignmentsIn, await json_body(request))
    found = await run_in_threadpool(lambda: experiments.assign(ctx, test_plan_id, body.customers))
    return rendered(Assignments.of(test_plan_id, found))


def _answer(found: ExperimentPlan, _made: bool) -> Reply:
    headers = {"Location": f"{API}{PATH}/{found.id}"}
    return Reply(status=201, body=TestPlan.of(found).rendered(), headers=headers, subjects=())
