"""Tests with real customers through the HTTP door: planned, assigned, read."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API

PLANS, READOUTS = f"{API}/test-plans", f"{API}/readouts"
PLAN: dict[str, Any] = {
    "arms": {"sale": {"type": "promotional_email", "content": "20% off this weekend"}, "nothing": None},
    "customers": ["cust_12345"],
    "metric": "purchase",
    "window_days": 14,
    "customers_per_week": 500,
}
ROWS = [
    {"arm": arm, "customer_id": f"c{number}", "outcomes": {"purchase": number % 3 == 0}, "before": {"orders": number}}
    for number, arm in enumerate(["sale", "nothing"] * 30)
]
READ: dict[str, Any] = {"control": "nothing", "shares": {"sale": 0.5, "nothing": 0.5}, "rows": ROWS}


@pytest.mark.req("I20", "N12")
def test_a_plan_is_stored_and_puts_customers_into_arms(known: TestClient) -> None:
    made = known.post(PLANS, json=PLAN, headers={"Idempotency-Key": "p"})
    assert made.status_code == 201
    plan = made.json()
    (effect,) = plan["effects"]
    assert effect["predicted"]["low"] <= effect["predicted"]["value"] <= effect["predicted"]["high"]
    assert (effect["predicted"]["unit"], effect["predicted"]["basis"]) == ("probability", "prior")
    assert plan["weeks"] == -(-plan["customers"] // 500) + 2
    assert known.post(PLANS, json=PLAN, headers={"Idempotency-Key": "p"}).content == made.content
    assert known.get(made.headers["Location"]).content == made.content
    assert [it["test_plan_id"] for it in known.get(PLANS).json()["items"]] == [plan["test_plan_id"]]
    asked = {"customers": [f"c{number}" for number in range(50)]}
    found = known.post(f"{PLANS}/{plan['test_plan_id']}/assignments", json=asked).json()["items"]
    assert {(it["arm"], it["propensity"], it["assignment"]) for it in found} == {
        ("sale", 0.5, "randomised"),
        ("nothing", 0.5, "randomised"),
    }


@pytest.mark.req("N12")
def test_a_readout_says_what_it_shows_and_a_broken_one_shows_nothing(client: TestClient) -> None:
    made = client.post(READOUTS, json=READ, headers={"Idempotency-Key": "r"})
    assert made.status_code == 201
    found = made.json()
    assert (found["assignment"], found["customers"], found["before"]) == ("sound", 60, ["orders"])
    assert found["effects"][0]["plain"]["low"] < 0 < found["effects"][0]["plain"]["high"]
    assert client.get(made.headers["Location"]).content == made.content
    assert [it["readout_id"] for it in client.get(READOUTS).json()["items"]] == [found["readout_id"]]
    broken = client.post(READOUTS, json=READ | {"shares": {"sale": 0.99, "nothing": 0.01}}).json()
    assert (broken["assignment"], broken["effects"], broken["arms"]) == ("broken", [], [])
    assert "No effect is given" in broken["summary"]


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        (PLANS, PLAN | {"customers": ["nobody"]}, 404, None),
        (PLANS, PLAN | {"comparison_id": "c"}, 422, "arms"),
        (PLANS, PLAN | {"power": 2}, 422, "power"),
        (PLANS, PLAN | {"arms": {"a": {"content": "x", "template": "y"}}}, 422, "arms.a.content"),
        (PLANS, PLAN | {"arm": {}}, 422, "arm"),
        (f"{PLANS}/plan_0/assignments", {"customers": ["a"]}, 404, None),
        (f"{PLANS}/plan_0/assignments", {"customers": []}, 422, "customers"),
        (READOUTS, {}, 422, "arms"),
        (READOUTS, {"test_plan_id": "plan_0"}, 404, None),
        (READOUTS, READ | {"shares": {"sale": 2}}, 422, "shares"),
        (READOUTS, READ | {"rows": [{"arm": "sale", "outcomes": {"purchase": 7}}]}, 422, "arms"),
        (READOUTS, READ | {"rows": [*ROWS, {"arm": "sale", "outcomes": {"purchase": 7}}]}, 422, "outcomes.purchase"),
        (READOUTS, READ | {"rows": [{"arm": "sale", "outcomes": {"purchase": "x"}}]}, 422, "rows[0].outcomes.purchase"),
    ],
)
def test_what_is_not_right_is_named(known: TestClient, path: str, body: Any, status: int, field: str | None) -> None:
    answer = known.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if field is not None:
        assert field in [it["field"] for it in answer.json()["errors"]]
    assert known.get(PLANS).json()["items"] == known.get(READOUTS).json()["items"] == []
