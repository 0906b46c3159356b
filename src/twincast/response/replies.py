"""The customer's reply in the first person, from templates: what it says follows from the numbers and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from twincast.domain.messages import MessageReading
from twincast.domain.predictions import Explanation
from twincast.response.reasons import worth_naming

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
    "discount": "The {offer} is welcome",
    "amount": "The {offer} is welcome",
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
"""What the customer says of a term that speaks for the message."""

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
    "contacts_reached": "I hear from you a lot these days",
    "failure": "the last experience is still on my mind",
    "process": "I don't need anything right now",
    "recency": "it has been a while since I last bought",
    "recency_reached": "it has been a while since I last bought",
    "newness": "we don't know each other well yet",
    "redemption_habit": "coupons are not my habit",
    "length": "it is rather long",
    "night": "the hour is odd",
    "apology": "words alone don't mend it",
    "threshold": "the minimum order is a hurdle",
}
"""What the customer says of a term that speaks against it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance:
    """What a reply must agree with: the two probabilities, what engaging means, and the parts of the purchase."""

    engage: float
    purchase: float
    response: str
    explanations: Mapping[str, Explanation | None]
    reading: MessageReading | None


def reply(stance: Stance) -> str:
    """Return the customer's reply: at most one thing liked, one disliked, then what she will do."""
    if stance.reading is None:
        return f"Nothing was sent to me. {_purchase(stance.purchase)}."
    parts = [part for item in stance.explanations.values() if item is not None for part in worth_naming(item)]
    parts.sort(key=lambda part: (-abs(part.amount), part.term))
    liked = next((LIKES[part.term] for part in parts if part.amount > 0.0 and part.term in LIKES), None)
    disliked = next((DISLIKES[part.term] for part in parts if part.amount < 0.0 and part.term in DISLIKES), None)
    sentences = [liked.format(offer=_offer(stance.reading)) + "."] if liked else []
    act = _said(ENGAGE_WORDS, stance.engage).format(act=ACTS[stance.response])
    closing = f"{act}. {_purchase(stance.purchase)}"
    sentences.append(f"{closing}: {disliked}." if disliked else f"{closing}.")
    return " ".join(sentences)


def _purchase(probability: float) -> str:
    return _said(PURCHASE_WORDS, probability)


def _said(table: tuple[tuple[float, str], ...], probability: float) -> str:
    return next(words for bound, words in table if probability >= bound)


def _offer(reading: MessageReading) -> str:
    for term in reading.offers:
        if term.kind in ("percent", "amount", "n_for_m"):
            return term.span.text.lower() if term.span.text.isupper() else term.span.text
    return "offer"


def thoughts(stance: Stance, rounds: int) -> tuple[str, ...]:
    """Return a trace of how the reply comes about, a few lines a round; the numbers are the same with or without it."""
    lines: list[str] = []
    for turn in range(1, rounds + 1):
        for field, explanation in stance.explanations.items():
            if explanation is None:
                continue
            lines.append(
                f"Round {turn}, {field}: I start from {explanation.base:.3f}, an average customer; "
                + "; ".join(f"{part.words} {part.amount:+.2f}" for part in worth_naming(explanation)[:4])
                + f"; that makes {explanation.probability:.3f}."
            )
    return tuple(lines)
