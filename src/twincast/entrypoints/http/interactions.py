"""The address of individual interactions: one stimulus, one participant, in rounds."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.trials import Trial
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import in_path, rendered
from twincast.usecases import trials
from twincast.usecases.replies import Reply, once
from twincast.usecases.trials import TrialRequest
from twincast.wire.interactions import IndividualInteraction, IndividualInteractionRequest
from twincast.wire.shapes import parsed

PATH = "/simulate/individual-interaction"
router = APIRouter(prefix=PATH, tags=["tests"])


@router.post(
    "",
    **address(
        "Let a twin meet a stimulus",
        IndividualInteraction,
        scope="write",
        body=IndividualInteractionRequest,
        problems=(400, 404, 413, 415, 422),
        creates=True,
    ),
)
async def run(request: Request) -> Response:
    """Let one twin think about a stimulus and answer it, in rounds; what it says follows from the numbers."""
    ctx = entered(request, "write")
    asked = TrialRequest(**parsed(IndividualInteractionRequest, await json_body(request)).asked())
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: trials.run(within, asked), answer_of)

    return response_of(await door_of(request).do_asking(work))


@router.get(
    "/{interaction_id}",
    **address("Look at an interaction", IndividualInteraction, scope="read", problems=(404,)),
)
async def get(request: Request, interaction_id: str) -> Response:
    """Return a stored interaction: the very bytes that the POST answered."""
    ctx = entered(request, "read")
    return rendered(IndividualInteraction.of(await door_of(request).do(lambda: trials.get(ctx, interaction_id))))


def answer_of(trial: Trial, _made: bool) -> Reply:
    """Return the reply that a stored interaction gives."""
    where = {"Content-Location": f"{API}{PATH}/{in_path(trial.id)}"}
    return Reply(status=200, body=IndividualInteraction.of(trial).rendered(), headers=where, subjects=(trial.twin_id,))
