"""Phrases looked up in a text: one tokeniser and one trie for all lexicons, so that a text is walked once.

There is no regular expression in the phrases and therefore no backtracking: reading costs time in proportion to the
length of the text, whoever wrote it. A phrase is words with these signs in it:

| sign | stands for |
|---|---|
| `#` | a number, in digits or as a word ("20", "two") |
| `$` | a currency sign or code ("$", "EUR", "pounds") |
| `@weekday`, `@month`, `@ordinal` | "friday", "june", "2nd" |
| `@plural` | "(s)", as in "coupon(s)" |
| `_` | any one word |
| `:` and `.` | a colon; any other end of a sentence |
| `(a|b|)` | one of these, or nothing |
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, TypeAlias

from twincast.domain.messages import Span

NUMBERS: Final[dict[str, float]] = {
    word: float(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
} | {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0}
ORDINALS: Final[dict[str, float]] = {
    word: float(number) for number, word in enumerate("first second third fourth fifth sixth".split(), start=1)
}
CURRENCIES: Final[dict[str, frozenset[str]]] = {
    "$": frozenset("USD CAD AUD NZD SGD HKD MXN BRL CLP COP ARS".split()),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "dollar": frozenset("USD CAD AUD NZD SGD HKD".split()),
    "buck": frozenset("USD CAD AUD NZD SGD HKD".split()),
    "euro": frozenset({"EUR"}),
    "pound": frozenset({"GBP"}),
    **{code.lower(): frozenset({code}) for code in "USD EUR GBP CHF CAD AUD NZD JPY SEK NOK DKK PLN INR CZK".split()},
}
"""Currency signs, words and codes, and the ISO 4217 codes that each can mean."""

_WEEKDAYS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miércoles jueves viernes sábado domingo"
)
_MONTHS: Final = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "januar februar märz mai juni juli oktober dezember "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
_WORD_CLASSES: Final[dict[str, str]] = {
    **dict.fromkeys(NUMBERS, "#"),
    **dict.fromkeys(ORDINALS, "@ordinal"),
    **dict.fromkeys(_WEEKDAYS.split(), "@weekday"),
    **dict.fromkeys(_MONTHS.split(), "@month"),
    **dict.fromkeys(CURRENCIES, "$"),
    **dict.fromkeys(("dollars", "euros", "pounds", "bucks"), "$"),
}
"""Words that are looked up as themselves and as a sign."""
_PERCENT: Final = frozenset({"percent", "pct", "prozent"})
_HUNDRED: Final = frozenset({("per", "cent"), ("pour", "cent"), ("por", "ciento")})
_TOKEN: Final = re.compile(
    r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<ordinal>(?<![\w.,])\d{1,2}(?:st|nd|rd|th)\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<percent>%)"
    r"|(?P<currency>[$€£¥₹])"
    r"|(?P<stop>[.!?;]+|\n\s*)"
    r"|(?P<colon>:)"
    r"|(?P<plus>\+)"
    r"|(?P<minus>(?<![^\s(])[-−–](?=\d))"
    r"|(?P<range>(?<=\d)\s?[-–]\s?(?=\d))"
    r"|(?P<plural>\(s\))"
)
_SIGNS: Final[dict[str, str]] = {
    "ordinal": "@ordinal",
    "number": "#",
    "percent": "%",
    "currency": "$",
    "plus": "+",
    "minus": "-",
    "range": "to",
    "stop": ".",
    "colon": ":",
    "plural": "@plural",
}
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_ANY: Final = "_"
_END: Final = ""
"""Key under which a node of the trie keeps the entries that end there; no token is empty."""

Node: TypeAlias = dict[str, Any]
"""A node of the trie: the next nodes by token, and under `_END` the entries that end here."""


def lowered(text: str) -> str:
    """Lower the text without changing its length, so that positions stay true; curly apostrophes become straight."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text)
    return low.replace("’", "'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """A text cut into tokens: `content[starts[i]:ends[i]]` was read as `words[i]` (a word, or a sign of the table)."""

    content: str
    low: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def span(self, first: int, last: int) -> Span:
        """Return the piece of text from token `first` up to, not including, token `last`."""
        start, end = self.starts[first], self.ends[last - 1]
        return Span(start=start, end=end, text=self.content[start:end])

    def numbers(self, first: int, last: int) -> list[str]:
        """Return the numbers and ordinals among the tokens from `first` up to `last`, as they stand, lower case."""
        return [self.low[self.starts[i] : self.ends[i]] for i in range(first, last) if _is_number(self.words[i])]


def _is_number(word: str) -> bool:
    return word == "#" or word == "@ordinal" or word in NUMBERS or word in ORDINALS


def tokenise(content: str) -> Tokens:
    """Cut a text into words, numbers and the signs that offers are made of."""
    low = lowered(content)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(low):
        kind = match.lastgroup
        start, end = match.span()
        if kind == "word":
            word = low[start:end]
            if word in _PERCENT:
                word = "%"
            elif words and (words[-1], word) in _HUNDRED:
                words[-1], ends[-1] = "%", end
                continue
        elif low[start] == "\n" and low.count("\n", start, end) == 1:
            continue  # a wrapped line does not end a sentence, a blank line does
        else:
            word = _SIGNS[str(kind)]
        words.append(word)
        starts.append(start)
        ends.append(end)
    return Tokens(content=content, low=low, words=words, starts=starts, ends=ends)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What a phrase stands for: its lexicon, its name there, its language, and further properties of its rule."""

    lexicon: str
    name: str
    language: str
    rule: Mapping[str, Any]


class Hit(NamedTuple):
    """One phrase found: tokens `first` up to, not including, `last`."""

    first: int
    last: int
    entry: Entry


def expand(phrase: str) -> list[str]:
    """Return every phrase that `(a|b|)` choices stand for; choices may be nested."""
    choice = _CHOICE.search(phrase)
    if choice is None:
        return [" ".join(phrase.split())]
    before, after = phrase[: choice.start()], phrase[choice.end() :]
    return [form for option in choice.group(1).split("|") for form in expand(before + option + after)]


@cache
def _keys_of(part: str) -> tuple[str, ...]:
    """Cut one piece of a phrase, up to the next blank, into keys of the trie."""
    return (part,) if part in {_ANY, "#", "-"} or part.startswith("@") else tuple(tokenise(part).words)


class PhraseBook:
    """All phrases of all lexicons in one trie; looking up walks the text once."""

    def __init__(self, phrases: Iterable[tuple[str, Entry]]) -> None:
        self._root: Node = {}
        for phrase, entry in phrases:
            for form in expand(phrase):
                self._add([key for part in form.split() for key in _keys_of(part)], entry)

    def _add(self, keys: list[str], entry: Entry) -> None:
        if not keys:
            return
        node = self._root
        for key in keys:
            node = node.setdefault(key, {})
        ending: list[Entry] = node.setdefault(_END, [])
        if not any(known is entry for known in ending):
            ending.append(entry)

    def find(self, tokens: Tokens) -> dict[str, list[Hit]]:
        """Return the hits of each lexicon: from left to right, the longest first, none overlapping another."""
        found: dict[str, list[Hit]] = {}
        words, root = tokens.words, self._root
        for first, word in enumerate(words):
            if word in root:
                _walk(root[word], words, first, found)
            if word in _WORD_CLASSES and _WORD_CLASSES[word] in root and _WORD_CLASSES[word] != word:
                _walk(root[_WORD_CLASSES[word]], words, first, found)
        return {lexicon: _longest(hits) if len(hits) > 1 else hits for lexicon, hits in found.items()}


def _walk(node: Node, words: list[str], first: int, found: dict[str, list[Hit]]) -> None:
    """Follow every path of the trie that the tokens after `first` allow, and note what ends on the way."""
    stack = [(node, first + 1)]
    while stack:
        node, at = stack.pop()
        if _END in node:
            for entry in node[_END]:
                found.setdefault(entry.lexicon, []).append(Hit(first, at, entry))
        if at == len(words):
            continue
        word = words[at]
        if word in node:
            stack.append((node[word], at + 1))
        if word in _WORD_CLASSES and _WORD_CLASSES[word] in node and _WORD_CLASSES[word] != word:
            stack.append((node[_WORD_CLASSES[word]], at + 1))
        if _ANY in node and word.isalpha():
            stack.append((node[_ANY], at + 1))


def _longest(hits: list[Hit]) -> list[Hit]:
    """Keep, from left to right, the longest hit that overlaps none kept before."""
    kept: list[Hit] = []
    reached = 0
    hits.sort(key=_place)
    for hit in hits:
        if hit.first >= reached:
            kept.append(hit)
            reached = hit.last
    return kept


def _place(hit: Hit) -> tuple[int, int]:
    return hit.first, -hit.last


@cache
def lexicon(name: str) -> dict[str, Any]:
    """Load one packaged lexicon, once."""
    return tomllib.loads((files("twincast.reading") / "lexicons" / f"{name}.toml").read_text(encoding="utf-8"))
