"""Templates through the HTTP door: listed, and each tested on a twin by its id and slots."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, COMPARE, TEST, comparison, trial
from twincast.reading.templates import template_of, templates

LIST = f"{API}/templates"


def from_template(name: str, **more: Any) -> dict[str, Any]:
    slots = {slot.name: slot.example for slot in template_of(name).slots}
    return {"template": name, "channel": "email", "slots": slots, **more}


class TestTemplates:
    @pytest.mark.req("R209", "I23")
    def test_are_listed_with_slots_example_and_fields(self, client: TestClient) -> None:
        listed = client.get(LIST).json()["templates"]
        assert {it["id"] for it in listed} == set(templates())
        assert all(it["slots"] and it["fields"] and it["example"] and "{" in it["text"] for it in listed)

    @pytest.mark.req("R209")
    @pytest.mark.parametrize("name", sorted(templates()))
    def test_each_is_answered_in_the_fields_that_matter_there(self, known: TestClient, name: str) -> None:
        answer = known.post(TEST, json={"customer_id": "cust_12345", "intervention": from_template(name)})
        assert answer.status_code == 200
        predictions = answer.json()["predictions"]
        assert tuple(predictions) == template_of(name).fields
        assert all(part["kind"] != "unavailable" for part in predictions.values())
        resolved = answer.json()["resolved"]
        assert (resolved["template"], resolved["template_text"]) == (name, template_of(name).example)

    @pytest.mark.req("R4", "R6")
    def test_service_recovery_and_retention_give_what_matters_there(self, known: TestClient) -> None:
        def fields(name: str) -> dict[str, Any]:
            body = {"customer_id": "cust_12345", "intervention": from_template(name)}
            found: dict[str, Any] = known.post(TEST, json=body).json()["predictions"]
            return found

        satisfaction = fields("service_recovery")["satisfaction_change"]
        assert satisfaction["interval"]["low"] < satisfaction["change"] < satisfaction["interval"]["high"]
        for name in ("retention_offer", "win_back"):
            assert fields(name)["loyalty_impact"]["change"] is not None

    def test_what_is_asked_for_wins(self, known: TestClient) -> None:
        body = trial(intervention=from_template("birthday"), predict=["will_open"])
        assert list(known.post(TEST, json=body).json()["predictions"]) == ["will_open"]

    def test_variants_may_be_templates(self, known: TestClient) -> None:
        variants = [{"id": name, **from_template(name)} for name in ("win_back", "birthday")]
        answer = known.post(COMPARE, json=comparison(variants=variants))
        assert answer.status_code == 200
        assert {it["variant_id"] for it in answer.json()["rankings"]} == {"win_back", "birthday"}

    @pytest.mark.parametrize(
        ("intervention", "field"),
        [
            ({"template": "unknown"}, "intervention.template"),
            ({"template": "birthday"}, "intervention.slots.gift"),
            ({"template": "birthday", "content": "x"}, "intervention.content"),
            ({"slots": {"a": "b"}, "content": "x"}, "intervention.slots"),
            ({"template": "birthday", "slots": "x"}, "intervention.slots"),
        ],
    )
    def test_what_is_not_right_is_named(self, known: TestClient, intervention: dict[str, Any], field: str) -> None:
        answer = known.post(TEST, json=trial(intervention=intervention))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
