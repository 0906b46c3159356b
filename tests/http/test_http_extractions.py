"""Structured extraction through the HTTP door: the document's body, its names, and what is refused."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, COMPARE, SESSIONS, TEST, TWINS, begun, comparison, customer, trial
from twincast.wire.extractions import StructuredExtractionRequest

EXTRACT = f"{API}/simulate/extract/structured-results"
EXAMPLES: Any = StructuredExtractionRequest.model_config["json_schema_extra"]


def body(session: str, **more: Any) -> dict[str, Any]:
    return {**EXAMPLES["examples"][0], "session_id": session, "checkpoint_name": None, **more}


class TestTheDocument:
    @pytest.mark.req("R137", "R138", "R139", "R140", "R141", "A28", "A33")
    def test_its_body_is_answered_in_its_names(self, known: TestClient) -> None:
        known.post(TWINS, json=customer(customer_id="other"))
        session = begun(known)
        for name in ("cust_12345", "other"):
            known.post(TEST, json=trial(digital_twin_id=name, session_id=session))
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "interventions_tested"})
        known.post(TEST, json=trial(session_id=session, predict=["will_open"]))
        answer = known.post(EXTRACT, json=body(session, checkpoint_name="interventions_tested"))
        assert answer.status_code == 200
        found = answer.json()
        rows, statistics, aggregated = found["individual_results"], found["statistics"], found["aggregate_statistics"]
        assert [row["customer_id"] for row in rows] == ["cust_12345", "other"]
        assert set(EXAMPLES["examples"][0]["fields"]) <= set(rows[0])
        engaged = [row["engagement_likelihood"] for row in rows]
        assert statistics["mean_engagement"] == aggregated["mean_engagement"] == pytest.approx(sum(engaged) / 2)
        money = sum(row["predicted_revenue"] for row in rows)
        assert statistics["total_predicted_revenue"] == aggregated["predicted_total_revenue"] == pytest.approx(money)
        assert (statistics["high_engagement_count"], statistics["high_engagement_threshold"]) == (0, 0.7)
        low, high = aggregated["confidence_interval"]
        assert low <= money <= high
        assert aggregated["confidence_level"] == 0.95
        assert "does not shrink" in statistics["intervals"]["mean_engagement"]["about"]

    @pytest.mark.req("A30")
    def test_groups_have_metrics_by_field(self, known: TestClient) -> None:
        session = begun(known)
        known.post(COMPARE, json=comparison(session_id=session))
        aggregation = {"groupby": ["intervention_variant"], "metrics": ["mean", "std", "confidence_interval"]}
        found = known.post(EXTRACT, json=body(session, aggregation=aggregation, level=0.9)).json()
        assert sorted(group["by"]["intervention_variant"] for group in found["groups"]) == ["A", "B", "C"]
        metric = found["groups"][0]["metrics"]["engagement_likelihood"]
        assert set(metric) >= {"mean", "std", "n", "confidence_interval"}
        assert metric["confidence_interval"][0] <= metric["mean"] <= metric["confidence_interval"][1]
        assert metric["level"] == 0.9
        off = known.post(EXTRACT, json=body(session, aggregation=aggregation, statistical_analysis=False)).json()
        assert (off["groups"], off["aggregate_statistics"]["confidence_interval"]) == (None, None)


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"result_type": "poem"}, "result_type"),
            ({"fields": []}, "fields"),
            ({"level": 2}, "level"),
            ({"aggregation": {"groupby": ["mood"]}}, "groupby[0]"),
            ({"aggregation": {"metrics": ["median"]}}, "aggregation.metrics[0]"),
            ({"fields_hints": {"mood": "x"}}, "fields_hints"),
            ({"feilds": ["customer_id"]}, "feilds"),
        ],
    )
    def test_are_refused_by_name(self, known: TestClient, more: dict[str, Any], field: str) -> None:
        answer = known.post(EXTRACT, json=body(begun(known), **more))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)

    def test_what_is_not_there_is_not_found(self, known: TestClient) -> None:
        session = begun(known)
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "twins_created"})
        assert known.post(EXTRACT, json=body("sess_none")).json()["code"] == "unknown-session"
        unknown = known.post(EXTRACT, json=body(session, checkpoint_name="interventions_completed"))
        assert unknown.status_code == 404
        assert "twins_created" in unknown.json()["detail"]
