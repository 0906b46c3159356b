"""Addresses of extraction: what a session's results are, what they add up to, and what to do by them."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.extractions import EXTRACTION_LEVEL, MIN_CELL, Economics, Planning
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfSession, RowLimit, in_path, rendered
from twincast.usecases import extractions
from twincast.usecases.extractions import MOST_ROWS, RESULTS, Extracted, ExtractionRequest
from twincast.usecases.replies import Reply, once
from twincast.wire.extractions import (
    EconomicsIn,
    ExtractedResults,
    Extractions,
    ExtractionSummary,
    ExtractResultsRequest,
    StructuredExtractionRequest,
    StructuredResults,
)
from twincast.wire.shapes import parsed

PATH = "/intervention-testing/extractions"
router = APIRouter(tags=["extraction"])


@router.post(
    "/simulate/extract/structured-results",
    **address(
        "Extract a session's results",
        StructuredResults,
        scope="read",
        body=StructuredExtractionRequest,
        problems=(400, 404, 413, 415, 422),
    ),
)
async def structured(request: Request) -> Response:
    """Read rows and statistics out of a session, live or as it was at a checkpoint. Nothing is stored.

    Intervals of means say how far the model may be off for all of these customers together: they do not shrink with
    the number of twins.
    """
    ctx = entered(request, "read")
    asked = request_of(parsed(StructuredExtractionRequest, await json_body(request)))
    found = await run_in_threadpool(lambda: extractions.extract(ctx, asked))
    return rendered(StructuredResults.of(found.extraction, found.kept))


@router.post(
    "/intervention-testing/extract-results",
    **address(
        "Extract results and keep them",
        ExtractedResults,
        scope="write",
        body=ExtractResultsRequest,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def extract(request: Request) -> Response:
    """Extract rows, groups, segments, comparisons and what to do by them, and store all of it.

    The answer holds the first 1,000 rows; `next_cursor` leads to the others.
    """
    ctx, door = entered(request, "write"), door_of(request)
    asked = request_of(parsed(ExtractResultsRequest, await json_body(request)))
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: extractions.run(within, asked), _answer)

    async with door.queue.turn(ctx.workspace, claim):
        return response_of(await door.do_long(work))


@router.get(PATH, **address("List extractions", Extractions, scope="read", problems=(404, 422)))
def listing(
    request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, session: OfSession = None
) -> Response:
    """Page through stored extractions, newest first; each by what it is of, without its rows."""
    page = extractions.listing(entered(request, "read"), cursor, limit, session)
    items = [ExtractionSummary.of(it) for it in page.items]
    return rendered(Extractions(items=items, next_cursor=page.next_cursor))


@router.get(
    f"{PATH}/{{extraction_id}}",
    **address("Look at an extraction", ExtractedResults, scope="read", problems=(404, 422)),
)
def get(request: Request, extraction_id: str, cursor: Cursor = None, limit: RowLimit = MOST_ROWS) -> Response:
    """Return a stored extraction with its rows from the cursor on: without one the body that the POST answered."""
    found = extractions.get(entered(request, "read"), extraction_id, cursor, limit)
    return rendered(ExtractedResults.of(found.extraction, found.page.items, found.page.next_cursor))


def request_of(body: StructuredExtractionRequest | ExtractResultsRequest) -> ExtractionRequest:
    """Return a body as the use case takes it."""
    usual = RESULTS if isinstance(body, ExtractResultsRequest) else None
    costs, plan = body.economics, body.test_plan
    return ExtractionRequest(
        session=body.session_id,
        batch=body.batch_id if isinstance(body, ExtractResultsRequest) else None,
        checkpoint=body.checkpoint_name,
        twins=None if body.digital_twin_ids is None else tuple(body.digital_twin_ids),
        fields=usual if body.fields is None else tuple(body.fields),
        statistics=body.statistics,
        groupby=body.groupby,
        segments=tuple(body.segments or ()),
        label=body.customer_segment,
        level=EXTRACTION_LEVEL if body.level is None else body.level,
        min_cell=MIN_CELL if body.min_cell is None else body.min_cell,
        economics=None if costs is None else _costs(costs),
        plan=Planning(alpha=plan.alpha, power=plan.power, correlation=plan.correlation) if plan else Planning(),
        objective=body.extraction_objective,
        situation=body.situation,
        hints=body.fields_hints or {},
        hint=body.extraction_hint,
    )


def _costs(given: EconomicsIn) -> Economics:
    return Economics(contact=given.contact_cost, margin=given.margin, redemption=given.discount_cost)


def _answer(found: Extracted, _made: bool) -> Reply:
    return Reply(
        status=200,
        body=ExtractedResults.of(found.extraction, found.page.items, found.page.next_cursor).rendered(),
        headers={"Content-Location": f"{API}{PATH}/{in_path(str(found.extraction.id))}"},
        subjects=(*dict.fromkeys(row.twin_id for row in found.kept), found.extraction.session_id),
    )
