"""Individual interactions: the document's body verbatim, rounds, memory, and every wrong body."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TEST, TESTS, TWINS, begun, customer, trial, with_, without

INTERACT = f"{API}/simulate/individual-interaction"
FIELDS = ["will_engage", "will_purchase", "purchase_amount", "emotional_response", "concerns"]


def interaction(**more: Any) -> dict[str, Any]:
    """The body of the document's flow."""
    body: dict[str, Any] = {
        "participants": {"mode": "from_persona", "persona_id": "twin_cust_12345"},
        "stimulus": {
            "type": "marketing_message",
            "content": "Exclusive offer: 30% off your favorite products this weekend only!",
            "context": {"channel": "email", "timing": "friday_morning"},
        },
        "interaction_config": {"rounds": 1, "enable_memory": True},
        "extraction_config": {
            "extract_results": True,
            "extraction_objective": "Extract customer response likelihood and purchase intent",
            "fields": FIELDS,
            "extraction_hint": "Focus on likelihood scores from 0.0 to 1.0 and reasoning",
        },
    }
    return body | more


class TestTheDocumentsBody:
    @pytest.mark.req("R129", "R130", "R134")
    def test_returns_all_five_fields_and_is_listed_in_its_session(self, known: TestClient) -> None:
        session = begun(known)
        answer = known.post(INTERACT, json=interaction(session_id=session))
        assert answer.status_code == 200
        found = answer.json()
        assert set(found["extracted"]) == set(found["predictions"]) == set(FIELDS)
        assert found["unavailable"] == {}
        assert found["session_id"] == session
        listed = known.get(TESTS, params={"session_id": session}).json()["items"]
        assert [it["test_id"] for it in listed] == [found["interaction_id"]]
        looked = known.get(f"{INTERACT}/{found['interaction_id']}")
        assert looked.content == answer.content
        assert answer.headers["Content-Location"] == f"{INTERACT}/{found['interaction_id']}"

    @pytest.mark.req("R132")
    def test_maps_the_stimulus_to_an_intervention(self, known: TestClient) -> None:
        resolved = known.post(INTERACT, json=interaction()).json()["resolved"]
        assert (resolved["type"], resolved["channel"]) == ("marketing_message", "email")
        assert resolved["timing"]["window"]["token"] == "friday_morning"
        assert resolved["message"]["discount"] == 0.3
        stimulus = interaction()["stimulus"]
        message = {"type": stimulus["type"], "content": stimulus["content"], **stimulus["context"]}
        tested = known.post(TEST, json=trial(intervention=message, predict=FIELDS)).json()
        assert tested["predictions"] == known.post(INTERACT, json=interaction()).json()["predictions"]

    @pytest.mark.req("R135")
    @pytest.mark.parametrize("hint", ["Focus on likelihood scores from 0.0 to 1.0", "Scores from 0 to 100", None])
    def test_scores_are_probabilities_whatever_the_hint(self, known: TestClient, hint: str | None) -> None:
        body = with_(interaction(), hint, "extraction_config", "extraction_hint")
        found = known.post(INTERACT, json=body).json()
        for field in ("will_engage", "will_purchase"):
            assert 0.0 <= found["extracted"][field]["value"] <= 1.0
            assert found["extracted"][field]["value"] == found["predictions"][field]["likelihood"]

    @pytest.mark.req("R131", "A16")
    @pytest.mark.parametrize(
        "who",
        [
            {"mode": "from_persona", "persona_id": "twin_cust_12345"},
            {"mode": "from_digital_twin", "digital_twin_id": "twin_cust_12345"},
            {"mode": "from_agent", "agent_id": "cust_12345"},
            {"customer_id": "cust_12345"},
        ],
    )
    def test_takes_the_participant_by_any_name(self, known: TestClient, who: dict[str, str]) -> None:
        found = known.post(INTERACT, json=interaction(participants=who)).json()
        assert found["persona_id"] == "twin_cust_12345"


class TestRounds:
    @pytest.mark.req("R133", "A51", "A52")
    def test_are_told_one_by_one_and_change_no_number(self, known: TestClient) -> None:
        body = with_(interaction(), {"rounds": 3, "enable_thinking": True}, "interaction_config")
        one, three = (known.post(INTERACT, json=it).json() for it in (interaction(), body))
        assert three["predictions"] == one["predictions"]
        assert [it["round"] for it in three["rounds"]] == [1, 2, 3]
        assert three["rounds"][-1]["response"] == three["predicted_response"] == one["predicted_response"]
        assert all(it["thinking"] for it in three["rounds"])
        assert one["rounds"][0]["thinking"] is None

    @pytest.mark.req("A51")
    @pytest.mark.parametrize("rounds", [0, -1, 11, 10_000])
    def test_outside_their_range_are_refused(self, known: TestClient, rounds: int) -> None:
        answer = known.post(INTERACT, json=with_(interaction(), rounds, "interaction_config", "rounds"))
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["field"] == "interaction_config.rounds"
        assert error["allowed"] == "1 to 10"

    @pytest.mark.req("R52", "R133")
    def test_remember_once_however_many_they_are(self, known: TestClient) -> None:
        session = begun(known)
        body = with_(interaction(session_id=session), 4, "interaction_config", "rounds")
        known.post(INTERACT, json=body)
        events = known.get(f"{TWINS}/cust_12345/history", params={"session_id": session}).json()["events"]
        assert [it["kind"] for it in events] == ["joined", "exposure", "reply"]


class TestWrongBodies:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (with_(interaction(), "from_thin_air", "participants", "mode"), "participants.mode"),
            (with_(interaction(), {"mode": "from_persona"}, "participants"), "participants.persona_id"),
            (with_(interaction(), "other", "participants", "agent_id"), "participants.agent_id"),
            (without(interaction(), "stimulus", "content"), "stimulus.content"),
            (without(interaction(), "stimulus"), "stimulus"),
            (without(interaction(), "participants"), "participants"),
            (with_(interaction(), "other", "stimulus", "context", "type"), "stimulus.context.type"),
            (with_(interaction(), -1, "stimulus", "context", "cost"), "stimulus.cost"),
            (interaction(predcit=["will_engage"]), "predcit"),
        ],
    )
    def test_are_named_and_nothing_is_stored(self, known: TestClient, body: dict[str, Any], field: str) -> None:
        answer = known.post(INTERACT, json=body)
        assert answer.status_code == 422
        assert field in {it["field"] for it in answer.json()["errors"]}
        assert known.get(TESTS).json()["items"] == []

    def test_name_what_is_not_there(self, known: TestClient) -> None:
        unknown = with_(interaction(), "twin_nobody", "participants", "persona_id")
        assert known.post(INTERACT, json=unknown).json()["code"] == "unknown-twin"
        assert known.post(INTERACT, json=interaction(session_id="none")).json()["code"] == "unknown-session"
        assert known.get(f"{INTERACT}/none").json()["code"] == "unknown-test"

    @pytest.mark.req("A67")
    def test_who_opted_out_is_refused(self, client: TestClient) -> None:
        client.post(TWINS, json=customer(profiling_opt_out=True))
        answer = client.post(INTERACT, json=interaction())
        assert (answer.status_code, answer.json()["code"]) == (403, "profiling-opt-out")

    def test_come_again_with_the_same_key_and_are_done_once(self, known: TestClient) -> None:
        session = begun(known)
        headers = {"Idempotency-Key": "k"}
        first, again = (known.post(INTERACT, json=interaction(session_id=session), headers=headers) for _ in range(2))
        assert again.content == first.content
        history = known.get(f"{TWINS}/cust_12345/history", params={"session_id": session}).json()
        assert history["memory"]["exposures"] == 1
