"""The address of grounded personas: a twin made of several sources."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.twins import Twin
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import in_path
from twincast.entrypoints.http.twins import PATH as TWINS
from twincast.usecases import personas, twins
from twincast.usecases.context import Context
from twincast.usecases.personas import PersonaRequest
from twincast.usecases.replies import Reply, once
from twincast.wire.personas import GroundedPersona, GroundedPersonaRequest
from twincast.wire.shapes import parsed

router = APIRouter(prefix="/content/grounding", tags=["twins"])


@router.post(
    "/create-grounded-persona",
    **address(
        "Create a twin from several sources",
        GroundedPersona,
        scope="write",
        status=201,
        body=GroundedPersonaRequest,
        problems=(400, 413, 415, 422),
        creates=True,
        also={200: "The customer has a twin already: as it stands now."},
    ),
)
async def create(request: Request) -> Response:
    """Put what several sources say about one customer together, and make the twin: 201.

    For a customer who has one: 200, with another version where the data changed. The same data give the same version,
    whether they come here or as one record to `/customers/digital-twin`.
    """
    ctx = entered(request, "write")
    asked = request_of(parsed(GroundedPersonaRequest, await json_body(request)))
    claim = claim_of(request, await request.body())
    persona = personas.read(asked)

    def run(within: Context) -> Twin:
        return personas.save(within, persona).twin

    def answer(twin: Twin, made: bool) -> Reply:
        shown = GroundedPersona.grounded(twin, twins.profile(ctx, twin), asked.name, persona.warnings)
        return Reply(
            status=201 if made and twin.version == 1 else 200,
            body=shown.rendered(),
            headers={"Location": f"{API}{TWINS}/{in_path(twin.id)}"},
            subjects=(twin.id,),
        )

    return response_of(await door_of(request).do(lambda: once(ctx, claim, run, answer)))


def request_of(body: GroundedPersonaRequest) -> PersonaRequest:
    """Return a body as the use case takes it."""
    return PersonaRequest(
        name=body.name,
        sources=body.sources,
        fragments=tuple(body.personality_fragments or ()),
        context=body.context,
        as_of=body.as_of,
    )
