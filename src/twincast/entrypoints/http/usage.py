"""Addresses of what language models cost, and of the budget."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import Cursor, Limit, OfSession, rendered
from twincast.usecases import usage
from twincast.wire.shapes import parsed
from twincast.wire.usage import ModelCall, ModelCalls, UsageBudget, UsageBudgetIn, UsageReport

router = APIRouter(prefix="/usage", tags=["usage"])

Since = Annotated[
    datetime | None, Query(description="Only calls of this moment or later; UTC where it says no offset.")
]


@router.get("", **address("See what language models cost", UsageReport, scope="read", problems=(404, 422)))
def get(request: Request, since: Since = None, session: OfSession = None) -> Response:
    """Return requests, tokens and money: in all, by model and by session, and what is left of the budget."""
    moment = since if since is None or since.utcoffset() is not None else since.replace(tzinfo=UTC)
    return rendered(UsageReport.of(usage.usage(entered(request, "read"), moment, session)))


@router.get("/calls", **address("Read the ledger of calls", ModelCalls, scope="read", problems=(404, 422)))
def calls(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, session: OfSession = None) -> Response:
    """Page through calls to language models, newest first; nobody's name or id is in them."""
    page = usage.calls(entered(request, "read"), cursor, limit, session)
    return rendered(ModelCalls(items=[ModelCall.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/budget", **address("Look at the budget", UsageBudget, scope="read"))
def budget(request: Request) -> Response:
    """Return how much may be spent on language models."""
    return rendered(UsageBudget.of(usage.budget(entered(request, "read"))))


@router.put(
    "/budget",
    **address("Set the budget", UsageBudget, scope="admin", body=UsageBudgetIn, problems=(400, 413, 415, 422)),
)
async def put_budget(request: Request) -> Response:
    """Set the budget in place of the one there is: from the next call on nothing is asked that it does not allow."""
    ctx = entered(request, "admin")
    wanted = parsed(UsageBudgetIn, await json_body(request)).to_domain()
    return rendered(UsageBudget.of(await door_of(request).do(lambda: usage.put_budget(ctx, wanted))))
