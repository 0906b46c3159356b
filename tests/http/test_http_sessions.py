"""Sessions through the HTTP door: the document's bodies, its life cycle, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import COMPARE, SESSIONS, TEST, TESTS, begun, comparison, session_form, trial
from twincast.wire.sessions import CheckpointMaking, SessionBeginning


def example(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = model.model_config["json_schema_extra"]["examples"][0]
    return found


class TestTheDocument:
    @pytest.mark.req("R122", "R128", "R136", "R142", "R168", "A12")
    def test_its_life_cycle_is_answered(self, known: TestClient) -> None:
        posted = known.post(f"{SESSIONS}/begin", json=example(SessionBeginning))
        assert posted.status_code == 201
        session = posted.json()
        here = f"{SESSIONS}/{session['session_id']}"
        assert known.get(posted.headers["Location"]).json() == session
        marks = []
        for name in ("twins_created", "interventions_tested"):
            mark = known.post(f"{here}/checkpoint", json=example(CheckpointMaking) | {"checkpoint_name": name})
            assert mark.status_code == 201
            marks.append(mark.json())
            assert known.post(TEST, json=trial(session_id=session["session_id"])).status_code == 200
        assert known.get(f"{here}/checkpoints").json()["items"] == marks[::-1]
        for name, position in (("twins_created", 0), ("interventions_tested", marks[1]["head"]["position"])):
            restored = known.post(f"{here}/restore", json={"checkpoint_name": name})
            assert (restored.status_code, restored.json()["head"]["position"]) == (200, position)
        ended = known.delete(f"{here}/end")
        assert (ended.status_code, ended.json()["status"]) == (200, "ended")
        assert known.delete(f"{here}/end").content == ended.content
        assert known.post(TEST, json=trial(session_id=session["session_id"])).status_code == 409
        assert len(known.get(TESTS, params={"session_id": session["session_id"]}).json()["items"]) == 2


class TestLooking:
    @pytest.mark.req("I1")
    def test_lists_and_filters(self, known: TestClient) -> None:
        made = [begun(known) for _ in range(3)]
        known.post(TEST, json=trial())
        known.delete(f"{SESSIONS}/{made[1]}/end")

        def listed(**params: Any) -> list[str]:
            return [it["session_id"] for it in known.get(SESSIONS, params=params).json()["items"]]

        assert listed() == made[::-1]
        assert listed(status="ended") == [made[1]]
        assert listed(status="active", limit=1) == [made[2]]
        assert len(listed(ephemeral=True)) == 1
        first = known.get(SESSIONS, params={"limit": 2}).json()
        assert listed(limit=2, cursor=first["next_cursor"]) == [made[0]]
        assert known.get(SESSIONS, params={"status": "asleep"}).status_code == 422

    @pytest.mark.req("I2", "I3")
    def test_counts_what_is_there(self, known: TestClient) -> None:
        session = begun(known)
        test = known.post(TEST, json=trial(session_id=session)).json()["test_id"]
        compared = known.post(COMPARE, json=comparison(session_id=session)).json()["comparison_id"]
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "a"})
        status = known.get(f"{SESSIONS}/{session}/status").json()
        assert (status["status"], status["tests"], status["comparisons"], status["checkpoints"]) == ("active", 1, 1, 1)
        stats = known.get(f"{SESSIONS}/{session}/stats").json()
        assert (stats["twins"], stats["events"]) == (1, status["head"]["position"])
        events = known.get(f"{SESSIONS}/{session}/history", params={"digital_twin_id": "cust_12345"}).json()["items"]
        assert [(it["kind"], it["source"]) for it in events] == [("joined", test), ("tested", compared)]
        assert all((it["simulated"], it["twin_version"]) == (True, 1) for it in events)

    @pytest.mark.req("I5")
    def test_pauses_and_resumes(self, known: TestClient) -> None:
        session = begun(known)
        assert known.post(f"{SESSIONS}/{session}/pause").json()["status"] == "paused"
        refused = known.post(TEST, json=trial(session_id=session))
        assert (refused.status_code, refused.json()["code"]) == (409, "session-phase")
        assert known.post(f"{SESSIONS}/{session}/resume").json()["status"] == "active"
        assert known.post(TEST, json=trial(session_id=session)).status_code == 200


class TestRestoring:
    @pytest.mark.req("I4")
    def test_into_a_new_session(self, known: TestClient) -> None:
        session = begun(known)
        mark = known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "a"}).json()
        known.delete(f"{SESSIONS}/{session}/end")
        body = {"checkpoint_id": mark["checkpoint_id"], "create_new_session": True, "session_name": "again"}
        posted = known.post(f"{SESSIONS}/{session}/restore", json=body)
        assert posted.status_code == 201
        made = posted.json()
        assert made["session_id"] != session
        assert (made["parent_session_id"], made["restored_from"]) == (session, mark["checkpoint_id"])
        assert (made["session_name"], made["status"]) == ("again", "active")
        assert known.get(posted.headers["Location"]).json() == made

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "checkpoint_name"),
            ({"checkpoint_name": "a", "checkpoint_id": "b"}, "checkpoint_name"),
            ({"checkpoint_id": "b", "version": 1}, "version"),
            ({"checkpoint_name": "a", "version": 0}, "version"),
            ({"checkpoint_name": "a", "session_name": "x"}, "session_name"),
            ({"checkpoint_name": 5}, "checkpoint_name"),
        ],
    )
    def test_needs_one_checkpoint(self, known: TestClient, body: dict[str, Any], field: str) -> None:
        answer = known.post(f"{SESSIONS}/{begun(known)}/restore", json=body)
        assert answer.status_code == 422
        assert field in {it["field"] for it in answer.json()["errors"]}

    def test_of_an_unknown_checkpoint_names_those_there_are(self, known: TestClient) -> None:
        session = begun(known)
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "twins_created"})
        answer = known.post(f"{SESSIONS}/{session}/restore", json={"checkpoint_name": "nothing"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-checkpoint")
        assert "'twins_created'" in answer.json()["detail"]


class TestRefusals:
    def test_of_an_unknown_session(self, known: TestClient) -> None:
        calls: list[Callable[[], Any]] = [
            *(
                lambda path=path: known.get(f"{SESSIONS}/nothing{path}")
                for path in ("", "/status", "/stats", "/history")
            ),
            lambda: known.get(f"{SESSIONS}/nothing/checkpoints"),
            lambda: known.post(f"{SESSIONS}/nothing/checkpoint", json={"checkpoint_name": "a"}),
            lambda: known.post(f"{SESSIONS}/nothing/restore", json={"checkpoint_name": "a"}),
            lambda: known.post(f"{SESSIONS}/nothing/pause"),
            lambda: known.post(f"{SESSIONS}/nothing/resume"),
            lambda: known.delete(f"{SESSIONS}/nothing/end"),
            lambda: known.delete(f"{SESSIONS}/nothing"),
            lambda: known.get(TESTS, params={"session_id": "nothing"}),
            lambda: known.post(TEST, json=session_form()),
            lambda: known.get(f"{SESSIONS}/%00%ff"),
        ]
        for call in calls:
            answer = call()
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown-session")

    @pytest.mark.req("A34")
    @pytest.mark.parametrize("name", ["../x", "a/b", ".x", "a\\b", "", "x" * 256])
    def test_of_a_cache_file_that_is_a_path(self, known: TestClient, name: str) -> None:
        answer = known.post(f"{SESSIONS}/begin", json={"cache_file": name})
        assert answer.status_code == 422
        assert [it["field"] for it in answer.json()["errors"]] == ["cache_file"]
        assert known.get(SESSIONS).json()["items"] == []

    def test_of_a_body_that_is_not_one(self, known: TestClient) -> None:
        wrong: tuple[Any, ...] = ([], {"name": "x"}, {"seed": -1}, {"seed": 1.5}, {"session_name": "x" * 201})
        for body in wrong:
            assert known.post(f"{SESSIONS}/begin", json=body).status_code == 422


class TestOnce:
    def test_a_key_begins_one_session_and_makes_one_checkpoint(self, known: TestClient) -> None:
        key = {"Idempotency-Key": "k1"}
        first, second = (known.post(f"{SESSIONS}/begin", json={}, headers=key) for _ in range(2))
        assert first.content == second.content
        assert second.headers["Idempotency-Replayed"] == "true"
        session = first.json()["session_id"]
        for path, body in (
            ("checkpoint", {"checkpoint_name": "a"}),
            ("restore", {"checkpoint_name": "a", "create_new_session": True}),
        ):
            one, two = (known.post(f"{SESSIONS}/{session}/{path}", json=body, headers=key) for _ in range(2))
            assert one.content == two.content
        assert len(known.get(f"{SESSIONS}/{session}/checkpoints").json()["items"]) == 1
        assert len(known.get(SESSIONS).json()["items"]) == 2


class TestErasing:
    @pytest.mark.req("A12")
    def test_takes_everything_that_was_run_in_it(self, known: TestClient) -> None:
        session, other = begun(known), begun(known)
        key = {"Idempotency-Key": "k1"}
        mine = known.post(TEST, json=trial(session_id=session), headers=key).json()["test_id"]
        theirs = known.post(TEST, json=trial(session_id=other)).json()["test_id"]
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "a"})
        erased = known.delete(f"{SESSIONS}/{session}")
        assert erased.status_code == 200
        removed = erased.json()["removed"]
        none = {"comparisons": 0, "optimizations": 0, "batches": 0, "extractions": 0}
        assert removed == {**none, "tests": 1, "checkpoints": 1, "events": 1, "kept_replies": 1}
        assert known.get(f"{SESSIONS}/{session}").status_code == 404
        assert known.delete(f"{SESSIONS}/{session}").status_code == 404
        assert known.get(f"{TESTS}/{mine}").status_code == 404
        assert known.get(f"{TESTS}/{theirs}").status_code == 200
        assert known.post(TEST, json=trial(session_id=session), headers=key).status_code == 404

    def test_waits_for_those_that_stand_on_it(self, known: TestClient) -> None:
        session = begun(known)
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "a"})
        body = {"checkpoint_name": "a", "create_new_session": True}
        heir = known.post(f"{SESSIONS}/{session}/restore", json=body).json()["session_id"]
        refused = known.delete(f"{SESSIONS}/{session}")
        assert (refused.status_code, refused.json()["code"]) == (409, "session-in-use")
        assert heir in refused.json()["detail"]
        for name in (heir, session):
            assert known.delete(f"{SESSIONS}/{name}").status_code == 200
