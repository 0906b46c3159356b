"""Disclosure sheets of batches, comparisons and sessions, as JSON or Markdown."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.disclosures import Disclosure
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import rendered
from twincast.files.disclosures import MEDIA_TYPE, markdown
from twincast.usecases import disclosures
from twincast.usecases.context import Context
from twincast.wire.disclosures import DisclosureSheet

router = APIRouter(tags=["disclosure"])

FORMATS: Final = ("json", "markdown")
Format = Annotated[str, Query(description=f"One of {', '.join(FORMATS)}.")]
MARKDOWN: Final[dict[str, Any]] = {"200": {"content": {MEDIA_TYPE.partition(";")[0]: {"schema": {"type": "string"}}}}}


@router.get(
    "/intervention-testing/batches/{batch_id}/disclosure",
    **address("Disclose a batch", DisclosureSheet, scope="read", problems=(404, 409, 422), responses=MARKDOWN),
)
async def batch(request: Request, batch_id: str, format: Format = "json") -> Response:
    """Say what a batch simulated, from which data, by which model, how far that was checked, and its limits."""
    return await _sheet(request, lambda ctx: disclosures.of_batch(ctx, batch_id), format)


@router.get(
    "/intervention-testing/comparisons/{comparison_id}/disclosure",
    **address("Disclose a comparison", DisclosureSheet, scope="read", problems=(404, 422), responses=MARKDOWN),
)
async def comparison(request: Request, comparison_id: str, format: Format = "json") -> Response:
    """Say the same of a comparison."""
    return await _sheet(request, lambda ctx: disclosures.of_comparison(ctx, comparison_id), format)


@router.get(
    "/simulation-control/sessions/{session_id}/disclosure",
    **address("Disclose a session", DisclosureSheet, scope="read", problems=(404, 422), responses=MARKDOWN),
)
async def session(request: Request, session_id: str, format: Format = "json") -> Response:
    """Say the same of everything that was tested in a session."""
    return await _sheet(request, lambda ctx: disclosures.of_session(ctx, session_id), format)


async def _sheet(request: Request, make: Callable[[Context], Disclosure], format: str) -> Response:
    ctx = entered(request, "read")
    if format not in FORMATS:
        problem = FieldProblem(field="format", message=f"{format[:40]!r} is not known", allowed=", ".join(FORMATS))
        raise InvalidInput.of([problem])
    found = await door_of(request).do_long(lambda: make(ctx))
    if format == "json":
        return rendered(DisclosureSheet.of(found))
    return Response(markdown(found), media_type=MEDIA_TYPE)
