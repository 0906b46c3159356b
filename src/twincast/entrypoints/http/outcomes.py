"""Addresses for outcomes: what customers really did, one at a time, many, or as a table."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.imports import OutcomeReport
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfTwin, in_path, rendered
from twincast.entrypoints.http.uploads import body, parameters, received
from twincast.usecases import outcomes, uploads
from twincast.usecases.observations import told
from twincast.usecases.outcomes import Added
from twincast.usecases.replies import Reply, once
from twincast.usecases.uploads import Reading
from twincast.wire.outcomes import (
    OutcomeIn,
    OutcomeOptions,
    OutcomeRecord,
    OutcomeRecords,
    OutcomesAdded,
    OutcomesIn,
    OutcomeUploadPreview,
    OutcomeUploadReport,
    outcomes_in,
    reading_of,
)

PATH: Final = "/outcomes"
router = APIRouter(prefix=PATH, tags=["outcomes"])
UPLOADS: Final = (f"{API}{PATH}/bulk", f"{API}{PATH}/bulk/preview")
"""Addresses that take more than a body's usual limit."""
_WORDS: Final = {
    "mapping": 'JSON: `{"column": "sent_at", "visited": "responses.visit", "other": null}`; others are proposed.',
    "interventions": 'JSON: `{"mens": {"type": "email_campaign", "content": "..."}, "control": null}`, by id.',
    "defaults": 'JSON: what holds for every row, `{"sent_at": "2026-05-01", "window_days": 14}`.',
    "on_error": "`refuse` (default) stores nothing if any row has a problem; `skip` leaves such rows out.",
    "format": "csv, jsonl or parquet, where the content type does not say.",
}


@router.post(
    "",
    **address(
        "Report what really happened",
        OutcomesAdded,
        scope="write",
        status=201,
        body=(OutcomeIn, OutcomesIn),
        problems=(400, 404, 413, 415, 422),
        creates=True,
        also={200: "All of them were stored already, saying the same."},
    ),
)
async def add(request: Request) -> Response:
    """Store one outcome, or `{"outcomes": [...], "interventions": {...}}`: all of them or none, each event once."""
    ctx = entered(request, "write")
    seen = [it for fields in outcomes_in(await json_body(request)) for it in told(fields)]
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: outcomes.add(within, seen), answer_of)

    return response_of(await door_of(request).do(work))


@router.get("", **address("List outcomes", OutcomeRecords, scope="read", problems=(404, 422)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, twin: OfTwin = None) -> Response:
    """Page through outcomes, newest first: of all as they came in, of one twin as they happened."""
    page = outcomes.listing(entered(request, "read"), cursor, limit, twin)
    return rendered(OutcomeRecords(items=[OutcomeRecord.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.post(
    "/bulk",
    **address(
        "Store outcomes in bulk",
        OutcomeUploadReport,
        scope="write",
        problems=(400, 413, 415, 422),
        creates=True,
        parameters=parameters(_WORDS),
        requestBody=body(_WORDS),
    ),
)
async def run(request: Request) -> Response:
    """Store the outcomes of a table (CSV, JSON lines, Parquet) in one transaction: all of its rows, or none."""
    ctx, door = entered(request, "write"), door_of(request)
    async with received(request, OutcomeOptions) as upload:
        claim = claim_of(request, await run_in_threadpool(upload.digest))

        how, on_error = Reading(**reading_of(upload.options)), upload.options.on_error

        def answer(report: OutcomeReport, _made: bool) -> Reply:
            body = OutcomeUploadReport.of(report).rendered()
            rows = {problem.row for problem in report.problems}
            subjects = uploads.spoken_of(upload.table(), how, rows) if rows else ()
            return Reply(status=200, body=body, headers={}, subjects=subjects)

        def work() -> Reply:
            return once(ctx, claim, lambda within: uploads.run(within, upload.table(), how, on_error=on_error), answer)

        async with door.queue.turn(ctx.workspace, claim):
            return response_of(await door.do_long(work))


@router.post(
    "/bulk/preview",
    **address(
        "Look at a table of outcomes first",
        OutcomeUploadPreview,
        scope="write",
        problems=(400, 413, 415, 422),
        parameters=parameters(_WORDS),
        requestBody=body(_WORDS),
    ),
)
async def preview(request: Request) -> Response:
    """Say what an upload would do: what becomes of each column, the first outcomes, the problems; nothing is stored."""
    ctx = entered(request, "write")
    async with received(request, OutcomeOptions) as upload:
        how = Reading(**reading_of(upload.options))
        found = await run_in_threadpool(lambda: uploads.preview(ctx, upload.table(), how))
    return rendered(OutcomeUploadPreview.of(found))


@router.get("/{event_id:path}", **address("Look at an outcome", OutcomeRecord, scope="read", problems=(404,)))
async def get(request: Request, event_id: str) -> Response:
    """Return a stored outcome by its event id, percent-encoded as a whole."""
    ctx = entered(request, "read")
    return rendered(OutcomeRecord.of(await door_of(request).do(lambda: outcomes.get(ctx, event_id))))


def answer_of(added: Added, _made: bool) -> Reply:
    """Return the reply that stored outcomes give."""
    shown = OutcomesAdded(
        created=added.created, repeated=added.repeated, items=[OutcomeRecord.of(it) for it in added.outcomes]
    )
    alone = added.outcomes[0].id if len(added.outcomes) == 1 else None
    headers = {} if alone is None else {"Location": f"{API}{PATH}/{in_path(alone)}"}
    subjects = tuple(sorted({it.twin_id for it in added.outcomes}))
    return Reply(status=201 if added.created else 200, body=shown.rendered(), headers=headers, subjects=subjects)
