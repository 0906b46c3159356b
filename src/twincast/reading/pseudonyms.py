"""A record without what says who the customer is: what of it may be shown to a language model.

Fields that identify are left out by their names; in every text that stays, names known from those fields, e-mail
addresses, links, phone, card, bank and other long numbers are replaced by what they were. A name that stands in free
text alone, in no field and after no form of address, can not be told from another word: it stays.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from importlib.resources import files
from typing import Any, Final

MOST_LENGTH: Final = 1_500
"""Characters of a record that are shown; what comes later is counted and not shown."""
MOST_TEXT: Final = 400
"""Characters of one text within a record."""
MOST_ITEMS: Final = 6
"""Entries of a list that are shown: the last ones, as lists of a record go on."""
SHORT_ID: Final = 4
SHORT_NUMBER: Final = 6
"""Shorter ids, or numbers, are words and amounts like any others: they do not tell who somebody is."""
LONG_NUMBER: Final = 10**8
"""From here on a whole number is taken for one that identifies."""

_DATE: Final = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("email", re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("link", re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)),
    ("handle", re.compile(r"(?<!\w)@\w{2,40}")),
    ("iban", re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")),
    ("card", re.compile(r"(?<!\w)\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?!\w)")),
    ("phone", re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d{1,4}\)?(?:[ ./-]?\(?\d{1,5}\)?){2,6}(?![\w])")),
    ("number", re.compile(r"(?<!\w)(?=[A-Z\d-]{6,})[A-Z]{0,4}-?\d[\d-]{4,}\d(?!\w)")),
)
"""What is taken out of texts, in this order."""
_DIGITS: Final = 7
"""Digits from which something may be a phone number."""
_ADDRESSED: Final = re.compile(
    r"\b((?:[Dd]ear|[Hh]i|[Hh]ello|[Hh]ey|Mr|Mrs|Ms|Dr|[Ll]iebe[r]?|[Hh]allo|Herr|Frau|[Cc]her|[Cc]hère|Hola)\.?)"
    r"(\s+)[^\W\d_a-z][\w'’-]*(?:\s+[^\W\d_a-z][\w'’-]+)?"
)


@cache
def _fields() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the names of fields that hold names, of others that identify, and of lists whose names are of things."""
    read = tomllib.loads((files("twincast.reading") / "prompts" / "identifying.toml").read_text("utf-8"))
    return frozenset(read["names"]), frozenset(read["identifiers"]), frozenset(read["things"])


def _plain(key: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


@lru_cache(maxsize=4_096)
def _is_in(key: str, names: frozenset[str]) -> bool:
    """Tell whether a field's name is one of these, or ends in one (`billing_email`)."""
    return key in names or any(key.endswith(f"_{name}") for name in names if len(name) > 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scrubber:
    """Takes one customer's identity out of texts.

    Attributes:
        names: pattern of the customer's names and ids; None where none are known.
        removed: what was taken out, kind -> how often.
    """

    names: re.Pattern[str] | None
    removed: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        """Return a text without what identifies; what was there is named in brackets."""
        for kind, pattern in _PATTERNS:
            if kind == "handle" and self.names is not None:  # addresses first: names are parts of them
                text, count = self.names.subn("[name]", text)
                self._note("name", count)
            text = pattern.sub(partial(self._replaced, kind), text)
        text, count = _ADDRESSED.subn(r"\1\2[name]", text)
        self._note("name", count)
        return text

    def record(self, record: Mapping[str, Any]) -> str:
        """Return a record as lines of `path: values` under their sections, without what identifies, not too long."""
        lines: list[str] = []
        left, hidden, section = MOST_LENGTH, 0, ""
        for path, value in self._leaves(record, ()):
            begins, dot, inner = path.partition(".")
            head = [f"{begins}:"] if dot and begins != section else []
            added = [*head, f" {inner}: {value}" if dot else f"{path}: {value}"]
            size = sum(len(line) + 1 for line in added)
            if size > left:
                hidden += 1
                continue
            left -= size
            lines += added
            section = begins if dot else ""
        if hidden:
            lines.append(f"({hidden} further fields are not shown)")
        return "\n".join(lines)

    def _leaves(self, value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if _identifies(_plain(str(key)), path):
                    self._note("field", 1)
                else:
                    yield from self._leaves(inner, (*path, str(key)))
            return
        words = self._words(value, path)
        if words:
            yield self.text(".".join(path))[:120], words

    def _words(self, value: Any, path: tuple[str, ...]) -> str:
        """Return one value in words."""
        if isinstance(value, list):
            shown = [self._words(item, path) for item in value[-MOST_ITEMS:]]
            more = len(value) - len(shown)
            return (f"({more} earlier) " if more > 0 else "") + ", ".join(word for word in shown if word)
        if isinstance(value, Mapping):
            return "(" + "; ".join(f"{name} {words}" for name, words in self._leaves(value, path[-1:])) + ")"
        if isinstance(value, bool) or value is None:
            return "" if value is None else str(value).lower()
        if isinstance(value, int | float):
            if isinstance(value, int) and abs(value) >= LONG_NUMBER:
                self._note("number", 1)
                return "[number]"
            return f"{value:.10g}"
        return self.text(str(value)[:MOST_TEXT])

    def _replaced(self, kind: str, match: re.Match[str]) -> str:
        found = match.group()
        if kind == "phone" and (sum(map(str.isdigit, found)) < _DIGITS or _DATE.match(found)):
            return found
        if kind == "number" and _DATE.fullmatch(found):
            return found
        self._note(kind, 1)
        return f"[{kind}]"

    def _note(self, kind: str, count: int) -> None:
        if count:
            self.removed[kind] += count


def scrubber(record: Mapping[str, Any], ids: tuple[str, ...]) -> Scrubber:
    """Return what takes a customer's identity out of texts.

    Args:
        record: the customer's record, as given.
        ids: what the company and this software call her.
    """
    telling = (name for name in ids if len(name) >= SHORT_ID and not (name.isdigit() and len(name) < SHORT_NUMBER))
    words = {*telling, *(word for name in _names(record, ()) for word in (name, *name.split()))}
    known = sorted((word for word in words if len(word) > 1), key=len, reverse=True)
    if not known:
        return Scrubber(names=None)
    return Scrubber(names=re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.IGNORECASE))


def _names(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield what stands in the fields that hold names."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            plain = _plain(str(key))
            if isinstance(inner, str) and _is_name(plain, path):
                yield inner.strip()
            else:
                yield from _names(inner, (*path, plain))
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner, path)


def _is_name(key: str, path: tuple[str, ...]) -> bool:
    names, _, things = _fields()
    return _is_in(key, names) or (key == "name" and not any(_plain(part) in things for part in path))


def _identifies(key: str, path: tuple[str, ...]) -> bool:
    _, identifiers, _ = _fields()
    return _is_in(key, identifiers) or _is_name(key, path)
