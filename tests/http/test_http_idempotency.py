"""`Idempotency-Key`: the same request is answered once, and what was accepted is never made twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import BULK, COMPARE, COMPARISONS, TEST, TESTS, TWINS, comparison, customer, trial
from tests.http.conftest import MakeClient
from twincast.bootstrap.container import Parts
from twincast.domain.ids import DEFAULT_WORKSPACE
from twincast.storage.memory.repositories import MemoryReplies

KEY = {"Idempotency-Key": "order 66"}


class TestTheSameRequest:
    @pytest.mark.parametrize(
        ("path", "body", "stored"),
        [(TWINS, customer(customer_id="new"), TWINS), (TEST, trial(), TESTS), (COMPARE, comparison(), COMPARISONS)],
    )
    def test_gets_the_first_answer_byte_for_byte(
        self, known: TestClient, path: str, body: dict[str, Any], stored: str
    ) -> None:
        before = len(known.get(stored).json()["items"])
        first, second = (known.post(path, json=body, headers=KEY) for _ in range(2))
        assert first.content == second.content
        assert first.status_code == second.status_code
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        for name in ("Location", "Content-Location", "Content-Type"):
            assert first.headers.get(name) == second.headers.get(name)
        assert len(known.get(stored).json()["items"]) == before + 1

    def test_gets_the_first_answer_after_the_twin_has_changed(self, known: TestClient) -> None:
        first = known.post(TWINS, json=customer(), headers=KEY)
        known.post(TWINS, json=customer(context="changed"))
        assert known.post(TWINS, json=customer(), headers=KEY).content == first.content
        assert known.get(f"{TWINS}/cust_12345").json()["version"] == 2

    def test_of_a_table_is_stored_once(self, client: TestClient) -> None:
        table = {"file": ("shop.csv", b"customer_id,age\na,30\nb,40\n")}
        first, second = (client.post(BULK, files=table, headers=KEY) for _ in range(2))
        assert first.json()["created"] == 2
        assert (second.content, second.headers["Idempotency-Replayed"]) == (first.content, "true")
        imports = client.get("/api/v1/audit", params={"action": "twin.imported"}).json()["items"]
        assert len(imports) == 1

    def test_without_a_key_is_done_again(self, known: TestClient) -> None:
        assert known.post(TEST, json=trial()).json()["test_id"] != known.post(TEST, json=trial()).json()["test_id"]


class TestAnotherRequest:
    def test_with_the_same_key_is_a_conflict(self, known: TestClient) -> None:
        known.post(TEST, json=trial(), headers=KEY)
        answer = known.post(TEST, json=trial(seed=1), headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-conflict")
        assert "order 66" in answer.json()["detail"]
        assert len(known.get(TESTS).json()["items"]) == 1

    def test_to_another_address_may_use_the_same_key(self, known: TestClient) -> None:
        known.post(TEST, json=trial(), headers=KEY)
        assert known.post(COMPARE, json=comparison(), headers=KEY).status_code == 200

    def test_of_another_workspace_may_use_the_same_key(self, make_client: MakeClient, make_key: Any) -> None:
        for workspace in ("one", "two"):
            client = make_client(make_key(workspace))
            answer = client.post(TWINS, json=customer(customer_id=workspace), headers=KEY)
            assert (answer.status_code, answer.json()["customer_id"]) == (201, workspace)

    @pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
    def test_with_a_key_that_can_not_be_used_is_refused(self, known: TestClient, key: str) -> None:
        answer = known.post(TEST, json=trial(), headers={b"Idempotency-Key": key.encode()})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")

    def test_that_failed_is_not_kept(self, client: TestClient) -> None:
        assert client.post(TEST, json=trial(), headers=KEY).status_code == 404
        client.post(TWINS, json=customer())
        assert client.post(TEST, json=trial(), headers=KEY).status_code == 200


class TestACrash:
    def test_between_the_test_and_its_reply_leaves_neither(
        self, known: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(self: MemoryReplies, reply: object) -> None:
            raise OSError("the disk is gone")

        with monkeypatch.context() as patch:
            patch.setattr(MemoryReplies, "add", crash)
            assert known.post(TEST, json=trial(), headers=KEY).status_code == 500
        assert known.get(TESTS).json()["items"] == []
        assert known.post(TEST, json=trial(), headers=KEY).status_code == 200
        assert len(known.get(TESTS).json()["items"]) == 1

    def test_of_the_way_back_does_not_make_it_twice(
        self, known: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writing = parts.store.writing
        lost: list[bool] = []

        @contextmanager
        def lossy(workspace: Any) -> Iterator[Any]:
            with writing(workspace) as unit:
                yield unit
            if not lost:
                lost.append(True)
                raise OSError("the line is cut after the commit")

        parts.store.salt()
        monkeypatch.setattr(parts.store, "writing", lossy)
        assert known.post(TEST, json=trial(), headers=KEY).status_code == 500
        again = known.post(TEST, json=trial(), headers=KEY)
        assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
        (only,) = known.get(TESTS).json()["items"]
        assert only == again.json()

    def test_another_process_that_was_faster_wins(
        self, known: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = known.post(TEST, json=trial(), headers=KEY)
        from twincast.usecases import replies

        seen, recall = [], replies.recall

        def late(ctx: Any, claim: Any) -> Any:
            seen.append(claim)
            return None if len(seen) == 1 else recall(ctx, claim)

        monkeypatch.setattr(replies, "recall", late)
        assert known.post(TEST, json=trial(), headers=KEY).content == first.content
        with parts.store.reading(DEFAULT_WORKSPACE) as unit:
            assert len(unit.trials.newest(None, 10).items) == 1
