"""The reading of a text whose parts were read before: put together, without reading it again.

A search reads a thousand messages made of the same few sentences, and each sentence once. What is read in a text is
what is read in its parts, as long as no phrase lies across two of them: a sentence ends at a full stop, and no phrase
of the lexicons goes over one.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from twincast.domain.messages import Appeal, MessageReading, OfferTerm, Span
from twincast.reading.appeals import APPEALS
from twincast.reading.messages import ATTRIBUTES, TONE_ATTRIBUTES, length_log
from twincast.reading.offers import discount_of
from twincast.reading.tone import capital_share, pressure_of

_MOST: Final = (
    "discount_amount_log",
    "free_shipping",
    "gift",
    "threshold",
    "deadline",
    "coupons",
    "call_to_action",
    "question",
)
"""Attributes of which a text has as much as that of its parts which has most."""

Part: TypeAlias = tuple[int, MessageReading]
"""Where a part starts in the text, and what was read in it."""


def joined_reading(content: str, parts: Sequence[Part], tone: str) -> MessageReading:
    """Return what is read in a text, from what was read in its parts.

    Args:
        content: the whole text.
        parts: its sentences or runs of sentences in text order, each with where it starts; only blanks lie between.
        tone: of the whole: the tone of a text is not that of its parts, and who wrote it knows it.

    Returns:
        The reading, equal to `read_message(content)` where the tone is right; of `spam` an upper bound where several
        parts show the same sign.
    """
    appeals = tuple(_appeals(parts))
    offers = tuple(term for start, it in parts for term in _moved_terms(start, it.offers))
    amount = max((it.discount_amount for _, it in parts), default=0.0)
    words = sum(it.words for _, it in parts)
    products = tuple(dict.fromkeys(name for _, it in parts for name in it.products))
    personal = [_moved(start, span) for start, it in parts for span in it.personalisation]
    action = next(((start, it.call_to_action) for start, it in parts if it.call_to_action is not None), None)
    capitals = capital_share(content)
    pressure = pressure_of({it.name: it.strength for it in appeals}, capitals, content.count("!"))
    flags = {flag for _, it in parts for flag in it.flags} - {"no-call-to-action"}
    reading = MessageReading(
        digest=hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        language=next((it.language for _, it in parts if it.language != "und"), "und"),
        offers=offers,
        discount=discount_of(offers),
        discount_amount=amount,
        appeals=appeals,
        products=products,
        tone=tone,
        words=words,
        sentences=_sentences(content, parts),
        personalisation=tuple(personal),
        call_to_action=None if action is None or action[1] is None else _moved(action[0], action[1]),
        pressure=pressure,
        spam=min(sum(it.spam for _, it in parts), 1.0),
        attributes={"caps": capitals},
        flags=tuple(sorted(flags if action is not None else {*flags, "no-call-to-action"})),
    )
    return replace(reading, attributes=_attributes(content, parts, reading))


def _moved(start: int, span: Span) -> Span:
    return Span(start=start + span.start, end=start + span.end, text=span.text) if start else span


def _moved_terms(start: int, terms: Sequence[OfferTerm]) -> Iterator[OfferTerm]:
    for term in terms:
        yield OfferTerm(kind=term.kind, value=term.value, up_to=term.up_to, span=_moved(start, term.span))


def _appeals(parts: Sequence[Part]) -> Iterator[Appeal]:
    """Yield the appeals of all parts: what each leaves unsaid, 1 - strength, is multiplied."""
    found: dict[str, tuple[float, list[Span]]] = {}
    for start, it in parts:
        for appeal in it.appeals:
            unsaid, spans = found.get(appeal.name, (1.0, []))
            found[appeal.name] = unsaid * (1.0 - appeal.strength), [*spans, *(_moved(start, at) for at in appeal.spans)]
    for name in APPEALS:
        if name in found:
            unsaid, spans = found[name]
            yield Appeal(name=name, strength=1.0 - unsaid, spans=tuple(spans))


def _sentences(content: str, parts: Sequence[Part]) -> int:
    """Count sentences: parts that run on into the next ("Dear Maria, we ...") are one with it."""
    runs_on = sum(content[start - 1] == " " and content[start - 2] not in ".!?;" for start, _ in parts if start)
    return sum(it.sentences for _, it in parts) - runs_on


def _attributes(content: str, parts: Sequence[Part], it: MessageReading) -> Mapping[str, float]:
    values = dict.fromkeys(ATTRIBUTES, 0.0)
    for _, part in parts:
        for name in _MOST:
            values[name] = max(values[name], part.attributes[name])
        values["personalisation"] += part.attributes["personalisation"]
    values.update({f"appeal_{appeal.name}": appeal.strength for appeal in it.appeals})
    values.update(
        discount=it.discount or 0.0,
        length_log=length_log(it.words),
        personalisation=min(values["personalisation"], 1.0),
        pressure=it.pressure,
        spam=it.spam,
        caps=it.attributes["caps"],
        exclamations=min(content.count("!"), 5) / 5,
        products_named=min(len(it.products), 5) / 5,
    )
    if it.tone in TONE_ATTRIBUTES:
        values[f"tone_{it.tone}"] = 1.0
    return values
