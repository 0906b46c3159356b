"""Addresses of comparisons: several variants on one twin, ranked."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.comparisons import DECISION_THRESHOLD, Comparison
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfSession, OfTwin, in_path, rendered
from twincast.entrypoints.http.weighing import weighed
from twincast.usecases import comparisons
from twincast.usecases.comparisons import ComparisonRequest, Variant
from twincast.usecases.replies import Reply, once
from twincast.wire.comparisons import VariantComparison, VariantComparisonRequest, VariantComparisons
from twincast.wire.shapes import parsed

PATH = "/intervention-testing"
router = APIRouter(prefix=PATH, tags=["comparisons"])


@router.post(
    "/compare-variants",
    **address(
        "Compare variants on a twin",
        VariantComparison,
        scope="write",
        body=VariantComparisonRequest,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def run(request: Request) -> Response:
    """Rank two or more messages for one customer at one moment, and recommend one, or none where it is too close."""
    ctx = entered(request, "write")
    body = parsed(VariantComparisonRequest, await json_body(request))
    asked = request_of(body)
    if body.dry_run:
        return await weighed(ctx, asked)
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: comparisons.run(within, asked), answer_of)

    door = door_of(request)
    return response_of(await (door.do_asking(work) if asked.words else door.do(work)))


@router.get("/comparisons", **address("List comparisons", VariantComparisons, scope="read", problems=(404, 422)))
def listing(
    request: Request,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_PAGE,
    twin: OfTwin = None,
    session: OfSession = None,
) -> Response:
    """Page through stored comparisons, newest first."""
    page = comparisons.listing(entered(request, "read"), cursor, limit, twin, session)
    return rendered(
        VariantComparisons(items=[VariantComparison.of(it) for it in page.items], next_cursor=page.next_cursor)
    )


@router.get(
    "/comparisons/{comparison_id}",
    **address("Look at a comparison", VariantComparison, scope="read", problems=(404,)),
)
async def get(request: Request, comparison_id: str) -> Response:
    """Return a stored comparison: the very bytes that the POST answered."""
    ctx = entered(request, "read")
    found = await door_of(request).do(lambda: comparisons.get(ctx, comparison_id))
    return rendered(VariantComparison.of(found))


def request_of(body: VariantComparisonRequest) -> ComparisonRequest:
    """Return a body as the use case takes it."""
    threshold = body.decision_threshold
    return ComparisonRequest(
        twin=body.twin,
        variants=tuple(Variant(id=name, intervention=item) for name, item in body.named_variants()),
        predict=None if body.predict is None else tuple(body.predict),
        rank_by=body.rank_by,
        include_no_contact=bool(body.include_no_contact),
        decision_threshold=DECISION_THRESHOLD if threshold is None else threshold,
        horizon_days=body.horizon_days,
        level=body.level,
        as_of=body.as_of,
        rounds=body.rounds,
        thinking=body.thinking,
        seed=body.seed,
        session=body.session_id,
        notes=body.notes,
        words=bool(body.words),
    )


def answer_of(comparison: Comparison, _made: bool) -> Reply:
    """Return the reply that a stored comparison gives."""
    where = {"Content-Location": f"{API}{PATH}/comparisons/{in_path(comparison.id)}"}
    body = VariantComparison.of(comparison).rendered()
    return Reply(status=200, body=body, headers=where, subjects=(comparison.twin_id, comparison.session_id))
