"""What a message appeals to, and which of the customer's preferences each appeal speaks to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from twincast.domain.messages import Appeal, OfferTerm, Span
from twincast.reading.offers import is_negated
from twincast.reading.phrasebook import Entry, Hit, lexicon
from twincast.reading.tokens import Tokens

LEXICON: Final = "appeals"
MAX_SPANS: Final = 16
"""Most spans kept for one appeal; its strength counts all."""

APPEAL_PREFERENCES: Final[Mapping[str, str]] = {
    "exclusive": "status",
    "early_access": "novelty",
    "novelty": "novelty",
    "scarcity": "urgency",
    "urgency": "urgency",
    "social_proof": "social_proof",
    "gift": "price",
    "apology": "risk",
    "thanks": "loyalty",
    "information": "information",
    "quality": "quality",
    "status": "status",
    "convenience": "convenience",
    "loyalty": "loyalty",
    "ethics": "ethics",
    "family": "family",
    "reassurance": "risk",
    "savings": "price",
}
"""Each appeal, and the preference (`domain.preferences`) that it speaks to."""

APPEALS: Final[tuple[str, ...]] = tuple(APPEAL_PREFERENCES)
"""The closed vocabulary of appeals, in the order in which every array holds them."""

_OFFER_APPEALS: Final[dict[str, str]] = {
    "percent": "savings",
    "amount": "savings",
    "n_for_m": "savings",
    "coupon": "savings",
    "gift": "gift",
}
"""Terms of an offer that appeal to something by being there."""


def phrases() -> Iterator[tuple[str, Entry]]:
    """Yield every phrase of every language; each appeal is a lexicon of its own, so that none hides another."""
    for language, appeals in lexicon(LEXICON).items():
        for appeal, forms in appeals.items():
            entry = Entry(lexicon=f"{LEXICON}.{appeal}", name=appeal, language=language, rule={})
            for form in forms:
                yield form, entry


def read_appeals(tokens: Tokens, hits: Mapping[str, list[Hit]], terms: Sequence[OfferTerm]) -> tuple[Appeal, ...]:
    """Return the appeals of a text, in the order of `APPEALS`.

    The strength is 1 - 0.5^hits: one mention is 0.5, two are 0.75, and nothing shouts its way past 1. Denied phrases
    ("no rush", "not exclusive") are not counted.
    """
    found: dict[str, list[Span]] = {}
    for appeal in APPEALS:
        for hit in hits.get(f"{LEXICON}.{appeal}", ()):
            if not is_negated(tokens, hit.first):
                found.setdefault(appeal, []).append(tokens.span(hit.first, hit.last))
    for term in terms:
        appeal_of_term = _OFFER_APPEALS.get(term.kind)
        if appeal_of_term is not None:
            _add_apart(found.setdefault(appeal_of_term, []), term.span)
    return tuple(_appeal(name, found[name]) for name in APPEALS if name in found)


def _add_apart(spans: list[Span], span: Span) -> None:
    """Add a span unless one that is there overlaps it: the same words count once."""
    if all(span.end <= other.start or other.end <= span.start for other in spans):
        spans.append(span)


def _appeal(name: str, spans: Sequence[Span]) -> Appeal:
    kept = sorted(spans, key=lambda span: span.start)[:MAX_SPANS]
    return Appeal(name=name, strength=1.0 - 0.5 ** len(spans), spans=tuple(kept))
