"""What the fields of a record do, seen from outside: a record is sent, its twin is asked, the answers are compared."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import TEST, TWINS, customer, trial, with_, without
from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import Settings
from twincast.entrypoints.http.app import create_app

DAY = "2026-11-23"
Json = dict[str, Any]
Tell = Callable[..., Json]


@pytest.fixture
def told(client: TestClient) -> Tell:
    """Send a record of the document's customer with one value replaced, and return its twin in full."""

    def tell(value: object = None, *path: str, record: Json | None = None) -> Json:
        body = customer(as_of=DAY) if record is None else record | {"as_of": DAY}
        answer = client.post(TWINS, json=with_(body, value, *path) if path else body)
        assert answer.status_code in {200, 201}, answer.text
        shown: Json = client.get(f"{TWINS}/{body['customer_id']}").json()
        return shown

    return tell


def asked(client: TestClient, *fields: str, **intervention: object) -> Json:
    """Ask the document's customer for these fields; a key of the intervention that is None is left out."""
    message = {**trial()["intervention"], **intervention}
    body = trial(predict=list(fields), as_of=DAY)
    body["intervention"] = {key: value for key, value in message.items() if value is not None}
    answer = client.post(TEST, json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def likelihood(client: TestClient, field: str, **intervention: object) -> float:
    return float(asked(client, field, **intervention)["predictions"][field]["likelihood"])


def codes(twin: Json) -> set[tuple[str, str]]:
    return {(warning["code"], warning["field"]) for warning in twin["warnings"]}


class TestFamily:
    @pytest.mark.req("R13")
    def test_is_kept_and_is_evidence_for_a_driver(self, told: Tell) -> None:
        twin = told()
        assert twin["record"]["profile"]["family_status"] == "Married, 2 children"
        assert "family" in twin["key_drivers"]
        assert "profile.family_status" in {it["field"] for it in twin["evidence"] if it["preference"] == "family"}
        assert "family" not in told("Single", "profile", "family_status")["key_drivers"]


class TestLifetimeValue:
    @pytest.mark.req("R16")
    @pytest.mark.parametrize(("value", "agrees"), [(12_000, True), (14_000, True), (15_000, False), (9_000, False)])
    def test_that_does_not_fit_the_orders_is_warned_of(self, told: Tell, value: int, agrees: bool) -> None:
        warned = ("inconsistent-lifetime-value", "behavioral_data.lifetime_value") in codes(
            told(value, "behavioral_data", "lifetime_value")
        )
        assert warned is not agrees

    @pytest.mark.req("R16")
    def test_anchors_its_own_impact_where_no_order_value_is_stated(self, client: TestClient, told: Tell) -> None:
        alone = without(customer(), "behavioral_data", "average_order_value")
        sizes = []
        for value in (3_000, 12_000, 48_000):
            told(value, "behavioral_data", "lifetime_value", record=alone)
            predicted = asked(client, "lifetime_value_impact")["predictions"]["lifetime_value_impact"]
            sizes.append(abs(predicted["estimated_value"]))
        assert sizes == sorted(sizes)
        assert sizes[2] > 4 * sizes[0]


class TestChannels:
    @pytest.mark.req("R17")
    @pytest.mark.parametrize("first", ["email", "mobile_app", "sms"])
    def test_the_first_is_taken_where_a_message_names_none(self, client: TestClient, told: Tell, first: str) -> None:
        told([first, "web"], "behavioral_data", "preferred_channels")
        found = asked(client, "will_engage", channel=None)
        assert found["resolved"]["channel"] == asked(client, "will_engage", channel=first)["resolved"]["channel"]

    @pytest.mark.req("R17")
    @pytest.mark.parametrize("field", ["will_open", "will_engage"])
    def test_a_message_by_another_is_received_less(self, client: TestClient, told: Tell, field: str) -> None:
        told(["email"], "behavioral_data", "preferred_channels")
        liked = likelihood(client, field, channel="email")
        told(["sms"], "behavioral_data", "preferred_channels")
        assert likelihood(client, field, channel="email") < liked


class TestOrders:
    @pytest.mark.req("R19")
    def test_a_beginning_after_the_day_of_the_record_is_refused(self, client: TestClient) -> None:
        late = with_(customer(as_of="2020-01-01"), "2020-01-02", "history", "customer_since")
        answer = client.post(TWINS, json=late)
        assert answer.status_code == 422
        assert [it["field"] for it in answer.json()["errors"]] == ["history.customer_since"]
        assert client.post(TWINS, json=late | {"as_of": "2020-01-03"}).status_code == 201

    @pytest.mark.req("R19")
    def test_the_years_of_a_customer_count_up_to_the_day_of_the_record(self, client: TestClient) -> None:
        for day, days in (("2019-03-25", 10), ("2020-03-15", 366)):
            twin = client.post(TWINS, json=customer(as_of=day)).json()
            assert twin["purchase_process"]["window_days"] == days

    @pytest.mark.req("R20")
    def test_more_in_the_same_time_or_the_same_in_less_is_a_higher_base(self, client: TestClient, told: Tell) -> None:
        plain = without(customer(), "behavioral_data", "purchase_frequency")

        def base(value: object, key: str) -> float:
            told(value, "history", key, record=plain)
            return float(asked(client, "will_purchase")["predictions"]["will_purchase"]["no_contact"]["value"])

        few, some, many = (base(count, "total_purchases") for count in (5, 48, 200))
        assert few < some < many
        assert base("2019-03-15", "customer_since") < base("2026-01-15", "customer_since")


class TestConsistency:
    @pytest.mark.parametrize(
        ("value", "path", "code"),
        [
            (60, ("history", "returns"), "returns-exceed-purchases"),
            (30_000, ("behavioral_data", "lifetime_value"), "inconsistent-lifetime-value"),
        ],
    )
    def test_what_does_not_fit_together_is_kept_and_warned_of(
        self, told: Tell, value: int, path: tuple[str, str], code: str
    ) -> None:
        assert codes(told()) == set()
        assert codes(told(value, *path)) == {(code, ".".join(path))}


class TestCurrency:
    def test_is_the_dollar_where_none_is_stated_and_the_records_own_otherwise(
        self, client: TestClient, told: Tell
    ) -> None:
        for currency, record in (("USD", customer()), ("EUR", customer(currency="EUR"))):
            assert told(record=record)["currency"] == currency
            assert asked(client, "purchase_amount")["predictions"]["purchase_amount"]["currency"] == currency

    def test_that_is_no_code_is_warned_of(self, told: Tell) -> None:
        twin = told(record=customer(currency="dollars"))
        assert (twin["currency"], codes(twin)) == ("USD", {("unknown-currency", "currency")})

    def test_of_the_company_is_a_setting(self, settings: Settings) -> None:
        francs = replace(settings, currency="CHF")
        with closing(open_parts(francs)) as parts:
            app = create_app(francs, parts)
            client = TestClient(app, base_url="http://localhost:8000", client=("127.0.0.1", 50_000))
            assert client.post(TWINS, json=customer()).json()["currency"] == "CHF"

    def test_of_an_offer_in_another_is_warned_of(self, client: TestClient, told: Tell) -> None:
        told()
        found = {text: asked(client, "purchase_amount", content=f"{text} off today") for text in ("$20", "20 EUR")}
        warned = {text: "other-currency" in {it["code"] for it in test["warnings"]} for text, test in found.items()}
        assert warned == {"$20": False, "20 EUR": True}
        paid = {text: test["predictions"]["purchase_amount"] for text, test in found.items()}
        assert paid["20 EUR"]["estimated_value"] == paid["20 EUR"]["no_contact"]["value"]
        assert paid["$20"]["estimated_value"] < paid["$20"]["no_contact"]["value"]
