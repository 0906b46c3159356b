"""The address of sequences: several messages to one customer over time."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import sequences
from twincast.usecases.comparisons import Variant
from twincast.usecases.sequencing.requests import SequenceRequest
from twincast.wire.sequences import MessageSequence, SequenceRequestIn
from twincast.wire.shapes import parsed

router = APIRouter(prefix="/intervention-testing", tags=["sequences"])


@router.post(
    "/sequence",
    **address(
        "Plan several messages to a twin",
        MessageSequence,
        scope="read",
        body=SequenceRequestIn,
        problems=(400, 404, 413, 415, 422),
    ),
)
async def plan(request: Request) -> Response:
    """Find which message to send next, on which channel and when, again and again, and when to stop."""
    ctx = entered(request, "read")
    asked = request_of(parsed(SequenceRequestIn, await json_body(request)))
    return rendered(MessageSequence.of(await door_of(request).do(lambda: sequences.plan(ctx, asked))))


def request_of(body: SequenceRequestIn) -> SequenceRequest:
    """Return a body as the use case takes it."""
    messages = tuple(Variant(id=it.id, intervention=it.to_domain(it.id)) for it in body.messages)
    return SequenceRequest(twin=body.twin, messages=messages, **body.asked())
