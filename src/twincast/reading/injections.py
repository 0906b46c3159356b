"""Texts that give orders to a machine: found, named and reported, and otherwise read as any text is.

No number rests on what is found here. A text is looked at as it stands and without its disguises; phrases and marks are
data (`lexicons/injections.toml`).
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cache
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from twincast.domain.twins import Twin, Warning
from twincast.reading.disguises import plain, undisguised
from twincast.reading.phrasebook import Entry, PhraseBook, lexicon
from twincast.reading.tokens import Tokens, tokenise

CODE: Final = "instruction-like-text"
"""Code of the warning."""
REASONS: Final[dict[str, str]] = {
    "override": "tells its reader to leave its instructions",
    "role": "tells its reader to be somebody else",
    "answer": "dictates an answer",
    "secrets": "asks for what its reader was told",
    "others": "asks for other customers' data",
    "imitation": "imitates the form of a prompt or of an answer",
    "code": "holds code or a call",
}
"""Why a text is flagged, by its slug."""
MOST_FLAGS: Final = 20
"""Warnings about one record."""
KEPT: Final = 8_192
"""Records that give no orders and are not looked through again, by their digests."""
_LEXICON: Final = "injections"
_SHOWN: Final = 60
_LONGEST_PATH: Final = 200

_clean: OrderedDict[str, None] = OrderedDict()
_lock: Final = Lock()


class Injection(NamedTuple):
    """Why a text is flagged: a slug of `REASONS`, and the words, short."""

    reason: str
    says: str


class _Mark(NamedTuple):
    reason: str
    needs: str
    pattern: re.Pattern[str]


def injection_in(text: str) -> Injection | None:
    """Return the first order to a machine in a text, as it stands or under a disguise; None where there is none."""
    return injection_of(tokenise(text))


def injection_of(tokens: Tokens) -> Injection | None:
    """Return the same for a text that is cut into tokens already."""
    found = _found(tokens)
    if found is not None or not tokens.content:
        return found
    return next(filter(None, (_found(tokenise(text)) for text in undisguised(tokens.content))), None)


def injection_warning(found: Injection, field: str) -> Warning:
    """Return the warning for the owner of a text."""
    message = f"The text {REASONS[found.reason]} ({found.reason}: {found.says!r}). It is read as text like any other."
    return Warning(code=CODE, field=field, message=message)


def injection_warnings(given: Mapping[str, object], path: str = "") -> tuple[Warning, ...]:
    """Return a warning for each text of a record, its names included, that gives orders to a machine.

    Args:
        given: what somebody sent, as plain data.
        path: where it stands in what was sent, for the warnings' fields.
    """
    texts = list(_texts(given, path))
    if injection_in("\n\n".join(text for _, text in texts)) is None:  # one look suffices for nearly all records
        return ()
    found = ((path, injection_in(text)) for path, text in texts)
    flagged = dict.fromkeys(injection_warning(it, path) for path, it in found if it is not None)
    return tuple(flagged)[:MOST_FLAGS]


def twin_injections(twin: Twin) -> tuple[Warning, ...]:
    """Return the same for a twin's record, under `record`; a record that gives no orders is looked through once."""
    if twin.digest in _clean:
        return ()
    found = injection_warnings(msgspec.json.decode(twin.record, type=dict[str, object]), "record")
    if not found:
        with _lock:
            _clean[twin.digest] = None
            while len(_clean) > KEPT:
                _clean.popitem(last=False)
    return found


def forget() -> None:
    """Keep nothing of anybody any more."""
    with _lock:
        _clean.clear()


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a record with its path; the path of a name is that of its owner."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield path or "record", name
            yield from _texts(inner, f"{path}.{name}".lstrip(".")[:_LONGEST_PATH])
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")


def _found(tokens: Tokens) -> Injection | None:
    """Return what stands in a text as it is."""
    for mark in _marks():
        if mark.needs in tokens.low:
            match = mark.pattern.search(tokens.low)
            if match is not None:
                return Injection(mark.reason, _short(match.group()))
    hits = _book().find(_ended(tokens)).get(_LEXICON)
    if hits:
        first, last = hits[0].first, min(hits[0].last, len(tokens.words))
        return Injection(hits[0].entry.name, _short(tokens.span(first, last).text))
    if tokens.low.isascii():
        return None
    return next((Injection(reason, _short(says)) for reason, says in _unspaced() if says in tokens.low), None)


def _ended(tokens: Tokens) -> Tokens:
    """Return a text with an end of a sentence behind it."""
    end = len(tokens.content)
    return Tokens(
        content=tokens.content,
        low=tokens.low,
        words=[*tokens.words, "."],
        starts=[*tokens.starts, end],
        ends=[*tokens.ends, end],
    )


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"


@cache
def _book() -> PhraseBook:
    given = lexicon(_LEXICON)["phrases"]
    return PhraseBook(
        (plain(phrase), Entry(lexicon=_LEXICON, name=reason, language="", rule={}))
        for reason, phrases in given.items()
        for phrase in phrases
    )


@cache
def _unspaced() -> tuple[tuple[str, str], ...]:
    return tuple((reason, plain(it)) for reason, says in lexicon(_LEXICON)["unspaced"].items() for it in says)


@cache
def _marks() -> tuple[_Mark, ...]:
    return tuple(
        _Mark(reason, mark["needs"], re.compile(mark["pattern"]))
        for reason, marks in lexicon(_LEXICON)["marks"].items()
        for mark in marks
    )
