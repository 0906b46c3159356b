"""The lexicons of messages: every phrase can be found, none contradicts another, and the book reads them so."""

import re
from collections import defaultdict

import pytest

from twincast.domain.interventions import TYPES
from twincast.reading import appeals, offers, products, tone
from twincast.reading.messages import APPEALS, TONES, read_message
from twincast.reading.phrasebook import Entry, Hit, PhraseBook, expand, lexicon
from twincast.reading.products import canonical_product
from twincast.reading.tokens import tokenise

PHRASES = [*offers.phrases(), *appeals.phrases(), *tone.phrases(), *products.phrases()]
SAMPLES = {"#": "3", "@weekday": "friday", "@month": "june", "@ordinal": "2nd", "@plural": "(s)", "_": "shirt"}
LEAST_NUMBERS = {
    **dict.fromkeys(("constant", "none", "unknown", "weekday"), 0),
    **dict.fromkeys(("n_for_m", "buy_get", "buy_get_percent", "was_now", "now_was"), 2),
}
KINDS = {"percent", "n_for_m", "amount", "threshold", "free_shipping", "gift", "coupon", "validity"}


def entry(name: str) -> Entry:
    return Entry(lexicon="test", name=name, language="", rule={})


def found(text: str, *phrases: str) -> list[tuple[str, str]]:
    book = PhraseBook((phrase, entry(phrase)) for phrase in phrases)
    tokens = tokenise(text)
    return [(hit.entry.name, tokens.span(hit.first, hit.last).text) for hit in book.find(tokens).get("test", [])]


class TestPhraseBook:
    def test_the_longest_of_overlapping_phrases_is_found(self) -> None:
        assert found("free next day delivery", "free", "free next day delivery", "next day") == [
            ("free next day delivery", "free next day delivery")
        ]

    def test_of_equally_long_phrases_the_literal_one_is_found(self) -> None:
        assert found("free delivery", "free _", "free delivery") == [("free delivery", "free delivery")]

    def test_signs_stand_for_kinds_of_tokens(self) -> None:
        assert found("save $ 20 until Friday, 2nd June", "$ #", "until @weekday", "@ordinal @month") == [
            ("$ #", "$ 20"),
            ("until @weekday", "until Friday"),
            ("@ordinal @month", "2nd June"),
        ]

    def test_a_phrase_does_not_reach_over_the_end_of_a_sentence(self) -> None:
        assert found("It is free. Delivery takes a day", "free delivery") == []
        assert found("free\ndelivery", "free delivery") == [("free delivery", "free\ndelivery")]
        assert found("free\n\ndelivery", "free delivery") == []

    def test_a_word_with_digits_is_one_word(self) -> None:
        assert found("code SAVE20 for 20 dollars", "code _", "# for #", "# $") == [
            ("code _", "code SAVE20"),
            ("# $", "20 dollars"),
        ]

    def test_choices_are_expanded_also_within_choices(self) -> None:
        assert sorted(expand("(a (b|c)|) d")) == ["a b d", "a c d", "d"]


class TestEveryPhrase:
    def test_is_found_in_its_own_words(self) -> None:
        book = PhraseBook(PHRASES)
        for phrase, known in PHRASES:
            if re.search(r"[#$@_%+:.-]|\$", phrase) is None:
                for form in expand(phrase)[::9]:
                    assert known.lexicon in book.find(tokenise(form)), form

    def test_is_lower_case_without_digits_and_with_closed_choices(self) -> None:
        for phrase, _ in PHRASES:
            assert phrase == phrase.lower()
            assert phrase.count("(") == phrase.count(")")
            assert "{" not in phrase
            assert re.search(r"(?<![a-z])\d", phrase) is None, f"{phrase}: a number is written #"

    def test_of_offers_gives_its_recipe_the_numbers_it_needs(self) -> None:
        for phrase, known in offers.phrases():
            for form in expand(phrase)[::9]:
                text = " ".join(SAMPLES.get(word, word) for word in form.split())
                tokens = tokenise(text)
                offers.read_offers(tokens, [Hit(0, len(tokens.words), known)], "USD")
                assert len(tokens.numbers(0, len(tokens.words))) >= LEAST_NUMBERS.get(known.rule["recipe"], 1), text

    def test_of_offers_is_of_a_documented_kind(self) -> None:
        assert {known.name for _, known in offers.phrases()} == KINDS

    def test_of_a_product_belongs_to_one_category(self) -> None:
        categories = defaultdict(set)
        for form, known in products.phrases():
            categories[form].add(known.name)
        assert {form: names for form, names in categories.items() if len(names) > 1} == {}

    def test_of_appeals_and_tones_is_of_the_closed_lists(self) -> None:
        assert {known.name for _, known in appeals.phrases()} == set(APPEALS)
        assert set(lexicon("tone")["tone"]) <= set(TONES)

    def test_of_types_leads_to_a_known_type_from_one_spelling_only(self) -> None:
        spellings = [spelling for group in lexicon("types").values() for spelling in group]
        assert set(lexicon("types")) <= set(TYPES)
        assert len(set(spellings)) == len(spellings)
        assert set(spellings).isdisjoint(TYPES)


class TestCanonicalProduct:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Espressos", "coffee"),
            ("  Men's   Clothing ", "mens"),
            ("running shoe", "sneakers"),
            ("Quux 9", "quux 9"),
            ("", ""),
        ],
    )
    def test_names_the_category_of_a_whole_text(self, text: str, name: str) -> None:
        assert canonical_product(text) == name

    def test_each_category_is_its_own(self) -> None:
        for group in lexicon("products").values():
            for category in group:
                assert canonical_product(category) == category

    def test_a_message_names_what_a_customer_buys(self) -> None:
        assert canonical_product("Cappuccino") in read_message("20% off espresso").products
