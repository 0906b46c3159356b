"""Addresses of batches: one message or several variants for many twins, at once or as a job."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfSession, in_path, rendered
from twincast.entrypoints.http.uploads import body as table_body
from twincast.entrypoints.http.uploads import parameters, received
from twincast.entrypoints.http.weighing import weighed
from twincast.usecases import batches, imports
from twincast.usecases.batches import Ran
from twincast.usecases.batching.pages import FLAT, MOST_ROWS
from twincast.usecases.batching.requests import BatchRequest, variant_of
from twincast.usecases.context import Context
from twincast.usecases.replies import Reply, once
from twincast.wire.batch_results import BatchHead, BatchTest, BatchTests, written
from twincast.wire.batches import BatchTestRequest, BatchUploadOptions
from twincast.wire.shapes import parsed

PATH: Final = "/intervention-testing"
LARGE: Final = (f"{API}{PATH}/batch",)
"""Addresses that may be sent a million ids."""
UPLOADS: Final = (f"{API}{PATH}/batch/upload",)
_WORDS: Final = {
    "request": "JSON: a body of `.../batch` without `digital_twin_ids`.",
    "mapping": 'JSON: `{"column": "customer_id", "other": null}`; columns left out are proposed.',
    "format": "csv, jsonl or parquet, where the content type does not say.",
}
PREFER: Final = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "`respond-async`: compute it as a job, however small it is.",
}
Detail = Annotated[str, Query(description="`flat`: bare numbers; `full`: each with interval, definition and basis.")]
Rows = Annotated[
    int | None, Query(ge=1, le=MOST_ROWS, description="Rows, at least those of one customer; full: up to 500.")
]
router = APIRouter(prefix=PATH, tags=["batches"])


@router.post(
    "/batch",
    **address(
        "Test many twins",
        BatchTest,
        scope="write",
        body=BatchTestRequest,
        problems=(400, 404, 413, 415, 422),
        creates=True,
        also={202: "It is computed as a job: `Location` says where to look."},
        parameters=[PREFER],
    ),
)
async def run(request: Request) -> Response:
    """Test one message, or each of several variants, on many customers: rows, sums with intervals, insights.

    Up to 5,000 cells (customers x variants; a setting) are answered at once; more as a job, with the same final body.
    With `words` a language model is asked about each of them: then more than 100 are a job.
    """
    ctx, door = entered(request, "write"), door_of(request)
    body = await json_body(request)
    wanted = await run_in_threadpool(lambda: parsed(BatchTestRequest, body))
    asked = await run_in_threadpool(lambda: request_of(wanted))
    if wanted.dry_run:
        return await weighed(ctx, asked)
    claim = claim_of(request, await request.body())
    inline = 0 if wants_a_job(request) else door.settings.batch_inline

    def work() -> Reply:
        return once(
            ctx,
            claim,
            lambda within: batches.run(within, asked, inline=inline),
            lambda ran, _made: answer_of(ctx, ran),
        )

    async with door.queue.turn(ctx.workspace, claim):
        return response_of(await (door.do_asking(work) if asked.words else door.do_long(work)))


@router.post(
    "/batch/upload",
    **address(
        "Test the customers in a table",
        BatchTest,
        scope="write",
        problems=(400, 404, 413, 415, 422),
        creates=True,
        also={202: "It is computed as a job: `Location` says where to look."},
        parameters=[*parameters(_WORDS), PREFER],
        requestBody=table_body(_WORDS),
    ),
)
async def upload(request: Request) -> Response:
    """Test messages on the customers whom a table names (CSV, JSON lines, Parquet), as `.../batch` does.

    Their twins must be there: bring them with `.../digital-twin/bulk` first; who has none is reported by item.
    """
    ctx, door = entered(request, "write"), door_of(request)
    inline = 0 if wants_a_job(request) else door.settings.batch_inline
    async with received(request, BatchUploadOptions) as found:
        claim = claim_of(request, await run_in_threadpool(found.digest))

        def work() -> Reply:
            asked = request_of(parsed(BatchTestRequest, {**found.options.request, "digital_twin_ids": ["-"]}))
            whom = replace(asked, twins=imports.customers_of(found.table(), found.options.mapping))
            return once(
                ctx,
                claim,
                lambda within: batches.run(within, whom, inline=inline),
                lambda ran, _made: answer_of(ctx, ran),
            )

        async with door.queue.turn(ctx.workspace, claim):
            return response_of(await door.do_long(work))


@router.get("/batches", **address("List batches", BatchTests, scope="read", problems=(404, 422)))
def listing(
    request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, session: OfSession = None
) -> Response:
    """Page through batches, newest first; without their rows."""
    page = batches.listing(entered(request, "read"), cursor, limit, session)
    return rendered(BatchTests(items=[BatchHead.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/batches/{batch_id}", **address("Look at a batch", BatchTest, scope="read", problems=(404, 422)))
async def get(
    request: Request, batch_id: str, cursor: Cursor = None, limit: Rows = None, detail: Detail = FLAT
) -> Response:
    """Return a batch and some of its rows: the very body that was, or will be, answered; `cursor` leads to the next."""
    ctx = entered(request, "read")
    ran = await run_in_threadpool(lambda: batches.get(ctx, batch_id, cursor, limit, detail))
    return Response(body_of(ctx, ran), media_type="application/json")


@router.delete("/batches/{batch_id}", **address("Delete a batch", None, scope="erase", status=204, problems=(404, 409)))
async def delete(request: Request, batch_id: str) -> Response:
    """Delete a batch with its rows and results, for good; one that is still computed is refused."""
    ctx = entered(request, "erase")
    await door_of(request).do_long(lambda: batches.delete(ctx, batch_id))
    return Response(status_code=204)


def request_of(body: BatchTestRequest) -> BatchRequest:
    """Return a body as the use case takes it."""
    config, variants = body.test_config, body.named_variants()
    return BatchRequest(
        twins=None if body.digital_twin_ids is None else tuple(body.digital_twin_ids),
        segment=body.customer_segment,
        intervention=body.stimulus,
        variants=None if variants is None else tuple(variant_of(name, item) for name, item in variants),
        mode=None if config is None else config.mode,
        session=body.session_id,
        predict=tuple(body.predict or ()),
        extract=body.extract,
        horizon_days=body.horizon_days,
        level=body.level,
        as_of=body.as_of,
        rounds=1 if config is None or config.rounds is None else config.rounds,
        memory=bool(config and config.enable_memory),
        analyze=body.analyze is not False,
        statistics=body.statistics,
        words=bool(body.words),
        seed=body.seed,
    )


def answer_of(ctx: Context, ran: Ran) -> Reply:
    """Return the reply to a batch: what was computed, or where it will be found."""
    here = f"{API}{PATH}/batches/{in_path(ran.batch.id)}"
    subjects = (ran.batch.id, ran.batch.session_id, *dict.fromkeys(ran.page.twin_ids))
    if ran.results is not None:
        named = dict.fromkeys((*subjects, *(it.twin_id for it in ran.results.failures)))
        return Reply(status=200, body=body_of(ctx, ran), headers={"Content-Location": here}, subjects=tuple(named))
    job = "" if ran.job is None else ran.job.id
    headers = {"Location": f"{API}/jobs/{in_path(job)}", "Content-Location": here}
    return Reply(status=202, body=body_of(ctx, ran), headers=headers, subjects=subjects)


def body_of(ctx: Context, ran: Ran) -> bytes:
    """Return a batch as it is answered."""
    job = ran.job
    return written(
        ran.batch,
        ran.results,
        ran.page,
        status="succeeded" if job is None else job.status,
        job_id=None if job is None else job.id,
        software=ctx.software,
    )


def wants_a_job(request: Request) -> bool:
    """Tell whether a caller prefers to be told where to look later."""
    asked = (part.strip().lower() for value in request.headers.getlist("prefer") for part in value.split(","))
    return "respond-async" in asked
