"""Addresses for customers in bulk: a table is looked at first, then stored, all of it or nothing."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.ids import CustomerId, twin_id_of
from twincast.domain.imports import ImportReport
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import rendered
from twincast.entrypoints.http.twins import PATH
from twincast.entrypoints.http.uploads import Upload, body, parameters, received
from twincast.usecases import imports
from twincast.usecases.replies import Reply, once
from twincast.wire.imports import BulkOptions, BulkPreview, BulkReport

router = APIRouter(prefix=f"{PATH}/bulk", tags=["twins"])
UPLOADS: Final = (f"{API}{PATH}/bulk", f"{API}{PATH}/bulk/preview")
"""Addresses that take more than a body's usual limit."""
_WORDS: Final = {
    "mapping": 'JSON: `{"column": "profile.age", "other": null}`; columns left out are proposed.',
    "as_of": "Day on which the table was true. Default: today.",
    "on_error": "`refuse` (default) stores nothing if any row has a problem; `skip` leaves such rows out.",
    "format": "csv, jsonl or parquet, where the content type does not say.",
}


@router.post(
    "",
    **address(
        "Store customers in bulk",
        BulkReport,
        scope="write",
        problems=(400, 413, 415, 422),
        creates=True,
        parameters=parameters(_WORDS),
        requestBody=body(_WORDS),
    ),
)
async def run(request: Request) -> Response:
    """Make or change twins from a table (CSV, JSON lines, Parquet) in one transaction: all of its rows, or none."""
    ctx, door = entered(request, "write"), door_of(request)
    async with received(request, BulkOptions) as upload:
        claim = claim_of(request, await run_in_threadpool(upload.digest))

        def answer(report: ImportReport, _made: bool) -> Reply:
            subjects = _spoken_of(upload, report)
            return Reply(status=200, body=BulkReport.of(report).rendered(), headers={}, subjects=subjects)

        def work() -> Reply:
            return once(
                ctx,
                claim,
                lambda within: imports.run(
                    within,
                    upload.table(),
                    upload.options.mapping,
                    as_of=upload.options.as_of,
                    on_error=upload.options.on_error,
                ),
                answer,
            )

        async with door.queue.turn(ctx.workspace, claim):
            return response_of(await door.do_long(work))


@router.post(
    "/preview",
    **address(
        "Look at a table first",
        BulkPreview,
        scope="write",
        problems=(400, 413, 415, 422),
        parameters=parameters(_WORDS),
        requestBody=body(_WORDS),
    ),
)
async def preview(request: Request) -> Response:
    """Say what an import would do: what becomes of each column, the first records, the problems. Nothing is stored."""
    ctx = entered(request, "write")
    async with received(request, BulkOptions) as upload:
        found = await run_in_threadpool(
            lambda: imports.preview(ctx, upload.table(), upload.options.mapping, as_of=upload.options.as_of)
        )
    return rendered(BulkPreview.of(found))


def _spoken_of(upload: Upload[BulkOptions], report: ImportReport) -> tuple[str, ...]:
    """Return the twins that a report names: only its problems do, and erasing one of them erases the kept report."""
    rows = {problem.row for problem in report.problems}
    if not rows:
        return ()
    read = imports.rows_of(upload.table(), upload.options.mapping)
    named = {
        str(record.get("customer_id", "")) for record, row in zip(read.records, read.rows, strict=True) if row in rows
    }
    return tuple(sorted(twin_id_of(CustomerId(name)) for name in named if name))
