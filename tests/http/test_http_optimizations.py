"""Optimal messages through the HTTP door: the document's body, its shape, what is kept, and what is wrong."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TEST, customer

OPTIMIZE = f"{API}/intervention-testing/optimize"
KEPT = f"{API}/intervention-testing/optimizations"


def body(**changes: Any) -> dict[str, Any]:
    """The document's request."""
    return {
        "digital_twin_id": "twin_cust_12345",
        "objective": "maximize_purchase_probability",
        "constraints": {"discount_max": 0.30, "message_length_max": 100, "tone": "professional"},
        "context": {"occasion": "customer_birthday", "product_focus": "premium_line", "urgency": "low"},
    } | changes


class TestTheDocument:
    @pytest.mark.req("R90", "R98", "R99", "R100", "R102", "R103", "A65")
    def test_its_body_gives_its_answer_and_a_test_gives_the_same_numbers(self, known: TestClient) -> None:
        answer = known.post(OPTIMIZE, json=body())
        assert answer.status_code == 200
        found = answer.json()
        message, insights = found["optimized_message"], found["optimization_insights"]
        assert {type(it) for it in insights["key_elements"] + insights["avoided_elements"]} == {str}
        resolved = message["resolved"]
        sent = {"type": resolved["type"], "channel": resolved["channel"], "content": message["content"]}
        test = {
            "digital_twin_id": "twin_cust_12345",
            "intervention": sent | {"products": ["premium_line"]},
            "predict": ["will_engage", "will_purchase"],
        }
        again = known.post(TEST, json=test).json()["predictions"]
        assert message["predicted_engagement"] == again["will_engage"]["likelihood"]
        assert message["predicted_conversion"] == again["will_purchase"]["likelihood"]
        assert message["objective"]["low"] <= message["predicted_conversion"] <= message["objective"]["high"]

    @pytest.mark.req("R104")
    def test_it_is_kept_with_its_trace_byte_for_byte(self, known: TestClient) -> None:
        answer = known.post(OPTIMIZE, json=body())
        found = answer.json()
        again = known.get(f"{KEPT}/{found['optimization_id']}")
        assert again.content == answer.content
        assert known.get(KEPT, params={"twin": "cust_12345"}).json()["items"] == [found]
        trace = found["trace"]
        assert trace["candidates"] == sum(it["scored"] for it in trace["rounds"]) > 300
        assert trace["finalists"][0]["content"] == found["optimized_message"]["content"]

    def test_who_is_erased_takes_it_along(self, known: TestClient) -> None:
        found = known.post(OPTIMIZE, json=body(candidates=10)).json()
        exported = known.get(f"{API}/customers/digital-twin/twin_cust_12345/export").json()
        assert len(exported["optimizations"]) == 1
        certificate = known.delete(f"{API}/customers/digital-twin/twin_cust_12345").json()
        assert certificate["removed"]["optimizations"] == 1
        assert known.get(f"{KEPT}/{found['optimization_id']}").status_code == 404


@pytest.mark.req("R91", "A38", "A39")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"objective": "maximize_luck"}, "objective"),
        ({"constraints": {"discount_max": 1.4}}, "constraints.discount_max"),
        ({"constraints": {"message_length_max": 0}}, "constraints.message_length_max"),
        ({"constraints": {"tone": "pirate"}}, "constraints.tone"),
        ({"constraints": {"message_length_unit": "lines"}}, "constraints.message_length_unit"),
        ({"context": {"urgency": "extreme"}}, "context.urgency"),
        ({"context": {"occasion": "full_moon"}}, "context.occasion"),
        ({"context": {"occasion": "service_recovery"}}, "context.matter"),
        ({"context": {"claims": {"magic": ""}}}, "context.claims.magic"),
        ({"objective": "maximize_incremental_profit"}, "costs.margin"),
        ({"costs": {"margin": 1.5}}, "costs.margin"),
        ({"candidates": 0}, "candidates"),
        ({"drafts": 99}, "drafts"),
        ({"channel": "call"}, "channel"),
        ({"baselines": [{"id": "A", "content": "x"}, {"id": "A", "content": "y"}]}, "baselines[1].id"),
    ],
)
def test_what_is_wrong_is_named(known: TestClient, changes: dict[str, Any], field: str) -> None:
    answer = known.post(OPTIMIZE, json=body(**changes))
    assert answer.status_code == 422
    assert field in {it["field"] for it in answer.json()["errors"]}
    assert known.get(KEPT).json()["items"] == []


def test_the_smallest_contradiction_is_named(known: TestClient) -> None:
    facts = ["Take 40% off today.", "We are open on Sundays."]
    given = body(constraints={"discount_max": 0.3, "required_facts": facts}, context={"urgency": "high"})
    answer = known.post(OPTIMIZE, json=given)
    assert answer.status_code == 422
    assert answer.json()["code"] == "contradictory-constraints"
    assert {it["field"] for it in answer.json()["errors"]} == {
        "constraints.discount_max",
        "constraints.required_facts[0]",
    }


def test_what_no_message_can_be_says_which_rule_kept_them_out(known: TestClient) -> None:
    answer = known.post(OPTIMIZE, json=body(constraints={"message_length_max": 1}))
    assert (answer.status_code, answer.json()["code"]) == (422, "no-message")
    assert "length_max" in answer.json()["detail"]


def test_objectives_are_listed(client: TestClient) -> None:
    found = client.get(f"{API}/objectives").json()
    assert found["default"] == found["objectives"][0]["name"] == "maximize_purchase_probability"
    assert [it["name"] for it in found["objectives"] if it["needs_costs"]] == ["maximize_incremental_profit"]


def test_nobody_unknown_is_written_to(client: TestClient) -> None:
    assert client.post(OPTIMIZE, json=body()).status_code == 404
    opted_out = customer(profiling_opt_out=True)
    assert client.post(f"{API}/customers/digital-twin", json=opted_out).status_code == 201
    assert client.post(OPTIMIZE, json=body()).status_code == 403
