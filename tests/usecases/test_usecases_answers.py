"""What every field answers: its number with interval, definition and basis, its words, and why there is none."""

from datetime import date, timedelta
from itertools import chain, product
from math import exp, log
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.usecases.shop import (
    AT_RISK,
    BARGAIN,
    COLD,
    CUSTOMERS,
    DOCUMENT,
    EVERY_FIELD,
    MESSAGES,
    OFFER,
    asking,
    open_shop,
)
from twincast.domain.errors import UnknownField
from twincast.domain.fields import ALIASES, BY_NAME, CATALOGUE, DEFAULT_FIELDS, PROBABILITIES
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.domain.timings import QUIET_HOURS
from twincast.domain.trials import Answered, Trial
from twincast.usecases import trials
from twincast.usecases.context import Context

CELLS = list(product([customer["customer_id"] for customer in CUSTOMERS], range(len(MESSAGES))))


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, int], Trial]:
    """Every field of every message to every customer."""
    ctx = open_shop()
    return {(twin, at): trials.run(ctx, asking(twin, MESSAGES[at], predict=EVERY_FIELD)) for twin, at in CELLS}


def every(answers: dict[tuple[str, int], Trial]) -> list[tuple[Answered, FieldPrediction]]:
    return list(chain.from_iterable([(it.answer, part) for part in it.answer.predictions] for it in answers.values()))


def predicted(ctx: Context, fields: tuple[str, ...], **more: Any) -> dict[str, FieldPrediction]:
    return {part.asked_as: part for part in trials.run(ctx, asking(predict=fields, **more)).answer.predictions}


def changed(record: dict[str, Any], **history: Any) -> dict[str, Any]:
    return {**record, "history": {**record.get("history", {}), **history}}


class TestCatalogue:
    @pytest.mark.req("R41", "R107", "A61")
    @pytest.mark.parametrize("field", EVERY_FIELD)
    def test_each_field_has_a_value_with_its_definition_or_a_reason(
        self, field: str, answers: dict[tuple[str, int], Trial]
    ) -> None:
        for answered, found in every(answers):
            if found.field != field:
                continue
            spec = BY_NAME[field]
            assert (found.kind, found.basis, found.outcomes, found.asked_as) == (spec.kind, "prior", 0, field)
            assert found.unit
            assert 1 <= found.horizon_days <= 365
            says = (found.estimate, found.ranking, found.window)
            if found.unavailable is not None:
                assert says == (None, None, None)
                continue
            assert found.reasoning
            assert any(part is not None for part in says)
            if found.estimate is not None:
                assert found.estimate.low <= found.estimate.value <= found.estimate.high
                assert (found.estimate.level, found.estimate.basis) == (0.8, "prior")
                assert found.estimate.unit
            if found.confidence is not None:
                assert 0 <= found.confidence <= 1
                assert found.confidence_basis
            assert answered.intervention.is_contact or found.quadrant is None

    def test_only_what_cannot_be_is_unavailable(self, answers: dict[tuple[str, int], Trial]) -> None:
        for answered, found in every(answers):
            if found.unavailable is None:
                continue
            no_opens = found.field == "will_open" and answered.channel not in ("email", "push")
            nothing_sent = not answered.intervention.is_contact and found.field in (
                "response_time", "optimal_timing", "optimal_followup", "concerns",
            )  # fmt: skip
            no_category = found.field == "category_preference"
            assert no_opens or nothing_sent or no_category, (found.field, found.unavailable)

    @pytest.mark.req("R105", "R106", "R108", "R109")
    def test_probabilities_lie_within_0_and_1_and_clicks_below_opens(
        self, answers: dict[tuple[str, int], Trial]
    ) -> None:
        for trial in answers.values():
            value = {it.field: it.estimate.value for it in trial.answer.predictions if it.estimate}
            assert all(0 <= value[field] <= 1 for field in PROBABILITIES if field in value)
            if "will_open" in value:
                assert value["will_click"] <= value["will_open"]

    @pytest.mark.req("R109")
    def test_the_risk_of_unsubscribing_does_not_fall_with_recent_contacts(self) -> None:
        def risk(contacts: int) -> float:
            ctx = open_shop(changed(COLD, contacts_last_30_days=contacts))
            estimate = predicted(ctx, ("will_unsubscribe",), twin="cold")["will_unsubscribe"].estimate
            assert estimate is not None
            return estimate.value

        risks = [risk(contacts) for contacts in (0, 1, 3, 10, 40)]
        assert risks == sorted(risks)
        assert risks[0] < risks[-1]

    @pytest.mark.req("R42", "A4")
    def test_a_purchase_counts_organic_orders_and_the_incremental_part_stands_beside_it(
        self, answers: dict[tuple[str, int], Trial]
    ) -> None:
        assert "would have come anyway included" in BY_NAME["will_purchase"].meaning
        for _, found in every(answers):
            if found.field == "will_purchase":
                assert found.estimate
                assert found.no_contact
                assert found.uplift
                assert found.uplift.value == pytest.approx(found.estimate.value - found.no_contact.value, abs=1e-12)
                assert found.no_contact.value > 0

    @pytest.mark.req("A3")
    def test_only_a_visit_can_happen_without_contact(self, answers: dict[tuple[str, int], Trial]) -> None:
        for answered, found in every(answers):
            if found.field != "will_engage":
                continue
            assert found.response == answered.response
            assert found.no_contact is not None
            assert (found.no_contact.value > 0) == (found.response == "visit")
            if found.response != "visit":
                assert found.quadrant is None
                assert "by definition" in (found.uplift_basis or "")

    @pytest.mark.req("A5")
    def test_expected_revenue_is_the_purchase_times_the_order(self, answers: dict[tuple[str, int], Trial]) -> None:
        for trial in answers.values():
            value = {it.field: it for it in trial.answer.predictions}
            purchase, order, revenue = (
                value[name].estimate for name in ("will_purchase", "purchase_amount", "expected_revenue")
            )
            assert purchase
            assert order
            assert revenue
            assert revenue.value == pytest.approx(purchase.value * order.value, rel=1e-9)
            without, impact = value["expected_revenue"].no_contact, value["revenue_impact"].estimate
            assert without
            assert impact
            assert impact.value == pytest.approx(revenue.value - without.value, abs=1e-9)

    @pytest.mark.req("R43", "R110", "A6")
    def test_a_discount_is_taken_off_once(self, shop: Context) -> None:
        plain, cut = (
            predicted(shop, ("purchase_amount",), intervention=Intervention(channel="email", content=text))
            for text in ("Our new line is here.", "Our new line is here: 30% off.")
        )
        full, paid = plain["purchase_amount"].estimate, cut["purchase_amount"].estimate
        assert full
        assert paid
        assert paid.value == pytest.approx(full.value * 0.7)
        assert (paid.unit, paid.level) == ("USD", 0.8)
        assert paid.low <= paid.value <= paid.high

    @pytest.mark.req("R111")
    def test_sending_nothing_changes_no_lifetime_value(self, answers: dict[tuple[str, int], Trial]) -> None:
        for trial in answers.values():
            if trial.answer.intervention.is_contact:
                continue
            for name in ("lifetime_value_impact", "revenue_impact", "loyalty_impact"):
                found = next(it for it in trial.answer.predictions if it.field == name)
                assert found.estimate
                assert (found.estimate.value, found.estimate.low, found.estimate.high) == (0, 0, 0)

    @pytest.mark.req("R112")
    def test_items_are_counted(self, answers: dict[tuple[str, int], Trial]) -> None:
        for _, found in every(answers):
            if found.field == "items_purchased":
                assert found.estimate
                assert found.estimate.value >= 0
                assert float(found.estimate.low).is_integer()
                assert float(found.estimate.high).is_integer()

    @pytest.mark.req("R113")
    def test_weights_sum_to_one(self, answers: dict[tuple[str, int], Trial]) -> None:
        for _, found in every(answers):
            if found.ranking:
                assert sum(entry.weight for entry in found.ranking) == pytest.approx(1)
                weights = [entry.weight for entry in found.ranking]
                assert weights == sorted(weights, reverse=True)

    @pytest.mark.req("R113")
    def test_categories_are_on_record_or_in_the_message(self, shop: Context) -> None:
        about_tea = Intervention(channel="email", content="Tea for two", products=("tea",))
        ranking = predicted(shop, ("category_preference",), twin="bargain", intervention=about_tea)[
            "category_preference"
        ].ranking
        assert ranking
        assert {entry.name for entry in ranking} == {"coffee", "tea"}

    @pytest.mark.req("R114", "A43")
    def test_an_emotion_has_a_distribution_and_the_likeliest_label(self, answers: dict[tuple[str, int], Trial]) -> None:
        for _, found in every(answers):
            if found.field == "emotional_response":
                assert found.distribution
                assert found.estimate
                assert sum(found.distribution.values()) == pytest.approx(1)
                assert set(found.distribution) == {"negative", "neutral", "positive"}
                assert found.label == max(found.distribution, key=lambda name: found.distribution[name])  # type: ignore[index]  # checked above
                assert found.estimate.value == pytest.approx(found.distribution["positive"])

    @pytest.mark.req("R44", "R45", "R115", "A1", "A45")
    def test_what_is_stated_agrees_with_its_sign(self, answers: dict[tuple[str, int], Trial]) -> None:
        seen = set()
        for _, found in every(answers):
            if found.field not in ("satisfaction_change", "brand_perception_change"):
                continue
            assert found.estimate
            assert found.reasoning
            change = found.estimate.value
            assert -4 <= change <= 4 if found.field == "satisfaction_change" else -1 <= change <= 1
            opening = found.reasoning.split()[0]
            seen.add(opening)
            assert opening == ("More" if change >= 0.005 else "Less" if change <= -0.005 else opening)
            assert (abs(change) < 0.005) == (opening in ("No", "Nothing"))
            assert found.validated_on == "nothing"
        assert seen == {"More", "Less", "No", "Nothing"}

    @pytest.mark.req("R116")
    def test_a_perfect_score_cannot_rise(self) -> None:
        ctx = open_shop(changed(AT_RISK, satisfaction_scores=[5, 5, 5]))
        found = predicted(ctx, ("satisfaction_change",), twin="at_risk", intervention=MESSAGES[7])
        assert found["satisfaction_change"].estimate is not None
        assert found["satisfaction_change"].estimate.value <= 0

    @pytest.mark.req("R117", "A46")
    def test_retention_is_a_change_within_90_days(self, shop: Context) -> None:
        found = predicted(shop, ("loyalty_impact", "retention_improvement"))
        assert found["loyalty_impact"].horizon_days == 90
        assert found["loyalty_impact"].estimate == found["retention_improvement"].estimate

    @pytest.mark.req("R118")
    def test_a_response_takes_time(self, answers: dict[tuple[str, int], Trial]) -> None:
        for _, found in every(answers):
            if found.field == "response_time" and found.estimate is not None:
                assert 0 < found.estimate.low <= found.estimate.value

    @pytest.mark.req("N18")
    def test_nothing_is_said_to_be_validated(self, answers: dict[tuple[str, int], Trial]) -> None:
        assert {found.validated_on for _, found in every(answers)} == {"nothing"}
        assert {field.name for field in CATALOGUE if field.stated} >= {"satisfaction_change", "emotional_response"}


class TestSpellings:
    @pytest.mark.req("R39", "R121", "A2")
    def test_each_spelling_is_answered_as_asked_with_the_same_numbers(self, shop: Context) -> None:
        found = predicted(shop, tuple(ALIASES))
        assert list(found) == list(ALIASES)
        for alias, name in ALIASES.items():
            assert found[alias].field == name
            same = {**_plain(found[name]), "asked_as": alias}
            assert _plain(found[alias]) == same

    @pytest.mark.req("R39", "A41")
    def test_asking_for_nothing_gives_the_documented_default(self, shop: Context) -> None:
        answer = trials.run(shop, asking()).answer
        assert tuple(part.field for part in answer.predictions) == DEFAULT_FIELDS
        assert answer.key_factors.positive

    @pytest.mark.req("R39")
    def test_an_unknown_field_names_the_nearest(self, shop: Context) -> None:
        with pytest.raises(UnknownField, match="will_purchase") as refused:
            trials.run(shop, asking(predict=("will_engage", "will_purchse")))
        assert [problem.field for problem in refused.value.problems] == ["predict[1]"]

    def test_what_else_is_asked_changes_no_number(self, shop: Context) -> None:
        together = predicted(shop, EVERY_FIELD)
        for field in EVERY_FIELD:
            assert predicted(shop, (field,))[field] == together[field]


def _plain(found: FieldPrediction) -> dict[str, Any]:
    return {name: getattr(found, name) for name in FieldPrediction.__dataclass_fields__}


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


class TestWindows:
    @pytest.mark.req("R119", "A44")
    def test_a_followup_rests_a_week_and_keeps_out_of_quiet_hours(self, answers: dict[tuple[str, int], Trial]) -> None:
        count = 0
        for answered, found in every(answers):
            if found.field != "optimal_followup" or found.window is None or answered.window is None:
                continue
            count += 1
            assert found.window.starts_at - answered.window.ends_at >= timedelta(days=7)
            assert found.window.starts_at.hour >= QUIET_HOURS[1]
            assert (found.window.ends_at - timedelta(seconds=1)).hour < QUIET_HOURS[0]
            assert found.channel in ("email", "sms", "push", "in_app", "mail", "call")
        assert count > 50

    def test_a_followup_avoids_a_channel_that_was_refused(self) -> None:
        record = {**DOCUMENT, "behavioral_data": {"preferred_channels": ["email", "sms"]}}
        found = predicted(open_shop({**record, "consent": {"email": False}}), ("optimal_followup",))
        assert found["optimal_followup"].channel == "sms"
        assert predicted(open_shop(record), ("optimal_followup",))["optimal_followup"].channel == "email"

    @pytest.mark.req("A44")
    def test_the_best_window_engages_most_and_gives_that_number(self, shop: Context) -> None:
        late = Intervention(channel="email", content="Our new line is here.", timing="saturday_night")
        best = predicted(shop, ("optimal_timing",), intervention=late)["optimal_timing"]
        assert best.estimate
        assert best.label
        assert best.window
        tried = {}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"):
            for part in ("morning", "afternoon", "evening"):
                there = Intervention(channel="email", content=late.content, timing=f"{day}_{part}")
                found = predicted(shop, ("will_engage",), intervention=there)["will_engage"].estimate
                assert found
                tried[f"{day}_{part}"] = found.value
        assert best.estimate.value == max(tried.values()) == tried[best.label]
        assert best.window.starts_at.hour >= QUIET_HOURS[1]

    @pytest.mark.req("R120")
    def test_a_purchase_comes_between_the_response_and_the_horizon(self, answers: dict[tuple[str, int], Trial]) -> None:
        for trial in answers.values():
            value = {it.field: it for it in trial.answer.predictions}
            found = value["purchase_window"]
            assert found.estimate
            assert found.window
            assert 0 <= found.estimate.low <= found.estimate.value <= found.estimate.high <= found.horizon_days
            assert found.window.starts_at <= found.window.ends_at
            if trial.answer.window is not None:
                assert found.window.starts_at >= trial.answer.window.starts_at

    @pytest.mark.req("R37", "A21")
    def test_a_timing_is_placed_on_the_customers_calendar(self, shop: Context) -> None:
        window = trials.run(shop, asking()).answer.window
        assert window is not None
        assert (window.zone, window.zone_assumed) == ("America/Los_Angeles", False)
        assert (window.starts_at.date(), window.starts_at.hour) == (date(2026, 5, 8), 6)
        nowhere = trials.run(shop, asking("bargain")).answer.window
        assert nowhere is not None
        assert (nowhere.zone, nowhere.zone_assumed) == ("UTC", True)

    @pytest.mark.req("A63")
    def test_a_day_begins_where_the_customer_lives(self, shop: Context) -> None:
        sunday = Intervention(channel="email", content="Hello", timing="sunday_evening")
        window = trials.run(shop, asking(intervention=sunday, as_of=date(2026, 5, 4))).answer.window
        assert window is not None
        assert window.starts_at.date() == date(2026, 5, 10)
        assert window.starts_at.tzinfo == ZoneInfo("America/Los_Angeles")


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
