"""What a message appeals to and what it is about: found by its words, not found where it is denied."""

import pytest

from twincast.domain.preferences import PREFERENCES
from twincast.reading.messages import APPEAL_PREFERENCES, read_message


class TestAppeals:
    def test_each_speaks_to_a_preference(self) -> None:
        assert set(APPEAL_PREFERENCES.values()) <= set(PREFERENCES)
        assert set(APPEAL_PREFERENCES.values()) == set(PREFERENCES)

    @pytest.mark.parametrize(
        ("text", "appeal"),
        [
            ("Exclusive for you", "exclusive"),
            ("Early access before anyone else", "early_access"),
            ("Introducing our brand new range", "novelty"),
            ("Only 3 left in stock", "scarcity"),
            ("Hurry, last chance", "urgency"),
            ("Loved by thousands of customers", "social_proof"),
            ("A gift for you", "gift"),
            ("We are sorry we let you down", "apology"),
            ("Thank you for your trust", "thanks"),
            ("Learn how it works", "information"),
            ("Handcrafted from the finest wood", "quality"),
            ("Luxury for the elite", "status"),
            ("Delivered to your door in minutes, hassle free", "convenience"),
            ("For our loyal members", "loyalty"),
            ("Organic, fair trade and carbon neutral", "ethics"),
            ("For the whole family", "family"),
            ("Money back guarantee", "reassurance"),
            ("Save on every deal", "savings"),
            ("Vielen Dank", "thanks"),
            ("Dernière chance", "urgency"),
            ("Lo sentimos", "apology"),
        ],
    )
    def test_is_found_by_its_words(self, text: str, appeal: str) -> None:
        assert appeal in {found.name for found in read_message(text).appeals}

    @pytest.mark.parametrize(
        ("text", "appeal"),
        [
            ("not exclusive", "exclusive"),
            ("no rush", "urgency"),
            ("there is no need to hurry", "urgency"),
            ("without a deadline", "urgency"),
            ("this isn't a sale", "savings"),
        ],
    )
    def test_is_not_found_where_it_is_denied(self, text: str, appeal: str) -> None:
        assert appeal not in {found.name for found in read_message(text).appeals}

    def test_not_only_denies_nothing(self) -> None:
        assert "exclusive" in {found.name for found in read_message("Not only exclusive but cheap").appeals}

    def test_grows_with_mentions_but_saturates(self) -> None:
        one, two, many = (read_message("exclusive. " * n).attributes["appeal_exclusive"] for n in (1, 2, 500))
        assert 0 < one < two < many <= 1

    def test_a_price_cut_appeals_to_savings_once(self) -> None:
        (savings,) = (appeal for appeal in read_message("30% discount").appeals if appeal.name == "savings")
        assert savings.strength == 0.5


class TestProducts:
    @pytest.mark.parametrize(
        ("text", "products"),
        [
            ("E-mail featuring Mens merchandise", ("mens",)),
            ("E-mail featuring Womens merchandise", ("womens",)),
            ("Exclusive for you: 30% off our new premium line", ("premium",)),
            ("Buy 2 get 1 free on our entire premium collection", ("premium",)),
            ("Telephone call by the bank offering a term deposit", ("term deposit",)),
            ("20% off espressos, laptops and espresso", ("coffee", "laptops")),
            ("Try the “AeroPress Go” today", ("aeropress go",)),
            ("Introducing Nimbus Air for you", ("nimbus air",)),
            ("See our summer collection", ("summer",)),
            ("a new line of thought", ()),
            ("nothing to see here", ()),
        ],
    )
    def test_are_named_in_text_order(self, text: str, products: tuple[str, ...]) -> None:
        assert read_message(text).products == products

    def test_a_coupon_list_is_taken_as_it_is_written(self) -> None:
        text = "11 coupon(s), chiefly cheese, vegetables - shelf stable, soap - liquid & bar, frzn meat/meat dinners"
        assert read_message(text).products == (
            "cheese",
            "vegetables - shelf stable",
            "soap - liquid & bar",
            "frzn meat/meat dinners",
        )

    def test_what_the_caller_names_comes_in_its_place_or_last(self) -> None:
        assert read_message("Try Foamex with coffee", ("Quux 9", "FOAMEX")).products == ("foamex", "coffee", "quux 9")

    def test_a_denied_product_is_not_offered(self) -> None:
        assert read_message("no wine, just tea").products == ("tea",)
