"""The address of calibrated answers: what twins and some people say in, what people would say out."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import rendered
from twincast.response.answers.calibrate import LEVEL
from twincast.usecases import surveys
from twincast.wire.shapes import parsed
from twincast.wire.surveys import AnswerCalibrationRequest, CalibratedSurveyOut

router = APIRouter(tags=["calibration"])


@router.post(
    "/answers/calibrate",
    **address(
        "Calibrate what twins say",
        CalibratedSurveyOut,
        scope="read",
        body=AnswerCalibrationRequest,
        problems=(400, 413, 415, 422),
    ),
)
async def calibrate(request: Request) -> Response:
    """Say what people would answer on scales, from what their twins say and what some of them said.

    Nothing is stored. Up to 20,000 rows; `checks` says how right this was where answers were held back.
    """
    entered(request, "read")
    body = parsed(AnswerCalibrationRequest, await json_body(request))
    level = LEVEL if body.level is None else body.level
    found = await door_of(request).do_long(lambda: surveys.calibrate(body.to_domain(), level))
    return rendered(CalibratedSurveyOut.of(found))
