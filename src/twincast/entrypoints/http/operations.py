"""Addresses for whoever runs the service: no key, and no customer data."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast import __version__
from twincast.domain.errors import TwincastError
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of
from twincast.entrypoints.http.metrics import MEDIA_TYPE
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import catalogue
from twincast.wire.operations import Health, Readiness, VersionInfo

router = APIRouter(tags=["operations"])


@router.get("/health", **address("Does it live?", Health, scope=None))
async def health() -> Response:
    """Answer, and look at nothing."""
    return rendered(Health(status="ok"))


@router.get("/ready", **address("Can it work?", Readiness, scope=None, also={503: "It can not."}))
def ready(request: Request) -> Response:
    """Look whether the store can be used: 200, or 503."""
    try:
        door_of(request).parts.store.check()
    except (TwincastError, OSError) as error:
        answer = rendered(Readiness(status="not ready", store=getattr(error, "code", "unavailable")))
        answer.status_code = 503
        return answer
    return rendered(Readiness(status="ready", store="ok"))


@router.get("/version", **address("Which version is it?", VersionInfo, scope=None))
async def version(request: Request) -> Response:
    """Return what this service is made of."""
    made_by = door_of(request).parts.engine.provenance
    return rendered(
        VersionInfo(
            version=__version__,
            api="v1",
            model=made_by.model,
            prior=made_by.prior,
            reading=catalogue.reading_version(),
        )
    )


@router.get("/metrics", **address("Count requests", None, scope=None))
async def metrics(request: Request) -> Response:
    """Return counters in the text format of Prometheus."""
    return Response(door_of(request).metrics.rendered(), media_type=MEDIA_TYPE)
