"""Structured extraction through the HTTP door: the document's body, its names, and what is refused."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import API, COMPARE, SESSIONS, TEST, TWINS, begun, comparison, customer, trial
from twincast.wire.extractions import ExtractResultsRequest, StructuredExtractionRequest

EXTRACT = f"{API}/simulate/extract/structured-results"
RESULTS = f"{API}/intervention-testing/extract-results"
KEPT = f"{API}/intervention-testing/extractions"
DOCUMENT: Any = ExtractResultsRequest.model_config["json_schema_extra"]
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
        found = known.post(EXTRACT, json=body(session, aggregation=aggregation, level=0.9, min_cell=1)).json()
        assert sorted(group["by"]["intervention_variant"] for group in found["groups"]) == ["A", "B", "C"]
        metric = found["groups"][0]["metrics"]["engagement_likelihood"]
        assert set(metric) >= {"mean", "std", "n", "confidence_interval"}
        assert metric["confidence_interval"][0] <= metric["mean"] <= metric["confidence_interval"][1]
        assert metric["level"] == 0.9
        off = known.post(EXTRACT, json=body(session, aggregation=aggregation, statistical_analysis=False)).json()
        assert (off["groups"], off["aggregate_statistics"]["confidence_interval"]) == (None, None)


class TestKept:
    @pytest.mark.req(
        "R144", "R146", "R147", "R148", "R149", "R151", "R152", "R153", "R154", "R155", "R156", "R157", "R158", "R159"
    )
    @pytest.mark.req("R160", "R164", "R174", "A28", "A29", "A33", "A54", "I10")
    def test_the_documents_body_is_answered_in_its_names(self, known: TestClient) -> None:
        for name in ("one", "two"):
            known.post(TWINS, json=customer(customer_id=name, customer_segment="high_value_customers"))
        session = begun(known)
        for name in ("cust_12345", "one", "two"):
            known.post(COMPARE, json=comparison(digital_twin_id=name, session_id=session))
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "interventions_completed"})
        known.post(TEST, json=trial(session_id=session))
        asked = {**DOCUMENT["examples"][0], "session_id": session}
        answer = known.post(RESULTS, json=asked)
        assert answer.status_code == 200
        found = answer.json()
        assert (found["session_id"], found["checkpoint_name"]) == (session, "interventions_completed")
        assert found["extraction_objective"] == asked["extraction_objective"]
        assert found["situation"] == asked["situation"]
        rows = found["individual_results"]
        assert len(rows) == found["total_rows"] == 9
        assert all({*asked["fields"], "reasoning", "intervals"} <= set(row) for row in rows)
        assert rows[0]["emotional_sentiment"] in {"positive", "neutral", "negative"}
        assert isinstance(rows[0]["key_concerns"], list)
        assert found["field_definitions"]["optimal_timing"]["field"] == "optimal_followup"
        assert found["field_definitions"]["engagement_likelihood"]["level"] == 0.8
        low, high = rows[0]["intervals"]["engagement_likelihood"]
        assert low <= rows[0]["engagement_likelihood"] <= high
        total, mirrored = found["aggregate_statistics"], found["statistics"]
        assert total["total_customers_tested"] == 3
        by_customer = {row["customer_id"]: [] for row in rows}  # type: dict[str, list[float]]
        for row in rows:
            by_customer[row["customer_id"]].append(row["purchase_likelihood"] * row["predicted_order_value"])
        money = sum(sum(it) / len(it) for it in by_customer.values())
        assert total["predicted_total_revenue"] == mirrored["total_predicted_revenue"] == pytest.approx(money)
        assert total["mean_engagement"] == pytest.approx(sum(it["engagement_likelihood"] for it in rows) / 9)
        assert total["mean_purchase_likelihood"] == pytest.approx(sum(it["purchase_likelihood"] for it in rows) / 9)
        assert total["confidence_interval"][0] <= money <= total["confidence_interval"][1]
        assert total["confidence_level"] == 0.95
        assert "Simulated customers are no data" in total["confidence_interval_of"]
        groups = {(it["by"]["customer_segment"], it["by"]["intervention_variant"]): it for it in found["groups"]}
        assert set(groups) == {(segment, name) for segment in (None, "high_value_customers") for name in "ABC"}
        metric = groups["high_value_customers", "A"]["metrics"]["purchase_likelihood"]
        assert (metric["n"], metric["confidence_interval"]) == (2, None)
        assert {"mean", "std"} <= set(metric)
        assert found["segment_analysis"]["high_value_customers"]["customers"] == 2
        assert found["recommendations"]["expected_roi"] is None
        assert known.get(f"{KEPT}/{found['extraction_id']}").content == answer.content
        assert [it["extraction_id"] for it in known.get(KEPT).json()["items"]] == [found["extraction_id"]]

    @pytest.mark.req("R150", "A66")
    def test_what_is_switched_off_is_null(self, known: TestClient) -> None:
        session = begun(known)
        known.post(COMPARE, json=comparison(session_id=session))
        off = {"enable_statistics": False, "groupby": ["intervention_variant"]}
        found = known.post(RESULTS, json={"session_id": session, "aggregation": off}).json()
        for name in ("aggregate_statistics", "statistics", "groups", "segment_analysis", "recommendations"):
            assert found[name] is None
        assert len(found["individual_results"]) == 3

    @pytest.mark.req("R145", "A33")
    def test_an_unknown_checkpoint_lists_the_names_there_are(self, known: TestClient) -> None:
        session = begun(known)
        known.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "twins_created"})
        answer = known.post(RESULTS, json={"session_id": session, "checkpoint_name": "x"})
        assert answer.status_code == 404
        assert "twins_created" in answer.json()["detail"]

    def test_the_same_key_gives_the_first_answer_until_the_customer_is_erased(self, known: TestClient) -> None:
        session = begun(known)
        known.post(TEST, json=trial(session_id=session))
        headers = {"Idempotency-Key": "k"}
        answers = [known.post(RESULTS, json={"session_id": session}, headers=headers) for _ in range(2)]
        assert answers[0].content == answers[1].content
        known.delete(f"{TWINS}/cust_12345")
        again = known.get(f"{KEPT}/{answers[0].json()['extraction_id']}").json()
        assert (again["individual_results"], again["aggregate_statistics"]) == ([], None)
        assert [it["code"] for it in again["warnings"]] == ["customers-erased"]
        assert known.post(RESULTS, json={"session_id": session}, headers=headers).json()["total_rows"] == 0

    @pytest.mark.req("R153", "I22")
    def test_an_extraction_is_taken_away_as_a_table(self, known: TestClient) -> None:
        session = begun(known)
        known.post(COMPARE, json=comparison(session_id=session))
        fields = ["customer_id", "purchase_likelihood", "key_concerns", "emotional_sentiment", "mood"]
        made = known.post(RESULTS, json={"session_id": session, "fields": fields}).json()
        address = f"{KEPT}/{made['extraction_id']}/export"
        rows = known.get(f"{address}?format=json").json()
        rows = rows["rows"] if isinstance(rows, dict) else rows
        assert [it["intervention_variant"] for it in rows] == [
            it["intervention_variant"] for it in made["individual_results"]
        ]
        for row, told in zip(rows, made["individual_results"], strict=True):
            assert row["purchase_likelihood"] == told["purchase_likelihood"]
            assert [row["purchase_likelihood_low"], row["purchase_likelihood_high"]] == told["intervals"][
                "purchase_likelihood"
            ]
            assert (row["emotional_sentiment"], row["mood"]) == (told["emotional_sentiment"], None)
            assert row["key_concerns"] == "; ".join(told["key_concerns"])
        lines = known.get(f"{address}?format=csv").text.splitlines()
        assert lines[0].startswith("source,digital_twin_id,customer_id,")
        assert len(lines) == 4
        first = known.get(f"{address}?format=jsonl&limit=2")
        assert len(first.text.splitlines()) == 2
        rest = known.get(f"{address}?format=jsonl&limit=2&cursor={first.headers['x-next-cursor']}")
        assert len(rest.text.splitlines()) == 1
        assert known.get(f"{KEPT}/extract_none/export").status_code == 404

    def test_a_batch_is_extracted_by_its_id(self, known: TestClient) -> None:
        variants = [{"id": "a", "content": "30% off"}, {"id": "b", "content": "Early access"}]
        body = {"digital_twin_ids": ["cust_12345"], "intervention_variants": variants}
        batch = known.post(f"{API}/intervention-testing/batch", json=body).json()["batch_id"]
        found = known.post(RESULTS, json={"batch_id": batch}).json()
        assert (found["batch_id"], [row["intervention_variant"] for row in found["individual_results"]]) == (
            batch,
            ["a", "b"],
        )
        both = known.post(RESULTS, json={"batch_id": batch, "session_id": "s"})
        assert both.json()["errors"][0]["field"] == "session_id"
        assert known.post(RESULTS, json={}).status_code == 422

    def test_economics_and_limits_are_checked(self, known: TestClient) -> None:
        asked = {"session_id": begun(known), "economics": {"contact_cost": -1}, "min_cell": 0}
        answer = known.post(RESULTS, json=asked)
        assert [it["field"] for it in answer.json()["errors"]] == ["min_cell", "economics.contact_cost"]
        assert known.get(f"{KEPT}/extract_none").json()["code"] == "unknown-extraction"


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
