"""The contact policy: set and read back, tests flagged by it, every wrong body, and one for each workspace."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TEST, begun, session_form, trial

POLICY = f"{API}/contact-policy"
WEEKLY = {"quiet_hours": {"start": 20, "end": 9}, "caps": [{"contacts": 1, "days": 7, "channel": "email"}]}
DEFAULT = {"quiet_hours": {"start": 21, "end": 8}, "caps": [], "unsubscribe_ratio": 2.0}


def flags(client: TestClient, **more: Any) -> list[str]:
    return [it["code"] for it in client.post(TEST, json=session_form(**more)).json()["flags"]]


@pytest.mark.req("I29")
class TestThePolicy:
    def test_is_the_default_until_one_is_set(self, client: TestClient) -> None:
        assert client.get(POLICY).json() == DEFAULT

    def test_is_set_as_a_whole_and_read_back(self, client: TestClient) -> None:
        answer = client.put(POLICY, json=WEEKLY)
        assert answer.status_code == 200
        assert answer.json() == WEEKLY | {"unsubscribe_ratio": 2.0} == client.get(POLICY).json()
        assert client.put(POLICY, json={"quiet_hours": None}).json() == DEFAULT | {"quiet_hours": None}
        assert client.put(POLICY, json={"unsubscribe_ratio": None}).json() == DEFAULT | {"unsubscribe_ratio": None}
        assert client.put(POLICY, json={}).json() == DEFAULT

    def test_reads_any_spelling_of_a_channel(self, client: TestClient) -> None:
        cap = {"contacts": 1, "days": 2, "channel": "E-Mail"}
        assert client.put(POLICY, json={"caps": [cap]}).json()["caps"][0]["channel"] == "email"

    @pytest.mark.req("A67")
    def test_flags_a_test_with_the_reason_and_changes_no_number(self, known: TestClient) -> None:
        session = begun(known)
        form = session_form(session_id=session)
        form["intervention"] |= {"timing": "morning"}
        known.post(TEST, json=form)
        free = known.post(TEST, json={**form, "interaction_config": {}}).json()
        known.put(POLICY, json=WEEKLY)
        capped = known.post(TEST, json={**form, "interaction_config": {}}).json()
        assert free["flags"] == []
        assert [it["code"] for it in capped["flags"]] == ["frequency-cap"]
        assert "1 contacts by email in 7 days; 1 were made" in capped["flags"][0]["message"]
        assert capped["predictions"] == free["predictions"]

    @pytest.mark.req("R204")
    def test_flags_a_risk_of_unsubscribing_where_it_was_asked_for(self, known: TestClient) -> None:
        known.put(POLICY, json={"unsubscribe_ratio": 0.1})
        plain, asked = (known.post(TEST, json=trial(predict=[it])).json() for it in ("will_engage", "will_unsubscribe"))
        assert plain["flags"] == []
        assert [(it["code"], it["field"]) for it in asked["flags"]] == [("unsubscribe-risk", "intervention")]

    def test_is_the_workspace_s_own(self, make_client: Any, make_key: Callable[..., str]) -> None:
        one, other = (make_client(make_key(workspace)) for workspace in ("one", "other"))
        one.put(POLICY, json=WEEKLY)
        assert one.get(POLICY).json() == WEEKLY | {"unsubscribe_ratio": 2.0}
        assert other.get(POLICY).json()["caps"] == []

    def test_is_in_the_log_without_its_contents(self, client: TestClient) -> None:
        client.put(POLICY, json=WEEKLY)
        (entry,) = client.get(f"{API}/audit", params={"action": "policy"}).json()["items"]
        assert (entry["action"], entry["details"]) == ("policy.set", {"caps": 1})

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"quiet_hours": {"start": 24, "end": 8}}, "quiet_hours"),
            ({"quiet_hours": {"start": 8, "end": 8}}, "quiet_hours"),
            ({"quiet_hours": {"start": 8}}, "quiet_hours.end"),
            ({"caps": [{"contacts": 0, "days": 7}]}, "caps[0]"),
            ({"caps": [{"contacts": 51, "days": 7}]}, "caps[0]"),
            ({"caps": [{"contacts": 1, "days": 366}]}, "caps[0]"),
            ({"caps": [{"contacts": 1, "days": 7, "channel": "pigeon"}]}, "caps[0].channel"),
            ({"caps": [{"contacts": 1, "days": 7}] * 11}, "caps"),
            ({"cap": []}, "cap"),
            ({"unsubscribe_ratio": 0}, "unsubscribe_ratio"),
            ({"unsubscribe_ratio": 1e4}, "unsubscribe_ratio"),
            ({"unsubscribe_ratio": "2"}, "unsubscribe_ratio"),
        ],
    )
    def test_that_is_wrong_is_named_and_not_set(self, client: TestClient, body: dict[str, Any], field: str) -> None:
        answer = client.put(POLICY, json=body)
        assert answer.status_code == 422
        assert field in {it["field"] for it in answer.json()["errors"]}
        assert client.get(POLICY).json()["caps"] == []

    def test_of_a_test_without_memory_counts_what_is_on_record(self, known: TestClient) -> None:
        known.put(POLICY, json={"caps": [{"contacts": 1, "days": 7}]})
        assert known.post(TEST, json=trial()).json()["flags"] == []
