"""The address of the audit log."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import entered
from twincast.entrypoints.http.parameters import Cursor, Limit, rendered
from twincast.usecases import audit
from twincast.wire.audit import AuditRecord, AuditRecords

router = APIRouter(tags=["audit"])

Action = Annotated[
    str | None, Query(description="This verb (`twin.erased`), or all of this noun (`twin`).", max_length=100)
]
Since = Annotated[
    datetime | None, Query(description="Only entries of this moment or later; UTC where it says no offset.")
]


@router.get("/audit", **address("Read the audit log", AuditRecords, scope="admin", problems=(422,)))
def entries(
    request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, action: Action = None, since: Since = None
) -> Response:
    """Page through who did what to which thing and when, newest first; never any contents."""
    moment = since if since is None or since.utcoffset() is not None else since.replace(tzinfo=UTC)
    page = audit.entries(entered(request, "admin"), cursor, limit, action, moment)
    return rendered(AuditRecords(items=[AuditRecord.of(it) for it in page.items], next_cursor=page.next_cursor))
