"""Calibrated answers through the HTTP door."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API
from twincast.wire.surveys import AnswerCalibrationRequest

CALIBRATE = f"{API}/answers/calibrate"
EXAMPLE: Any = AnswerCalibrationRequest.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]


def test_an_answer_has_interval_level_and_basis(client: TestClient) -> None:
    found = client.post(CALIBRATE, json=EXAMPLE).json()
    asked, other = found["items"]
    assert (asked["basis"], asked["value"], asked["low"], asked["high"]) == ("answered", 3.0, 3.0, 3.0)
    assert (other["basis"], other["labelled"], other["validated_on"]) == ("answers", 1, "nothing")
    assert 1.0 <= other["low"] <= other["value"] <= other["high"] <= 5.0
    assert other["level"] == found["level"] == 0.8
    assert found["checks"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": 2}, "level"),
        ({"answers": []}, "answers"),
        ({"questions": []}, "questions"),
        ({"questions": [{"id": "would_buy", "low": 5, "high": 5}]}, "questions[0].high"),
        ({"questions": [*EXAMPLE["questions"], *EXAMPLE["questions"]]}, "questions[1].id"),
        ({"answers": [{"person": "a", "question": "would_buy", "twin": 9}]}, "answers[0].twin"),
        ({"answers": [{"person": "a", "question": "would_buy", "answer": 0}]}, "answers[0].answer"),
        ({"answers": [{"person": "a", "question": "other", "twin": 1}]}, "answers[0].question"),
        ({"answers": [{"person": "a", "question": "would_buy", "twin": 1}] * 2}, "answers[1].person"),
        ({"answers": [{"person": "a", "question": "would_buy", "twin": [1] * 51}]}, "answers[0].twin"),
        ({"answers": [{"person": "a", "question": "would_buy", "twin": "much"}]}, "answers[0].twin"),
    ],
)
def test_what_is_not_right_is_named(client: TestClient, change: dict[str, Any], field: str) -> None:
    answer = client.post(CALIBRATE, json=EXAMPLE | change)
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["field"]


def test_too_many_people_are_refused(client: TestClient) -> None:
    many = {
        "questions": [{"id": f"q{number}"} for number in range(300)],
        "answers": [{"person": f"p{number}", "question": "q0", "twin": 1} for number in range(1_001)],
    }
    answer = client.post(CALIBRATE, json=many)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
