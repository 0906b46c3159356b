"""Webhooks in the database, what they are told, and every attempt."""

from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from twincast.domain.ids import DeliveryId, WebhookId
from twincast.domain.pages import Page
from twincast.domain.webhooks import Attempt, Delivery, DeliveryStatus, Webhook
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.job_tables import deliveries, delivery_attempts, webhooks
from twincast.storage.sql.jobs import problem_columns, problem_of
from twincast.storage.sql.session import Session

HOOK: Final = (webhooks.c.id, webhooks.c.url, webhooks.c.events, webhooks.c.secret, webhooks.c.created_at)
HERE: Final = webhooks.c.workspace_id == bindparam("workspace")
THIS: Final = webhooks.c.id == bindparam("webhook")
ONE: Final = select(*HOOK).where(HERE, THIS)
ALL: Final = select(*HOOK).where(HERE).order_by(webhooks.c.created_at, webhooks.c.id)
ADD: Final = insert(webhooks)
REMOVE: Final = delete(webhooks).where(HERE, THIS)

MESSAGE: Final = (
    deliveries.c.id,
    deliveries.c.webhook_id,
    deliveries.c.event,
    deliveries.c.body,
    deliveries.c.status,
    deliveries.c.attempts,
    deliveries.c.waits,
    deliveries.c.due_at,
    deliveries.c.created_at,
)
SENT_HERE: Final = deliveries.c.workspace_id == bindparam("workspace")
DELIVERY: Final = select(*MESSAGE).where(SENT_HERE, deliveries.c.id == bindparam("delivery"))
SEND: Final = insert(deliveries)
CHANGE: Final = update(deliveries).where(SENT_HERE, deliveries.c.id == bindparam("delivery"))
PAGE: Final = (
    select(*MESSAGE)
    .where(SENT_HERE, deliveries.c.webhook_id == bindparam("webhook"))
    .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
)
OLDER: Final = tuple_(bindparam("created_at"), bindparam("id")) > tuple_(deliveries.c.created_at, deliveries.c.id)
TRY: Final = (
    delivery_attempts.c.number,
    delivery_attempts.c.at,
    delivery_attempts.c.seconds,
    delivery_attempts.c.status,
    delivery_attempts.c.problem_code,
    delivery_attempts.c.problem_detail,
)
NOTE: Final = insert(delivery_attempts)
ATTEMPTS: Final = (
    select(*TRY)
    .where(
        delivery_attempts.c.workspace_id == bindparam("workspace"),
        delivery_attempts.c.delivery_id == bindparam("delivery"),
    )
    .order_by(delivery_attempts.c.number)
)
events_in: Final = msgspec.json.Decoder(tuple[str, ...]).decode
events_out: Final = msgspec.json.Encoder().encode


class SqlWebhooks:
    """The webhooks of one workspace, in a transaction (`ports.webhooks.WebhookRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, webhook_id: WebhookId) -> Webhook | None:
        row = self._session.read(ONE, self._here(webhook=webhook_id)).first()
        return None if row is None else webhook_of(row)

    def all(self) -> list[Webhook]:
        return [webhook_of(row) for row in self._session.read(ALL, self._here())]

    def add(self, webhook: Webhook) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": webhook.id,
            "url": webhook.url,
            "events": events_out(webhook.events).decode(),
            "secret": webhook.secret,
            "created_at": micros_of(webhook.created_at),
        }
        self._session.write(ADD, row)

    def remove(self, webhook_id: WebhookId) -> int:
        return self._session.delete(REMOVE, self._here(webhook=webhook_id))

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        row = self._session.read(DELIVERY, self._here(delivery=delivery_id)).first()
        return None if row is None else delivery_of(row)

    def send(self, delivery: Delivery) -> None:
        changing = {
            "status": delivery.status.value,
            "attempts": delivery.attempts,
            "waits": delivery.waits,
            "due_at": None if delivery.due_at is None else micros_of(delivery.due_at),
        }
        if self.delivery(delivery.id) is not None:
            self._session.write(CHANGE.values(changing), self._here(delivery=delivery.id))
            return
        row = {
            "workspace_id": self._session.workspace,
            "id": delivery.id,
            "webhook_id": delivery.webhook,
            "event": delivery.event,
            "body": delivery.body,
            "created_at": micros_of(delivery.created_at),
        }
        self._session.write(SEND, row | changing)

    def deliveries(self, webhook_id: WebhookId, cursor: str | None, limit: int) -> Page[Delivery]:
        asked, statement = self._here(webhook=webhook_id), PAGE.limit(limit + 1)
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, "deliveries", tuple[Whole, str])
            statement = statement.where(OLDER)
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, delivery_of, lambda row: cursor_of("deliveries", row.created_at, row.id))

    def note(self, delivery_id: DeliveryId, attempt: Attempt) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "delivery_id": delivery_id,
            "number": attempt.number,
            "at": micros_of(attempt.at),
            "seconds": attempt.seconds,
            "status": attempt.status,
        }
        self._session.write(NOTE, row | problem_columns(attempt.problem))

    def attempts(self, delivery_id: DeliveryId) -> list[Attempt]:
        return [attempt_of(row) for row in self._session.read(ATTEMPTS, self._here(delivery=delivery_id))]

    def _here(self, **more: Any) -> dict[str, Any]:
        return {"workspace": self._session.workspace, **more}


def webhook_of(row: Any) -> Webhook:
    """Return the webhook in a row of `HOOK`."""
    name, url, events, secret, created_at = row
    return Webhook(id=name, url=url, events=events_in(events), secret=bytes(secret), created_at=moment_of(created_at))


def delivery_of(row: Any) -> Delivery:
    """Return the delivery in a row of `MESSAGE`."""
    name, webhook, event, body, status, attempts, waits, due_at, created_at = row
    return Delivery(
        id=name,
        webhook=webhook,
        event=event,
        body=body,
        status=DeliveryStatus(status),
        attempts=attempts,
        waits=waits,
        due_at=None if due_at is None else moment_of(due_at),
        created_at=moment_of(created_at),
    )


def attempt_of(row: Any) -> Attempt:
    """Return the attempt in a row of `TRY`."""
    number, at, seconds, status, code, detail = row
    return Attempt(number=number, at=moment_of(at), seconds=seconds, status=status, problem=problem_of(code, detail))
