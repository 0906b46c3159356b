"""What was read in a message's text: named attributes, each with the span of text it was found in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A piece of the message: `text == content[start:end]`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferTerm:
    """One term of an offer.

    Attributes:
        kind: percent, amount, n_for_m, free_shipping, gift, threshold, validity, coupon.
        value: percent as a fraction in (0, 1]; amount, threshold in money; n_for_m as the fraction of list price saved;
            validity in days; coupon as how many; None where the text gives no number.
        up_to: True for "up to 50 %": the value is a ceiling.
        span: where it stands.
    """

    kind: str
    value: float | None
    up_to: bool
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """One appeal found in the text: its name (`reading.messages.APPEALS`), strength in (0, 1] and where."""

    name: str
    strength: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageReading:
    """All that was read in one text. Equal texts give equal readings.

    Attributes:
        digest: SHA-256 (hex) of the text; the send effect and every cache are keyed by it.
        language: ISO 639-1 code of the lexicon that fitted, or `und` when none did.
        offers: the terms of the offer, in text order.
        discount: fraction of the list price taken off at best estimate, in [0, 1]; None where a term could not be
            turned into a fraction (an amount off without a known order value is kept in `discount_amount`).
        discount_amount: money taken off per order; 0 when none.
        appeals: what the text appeals to.
        products: products and categories the text is about, lower case, in text order.
        tone: closest of the closed tones (`reading.messages.TONES`).
        words: number of words; `sentences`: number of sentences.
        personalisation: tokens used (`first_name`, `{{name}}`, "for you").
        call_to_action: the phrase that asks for an act, or None.
        pressure: 0 (none) to 1 (shouting, countdowns, "act now").
        spam: 0 to 1: share of the signs of bulk mail that the text shows.
        attributes: the numbers the response model uses, by name (`reading.messages.ATTRIBUTES`).
        flags: things its author should know (`instruction-like-text`, `no-call-to-action`), slugs.
    """

    digest: str
    language: str
    offers: tuple[OfferTerm, ...]
    discount: float | None
    discount_amount: float
    appeals: tuple[Appeal, ...]
    products: tuple[str, ...]
    tone: str
    words: int
    sentences: int
    personalisation: tuple[Span, ...]
    call_to_action: Span | None
    pressure: float
    spam: float
    attributes: Mapping[str, float]
    flags: tuple[str, ...]

    def __hash__(self) -> int:
        """Equal texts give equal readings."""
        return hash(self.digest)
