"""Segments through the HTTP door."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TWINS, customer
from twincast.wire.segments import SegmentIn

SEGMENTS = f"{API}/segments"
BODY: Any = SegmentIn.model_config["json_schema_extra"]
EXAMPLE: dict[str, Any] = BODY["examples"][0]


@pytest.mark.req("I27")
class TestSegments:
    def test_are_defined_counted_listed_and_deleted(self, known: TestClient) -> None:
        known.post(TWINS, json=customer(customer_id="gold one", segment="gold"))
        body = {"name": "Gold +", "any": [{"field": "segment", "operator": "in", "value": ["gold", 3]}]}
        made = known.post(SEGMENTS, json=body)
        assert (made.status_code, made.headers["location"]) == (201, f"{SEGMENTS}/Gold%20%2B")
        assert made.json()["any"] == [{"field": "segment", "operator": "in", "value": ["gold", 3.0]}]
        assert known.post(SEGMENTS, json=body).status_code == 200
        shown = known.get(made.headers["location"]).json()
        assert (shown["count"]["members"], shown["count"]["twins"]) == (1, 2)
        assert known.get(f"{made.headers['location']}/members").json() == {
            "items": [{"digital_twin_id": "twin_gold%20one", "customer_id": "gold one"}],
            "next_cursor": None,
        }
        known.post(SEGMENTS, json=EXAMPLE)
        assert [it["name"] for it in known.get(SEGMENTS).json()["items"]] == ["Gold +", EXAMPLE["name"]]
        assert known.delete(made.headers["location"]).json()["name"] == "Gold +"
        assert known.get(made.headers["location"]).json()["code"] == "unknown-segment"

    def test_the_same_key_gives_the_first_answer(self, known: TestClient) -> None:
        answers = [known.post(SEGMENTS, json=EXAMPLE, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [it.status_code for it in answers] == [201, 201]
        assert answers[0].content == answers[1].content

    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            ({"field": "orders", "operator": "~", "value": 1}, "every[0].operator"),
            ({"field": "orders", "operator": ">", "value": None}, "every[0].value"),
            ({"field": "orders", "operator": "in", "value": [True]}, "every[0].value"),
            ({"field": "orders", "operator": ">", "value": "many"}, "every[0].value"),
            ({"field": "religion", "operator": "=", "value": "x"}, "every[0].field"),
            ({"field": "orders", "operator": ">"}, "every[0].value"),
            ({"field": "orders", "operator": ">", "value": 1, "or": 2}, "every[0].or"),
        ],
    )
    def test_wrong_rules_are_refused_by_name(self, client: TestClient, rule: dict[str, Any], field: str) -> None:
        answer = client.post(SEGMENTS, json={"name": "s", "every": [rule]})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
