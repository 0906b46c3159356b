"""Sessions as files and replays through the HTTP door."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, SESSIONS, TEST, TESTS, begun, trial

IMPORT = f"{SESSIONS}/import"
LINES = {"Content-Type": "application/x-ndjson"}
MakeClient = Callable[..., TestClient]


def exported(client: TestClient, session: str, **params: bool) -> bytes:
    answer = client.get(f"{SESSIONS}/{session}/export", params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert f'filename="{session}.jsonl"' in answer.headers["content-disposition"]
    return answer.content


def filled(client: TestClient) -> str:
    session = begun(client)
    client.post(TEST, json=trial(session_id=session, interaction_config={"enable_memory": True}))
    return session


class TestFiles:
    @pytest.mark.req("R169")
    def test_bring_an_erased_session_back(self, known: TestClient) -> None:
        session = filled(known)
        history = known.get(f"{SESSIONS}/{session}/history").json()
        before = known.get(f"{SESSIONS}/{session}").json()
        content = exported(known, session)
        known.delete(f"{SESSIONS}/{session}")
        answer = known.post(IMPORT, content=content, headers=LINES | {"Idempotency-Key": "back"})
        assert answer.status_code == 201
        assert (answer.json()["session"], answer.json()["copied"]) == (before, False)
        assert known.get(f"{SESSIONS}/{session}/history").json() == history
        again = known.post(IMPORT, content=content, headers=LINES | {"Idempotency-Key": "back"})
        assert again.content == answer.content
        copy = known.post(IMPORT, content=content, headers=LINES).json()
        assert (copy["copied"], copy["session_id"] != session, copy["tests"]) == (True, True, 1)

    @pytest.mark.req("R169")
    def test_go_to_another_workspace_with_their_twins(
        self, known: TestClient, make_client: MakeClient, make_key: Callable[..., str]
    ) -> None:
        session = filled(known)
        other = make_client(make_key("other"))
        refused = other.post(IMPORT, content=exported(known, session), headers=LINES)
        assert (refused.status_code, refused.json()["code"]) == (409, "archive-misfit")
        content = exported(known, session, include_twins=True)
        answer = other.post(IMPORT, content=content, headers=LINES)
        assert (answer.status_code, answer.json()["twins"]) == (201, 1)
        assert other.get(f"{SESSIONS}/{session}").json() == known.get(f"{SESSIONS}/{session}").json()

    def test_that_can_not_be_read_are_refused(self, known: TestClient) -> None:
        content = exported(known, filled(known))
        wrong = {
            "cut off": content[: len(content) // 2],
            "checksum": content.replace(b'"seed":0', b'"seed":1'),
            "version 9": content.replace(b'"version":1', b'"version":9', 1),
            "no exported session": b"PK\x03\x04",
        }
        for words, body in wrong.items():
            answer = known.post(IMPORT, content=body, headers=LINES)
            assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-archive")
            assert words in answer.json()["detail"]
        assert known.post(IMPORT, json={}).status_code == 415
        assert len(known.get(SESSIONS).json()["items"]) == 1

    def test_of_an_unknown_session_are_not_found(self, known: TestClient) -> None:
        assert known.get(f"{SESSIONS}/nothing/export").status_code == 404


class TestReplays:
    @pytest.mark.req("I26")
    def test_give_the_same_bytes(self, known: TestClient) -> None:
        test = known.post(TEST, json=trial()).json()
        answer = known.post(f"{TESTS}/{test['test_id']}/replay")
        assert answer.status_code == 200
        found = answer.json()
        assert (found["identical"], found["causes"], found["differences"]) == (True, [], [])
        assert found["stored_digest"] == found["replayed_digest"]
        assert found["provenance"] == test["provenance"]

    def test_of_an_unknown_test_are_not_found(self, known: TestClient) -> None:
        assert known.post(f"{TESTS}/nothing/replay").status_code == 404


class TestPersons:
    def test_are_told_what_was_simulated_about_them(self, known: TestClient) -> None:
        filled(known)
        told = known.get(f"{API}/customers/digital-twin/cust_12345/export").json()
        assert [it["kind"] for it in told["events"]] == ["joined", "exposure", "reply"]
