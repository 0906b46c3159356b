"""Words read off the contributions: key factors, reasoning, concerns. Never more than the numbers say."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from twincast.domain.predictions import Contribution, Explanation, Factor, Ranked

SMALLEST: Final = 0.015
"""Contributions below this, on the logit scale, are not worth a word: 0.4 points of probability at most."""
MOST: Final = 5

CONCERNS: Final[dict[str, str]] = {
    "taste_price": "price",
    "taste_quality": "quality",
    "taste_information": "too_much_detail",
    "taste_urgency": "being_hurried",
    "taste_social_proof": "crowd_appeal",
    "taste_status": "status_appeal",
    "taste_novelty": "unfamiliar_product",
    "category": "relevance",
    "coupon_products": "relevance",
    "coupon_trips": "relevance",
    "channel": "unwanted_channel",
    "digital": "unwanted_channel",
    "contacts": "too_many_messages",
    "contacts_reached": "too_many_messages",
    "pressure": "pressure",
    "spam": "trust",
    "length": "length",
    "threshold": "minimum_order",
    "failure": "earlier_problem",
    "satisfaction": "earlier_experience",
    "returns": "earlier_returns",
    "weekend": "timing",
    "night": "timing",
    "evening": "timing",
    "apology": "empty_apology",
    "newsletter": "no_offer",
    "survey": "no_offer",
    "service": "no_offer",
    "process": "no_need_now",
    "recency": "no_need_now",
    "recency_reached": "no_need_now",
    "frequency": "no_need_now",
    "newness": "little_experience",
    "redemption_habit": "no_coupon_habit",
    "opens_habit": "does_not_read",
    "clicks_habit": "does_not_click",
    "earlier_response": "earlier_refusal",
}
"""What a negative contribution is called when it is named as a concern."""


def worth_naming(explanation: Explanation) -> tuple[Contribution, ...]:
    """Return the contributions worth a word, largest first; the horizon is no reason."""
    return tuple(part for part in explanation.contributions if abs(part.amount) >= SMALLEST and part.group != "horizon")


def factors(explanation: Explanation, sign: float) -> tuple[Factor, ...]:
    """Return the key factors of one sign, largest first, at most five.

    Args:
        explanation: of the target.
        sign: 1.0 for what speaks for it, -1.0 for what speaks against it.
    """
    chosen = [part for part in worth_naming(explanation) if part.amount * sign > 0.0]
    return tuple(
        Factor(name=slug(part.words), field=explanation.field, amount=part.amount, words=part.words)
        for part in chosen[:MOST]
    )


def slug(words: str) -> str:
    """Return words as a name: `a purchase long ago` is `purchase_long_ago`."""
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return re.sub(r"^(?:a|an|the)_", "", plain)


def reasoning(explanation: Explanation | None, *, if_none: str) -> str:
    """Return one sentence that names what moves a probability most, for and against."""
    if explanation is None:
        return if_none
    parts = worth_naming(explanation)
    up = [part.words for part in parts if part.amount > 0.0][:3]
    down = [part.words for part in parts if part.amount < 0.0][:2]
    if not up and not down:
        return "Nothing on record or in the message moves this away from an average customer."
    if not down:
        return f"Raised by {listed(up)}."
    if not up:
        return f"Lowered by {listed(down)}."
    return f"Raised by {listed(up)}; lowered by {listed(down)}."


def listed(words: Sequence[str]) -> str:
    """Return words as people list them: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def concerns(explanations: Iterable[Explanation]) -> tuple[Ranked, ...]:
    """Return what speaks against a message, weighted by its negative contributions; weights sum to 1."""
    weight: dict[str, float] = {}
    reason: dict[str, str] = {}
    for explanation in explanations:
        for part in worth_naming(explanation):
            name = CONCERNS.get(part.term)
            if part.amount < 0.0 and name is not None:
                weight[name] = weight.get(name, 0.0) - part.amount
                reason.setdefault(name, part.words)
    total = sum(weight[name] for name in sorted(weight))
    ranked = sorted(weight, key=lambda name: (-weight[name], name))
    return tuple(Ranked(name=name, weight=weight[name] / total, reason=reason[name]) for name in ranked)


def main_difference(better: Explanation, other: Explanation) -> str:
    """Return the driver in which two variants differ most, in favour of the better one; empty if there is none."""
    theirs = {(part.group, part.term): part.amount for part in other.contributions}
    mine = {(part.group, part.term): part for part in better.contributions}
    gaps = {key: part.amount - theirs.get(key, 0.0) for key, part in mine.items()}
    gaps |= {key: -amount for key, amount in theirs.items() if key not in mine}
    best = max(gaps, key=lambda key: (gaps[key], key), default=None)
    if best is None or gaps[best] < 1e-9:
        return ""
    if best in mine and mine[best].amount > 0.0:
        return mine[best].words
    words = {(part.group, part.term): part.words for part in other.contributions}
    return f"not having {words[best]}" if best in words else mine[best].words
