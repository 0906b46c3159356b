"""Testing one intervention on one twin: both of the document's bodies, what is stored, and what must not break it."""

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.usecases.shop import (
    COLD,
    CUSTOMERS,
    DOCUMENT,
    EVERY_FIELD,
    MESSAGES,
    NOW,
    OFFER,
    asking,
    comparing,
    context,
    numbers_in,
    open_shop,
)
from tests.usecases.strings import ATTACKS
from twincast.domain.errors import InvalidInput, TooLarge, TwincastError, UnknownField, UnknownTrial, UnknownTwin
from twincast.domain.ids import WorkspaceId
from twincast.domain.interventions import MAX_CONTENT, Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.domain.trials import Trial
from twincast.storage.sql.store import open_store
from twincast.usecases import audit, comparisons, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.trials import NO_LANGUAGE_MODEL

DOCUMENT_FIELDS = ("will_engage", "will_purchase", "purchase_amount", "satisfaction_impact", "brand_perception_change")
SESSION_FIELDS = ("will_engage", "will_purchase", "purchase_amount", "emotional_response")


def nothing_stored(ctx: Context) -> bool:
    return trials.listing(ctx).items == () and [it.action for it in audit.entries(ctx).items] == ["twin.imported"]


def numbers_of(trial: Trial) -> dict[str, Any]:
    """The numbers of an answer by field."""
    return {
        part.asked_as: (part.estimate, part.no_contact, part.uplift, part.distribution, part.confidence)
        for part in trial.answer.predictions
    }


class TestRun:
    @pytest.mark.req("R1", "R32", "R39")
    def test_the_documents_first_body(self, shop: Context) -> None:
        trial = trials.run(shop, asking("twin_cust_12345", predict=DOCUMENT_FIELDS))
        assert tuple(part.asked_as for part in trial.answer.predictions) == DOCUMENT_FIELDS
        assert all(part.estimate is not None and part.reasoning for part in trial.answer.predictions)
        assert trial.answer.key_factors.positive
        assert trial.answer.key_factors.suggestions
        assert trial.answer.predicted_response
        assert (trial.twin_id, trial.customer_id, trial.twin_version) == ("twin_cust_12345", "cust_12345", 1)
        assert trial.created_at == NOW

    @pytest.mark.req("R32", "R54", "R55", "R57", "A8")
    def test_the_documents_second_body(self, shop: Context) -> None:
        request = asking(
            "twin_cust_12345",
            replace(OFFER, personalization_level=None),
            extract=SESSION_FIELDS,
            objective="Predict customer response and purchase behavior",
            hint="Provide likelihood scores and detailed reasoning",
            thinking=True,
        )
        trial = trials.run(shop, request)
        assert trial.extracted == {name: name for name in SESSION_FIELDS}
        assert tuple(part.field for part in trial.answer.predictions) == SESSION_FIELDS
        assert (trial.settings.objective, trial.settings.hint) == (request.objective, request.hint)
        silent = trials.run(shop, replace(request, objective=None, hint=None, thinking=False))
        assert numbers_of(silent) == numbers_of(trial)

    @pytest.mark.req("R56", "A8")
    def test_what_is_asked_is_the_union_and_each_name_is_answered_or_explained(self, shop: Context) -> None:
        trial = trials.run(
            shop,
            asking(predict=("will_click", "engagement_score"), extract=("will_engage", "key_concerns", "mood", "mood")),
        )
        asked = [part.asked_as for part in trial.answer.predictions]
        assert asked == ["will_click", "engagement_score", "will_engage", "key_concerns"]
        assert trial.extracted == {"will_engage": "will_engage", "key_concerns": "concerns"}
        assert trial.unavailable == {"mood": NO_LANGUAGE_MODEL}
        assert numbers_of(trial)["engagement_score"] == numbers_of(trial)["will_engage"]

    def test_a_field_of_comparisons_says_so(self, shop: Context) -> None:
        trial = trials.run(shop, asking(extract=("variant_preference",)))
        assert "comparison" in trial.unavailable["variant_preference"]

    @pytest.mark.req("R54")
    def test_with_extraction_switched_off_nothing_is_extracted(self, shop: Context) -> None:
        trial = trials.run(shop, asking(extract=("will_click", "mood"), extract_results=False))
        assert (trial.extracted, trial.unavailable) == (None, {})
        assert "will_click" not in {part.field for part in trial.answer.predictions}

    @pytest.mark.req("R33", "A15")
    def test_a_twin_is_found_by_either_id_and_its_own_wins(self) -> None:
        ctx = open_shop(COLD, {"customer_id": "twin_cold", "history": {"total_purchases": 5}})
        by_twin, by_customer, exact = (
            trials.run(ctx, asking(reference)).customer_id for reference in ("twin_cold", "cold", "twin_twin_cold")
        )
        assert (by_twin, by_customer, exact) == ("cold", "cold", "twin_cold")

    @pytest.mark.req("R33")
    def test_an_unknown_twin_is_named(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin, match="'nobody'"):
            trials.run(shop, asking("nobody"))
        assert nothing_stored(shop)

    def test_a_twin_of_another_workspace_is_unknown(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin):
            trials.run(replace(shop, workspace=WorkspaceId("other")), asking())

    @pytest.mark.req("A63")
    def test_a_record_younger_than_the_prediction_is_warned_of(self, shop: Context) -> None:
        early = trials.run(shop, asking(as_of=date(2026, 5, 3)))
        assert [warning.code for warning in early.answer.warnings if warning.field == "as_of"] == ["record-after-as-of"]
        today = trials.run(shop, asking(as_of=date(2026, 5, 4)))
        assert not any(warning.field == "as_of" for warning in today.answer.warnings)

    def test_a_prediction_counts_from_its_day(self, shop: Context) -> None:
        later = trials.run(shop, asking("bargain", as_of=date(2027, 5, 4)))
        assert numbers_of(later) != numbers_of(trials.run(shop, asking("bargain")))

    @pytest.mark.req("A6")
    @pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
    def test_a_higher_level_is_a_wider_interval(self, shop: Context, level: float) -> None:
        usual, asked = (
            trials.run(shop, asking(predict=("will_purchase",), level=it)).answer.predictions[0].estimate
            for it in (None, level)
        )
        assert usual is not None
        assert asked is not None
        assert (usual.level, asked.level, usual.value) == (0.8, level, asked.value)
        assert (asked.high - asked.low > usual.high - usual.low) is (level > 0.8)

    @pytest.mark.req("A61", "R107")
    def test_more_time_is_more_likely(self, shop: Context) -> None:
        def purchase(message: Intervention = OFFER, **more: Any) -> FieldPrediction:
            return trials.run(
                shop, asking(intervention=message, predict=("will_purchase",), **more)
            ).answer.predictions[0]

        found = [purchase(horizon_days=days) for days in (1, 7, 30, 365)]
        values = [part.estimate.value for part in found if part.estimate is not None]
        assert values == sorted(set(values))
        assert [part.horizon_days for part in found] == [1, 7, 30, 365]
        assert purchase().estimate == found[1].estimate
        assert purchase(replace(OFFER, horizon_days=30), horizon_days=1).estimate == found[2].estimate

    @pytest.mark.req("A14")
    def test_a_test_leaves_no_trace_in_the_twin(self, shop: Context) -> None:
        before = twins.get(shop, "cust_12345")
        first = trials.run(shop, asking(predict=EVERY_FIELD))
        for message in MESSAGES:
            trials.run(shop, asking(intervention=message))
        assert twins.get(shop, "cust_12345") == before
        assert trials.run(shop, asking(predict=EVERY_FIELD)).answer == first.answer


class TestStored:
    @pytest.mark.req("R40", "I9", "A18")
    def test_what_was_answered_can_be_fetched_again_from_a_reopened_file(self, tmp_path: Path) -> None:
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = open_shop(store=store)
            answered = [
                trials.run(ctx, asking(customer["customer_id"], message, predict=EVERY_FIELD, extract=("mood",)))
                for customer in CUSTOMERS[:3]
                for message in MESSAGES
            ]
            assert len({trial.id for trial in answered}) == len(answered)
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = context(store)
            assert [trials.get(ctx, trial.id) for trial in answered] == answered
            assert trials.explanation(ctx, answered[0].id) == answered[0].answer.explanations

    @pytest.mark.req("I9")
    def test_in_memory_too_newest_first_and_by_twin(self, shop: Context) -> None:
        made = []
        for at, twin in enumerate(("cold", "daily", "cold")):
            shop.clock.moment = NOW + timedelta(minutes=at)  # type: ignore[attr-defined]  # the clock of the tests
            made.append(trials.run(shop, asking(twin)))
        assert trials.listing(shop).items == tuple(reversed(made))
        assert trials.listing(shop, twin="cold").items == (made[2], made[0])
        first = trials.listing(shop, limit=2)
        assert trials.listing(shop, cursor=first.next_cursor).items == (made[0],)

    def test_an_unknown_test_is_named(self, shop: Context) -> None:
        with pytest.raises(UnknownTrial, match="test_nothing"):
            trials.get(shop, "test_nothing")

    @pytest.mark.parametrize("limit", [0, -1, 501])
    def test_a_page_has_a_size(self, shop: Context, limit: int) -> None:
        with pytest.raises(InvalidInput, match="limit"):
            trials.listing(shop, limit=limit)

    def test_what_made_it_stands_beside_it(self, shop: Context) -> None:
        made = trials.run(shop, asking(seed=7)).provenance
        assert made.twin_digest == twins.get(shop, "cust_12345").digest
        assert made.message_digest is not None
        assert (made.seed, made.software) == (7, "twincast-test")
        assert trials.run(shop, asking(intervention=Intervention(type="none"))).provenance.message_digest is None

    def test_the_log_holds_no_contents(self, shop: Context) -> None:
        trial = trials.run(shop, asking())
        entry = audit.entries(shop, action="test").items[0]
        assert (entry.action, entry.subject, entry.details) == ("test.run", trial.id, {"fields": 3})


class TestBadInput:
    @pytest.mark.req("R36", "R39", "R51", "A6", "A61")
    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"horizon_days": 0}, "horizon_days"),
            ({"horizon_days": 366}, "horizon_days"),
            ({"level": 0.49}, "level"),
            ({"level": 0.995}, "level"),
            ({"level": float("nan")}, "level"),
            ({"level": float("inf")}, "level"),
            ({"rounds": 0}, "interaction_config.rounds"),
            ({"rounds": 11}, "interaction_config.rounds"),
            ({"predict": ()}, "predict"),
            ({"predict": ("mood",)}, "predict[0]"),
            ({"predict": ("variant_preference",)}, "predict[0]"),
            ({"seed": -1}, "seed"),
            ({"seed": 2**63}, "seed"),
            ({"as_of": date.min}, "as_of"),
            ({"as_of": date.max}, "as_of"),
            ({"extract": ("mood\0",)}, "extraction_config.fields[0]"),
            ({"extract": ("will_click", "\ud800")}, "extraction_config.fields[1]"),
            ({"extract": ("m" * 201,)}, "extraction_config.fields[0]"),
            ({"extract": ("mood",) * 101}, "extraction_config.fields"),
            ({"objective": "o" * 2001}, "extraction_config.extraction_objective"),
            ({"objective": "\udfff"}, "extraction_config.extraction_objective"),
            ({"hint": "nul \0"}, "extraction_config.extraction_hint"),
            ({"intervention": Intervention(channel="email")}, "intervention.content"),
            ({"intervention": Intervention(content="  ")}, "intervention.content"),
            ({"intervention": Intervention(content="\ud800")}, "intervention.content"),
            ({"intervention": replace(OFFER, horizon_days=0)}, "intervention.horizon_days"),
            ({"intervention": replace(OFFER, cost=float("nan"))}, "intervention.cost"),
            ({"intervention": replace(OFFER, response="smile")}, "intervention.response"),
            ({"intervention": replace(OFFER, at=datetime(2026, 5, 8, 9))}, "intervention.at"),  # noqa: DTZ001  # naive
            ({"intervention": replace(OFFER, at=datetime(9999, 12, 31, tzinfo=UTC))}, "intervention.at"),
        ],
    )
    def test_what_is_wrong_is_named_with_what_is_allowed(self, shop: Context, more: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            trials.run(shop, asking(**more))
        (problem,) = refused.value.problems
        assert problem.field == field
        assert problem.allowed
        assert nothing_stored(shop)

    @pytest.mark.req("R51")
    @pytest.mark.parametrize("rounds", [1, 3, 10])
    def test_rounds_within_bounds(self, shop: Context, rounds: int) -> None:
        assert trials.run(shop, asking(rounds=rounds)).settings.rounds == rounds

    @pytest.mark.req("R36")
    def test_a_message_has_a_length(self, shop: Context) -> None:
        with pytest.raises(TooLarge, match=r"intervention\.content"):
            trials.run(shop, asking(intervention=replace(OFFER, content="a" * (MAX_CONTENT + 1))))
        assert nothing_stored(shop)

    def test_all_problems_are_named_at_once(self, shop: Context) -> None:
        with pytest.raises(InvalidInput) as refused:
            trials.run(shop, asking(horizon_days=0, level=2.0, rounds=99))
        assert len(refused.value.problems) == 3

    @pytest.mark.req("R39")
    def test_an_unknown_field_is_an_error_of_its_own(self, shop: Context) -> None:
        with pytest.raises(UnknownField, match="did you mean will_open"):
            trials.run(shop, asking(predict=("will_opn",)))


NUMBERS = (
    "will_open", "will_click", "will_engage", "will_purchase", "will_share", "will_unsubscribe", "purchase_amount",
    "items_purchased", "satisfaction_change", "brand_perception_change", "loyalty_impact", "emotional_response",
)  # fmt: skip
NEUTRAL = "the customer came by on a tuesday and talked about the weather in the north"
RECORD_TEXTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "context": lambda text: {**DOCUMENT, "context": text},
    "profile.family_status": lambda text: {**DOCUMENT, "profile": {**DOCUMENT["profile"], "family_status": text}},
    "profile.income_bracket": lambda text: {**DOCUMENT, "profile": {**DOCUMENT["profile"], "income_bracket": text}},
    "profile.job": lambda text: {**DOCUMENT, "profile": {**DOCUMENT["profile"], "job": text}},
    "behavioral_data.browsing_patterns": lambda text: {
        **DOCUMENT, "behavioral_data": {**DOCUMENT["behavioral_data"], "browsing_patterns": text},
    },
    "psychographic_traits": lambda text: {**DOCUMENT, "psychographic_traits": ["quality_focused", text]},
    "notes": lambda text: {**DOCUMENT, "notes": text},
}  # fmt: skip


class TestOrders:
    """Text that gives orders to the system is text."""

    @pytest.mark.req("R25", "N9")
    @pytest.mark.parametrize("field", RECORD_TEXTS)
    def test_orders_in_a_record_move_no_number(self, field: str) -> None:
        make = RECORD_TEXTS[field]
        records = [{**make(text), "customer_id": f"c{at}"} for at, text in enumerate((NEUTRAL, *ATTACKS))]
        ctx = open_shop(*records)
        plain = numbers_of(trials.run(ctx, asking("c0", predict=NUMBERS)))
        for at in range(1, len(records)):
            assert numbers_of(trials.run(ctx, asking(f"c{at}", predict=NUMBERS))) == plain, ATTACKS[at - 1]

    @pytest.mark.req("R25", "N9")
    def test_orders_in_a_message_move_numbers_only_through_what_is_read_in_it(self, shop: Context) -> None:
        fields = ("will_engage", "will_purchase", "purchase_amount", "satisfaction_change", "will_unsubscribe")
        base = "Our new line is here."
        for attack in ATTACKS:
            attacked = trials.run(shop, asking(intervention=told(f"{base} {attack}"), predict=fields))
            read = attacked.answer.intervention.reading
            assert read is not None
            engage = {it.field: it.contributions for it in attacked.answer.explanations}
            terms = {
                part.term for part in (*engage["will_engage"], *engage["will_purchase"]) if part.group == "message"
            }
            assert terms <= DECLARED, attack
            for part in attacked.answer.predictions:
                assert part.estimate is not None
                if part.kind == "probability":
                    assert part.estimate.value < 0.8, attack

    @pytest.mark.req("N9")
    def test_orders_with_the_features_of_a_plain_text_give_its_numbers(self, shop: Context) -> None:
        compared = 0
        for attack in ATTACKS:
            attacked = trials.run(shop, asking(intervention=told(attack), predict=NUMBERS))
            read = attacked.answer.intervention.reading
            assert read is not None
            plain = [name for name, value in read.attributes.items() if value != 0 and name not in STYLE]
            if plain or read.products or read.appeals:
                continue
            compared += 1
            neutral = trials.run(shop, asking(intervention=told(" ".join(["la"] * read.words)), predict=NUMBERS))
            assert numbers_of(attacked) == numbers_of(neutral), attack
        assert compared >= 20

    @pytest.mark.req("N9")
    def test_orders_in_a_message_are_flagged(self, shop: Context) -> None:
        missed = []
        for attack in ATTACKS:
            warnings = trials.run(shop, asking(intervention=told(attack))).answer.warnings
            if "instruction-like-text" not in {warning.code for warning in warnings}:
                missed.append(attack)
        assert not missed

    @pytest.mark.req("R55", "N9")
    def test_orders_in_the_extraction_move_no_number(self, shop: Context) -> None:
        plain = numbers_of(trials.run(shop, asking()))
        for attack in ATTACKS[:20]:
            assert numbers_of(trials.run(shop, asking(objective=attack, hint=attack))) == plain

    @pytest.mark.req("N9")
    @pytest.mark.parametrize("field", ["type", "channel", "timing", "id"])
    def test_orders_in_the_other_texts_of_a_message_do_no_harm(self, shop: Context, field: str) -> None:
        plain = numbers_of(trials.run(shop, asking(intervention=told("Our new line is here."))))
        for attack in ATTACKS:
            changed: dict[str, Any] = {field: attack[:200]}
            hostile = replace(told("Our new line is here."), **changed)
            assert numbers_of(trials.run(shop, asking(intervention=hostile))) == plain


STYLE = {"length_log", "question", "caps", "exclamations", "products_named"} | {
    f"tone_{tone}" for tone in ("professional", "formal", "friendly", "enthusiastic", "playful")
}
"""Attributes that no number of the model uses, and the length, which is compared at equal length."""

DECLARED = {
    "contact", "discount", "amount", "free_shipping", "gift", "coupons", "exclusive", "early_access", "novelty",
    "scarcity", "urgency", "social_proof", "personalisation", "call_to_action", "length", "pressure", "spam", "thanks",
    "apology", "apology_offer", "quality", "threshold", "deadline", "triggered", "newsletter", "survey", "service",
}  # fmt: skip
"""Every term that a text can act through."""


def told(content: str) -> Intervention:
    return Intervention(type="announcement", channel="email", content=content, timing="tuesday_morning")


class TestNoOutboundMessages:
    @pytest.mark.req("R1", "R201")
    def test_nothing_is_sent_anywhere(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def refused(*args: object, **kwargs: object) -> None:
            raise AssertionError("a test opened a connection")

        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = open_shop(store=store)
            for name in ("socket", "create_connection", "getaddrinfo", "create_server"):
                monkeypatch.setattr(socket, name, refused)
            trials.run(ctx, asking(predict=EVERY_FIELD))
            comparisons.run(ctx, comparing({"A": "One", "B": "Two"}))


texts = st.text(max_size=60) | st.sampled_from(["30% off", "$5 off", "friday_morning", "email", "none", "{{name}}!!!"])
FIRST, LAST = datetime(1900, 1, 2), datetime(2199, 12, 30)  # noqa: DTZ001  # hypothesis takes naive bounds
contents = st.lists(texts, min_size=1, max_size=8).map(" ".join)
interventions = st.builds(
    Intervention,
    type=st.sampled_from(["none", "coupon_campaign", "survey", "service_recovery", "promotional_email", "?"]),
    channel=st.none() | texts | st.sampled_from(["sms", "call", "mail", "in_app", "store"]),
    content=contents.map(lambda text: f"Hello {text}"),
    timing=st.none() | texts | st.datetimes(FIRST, LAST).map(datetime.isoformat),
    response=st.none() | st.sampled_from(["visit", "click", "tap", "reply", "redemption"]),
    products=st.lists(texts, max_size=3).map(tuple),
    cost=st.none() | st.floats(0, 1e300),
    horizon_days=st.none() | st.integers(1, 365),
    at=st.none() | st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
)
money = st.none() | st.integers(0, 10**12) | st.floats(0, 1e12)
counts = st.none() | st.integers(0, 10**6)
days = st.dates(date(1900, 1, 1), date(2026, 5, 4)).map(date.isoformat)
records = st.fixed_dictionaries(
    {"customer_id": st.just("anyone")},
    optional={
        "profile": st.dictionaries(st.sampled_from(["location", "income_bracket", "job"]), texts, max_size=3),
        "behavioral_data": st.fixed_dictionaries(
            {},
            optional={
                "purchase_frequency": texts | st.sampled_from(["daily", "yearly"]) | st.floats(0, 9_000),
                "average_order_value": money,
                "lifetime_value": money,
                "preferred_channels": st.lists(texts | st.sampled_from(["email", "sms", "store"]), max_size=3),
                "browsing_patterns": texts,
                "interests": st.lists(texts, max_size=3),
            },
        ),
        "history": st.fixed_dictionaries(
            {},
            optional={
                "customer_since": days,
                "last_purchase_date": days,
                "total_purchases": counts,
                "satisfaction_scores": st.lists(st.integers(1, 5), max_size=4),
                "campaigns_received": counts,
                "campaigns_redeemed": counts,
                "contacts_last_30_days": counts,
                "transactions": st.lists(
                    st.fixed_dictionaries({"date": days, "amount": money}, optional={"category": texts}), max_size=4
                ),
            },
        ),
        "psychographic_traits": st.lists(texts | st.sampled_from(["price_sensitive", "creative"]), max_size=3),
        "context": texts,
    },
)


wild = st.builds(
    Intervention,
    id=st.none() | texts,
    type=texts,
    channel=st.none() | texts,
    content=st.none() | texts,
    timing=st.none() | texts | st.datetimes().map(datetime.isoformat),
    personalization_level=st.none() | texts,
    response=st.none() | texts,
    cost=st.none() | st.floats(),
    horizon_days=st.none() | st.integers(),
    at=st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
)
settings_of_any_kind = st.fixed_dictionaries(
    {},
    optional={
        "horizon_days": st.integers(),
        "level": st.floats(),
        "as_of": st.dates(),
        "rounds": st.integers(),
        "seed": st.integers(),
        "extract": st.lists(texts, max_size=3).map(tuple),
        "objective": texts,
        "predict": st.none() | st.lists(texts | st.sampled_from(EVERY_FIELD), max_size=3).map(tuple),
    },
)


class TestAnything:
    @settings(max_examples=100)
    @given(
        record=records,
        message=interventions,
        horizon=st.none() | st.integers(1, 365),
        level=st.none() | st.floats(0.5, 0.99),
        as_of=st.none() | st.dates(date(1900, 1, 2), date(2199, 12, 30)),
    )
    def test_any_record_and_any_message_give_finite_numbers_or_a_named_error(
        self,
        record: dict[str, Any],
        message: Intervention,
        horizon: int | None,
        level: float | None,
        as_of: date | None,
    ) -> None:
        ctx = open_shop(COLD)
        how: dict[str, Any] = {"horizon_days": horizon, "level": level, "as_of": as_of, "thinking": True}
        try:
            twins.save(ctx, record)
            trial = trials.run(ctx, asking("anyone", message, predict=EVERY_FIELD, **how))
            variants = {"given": message, "offer": OFFER}
            comparison = comparisons.run(ctx, comparing(variants, "anyone", include_no_contact=True, **how))
        except TwincastError:
            event("refused")
            return
        event("answered")
        for path, number in (*numbers_in(trial), *numbers_in(comparison)):
            assert isfinite(number), path
        assert trials.get(ctx, trial.id) == trial

    @given(message=wild, how=settings_of_any_kind)
    def test_any_values_at_all_are_answered_or_refused_by_name(
        self, message: Intervention, how: dict[str, Any]
    ) -> None:
        ctx = open_shop(COLD)
        try:
            trial = trials.run(ctx, asking("cold", message, **how))
        except TwincastError:
            assert nothing_stored(ctx)
            return
        assert all(isfinite(number) for _, number in numbers_in(trial))
