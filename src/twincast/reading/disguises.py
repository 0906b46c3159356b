"""What a text says beneath a disguise: letters that look like others, hidden ones, escapes, encodings, reversals.

Only ever used to ask whether a text gives orders to a machine; numbers are read from the text as it stands.
"""

import base64
import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from twincast.reading.phrasebook import lexicon

MOST_ENCODED: Final = 8
"""Encoded pieces of one text that are looked into."""

_ENCODED: Final = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{24,4000}={0,2}(?![A-Za-z0-9+/=])")
_ESCAPED: Final = re.compile(r"%[0-9a-f]{2}(?:[^%]{0,3}%[0-9a-f]{2}){5}", re.IGNORECASE)
_MIXED: Final = re.compile(r"[a-z][0134 57@$][a-z]|\b[0134 57@$][a-z]{2}".replace(" ", ""))
_SPACED: Final = re.compile(r"(?<!\w)\w(?:[ .*_-]{1,3}\w(?!\w)){7,200}")
_GAP: Final = re.compile(r"[ .*_-]{2,3}")
_TURNED: Final = "\u202e"
_TAGS: Final = range(0xE0020, 0xE007F)


def plain(text: str) -> str:
    """Return a text in lower case, in plain letters: without accents, hidden characters and styled alphabets."""
    if text.isascii():
        return text.lower()
    shown = "".join(chr(ord(char) - 0xE0000) if ord(char) in _TAGS else char for char in text)
    apart = unicodedata.normalize("NFKD", shown.replace("’", "'"))
    return "".join(char for char in apart if unicodedata.category(char) not in {"Mn", "Cf"}).lower()


def undisguised(text: str) -> Iterator[str]:
    """Yield what a text may say besides what it says as it stands; most texts wear no disguise, and nothing comes."""
    low = plain(text)
    if not text.isascii():
        yield low
        yield low.translate(_table("lookalikes"))
        if _TURNED in text:
            yield low[::-1]
    if "&#" in text:
        yield plain(html.unescape(text))
    if "%" in text and _ESCAPED.search(text):
        yield plain(unquote(text))
    if _MIXED.search(low):
        yield low.translate(_table("digits"))
    for found in _SPACED.finditer(low):
        yield " ".join(re.sub(r"[\W_]", "", word) for word in _GAP.split(found.group()))
    yield from _decoded(text)


def _decoded(text: str) -> Iterator[str]:
    """Yield what pieces in base 64 say, where they say anything."""
    for place, found in enumerate(_ENCODED.finditer(text)):
        if place == MOST_ENCODED:
            return
        piece = found.group().rstrip("=")
        try:
            said = base64.b64decode(piece + "=" * (-len(piece) % 4)).decode()
        except ValueError:  # no base 64, or no text in it
            continue
        yield plain(said)


def _table(name: str) -> dict[int, str]:
    return str.maketrans(lexicon("injections")["disguise"][name])
