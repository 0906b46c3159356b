"""The address of what a run will cost, and `dry_run` where a run is asked for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http import bodies
from tests.llm.chatting import DEAR, chat_of, speaking
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.llm.doubles import Scripted

ESTIMATE = "/api/v1/estimate"
ROOM = "/api/v1/intervention-testing"
BATCH = {"digital_twin_ids": ["cust_12345"], "intervention": {"content": "20% off tea"}, "words": True}
VARIANTS = [{"id": "a", "content": "Tea"}, {"id": "b", "content": "Coffee"}]
COMPARISON = {"digital_twin_id": "cust_12345", "variants": VARIANTS, "words": True}


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    opened = open_parts(settings)
    yield replace(opened, chat=chat_of(opened.context(), Scripted(speaking()), price=DEAR))
    opened.close()


@pytest.mark.req("I19")
@pytest.mark.parametrize(
    ("kind", "path", "body", "calls"),
    [
        ("test", "test", bodies.trial(), 1.0),
        ("comparison", "compare-variants", COMPARISON, 2.0),
        ("batch", "batch", BATCH, 1.0),
    ],
)
def test_a_dry_run_is_the_estimate_and_stores_nothing(
    known: TestClient, kind: str, path: str, body: dict[str, Any], calls: float
) -> None:
    told = known.post(ESTIMATE, json={kind: body})
    assert told.status_code == 200
    dry = known.post(f"{ROOM}/{path}", json={**body, "dry_run": True}, headers={"Idempotency-Key": "k"})
    assert dry.json() == told.json()
    found = told.json()
    assert found["calls"]["low"] == calls
    assert 0.0 < found["usd"]["low"] < found["usd"]["high"]
    assert (found["model"], found["allowed"], found["usd"]["level"]) == ("scripted", "unlimited", 0.95)
    assert known.get("/api/v1/usage").json()["total"]["requests"] == 0
    assert [known.get(f"{ROOM}/{rows}").json()["items"] for rows in ("tests", "comparisons", "batches")] == [[], [], []]
    assert known.post(f"{ROOM}/{path}", json=body, headers={"Idempotency-Key": "k"}).status_code < 300


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "batch"),
        ({"batch": BATCH, "comparison": COMPARISON}, 422, "batch"),
        ({"batch": {**BATCH, "seed": -1}}, 422, "batch.seed"),
        ({"test": {"digital_twin_id": "nobody", "intervention": {"content": "x"}}}, 404, None),
    ],
)
def test_what_can_not_be_run_can_not_be_weighed(
    known: TestClient, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = known.post(ESTIMATE, json=body)
    assert answer.status_code == status
    assert field is None or [it["field"] for it in answer.json()["errors"]] == [field]


def test_a_batch_in_words_over_http_has_them_in_its_rows(known: TestClient) -> None:
    answer = known.post(f"{ROOM}/batch", json=BATCH).json()
    (row,) = answer["individual_results"]
    assert (row["words"]["reply"], row["words"]["calls"], row["words"]["problem"]) == (
        "I might look at the tea.", 1, None,
    )  # fmt: skip
    assert answer["words"] == {"asked": 1, "answered": 1, "problems": {}}
