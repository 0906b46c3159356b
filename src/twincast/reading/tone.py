"""How a message speaks: its tone, whom it addresses, what it asks for, how hard it pushes, its signs of bulk mail."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twincast.domain.messages import Appeal, Span
from twincast.reading.offers import is_negated
from twincast.reading.phrasebook import Entry, Hit, lexicon
from twincast.reading.tokens import Tokens

LEXICON: Final = "tone"

TONES: Final[tuple[str, ...]] = (
    "informative",
    "professional",
    "formal",
    "friendly",
    "enthusiastic",
    "playful",
    "urgent",
    "apologetic",
)
"""The closed vocabulary of tones; of equal scores the first counts, so a text without marks is `informative`."""

LEVELS: Final[tuple[str, ...]] = ("low", "medium", "high")
"""Levels of personalisation, as declared by a caller and as detected here."""

_MECHANICAL_SIGNS: Final = ("capitals", "exclamations", "money signs", "links")
_SPAM_PHRASES: Final = ("money", "free", "winner", "click", "promise", "haste")
SPAM_SIGNS: Final[tuple[str, ...]] = _MECHANICAL_SIGNS + _SPAM_PHRASES
"""Signs of bulk mail; `spam` is the share of them that a text shows."""

_CAPITALS: Final = re.compile(r"\b[A-Z]{3,}\b")
_LONG_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LINK: Final = re.compile(r"https?://|www\.")
_TOKEN: Final = re.compile(
    r"\{\{\{?\s{0,4}[\w.|'\" -]{1,60}\}?\}\}"  # {{first_name}}, {{ person.name|default:'you' }}
    r"|\$?\{[a-z_]\w{0,40}\}"  # {name}, ${name}
    r"|(?<![\w%])%%?[a-z][a-z_]{1,30}%%?(?!\w)"  # %FNAME%, %%name%%
    r"|\*\|[a-z0-9_:]{1,40}\|\*"  # *|FNAME|*
    r"|<<[\w .]{1,40}>>"  # <<First Name>>
    r"|\[(?:first|last|full|your|customer)?[ _]?name\]",  # [first_name]
    re.IGNORECASE,
)
_GREETING: Final = re.compile(
    r"(?:^|(?<=\n))[ \t]{0,8}"
    r"(?:Hi|Hey|Hello|Dear|Good (?:morning|evening)|Hallo|Liebe|Lieber|Bonjour|Salut|Hola|Querida|Querido)"
    r" (?!(?:There|All|Everyone|Everybody|Friend|Friends|Customer|Valued|Sir|Madam|Team|You|Shopper|Member|Zusammen)\b)"
    r"([A-ZÀ-Ý][\w'’-]{1,30})(?=\s{0,2}[,!.:–-])"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToneReading:
    """How one text speaks; the scores are in [0, 1].

    Attributes:
        tone: closest of `TONES`.
        personalisation: template tokens, greetings by name and phrases that address the person, in text order.
        personal_score: a token or a name counts 2, a phrase 1, of at most 4.
        call_to_action: the first phrase that asks for an act.
        pressure: 0 none, towards 1 shouting and haste.
        spam: share of `SPAM_SIGNS` shown.
        capitals: share of longer words in capitals.
        exclamations: exclamation marks, of at most 5.
    """

    tone: str
    personalisation: tuple[Span, ...]
    personal_score: float
    call_to_action: Span | None
    pressure: float
    spam: float
    capitals: float
    exclamations: float


def phrases() -> Iterator[tuple[str, Entry]]:
    """Yield every phrase of the lexicon; each of its sections, tones and signs is a lexicon of its own."""
    given = lexicon(LEXICON)
    for section in ("tone", "spam"):
        for name, forms in given[section].items():
            yield from _entries(f"{section}.{name}", name, forms)
    for section in ("call_to_action", "personal"):
        yield from _entries(section, section, given[section]["phrases"])


def _entries(name: str, slug: str, forms: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    entry = Entry(lexicon=name, name=slug, language="", rule={})
    for form in forms:
        yield form, entry


def read_tone(tokens: Tokens, hits: Mapping[str, list[Hit]], appeals: Sequence[Appeal]) -> ToneReading:
    """Read how a text speaks from its phrases, its marks and what it appeals to."""
    content = tokens.content
    strength = {appeal.name: appeal.strength for appeal in appeals}
    capitals = capital_share(content)
    marks = content.count("!")
    pressure = pressure_of(strength, capitals, marks)
    tokens_used, score = _personalisation(tokens, hits)
    return ToneReading(
        tone=_tone(hits, strength, pressure, marks, len(_EMOJI.findall(content))),
        personalisation=tokens_used,
        personal_score=score,
        call_to_action=_call_to_action(tokens, hits),
        pressure=pressure,
        spam=_spam(content, hits, capitals, marks),
        capitals=capitals,
        exclamations=min(marks, 5) / 5,
    )


def capital_share(content: str) -> float:
    """Share of the longer words that are in capitals; a single one is an acronym or a currency, not shouting."""
    shouted = len(_CAPITALS.findall(content))
    return shouted / max(len(_LONG_WORD.findall(content)), shouted) if shouted > 1 else 0.0


def pressure_of(strength: Mapping[str, float], capitals: float, marks: int) -> float:
    """1 - exp(-push): haste and scarcity by their strength, capitals beyond an acronym or two, exclamation marks."""
    push = 0.8 * strength.get("urgency", 0.0) + 0.5 * strength.get("scarcity", 0.0)
    push += 2.0 * max(0.0, capitals - 0.15) + 0.12 * max(0, min(marks, 8) - 1)
    return 1.0 - math.exp(-push)


def _tone(hits: Mapping[str, list[Hit]], strength: Mapping[str, float], pressure: float, marks: int, emoji: int) -> str:
    """Return the tone with the highest score."""
    score = {tone: float(len(hits.get(f"tone.{tone}", ()))) for tone in TONES}
    score["informative"] += 0.3
    score["enthusiastic"] += 0.2 * min(marks, 5) + 0.3 * min(emoji, 3)
    score["playful"] += 0.5 * min(emoji, 4)
    score["friendly"] += 0.5 * min(emoji, 1) + strength.get("thanks", 0.0)
    score["formal"] *= 2.0
    score["urgent"] = 4.0 * max(0.0, pressure - 0.4)
    score["apologetic"] = 4.0 * strength.get("apology", 0.0)
    score["professional"] += 0.5 * strength.get("quality", 0.0)
    return max(TONES, key=lambda tone: score[tone])


def _personalisation(tokens: Tokens, hits: Mapping[str, list[Hit]]) -> tuple[tuple[Span, ...], float]:
    content = tokens.content
    spans = [_span(content, *match.span()) for match in _TOKEN.finditer(content)] if _may_hold_tokens(content) else []
    spans += [_span(content, *match.span(1)) for match in _GREETING.finditer(content)]
    named = len(spans)
    spans += [tokens.span(hit.first, hit.last) for hit in hits.get("personal", ())]
    score = min(2 * named + len(spans) - named, 4) / 4
    return tuple(sorted(spans, key=lambda span: (span.start, span.end))), score


def _may_hold_tokens(content: str) -> bool:
    return any(mark in content for mark in "{%*<[")


def _span(content: str, start: int, end: int) -> Span:
    return Span(start=start, end=end, text=content[start:end])


def _call_to_action(tokens: Tokens, hits: Mapping[str, list[Hit]]) -> Span | None:
    asked = (hit for hit in hits.get("call_to_action", ()) if not is_negated(tokens, hit.first))
    first = next(asked, None)
    return None if first is None else tokens.span(first.first, first.last)


def _spam(content: str, hits: Mapping[str, list[Hit]], capitals: float, marks: int) -> float:
    shown = sum(1 for sign in _SPAM_PHRASES if hits.get(f"spam.{sign}"))
    shown += sum((capitals > 0.3, marks >= 3, "$$" in content or "€€" in content, len(_LINK.findall(content)) >= 3))
    return shown / len(SPAM_SIGNS)


def level_of(score: float) -> str:
    """Return the level of personalisation of a score: from 0.5 medium, from 0.75 high."""
    return LEVELS[(score >= 0.5) + (score >= 0.75)]
