"""Webhooks in memory, what they are told, and every attempt."""

from twincast.domain.ids import DeliveryId, WebhookId
from twincast.domain.pages import Page
from twincast.domain.webhooks import Attempt, Delivery, Webhook
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.unit import KeptAttempt, Session


class MemoryWebhooks:
    """The webhooks of one workspace (`ports.webhooks.WebhookRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, webhook_id: WebhookId) -> Webhook | None:
        found: Webhook | None = self._session.read("webhooks").get(webhook_id)
        return found

    def all(self) -> list[Webhook]:
        draft = self._session.read("webhooks")
        return draft.after(None, draft.count())

    def add(self, webhook: Webhook) -> None:
        draft = self._session.write("webhooks")
        if draft.get(webhook.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(webhook.id, webhook)

    def remove(self, webhook_id: WebhookId) -> int:
        draft = self._session.write("webhooks")
        if draft.get(webhook_id) is None:
            return 0
        draft.remove(webhook_id)
        told = self._session.write("deliveries")
        for delivery in self._told(webhook_id):
            told.remove(delivery.id)
            for attempt in self.attempts(delivery.id):
                self._session.write("attempts").remove((delivery.id, attempt.number))
        return 1

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        found: Delivery | None = self._session.read("deliveries").get(delivery_id)
        return found

    def send(self, delivery: Delivery) -> None:
        self._session.write("deliveries").put(delivery.id, delivery)

    def deliveries(self, webhook_id: WebhookId, cursor: str | None, limit: int) -> Page[Delivery]:
        place = None if cursor is None else place_of(cursor, "deliveries", tuple[Whole, str])
        rows = self._session.read("deliveries").before(place, limit + 1, within=(webhook_id,))
        return page_of(
            rows, limit, lambda row: row, lambda row: cursor_of("deliveries", micros_of(row.created_at), row.id)
        )

    def note(self, delivery_id: DeliveryId, attempt: Attempt) -> None:
        draft = self._session.write("attempts")
        if draft.get((delivery_id, attempt.number)) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put((delivery_id, attempt.number), KeptAttempt(delivery=delivery_id, attempt=attempt))

    def attempts(self, delivery_id: DeliveryId) -> list[Attempt]:
        draft = self._session.read("attempts")
        found: list[KeptAttempt] = draft.before(None, draft.count(), within=(delivery_id,))
        return [kept.attempt for kept in reversed(found)]

    def _told(self, webhook_id: WebhookId) -> list[Delivery]:
        draft = self._session.read("deliveries")
        return draft.before(None, draft.count(), within=(webhook_id,))
