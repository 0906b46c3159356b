"""Nouns: money, dates, products and offers as they stand in a sentence."""

from dataclasses import replace
from datetime import date

import pytest

from tests.writing.plans import FACTS
from twincast.domain.plans import MessagePlan, PlannedOffer
from twincast.reading.messages import read_message
from twincast.reading.tokens import CURRENCIES
from twincast.writing.nouns import bare, ends, money, offer_noun, product_noun, until

OFF = PlannedOffer(kind="percent", value=0.1)


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "currency", "text"),
        [
            (10.0, "USD", "$10"),
            (7.5, "GBP", "£7.50"),
            (1250.0, "CHF", "CHF 1,250"),
            (990.0, "JPY", "¥990"),
            (9.999, "EUR", "€10"),
        ],
    )
    def test_is_written_as_people_write_it(self, value: float, currency: str, text: str) -> None:
        assert money(value, currency) == text

    @pytest.mark.parametrize("currency", sorted(set().union(*CURRENCIES.values())))
    def test_is_read_in_every_currency(self, currency: str) -> None:
        read = read_message(
            f"Enjoy {offer_noun(PlannedOffer(kind='amount', value=1250.0), None, currency)}.", (), currency
        )
        assert (read.discount_amount, read.flags) == (1250.0, ("no-call-to-action",))


class TestProducts:
    @pytest.mark.parametrize(
        ("given", "text", "plural"),
        [
            ("premium_line", "our premium line", False),
            ("running shoes", "our running shoes", True),
            ("the jars of honey", "the jars of honey", True),
            ("Trail Pro 3", "Trail Pro 3", False),
            ("our glass", "our glass", False),
            ("box of chocolates", "our box of chocolates", False),
        ],
    )
    def test_stand_as_they_are_spoken_of(self, given: str, text: str, plural: bool) -> None:
        noun = product_noun(given)
        assert (noun.text, noun.plural) == (text, plural)
        assert bare(text) == bare(given)


class TestOffers:
    @pytest.mark.parametrize(
        ("offer", "product", "text"),
        [
            (OFF, None, "10% off your next order"),
            (OFF, "tea", "10% off our tea"),
            (replace(OFF, minimum=50.0), None, "10% off orders over $50"),
            (replace(OFF, minimum=50.0), "tea", "10% off our tea on orders over $50"),
            (PlannedOffer(kind="n_for_m", value=1 / 3), "tea", "three for the price of two on our tea"),
            (PlannedOffer(kind="free_shipping"), None, "free shipping on your next order"),
            (PlannedOffer(kind="gift", item="apron"), None, "an apron as a free gift with your next order"),
            (PlannedOffer(kind="gift", minimum=50.0), None, "a free gift with orders over $50"),
            (PlannedOffer(kind="gift"), "tea", "a free gift when you buy our tea"),
        ],
    )
    def test_are_for_something(self, offer: PlannedOffer, product: str | None, text: str) -> None:
        assert offer_noun(offer, None if product is None else product_noun(product), "USD") == text


class TestDays:
    @pytest.mark.parametrize(
        ("days", "today", "lasts", "stops"),
        [
            (1, date(2026, 6, 4), "until tonight", "ends tonight"),
            (2, None, "until tomorrow", "ends tomorrow"),
            (3, date(2026, 6, 4), "for the next three days", "ends on Saturday"),
            (7, date(2026, 6, 4), "until Wednesday", "ends on Wednesday"),
            (7, None, "for the next seven days", "ends in just seven days"),
            (27, date(2026, 6, 4), "until June 30", "ends on Tuesday"),
            (14, None, "for the next two weeks", "ends in just 14 days"),
            (31, date(2026, 12, 4), "until January 3, 2027", "ends on Sunday"),
        ],
    )
    def test_the_day_of_sending_counts(self, days: int, today: date | None, lasts: str, stops: str) -> None:
        plan, facts = MessagePlan(offer=OFF, valid_days=days), replace(FACTS, today=today)
        assert until(plan, facts, american=True) == lasts
        assert ends(plan, facts) == stops

    def test_elsewhere_the_day_comes_first(self) -> None:
        plan = MessagePlan(offer=OFF, valid_days=31)
        assert until(plan, replace(FACTS, today=date(2026, 12, 4)), american=False) == "until 3 January 2027"
