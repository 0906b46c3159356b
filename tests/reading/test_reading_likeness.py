"""Likeness: the same message is wholly like itself, what offers the same is alike, what shares nothing is not."""

from itertools import product
from math import isclose

import pytest

from tests.engines.batches import KINDS, TEXTS, message, nothing
from twincast.domain.interventions import ReadIntervention
from twincast.reading.likeness import VOCABULARY, likeness_of


def alike(one: ReadIntervention, other: ReadIntervention) -> float:
    mine, theirs = likeness_of(one), likeness_of(other)
    return sum(weight * theirs.get(term, 0.0) for term, weight in mine.items())


MESSAGES = [message(text, type=kind) for text, kind in product(TEXTS, KINDS)]


@pytest.mark.req("N8")
class TestLikeness:
    def test_a_message_is_wholly_like_itself_and_never_more_like_another(self) -> None:
        for one, other in product(MESSAGES, MESSAGES):
            assert isclose(alike(one, one), 1.0)
            assert 0.0 <= alike(one, other) <= 1.0 + 1e-12
            assert alike(one, other) == pytest.approx(alike(other, one))

    def test_percent_off_in_other_words_is_nearly_the_same(self) -> None:
        offer = message("30% off all coffee this weekend. Order now!")
        assert alike(offer, message("25% off everything")) > 0.8
        assert alike(offer, message("$20 off your next order")) > 0.8
        assert alike(offer, message("How our books are made.", type="newsletter")) < 0.3

    def test_terms_are_of_the_closed_vocabulary(self) -> None:
        assert {term for each in MESSAGES for term in likeness_of(each)} <= set(VOCABULARY)
        assert len(set(VOCABULARY)) == len(VOCABULARY)

    def test_sending_nothing_is_like_nothing(self) -> None:
        assert likeness_of(nothing()) == {}
