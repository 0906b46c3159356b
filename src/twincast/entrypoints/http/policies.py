"""The address of the contact policy."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.parameters import rendered
from twincast.usecases import policies
from twincast.wire.policies import ContactPolicyIn, ContactPolicyShown
from twincast.wire.shapes import parsed

router = APIRouter(prefix="/contact-policy", tags=["policy"])


@router.get("", **address("Look at the contact policy", ContactPolicyShown, scope="read"))
def get(request: Request) -> Response:
    """Return quiet hours, frequency caps and the limit of unsubscribing: tests that break them are flagged."""
    return rendered(ContactPolicyShown.of(policies.current(entered(request, "read"))))


@router.put(
    "",
    **address(
        "Set the contact policy", ContactPolicyShown, scope="write", body=ContactPolicyIn, problems=(400, 413, 415, 422)
    ),
)
async def put(request: Request) -> Response:
    """Set quiet hours, frequency caps and the limit of unsubscribing in place of those there are; no number changes."""
    ctx = entered(request, "write")
    policy = parsed(ContactPolicyIn, await json_body(request)).to_domain()
    return rendered(ContactPolicyShown.of(await door_of(request).do(lambda: policies.put(ctx, policy))))
