"""Addresses for learning: refit on what really happened, see the versions, go back, see how right the numbers are."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.models import ModelVersion
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import calibrations, learning
from twincast.usecases.learning import Models
from twincast.usecases.replies import Reply, once
from twincast.wire.calibrations import CalibrationReportOut, ModelRecord, ModelRecords

PATH: Final = "/calibration"
router = APIRouter(prefix=PATH, tags=["calibration"])
Version = Annotated[int, Path(ge=0, le=2**31 - 1, description="Number of a version; 0 is the prior that ships.")]


@router.post(
    "/fit",
    **address("Learn from what happened", ModelRecord, scope="write", problems=(422,), creates=True),
)
async def fit(request: Request) -> Response:
    """Refit the workspace's model on every outcome there is; the new version answers from then on.

    A refit that changes nothing answers with the version that is there. Where nothing can be learned the model stays.
    """
    ctx, door = entered(request, "write"), door_of(request)
    claim = claim_of(request, await request.body())

    def answer(version: ModelVersion, _made: bool) -> Reply:
        body = ModelRecord.of(version, version.version).rendered()
        return Reply(status=200, body=body, headers={"Location": f"{API}{PATH}/models"}, subjects=())

    def work() -> Reply:
        return once(ctx, claim, learning.learn, answer)

    async with door.queue.turn(ctx.workspace, claim):
        return response_of(await run_in_threadpool(work))


@router.get("/models", **address("List the versions of the model", ModelRecords, scope="read"))
async def models(request: Request) -> Response:
    """Return every version that was learned, oldest first, and which of them answers."""
    ctx = entered(request, "read")
    return rendered(_of(await door_of(request).do(lambda: learning.models(ctx))))


@router.post(
    "/models/{version}/select",
    **address("Let another version answer", ModelRecords, scope="write", problems=(404, 422)),
)
async def select(request: Request, version: Version) -> Response:
    """Go back to an earlier version, or to a later one; 0 is the prior that ships. Every version stays."""
    ctx = entered(request, "write")
    return rendered(_of(await door_of(request).do(lambda: learning.select(ctx, version))))


@router.get("/report", **address("See how right the numbers are", CalibrationReportOut, scope="read", problems=(422,)))
async def report(request: Request) -> Response:
    """Lay what was predicted beside what happened, before and after learning, on customers the fit had not seen.

    Reliability bins with intervals, expected calibration error, Brier score, log loss and AUC, by kind and group.
    """
    ctx = entered(request, "read")
    return rendered(CalibrationReportOut.of(await run_in_threadpool(lambda: calibrations.report(ctx))))


def _of(found: Models) -> ModelRecords:
    return ModelRecords.of(found.current, found.versions)
