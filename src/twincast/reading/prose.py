"""Free text about a customer read for phrases that speak of a preference or a failure; orders in it are none."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from twincast.domain.preferences import PREFERENCES
from twincast.reading.fields import lexicon

LOOK_BACK: Final = 4
"""How many words before a phrase a negation may stand."""

_TOKENS: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[.,;:!?()\n]")
_BREAKS: Final = frozenset(".,;:!?()\n") | {"but", "however", "although"}
_STEM: Final = 3


class Clue(NamedTuple):
    """One statement about one preference: its index, where it alone places the customer, its precision, the words."""

    preference: int
    shift: float
    precision: float
    says: str

    @property
    def pull(self) -> float:
        """What it adds to the precision-weighted sum, so that alone, with a prior N(0, 1), the mean is `shift`."""
        return self.shift * (1.0 + self.precision)


@dataclass(frozen=True, slots=True)
class Prose:
    """What a text says: clues on preferences, and failure (1; 0 for "no complaints"; None)."""

    clues: tuple[Clue, ...]
    failure: float | None


NOTHING_SAID: Final = Prose((), None)


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    topic: int
    shift: float


_FAILURE: Final = -1
_NONE: Final[list[_Phrase]] = []


@cache
def _index() -> tuple[dict[str, list[_Phrase]], dict[str, list[_Phrase]]]:
    """Phrases by their first word, and those whose first word has any ending by its first letters."""
    exact: dict[str, list[_Phrase]] = {}
    stems: dict[str, list[_Phrase]] = {}
    words = lexicon("phrases")
    listed = [
        (PREFERENCES.index(name), text, shift)
        for name, found in words["preferences"].items()
        for text, shift in found.items()
    ]
    listed += [(_FAILURE, text, 1.0) for text in words["failures"]["phrases"]]
    for topic, text, shift in listed:
        phrase = _Phrase(tuple(text.split()), topic, float(shift))
        first = phrase.words[0]
        if first.endswith("*"):
            stems.setdefault(first[:_STEM], []).append(phrase)
        else:
            exact.setdefault(first, []).append(phrase)
    return exact, stems


def prose_of(text: str) -> Prose:
    """Return what a text says; the same for the same text, whatever else stands in the record."""
    lower = text.lower().replace("’", "'")
    tokens = _TOKENS.findall(lower.replace("-", " "))
    exact, stems = _index()
    matches: list[tuple[int, _Phrase]] = []
    for position, token in enumerate(tokens):
        found = exact.get(token, _NONE) + stems.get(token[:_STEM], _NONE)
        if found:
            matches.extend((position, phrase) for phrase in found if _fits(phrase.words, tokens, position))
    return _judge(tokens, matches) if matches else NOTHING_SAID


def _fits(words: tuple[str, ...], tokens: list[str], position: int) -> bool:
    """Whether the words of a phrase stand here."""
    if position + len(words) > len(tokens):
        return False
    return all(
        tokens[position + k].startswith(word[:-1]) if word.endswith("*") else tokens[position + k] == word
        for k, word in enumerate(words)
    )


def _judge(tokens: list[str], matches: list[tuple[int, _Phrase]]) -> Prose:
    """Keep the longest phrase at each place and topic, each phrase once, and turn the negated ones round."""
    precision, turned, negations = _constants()
    taken: set[tuple[int, int]] = set()
    seen: set[_Phrase] = set()
    kept: list[tuple[int, Clue]] = []
    failures: list[bool] = []
    for position, phrase in sorted(matches, key=lambda match: (-len(match[1].words), match[0])):
        places = {(phrase.topic, position + k) for k in range(len(phrase.words))}
        if places & taken or phrase in seen:
            continue
        taken |= places
        seen.add(phrase)
        negated = _negated(tokens, position, negations)
        if phrase.topic == _FAILURE:
            failures.append(not negated)
            continue
        says = " ".join(tokens[position : position + len(phrase.words)])
        shift = phrase.shift * (turned if negated else 1.0)
        kept.append(
            (position, Clue(phrase.topic, shift, precision * min(1.0, abs(shift)), f"not {says}" if negated else says))
        )
    kept.sort(key=lambda item: (item[0], item[1]))
    failure = None if not failures else float(any(failures))
    return Prose(tuple(clue for _, clue in kept), failure)


@cache
def _constants() -> tuple[float, float, frozenset[str]]:
    """Precision of a phrase, what a negation leaves of its shift, and the negations."""
    words = lexicon("phrases")
    return words["statement"]["precision"], words["statement"]["negated"], frozenset(words["negations"]["words"])


def _negated(tokens: list[str], position: int, negations: frozenset[str]) -> bool:
    """Whether a negation stands before, in the same clause."""
    for k in range(position - 1, max(-1, position - 1 - LOOK_BACK), -1):
        if tokens[k] in _BREAKS:
            return False
        if tokens[k] in negations:
            return True
    return False
