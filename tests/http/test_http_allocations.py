"""Allocations through the HTTP door: decided at once, as a job, from a table or a batch; lists to take away."""

import io
import json
from typing import Any

import polars
import pytest
from starlette.testclient import TestClient

from tests.http.bodies import BATCH, TWINS, customer
from twincast.wire.allocations import AllocationOut

PATH = "/api/v1/allocations"
IDS = [f"c{place}" for place in range(12)]
OFFERS = [
    {"id": "ten", "content": "10% off this week", "channel": "email", "cost": 0.05},
    {"id": "new", "content": "Early access to our new collection", "channel": "email", "cost": 0.05},
]


def body(**changes: Any) -> dict[str, Any]:
    usual = {"digital_twin_ids": IDS, "offers": OFFERS, "costs": {"margin": 0.5}, "budget": 1.0}
    return {key: value for key, value in {**usual, **changes}.items() if value is not None}


@pytest.fixture
def shop(client: TestClient) -> TestClient:
    for place, name in enumerate(IDS):
        history = customer()["history"] | {"total_purchases": 1 + 4 * place}
        assert client.post(TWINS, json=customer(customer_id=name, history=history)).status_code == 201
    return client


def decided(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    AllocationOut.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.req("I24", "N7", "R201")
def test_is_decided_looked_at_listed_taken_away_and_deleted(shop: TestClient) -> None:
    answer = shop.post(PATH, json=body(), headers={"Idempotency-Key": "one"})
    found = decided(answer)
    assert found["status"] == "succeeded"
    assert len(found["assignments"]) == found["customers"] == len(IDS)
    assert found["limits"][0]["used"] <= 1.0
    here = f"{PATH}/{found['allocation_id']}"
    assert answer.headers["content-location"] == here
    assert shop.get(here).json() == found
    assert shop.post(PATH, json=body(), headers={"Idempotency-Key": "one"}).json() == found
    page = shop.get(here, params={"limit": 5}).json()
    assert page["assignments"] == found["assignments"][:5]
    assert shop.get(here, params={"cursor": page["next_cursor"]}).json()["assignments"] == found["assignments"][5:]
    assert [it["allocation_id"] for it in shop.get(PATH).json()["items"]] == [found["allocation_id"]]
    given = [it["offer_id"] or "none" for it in found["assignments"]]
    text = shop.get(f"{here}/send-list", params={"tool": "braze"}).text.splitlines()
    assert text[0].startswith("external_id,twincast_variant")
    assert [line.split(",")[1] for line in text[1:]] == given
    cloud = shop.get(f"{here}/send-list", params={"tool": "braze-cloud", "format": "parquet"})
    frame = polars.read_parquet(io.BytesIO(cloud.content))
    assert frame.columns == ["UPDATED_AT", "EXTERNAL_ID", "PAYLOAD"]
    assert [json.loads(it)["twincast_variant"] for it in frame["PAYLOAD"]] == given
    lines = shop.get(f"{here}/send-list", params={"format": "jsonl", "limit": 3}).text.splitlines()
    assert [json.loads(line)["customer_id"] for line in lines] == IDS[:3]
    assert shop.delete(here).status_code == 204
    assert shop.get(here).json()["code"] == "unknown-allocation"


@pytest.mark.slow
def test_takes_a_table_a_batch_or_a_job(shop: TestClient) -> None:
    first = decided(shop.post(PATH, json=body()))["assignments"]
    table = ("list.csv", "customer_id\n" + "\n".join(IDS), "text/csv")
    request = json.dumps(body(digital_twin_ids=None))
    assert (
        decided(shop.post(f"{PATH}/upload", files={"file": table}, data={"request": request}))["assignments"] == first
    )
    variants = {"digital_twin_ids": IDS, "intervention_variants": OFFERS, "channel": "email"}
    batch = shop.post(BATCH, json=variants).json()["batch_id"]
    asked = body(digital_twin_ids=None, offers=None, batch_id=batch)
    assert decided(shop.post(PATH, json=asked))["assignments"] == first
    later = shop.post(PATH, json=body(), headers={"Prefer": "respond-async"})
    assert later.status_code == 202
    assert later.headers["location"].startswith("/api/v1/jobs/")
    AllocationOut.model_validate_json(later.content)
    waiting = shop.get(f"{later.headers['content-location']}/send-list")
    assert waiting.status_code in {200, 409}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"budget": -1.0}, "budget"),
        ({"budget": 0.01}, "budget"),
        ({"costs": {}}, "costs.margin"),
        ({"offers": [{"id": "x", "content": "10% off"}]}, "offers[0].cost"),
        ({"capacities": {"offers": {"x": 1}}}, "capacities.offers.x"),
        ({"objective": "joy"}, "objective"),
        ({"holdout": 0.0}, "holdout"),
        ({"offers": [{"id": "x", "content": "", "cost": 0.0}]}, "offers.content"),
        ({"offerz": []}, "offerz"),
    ],
)
def test_what_is_wrong_is_named(client: TestClient, changes: dict[str, Any], field: str) -> None:
    answer = client.post(PATH, json=body(**changes))
    assert answer.status_code == 422, answer.text
    assert [it["field"] for it in answer.json()["errors"]][:1] == [field]
