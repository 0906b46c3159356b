"""The address of structured extraction: what a session's results are, and what they add up to."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.extractions import EXTRACTION_LEVEL
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import entered
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import extractions
from twincast.usecases.extractions import ExtractionRequest
from twincast.wire.extractions import StructuredExtractionRequest, StructuredResults
from twincast.wire.shapes import parsed

router = APIRouter(prefix="/simulate/extract", tags=["sessions"])


@router.post(
    "/structured-results",
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
    return rendered(StructuredResults.of(await run_in_threadpool(lambda: extractions.extract(ctx, asked))))


def request_of(body: StructuredExtractionRequest) -> ExtractionRequest:
    """Return a body as the use case takes it."""
    return ExtractionRequest(
        session=body.session_id,
        checkpoint=body.checkpoint_name,
        twins=None if body.digital_twin_ids is None else tuple(body.digital_twin_ids),
        fields=None if body.fields is None else tuple(body.fields),
        statistics=body.statistics,
        groupby=body.groupby,
        level=EXTRACTION_LEVEL if body.level is None else body.level,
        objective=body.extraction_objective,
        situation=body.situation,
        hints=body.fields_hints or {},
    )
