"""Addresses of validation: a twin against expectations, itself and its past; predictions for their quality."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.fields import DEFAULT_LEVEL
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import Reference, rendered
from twincast.entrypoints.http.twins import PATH as TWINS
from twincast.usecases import validations
from twincast.usecases.validations import Judged
from twincast.wire.shapes import parsed
from twincast.wire.validations import (
    PredictionQualityReport,
    PredictionQualityRequest,
    TwinValidationReport,
    TwinValidationRequest,
)

router = APIRouter(tags=["validation"])
_TWIN: dict[str, Any] = address(
    "Validate a twin",
    TwinValidationReport,
    scope="read",
    body=TwinValidationRequest,
    problems=(400, 404, 413, 415, 422),
)


@router.post(f"{TWINS}/{{reference}}/validate", **_TWIN)
@router.post("/twins/{reference}/validate", **_TWIN)
async def twin(request: Request, reference: Reference, version: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Lay a twin beside what is expected of it, look for contradictions, and let it foretell its own past.

    Nothing is stored. Both addresses are the same.
    """
    ctx = entered(request, "read")
    body = parsed(TwinValidationRequest, await json_body(request))
    found = await door_of(request).do(
        lambda: validations.validate(
            ctx,
            reference,
            body.expectations,
            version=version,
            tolerance=validations.TOLERANCE if body.tolerance is None else body.tolerance,
            level=DEFAULT_LEVEL if body.level is None else body.level,
        )
    )
    return rendered(TwinValidationReport.of(found))


@router.post(
    "/predictions/validate",
    **address(
        "Judge predictions",
        PredictionQualityReport,
        scope="read",
        body=PredictionQualityRequest,
        problems=(400, 404, 413, 415, 422),
    ),
)
async def predictions(request: Request) -> Response:
    """Say which predicted fields may be relied on: sure enough, and with a calibration record. Nothing is stored."""
    ctx = entered(request, "read")
    body = parsed(PredictionQualityRequest, await json_body(request))
    threshold = validations.THRESHOLD if body.confidence_threshold is None else body.confidence_threshold
    if body.test_ids is not None:
        ids = body.test_ids
        found = await door_of(request).do(lambda: validations.judge_tests(ctx, ids, threshold))
    else:
        given = (body.predictions or {}).items()
        judged = (
            Judged(field=name, confidence=it.confidence, outcomes=it.outcomes, validated_on=it.validated_on)
            for name, it in given
        )
        found = validations.judge(judged, threshold)
    return rendered(PredictionQualityReport.of(found))
