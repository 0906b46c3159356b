"""Webhooks and deliveries to store, with nothing in them that a store could make up."""

from datetime import timedelta
from typing import Any

from tests.storage.jobs import PROBLEM
from tests.storage.records import NOON
from twincast.domain.ids import DeliveryId, WebhookId
from twincast.domain.webhooks import Attempt, Delivery, DeliveryStatus, Webhook


def a_webhook(name: str = "hook_1", seconds: float = 0) -> Webhook:
    return Webhook(
        id=WebhookId(name),
        url="https://shop.example/hooks?a=b",
        events=("job.failed", "job.cancelled"),
        secret=bytes(range(256)),
        created_at=NOON + timedelta(seconds=seconds),
    )


def a_delivery(name: str = "msg_1", seconds: float = 0, **changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "id": DeliveryId(name),
        "webhook": WebhookId("hook_1"),
        "event": "job.failed",
        "body": '{"detail":"no – 日本"}',
        "status": DeliveryStatus.PENDING,
        "attempts": 3,
        "waits": 2,
        "due_at": NOON + timedelta(seconds=seconds + 9),
        "created_at": NOON + timedelta(seconds=seconds),
    }
    return Delivery(**{**values, **changes})


def an_attempt(number: int = 1, **changes: Any) -> Attempt:
    values: dict[str, Any] = {"number": number, "at": NOON, "seconds": 0.1 + 0.2, "status": 500, "problem": PROBLEM}
    return Attempt(**{**values, **changes})
