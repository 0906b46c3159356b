"""Where webhooks and what they are told are kept, as the use cases and those who deliver see it."""

from typing import Protocol

from twincast.domain.ids import DeliveryId, WebhookId
from twincast.domain.pages import Page
from twincast.domain.webhooks import Attempt, Delivery, Webhook


class WebhookRepository(Protocol):
    """The webhooks of one workspace, their deliveries and every attempt at them."""

    def get(self, webhook_id: WebhookId) -> Webhook | None:
        """Return a webhook, or None."""
        ...

    def all(self) -> list[Webhook]:
        """Return all webhooks, oldest first."""
        ...

    def add(self, webhook: Webhook) -> None:
        """Store a webhook. Raises WriteConflict where its id is taken."""
        ...

    def remove(self, webhook_id: WebhookId) -> int:
        """Delete a webhook with its deliveries and their attempts; return 1, or 0 where there is none."""
        ...

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return a delivery, or None."""
        ...

    def send(self, delivery: Delivery) -> None:
        """Store a delivery, in place of an earlier state of it."""
        ...

    def deliveries(self, webhook_id: WebhookId, cursor: str | None, limit: int) -> Page[Delivery]:
        """Page through the deliveries of a webhook, newest first."""
        ...

    def note(self, delivery_id: DeliveryId, attempt: Attempt) -> None:
        """Store an attempt. Raises WriteConflict where one of its number is stored."""
        ...

    def attempts(self, delivery_id: DeliveryId) -> list[Attempt]:
        """Return the attempts at a delivery, oldest first."""
        ...
