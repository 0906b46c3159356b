"""Addresses of webhooks: registered, listed, taken away; what they were told, and telling it once more."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.webhooks import Webhook as WebhookValue
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, in_path, rendered
from twincast.usecases import webhooks
from twincast.usecases.replies import Reply, once
from twincast.wire.shapes import parsed
from twincast.wire.webhooks import Webhook, WebhookDeliveries, WebhookDelivery, WebhookIn, WebhookMade, Webhooks

PATH: Final = "/webhooks"
router = APIRouter(prefix=PATH, tags=["webhooks"])


@router.post(
    "",
    **address(
        "Register a webhook",
        WebhookMade,
        scope="admin",
        status=201,
        body=WebhookIn,
        problems=(400, 413, 415, 422),
        creates=True,
    ),
)
async def register(request: Request) -> Response:
    """Let an address be told when a job ends; the answer holds the secret of the signatures, this once."""
    ctx = entered(request, "admin")
    body = parsed(WebhookIn, await json_body(request))
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: webhooks.register(within, body.url, body.events), _made)

    return response_of(await door_of(request).do(work))


@router.get("", **address("List webhooks", Webhooks, scope="admin"))
def listing(request: Request) -> Response:
    """Return all webhooks, oldest first, without their secrets."""
    return rendered(Webhooks(items=[Webhook.of(it) for it in webhooks.listing(entered(request, "admin"))]))


@router.get("/{webhook_id}", **address("Look at a webhook", Webhook, scope="admin", problems=(404,)))
async def get(request: Request, webhook_id: str) -> Response:
    """Return a webhook without its secret."""
    ctx = entered(request, "admin")
    return rendered(Webhook.of(await door_of(request).do(lambda: webhooks.get(ctx, webhook_id))))


@router.delete("/{webhook_id}", **address("Take a webhook away", Webhook, scope="admin", problems=(404,)))
async def remove(request: Request, webhook_id: str) -> Response:
    """Delete a webhook and what it was told; nothing is sent to it any more."""
    ctx = entered(request, "admin")
    return rendered(Webhook.of(await door_of(request).do(lambda: webhooks.remove(ctx, webhook_id))))


@router.get(
    "/{webhook_id}/deliveries",
    **address("See what it was told", WebhookDeliveries, scope="admin", problems=(404, 422)),
)
def deliveries(request: Request, webhook_id: str, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through the deliveries of a webhook, newest first, with every attempt."""
    page = webhooks.deliveries(entered(request, "admin"), webhook_id, cursor, limit)
    return rendered(
        WebhookDeliveries(items=[WebhookDelivery.of(it) for it in page.items], next_cursor=page.next_cursor)
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    **address("Tell it once more", WebhookDelivery, scope="admin", status=202, problems=(404,)),
)
async def replay(request: Request, webhook_id: str, delivery_id: str) -> Response:
    """Send a delivery once more: the same id and body, signed anew."""
    ctx = entered(request, "admin")
    told = await door_of(request).do(lambda: webhooks.replay(ctx, webhook_id, delivery_id))
    return Response(WebhookDelivery.of(told).rendered(), status_code=202, media_type="application/json")


def _made(webhook: WebhookValue, _stored: bool) -> Reply:
    where = {"Location": f"{API}{PATH}/{in_path(webhook.id)}"}
    return Reply(status=201, body=WebhookMade.of(webhook).rendered(), headers=where, subjects=(webhook.id,))
