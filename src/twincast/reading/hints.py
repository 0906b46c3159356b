"""What a hint in words says of how a field is answered: between two numbers, by yes or no, or as one of a few words."""

import re
from typing import Final

from twincast.domain.freefields import MOST_OPTION, MOST_OPTIONS, Hint, Scale

_NUMBER: Final = r"[-+]?\d{1,9}(?:\.\d{1,6})?"
_RANGE: Final = re.compile(rf"(?<![\w.])({_NUMBER})\s*(?:to|and|-|–|\.\.\.?)\s*({_NUMBER})(?![\w%]|\.\d)")
_YES_NO: Final = re.compile(r"\b(?:yes\s*(?:or|/)\s*no|true\s*(?:or|/)\s*false)\b", re.IGNORECASE)
_LISTED: Final = re.compile(r"\s*(?:,\s*or\s+|\s+or\s+|,|/|\|)\s*")
_LABEL: Final = re.compile(r"^[^:]{1,60}:\s*")
MOST_WORDS: Final = 2
"""Words of an option: longer parts between commas are a sentence, no list."""


def scale_of(text: str) -> Hint:
    """Return how a hint says that its field is answered; a text where it says nothing.

    >>> scale_of("Score from 0.0 to 1.0 indicating probability of engagement").high
    1.0
    >>> scale_of("positive, neutral, or negative").options
    ('positive', 'neutral', 'negative')
    >>> scale_of("best time to send follow-up communication").scale
    <Scale.TEXT: 'text'>
    """
    if _YES_NO.search(text):
        return Hint(text=text, scale=Scale.YES_NO)
    found = _RANGE.search(text)
    if found is not None:
        low, high = (float(part) for part in found.groups())
        if low < high:
            return Hint(text=text, scale=Scale.NUMBER, low=low, high=high)
    options = _options(text)
    return Hint(text=text, scale=Scale.CHOICE, options=options) if options else Hint(text=text, scale=Scale.TEXT)


def _options(text: str) -> tuple[str, ...]:
    """Return the words that a text lists and nothing else; none where it is a sentence."""
    listed = _LABEL.sub("", text.strip()).rstrip(".")
    parts = tuple(part.strip() for part in _LISTED.split(listed))
    if not 2 <= len(parts) <= MOST_OPTIONS or not re.search(r"\bor\b|/|\|", listed):
        return ()
    fits = all(part and len(part) <= MOST_OPTION and len(part.split()) <= MOST_WORDS for part in parts)
    return parts if fits and len(set(parts)) == len(parts) else ()
