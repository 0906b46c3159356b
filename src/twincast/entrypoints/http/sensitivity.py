"""The address of the sensitivity panel: on what a ranking of variants hangs."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import sensitivity
from twincast.usecases.batching.parts import PURCHASE
from twincast.usecases.sensitivity import SensitivityRequest, Wordings
from twincast.usecases.spoken import Replies
from twincast.wire.sensitivity import SensitivityPanel, SensitivityRequestIn
from twincast.wire.shapes import parsed

router = APIRouter(prefix="/intervention-testing", tags=["comparisons"])


@router.post(
    "/sensitivity",
    **address(
        "See on what a ranking hangs",
        SensitivityPanel,
        scope="write",
        body=SensitivityRequestIn,
        problems=(400, 404, 413, 415, 422),
    ),
)
async def run(request: Request) -> Response:
    """Rank variants for many twins again and again: with other draws, other wordings, other models.

    Nothing is stored, and no language model is asked unless `replies` says so.
    """
    ctx = entered(request, "write")
    asked = request_of(parsed(SensitivityRequestIn, await json_body(request)))
    return rendered(SensitivityPanel.of(await door_of(request).do_long(lambda: sensitivity.run(ctx, asked))))


def request_of(body: SensitivityRequestIn) -> SensitivityRequest:
    """Return a body as the use case takes it."""
    asked = None if body.replies is None else body.replies.model_dump(exclude_none=True)
    return SensitivityRequest(
        customers=body.digital_twin_ids,
        variants=tuple(Wordings(id=name, intervention=it, paraphrases=more) for name, it, more in body.worded()),
        rank_by=body.rank_by or PURCHASE,
        known=dict(body.known or {}),
        horizon_days=body.horizon_days,
        level=body.level,
        as_of=body.as_of,
        seed=body.seed,
        replies=None if asked is None else Replies(**asked),
    )
