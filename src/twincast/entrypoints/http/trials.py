"""Addresses of tests: one intervention on one twin, and what was answered. (In the code: trials.)"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.trials import Trial
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.direct import DirectRoute
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfSession, OfTwin, in_path, rendered
from twincast.entrypoints.http.weighing import weighed
from twincast.usecases import replays, trials
from twincast.usecases.replies import Reply, once
from twincast.usecases.trials import TrialRequest
from twincast.wire.replays import TestReplay
from twincast.wire.shapes import parsed
from twincast.wire.trials import (
    InterventionTest,
    InterventionTestRequest,
    InterventionTests,
    TestExplanation,
    TestProvenance,
)

PATH = "/intervention-testing"
router = APIRouter(prefix=PATH, tags=["tests"])
direct = APIRouter(route_class=DirectRoute)


@direct.post(
    "/test",
    **address(
        "Test an intervention on a twin",
        InterventionTest,
        scope="write",
        body=InterventionTestRequest,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def run(request: Request) -> Response:
    """Predict how one customer answers one message, against sending nothing, and store it."""
    ctx = entered(request, "write")
    body = parsed(InterventionTestRequest, await json_body(request))
    asked = request_of(body)
    if body.dry_run:
        return await weighed(ctx, asked)
    claim = claim_of(request, await request.body())

    if claim is None and not door_of(request).talks:
        return response_of(answer_of(await door_of(request).trials.run(ctx, asked), True))

    def work() -> Reply:
        return once(ctx, claim, lambda within: trials.run(within, asked), answer_of)

    return response_of(await door_of(request).do_asking(work))


router.include_router(direct)


@router.get("/tests", **address("List tests", InterventionTests, scope="read", problems=(404, 422)))
def listing(
    request: Request,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_PAGE,
    twin: OfTwin = None,
    session: OfSession = None,
) -> Response:
    """Page through stored tests, newest first."""
    page = trials.listing(entered(request, "read"), cursor, limit, twin, session)
    return rendered(
        InterventionTests(items=[InterventionTest.of(trial) for trial in page.items], next_cursor=page.next_cursor)
    )


@router.get("/tests/{test_id}", **address("Look at a test", InterventionTest, scope="read", problems=(404,)))
async def get(request: Request, test_id: str) -> Response:
    """Return a stored test: the very bytes that the POST answered."""
    ctx = entered(request, "read")
    found = await door_of(request).do(lambda: trials.get(ctx, test_id))
    return Response(InterventionTest.written(found), media_type="application/json")


@router.get(
    "/tests/{test_id}/explanation", **address("Take a test apart", TestExplanation, scope="read", problems=(404,))
)
async def explanation(request: Request, test_id: str) -> Response:
    """Return the parts of each probability: they add up to its logit."""
    ctx = entered(request, "read")
    return rendered(TestExplanation.of(await door_of(request).do(lambda: trials.get(ctx, test_id))))


@router.get(
    "/tests/{test_id}/provenance", **address("See what made a test", TestProvenance, scope="read", problems=(404,))
)
async def provenance(request: Request, test_id: str) -> Response:
    """Return what made the numbers: equal provenance, equal numbers."""
    ctx = entered(request, "read")
    return rendered(TestProvenance.of(await door_of(request).do(lambda: trials.get(ctx, test_id))))


@router.post("/tests/{test_id}/replay", **address("Ask a test again", TestReplay, scope="read", problems=(403, 404)))
async def replay(request: Request, test_id: str) -> Response:
    """Answer it again with the same twin, memory, moment and seed: the same bytes, or what changed."""
    ctx = entered(request, "read")
    return rendered(TestReplay.of(await door_of(request).do(lambda: replays.replay(ctx, test_id))))


def request_of(body: InterventionTestRequest) -> TrialRequest:
    """Return a body as the use case takes it."""
    extraction = body.extraction
    return TrialRequest(
        twin=body.twin,
        intervention=body.stimulus,
        predict=None if body.predict is None else tuple(body.predict),
        extract=tuple(extraction.fields or ()),
        extract_results=body.extract_results,
        objective=extraction.extraction_objective,
        hint=extraction.hint,
        hints=extraction.hints,
        horizon_days=body.horizon_days,
        level=body.level,
        as_of=body.as_of,
        rounds=body.rounds,
        thinking=body.thinking,
        seed=body.seed,
        session=body.session_id,
        memory=body.memory,
        draws=body.draws,
    )


def answer_of(trial: Trial, _made: bool) -> Reply:
    """Return the reply that a stored test gives."""
    where = {"Content-Location": f"{API}{PATH}/tests/{in_path(trial.id)}"}
    return Reply(
        status=200,
        body=InterventionTest.written(trial),
        headers=where,
        subjects=(trial.twin_id, trial.session_id),
    )
