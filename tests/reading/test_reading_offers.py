"""Offer terms: which phrases are terms, what they are worth, where they stand, and what only looks like one."""

import pytest

from twincast.domain.messages import MessageReading
from twincast.reading.messages import read_message


def terms(text: str, **given: str) -> list[tuple[str, float | None, bool, str]]:
    return [
        (term.kind, term.value if term.value is None else round(term.value, 4), term.up_to, term.span.text)
        for term in read_message(text, **given).offers
    ]


def values(reading: MessageReading, kind: str) -> list[float | None]:
    return [term.value for term in reading.offers if term.kind == kind]


class TestPercent:
    @pytest.mark.req("R36", "A37")
    @pytest.mark.parametrize(
        ("text", "value", "span"),
        [
            ("Now 30% off shoes", 0.30, "30% off"),
            ("a 40 % discount", 0.40, "40 % discount"),
            ("save 25 percent today", 0.25, "save 25 percent"),
            ("ten per cent off", 0.10, "ten per cent off"),
            ("only now: -20%", 0.20, "-20%"),
            ("20-30% off coats", 0.25, "20-30% off"),
            ("a 15% student discount", 0.15, "15% student discount"),
            ("half price pizza", 0.50, "half price"),
            ("take half off", 0.50, "take half off"),
            ("was $40 now $30", 0.25, "was $40 now $30"),
            ("now $1,500, was $2,000", 0.25, "now $1,500, was $2,000"),
            ("use code FLASH40 for 40% off", 0.40, "40% off"),
            ("50 % sur une sélection de robes", 0.50, "50 % sur une sélection"),
            ("12.5% off", 0.125, "12.5% off"),
            ("Nur heute: 20% auf alles", 0.20, "20% auf alles"),
            ("-30% sur tout, 15 % de réduction", 0.30, "-30%"),
            ("ahora 10% de descuento", 0.10, "10% de descuento"),
        ],
    )
    def test_a_percentage_off_is_a_fraction_with_its_span(self, text: str, value: float, span: str) -> None:
        assert ("percent", round(value, 4), False, span) in terms(text)
        assert read_message(text).discount == pytest.approx(value)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("up to 50% off", 0.5),
            ("save up to 70% on dresses", 0.7),
            ("bis zu 30% Rabatt", 0.3),
            ("up to a third off", 1 / 3),
        ],
    )
    def test_up_to_is_a_ceiling_and_counts_half(self, text: str, value: float) -> None:
        reading = read_message(text)
        assert [term.up_to for term in reading.offers] == [True]
        assert values(reading, "percent") == [pytest.approx(value)]
        assert reading.discount == pytest.approx(value / 2)

    def test_of_several_percentages_the_largest_counts(self) -> None:
        assert read_message("10% off shoes, 25% off coats and 15% off hats").discount == pytest.approx(0.25)

    def test_a_sure_percentage_can_beat_a_higher_ceiling(self) -> None:
        assert read_message("up to 50% off, and 30% off shoes").discount == pytest.approx(0.3)

    @pytest.mark.parametrize(
        "text",
        [
            "now with 30% more fibre",
            "100% cotton",
            "sales were up 20% this year",
            "0% off",
            "interest of 4.5% a year",
            "save 30% energy at home",
            "25% less sugar",
            "not 30% off",
            "0% APR for 12 months",
            "was $30 now $40",
            "9999999999999999% off",
        ],
    )
    def test_what_only_looks_like_an_offer_is_none(self, text: str) -> None:
        reading = read_message(text)
        assert reading.offers == ()
        assert reading.discount == 0.0

    def test_nonsense_is_flagged_and_not_counted(self) -> None:
        reading = read_message("130% off everything")
        assert (reading.offers, reading.discount) == ((), 0.0)
        assert "impossible-discount" in reading.flags


class TestMultibuys:
    @pytest.mark.req("A37")
    @pytest.mark.parametrize(
        ("text", "saved"),
        [
            ("Buy 2 get 1 free on everything", 1 / 3),
            ("buy 3, get the 4th free", 1 / 4),
            ("3 for 2 on books", 1 / 3),
            ("2 for 1 pizzas", 1 / 2),
            ("two for the price of one", 1 / 2),
            ("BOGO on coffee", 1 / 2),
            ("buy one get one free", 1 / 2),
            ("buy one get one 50% off", 1 / 4),
            ("buy 2 get 1 half price", 1 / 6),
            ("second item half price", 1 / 4),
            ("50% off your second item", 1 / 4),
            ("3 für 2", 1 / 3),
            ("3x2 en champús", 1 / 3),
            ("2 tickets for the price of 1", 1 / 2),
            ("3+1 gratis", 1 / 4),
        ],
    )
    def test_is_the_fraction_of_the_list_price_saved(self, text: str, saved: float) -> None:
        reading = read_message(text)
        assert values(reading, "n_for_m") == [pytest.approx(saved)]
        assert reading.discount == pytest.approx(saved)

    @pytest.mark.parametrize("text", ["3 for $10", "buy any 2 pizzas for $10"])
    def test_a_bundle_price_saves_an_unknown_fraction(self, text: str) -> None:
        reading = read_message(text)
        assert values(reading, "n_for_m") == [None]
        assert reading.discount is None

    @pytest.mark.parametrize("text", ["a table 2 for 1 people", "12 for 40", "1 for 2", "a room for 2"])
    def test_numbers_that_save_nothing_are_no_multibuy(self, text: str) -> None:
        assert values(read_message(text), "n_for_m") == []


class TestAmounts:
    @pytest.mark.req("R36", "A37")
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("$20 off", 20.0),
            ("save 15 USD", 15.0),
            ("a $10 voucher for you", 10.0),
            ("$1,000 off your new kitchen", 1000.0),
            ("get $7.50 off", 7.5),
            ("save up to $50", 25.0),
            ("voucher worth $12", 12.0),
            ("save USD15", 15.0),
            ("Here's $15 to come back", 15.0),
        ],
    )
    def test_money_off_is_kept_as_money_and_has_no_fraction(self, text: str, amount: float) -> None:
        reading = read_message(text)
        assert reading.discount is None
        assert reading.discount_amount == pytest.approx(amount)

    def test_amount_and_threshold_are_two_terms(self) -> None:
        assert terms("£5 off orders over £50", currency="GBP") == [
            ("amount", 5.0, False, "£5 off"),
            ("threshold", 50.0, False, "orders over £50"),
        ]

    def test_shipping_free_from_an_order_value_is_two_terms(self) -> None:
        assert terms("Free delivery on orders over $50") == [
            ("free_shipping", None, False, "Free delivery"),
            ("threshold", 50.0, False, "on orders over $50"),
        ]

    def test_spend_and_save(self) -> None:
        assert terms("Spend $75 and get $10 off") == [
            ("threshold", 75.0, False, "Spend $75"),
            ("amount", 10.0, False, "get $10 off"),
        ]

    def test_a_price_is_no_offer(self) -> None:
        assert terms("Your subscription renews on 3 June for $12.99.") == []

    def test_the_same_term_said_twice_counts_once(self) -> None:
        reading = read_message("$20 off! Yes, $20 off everything.")
        assert reading.discount_amount == 20.0

    def test_a_percentage_beside_an_amount_keeps_both(self) -> None:
        reading = read_message("10% off plus $5 off shipping")
        assert reading.discount == pytest.approx(0.1)
        assert reading.discount_amount == 5.0

    @pytest.mark.parametrize(
        ("text", "currency", "foreign"),
        [
            ("€10 voucher", "USD", True),
            ("€10 voucher", "EUR", False),
            ("10 Euro Gutschein", "EUR", False),
            ("$10 off", "CAD", False),
            ("$10 off", "GBP", True),
            ("30% off", "GBP", False),
        ],
    )
    def test_money_of_another_currency_is_flagged(self, text: str, currency: str, foreign: bool) -> None:
        reading = read_message(text, currency=currency)
        assert ("other-currency" in reading.flags) is foreign
        if foreign:
            assert reading.discount_amount == 0.0

    def test_numbers_are_read_as_they_are_written_in_each_language(self) -> None:
        assert read_message("19,99 € Rabatt", currency="EUR").discount_amount == pytest.approx(19.99)
        assert read_message("1.000 € Rabatt", currency="EUR").discount_amount == 1000.0


class TestShippingAndGifts:
    @pytest.mark.req("A37")
    @pytest.mark.parametrize(
        "text",
        [
            "free shipping",
            "Free next day delivery",
            "ships free",
            "free delivery with every order",
            "versandkostenfrei",
            "livraison offerte",
            "envío gratis",
        ],
    )
    def test_free_shipping_is_a_term_and_no_price_cut(self, text: str) -> None:
        reading = read_message(text)
        assert [term.kind for term in reading.offers] == ["free_shipping"]
        assert (reading.discount, reading.attributes["free_shipping"]) == (0.0, 1.0)

    @pytest.mark.parametrize("text", ["no free shipping", "without free shipping", "sorry, not free delivery"])
    def test_denied_free_shipping_is_none(self, text: str) -> None:
        assert read_message(text).offers == ()

    def test_a_comma_ends_what_is_denied(self) -> None:
        assert [term.kind for term in read_message("No, free shipping is back").offers] == ["free_shipping"]

    @pytest.mark.parametrize(
        "text", ["a free gift", "gift with purchase", "free tote with every order", "3 months free"]
    )
    def test_gifts(self, text: str) -> None:
        reading = read_message(text)
        assert [term.kind for term in reading.offers] == ["gift"]
        assert "gift" in {appeal.name for appeal in reading.appeals}

    @pytest.mark.parametrize(
        "text", ["free returns with every order", "free trial with any plan", "my first box - free returns"]
    )
    def test_free_returns_and_trials_are_no_gifts(self, text: str) -> None:
        assert read_message(text).offers == ()


class TestThresholds:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("free shipping over $50", 50.0),
            ("when you spend $75", 75.0),
            ("orders of $40 or more", 40.0),
            ("minimum order $30", 30.0),
            ("$25+", 25.0),
        ],
    )
    def test_the_least_order_is_read(self, text: str, value: float) -> None:
        assert values(read_message(text), "threshold") == [value]

    def test_a_large_sum_in_the_news_is_no_threshold(self) -> None:
        assert read_message("we raised over $50 million").offers == ()


class TestValidity:
    @pytest.mark.req("R36")
    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("this weekend only", 2.0),
            ("today only", 1.0),
            ("valid all month", 30.0),
            ("for 48 hours", 2.0),
            ("valid for 7 days", 7.0),
            ("3 days only", 3.0),
            ("ends tonight", 1.0),
            ("nur heute", 1.0),
            ("solo hoy", 1.0),
            ("until Sunday", None),
            ("ends 30 June", None),
            ("through June 5", None),
            ("until the 3rd of May", None),
        ],
    )
    def test_days_are_told_where_the_text_tells_them(self, text: str, days: float | None) -> None:
        assert values(read_message(text), "validity") == [days]

    @pytest.mark.parametrize(
        ("text", "deadline"),
        [
            ("for 48 hours", 1.0),
            ("valid for 7 days", 0.0),
            ("until Sunday", 0.5),
            ("ends 30 June", 0.0),
            ("hello", 0.0),
        ],
    )
    def test_a_deadline_is_three_days_or_a_named_weekday(self, text: str, deadline: float) -> None:
        assert read_message(text).attributes["deadline"] == deadline


class TestCoupons:
    def test_coupons_are_counted(self) -> None:
        reading = read_message("Coupon campaign (Type B): 11 coupon(s) covering 383 products, chiefly cheese")
        assert terms(reading_text(reading)) == [("coupon", 11.0, False, "11 coupon(s)")]
        assert reading.attributes["coupons"] == pytest.approx(2.4849, abs=1e-4)

    def test_a_coupon_code_is_no_coupon(self) -> None:
        assert read_message("use coupon code SAVE").offers == ()


def reading_text(reading: MessageReading) -> str:
    return reading.offers[0].span.text


class TestTheDocumentsOffers:
    @pytest.mark.req("R36")
    def test_the_example_shows_discount_and_deadline(self) -> None:
        text = "Exclusive for you: 30% off our new premium line, this weekend only"
        assert terms(text) == [
            ("percent", 0.3, False, "30% off"),
            ("validity", 2.0, False, "this weekend only"),
        ]

    def test_more_terms_than_are_read_are_flagged(self) -> None:
        reading = read_message("1% off. " * 100)
        assert len(reading.offers) == 64
        assert "many-offers" in reading.flags
