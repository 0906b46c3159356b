"""Webhooks: registered, listed, taken away; what they were told, and telling it once more."""

import secrets
from collections.abc import Sequence
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownWebhook
from twincast.domain.ids import DeliveryId, WebhookId
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.webhooks import EVENTS, Delivery, Told, Webhook, url_problem
from twincast.ports.stores import UnitOfWork
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.references import is_text

SECRET_BYTES: Final = 32
MOST: Final = 50
"""Webhooks of one workspace."""


def register(ctx: Context, url: str, events: Sequence[str] = ()) -> Webhook:
    """Let an address be told when a job ends. Its secret is in the answer, and is shown this once.

    Args:
        ctx: who asks.
        url: where to; in a private network only where the settings allow it.
        events: of what (`domain.webhooks.EVENTS`); empty for all.

    Raises:
        InvalidInput: naming `url` or `events`.
    """
    problems = []
    wrong = url_problem(url, private=ctx.private_webhooks)
    if wrong is not None:
        allowed = "https:// and a host of the open internet (TWINCAST_PRIVATE_WEBHOOKS=1 allows others)"
        problems.append(FieldProblem(field="url", message=wrong, allowed=allowed))
    known = tuple(EVENTS.values())
    if unknown := [event for event in events if event not in known]:
        message = f"{unknown[0][:80]!a} is no event"
        problems.append(FieldProblem(field="events", message=message, allowed=", ".join(known)))
    if problems:
        raise InvalidInput.of(problems)
    webhook = Webhook(
        id=WebhookId(ctx.ids.new("hook_")),
        url=url,
        events=tuple(event for event in known if event in (events or known)),
        secret=secrets.token_bytes(SECRET_BYTES),
        created_at=ctx.clock.now(),
    )
    with ctx.store.writing(ctx.workspace) as unit:
        if len(unit.webhooks.all()) >= MOST:
            message = f"there are {MOST} webhooks already"
            raise InvalidInput.of([FieldProblem(field="url", message=message, allowed="take one away first")])
        unit.webhooks.add(webhook)
        record(unit, ctx, "webhook.registered", webhook.id)
        ctx.keep(unit, webhook)
        unit.commit()
    return webhook


def listing(ctx: Context) -> list[Webhook]:
    """Return all webhooks of the workspace, oldest first."""
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.webhooks.all()


def get(ctx: Context, webhook_id: str) -> Webhook:
    """Return a webhook.

    Raises:
        UnknownWebhook: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        return _found(unit, webhook_id)


def remove(ctx: Context, webhook_id: str) -> Webhook:
    """Take a webhook away, with what it was told; nothing is sent to it any more.

    Raises:
        UnknownWebhook: there is none in this workspace.
    """
    with ctx.store.writing(ctx.workspace) as unit:
        webhook = _found(unit, webhook_id)
        unit.webhooks.remove(webhook.id)
        record(unit, ctx, "webhook.removed", webhook.id)
        unit.commit()
    return webhook


def deliveries(ctx: Context, webhook_id: str, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Told]:
    """Page through what a webhook was told, newest first, with every attempt.

    Raises:
        UnknownWebhook: there is none in this workspace.
    """
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        page = unit.webhooks.deliveries(_found(unit, webhook_id).id, cursor, limit)
        return Page(items=tuple(_told(unit, it) for it in page.items), next_cursor=page.next_cursor)


def replay(ctx: Context, webhook_id: str, delivery_id: str) -> Told:
    """Send a delivery once more: the same id and the same body, signed anew.

    Raises:
        UnknownWebhook: there is no such webhook, or it was never told so.
    """
    with ctx.store.writing(ctx.workspace) as unit:
        webhook = _found(unit, webhook_id)
        found = unit.webhooks.delivery(DeliveryId(delivery_id)) if is_text(delivery_id) else None
        if found is None or found.webhook != webhook.id:
            raise UnknownWebhook(f"The webhook was never told '{ascii(delivery_id[:80])[1:-1]}'.")
        changed = found.replayed(ctx.clock.now())
        unit.webhooks.send(changed)
        record(unit, ctx, "webhook.replayed", found.id)
        told = _told(unit, changed)
        unit.commit()
    return told


def _told(unit: UnitOfWork, delivery: Delivery) -> Told:
    return Told(delivery=delivery, attempts=tuple(unit.webhooks.attempts(delivery.id)))


def _found(unit: UnitOfWork, webhook_id: str) -> Webhook:
    webhook = unit.webhooks.get(WebhookId(webhook_id)) if is_text(webhook_id) else None
    if webhook is None:
        raise UnknownWebhook(f"There is no webhook '{ascii(webhook_id[:80])[1:-1]}' in this workspace.")
    return webhook
