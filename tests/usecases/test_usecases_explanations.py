"""The parts a number is made of, key factors and concerns: each is what really moves it."""

from math import exp, log
from typing import Any

import pytest
from scipy.special import logit

from tests.usecases.shop import (
    BARGAIN,
    COLD,
    DOCUMENT,
    EVERY_FIELD,
    MESSAGES,
    OFFER,
    asking,
    every,
    open_shop,
    predicted,
)
from twincast.domain.interventions import Intervention
from twincast.domain.trials import Answered, Trial
from twincast.usecases import trials
from twincast.usecases.context import Context


class TestExplanations:
    @pytest.mark.req("N16")
    def test_parts_add_up_to_the_number(self, answers: dict[tuple[str, int], Trial]) -> None:
        for trial in answers.values():
            value = {it.field: it.estimate for it in trial.answer.predictions}
            for found in trial.answer.explanations:
                total = found.base_logit + sum(part.amount for part in found.contributions)
                if found.probability < 1 - 1e-9:
                    assert total == pytest.approx(log(found.probability) - log(1 - found.probability), abs=1e-9)
                estimate = value[found.field]
                if found.field != "loyalty_impact":
                    assert estimate is not None
                    assert found.probability == estimate.value
                assert found.base == pytest.approx(1 / (1 + exp(-found.base_logit)))

    @pytest.mark.req("R46", "R47")
    def test_each_key_factor_is_a_contribution_of_its_sign(self, answers: dict[tuple[str, int], Trial]) -> None:
        counted = 0
        for trial in answers.values():
            parts = {it.field: it.contributions for it in trial.answer.explanations}
            factors = trial.answer.key_factors
            for sign, group in ((1, factors.positive), (-1, factors.negative)):
                for factor in group:
                    counted += 1
                    assert factor.amount * sign > 0
                    assert any(it.words == factor.words and it.amount == factor.amount for it in parts[factor.field])
        assert counted > 100

    def test_nobody_wants_more_unsubscribing(self, shop: Context) -> None:
        answer = trials.run(shop, asking(intervention=MESSAGES[5], predict=("will_unsubscribe",))).answer
        assert {it.field for it in answer.key_factors.positive} == {"will_purchase"}

    @pytest.mark.req("R2")
    @pytest.mark.parametrize(
        ("part", "change", "terms"),
        [
            ("history", {"returns": 1, "total_purchases": 2}, {"process"}),
            ("psychographic_traits", ["price_sensitive"], {"taste_price"}),
            ("profile", {"family_status": "Married, 3 children"}, {"taste_family"}),
        ],
    )
    def test_each_section_of_a_record_can_change_a_number_and_is_named(
        self, part: str, change: Any, terms: set[str]
    ) -> None:
        message = Intervention(channel="email", content="For the whole family: 30% off toys and games for your kids")
        base = {**DOCUMENT, "profile": {"location": "Seattle, WA"}}
        other = {**base, part: {**base[part], **change} if isinstance(change, dict) else change}
        before, after = (
            trials.run(open_shop(record), asking(intervention=message, predict=("will_purchase",))).answer
            for record in (base, other)
        )
        assert before.predictions[0].estimate != after.predictions[0].estimate
        amounts = [{it.term: it.amount for it in answer.explanations[-1].contributions} for answer in (before, after)]
        moved = {term for term in amounts[0] | amounts[1] if amounts[0].get(term) != amounts[1].get(term)}
        assert terms <= moved

    def test_concerns_speak_of_what_lowers_the_predictions(self, answers: dict[tuple[str, int], Trial]) -> None:
        named = set()
        for answered, found in every(answers):
            if found.field != "concerns" or not found.ranking:
                continue
            lowering = {
                part.words
                for explanation in answered.explanations
                if explanation.field in ("will_engage", "will_purchase")
                for part in explanation.contributions
                if part.amount < 0
            }
            assert {entry.reason for entry in found.ranking} <= lowering
            named |= {entry.name for entry in found.ranking}
        assert {"pressure", "no_need_now"} <= named

    def test_a_liked_channel_is_no_concern(self, shop: Context) -> None:
        ranking = predicted(shop, ("concerns", *EVERY_FIELD))["concerns"].ranking
        assert ranking
        assert "unwanted_channel" not in {entry.name for entry in ranking}

    def test_a_stated_order_value_is_the_customers_own(self) -> None:
        record = {"customer_id": "stated", "behavioral_data": {"average_order_value": 80}}
        found = predicted(open_shop(record), ("purchase_amount",), twin="stated")["purchase_amount"]
        assert "this customer's own orders" in (found.reasoning or "")
        bare = predicted(open_shop(COLD), ("purchase_amount",), twin="cold")["purchase_amount"]
        assert "none are on record" in (bare.reasoning or "")


class TestUseCases:
    @pytest.mark.req("R5")
    @pytest.mark.parametrize("type_", ["upsell_offer", "cross_sell_offer"])
    def test_upsell_and_cross_sell(self, shop: Context, type_: str) -> None:
        offer = Intervention(type=type_, channel="email", content="Try the grinder that goes with your coffee")
        found = predicted(
            shop, ("will_purchase", "category_preference", "items_purchased"), twin="bargain", intervention=offer
        )
        assert all(part.unavailable is None for part in found.values())
        assert found["category_preference"].ranking

    @pytest.mark.req("R6")
    def test_an_apology_mends_what_failed(self, shop: Context) -> None:
        sorry = MESSAGES[7]
        after_failure = predicted(shop, ("satisfaction_change",), twin="at_risk", intervention=sorry)
        without = predicted(shop, ("satisfaction_change",), twin="cold", intervention=sorry)
        mended, usual = after_failure["satisfaction_change"].estimate, without["satisfaction_change"].estimate
        assert mended
        assert usual
        assert mended.low < mended.value < mended.high
        assert mended.value > usual.value
        assert mended.value > 0
        assert (after_failure["satisfaction_change"].reasoning or "").startswith("More satisfied")

    @pytest.mark.req("R7")
    def test_a_new_product_counts_less_than_one_that_was_bought(self, shop: Context) -> None:
        def interest(product_: str) -> tuple[float, dict[str, float]]:
            launch = Intervention(type="product_launch", channel="sms", content="It is here.", products=(product_,))
            answer = trials.run(shop, asking("bargain", launch, predict=("will_purchase",))).answer
            estimate = answer.predictions[0].estimate
            assert estimate is not None
            explanation = next(it for it in answer.explanations if it.field == "will_purchase")
            return estimate.value, {part.term: part.amount for part in explanation.contributions}

        seen, unseen = interest("coffee"), interest("hang gliders")
        assert seen[0] > unseen[0]
        assert seen[1]["category"] > 0 > unseen[1]["category"]

    @pytest.mark.req("R7")
    def test_interest_in_a_new_product_stands_on_less_evidence(self, shop: Context) -> None:
        """How she likes what she has never bought lies on either side: a wider interval around what is believed."""

        def width(product_: str) -> float:
            launch = Intervention(type="product_launch", channel="sms", content="It is here.", products=(product_,))
            estimate = predicted(shop, ("will_click",), twin="bargain", intervention=launch)["will_click"].estimate
            assert estimate
            return float(logit(estimate.high) - logit(estimate.low))

        assert width("hang gliders") > 1.02 * width("coffee")

    @pytest.mark.req("R22")
    @pytest.mark.parametrize("message", [MESSAGES[7], OFFER])
    def test_contacts_with_support_move_satisfaction(self, message: Intervention) -> None:
        def change(contacts: int) -> float:
            record = {"customer_id": "who", "history": {"total_purchases": 5, "support_interactions": contacts}}
            found = predicted(open_shop(record), ("satisfaction_change",), twin="who", intervention=message)
            estimate = found["satisfaction_change"].estimate
            assert estimate
            return estimate.value

        assert change(0) > change(2) > change(12)

    @pytest.mark.req("R23")
    def test_the_order_of_satisfaction_scores_is_their_order_in_time(self) -> None:
        def retained(scores: list[int]) -> float:
            record = {"customer_id": "who", "history": {"total_purchases": 5, "satisfaction_scores": scores}}
            answer = trials.run(open_shop(record), asking("who", OFFER, predict=("loyalty_impact",))).answer
            return next(it.probability for it in answer.explanations if it.field == "loyalty_impact")

        assert retained([2, 3, 5]) > retained([5, 3, 2])


class TestReading:
    @pytest.mark.req("R34")
    def test_types_change_features_and_an_unknown_one_warns(self, shop: Context) -> None:
        def test(type_: str) -> Answered:
            return trials.run(
                shop, asking(intervention=Intervention(type=type_, channel="email", content="Hello"))
            ).answer

        assert test("newsletter").predictions != test("announcement").predictions
        unknown = test("smoke_signal")
        assert unknown.intervention.type == "custom"
        assert "unknown-type" in {warning.code for warning in unknown.warnings}

    @pytest.mark.req("A20")
    def test_without_a_channel_the_first_preferred_one_is_used_and_told(self, shop: Context) -> None:
        message = Intervention(type="retention_offer", content="We miss you! Here's 40% off your next purchase")
        assert trials.run(shop, asking("bargain", message)).answer.channel == "sms"
        assert trials.run(shop, asking("cold", message)).answer.channel == "email"

    @pytest.mark.req("R38", "A22")
    def test_declared_personalisation_is_held_against_what_is_there(self, shop: Context) -> None:
        answer = trials.run(shop, asking(intervention=OFFER)).answer
        assert "personalization-mismatch" in {warning.code for warning in answer.warnings}

    def test_price_speaks_to_who_minds_it(self, shop: Context) -> None:
        cut = Intervention(channel="email", content="30% off, our lowest price")
        for customer, sign in ((BARGAIN, 1), (DOCUMENT, -1)):
            answer = trials.run(shop, asking(customer["customer_id"], cut, predict=("will_purchase",))).answer
            parts = {it.term: it.amount for it in answer.explanations[-1].contributions}
            assert parts["taste_price"] * sign > 0
