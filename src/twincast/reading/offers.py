"""The terms of an offer: what a text takes off the price, under which condition and for how long."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twincast.domain.messages import OfferTerm
from twincast.reading.phrasebook import Entry, Hit, lexicon
from twincast.reading.tokens import CURRENCIES, NUMBERS, ORDINALS, Tokens

LEXICON: Final = "offers"
MAX_TERMS: Final = 64
"""Most terms read in one text; a text with more is flagged `many-offers`."""
_DAYS_OF_A_DEADLINE: Final = 3.0

_NEGATORS: Final = frozenset(
    "no not nothing never without isn't aren't don't doesn't won't can't cannot nor excludes excluding "
    "kein keine keinen nicht ohne sans pas sin ningún".split()
)
_BRIDGES: Final = frozenset(
    "a an any the even really so very that too more longer need to have of your our be being feel "
    "ein eine einen un une de le la el más".split()
)
"""Words that may stand between a negation and what it denies ("no need to rush", "not an exclusive offer")."""


_UP_TO: Final = frozenset({("up", "to"), ("bis", "zu")})
"""Words before a term that make its value a ceiling, where no phrase of its own says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferReading:
    """The offer of one text.

    Attributes:
        terms: in text order.
        discount: best estimate of the fraction off the list price; None where there is a price cut without a fraction.
        amount: money off per order; the largest where several are named.
        coupons: how many coupons the text speaks of.
        deadline: 1 for a validity of at most three days, 0.5 where it ends on a weekday, else 0.
        flags: `impossible-discount`, `many-offers`, `other-currency`.
    """

    terms: tuple[OfferTerm, ...]
    discount: float | None
    amount: float
    coupons: float
    deadline: float
    flags: tuple[str, ...]


def _number(text: str, *, grouped: bool) -> float | None:
    """Read "1,000", "19,99", "1.5", "two" or "2nd"; `grouped`: three digits after one mark are thousands (money)."""
    known = NUMBERS.get(text, ORDINALS.get(text))
    if known is not None:
        return known
    if text[-1:].isalpha():
        text = text[:-2]
    if len(text) > 12:
        return None
    whole, mark, last = _last_mark(text)
    if mark and (len(last) != 3 or not grouped):
        return float(f"{whole}.{last}")
    return float(whole + last)


def _last_mark(text: str) -> tuple[str, str, str]:
    """Split a number at its last comma or point, and drop the marks before it."""
    at = max(text.rfind(","), text.rfind("."))
    whole = text[: max(at, 0)].replace(",", "").replace(".", "")
    return whole, text[at] if at >= 0 else "", text[at + 1 :]


def _n_for_m(numbers: Sequence[float]) -> float | None:
    got, paid = numbers[0], numbers[-1]
    return (got - paid) / got if 0 < paid < got <= 12 else 0.0


def _buy_get(numbers: Sequence[float]) -> float:
    bought, free = numbers[0], numbers[1]
    return free / (bought + free) if bought + free else 0.0


def _buy_get_percent(numbers: Sequence[float]) -> float:
    share = numbers[2] / 100 if len(numbers) > 2 else 0.5
    return _buy_get(numbers) * share


def _nth_percent(numbers: Sequence[float]) -> float:
    place = min(numbers)
    share = max(numbers) / 100 if len(numbers) > 1 else 0.5
    return share / place if place else 0.0


def _was_now(numbers: Sequence[float]) -> float:
    was, now = numbers
    return 1 - now / was if was else 0.0


_RECIPES: Final[dict[str, Callable[[Sequence[float]], float | None]]] = {
    "percent": lambda numbers: sum(numbers) / len(numbers) / 100,
    "n_for_m": _n_for_m,
    "buy_get": _buy_get,
    "buy_get_percent": _buy_get_percent,
    "nth_free": lambda numbers: 1 / numbers[-1] if numbers[-1] else 0.0,
    "nth_percent": _nth_percent,
    "was_now": _was_now,
    "now_was": lambda numbers: _was_now(numbers[::-1]),
    "money": lambda numbers: numbers[0],
    "count": lambda numbers: numbers[0],
    "hours": lambda numbers: numbers[0] / 24,
    "days": lambda numbers: numbers[0],
    "weeks": lambda numbers: numbers[0] * 7,
    "weekday": lambda numbers: None,
    "unknown": lambda numbers: None,
    "none": lambda numbers: None,
}
"""How the numbers of a phrase become the value of its term."""
_GROUPED: Final = frozenset({"money", "was_now", "now_was", "count"})
"""Recipes whose numbers may hold a mark between thousands."""


def phrases() -> Iterator[tuple[str, Entry]]:
    """Yield every phrase of the lexicon of offers, its macros filled in."""
    given = lexicon(LEXICON)
    macros: Mapping[str, str] = given["macros"]
    for rule in given["rule"]:
        entry = Entry(lexicon=LEXICON, name=rule["kind"], language=rule["language"], rule=rule)
        for phrase in rule["phrases"]:
            yield _filled(phrase, macros), entry


def _filled(phrase: str, macros: Mapping[str, str]) -> str:
    """Put each macro's text where its name stands in braces."""
    for name, text in macros.items():
        phrase = phrase.replace("{" + name + "}", text)
    return phrase


def is_negated(tokens: Tokens, first: int) -> bool:
    """Whether a negation stands right before token `first`, at most three bridging words in between."""
    for at in range(first - 1, max(first - 5, -1), -1):
        if "," in tokens.low[tokens.ends[at] : tokens.starts[at + 1]]:
            return False
        if tokens.words[at] in _NEGATORS:
            return True
        if tokens.words[at] not in _BRIDGES:
            return False
    return False


def _value(tokens: Tokens, hit: Hit) -> float | None:
    rule = hit.entry.rule
    if rule["recipe"] == "constant":
        return float(rule["value"])
    grouped = rule["recipe"] in _GROUPED
    read = [_number(text, grouped=grouped) for text in tokens.numbers(hit.first, hit.last)]
    numbers = [number for number in read if number is not None]
    if len(numbers) < len(read):
        return 0.0  # a number too long to be one
    return _RECIPES[rule["recipe"]](numbers)


def _is_offer(tokens: Tokens, hit: Hit) -> bool:
    rule = hit.entry.rule
    if "unless_next" in rule and hit.last < len(tokens.words) and tokens.words[hit.last] in rule["unless_next"]:
        return False
    if "unless_inside" in rule and not set(rule["unless_inside"]).isdisjoint(tokens.words[hit.first : hit.last]):
        return False
    return not is_negated(tokens, hit.first)


def read_offers(tokens: Tokens, hits: Sequence[Hit], currency: str) -> OfferReading:
    """Read the terms of an offer from the phrases found; a term of nothing ("0% off") is none."""
    terms: list[OfferTerm] = []
    off: list[float] = []  # in the customer's own currency: money of another is shown, and never counted as if it were
    flags: set[str] = set()
    deadline = 0.0
    for hit in hits:
        if len(terms) == MAX_TERMS:
            flags.add("many-offers")
            break
        if not _is_offer(tokens, hit):
            continue
        kind, value = hit.entry.name, _value(tokens, hit)
        if value is not None and value <= 0:
            continue
        if kind in {"percent", "n_for_m"} and value is not None and value > 1:
            flags.add("impossible-discount")
            continue
        foreign = kind in {"amount", "threshold"} and not _currency_fits(tokens, hit, currency)
        if foreign:
            flags.add("other-currency")
        if kind == "validity":
            deadline = max(deadline, _deadline(hit, value))
        up_to = hit.entry.rule.get("up_to", False) or tuple(tokens.words[max(0, hit.first - 2) : hit.first]) in _UP_TO
        terms.append(OfferTerm(kind=kind, value=value, up_to=up_to, span=tokens.span(hit.first, hit.last)))
        if kind == "amount" and not foreign:
            off.append(_expected(terms[-1]))
    return OfferReading(
        terms=tuple(terms),
        discount=discount_of(terms),
        amount=max(off, default=0.0),
        coupons=max((term.value or 0.0 for term in terms if term.kind == "coupon"), default=0.0),
        deadline=deadline,
        flags=tuple(sorted(flags)),
    )


def _deadline(hit: Hit, value: float | None) -> float:
    if value is None:
        return 0.5 if hit.entry.rule["recipe"] == "weekday" else 0.0
    return 1.0 if value <= _DAYS_OF_A_DEADLINE else 0.0


def _expected(term: OfferTerm) -> float:
    """What a term is worth at best estimate: a ceiling counts half."""
    return (term.value or 0.0) * (0.5 if term.up_to else 1.0)


def discount_of(terms: Sequence[OfferTerm]) -> float | None:
    """Return the largest fraction named; None where only cuts without a fraction stand; 0 where nothing is cut."""
    fractions = [_expected(term) for term in terms if term.kind in {"percent", "n_for_m"} and term.value is not None]
    if fractions:
        return max(fractions)
    return None if any(term.kind in {"amount", "n_for_m"} for term in terms) else 0.0


def _currency_fits(tokens: Tokens, hit: Hit, currency: str) -> bool:
    """Whether the money of the phrase can be money of that currency."""
    for at in range(hit.first, hit.last):
        text = tokens.low[tokens.starts[at] : tokens.ends[at]]
        codes = CURRENCIES.get(text) or CURRENCIES.get(text.removesuffix("s"))
        if codes is not None:
            return currency.upper() in codes
    return True
