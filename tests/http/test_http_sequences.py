"""Plans over time through the HTTP door."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API

SEQUENCE = f"{API}/intervention-testing/sequence"
BODY: dict[str, Any] = {
    "digital_twin_id": "twin_cust_12345",
    "messages": [
        {"id": "offer", "type": "promotional_offer", "content": "20% off our premium line"},
        {"id": "news", "type": "newsletter", "content": "New arrivals: see our premium line"},
    ],
    "max_messages": 3,
}


@pytest.mark.req("I25")
def test_gives_messages_in_time_with_what_each_adds(known: TestClient) -> None:
    answer = known.post(SEQUENCE, json=BODY)
    assert answer.status_code == 200
    plan = answer.json()
    assert [len(plan["steps"]), plan["end"]["reason"]] == [3, "messages"]
    starts = [step["window"]["starts_at"] for step in plan["steps"]]
    assert starts == sorted(starts)
    assert plan["total"] == pytest.approx(sum(step["worth"]["gain"]["value"] for step in plan["steps"]), abs=1e-15)
    for step in plan["steps"]:
        assert step["worth"]["gain"]["value"] == step["predictions"]["will_purchase"]["uplift"]["value"]
    assert known.post(SEQUENCE, json=BODY).content == answer.content


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"digital_twin_id": "nobody"}, 404, None),
        ({"messages": []}, 422, "messages"),
        ({"objective": "profit", "costs": {"margin": 0.4}}, 422, "costs.contact"),
        ({"predict": ["will_open"]}, 422, "predict"),
        ({"max_messages": 21}, 422, "max_messages"),
    ],
)
def test_what_is_wrong_is_a_problem(known: TestClient, changes: dict[str, Any], status: int, field: str | None) -> None:
    answer = known.post(SEQUENCE, json=BODY | changes)
    assert answer.status_code == status
    assert field is None or field in {it["field"] for it in answer.json()["errors"]}
