"""Addresses of allocations: one offer or none for each customer, and the list for the tool that sends."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.batches import PREFER, wants_a_job
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.exports import FILES, Format, Rows, file_of
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, RowLimit, in_path, rendered
from twincast.entrypoints.http.uploads import body as table_body
from twincast.entrypoints.http.uploads import parameters, received
from twincast.usecases import allocations, imports
from twincast.usecases.allocating.requests import AllocationRequest as Asked
from twincast.usecases.allocating.sendlists import PLAIN, TOOLS, of_allocation
from twincast.usecases.allocations import MOST_ROWS, Allotted
from twincast.usecases.context import Context
from twincast.usecases.replies import Reply, once
from twincast.wire.allocations import (
    AllocationHead,
    AllocationOut,
    AllocationRequest,
    Allocations,
    AllocationUploadOptions,
    answered,
)
from twincast.wire.shapes import parsed

PATH: Final = "/allocations"
LARGE: Final = (f"{API}{PATH}",)
"""Addresses that may be sent a million ids."""
UPLOADS: Final = (f"{API}{PATH}/upload",)
_WORDS: Final = {
    "request": "JSON: a body of `/allocations` without `digital_twin_ids`.",
    "mapping": 'JSON: `{"column": "customer_id", "other": null}`; columns left out are proposed.',
    "format": "csv, jsonl or parquet, where the content type does not say.",
}
Tool = Annotated[str, Query(description=f"Whose columns: {', '.join(TOOLS)}.")]
router = APIRouter(prefix=PATH, tags=["allocations"])


@router.post(
    "",
    **address(
        "Allot offers to customers",
        AllocationOut,
        scope="write",
        body=AllocationRequest,
        problems=(400, 404, 409, 413, 415, 422),
        creates=True,
        also={202: "The predictions are computed as a job: `Location` says where to look."},
        parameters=[PREFER],
    ),
)
async def run(request: Request) -> Response:
    """Choose one offer or none for each customer, within a budget and capacities, with a holdout drawn by chance.

    Up to 5,000 cells (customers x offers; a setting), and any batch that was computed before, are decided at once.
    """
    ctx, door = entered(request, "write"), door_of(request)
    body = await json_body(request)
    asked = await run_in_threadpool(lambda: Asked(**parsed(AllocationRequest, body).parts()))
    claim = claim_of(request, await request.body())
    inline = 0 if wants_a_job(request) else door.settings.batch_inline

    def work() -> Reply:
        return once(
            ctx,
            claim,
            lambda within: allocations.run(within, asked, inline=inline),
            lambda found, _made: answer_of(ctx, found),
        )

    async with door.queue.turn(ctx.workspace, claim):
        return response_of(await door.do_long(work))


@router.post(
    "/upload",
    **address(
        "Allot offers to the customers in a table",
        AllocationOut,
        scope="write",
        problems=(400, 404, 413, 415, 422),
        creates=True,
        also={202: "The predictions are computed as a job: `Location` says where to look."},
        parameters=[*parameters(_WORDS), PREFER],
        requestBody=table_body(_WORDS),
    ),
)
async def upload(request: Request) -> Response:
    """Choose offers for the customers whom a table names (CSV, JSON lines, Parquet); their twins must be there."""
    ctx, door = entered(request, "write"), door_of(request)
    inline = 0 if wants_a_job(request) else door.settings.batch_inline
    async with received(request, AllocationUploadOptions) as found:
        claim = claim_of(request, await run_in_threadpool(found.digest))

        def work() -> Reply:
            body = parsed(AllocationRequest, {**found.options.request, "digital_twin_ids": ["-"]})
            twins = imports.customers_of(found.table(), found.options.mapping)
            asked = Asked(**{**body.parts(), "twins": tuple(twins)})
            return once(
                ctx,
                claim,
                lambda within: allocations.run(within, asked, inline=inline),
                lambda done, _made: answer_of(ctx, done),
            )

        async with door.queue.turn(ctx.workspace, claim):
            return response_of(await door.do_long(work))


@router.get("", **address("List allocations", Allocations, scope="read", problems=(422,)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through allocations, newest first."""
    page = allocations.listing(entered(request, "read"), cursor, limit)
    return rendered(Allocations(items=[AllocationHead.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/{allocation_id}", **address("Look at an allocation", AllocationOut, scope="read", problems=(404, 422)))
async def get(request: Request, allocation_id: str, cursor: Cursor = None, limit: RowLimit = MOST_ROWS) -> Response:
    """Return an allocation and some of its customers; `cursor` leads to the next ones."""
    ctx = entered(request, "read")
    found = await door_of(request).do_long(lambda: allocations.get(ctx, allocation_id, cursor, limit))
    return rendered(shown(ctx, found))


@router.get(
    "/{allocation_id}/send-list",
    **address("Take the send list away", None, scope="read", problems=(404, 409, 422), responses=FILES),
)
async def send_list(
    request: Request,
    allocation_id: str,
    tool: Tool = PLAIN,
    format: Format = "csv",
    cursor: Cursor = None,
    limit: Rows = None,
) -> Response:
    """Return who gets what as a table for the tool that sends: Twincast itself can send nothing."""
    ctx = entered(request, "read")
    return await file_of(lambda: of_allocation(ctx, allocation_id, tool), format, cursor, limit)


@router.delete("/{allocation_id}", **address("Delete an allocation", None, scope="erase", status=204, problems=(404,)))
async def delete(request: Request, allocation_id: str) -> Response:
    """Delete an allocation, for good; the batch with its predictions stays."""
    ctx = entered(request, "erase")
    await door_of(request).do_long(lambda: allocations.delete(ctx, allocation_id))
    return Response(status_code=204)


def answer_of(ctx: Context, found: Allotted) -> Reply:
    """Return the reply to an allocation: what was decided, or where it will be found."""
    here = f"{API}{PATH}/{in_path(found.allocation.id)}"
    subjects = (found.allocation.id, found.batch.id, found.batch.session_id, *(it.twin_id for it in found.page))
    headers = {"Content-Location": here}
    if found.results is None and found.job is not None:
        headers["Location"] = f"{API}/jobs/{in_path(found.job.id)}"
    status = 200 if found.results is not None else 202
    return Reply(status=status, body=shown(ctx, found).rendered(), headers=headers, subjects=subjects)


def shown(ctx: Context, found: Allotted) -> AllocationOut:
    """Return an allocation as it is answered."""
    state = {
        "status": found.status,
        "job_id": None if found.job is None else found.job.id,
        "problem": found.problem,
        "next_cursor": found.next_cursor,
    }
    return answered(found.allocation, found.batch, found.results, found.page, state=state, software=ctx.software)
