"""Webhooks as callers register and see them; the secret is in the first answer and in no other."""

import base64
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from twincast.domain import webhooks
from twincast.domain.webhooks import EVENTS, MAX_URL
from twincast.wire.jobs import JobProblem
from twincast.wire.shapes import Answer, Listed, Name, Request

Url = Annotated[str, StringConstraints(max_length=MAX_URL)]


class WebhookIn(Request):
    """An address that is to be told when a job has ended."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"url": "https://shop.example/hooks", "events": ["job.succeeded"]}]},
    )

    url: Url = Field(description="https://, in the open internet; the settings may allow others.")
    events: list[Name] = Field(
        default_factory=list, max_length=len(EVENTS), description=f"Of {', '.join(EVENTS.values())}; empty for all."
    )


class Webhook(Answer):
    """An address that is told."""

    webhook_id: str
    url: str
    events: list[str]
    created_at: datetime

    @classmethod
    def of(cls, webhook: webhooks.Webhook) -> "Webhook":
        """Render a webhook without its secret."""
        return cls(webhook_id=webhook.id, url=webhook.url, events=list(webhook.events), created_at=webhook.created_at)


class WebhookMade(Webhook):
    """A new webhook, with the secret that its messages are signed with: it is shown this once."""

    secret: str = Field(description="`whsec_` and the key in base64, as Standard Webhooks libraries take it.")

    @classmethod
    def of(cls, webhook: webhooks.Webhook) -> "WebhookMade":
        """Render a new webhook."""
        return cls(**dict(Webhook.of(webhook)), secret=secret_of(webhook))


class Webhooks(Answer):
    """All webhooks of the workspace, oldest first."""

    items: list[Webhook]


class DeliveryAttempt(Answer):
    """One try to deliver."""

    number: int
    at: datetime
    seconds: float
    status: int | None = Field(description="Of the answer; null where there was none.")
    problem: JobProblem | None = Field(description="null where it was delivered.")


class WebhookDelivery(Answer):
    """Something that a webhook was told, or is to be."""

    delivery_id: str = Field(description="The `webhook-id` of the message: the same in every attempt and replay.")
    webhook_id: str
    event: str
    status: Literal["pending", "delivered", "failed"]
    body: str = Field(description="As it was signed.")
    due_at: datetime | None = Field(description="When it is tried next; null where it is not.")
    created_at: datetime
    attempts: list[DeliveryAttempt]

    @classmethod
    def of(cls, told: webhooks.Told) -> "WebhookDelivery":
        """Render a delivery with every attempt."""
        it = told.delivery
        return cls(
            delivery_id=it.id,
            webhook_id=it.webhook,
            event=it.event,
            status=it.status.value,
            body=it.body,
            due_at=it.due_at,
            created_at=it.created_at,
            attempts=[
                DeliveryAttempt(
                    number=made.number,
                    at=made.at,
                    seconds=made.seconds,
                    status=made.status,
                    problem=None
                    if made.problem is None
                    else JobProblem(code=made.problem.code, detail=made.problem.detail),
                )
                for made in told.attempts
            ],
        )


class WebhookDeliveries(Listed[WebhookDelivery]):
    """A page of what a webhook was told, newest first."""


def secret_of(webhook: webhooks.Webhook) -> str:
    """Return a secret as Standard Webhooks libraries take it."""
    return f"whsec_{base64.b64encode(webhook.secret).decode()}"
