"""Words of likelihood on a scale: what is rated, and that words which say more are rated higher."""

import numpy as np
import pytest

from twincast.domain.signals import QUESTIONS, View
from twincast.reading.ratings import shares_of
from twincast.reading.utterances import heard_in

SAID = {
    1: ("Never", "Not a chance, I don't drink coffee", "Certainly not", "Definitely won't buy", "No way"),
    2: ("I doubt it, it costs too much", "Probably not", "Rather unlikely", "Not likely this week", "I don't think so"),
    3: ("Maybe", "Perhaps, if I have time", "I might", "Hard to say", "It depends on the price"),
    4: ("Quite likely", "I think I would", "Probably yes", "There is a good chance", "Fairly likely, I like tea"),
    5: ("Definitely", "For sure", "Without a doubt", "I will, right away", "Certainly, at once"),
}


def rated(question: str, words: str) -> float:
    rating = View(question=question, words=words, of_100=0, shares=shares_of(question, words)).rating
    assert rating is not None, words
    return rating


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_likelier_in_words_is_rated_higher(question: str) -> None:
    found = [[rated(question, words) for words in SAID[point]] for point in SAID]
    means = np.mean(found, axis=1)
    assert (np.diff(means) > 0.0).all(), means
    assert np.corrcoef(np.repeat(np.arange(5), 5), np.ravel(found))[0, 1] > 0.8
    assert shares_of(question, "MAYBE!") == shares_of(question, "maybe")
    assert sum(shares_of(question, "I can’t wait")) == pytest.approx(1.0)


def test_words_like_no_statement_are_no_signal_and_the_number_remains() -> None:
    assert shares_of("buy", "") == shares_of("buy", "明日買います") == ()
    heard = heard_in([View(question="buy", words="明日買います", of_100=80)], "m", "reply/2", 2)
    assert heard is not None
    assert heard.values == {"buy.number": 80.0}
    assert heard_in([], "m", "reply/2", 2) is None
