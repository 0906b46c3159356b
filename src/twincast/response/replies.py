"""The customer's reply in the first person, from templates: what it says follows from the numbers and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twincast.domain.messages import MessageReading
from twincast.domain.predictions import Contribution, Explanation
from twincast.response.reasons import plain_term, worth_naming

PURCHASE_WORDS: Final[tuple[tuple[float, str], ...]] = (
    (0.6, "I will most likely buy something"),
    (0.35, "I may well buy something"),
    (0.15, "I might buy something, but more likely not"),
    (0.05, "I probably won't buy anything for now"),
    (0.0, "I am not going to buy anything for now"),
)
"""What a probability of purchase sounds like; the first line whose bound is not above it."""

ENGAGE_WORDS: Final[tuple[tuple[float, str], ...]] = (
    (0.5, "I will probably {act}"),
    (0.2, "I may {act}"),
    (0.05, "I doubt that I will {act}"),
    (0.0, "I don't think I will {act}"),
)

ACTS: Final[dict[str, str]] = {
    "visit": "have a look at what you have",
    "click": "follow the link",
    "tap": "tap on it",
    "reply": "get back to you",
    "redemption": "use the offer",
}

LIKES: Final[dict[str, str]] = {
    "discount": "I like the offer{offer}",
    "amount": "I like the offer{offer}",
    "free_shipping": "Free shipping helps",
    "gift": "A gift is a nice touch",
    "coupons": "There may be a coupon in it for me",
    "exclusive": "I like that it is not for everybody",
    "early_access": "Being first has its charm",
    "taste_price": "It speaks to my wallet",
    "taste_quality": "Quality is what I look for",
    "taste_novelty": "I like new things",
    "taste_status": "I like to be treated as somebody",
    "taste_convenience": "It sounds easy, and I am short of time",
    "taste_loyalty": "I have been with you for a while, and you noticed",
    "taste_social_proof": "If others are happy with it, that counts for me",
    "taste_information": "I like to know the facts first, and you give some",
    "taste_risk": "Good to know that I take no risk",
    "taste_ethics": "It fits what I stand for",
    "taste_family": "It could be something for the family",
    "taste_urgency": "I decide fast when I have to",
    "category": "It is about things I buy",
    "coupon_products": "I know these products",
    "coupon_trips": "I buy these products often",
    "apology_failure": "After what happened I expected to hear from you",
    "channel": "This is how I like to hear from you",
}
"""What the customer says of a term that speaks for the message, by its plain term."""

DISLIKES: Final[dict[str, str]] = {
    "taste_price": "the price is not what I look at",
    "taste_quality": "fine words on quality don't do it for me",
    "taste_urgency": "I don't like to be hurried",
    "taste_status": "I don't need to feel special",
    "taste_novelty": "I keep to what I know",
    "taste_information": "it is more than I want to read",
    "taste_social_proof": "I don't much care what others do",
    "category": "it is not about things I buy",
    "coupon_products": "these are not the products I buy",
    "coupon_trips": "I have not bought these lately",
    "pressure": "the tone is too pushy",
    "spam": "it looks like bulk mail",
    "channel": "I would rather not be reached this way",
    "contacts": "I hear from you a lot these days",
    "contacts_since": "I hear from you a lot these days",
    "repeat": "you have told me much the same lately",
    "failure": "the last experience is still on my mind",
    "process:low": "I don't need anything right now",
    "recency:high": "I bought something only lately",
    "recency:low": "it has been a while since I last bought",
    "newness:high": "we don't know each other well yet",
    "redemption_habit": "coupons are not my habit",
    "length": "it is rather long",
    "night": "the hour is odd",
    "apology": "words alone don't mend it",
    "threshold": "the minimum order is a hurdle",
}
"""What the customer says of a term that speaks against it, by its plain term; `:high` and `:low` where it matters on
which side of the reference the customer lies."""

STILL: Final = "I have turned it over once more, and I think the same."
"""What is said in a round when everything has been said."""
STEPS: Final = 4
"""Parts that are weighed in one round of thinking."""

LIKELY: Final = 0.35
"""P(purchase) from which a dislike is no reason not to buy, only a reservation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance:
    """What a reply must agree with: the two probabilities, what engaging means, and the parts of the purchase."""

    engage: float
    purchase: float
    response: str
    explanations: Mapping[str, Explanation | None]
    reading: MessageReading | None


def level_of(purchase: float) -> int:
    """Return how likely a purchase sounds, 0 (least) to 4: what of a number is said in words."""
    return len(PURCHASE_WORDS) - 1 - next(i for i, (bound, _) in enumerate(PURCHASE_WORDS) if purchase >= bound)


def reply(stance: Stance) -> str:
    """Return the customer's reply: at most one thing liked, one disliked, then what she will do."""
    if stance.reading is None:
        return f"Nothing was sent to me. {_purchase(stance.purchase)}."
    parts = _parts(stance)
    liked = _first(LIKES, [part for part in parts if part.amount > 0.0])
    disliked = _first(DISLIKES, [part for part in parts if part.amount < 0.0])
    sentences = [liked.format(offer=_offer(stance.reading)) + "."] if liked else []
    act = _said(ENGAGE_WORDS, stance.engage).format(act=ACTS[stance.response])
    but = (f", though {disliked}" if stance.purchase >= LIKELY else f": {disliked}") if disliked else ""
    return " ".join([*sentences, f"{act}.", f"{_purchase(stance.purchase)}{but}."])


def turns(stance: Stance, rounds: int) -> tuple[str, ...]:
    """Return what the customer says in each round, the last time the reply.

    The rounds before it turn the message over: one thing a round, what weighs most first, until nothing is left.
    """
    if rounds == 1:
        return (reply(stance),)
    spoken = list(dict.fromkeys(_considered(stance)))[: rounds - 1]
    silent = [STILL] * (rounds - 1 - len(spoken))
    return (*spoken, *silent, reply(stance))


def _considered(stance: Stance) -> Iterator[str]:
    if stance.reading is None:
        return
    for part in _parts(stance):
        liked = _first(LIKES, [part]) if part.amount > 0.0 else None
        disliked = _first(DISLIKES, [part]) if part.amount < 0.0 else None
        if liked is not None:
            yield liked.format(offer=_offer(stance.reading)) + "."
        if disliked is not None:
            yield f"Then again, {disliked}."


def _parts(stance: Stance) -> list[Contribution]:
    """Return the parts worth a word of both probabilities, largest first."""
    parts = [part for item in stance.explanations.values() if item is not None for part in worth_naming(item)]
    return sorted(parts, key=lambda part: (-abs(part.amount), part.term))


def _first(table: Mapping[str, str], parts: Sequence[Contribution]) -> str | None:
    """Return what is said of the first part about which the table has something to say."""
    found = (
        table.get(plain_term(part)) or table.get(f"{plain_term(part)}:{'high' if part.value > 0.0 else 'low'}")
        for part in parts
    )
    return next((words for words in found if words is not None), None)


def _purchase(probability: float) -> str:
    return _said(PURCHASE_WORDS, probability)


def _said(table: tuple[tuple[float, str], ...], probability: float) -> str:
    return next(words for bound, words in table if probability >= bound)


def _offer(reading: MessageReading) -> str:
    """Return the offer in the message's own words, after a comma; nothing where it is in no single place."""
    for term in reading.offers:
        if term.kind in ("percent", "amount", "n_for_m"):
            return ", " + (term.span.text.lower() if term.span.text.isupper() else term.span.text)
    return ""


def thoughts(stance: Stance, rounds: int) -> tuple[str, ...]:
    """Return a trace of how the reply comes about, a few lines a round; the numbers are the same with or without it."""
    explained = [(field, found) for field, found in stance.explanations.items() if found is not None]
    return tuple(
        f"Round {turn}, {_thought(field, found, turn)}" for turn in range(1, rounds + 1) for field, found in explained
    )


def _thought(field: str, explanation: Explanation, turn: int) -> str:
    """Return what is weighed in one round: the next few parts, largest first."""
    weighed = worth_naming(explanation)[STEPS * (turn - 1) : STEPS * turn]
    steps = [f"{part.words} {part.amount:+.2f}" for part in weighed]
    if turn == 1:
        path = [f"I start from {explanation.base:.3f}, the reference customer", *steps]
        return f"{field}: {'; '.join(path)}; that makes {explanation.probability:.3f}."
    more = f"I have also weighed {'; '.join(steps)}" if steps else "nothing more weighs on me"
    return f"{field}: {more}; it stays at {explanation.probability:.3f}."
