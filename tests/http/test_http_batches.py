"""Batches through the HTTP door: both of the document's bodies, rows and what they add up to, jobs, what is wrong."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import BATCH, BATCHES, TEST, TWINS, batch, customer, trial, variants_batch, with_
from twincast.bootstrap.container import Parts
from twincast.bootstrap.settings import Settings
from twincast.entrypoints.http.app import create_app
from twincast.wire.batch_results import BatchTest

IDS = ("cust_12345", "cust_67890", "cust_11111", "001", "002", "003")


@pytest.fixture
def shop(client: TestClient) -> TestClient:
    """A service that knows every customer whom the document's batches name."""
    for place, name in enumerate(IDS):
        history = customer()["history"] | {"total_purchases": 3 + 4 * place}
        assert client.post(TWINS, json=customer(customer_id=name, history=history)).status_code == 201
    return client


def done(answer: Any) -> dict[str, Any]:
    """Return the body of a batch that was computed at once, checked against its shape."""
    assert answer.status_code == 200, answer.text
    BatchTest.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def mean(rows: list[dict[str, Any]], name: str) -> float:
    return float(sum(row[name] for row in rows) / len(rows))


class TestTheDocument:
    @pytest.mark.req("R68", "R69", "R71", "R73", "R74", "R79", "A23")
    def test_one_intervention_gives_a_row_for_each_twin(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=batch()))
        assert found["customer_segment"] == "high_value_at_risk"
        assert (found["total_requested"], found["total_tested"], found["total_failed"]) == (3, 3, 0)
        assert [row["digital_twin_id"] for row in found["individual_results"]] == batch()["digital_twin_ids"]
        assert all(
            0.0 < row[name] < 1.0 for row in found["individual_results"] for name in ("will_engage", "will_convert")
        )
        assert all(row["predicted_value"] > 0.0 for row in found["individual_results"])
        assert shop.get(f"{BATCHES}/{found['batch_id']}").json() == found

    @pytest.mark.req("R75", "R76", "R77", "R78", "A24", "A25")
    def test_what_is_added_up_equals_the_rows(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=batch(predict=["loyalty_impact"])))
        rows, total = found["individual_results"], found["aggregate_predictions"]
        assert total["average_engagement"] == pytest.approx(mean(rows, "will_engage"), abs=1e-9)
        assert total["average_conversion"] == pytest.approx(mean(rows, "will_convert"), abs=1e-9)
        assert total["expected_revenue"] == pytest.approx(sum(row["predicted_value"] for row in rows), abs=1e-9)
        assert total["retention_improvement"] == pytest.approx(mean(rows, "loyalty_impact"), abs=1e-9)
        for name in ("average_engagement", "average_conversion", "expected_revenue", "retention_improvement"):
            added = total["details"][name]
            assert added["interval"]["low"] <= added["value"] == total[name] <= added["interval"]["high"]

    @pytest.mark.req("R68", "R84", "R85", "R87", "R88", "A9", "A66")
    def test_variants_give_a_row_for_each_twin_and_variant(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=variants_batch()))
        rows = found["individual_results"]
        assert len(rows) == 6
        assert all({"variant_preference", "engagement_score", "purchase_likelihood"} <= set(row) for row in rows)
        for row in rows:
            assert row["engagement_score"] == row["will_engage"]
            assert row["purchase_likelihood"] == row["will_convert"]
        for twin in variants_batch()["digital_twin_ids"]:
            mine = [row["variant_preference"] for row in rows if row["digital_twin_id"] == twin]
            assert sum(mine) == pytest.approx(1.0)
        for place, variant in enumerate(variants_batch()["intervention_variants"]):
            own = [row for row in rows if row["variant_id"] == variant["id"]]
            result = found["per_variant"][place]
            assert result["variant_id"] == variant["id"]
            added = result["aggregate_predictions"]
            assert added["average_engagement"] == pytest.approx(mean(own, "will_engage"), abs=1e-9)
            assert added["expected_revenue"] == pytest.approx(sum(it["predicted_value"] for it in own), abs=1e-9)
        assert [it["code"] for it in found["warnings"]].count("comparison-not-remembered") == 1
        assert found["aggregate_of"]

    @pytest.mark.req("R89")
    def test_statistics_compare_the_variants_in_pairs_where_that_is_asked(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=variants_batch()))
        per_variant = {it["variant_id"]: it["aggregate_predictions"] for it in found["per_variant"]}
        pairs = {it["field"]: it for it in found["statistical_analysis"]["pairs"]}
        assert set(pairs) == {"will_engage", "will_purchase", "expected_revenue"}
        pair = pairs["will_engage"]
        gap = per_variant[pair["variant"]]["average_engagement"] - per_variant[pair["other"]]["average_engagement"]
        for name in ("difference", "difference_together"):
            assert pair[name]["low"] <= pair[name]["value"] <= pair[name]["high"]
            assert pair[name]["value"] == pytest.approx(gap, abs=1e-12)
        assert 0.0 <= pair["p_better"] <= 1.0
        without = with_(variants_batch(), False, "extraction_config", "statistical_analysis")
        assert done(shop.post(BATCH, json=without))["statistical_analysis"] is None

    @pytest.mark.req("R68")
    def test_the_body_with_a_session_runs_in_it(self, shop: TestClient) -> None:
        session = shop.post("/api/v1/simulation-control/sessions/begin", json={}).json()["session_id"]
        found = done(shop.post(BATCH, json=variants_batch(session_id=session)))
        assert found["session_id"] == session
        listed = shop.get(BATCHES, params={"session_id": session}).json()["items"]
        assert [it["batch_id"] for it in listed] == [found["batch_id"]]

    @pytest.mark.req("R72")
    def test_without_analysis_there_are_no_insights(self, shop: TestClient) -> None:
        assert done(shop.post(BATCH, json=batch(analyze=False)))["segment_insights"] is None

    @pytest.mark.req("A27", "R80", "R81")
    def test_nothing_is_said_of_segments_from_three_customers(self, shop: TestClient) -> None:
        insights = done(shop.post(BATCH, json=batch()))["segment_insights"]
        assert insights["most_effective_for"] is None
        assert insights["least_effective_for"] is None
        assert "30" in insights["reasons"]["most_effective_for"]

    @pytest.mark.req("A42")
    def test_a_row_has_the_numbers_of_a_test_alone_bare_or_in_full(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=batch(predict=["will_engage", "purchase_amount"])))
        full = shop.get(f"{BATCHES}/{found['batch_id']}", params={"detail": "full"}).json()["individual_results"]
        for row, whole in zip(found["individual_results"], full, strict=True):
            alone = trial(
                digital_twin_id=row["digital_twin_id"],
                intervention=batch()["intervention"],
                predict=["will_engage", "will_convert", "predicted_value", "purchase_amount"],
            )
            tested = shop.post(TEST, json=alone).json()["predictions"]
            assert row["will_engage"] == pytest.approx(tested["will_engage"]["likelihood"], abs=1e-12)
            assert row["will_convert"] == pytest.approx(tested["will_convert"]["likelihood"], abs=1e-12)
            assert row["predicted_value"] == pytest.approx(tested["predicted_value"]["estimated_value"], rel=1e-12)
            for name in ("will_engage", "will_convert", "predicted_value", "purchase_amount"):
                for part in ("interval", "uplift", "no_contact", "unit", "basis", "horizon_days"):
                    assert (
                        whole[name][part] == pytest.approx(tested[name][part], abs=1e-12)
                        if not isinstance(tested[name][part], dict)
                        else whole[name][part] == pytest.approx(tested[name][part], abs=1e-9)
                    )

    @pytest.mark.req("A20")
    def test_what_the_request_says_holds_for_each_variant_without_its_own(self, shop: TestClient) -> None:
        body = with_(variants_batch(channel="push"), "sms", "intervention_variants", 1, "channel")
        found = done(shop.post(BATCH, json=body))
        assert [it["resolved"]["channels"] for it in found["per_variant"]] == [{"push": 3}, {"sms": 3}]


class TestItems:
    @pytest.mark.req("R70")
    def test_unknown_twins_are_reported_and_the_others_run(self, shop: TestClient) -> None:
        ids = ["twin_cust_12345", "nobody", "cust_67890", "cust_12345", "twin_nobody"]
        found = done(shop.post(BATCH, json=batch(digital_twin_ids=ids)))
        assert (found["total_requested"], found["total_tested"], found["total_failed"]) == (5, 2, 1)
        assert found["failures"] == {"unknown-twin": 1}
        assert [(it["digital_twin_id"], it["code"]) for it in found["failed"]] == [("twin_nobody", "unknown-twin")]
        assert "duplicate-twins" in [it["code"] for it in found["warnings"]]
        assert [row["digital_twin_id"] for row in found["individual_results"]] == ["twin_cust_12345", "twin_cust_67890"]

    def test_who_opted_out_of_profiling_is_refused_alone(self, shop: TestClient) -> None:
        assert shop.post(TWINS, json=customer(customer_id="001", profiling_opt_out=True)).status_code == 200
        found = done(shop.post(BATCH, json=variants_batch()))
        assert found["failures"] == {"profiling-opt-out": 1}
        assert "twin_001" not in {row["digital_twin_id"] for row in found["individual_results"]}

    def test_nobody_known_gives_no_numbers(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=batch(digital_twin_ids=["a", "b"])))
        assert found["total_tested"] == 0
        assert found["aggregate_predictions"]["average_engagement"] is None

    def test_an_erased_customer_leaves_the_batch(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=batch()))
        assert shop.delete(f"{TWINS}/twin_cust_67890").status_code in {200, 204}
        left = shop.get(f"{BATCHES}/{found['batch_id']}").json()
        assert left["total_tested"] == 2
        assert "cust_67890" not in str(left)
        rows = left["individual_results"]
        assert left["aggregate_predictions"]["average_engagement"] == pytest.approx(mean(rows, "will_engage"), abs=1e-9)


class TestWhatIsWrong:
    @pytest.mark.req("A9")
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (batch(digital_twin_ids=[]), "digital_twin_ids"),
            ({"intervention": batch()["intervention"]}, "digital_twin_ids"),
            (batch() | {"intervention_variants": variants_batch()["intervention_variants"]}, "intervention"),
            ({"digital_twin_ids": ["001"]}, "intervention"),
            (batch(intervention={"type": "retention_offer"}), "intervention.content"),
            (with_(variants_batch(), None, "intervention_variants", 1, "content"), "intervention_variants[1].content"),
            (with_(variants_batch(), "discount_30", "intervention_variants", 1, "id"), "intervention_variants[1].id"),
            (with_(variants_batch(), "tournament", "test_config", "mode"), "test_config.mode"),
            (with_(variants_batch(), "single", "test_config", "mode"), "test_config.mode"),
            (batch(test_config={"mode": "assign"}), "test_config.mode"),
            (with_(variants_batch(), 11, "test_config", "rounds"), "test_config.rounds"),
            (batch(predict=["concerns"]), "concerns"),
            (batch(predict=["will_fly"]), "predict[0]"),
            (batch(level=2.0), "level"),
            (batch(horizon_days=0), "horizon_days"),
        ],
    )
    def test_is_named_and_nothing_is_stored(self, shop: TestClient, body: dict[str, Any], field: str) -> None:
        answer = shop.post(BATCH, json=body)
        assert answer.status_code == 422, answer.text
        assert field in {it["field"] for it in answer.json()["errors"]}
        assert shop.get(BATCHES).json()["items"] == []

    def test_too_many_ids_are_refused_before_they_are_read(self, make_client: Any, parts: Any) -> None:
        answer = make_client().post(
            BATCH, content=b"[" + b" " * 50_000_000, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413

    def test_an_unknown_session_or_batch_is_not_found(self, shop: TestClient) -> None:
        assert shop.post(BATCH, json=batch(session_id="sess_none")).status_code == 404
        assert shop.get(f"{BATCHES}/batch_none").status_code == 404
        assert shop.delete(f"{BATCHES}/batch_none").status_code == 404

    @pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "-1"}, {"detail": "some"}, {"limit": 0}])
    def test_a_wrong_page_is_named(self, shop: TestClient, query: dict[str, Any]) -> None:
        found = done(shop.post(BATCH, json=batch()))
        assert shop.get(f"{BATCHES}/{found['batch_id']}", params=query).status_code == 422


class TestPages:
    def test_pages_hold_every_row_once(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=variants_batch()))
        rows, cursor = [], None
        while True:
            query = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
            page = shop.get(f"{BATCHES}/{found['batch_id']}", params=query).json()
            rows += page["individual_results"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert rows == found["individual_results"]

    @pytest.mark.req("I10")
    def test_a_batch_is_listed_and_deleted(self, shop: TestClient) -> None:
        found = done(shop.post(BATCH, json=variants_batch()))
        (head,) = shop.get(BATCHES).json()["items"]
        assert (head["batch_id"], head["mode"]) == (found["batch_id"], "compare_variants")
        assert shop.delete(f"{BATCHES}/{found['batch_id']}").status_code == 204
        assert shop.get(f"{BATCHES}/{found['batch_id']}").status_code == 404

    def test_the_same_key_gives_the_first_answer_again(self, shop: TestClient) -> None:
        headers = {"Idempotency-Key": "once"}
        first = shop.post(BATCH, json=batch(), headers=headers)
        again = shop.post(BATCH, json=batch(), headers=headers)
        assert again.content == first.content
        assert len(shop.get(BATCHES).json()["items"]) == 1


class TestJobs:
    @pytest.mark.req("A10", "R184")
    def test_what_is_asked_for_as_a_job_ends_with_the_body_that_is_answered_at_once(self, shop: TestClient) -> None:
        body = variants_batch(seed=5)
        at_once = done(shop.post(BATCH, json=body))
        answer = shop.post(BATCH, json=body, headers={"Prefer": "respond-async"})
        assert answer.status_code == 202
        BatchTest.model_validate_json(answer.content)
        job = answer.headers["Location"]
        for _ in range(200):
            if shop.get(job).json()["status"] == "succeeded":
                break
            time.sleep(0.02)
        ended = shop.get(answer.headers["Content-Location"]).json()
        own = ("batch_id", "session_id", "job_id", "created_at", "completed_at")
        assert {key: it for key, it in ended.items() if key not in own} == {
            key: it for key, it in at_once.items() if key not in own
        }
        assert f"/jobs/{ended['job_id']}" in job

    @pytest.mark.req("A10")
    def test_more_cells_than_the_setting_are_a_job(self, settings: Settings, parts: Parts) -> None:
        app = create_app(replace(settings, batch_inline=5), parts)
        client = TestClient(app, base_url="http://localhost:8000", client=("127.0.0.1", 50_000))
        for name in IDS:
            assert client.post(TWINS, json=customer(customer_id=name)).status_code == 201
        assert client.post(BATCH, json=batch()).status_code == 200
        assert client.post(BATCH, json=variants_batch()).status_code == 202


class TestATable:
    def sent(self, client: TestClient, table: bytes, **fields: str) -> Any:
        request = json.dumps({"intervention": batch()["intervention"]})
        form = {"request": request, "format": "csv", **fields}
        return client.post(f"{BATCH}/upload", files={"file": ("list.csv", table)}, data=form)

    def test_names_whom_a_batch_is_about(self, shop: TestClient) -> None:
        found = done(self.sent(shop, b"customer_id,note\ncust_12345,a\nnobody,b\ncust_67890,=1+1\n"))
        assert [row["digital_twin_id"] for row in found["individual_results"]] == ["twin_cust_12345", "twin_cust_67890"]
        assert found["failures"] == {"unknown-twin": 1}

    @pytest.mark.parametrize(
        "table", [b"", b"customer_id\n", b"a,b\n1,2\n", b"customer_id\n\xff\xfe\x00\n", b"customer_id,x\n,1\n"]
    )
    def test_that_can_not_be_read_is_refused_and_nothing_is_stored(self, shop: TestClient, table: bytes) -> None:
        assert 400 <= self.sent(shop, table).status_code < 500
        assert shop.get(BATCHES).json()["items"] == []

    def test_needs_a_request_that_is_right(self, shop: TestClient) -> None:
        answer = self.sent(shop, b"customer_id\ncust_12345\n", request=json.dumps({"intervention": {"type": "custom"}}))
        assert answer.status_code == 422
        assert self.sent(shop, b"customer_id\ncust_12345\n", request="[").status_code in {400, 422}
