"""What the stores promise of webhooks, of what they are told, and of the attempts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.records import NOON, OTHER, SHOP
from tests.storage.webhooks import a_delivery, a_webhook, an_attempt
from tests.storage.writes import fill, ids
from twincast.domain.errors import WriteConflict
from twincast.domain.ids import WebhookId
from twincast.domain.webhooks import DeliveryStatus
from twincast.ports.stores import Store


def test_webhooks_come_back_as_they_were_and_show_no_secret(store: Store) -> None:
    made = [a_webhook("hook_2", 2), a_webhook("hook_1", 1)]
    fill(store, *(lambda unit, it=it: unit.webhooks.add(it) for it in made))
    with store.reading(SHOP) as unit:
        assert unit.webhooks.all() == made[::-1]
        assert unit.webhooks.get(made[0].id) == made[0]
        assert unit.webhooks.get(WebhookId("nothing")) is None
    with store.reading(OTHER) as unit:
        assert unit.webhooks.all() == []
    assert "\\x00" not in repr(made[0])


def test_deliveries_change_in_place_and_keep_their_attempts(store: Store) -> None:
    first, second = a_delivery("msg_1"), a_delivery("msg_2", 1)
    tries = [an_attempt(1), an_attempt(2, status=None), an_attempt(3, status=204, problem=None)]
    fill(store, lambda unit: unit.webhooks.add(a_webhook()))
    fill(store, lambda unit: unit.webhooks.send(first), lambda unit: unit.webhooks.send(second))
    fill(store, *(lambda unit, it=it: unit.webhooks.note(first.id, it) for it in tries))
    changed = replace(first, status=DeliveryStatus.DELIVERED, due_at=None, attempts=4)
    fill(store, lambda unit: unit.webhooks.send(changed))
    with store.reading(SHOP) as unit:
        assert unit.webhooks.delivery(first.id) == changed
        assert unit.webhooks.attempts(first.id) == tries
        assert unit.webhooks.attempts(second.id) == []
        page = unit.webhooks.deliveries(a_webhook().id, None, 1)
        assert ids(page) + ids(unit.webhooks.deliveries(a_webhook().id, page.next_cursor, 9)) == ["msg_2", "msg_1"]
    with store.writing(SHOP) as unit, pytest.raises(WriteConflict):
        unit.webhooks.note(first.id, an_attempt(2))


def test_the_board_shows_what_is_due_in_every_workspace(store: Store) -> None:
    for shop, messages in ((SHOP, [a_delivery("late", 5), a_delivery("later", 60)]), (OTHER, [a_delivery("early", 1)])):
        sends = [lambda unit, it=it: unit.webhooks.send(it) for it in messages]
        fill(store, lambda unit: unit.webhooks.add(a_webhook()), *sends, workspace=shop)
    fill(store, lambda unit: unit.webhooks.send(a_delivery("over", due_at=None)))
    assert list(store.board.due(NOON + timedelta(seconds=20), 9)) == [(OTHER, "early", 3), (SHOP, "late", 3)]
    assert len(store.board.due(NOON + timedelta(seconds=99), 2)) == 2


def test_a_webhook_goes_with_all_that_it_was_told(store: Store) -> None:
    fill(store, lambda unit: unit.webhooks.add(a_webhook()), lambda unit: unit.webhooks.send(a_delivery()))
    fill(store, lambda unit: unit.webhooks.note(a_delivery().id, an_attempt()))
    with store.writing(SHOP) as unit:
        assert unit.webhooks.remove(a_webhook().id) == 1
        assert unit.webhooks.remove(a_webhook().id) == 0
        unit.commit()
    with store.reading(SHOP) as unit:
        assert unit.webhooks.delivery(a_delivery().id) is None
        assert unit.webhooks.attempts(a_delivery().id) == []
    assert store.board.due(NOON + timedelta(days=1), 9) == []
