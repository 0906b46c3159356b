"""Reading a message: its text once through, into named attributes that say where they were found.

The text is data. Whatever it says, and whomever it addresses, it only ever changes what is read in it.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.messages import Appeal, MessageReading
from twincast.reading import appeals as appeal_lexicon
from twincast.reading import injections
from twincast.reading import offers as offer_lexicon
from twincast.reading import products as product_lexicon
from twincast.reading import tone as tone_lexicon
from twincast.reading.appeals import APPEAL_PREFERENCES, APPEALS, read_appeals
from twincast.reading.injections import Injection, injection_of
from twincast.reading.offers import OfferReading, read_offers
from twincast.reading.phrasebook import Hit, PhraseBook, lexicon
from twincast.reading.products import read_products
from twincast.reading.tokens import Tokens, tokenise
from twincast.reading.tone import LEVELS, TONES, ToneReading, level_of, read_tone

__all__ = [
    "APPEALS",
    "APPEAL_PREFERENCES",
    "ATTRIBUTES",
    "LEVELS",
    "TONES",
    "attribute_vector",
    "personalisation_level",
    "read_message",
]

_USUAL_WORDS: Final = 40
"""Words of a usual message: `length_log` is 0 there."""
_CACHED: Final = 2048
TONE_ATTRIBUTES: Final = ("professional", "formal", "friendly", "enthusiastic", "playful")

ATTRIBUTES: Final[tuple[str, ...]] = (
    "discount",  # fraction off the list price at best estimate, [0, 1]; 0 also where a cut has no fraction
    "discount_amount_log",  # log(1 + money off) / log(101): 0 none, 1 at 100 units of the currency
    "free_shipping",  # 0 or 1
    "gift",  # 0 or 1: a gift with the order
    "threshold",  # 0 or 1: only from an order value on
    "deadline",  # 1: ends within three days; 0.5: ends on a named weekday; 0: neither
    "coupons",  # log(1 + number of coupons)
    *(f"appeal_{appeal}" for appeal in APPEALS),  # strength, [0, 1)
    "length_log",  # log((words + 1) / 41): 0 for forty words, -1 for fourteen, 1 for a hundred and ten
    "personalisation",  # [0, 1]: names and template tokens count double
    "call_to_action",  # 0 or 1
    "pressure",  # [0, 1)
    "spam",  # [0, 1]: share of the signs of bulk mail
    "caps",  # [0, 1]: share of longer words in capitals
    "exclamations",  # [0, 1]: marks, 1 from five on
    "question",  # 0 or 1
    *(f"tone_{tone}" for tone in TONE_ATTRIBUTES),  # 0 or 1; haste and apology have numbers of their own
    "products_named",  # [0, 1]: products named, 1 from five on
)
"""The numbers that the response model may use, in the order in which every array holds them."""


@cache
def _book() -> PhraseBook:
    """All lexicons in one book, made when the first text is read."""
    parts = (offer_lexicon, appeal_lexicon, tone_lexicon, product_lexicon)
    return PhraseBook(pair for part in parts for pair in part.phrases())


@cache
def _function_words() -> dict[str, str]:
    """The small words of each language; a word of two languages speaks for the first."""
    words: dict[str, str] = {}
    for language, forms in lexicon("tone")["function_words"].items():
        for form in forms:
            words.setdefault(form, language)
    return words


@lru_cache(maxsize=_CACHED)
def read_message(content: str, products: tuple[str, ...] = (), currency: str = "USD") -> MessageReading:
    """Read a text; equal texts give equal readings, and a recent one is not read again.

    Args:
        content: the text, any text at all.
        products: products or categories that the caller knows it to be about.
        currency: ISO 4217 code of the customers' money; amounts in another one are kept and flagged.

    Returns:
        The reading. Every span is exact: `content[span.start:span.end] == span.text`.
    """
    tokens = tokenise(content)
    hits = _book().find(tokens)
    offer = read_offers(tokens, hits.get(offer_lexicon.LEXICON, ()), currency)
    appeals = read_appeals(tokens, hits, offer.terms)
    tone = read_tone(tokens, hits, appeals)
    named = read_products(tokens, hits.get(product_lexicon.LEXICON, ()), products)
    words = sum(1 for word in tokens.words if word[0].isalpha() or word in {"#", "@ordinal"})
    return MessageReading(
        digest=hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        language=_language(tokens, hits),
        offers=offer.terms,
        discount=offer.discount,
        discount_amount=offer.amount,
        appeals=appeals,
        products=named,
        tone=tone.tone,
        words=words,
        sentences=_sentences(tokens),
        personalisation=tone.personalisation,
        call_to_action=tone.call_to_action,
        pressure=tone.pressure,
        spam=tone.spam,
        attributes=_attributes(content, words, offer, appeals, tone, named),
        flags=_flags(offer, tone, injection_of(tokens)),
    )


def length_log(words: int) -> float:
    """Return the attribute of a length: 0 for the words of a usual message."""
    return math.log((words + 1) / (_USUAL_WORDS + 1))


def personalisation_level(reading: MessageReading) -> str:
    """Return how personal the text is by what was found in it: low, medium or high."""
    return level_of(reading.attributes["personalisation"])


def attribute_vector(readings: Sequence[MessageReading]) -> NDArray[np.float64]:
    """Return the attributes of m readings as an array (m, len(ATTRIBUTES))."""
    rows = [[reading.attributes[name] for name in ATTRIBUTES] for reading in readings]
    return np.array(rows, dtype=np.float64).reshape(len(readings), len(ATTRIBUTES))


def _attributes(
    content: str,
    words: int,
    offer: OfferReading,
    appeals: Sequence[Appeal],
    tone: ToneReading,
    named: Sequence[str],
) -> Mapping[str, float]:
    kinds = {term.kind for term in offer.terms}
    values = dict.fromkeys(ATTRIBUTES, 0.0)
    values.update(
        discount=offer.discount or 0.0,
        discount_amount_log=math.log1p(offer.amount) / math.log(101),
        free_shipping=float("free_shipping" in kinds),
        gift=float("gift" in kinds),
        threshold=float("threshold" in kinds),
        deadline=offer.deadline,
        coupons=math.log1p(offer.coupons),
        length_log=length_log(words),
        personalisation=tone.personal_score,
        call_to_action=float(tone.call_to_action is not None),
        pressure=tone.pressure,
        spam=tone.spam,
        caps=tone.capitals,
        exclamations=tone.exclamations,
        question=float("?" in content),
        products_named=min(len(named), 5) / 5,
    )
    values.update({f"appeal_{appeal.name}": appeal.strength for appeal in appeals})
    if tone.tone in TONE_ATTRIBUTES:
        values[f"tone_{tone.tone}"] = 1.0
    return values


def _language(tokens: Tokens, hits: Mapping[str, list[Hit]]) -> str:
    """Return the language whose words and phrases fit most; `und` where none does, the first of equals."""
    scores = {"en": 0, "de": 0, "fr": 0, "es": 0}
    small_words = _function_words()
    for word in tokens.words:
        language = small_words.get(word)
        if language is not None:
            scores[language] += 1
    for found in hits.values():
        for hit in found:
            if hit.entry.language:
                scores[hit.entry.language] += 1
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] else "und"


def _sentences(tokens: Tokens) -> int:
    """Count runs of tokens between full stops."""
    count, open_sentence = 0, False
    for word in tokens.words:
        if word == ".":
            count, open_sentence = count + open_sentence, False
        elif word != ":":
            open_sentence = True
    return count + open_sentence


def _flags(offer: OfferReading, tone: ToneReading, injection: Injection | None) -> tuple[str, ...]:
    flags = list(offer.flags)
    if injection is not None:
        flags.append(injections.CODE)
    if tone.call_to_action is None:
        flags.append("no-call-to-action")
    return tuple(sorted(flags))
