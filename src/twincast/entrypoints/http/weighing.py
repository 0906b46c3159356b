"""The answer to a run that is only to be weighed."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import estimates
from twincast.usecases.context import Context
from twincast.wire.estimates import CostEstimate


async def weighed(ctx: Context, asked: estimates.Request) -> Response:
    """Return what a run would cost; in a thread, since a batch is computed in part."""
    return rendered(CostEstimate.of(await run_in_threadpool(lambda: estimates.estimate(ctx, asked))))
