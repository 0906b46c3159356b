"""Comparisons through the HTTP door: the document's body, its ranking, what is too close to call, what is wrong."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.bodies import COMPARE, COMPARISONS, TEST, comparison, trial, with_, without


def bare_numbers(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the asked fields of each variant by id."""
    names = comparison()["predict"]
    return {row["variant_id"]: {name: row[name] for name in names} for row in answer["rankings"]}


class TestTheDocument:
    @pytest.mark.req("R58", "R61", "R62", "R63", "R64")
    def test_its_body_gives_its_answer(self, known: TestClient) -> None:
        answer = known.post(COMPARE, json=comparison())
        assert answer.status_code == 200
        found = answer.json()
        assert [row["rank"] for row in found["rankings"]] == [1, 2, 3]
        assert {row["variant_id"] for row in found["rankings"]} == {"A", "B", "C"}
        for row in found["rankings"]:
            assert row["reasoning"]
            for name in comparison()["predict"]:
                assert isinstance(row[name], float)
                nested = row["details"]["predictions"][name]
                assert row[name] == nested.get("likelihood", nested.get("estimated_value"))
        advice = found["recommendation"]
        assert advice["leading_variant"] == found["rankings"][0]["variant_id"]
        assert advice["best_variant"] in {None, advice["leading_variant"]}
        assert (advice["best_variant"] is None) == (advice["reason"] is not None)
        assert advice["explanation"]

    @pytest.mark.req("R60", "A19", "A20")
    def test_what_the_request_says_holds_for_each_variant_without_its_own(self, known: TestClient) -> None:
        body = with_(comparison(channel="push", timing="monday_evening"), "sms", "variants", 1, "channel")
        rows = {row["variant_id"]: row["resolved"] for row in known.post(COMPARE, json=body).json()["rankings"]}
        assert {rows[name]["channel"] for name in "AC"} == {"push"}
        assert rows["B"]["channel"] == "sms"
        assert {row["timing"]["window"]["token"] for row in rows.values()} == {"monday_evening"}
        assert {row["type"] for row in rows.values()} == {"promotional_email"}

    @pytest.mark.req("R67")
    def test_order_and_names_change_no_number(self, known: TestClient) -> None:
        plain = known.post(COMPARE, json=comparison()).json()
        turned = comparison()
        turned["variants"] = [it | {"id": f"new {it['id']}"} for it in reversed(turned["variants"])]
        other = bare_numbers(known.post(COMPARE, json=turned).json())
        assert {name.removeprefix("new "): row for name, row in other.items()} == bare_numbers(plain)

    def test_a_variant_has_the_numbers_of_a_test_of_it_alone(self, known: TestClient) -> None:
        rows = {row["variant_id"]: row for row in known.post(COMPARE, json=comparison()).json()["rankings"]}
        for variant in comparison()["variants"]:
            alone = trial(
                intervention={"type": "promotional_email", "content": variant["content"]},
                predict=comparison()["predict"],
            )
            alone_found = known.post(TEST, json=alone).json()["predictions"]
            assert alone_found == rows[variant["id"]]["details"]["predictions"]

    @pytest.mark.req("R64", "R65", "A65")
    def test_identical_variants_are_tied_and_none_is_recommended(self, known: TestClient) -> None:
        body = comparison(variants=[{"id": it, "content": "30% off this weekend"} for it in "ABCD"])
        found = known.post(COMPARE, json=body | {"predict": ["engagement_rate", "variant_preference"]}).json()
        assert [row["p_best"] for row in found["rankings"]] == [0.25] * 4
        assert [row["variant_preference"] for row in found["rankings"]] == [0.25] * 4
        assert len({row["engagement_rate"] for row in found["rankings"]}) == 1
        assert set(found["rankings"][0]["tied_with"]) == {"B", "C", "D"}
        assert found["recommendation"]["best_variant"] is None
        assert found["recommendation"]["confidence"] == 0.25

    def test_sending_nothing_can_be_ranked_among_them(self, known: TestClient) -> None:
        found = known.post(COMPARE, json=comparison(include_no_contact=True)).json()
        assert {row["variant_id"] for row in found["rankings"]} == {"A", "B", "C", "no_contact"}
        (nothing,) = [row for row in found["rankings"] if row["variant_id"] == "no_contact"]
        assert nothing["revenue_impact"] == 0
        assert nothing["resolved"]["channel"] is None

    @pytest.mark.req("A65")
    def test_the_threshold_is_the_callers(self, known: TestClient) -> None:
        bold = known.post(COMPARE, json=comparison(decision_threshold=0)).json()["recommendation"]
        assert bold["best_variant"] == bold["leading_variant"]
        shy = known.post(COMPARE, json=comparison(decision_threshold=1)).json()["recommendation"]
        assert shy["best_variant"] is None

    def test_fields_that_are_no_numbers_stand_as_labels(self, known: TestClient) -> None:
        names = ["engagement_rate", "emotional_sentiment", "key_concerns", "optimal_timing", "will_open"]
        for row in known.post(COMPARE, json=comparison(predict=names)).json()["rankings"]:
            assert row["emotional_sentiment"] in {"positive", "neutral", "negative"}
            assert isinstance(row["key_concerns"], list)
            assert isinstance(row["optimal_timing"], str)


class TestLooking:
    @pytest.mark.req("R62")
    def test_a_stored_comparison_is_the_very_answer(self, known: TestClient) -> None:
        posted = known.post(COMPARE, json=comparison(include_no_contact=True))
        assert known.get(posted.headers["Content-Location"]).content == posted.content
        assert known.get(COMPARISONS).json()["items"] == [posted.json()]
        assert known.get(COMPARISONS, params={"digital_twin_id": "cust_12345"}).json()["items"] == [posted.json()]

    def test_one_that_is_not_there_is_not_found(self, known: TestClient) -> None:
        assert known.get(f"{COMPARISONS}/x").json()["code"] == "unknown-comparison"


WRONG: list[tuple[dict[str, Any], int, str]] = [
    (comparison(variants=comparison()["variants"][:1]), 422, "variants"),
    (comparison(variants=[]), 422, "variants"),
    (comparison(variants=None), 422, "variants"),
    (comparison(variants="A"), 422, "variants"),
    (comparison(variants=[{"id": str(it), "content": "30% off"} for it in range(51)]), 422, "variants"),
    (with_(comparison(), "A", "variants", 1, "id"), 422, "variants[1].id"),
    (with_(comparison(), "", "variants", 1, "id"), 422, "variants[1].id"),
    (with_(comparison(), 1, "variants", 1, "id"), 422, "variants[1].id"),
    (with_(comparison(), {"content": "x"}, "variants", 1), 422, "variants[1].id"),
    (with_(comparison(), "", "variants", 1, "content"), 422, "variants[1].content"),
    (with_(comparison(), "no_contact", "variants", 1, "id") | {"include_no_contact": True}, 422, "variants[1].id"),
    (comparison(predict=["revenue"]), 422, "predict[0]"),
    (comparison(decision_threshold=1.5), 422, "decision_threshold"),
    (comparison(decision_threshold="high"), 422, "decision_threshold"),
    (comparison(include_no_contact=1), 422, "include_no_contact"),
    (comparison(type="newsletter"), 422, "type"),
    (comparison(rank_by="concerns"), 422, "rank_by"),
    (comparison(digital_twin_id="nobody"), 404, ""),
    (without(comparison(), "digital_twin_id"), 422, "digital_twin_id"),
    (comparison(variant=[]), 422, "variant"),
]


class TestWrongRequests:
    @pytest.mark.parametrize(("body", "status", "field"), WRONG, ids=[f"{n}-{row[2]}" for n, row in enumerate(WRONG)])
    @pytest.mark.req("R59")
    def test_what_is_wrong_is_named_and_nothing_is_stored(
        self, known: TestClient, body: dict[str, Any], status: int, field: str
    ) -> None:
        answer = known.post(COMPARE, json=body)
        assert answer.status_code == status
        if field:
            assert field in {it["field"] for it in answer.json()["errors"]}
        assert known.get(COMPARISONS).json()["items"] == []
