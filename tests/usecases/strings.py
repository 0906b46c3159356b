"""Texts that give orders to a machine, texts that only look like it, and harmless texts that read as an attack does."""

import tomllib
from pathlib import Path
from typing import Final

from twincast.reading.messages import read_message
from twincast.reading.prose import prose_of


def _texts(name: str) -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


ATTACKS: Final = tuple(text for texts in _texts("attacks").values() for text in texts)
ORDINARY: Final = {kind: tuple(texts) for kind, texts in _texts("ordinary").items()}
BULK: Final = ("winner",)
"""Words that count as signs of bulk mail and leave no span of their own."""


def blanked(attack: str) -> str:
    """Return a text without a meaning that declares the same features: everything else in it is letters l.

    What is read in any text stays: terms of an offer, appeals, what asks for an act or addresses the person, phrases
    that speak of a preference. So do the length, the capitals and the marks.
    """
    read, told = read_message(attack), prose_of(attack)
    spans = [*read.personalisation, *(offer.span for offer in read.offers)]
    spans += [span for appeal in read.appeals for span in appeal.spans]
    spans += [] if read.call_to_action is None else [read.call_to_action]
    kept = [span.text.lower() for span in spans] + [clue.says for clue in told.clues] + [*BULK]
    places = [False] * len(attack)
    for words in kept:
        start = attack.lower().find(words)
        while start >= 0:
            places[start : start + len(words)] = [True] * len(words)
            start = attack.lower().find(words, start + 1)
    return "".join(char if keep else _blank(char) for char, keep in zip(attack, places, strict=True))


def _blank(char: str) -> str:
    return ("L" if char.isupper() else "l") if char.isalpha() else char
