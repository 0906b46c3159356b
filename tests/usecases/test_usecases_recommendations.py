"""When a variant is recommended, why, and when none is: too close to call is an answer."""

import pytest

from tests.usecases.shop import (
    CUSTOMERS,
    DOCUMENT,
    DOCUMENT_VARIANTS,
    OFFER,
    comparing,
    numbers,
    open_shop,
    places,
)
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import Explanation
from twincast.domain.trials import Answered
from twincast.response.reasons import AGAINST
from twincast.usecases import comparisons
from twincast.usecases.context import Context

EXPLAINED = ("will_engage", "will_purchase", "will_click", "will_unsubscribe", "loyalty_impact")
CLEAR = {
    "push": Intervention(type="custom", channel="sms", content="Free shipping today. Shop now.", response="click"),
    "mail": Intervention(type="custom", channel="mail", content="Hello", response="click"),
}
PAIRS: tuple[dict[str, str | Intervention], ...] = (
    {"A": DOCUMENT_VARIANTS["A"], "B": DOCUMENT_VARIANTS["B"]},
    {"A": DOCUMENT_VARIANTS["A"], "C": DOCUMENT_VARIANTS["C"]},
    {"loud": "ACT NOW!!! LAST CHANCE!!! 10% off", "calm": "10% off"},
    {"five": "5% off", "fifty": "50% off"},
    {"sorry": "We are sorry about your order. Please accept $10 off.", "thanks": "Thank you for being with us."},
)


def amounts(answer: Answered, field: str) -> dict[str, float]:
    found: Explanation = next(it for it in answer.explanations if it.field == field)
    return {part.words: part.amount for part in found.contributions}


class TestTies:
    @pytest.mark.req("N1", "R64", "R65", "A65")
    @pytest.mark.parametrize("count", [2, 3, 7])
    @pytest.mark.parametrize("rank_by", ["will_engage", "will_purchase", "revenue_impact", "loyalty_impact"])
    def test_identical_variants_differ_by_nothing_and_none_is_best(
        self, shop: Context, count: int, rank_by: str
    ) -> None:
        same = {f"v{at}": OFFER for at in range(count)}
        comparison = comparisons.run(shop, comparing(same, rank_by=rank_by))
        values = {tuple(numbers(row).values()) for row in comparison.rankings}
        assert len(values) == 1
        assert {row.p_best for row in comparison.rankings} == {1 / count}
        assert [row.rank for row in comparison.rankings] == list(range(1, count + 1))
        for row in comparison.rankings:
            assert set(row.tied_with) == set(same) - {row.variant_id}
        advice = comparison.recommendation
        assert advice.best_variant is None
        assert advice.confidence == 1 / count
        assert "exactly equal" in (advice.reason or "")
        assert "differ in nothing" in advice.explanation

    @pytest.mark.req("R64")
    def test_no_threshold_makes_one_of_equals_the_best(self, shop: Context) -> None:
        advice = comparisons.run(shop, comparing({"A": OFFER, "B": OFFER}, decision_threshold=0.0)).recommendation
        assert advice.best_variant is None

    @pytest.mark.req("R63")
    def test_a_tie_below_the_first_is_flagged_there(self, shop: Context) -> None:
        variants = {"good": "40% off everything", "plain": "Hello", "same": "Hello"}
        rows = places(comparisons.run(shop, comparing(variants, rank_by="will_purchase")))
        assert rows["good"].tied_with == ()
        assert (rows["plain"].tied_with, rows["same"].tied_with) == (("same",), ("plain",))
        assert [rows[name].rank for name in ("good", "plain", "same")] == [1, 2, 3]


class TestRecommendation:
    @pytest.mark.req("R64", "A65")
    def test_too_close_to_call_is_an_answer(self, shop: Context) -> None:
        advice = comparisons.run(shop, comparing(DOCUMENT_VARIANTS)).recommendation
        assert advice.best_variant is None
        assert "too close to call" in (advice.reason or "")
        assert advice.threshold == 0.75

    @pytest.mark.req("R64", "R65")
    def test_a_clear_winner_is_recommended(self, shop: Context) -> None:
        comparison = comparisons.run(shop, comparing(CLEAR, "daily", predict=("will_click",)))
        advice = comparison.recommendation
        assert advice.best_variant == "push" == comparison.rankings[0].variant_id
        assert advice.confidence == comparison.rankings[0].p_best >= 0.75
        assert advice.reason is None

    @pytest.mark.req("A65")
    def test_the_threshold_decides(self, shop: Context) -> None:
        confidence = comparisons.run(shop, comparing(DOCUMENT_VARIANTS)).recommendation.confidence
        for threshold, leads in ((confidence, True), (confidence + 1e-9, False), (0.0, True), (1.0, False)):
            advice = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, decision_threshold=threshold)).recommendation
            assert (advice.best_variant is not None) is leads
            assert advice.threshold == threshold

    @pytest.mark.req("R66")
    @pytest.mark.parametrize(
        "rank_by", ["will_engage", "will_purchase", "will_click", "will_unsubscribe", "loyalty_impact"]
    )
    @pytest.mark.parametrize("twin", [customer["customer_id"] for customer in CUSTOMERS])
    def test_the_explanation_names_a_driver_that_really_differs(self, shop: Context, twin: str, rank_by: str) -> None:
        for pair in PAIRS:
            comparison = comparisons.run(shop, comparing(pair, twin, rank_by=rank_by))
            first, second = comparison.rankings[:2]
            told = comparison.recommendation.explanation
            if first.tied_with:
                assert "differ in nothing" in told
                continue
            assert told.startswith(f"{first.variant_id} stands before {second.variant_id} by {rank_by}, ")
            named = told.removesuffix(".").partition("most of all through ")[2]
            mine, theirs = (amounts(row.answer, rank_by) for row in (first, second))
            sign = -1 if rank_by == "will_unsubscribe" else 1
            words = named.removeprefix(AGAINST).split(", which ")[0]
            gap = sign * (mine.get(words, 0.0) - theirs.get(words, 0.0))
            assert gap > 0, (told, mine, theirs)
            if named.startswith(AGAINST):
                assert words not in mine

    @pytest.mark.req("R66", "A5")
    def test_money_is_explained_by_the_order_where_the_discount_costs_more_than_it_brings(self) -> None:
        ctx = open_shop({**DOCUMENT, "behavioral_data": {"purchase_frequency": "daily", "average_order_value": 250}})
        variants = {"cut": "60% off everything", "plain": "Our new line is here"}
        comparison = comparisons.run(ctx, comparing(variants, rank_by="revenue_impact"))
        first, second = comparison.rankings
        assert first.variant_id == "plain"
        assert numbers(first)["conversion_rate"] < numbers(second)["conversion_rate"]
        assert "most of all because less is taken off an order" in comparison.recommendation.explanation

    @pytest.mark.req("R66")
    def test_money_is_explained_by_the_purchase_where_that_is_what_differs(self, shop: Context) -> None:
        variants = {"gift": "A free gift and free shipping with your order", "plain": "Our line is here"}
        advice = comparisons.run(shop, comparing(variants, rank_by="expected_revenue")).recommendation
        assert advice.leading_variant == "gift"
        assert "through free shipping" in advice.explanation
