"""Histories: what was simulated stays in its session, what really happened is told and moves the next prediction."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import TEST, TWINS, begun, session_form, trial

HISTORY, EVENTS = f"{TWINS}/cust_12345/history", f"{TWINS}/cust_12345/events"
MAIL = {
    "kind": "exposure",
    "at": "2026-01-05T09:00:00Z",
    "channel": "e-mail",
    "type": "promotional_offer",
    "content": "30% off our new premium line",
}


def told(*events: dict[str, Any]) -> dict[str, Any]:
    return {"events": list(events)}


def likelihoods(client: TestClient, **more: Any) -> tuple[float, float]:
    """P(engage) and P(purchase) of the document's message right after the mail."""
    asked = trial(predict=["will_engage", "will_purchase"], **more)
    asked["intervention"] |= {"timing": None, "at": "2026-01-06T09:00:00Z"}
    found = client.post(TEST, json=asked).json()["predictions"]
    return found["will_engage"]["likelihood"], found["will_purchase"]["likelihood"]


class TestSimulated:
    @pytest.mark.req("R171")
    def test_exposures_and_replies_are_listed_in_order(self, known: TestClient) -> None:
        session = begun(known)
        tests = [known.post(TEST, json=session_form(session_id=session)).json() for _ in range(3)]
        found = known.get(HISTORY, params={"session_id": session}).json()
        assert [it["kind"] for it in found["events"]] == ["joined", *["exposure", "reply"] * 3]
        assert [it["test_id"] for it in found["events"][1::2]] == [it["test_id"] for it in tests]
        assert [it["content"] for it in found["events"][2::2]] == [it["predicted_response"] for it in tests]
        assert all(it["simulated"] for it in found["events"])
        assert found["memory"]["exposures"] == found["memory"]["replies"] == 3
        assert found["memory"]["contacts_by_channel"].keys() == {"email"}
        assert known.get(HISTORY).json()["events"] == []

    def test_is_paged(self, known: TestClient) -> None:
        session = begun(known)
        for _ in range(2):
            known.post(TEST, json=session_form(session_id=session))
        whole = known.get(HISTORY, params={"session_id": session}).json()["events"]
        first = known.get(HISTORY, params={"session_id": session, "limit": 3}).json()
        rest = known.get(HISTORY, params={"session_id": session, "cursor": first["next_cursor"]}).json()
        assert [*first["events"], *rest["events"]] == whole
        assert rest["next_cursor"] is None


class TestReal:
    @pytest.mark.req("I7", "R171", "N8")
    def test_a_message_that_came_tires_and_old_results_stay(self, known: TestClient) -> None:
        stored = known.post(TEST, json=trial())
        before = likelihoods(known)
        added = known.post(EVENTS, json=told(MAIL, {**MAIL, "at": "2026-01-05T15:00:00Z"}))
        assert added.status_code == 201
        assert added.json()["memory"]["exposures"] == 2
        assert added.json()["events"][0]["simulated"] is False
        engage, buy = likelihoods(known)
        assert engage < before[0]
        assert buy < before[1]
        assert known.get(stored.headers["Content-Location"]).content == stored.content

    @pytest.mark.req("I7")
    def test_a_purchase_that_was_made_moves_the_next_prediction(self, client: TestClient) -> None:
        assert client.post(TWINS, json={"customer_id": "cust_12345", "as_of": "2025-12-01"}).status_code == 201
        before = likelihoods(client, as_of="2026-01-06")
        bought = {"kind": "purchase", "at": "2026-01-04T18:00:00Z", "amount": 80.0}
        assert client.post(EVENTS, json=told(bought)).status_code == 201
        assert likelihoods(client, as_of="2026-01-06")[1] > before[1]
        assert likelihoods(client, as_of="2026-01-03") == likelihoods(
            client, as_of="2026-01-03", session_id=begun(client)
        )

    def test_a_session_keeps_to_what_had_happened_when_the_twin_came(self, known: TestClient) -> None:
        session = begun(known)
        before = likelihoods(known, session_id=session)
        known.post(EVENTS, json=told(MAIL))
        assert likelihoods(known, session_id=session) == before
        assert likelihoods(known, session_id=begun(known)) < before

    @pytest.mark.req("I29")
    def test_who_unsubscribed_is_flagged(self, known: TestClient) -> None:
        known.post(EVENTS, json=told({"kind": "unsubscribe", "at": "2026-11-20T09:00:00Z", "channel": "email"}))
        twin = known.post(TEST, json=trial()).json()
        since = known.get(f"{TWINS}/cust_12345").json()["as_of"]
        assert ("no-consent" in {it["code"] for it in twin["flags"]}) is (since < "2026-11-20")

    def test_come_again_with_the_same_key_and_are_added_once(self, known: TestClient) -> None:
        for _ in range(2):
            known.post(EVENTS, json=told(MAIL), headers={"Idempotency-Key": "k"})
        assert len(known.get(HISTORY).json()["events"]) == 1


class TestWrongEvents:
    @pytest.mark.parametrize(
        ("event", "field"),
        [
            ({**MAIL, "kind": "dream"}, "events[0].kind"),
            ({**MAIL, "at": "2099-01-01T00:00:00Z"}, "events[0].at"),
            ({**MAIL, "at": "2026-01-05T09:00:00"}, "events[0].at"),
            ({**MAIL, "channel": "pigeon"}, "events[0].channel"),
            ({"kind": "exposure", "at": MAIL["at"], "content": "x"}, "events[0].channel"),
            ({"kind": "unsubscribe", "at": MAIL["at"]}, "events[0].channel"),
            ({"kind": "exposure", "at": MAIL["at"], "channel": "sms"}, "events[0].content"),
            ({"kind": "purchase", "at": MAIL["at"], "amount": -1.0}, "events[0].amount"),
            ({"kind": "note", "at": MAIL["at"], "content": "x" * 2_001}, "events[0].content"),
            ({"kind": "note", "at": MAIL["at"], "text": "x"}, "events[0].text"),
        ],
    )
    def test_are_named_and_nothing_is_added(self, known: TestClient, event: dict[str, Any], field: str) -> None:
        answer = known.post(EVENTS, json=told(event, MAIL))
        assert answer.status_code == 422
        assert field in {it["field"] for it in answer.json()["errors"]}
        assert known.get(HISTORY).json()["events"] == []

    def test_no_events_and_too_many(self, known: TestClient) -> None:
        assert known.post(EVENTS, json=told()).status_code == 422
        assert known.post(EVENTS, json={"events": [MAIL] * 1_001}).status_code == 422

    def test_of_nobody(self, known: TestClient) -> None:
        assert known.post(f"{TWINS}/nobody/events", json=told(MAIL)).json()["code"] == "unknown-twin"
        assert known.get(f"{TWINS}/nobody/history").json()["code"] == "unknown-twin"
        assert known.get(HISTORY, params={"session_id": "none"}).json()["code"] == "unknown-session"
