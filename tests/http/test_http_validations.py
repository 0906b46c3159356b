"""Validation through the HTTP door."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, TEST, TWINS, customer, trial
from twincast.wire.validations import TwinValidationRequest

JUDGE = f"{API}/predictions/validate"
EXAMPLES: Any = TwinValidationRequest.model_config["json_schema_extra"]


class TestTwins:
    @pytest.mark.req("I17", "R180")
    @pytest.mark.parametrize("path", [f"{TWINS}/cust_12345/validate", f"{API}/twins/twin_cust_12345/validate"])
    def test_a_twin_is_scored_with_its_mismatches_by_field(self, known: TestClient, path: str) -> None:
        body = EXAMPLES["examples"][0]
        assert known.post(path, json=body).json()["score"] == 1.0
        wrong = {"expectations": {"profile.age": 60, "key_drivers": ["quality"]}}
        found = known.post(path, json=wrong).json()
        assert found["score"] == 0.5
        assert list(found["mismatches"]) == ["profile.age"]
        assert found["mismatches"]["profile.age"]["actual"] == 45
        assert found["consistency"]["consistent"] is True
        assert found["backcast"]["verdict"] == "not enough history"

    @pytest.mark.req("I17")
    def test_its_past_is_foretold_with_an_interval(self, client: TestClient) -> None:
        days = [f"2025-{month:02}-{day:02}" for month in range(1, 13) for day in (4, 9, 23)]
        client.post(TWINS, json=customer(as_of="2026-01-01", history={"transactions": days}))
        found = client.post(f"{TWINS}/cust_12345/validate", json={"level": 0.9}).json()["backcast"]
        assert found["verdict"] in {"foretold", "more", "fewer"}
        assert found["expected"]["low"] <= found["expected"]["value"] <= found["expected"]["high"]
        assert (found["expected"]["level"], found["basis"]) == (0.9, "prior and own orders")
        assert found["observed"] == sum(it["ordered"] for it in found["windows"])

    def test_what_is_not_right_is_named(self, known: TestClient) -> None:
        answer = known.post(f"{TWINS}/cust_12345/validate", json={"expectations": {"age": {"min": 2, "max": 1}}})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "expectations.age")
        assert known.post(f"{TWINS}/nobody/validate", json={}).status_code == 404
        assert known.post(f"{TWINS}/cust_12345/validate", json={}, params={"version": 9}).status_code == 404


class TestPredictions:
    @pytest.mark.req("I18", "R198", "A60")
    def test_until_outcomes_are_learned_nothing_passes_and_it_says_why(self, known: TestClient) -> None:
        answered = known.post(TEST, json=trial()).json()
        stored = known.post(JUDGE, json={"test_ids": [answered["test_id"]]}).json()
        given = known.post(JUDGE, json={"predictions": answered["predictions"]}).json()
        assert stored["passed"] is given["passed"] is False
        assert [it["field"] for it in stored["fields"]] == list(answered["predictions"])
        assert stored["without_calibration_record"] == given["without_calibration_record"]
        assert all("no calibration record" in it["reasons"][-1] for it in stored["fields"])

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "predictions"),
            ({"predictions": {}}, "predictions"),
            ({"predictions": {}, "test_ids": []}, "predictions"),
            ({"predictions": {"a": {"confidence": 2}}}, "predictions.a.confidence"),
            ({"predictions": {"a": 5}}, "predictions.a"),
            ({"predictions": {"a": {}}, "confidence_threshold": -1}, "confidence_threshold"),
        ],
    )
    def test_what_is_not_right_is_named(self, client: TestClient, body: dict[str, Any], field: str) -> None:
        answer = client.post(JUDGE, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert client.post(JUDGE, json={"test_ids": ["test_none"]}).status_code == 404
