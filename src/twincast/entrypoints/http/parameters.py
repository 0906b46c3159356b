"""Parameters and small answers that several addresses share."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from starlette.responses import Response

from twincast.domain.pages import MAX_PAGE
from twincast.wire.shapes import Answer

Reference = Annotated[str, Path(description="The twin's id or the customer's, percent-encoded as a whole.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=2_000)]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Items on a page.")]
RowLimit = Annotated[int, Query(ge=1, le=1_000, description="Rows on a page.")]
OfTwin = Annotated[str | None, Query(alias="digital_twin_id", description="Only those of this twin, or customer.")]
OfSession = Annotated[str | None, Query(alias="session_id", description="Only those of this session.")]


def rendered(answer: Answer) -> Response:
    """Return an answer as a response."""
    return Response(answer.rendered(), media_type="application/json")


def in_path(identifier: str) -> str:
    """Return an id as it is written in a path."""
    return quote(identifier, safe="")
