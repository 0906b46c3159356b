"""Outcomes through the HTTP door: one, many or a table; each event once, all or nothing."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TEST, TWINS, customer, trial
from tests.http.conftest import MakeClient

OUTCOMES = f"{API}/outcomes"
BULK = f"{OUTCOMES}/bulk"
MAIL = {"type": "promotional_email", "content": "20% off this weekend"}
TABLE = b"customer_id,segment,visit,spend\ncust_12345,mens,1,29.99\ncust_12345,control,0,0\n"
OPTIONS = {
    "interventions": json.dumps({"mens": MAIL, "control": None}),
    "defaults": json.dumps({"sent_at": "2026-03-20", "window_days": 14, "observed_until": "2026-04-10"}),
}


def told(**more: Any) -> dict[str, Any]:
    """The event of an order."""
    body = {"event_id": "order/7 1", "customer_id": "cust_12345", "intervention": MAIL}
    return {**body, "sent_at": "2026-05-01T09:00:00+02:00", "kind": "purchase", "amount": 59.9} | more


class TestOne:
    @pytest.mark.req("I14")
    def test_is_stored_and_found_again(self, known: TestClient) -> None:
        answer = known.post(OUTCOMES, json=told())
        assert answer.status_code == 201, answer.text
        (item,) = answer.json()["items"]
        assert (item["kind"], item["value"], item["amount"], item["contacted"]) == ("purchase", 1.0, 59.9, True)
        assert (item["sent_at"], item["intervention"]) == ("2026-05-01T07:00:00Z", MAIL)
        assert known.get(answer.headers["Location"]).json()["event_id"] == "order/7 1"
        assert known.get(OUTCOMES, params={"digital_twin_id": "cust_12345"}).json()["items"][0]["amount"] == 59.9

    @pytest.mark.req("I14")
    def test_is_stored_once(self, known: TestClient) -> None:
        first = known.post(OUTCOMES, json=told())
        again = known.post(OUTCOMES, json=told())
        other = known.post(OUTCOMES, json=told(amount=10))
        assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
        assert (again.json()["created"], again.json()["repeated"]) == (0, 1)
        assert other.json()["code"] == "outcome-conflict"
        assert "amount: 59.9 then, 10.0 now" in other.json()["detail"]

    def test_may_belong_to_a_test(self, known: TestClient) -> None:
        test_id = known.post(TEST, json=trial()).json()["test_id"]
        body = {"test_id": test_id, "kind": "engage", "sent_at": "2026-05-01T09:00:00Z"}
        (item,) = known.post(OUTCOMES, json=body).json()["items"]
        assert (item["test_id"], item["digital_twin_id"]) == (test_id, "twin_cust_12345")

    def test_is_forgotten_with_the_person(self, known: TestClient) -> None:
        known.post(OUTCOMES, json=told(), headers={"Idempotency-Key": "k"})
        assert len(known.get(f"{TWINS}/cust_12345/export").json()["outcomes"]) == 1
        removed = known.delete(f"{TWINS}/cust_12345").json()["removed"]
        assert (removed["outcomes"], removed["kept_replies"]) == (1, 1)
        assert known.get(OUTCOMES).json()["items"] == []

    @pytest.mark.parametrize(
        ("change", "status", "code", "field"),
        [
            ({"customer_id": "nobody"}, 404, "unknown-twin", None),
            ({"test_id": "test_x", "customer_id": None, "intervention": None}, 404, "unknown-test", None),
            ({"propensity": 1.2}, 422, "invalid-input", "propensity"),
            ({"amount": -1}, 422, "invalid-input", "amount"),
            ({"occurred_at": "2026-04-01"}, 422, "invalid-input", "occurred_at"),
            ({"sent_at": "2150-01-01"}, 422, "invalid-input", "sent_at"),
            ({"sent_at": "yesterday"}, 422, "invalid-input", "sent_at"),
            ({"kind": "sneeze"}, 422, "invalid-input", "kind"),
            ({"responses": {"visit": 1}}, 422, "invalid-input", "responses"),
            ({"intervention_id": "mens"}, 422, "invalid-input", "intervention_id"),
            ({"colour": "red"}, 422, "invalid-input", "colour"),
        ],
    )
    def test_that_can_not_be_is_refused(
        self, known: TestClient, change: dict[str, Any], status: int, code: str, field: str | None
    ) -> None:
        answer = known.post(OUTCOMES, json=told(**change))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert field in {None, *(it["field"] for it in answer.json()["errors"])}
        assert known.get(OUTCOMES).json()["items"] == []

    def test_needs_a_key_that_may_write(self, known: TestClient, make_client: MakeClient, make_key: Any) -> None:
        reader = make_client(make_key(scopes=("read",)))
        assert reader.post(OUTCOMES, json=told()).status_code == 403
        assert reader.get(OUTCOMES).status_code == 200

    def test_of_another_workspace_is_not_seen(self, known: TestClient, make_client: MakeClient, make_key: Any) -> None:
        known.post(OUTCOMES, json=told())
        other = make_client(make_key("other"))
        assert other.get(OUTCOMES).json()["items"] == []
        assert other.get(f"{OUTCOMES}/order%2F7%201").status_code == 404
        assert other.post(OUTCOMES, json=told()).status_code == 404
        assert other.post(TWINS, json=customer()).status_code == 201
        assert other.post(OUTCOMES, json=told(amount=1)).status_code == 201


class TestMany:
    def test_share_interventions_by_id(self, known: TestClient) -> None:
        rows = [
            {"customer_id": "cust_12345", "intervention_id": name, "sent_at": "2026-05-01", "responses": {"visit": 0}}
            for name in ("mens", "control")
        ]
        answer = known.post(OUTCOMES, json={"outcomes": rows, "interventions": {"mens": MAIL, "control": None}})
        assert answer.status_code == 201, answer.text
        assert [it["contacted"] for it in answer.json()["items"]] == [True, False]

    def test_are_stored_all_or_none(self, known: TestClient) -> None:
        answer = known.post(OUTCOMES, json={"outcomes": [told(), told(event_id="b", customer_id="nobody")]})
        assert answer.status_code == 422
        assert [(it["field"], it["row"]) for it in answer.json()["errors"]] == [("customer_id", 1)]
        assert known.get(OUTCOMES).json()["items"] == []

    def test_name_no_intervention_that_nobody_described(self, known: TestClient) -> None:
        body = {"outcomes": [told(), told(intervention=None, intervention_id="who")], "interventions": {"mens": MAIL}}
        (problem,) = known.post(OUTCOMES, json=body).json()["errors"]
        assert (problem["field"], problem["allowed"]) == ("outcomes[1].intervention_id", "mens")


class TestATable:
    @pytest.mark.req("I14")
    def test_is_looked_at_and_then_stored(self, known: TestClient) -> None:
        form: dict[str, Any] = {"files": {"file": ("t.csv", TABLE)}, "data": OPTIONS}
        seen = known.post(f"{BULK}/preview", **form).json()
        assert (seen["rows"], seen["valid"], seen["new"], seen["problem_count"]) == (2, 2, 4, 0)
        assert known.get(OUTCOMES).json()["items"] == []
        done = known.post(BULK, **form).json()
        assert (done["created"], done["repeated"], done["skipped"]) == (4, 0, 0)
        again = known.post(BULK, **form).json()
        assert (again["created"], again["repeated"]) == (0, 4)
        stored = {(it["kind"], it["contacted"]): it for it in known.get(OUTCOMES).json()["items"]}
        assert stored["purchase", True]["amount"] == 29.99
        assert stored["visit", False]["value"] == 0.0
        assert {it["window_days"] for it in stored.values()} == {14.0}

    def test_with_a_wrong_row_is_not_stored_unless_it_may_be_skipped(self, known: TestClient) -> None:
        table = TABLE + b"nobody,mens,1,0\ncust_12345,sms,1,0\n"
        answer = known.post(BULK, files={"file": ("t.csv", table)}, data=OPTIONS)
        assert answer.status_code == 422
        assert "nothing was stored" in answer.json()["detail"]
        assert known.get(OUTCOMES).json()["items"] == []
        done = known.post(BULK, files={"file": ("t.csv", table)}, data=OPTIONS | {"on_error": "skip"}).json()
        assert (done["created"], done["skipped"]) == (4, 2)
        assert [(it["row"], it["field"]) for it in done["problems"]] == [(2, "customer_id"), (3, "intervention_id")]

    def test_that_contradicts_what_is_stored_is_a_conflict(self, known: TestClient) -> None:
        known.post(BULK, files={"file": ("t.csv", TABLE)}, data=OPTIONS)
        changed = TABLE.replace(b"29.99", b"31")
        answer = known.post(BULK, files={"file": ("t.csv", changed)}, data=OPTIONS)
        assert (answer.status_code, answer.json()["code"]) == (409, "outcome-conflict")
        assert answer.json()["errors"][0]["row"] == 0

    def test_may_be_sent_as_lines_with_the_same_key_twice(self, known: TestClient) -> None:
        lines = "\n".join(json.dumps(told(event_id=str(number))) for number in range(3)).encode()
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "k1"}
        first = known.post(BULK, content=lines, headers=headers)
        again = known.post(BULK, content=lines, headers=headers)
        assert first.json()["created"] == 3, first.text
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")

    def test_without_rows_or_of_no_table_is_refused(self, known: TestClient) -> None:
        assert known.post(BULK, files={"file": ("t.csv", b"customer_id,visit\n")}).status_code == 422
        assert known.post(BULK, content=b"x", headers={"Content-Type": "image/png"}).status_code == 415
