"""Webhooks at the HTTP door: the secret once, private addresses refused, deliveries with their attempts, replays."""

import base64
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API
from tests.storage.webhooks import a_delivery, an_attempt
from twincast.bootstrap.container import Parts
from twincast.domain.ids import WebhookId

HOOKS = f"{API}/webhooks"
URL = "https://shop.example/hooks"


@pytest.mark.req("I12")
def test_the_secret_is_shown_once_and_what_was_told_can_be_told_again(client: TestClient, parts: Parts) -> None:
    made = client.post(HOOKS, json={"url": URL, "events": ["job.failed"]}, headers={"Idempotency-Key": "k"})
    assert made.status_code == 201
    assert client.post(HOOKS, json={"url": URL, "events": ["job.failed"]}, headers={"Idempotency-Key": "k"}).json() == (
        made.json()
    )
    opening, _, key = made.json()["secret"].partition("_")
    assert (opening, len(base64.b64decode(key))) == ("whsec", 32)
    shown = {name: value for name, value in made.json().items() if name != "secret"}
    place = made.headers["location"]
    assert client.get(place).json() == shown
    assert client.get(HOOKS).json() == {"items": [shown]}

    message = a_delivery(webhook=WebhookId(shown["webhook_id"]))
    with parts.store.writing(parts.context().workspace) as unit:
        unit.webhooks.send(message)
        unit.webhooks.note(message.id, an_attempt())
        unit.commit()
    (told,) = client.get(f"{place}/deliveries").json()["items"]
    assert (told["delivery_id"], told["status"], told["body"]) == (message.id, "pending", message.body)
    assert [it["status"] for it in told["attempts"]] == [500]
    again = client.post(f"{place}/deliveries/{message.id}/replay")
    assert (again.status_code, again.json()["delivery_id"]) == (202, message.id)
    assert client.post(f"{place}/deliveries/msg_2/replay").status_code == 404
    assert client.delete(place).json() == shown
    for gone in (client.get(place), client.delete(place), client.get(f"{place}/deliveries")):
        assert (gone.status_code, gone.json()["code"]) == (404, "unknown-webhook")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": "http://shop.example/"}, "url"),
        ({"url": URL, "events": ["job.exploded"]}, "events"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({}, "url"),
    ],
)
def test_what_can_not_be_told_is_named(client: TestClient, body: object, field: str) -> None:
    answer = client.post(HOOKS, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert client.get(HOOKS).json() == {"items": []}


def test_only_administrators_may(make_client: Callable[..., TestClient], make_key: Callable[..., str]) -> None:
    client = make_client(make_key(scopes=("read", "write")))
    assert client.post(HOOKS, json={"url": URL}).status_code == 403
    assert client.get(HOOKS).status_code == 403
