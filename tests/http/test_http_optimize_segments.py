"""One message for many: the price of not personalising, where there is none, and who is left out."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TWINS, customer

TOGETHER = f"{API}/intervention-testing/optimize/segment"


def people(count: int) -> list[dict[str, Any]]:
    """Customers who buy coffee, or tea, and have not much else in common."""
    return [
        customer(
            customer_id=f"c{number}",
            behavioral_data={"interests": ["coffee" if number % 2 else "tea"], "preferred_channels": ["email"]},
            profiling_opt_out=number == 0,
        )
        for number in range(count)
    ]


@pytest.fixture
def shop(client: TestClient) -> TestClient:
    for it in people(7):
        assert client.post(TWINS, json=it).status_code == 201
    return client


def body(**changes: Any) -> dict[str, Any]:
    return {
        "digital_twin_ids": [f"c{number}" for number in range(7)],
        "constraints": {"discount_max": 0.2},
        "candidates": 60,
    } | changes


@pytest.mark.req("R202")
def test_one_message_for_many_with_the_price_of_not_personalising(shop: TestClient) -> None:
    answer = shop.post(TOGETHER, json=body())
    assert answer.status_code == 200
    found = answer.json()
    assert (found["customers"], found["members"], found["refused"]) == (6, 7, 1)
    price = found["price_of_not_personalising"]
    assert price["low"] <= price["value"] <= price["high"]
    assert price["value"] > 0.0
    assert found["plans"] >= 2
    assert shop.post(TOGETHER, json=body()).content == answer.content
    assert "since" not in found["content"]


def test_where_all_are_alike_personalising_gains_nothing(shop: TestClient) -> None:
    found = shop.post(TOGETHER, json=body(digital_twin_ids=["c1", "c3", "c5"])).json()
    assert found["price_of_not_personalising"]["value"] == pytest.approx(0.0, abs=1e-9)
    assert found["suits"] == 1.0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"digital_twin_ids": None}, 422),
        ({"customer_segment": "all"}, 422),
        ({"digital_twin_ids": None, "customer_segment": "nobody"}, 404),
        ({"digital_twin_ids": ["stranger"]}, 404),
        ({"digital_twin_ids": ["c0"]}, 403),
        ({"objective": "profit"}, 422),
    ],
)
def test_what_is_wrong_is_named(shop: TestClient, changes: dict[str, Any], status: int) -> None:
    assert shop.post(TOGETHER, json=body(**changes)).status_code == status
