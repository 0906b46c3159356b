"""Phrases looked up in a text: one trie for all lexicons, so that a text is walked once.

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

from twincast.reading.tokens import WORD_SIGNS, Tokens, tokenise

_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_ANY: Final = "_"
_END: Final = ""
"""Key under which a node of the trie keeps the entries that end there; no token is empty."""

Node: TypeAlias = dict[str, Any]
"""A node of the trie: the next nodes by token, and under `_END` the entries that end here."""


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
    forms = (form for option in choice.group(1).split("|") for form in expand(before + option + after))
    return list(dict.fromkeys(forms))


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
            if word in WORD_SIGNS and WORD_SIGNS[word] in root and WORD_SIGNS[word] != word:
                _walk(root[WORD_SIGNS[word]], words, first, found)
        return {lexicon: _longest(hits) if len(hits) > 1 else hits for lexicon, hits in found.items()}


def _walk(node: Node | None, words: list[str], first: int, found: dict[str, list[Hit]]) -> None:
    """Follow every path of the trie that the tokens after `first` allow, and note what ends on the way.

    The literal path is followed first, the others wait: of equally long phrases the more literal is found first.
    """
    at, end = first + 1, len(words)
    waiting: list[tuple[Node, int]] = []
    while True:
        if node is not None:
            for entry in node.get(_END, ()):
                found.setdefault(entry.lexicon, []).append(Hit(first, at, entry))
        if node is None or at == end:
            if not waiting:
                return
            node, at = waiting.pop()
            continue
        word = words[at]
        at += 1
        if _ANY in node and word.isalnum():
            waiting.append((node[_ANY], at))
        sign = WORD_SIGNS.get(word)
        if sign in node and sign != word:
            waiting.append((node[sign], at))
        node = node.get(word)


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
