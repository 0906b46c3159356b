"""Comparing variants: the document's body, who stands where and why, and sending nothing among them."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.shop import (
    AT_RISK,
    BARGAIN,
    COLD,
    COMPARED,
    CUSTOMERS,
    DOCUMENT,
    DOCUMENT_VARIANTS,
    MESSAGES,
    OFFER,
    cells,
    comparing,
    context,
    numbers,
    open_shop,
    places,
)
from twincast.domain.errors import InvalidInput, TooLarge, UnknownComparison, UnknownTwin
from twincast.domain.interventions import MAX_VARIANTS, Intervention
from twincast.domain.twins import Warning
from twincast.storage.sql.store import open_store
from twincast.usecases import audit, comparisons
from twincast.usecases.context import Context

EXPLAINED = ("will_engage", "will_purchase", "will_click", "will_unsubscribe", "loyalty_impact")


class TestDocument:
    @pytest.mark.req("R58", "R61", "R63", "A19")
    def test_the_documents_body(self, shop: Context) -> None:
        comparison = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, "twin_cust_12345", predict=COMPARED))
        assert sorted(row.rank for row in comparison.rankings) == [1, 2, 3]
        for row in comparison.rankings:
            assert tuple(numbers(row)) == COMPARED
            assert row.reasoning.endswith(".")
            assert row.answer.channel == "email"
        assert {row.variant_id for row in comparison.rankings} == set("ABC")
        assert sum(row.p_best for row in comparison.rankings) == pytest.approx(1)
        assert comparison.target == "will_engage"

    @pytest.mark.req("R61")
    def test_asked_for_nothing_the_documents_fields_are_answered(self, shop: Context) -> None:
        comparison = comparisons.run(shop, comparing(DOCUMENT_VARIANTS))
        assert tuple(comparison.settings.fields) == COMPARED

    @pytest.mark.req("R60", "A19", "A20")
    def test_a_shared_type_is_applied_and_what_is_resolved_is_told(self, shop: Context) -> None:
        own = Intervention(type="sms_campaign", content="By phone")
        comparison = comparisons.run(shop, comparing({"A": "By mail", "B": own}))
        assert {name: (it.intervention.type, it.channel) for name, it in cells(comparison).items()} == {
            "A": ("promotional_email", "email"),
            "B": ("sms_campaign", "sms"),
        }

    @pytest.mark.req("R62", "I9")
    def test_it_can_be_fetched_again_from_a_reopened_file(self, tmp_path: Path) -> None:
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = open_shop(store=store)
            made = [
                comparisons.run(ctx, comparing(DOCUMENT_VARIANTS, it["customer_id"], include_no_contact=True))
                for it in CUSTOMERS
            ]
            assert len({comparison.id for comparison in made}) == len(made)
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = context(store)
            assert [comparisons.get(ctx, comparison.id) for comparison in made] == made
            assert len(comparisons.listing(ctx).items) == len(made)
            assert comparisons.listing(ctx, twin="cold").items == tuple(it for it in made if it.customer_id == "cold")

    def test_what_made_each_variant_stands_beside_it(self, shop: Context) -> None:
        comparison = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, include_no_contact=True, seed=3))
        assert set(comparison.provenance) == {"A", "B", "C", "no_contact"}
        assert len({it.message_digest for it in comparison.provenance.values()}) == 4
        entry = audit.entries(shop, action="comparison").items[0]
        assert (entry.subject, entry.details) == (comparison.id, {"variants": 4})

    def test_what_its_sender_should_know_is_kept(self, shop: Context) -> None:
        note = Warning(code="no-sessions", field="session_id", message="There are none.")
        comparison = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, notes=(note,)))
        assert all(note in row.answer.warnings for row in comparison.rankings)

    @pytest.mark.req("A63")
    def test_a_record_younger_than_the_prediction_is_warned_of(self, shop: Context) -> None:
        comparison = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, as_of=date(2026, 1, 1)))
        for row in comparison.rankings:
            assert "record-after-as-of" in {warning.code for warning in row.answer.warnings}


class TestRanking:
    @pytest.mark.req("R63")
    @pytest.mark.parametrize(
        "rank_by", ["will_engage", "will_convert", "revenue_impact", "loyalty_impact", "will_unsubscribe"]
    )
    def test_ranks_follow_the_field_without_gaps(self, shop: Context, rank_by: str) -> None:
        sent = {f"v{at}": message for at, message in enumerate(MESSAGES) if message.is_contact}
        comparison = comparisons.run(shop, comparing(sent, predict=(rank_by,), rank_by=rank_by))
        values = [numbers(row, (rank_by,))[rank_by] for row in comparison.rankings]
        assert values == sorted(values, reverse=rank_by != "will_unsubscribe")
        assert [row.rank for row in comparison.rankings] == list(range(1, len(sent) + 1))
        assert all(row.reasoning for row in comparison.rankings)

    @pytest.mark.req("R88", "A2")
    def test_preference_is_the_share_of_draws(self, shop: Context) -> None:
        fields = ("variant_preference", "engagement_score", "purchase_likelihood")
        comparison = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, predict=fields))
        assert tuple(comparison.settings.fields) == fields
        assert comparison.settings.fields["variant_preference"] == "variant_preference"
        assert sum(row.p_best for row in comparison.rankings) == pytest.approx(1)
        only = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, predict=("variant_preference",)))
        assert only.target == "will_purchase"

    @pytest.mark.req("R3", "R67")
    def test_two_customers_with_opposite_drivers_have_different_leaders(self) -> None:
        variants = {
            "price": "Our lowest price: 10% off",
            "quality": "Premium quality, finest craftsmanship, made to last",
        }
        ctx = open_shop(BARGAIN, {**DOCUMENT, "psychographic_traits": ["quality_focused"]})
        leaders = {
            twin: comparisons.run(ctx, comparing(variants, twin, rank_by="will_engage")).recommendation.leading_variant
            for twin in ("bargain", "cust_12345")
        }
        assert leaders == {"bargain": "price", "cust_12345": "quality"}
        decided = {
            twin: comparisons.run(
                ctx, comparing(variants, twin, rank_by="will_engage", decision_threshold=0.5)
            ).recommendation.best_variant
            for twin in leaders
        }
        assert decided == leaders

    @pytest.mark.req("R4")
    def test_retention_offers_for_someone_at_risk_are_ranked_by_the_change_in_staying(self) -> None:
        offers = {
            "sorry": "We are sorry about what went wrong. Please accept $20 off, with our apologies.",
            "miss you": "We miss you!",
            "cut": "40% off your next purchase",
        }
        ctx = open_shop(AT_RISK, COLD)
        request = comparing(
            offers, "at_risk", "retention_offer", predict=("retention_improvement",), include_no_contact=True
        )
        comparison = comparisons.run(ctx, request)
        assert comparison.target == "loyalty_impact"
        change = {
            name: numbers(row, ("retention_improvement",))["retention_improvement"]
            for name, row in places(comparison).items()
        }
        assert list(change.values()) == sorted(change.values(), reverse=True)
        assert change["no_contact"] == 0
        assert comparison.rankings[0].variant_id == "sorry"
        assert "an apology after a failure" in comparison.recommendation.explanation
        assert all(row.answer.predictions[0].horizon_days == 90 for row in comparison.rankings)

    def test_rows_are_explained_by_what_ranks_them(self, shop: Context) -> None:
        comparison = comparisons.run(
            shop, comparing({"loud": "ACT NOW!!! LAST CHANCE!!!", "calm": "Hello"}, rank_by="will_unsubscribe")
        )
        assert comparison.recommendation.leading_variant == "calm"
        assert "pressure" in places(comparison)["loud"].reasoning


class TestNoContact:
    @pytest.mark.req("R63")
    def test_sending_nothing_can_be_ranked(self, shop: Context) -> None:
        rows = places(comparisons.run(shop, comparing(DOCUMENT_VARIANTS, include_no_contact=True)))
        assert set(rows) == {"A", "B", "C", "no_contact"}
        assert numbers(rows["no_contact"])["revenue_impact"] == 0
        assert rows["no_contact"].rank == 4

    @pytest.mark.req("A3")
    def test_clicks_are_compared_with_no_clicks_and_not_with_visits(self, shop: Context) -> None:
        asked = Intervention(channel="email", response="click")
        clicks = {name: replace(asked, content=text) for name, text in DOCUMENT_VARIANTS.items()}
        variants = {**clicks, "nothing": Intervention(type="none")}
        rows = places(comparisons.run(shop, comparing(variants, include_no_contact=True)))
        for name in ("nothing", "no_contact"):
            assert rows[name].answer.response == "click"
            assert numbers(rows[name])["engagement_rate"] == 0
            assert rows[name].rank >= 4
            assert rows[name].reasoning == "Nothing is sent, so nothing can come of it."

    @pytest.mark.req("A3")
    def test_a_coupon_is_compared_with_no_redemption(self, shop: Context) -> None:
        coupons = {"two": "2 coupons for coffee", "five": "5 coupons for coffee"}
        comparison = comparisons.run(shop, comparing(coupons, "bargain", "coupon_campaign", include_no_contact=True))
        assert comparison.rankings[-1].variant_id == "no_contact"
        assert {row.answer.response for row in comparison.rankings} == {"redemption"}

    def test_different_meanings_are_warned_of(self, shop: Context) -> None:
        mixed = {
            "visit": Intervention(channel="email", content="Hello"),
            "tap": Intervention(channel="in_app", content="Hello", horizon_days=30),
        }
        comparison = comparisons.run(shop, comparing(mixed))
        codes = {warning.code for row in comparison.rankings for warning in row.answer.warnings}
        assert {"different-responses", "different-horizons"} <= codes
        alike = comparisons.run(shop, comparing(DOCUMENT_VARIANTS, include_no_contact=True))
        assert not {"different-responses", "different-horizons"} & {
            warning.code for row in alike.rankings for warning in row.answer.warnings
        }

    @pytest.mark.req("R105")
    def test_what_no_variant_has_cannot_rank_them(self, shop: Context) -> None:
        by_text = {name: Intervention(type="sms_campaign", content=text) for name, text in DOCUMENT_VARIANTS.items()}
        with pytest.raises(InvalidInput, match="rank_by"):
            comparisons.run(shop, comparing(by_text, rank_by="will_open"))
        comparison = comparisons.run(shop, comparing(by_text, predict=("will_open", "will_click")))
        assert comparison.target == "will_click"

    def test_what_only_one_variant_has_ranks_it_first(self, shop: Context) -> None:
        mixed = {
            "text": Intervention(type="sms_campaign", content="Hello"),
            "mail": Intervention(channel="email", content="Hello"),
        }
        comparison = comparisons.run(shop, comparing(mixed, predict=("will_open",)))
        assert [row.variant_id for row in comparison.rankings] == ["mail", "text"]
        assert comparison.recommendation.confidence == 1
        assert "no such response" in places(comparison)["text"].reasoning
        assert "which the channel of the other does not have" in comparison.recommendation.explanation


class TestBadInput:
    @pytest.mark.req("R59", "A65")
    @pytest.mark.parametrize(
        ("variants", "more", "field"),
        [
            ({"A": "One"}, {}, "variants"),
            ({}, {}, "variants"),
            ({"A": "One", "no_contact": "Two"}, {}, "variants[1].id"),
            ({"A": "One", " ": "Two"}, {}, "variants[1].id"),
            ({"A": "One", "B" * 201: "Two"}, {}, "variants[1].id"),
            ({"A": "One", "\ud800": "Two"}, {}, "variants[1].id"),
            ({"A": "One", "B": " "}, {}, "variants[1].content"),
            ({"A": "One", "B": "Two\0"}, {}, "variants[1].content"),
            ({"A": "One", "B": replace(OFFER, horizon_days=999)}, {}, "variants[1].horizon_days"),
            ({"A": "One", "B": "Two"}, {"decision_threshold": 1.01}, "decision_threshold"),
            ({"A": "One", "B": "Two"}, {"decision_threshold": -0.01}, "decision_threshold"),
            ({"A": "One", "B": "Two"}, {"decision_threshold": float("nan")}, "decision_threshold"),
            ({"A": "One", "B": "Two"}, {"rank_by": "concerns"}, "rank_by"),
            ({"A": "One", "B": "Two"}, {"rank_by": "mood"}, "rank_by[0]"),
            ({"A": "One", "B": "Two"}, {"predict": ("mood",)}, "predict[0]"),
            ({"A": "One", "B": "Two"}, {"predict": ()}, "predict"),
            ({"A": "One", "B": "Two"}, {"horizon_days": 0}, "horizon_days"),
            ({"A": "One", "B": "Two"}, {"level": 1.0}, "level"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_stored(
        self, shop: Context, variants: dict[str, Any], more: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            comparisons.run(shop, comparing(variants, **more))
        assert [problem.field for problem in refused.value.problems] == [field]
        assert refused.value.problems[0].allowed
        assert comparisons.listing(shop).items == ()
        assert [it.action for it in audit.entries(shop).items] == ["twin.imported"]

    @pytest.mark.req("R59")
    def test_equal_ids_are_refused_naming_both(self, shop: Context) -> None:
        request = comparing({"A": "One", "B": "Two"})
        twice = replace(request, variants=(*request.variants, request.variants[0]))
        with pytest.raises(InvalidInput, match=r"variants\[2\]\.id.*variants\[0\]"):
            comparisons.run(shop, twice)

    def test_too_many_are_refused(self, shop: Context) -> None:
        with pytest.raises(TooLarge) as refused:
            comparisons.run(shop, comparing({f"v{at}": "Hello" for at in range(MAX_VARIANTS + 1)}))
        assert [problem.field for problem in refused.value.problems] == ["variants"]
        full = comparisons.run(shop, comparing({f"v{at}": "Hello" for at in range(MAX_VARIANTS)}))
        assert len(full.rankings) == MAX_VARIANTS

    def test_an_unknown_twin_and_an_unknown_comparison_are_named(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin, match="nobody"):
            comparisons.run(shop, comparing(DOCUMENT_VARIANTS, "nobody"))
        with pytest.raises(UnknownComparison, match="comp_nothing"):
            comparisons.get(shop, "comp_nothing")
        with pytest.raises(InvalidInput, match="limit"):
            comparisons.listing(shop, limit=0)
