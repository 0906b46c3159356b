"""What a language model was heard to say of how a customer will respond, as numbers that outcomes give their weight."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ENGAGE, BUY, LEAVE = "engage", "buy", "leave"
QUESTIONS: Final[tuple[str, ...]] = (ENGAGE, BUY, LEAVE)
"""Does the customer look at it, buy in the days after, unsubscribe because of it?"""
WORDS, NUMBER = "words", "number"
SIGNALS: Final[tuple[str, ...]] = tuple(f"{question}.{kind}" for question in QUESTIONS for kind in (WORDS, NUMBER))
"""By question: the words, rated from 1 to 5; and the number, how many of 100 such customers would."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What a language model itself judges of one question, apart from the decision that it was told.

    Attributes:
        words: how likely it is, in plain words.
        of_100: in how many of 100 such cases.
        shares: how alike the words are to what people say at each point of a scale from 1 (surely not) to 5 (surely),
            adding up to 1; empty where they are like none.
    """

    question: str
    words: str
    of_100: int
    shares: tuple[float, ...] = ()

    @property
    def rating(self) -> float | None:
        """Return the point of the scale that the words stand for."""
        return sum(point * share for point, share in enumerate(self.shares, 1)) if self.shares else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What was heard of one customer and one message.

    Attributes:
        source: which model, prompt and rating it comes from: signals of two sources are not compared.
        told: how likely the purchase was that the model was told of as decided, 0 (least) to 4: what it only repeats
            of that is no signal.
        values: signal -> number; those that were not heard are left out.
    """

    source: str
    told: int
    values: Mapping[str, float]
