"""What every field answers: its number with interval, definition and basis, or why there is none."""

from typing import Any

import pytest

from tests.usecases.shop import (
    AT_RISK,
    COLD,
    EVERY_FIELD,
    MESSAGES,
    asking,
    changed,
    every,
    open_shop,
    predicted,
)
from twincast.domain.errors import UnknownField
from twincast.domain.fields import ALIASES, BY_NAME, CATALOGUE, DEFAULT_FIELDS, PROBABILITIES
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.domain.trials import Trial
from twincast.usecases import trials
from twincast.usecases.context import Context


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


def _plain(found: FieldPrediction) -> dict[str, Any]:
    return {name: getattr(found, name) for name in FieldPrediction.__dataclass_fields__}


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
