"""Texts that give orders to the system are texts: they move no number but through what is read in any text."""

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.shop import (
    DOCUMENT,
    EVERY_FIELD,
    asking,
    comparing,
    numbers_of,
    open_shop,
)
from tests.usecases.strings import ATTACKS
from twincast.domain.interventions import Intervention
from twincast.storage.sql.store import open_store
from twincast.usecases import comparisons, trials
from twincast.usecases.context import Context

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


class TestOrders:
    """Text that gives orders to the system is text."""

    @pytest.mark.slow
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
    @pytest.mark.slow
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

    @pytest.mark.slow
    @pytest.mark.req("N9")
    @pytest.mark.parametrize("field", ["type", "channel", "timing", "id"])
    def test_orders_in_the_other_texts_of_a_message_do_no_harm(self, shop: Context, field: str) -> None:
        plain = numbers_of(trials.run(shop, asking(intervention=told("Our new line is here."))))
        for attack in ATTACKS:
            changed: dict[str, Any] = {field: attack[:200]}
            hostile = replace(told("Our new line is here."), **changed)
            assert numbers_of(trials.run(shop, asking(intervention=hostile))) == plain

    @pytest.mark.req("N9")
    @pytest.mark.slow
    def test_orders_among_the_products_are_products_that_nobody_bought(self, shop: Context) -> None:
        def numbers(product: str) -> dict[str, Any]:
            message = replace(told("It is here."), products=(product,))
            return numbers_of(trials.run(shop, asking("bargain", message, predict=NUMBERS)))

        unseen = numbers("hang gliders")
        assert unseen != numbers("coffee")
        for attack in ATTACKS:
            assert numbers(attack) == unseen


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
