"""Twins through the HTTP door: made, looked at, compared with what they were, exported, erased."""

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import COMPARE, TEST, TESTS, TWINS, comparison, customer, trial, with_, without


class TestSaving:
    @pytest.mark.req("R8", "R26", "R27")
    def test_the_documents_body_makes_a_twin_with_every_key_of_the_documents_answer(self, client: TestClient) -> None:
        answer = client.post(TWINS, json=customer())
        assert answer.status_code == 201
        twin = answer.json()
        assert twin["digital_twin_id"] == "twin_cust_12345"
        assert twin["customer_id"] == "cust_12345"
        assert 0 < twin["model_confidence"] < 1
        assert twin["personality_summary"]
        assert {"quality", "convenience", "brand_reputation"} <= set(twin["key_drivers"])
        assert set(twin["communication_preferences"]) == {"tone", "detail_level", "persuasion_style"}
        assert client.get(answer.headers["Location"]).json()["version"] == 1

    @pytest.mark.req("A48")
    def test_a_second_post_changes_the_version_only_where_the_data_changed(self, known: TestClient) -> None:
        again = known.post(TWINS, json=customer())
        changed = known.post(TWINS, json=with_(customer(), 49, "history", "total_purchases"))
        assert (again.status_code, again.json()["version"]) == (200, 1)
        assert (changed.status_code, changed.json()["version"]) == (200, 2)

    @pytest.mark.req("A48")
    def test_if_none_match_refuses_a_twin_that_is_there(self, known: TestClient) -> None:
        absent = {"If-None-Match": "*"}
        assert known.post(TWINS, json=customer(), headers=absent).json()["code"] == "twin-exists"
        assert known.post(TWINS, json=customer(), headers=absent).status_code == 409
        assert known.post(TWINS, json=customer(customer_id="new"), headers=absent).status_code == 201
        other = known.post(TWINS, json=customer(), headers={"If-None-Match": '"5"'})
        assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "If-None-Match")

    def test_untidy_values_are_kept_with_a_warning(self, client: TestClient) -> None:
        body = customer(history={"customer_since": "more than 12 months ago", "shoe_size": 44}, profile=None)
        twin = client.post(TWINS, json=body).json()
        assert "unparsed-date" in {warning["code"] for warning in twin["warnings"]}
        assert twin["further_attributes"] == ["history.shoe_size"]
        assert client.get(f"{TWINS}/cust_12345").json()["record"] == body

    def test_a_stated_day_is_the_day_of_the_twin(self, client: TestClient) -> None:
        assert client.post(TWINS, json=customer(as_of="2024-05-01")).json()["as_of"] == "2024-05-01"


class TestLooking:
    @pytest.mark.req("I6")
    def test_a_twin_is_shown_with_record_evidence_and_preferences(self, known: TestClient) -> None:
        shown = known.get(f"{TWINS}/twin_cust_12345").json()
        assert shown["record"] == customer()
        assert {"preference", "field", "says", "shift"} == set(shown["evidence"][0])
        assert len(shown["preferences"]) == 12

    @pytest.mark.req("I6")
    def test_versions_and_their_differences_are_shown(self, known: TestClient) -> None:
        known.post(TWINS, json=with_(customer(), 49, "history", "total_purchases"))
        versions = known.get(f"{TWINS}/cust_12345/versions").json()
        assert [it["version"] for it in versions["versions"]] == [1, 2]
        diff = known.get(f"{TWINS}/cust_12345/diff", params={"from": 1, "to": 2}).json()
        assert diff["changes"] == [{"field": "history.total_purchases", "before": 48, "after": 49}]
        assert known.get(f"{TWINS}/cust_12345/diff").json()["changes"] == diff["changes"]
        assert known.get(f"{TWINS}/cust_12345", params={"version": 1}).json()["version"] == 1

    def test_a_version_that_is_not_there_is_not_found(self, known: TestClient) -> None:
        assert known.get(f"{TWINS}/cust_12345", params={"version": 7}).json()["code"] == "unknown-version"
        assert known.get(f"{TWINS}/cust_12345/diff").status_code == 404
        assert known.get(f"{TWINS}/cust_12345", params={"version": 0}).status_code == 422

    def test_a_list_is_paged_without_gap_or_double(self, client: TestClient) -> None:
        for number in range(5):
            client.post(TWINS, json={"customer_id": f"c{number}"})
        seen, cursor = [], None
        while True:
            page = client.get(TWINS, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
            seen += [it["customer_id"] for it in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == [f"c{number}" for number in range(5)]


class TestRights:
    @pytest.mark.req("I8")
    def test_everything_about_a_person_is_exported(self, known: TestClient) -> None:
        known.post(TEST, json=trial())
        known.post(COMPARE, json=comparison())
        found = known.get(f"{TWINS}/cust_12345/export").json()
        assert (len(found["twins"]), len(found["tests"]), len(found["comparisons"])) == (1, 1, 1)
        assert found["twins"][0]["record"] == customer()
        answers = (found["tests"][0]["answer"], found["comparisons"][0]["rankings"][0]["answer"])
        parts = {tuple(part) for it in answers for each in it["explanations"] for part in each["contributions"]}
        assert parts == {("group", "term", "words", "amount", "value", "reference")}

    @pytest.mark.req("I8")
    def test_erasing_leaves_nothing_and_is_certified(self, known: TestClient) -> None:
        keyed = {"Idempotency-Key": "one"}
        test = known.post(TEST, json=trial(), headers=keyed)
        certificate = known.delete(f"{TWINS}/cust_12345")
        assert certificate.status_code == 200
        assert certificate.json()["removed"] == {
            "versions": 1,
            "tests": 1,
            "comparisons": 0,
            "optimizations": 0,
            "batches": 0,
            "extracted_rows": 0,
            "events": 0,
            "outcomes": 0,
            "model_answers": 0,
            "kept_replies": 1,
        }
        assert "cust_12345" not in certificate.text
        for path in (f"{TWINS}/cust_12345", f"{TESTS}/{test.json()['test_id']}", f"{TWINS}/cust_12345/export"):
            assert known.get(path).status_code == 404
        assert known.delete(f"{TWINS}/cust_12345").status_code == 404
        assert known.post(TEST, json=trial(), headers=keyed).status_code == 404
        assert "cust_12345" not in known.get("/api/v1/audit").text

    def test_an_objection_to_profiling_refuses_every_prediction(self, client: TestClient) -> None:
        client.post(TWINS, json=customer(profiling_opt_out=True))
        for path, body in ((TEST, trial()), (COMPARE, comparison())):
            answer = client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "profiling-opt-out")
        assert client.get(f"{TWINS}/cust_12345").status_code == 200


class TestWrongRecords:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (without(customer(), "customer_id"), "customer_id"),
            (customer(customer_id=None), "customer_id"),
            (customer(customer_id=5), "customer_id"),
            (customer(customer_id=""), "customer_id"),
            (customer(customer_id="x" * 201), "customer_id"),
            (with_(customer(), -1, "profile", "age"), "profile.age"),
            (with_(customer(), 200, "profile", "age"), "profile.age"),
            (with_(customer(), "2999-01-01", "history", "customer_since"), "history.customer_since"),
            (with_(customer(), -3, "history", "total_purchases"), "history.total_purchases"),
            (with_(customer(), [6], "history", "satisfaction_scores"), "history.satisfaction_scores[0]"),
            (customer(profile="rich"), "profile"),
            (customer(context="x" * 30_000), "context"),
            (customer(as_of="tomorrow"), "as_of"),
            (customer(as_of=5), "as_of"),
        ],
    )
    @pytest.mark.req("R9", "R10")
    def test_a_field_that_is_not_right_is_named_and_nothing_is_stored(
        self, client: TestClient, body: dict[str, object], field: str
    ) -> None:
        answer = client.post(TWINS, json=body)
        assert answer.status_code == 422
        assert field in {problem["field"] for problem in answer.json()["errors"]}
        assert client.get(TWINS).json()["items"] == []
