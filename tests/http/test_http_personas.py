"""Grounded personas through the HTTP door."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, COMPARE, TEST, TWINS, comparison, customer, trial, without
from twincast.wire.personas import GroundedPersonaRequest

GROUND = f"{API}/content/grounding/create-grounded-persona"


def persona(**more: Any) -> dict[str, Any]:
    """The example of the description."""
    examples: Any = GroundedPersonaRequest.model_config["json_schema_extra"]
    return {**examples["examples"][0], **more}


def sourced(*sources: dict[str, Any]) -> dict[str, Any]:
    """The example with other sources."""
    return persona(grounding_sources=list(sources))


class TestGrounding:
    @pytest.mark.req("R123", "R191", "A17")
    def test_the_same_data_give_the_same_version_whichever_way_they_come(self, client: TestClient) -> None:
        made = client.post(GROUND, json=persona())
        assert made.status_code == 201
        assert made.json()["persona_id"] == made.json()["digital_twin_id"] == "twin_cust_12345"
        assert made.json()["name"] == "customer_twin_12345"
        for path, body in ((TWINS, customer()), (GROUND, persona(name="another label")), (GROUND, _whole(customer()))):
            again = client.post(path, json=body)
            assert (again.status_code, again.json()["version"]) == (200, 1)
        assert client.get(made.headers["Location"]).json()["record"] == customer()

    def test_a_day_in_the_profile_is_the_day_of_the_record(self, client: TestClient) -> None:
        dated = customer(as_of="2025-02-03")
        assert client.post(GROUND, json=_whole(dated)).json()["as_of"] == "2025-02-03"
        assert client.post(TWINS, json=dated).json()["version"] == 1

    @pytest.mark.req("R123", "A15")
    def test_its_id_is_taken_wherever_a_twin_is_expected(self, client: TestClient) -> None:
        persona_id = client.post(GROUND, json=persona()).json()["persona_id"]
        test = {**without(trial(), "digital_twin_id"), "persona_id": persona_id}
        assert client.post(TEST, json=test).status_code == 200
        assert client.post(TEST, json=trial(digital_twin_id=persona_id)).status_code == 200
        assert client.post(COMPARE, json=comparison(digital_twin_id=persona_id)).status_code == 200

    def test_text_in_place_of_json_is_kept_and_said(self, client: TestClient) -> None:
        body = {"name": "ann", "grounding_sources": [{"type": "crm_profile", "content": "Ann hates discounts."}]}
        made = client.post(GROUND, json=body).json()
        assert {it["code"] for it in made["grounding_warnings"]} == {"content-not-json", "customer-id-from-name"}
        assert client.get(f"{TWINS}/ann").json()["record"]["context"] == "Ann hates discounts."

    def test_a_key_gives_the_first_answer_again(self, client: TestClient) -> None:
        first, second = (client.post(GROUND, json=persona(), headers={"Idempotency-Key": "k"}) for _ in range(2))
        assert (first.status_code, first.content) == (second.status_code, second.content)


class TestWrongSources:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            (sourced({"type": "crm_profile"}), "grounding_sources[0].content"),
            (sourced({"type": "crm_profile", "content": ""}), "grounding_sources[0].content"),
            (sourced({"type": "crm_profile", "content": 5}), "grounding_sources[0].content"),
            (sourced(*[{"type": "x", "content": {}}] * 51), "grounding_sources"),
            (persona(grounding_sources="all"), "grounding_sources"),
            (persona(personality_fragments=[5]), "personality_fragments[0]"),
            (persona(as_of="soon"), "as_of"),
            (persona(persona="x"), "persona"),
            (sourced({"type": "orders", "content": ["2999-01-01"]}), "grounding_sources[0].content[0]"),
            (sourced({"type": "crm", "content": '{"profile": "x"}'}), "grounding_sources[0].content.profile"),
            (sourced({"type": "crm", "content": {"as_of": "x"}}), "grounding_sources[0].content.as_of"),
            (persona(name="x" * 201), "name"),
        ],
    )
    def test_what_is_not_right_is_named_where_it_was_written(
        self, client: TestClient, body: dict[str, Any], field: str
    ) -> None:
        answer = client.post(GROUND, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
        assert client.get(TWINS).json()["items"] == []


def _whole(record: dict[str, Any]) -> dict[str, Any]:
    return {"grounding_sources": [{"type": "crm_profile", "content": json.dumps(record)}]}
