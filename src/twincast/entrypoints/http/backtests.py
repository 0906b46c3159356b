"""Addresses of backtests: a table of contacts in, predictions beside what happened out."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.backtests import Backtest
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, rendered
from twincast.entrypoints.http.uploads import body, parameters, received
from twincast.files.reports import report
from twincast.usecases import backtests
from twincast.usecases.backtesting.tables import TableOptions, request_of
from twincast.usecases.replies import Reply, once
from twincast.wire.backtests import BacktestOptions, BacktestReport, BacktestReports, intervention_of

PATH: Final = "/backtests"
router = APIRouter(prefix=PATH, tags=["backtests"])
UPLOADS: Final = (f"{API}{PATH}",)
"""Addresses that take more than a body's usual limit."""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What a browser lets the report do: nothing but look as it should."""
_WORDS: Final = {
    "outcome": "Column with what happened: 0 or 1, or money.",
    "kind": "purchase, visit, click, ..., or amount; told by the column's name.",
    "interventions": 'JSON: `{"mens": {"type": "email_campaign", "content": "..."}, "none": null}`, by id.',
    "intervention": "Column with what was sent; found by the usual names, as are time, propensity and the like.",
    "time": "Column with the day of the contact.",
    "propensity": "Column with the probability of what each got.",
    "randomised": "Column that says whether chance decided.",
    "segment": "Column with a segment.",
    "mapping": 'JSON: `{"column": "profile.age", "other": null}`; columns left out are proposed.',
    "ignore": "Columns that are not looked at, with commas between.",
    "subgroups": "Attributes to judge by, with commas between.",
    "window_days": "Days in which outcomes were counted. Default: the interventions' horizon, or 7.",
    "as_of": "Day of the contacts, where no column says it.",
    "split": "time or customer. Default: time, where there is one.",
    "test_share": "Share that is kept for the test. Default: 0.4.",
    "leaks": "What becomes of columns that know the outcome: refuse (default), leave_out or keep.",
    "act_above": "Confidence from which the twin may decide: the value of acting only there, 0 to 1.",
    "curve": "false saves the time of a learning curve.",
    "level": "Of the intervals. Default: 0.95.",
    "seed": "Of split and resampling. Default: 0.",
    "format": "csv, jsonl or parquet, where the content type does not say.",
}


@router.post(
    "",
    **address(
        "Backtest on a past campaign",
        BacktestReport,
        scope="write",
        status=201,
        problems=(400, 404, 413, 415, 422),
        creates=True,
        parameters=parameters(_WORDS),
        requestBody=body(_WORDS),
    ),
)
async def run(request: Request) -> Response:
    """Judge predictions by a table of contacts and what came of them; the judgement is stored, the table is not."""
    ctx, door = entered(request, "write"), door_of(request)
    async with received(request, BacktestOptions) as upload:
        claim = claim_of(request, await run_in_threadpool(upload.digest))
        options = TableOptions(**upload.options.asked())

        def work() -> Reply:
            return once(
                ctx,
                claim,
                lambda within: backtests.run(within, request_of(upload.table(), options, intervention_of)),
                answer_of,
            )

        async with door.queue.turn(ctx.workspace, claim):
            return response_of(await door.do_long(work))


@router.get("", **address("List backtests", BacktestReports, scope="read", problems=(422,)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through stored backtests, newest first."""
    page = backtests.listing(entered(request, "read"), cursor, limit)
    return rendered(BacktestReports(items=[BacktestReport.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/{backtest_id}", **address("Look at a backtest", BacktestReport, scope="read", problems=(404,)))
async def get(request: Request, backtest_id: str) -> Response:
    """Return a stored backtest: accuracy by coverage, subgroups, the gate and all the rest."""
    ctx = entered(request, "read")
    return rendered(BacktestReport.of(await door_of(request).do(lambda: backtests.get(ctx, backtest_id))))


@router.get("/{backtest_id}/report", **address("Read a backtest", None, scope="read", problems=(404,)))
async def read(request: Request, backtest_id: str) -> Response:
    """Return a stored backtest as one HTML page with charts; it needs nothing from elsewhere."""
    ctx = entered(request, "read")
    found = await door_of(request).do(lambda: backtests.get(ctx, backtest_id))
    headers = {"Content-Security-Policy": POLICY}
    return Response(report(found), media_type="text/html; charset=utf-8", headers=headers)


def answer_of(backtest: Backtest, _made: bool) -> Reply:
    """Return the reply that a backtest gives."""
    headers = {"Location": f"{API}{PATH}/{backtest.id}"}
    return Reply(status=201, body=BacktestReport.of(backtest).rendered(), headers=headers, subjects=())
