"""Words read off the contributions: key factors, reasoning, concerns. Never more than the numbers say."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from twincast.domain.predictions import Contribution, Explanation, Factor, Ranked

REACHED: Final = "_reached"
"""Ending of a customer's term that acts through the contact (`response.explaining`)."""

SMALLEST: Final = 0.015
"""Contributions below this, on the logit scale, are not worth a word: 0.4 points of probability at most."""
MOST: Final = 5
AGAINST: Final = "what speaks against the other: "
LEAST_GAP: Final = 1e-9
"""Differences of two contributions below this are rounding."""

CONCERNS: Final[dict[str, str]] = {
    "taste_price": "price_appeal",
    "taste_quality": "quality_appeal",
    "taste_information": "too_much_detail",
    "taste_urgency": "being_hurried",
    "taste_social_proof": "crowd_appeal",
    "taste_status": "status_appeal",
    "taste_novelty": "unfamiliar_product",
    "category": "relevance",
    "coupon_products": "relevance",
    "coupon_trips": "relevance",
    "channel": "unwanted_channel",
    "digital": "not_online",
    "contacts": "too_many_messages",
    "contacts_since": "too_many_messages",
    "repeat": "repetition",
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
    "frequency": "no_need_now",
    "newness": "little_experience",
    "redemption_habit": "no_coupon_habit",
    "opens_habit": "does_not_read",
    "clicks_habit": "does_not_click",
    "earlier_response": "earlier_refusal",
}
"""What a negative contribution is called when it is named as a concern, by its plain term."""


def plain_term(part: Contribution) -> str:
    """Return the term of a contribution, whether it acts on the base or through the contact."""
    return part.term.removesuffix(REACHED)


def worth_naming(explanation: Explanation) -> tuple[Contribution, ...]:
    """Return the contributions worth a word, largest first; the horizon is no reason."""
    worth = []
    for part in explanation.contributions:
        if -SMALLEST < part.amount < SMALLEST:
            break
        if part.group != "horizon":
            worth.append(part)
    return tuple(worth)


def shortened(explanation: Explanation) -> Explanation:
    """Return an explanation with the contributions worth a word alone: all that words are made of."""
    return replace(explanation, contributions=worth_naming(explanation))


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


@lru_cache(maxsize=1_024)
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
        return "Nothing on record or in the message moves this away from the reference customer."
    if not down:
        return f"Raised by {listed(up)}."
    if not up:
        return f"Lowered by {listed(down)}."
    return f"Raised by {listed(up)}; lowered by {listed(down)}."


def listed(words: Sequence[str]) -> str:
    """Return words as people list them: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def concerns(explanations: Iterable[Explanation]) -> tuple[Ranked, ...]:
    """Return what speaks against a message, weighted by its negative contributions; weights sum to 1.

    Args:
        explanations: of probabilities that the sender wants to be high.
    """
    weight: dict[str, float] = {}
    reason: dict[str, str] = {}
    for explanation in explanations:
        for part in worth_naming(explanation):
            name = CONCERNS.get(plain_term(part))
            if part.amount < 0.0 and name is not None:
                weight[name] = weight.get(name, 0.0) - part.amount
                reason.setdefault(name, part.words)
    total = sum(weight[name] for name in sorted(weight))
    ranked = sorted(weight, key=lambda name: (-weight[name], name))
    return tuple(Ranked(name=name, weight=weight[name] / total, reason=reason[name]) for name in ranked)


def main_difference(better: Explanation, other: Explanation, sign: float = 1.0) -> str:
    """Return the driver in which two messages differ most, in favour of the better one; empty if there is none.

    Args:
        better, other: of the same probability for the same customer.
        sign: -1.0 where the smaller probability is the better one.
    """
    mine, theirs = _by_term(better), _by_term(other)
    gaps = {key: sign * (_amount(mine, key) - _amount(theirs, key)) for key in sorted(mine.keys() | theirs.keys())}
    best = max(gaps, key=lambda key: gaps[key], default=None)
    if best is None or gaps[best] < LEAST_GAP:
        return ""
    return _told(mine.get(best), theirs.get(best), sign)


def _by_term(explanation: Explanation) -> dict[tuple[str, str], Contribution]:
    return {(part.group, part.term): part for part in explanation.contributions if part.group != "horizon"}


def _amount(parts: dict[tuple[str, str], Contribution], key: tuple[str, str]) -> float:
    return parts[key].amount if key in parts else 0.0


def _told(mine: Contribution | None, theirs: Contribution | None, sign: float) -> str:
    """Say how a term differs: there or not there, or there in both and stronger in one."""
    helps = mine is not None and sign * mine.amount > 0.0
    if mine is not None and theirs is not None and mine.words == theirs.words:
        return f"{mine.words}, which {'helps it more' if helps else 'hurts it less'}"
    if mine is not None and helps:
        return mine.words
    return f"{AGAINST}{theirs.words}" if theirs is not None else ""
