"""What a message is about: products by lexicon, by the words around them, and as the caller named them."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from twincast.reading.offers import is_negated
from twincast.reading.phrasebook import Entry, Hit, expand, lexicon
from twincast.reading.tokens import Tokens, lowered

LEXICON: Final = "products"
MAX_PRODUCTS: Final = 40
"""Most products kept of one text."""

_CHIEFLY: Final = re.compile(r"\bchiefly ([^.!?;\n]{1,2000})")
_QUOTED: Final = re.compile(r"[\"“„«]([^\"“”„«»\n]{2,40})[\"”“»]")
_LINE_NOUNS: Final = frozenset("line collection range merchandise series selection lineup assortment".split())
_LAUNCH_WORDS: Final = frozenset("featuring introducing presenting meet announcing".split())
_NO_PRODUCT: Final = frozenset(
    "a an the our your my their its this that these those new newest latest entire whole full all every any select "
    "selected exclusive own of on off in for from with to and or at by we you it is are more most top best first next "
    "last each featuring introducing presenting announcing meet discover shop explore browse see big great limited "
    "special signature subject tag help front bottom finish dotted assembly hot credit product sale everything "
    "die der das den neue neuen unsere unserer unseren la le les l nouvelle nouvelles notre sa "
    "el nueva nuestra su".split()
)
"""Words that are no part of a product's name here: "our new line" names nothing, a "finish line" is no line."""


def phrases() -> Iterator[tuple[str, Entry]]:
    """Yield every form of every category, singular and plural."""
    for group in lexicon(LEXICON).values():
        for category, forms in group.items():
            entry = Entry(lexicon=LEXICON, name=category, language="", rule={})
            for form in {category, *forms}:
                for one in expand(form.removeprefix("=")):
                    for spelling in [one] if form.startswith("=") else _numbers_of(one):
                        yield spelling, entry


def _numbers_of(form: str) -> tuple[str, ...]:
    """Return a singular form and its regular plural."""
    if form.endswith(("s", "x", "ch", "sh")):
        return (form,) if form.endswith("s") and not form.endswith("ss") else (form, form + "es")
    if form.endswith("y") and form[-2:-1] not in "aeiou":
        return (form, form[:-1] + "ies")
    return (form, form + "s")


@cache
def _names() -> dict[str, str]:
    """Every spelling of every category, and the category's name."""
    return {" ".join(lowered(form).split()): entry.name for form, entry in phrases()}


def canonical_product(text: str) -> str:
    """Return the category that a whole text names ("Espressos" -> "coffee"), or the text itself, lower case.

    Whoever compares what a customer buys with what a message is about puts both through this.
    """
    plain = " ".join(lowered(text).split())
    return _names().get(plain, plain)


def read_products(tokens: Tokens, hits: Sequence[Hit], given: Sequence[str]) -> tuple[str, ...]:
    """Return what the text is about, lower case, in text order; what the caller names and the text does not comes last.

    Args:
        tokens: the text.
        hits: phrases of this lexicon found in it.
        given: products that the caller names beside the text.
    """
    listed = [(start, end, name) for start, end, names in _listed(tokens) for name in names]
    found = [(start, name) for start, _, name in listed]
    found += [(start, name) for start, end, name in _by_lexicon(tokens, hits) if not _inside(start, end, listed)]
    found += [(start, name) for start, end, name in _by_context(tokens) if not _inside(start, end, listed)]
    for name in given:
        plain = " ".join(lowered(name).split())
        at = tokens.low.find(plain)
        found.append((at if at >= 0 else len(tokens.low), plain))
    ordered = [name for _, name in sorted(found, key=lambda pair: pair[0]) if name]
    return tuple(dict.fromkeys(ordered))[:MAX_PRODUCTS]


def _inside(start: int, end: int, spans: Sequence[tuple[int, int, str]]) -> bool:
    return any(left <= start and end <= right for left, right, _ in spans)


def _listed(tokens: Tokens) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the lists that coupon campaigns are described by: "chiefly cheese, frozen pizza, soap - liquid & bar"."""
    for match in _CHIEFLY.finditer(tokens.low):
        yield match.start(1), match.end(1), [part.strip() for part in match.group(1).split(",")][:MAX_PRODUCTS]


def _by_lexicon(tokens: Tokens, hits: Sequence[Hit]) -> Iterator[tuple[int, int, str]]:
    for hit in hits:
        if is_negated(tokens, hit.first):
            continue
        yield tokens.starts[hit.first], tokens.ends[hit.last - 1], hit.entry.name


def _by_context(tokens: Tokens) -> Iterator[tuple[int, int, str]]:
    """Yield what stands in quotes, before "line" or "collection", or as a proper name after "introducing"."""
    for match in _QUOTED.finditer(tokens.low):
        name = match.group(1).strip(" ,.!?")
        if 0 < len(name.split()) <= 4 and not any(char.isdigit() or char == "%" for char in name):
            yield match.start(1), match.end(1), name
    for at, word in enumerate(tokens.words):
        if word in _LINE_NOUNS:
            yield from _named(tokens, _backwards(tokens, at), at)
        elif word in _LAUNCH_WORDS:
            yield from _named(tokens, at + 1, _forwards(tokens, at + 1))


def _named(tokens: Tokens, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    if first < last:
        start, end = tokens.starts[first], tokens.ends[last - 1]
        name = tokens.low[start:end]
        yield start, end, canonical_product(name)


def _backwards(tokens: Tokens, at: int) -> int:
    """Return where the words begin, two at most, that say what kind of line or collection it is."""
    first = at
    while first > max(0, at - 2) and tokens.words[first - 1].isalpha() and tokens.words[first - 1] not in _NO_PRODUCT:
        first -= 1
    return first


def _forwards(tokens: Tokens, first: int) -> int:
    """Return where a proper name ends: three words at most, each with a capital in the text as written."""
    last = first
    while last < min(len(tokens.words), first + 3):
        word = tokens.words[last]
        if not word.isalpha() or word in _NO_PRODUCT or word in _LINE_NOUNS:
            break
        if not tokens.content[tokens.starts[last]].isupper():
            break
        last += 1
    return last
