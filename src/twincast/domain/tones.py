"""The tones of messages: their names, what goes with each and what does not, and the words of haste. Facts as data."""

import re
from dataclasses import dataclass
from typing import Final

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
"""The closed tones, as `reading` finds them."""

TONE_SPELLINGS: Final[dict[str, str]] = {
    "warm": "friendly",
    "casual": "friendly",
    "conversational": "friendly",
    "personal": "friendly",
    "concise": "informative",
    "neutral": "informative",
    "factual": "informative",
    "plain": "informative",
    "reassuring": "professional",
    "business": "professional",
    "businesslike": "professional",
    "polite": "formal",
    "excited": "enthusiastic",
    "energetic": "enthusiastic",
    "fun": "playful",
    "humorous": "playful",
    "apology": "apologetic",
}
"""Other words for a tone, those of a twin's own communication preferences among them."""

TONES_OF_APOLOGIES: Final = ("professional", "formal", "friendly", "apologetic")
"""The tones in which one can say sorry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToneRule:
    """The lint of a tone: exclamation marks and emoji at most, contractions or not, and words that do not belong."""

    exclamations: int
    emoji: int
    contractions: bool
    words: frozenset[str]


_SLANG: Final = frozenset(
    "psst yay wow woohoo hooray awesome insane epic lol haha hey hiya yo omg guys gonna wanna cheeky oops shh".split()
)
_GUSH: Final = frozenset("amazing incredible unbelievable spectacular huge massive thrilled super crazy".split())
_STIFF: Final = frozenset("hereby herewith pursuant respectfully esteemed".split())
_HASTE: Final = frozenset("hurry rush urgent urgently asap".split())
_GLEE: Final = frozenset("yay wow woohoo hooray awesome lol haha psst party celebrate fun".split())

TONE_RULES: Final[dict[str, ToneRule]] = {
    "informative": ToneRule(exclamations=0, emoji=0, contractions=True, words=_SLANG | _GUSH | _HASTE),
    "professional": ToneRule(exclamations=1, emoji=0, contractions=True, words=_SLANG | _GUSH | _HASTE),
    "formal": ToneRule(exclamations=0, emoji=0, contractions=False, words=_SLANG | _GUSH | _HASTE),
    "friendly": ToneRule(exclamations=2, emoji=1, contractions=True, words=_STIFF | _HASTE),
    "enthusiastic": ToneRule(exclamations=2, emoji=2, contractions=True, words=_STIFF),
    "playful": ToneRule(exclamations=2, emoji=2, contractions=True, words=_STIFF),
    "urgent": ToneRule(exclamations=1, emoji=0, contractions=True, words=_STIFF | _SLANG),
    "apologetic": ToneRule(exclamations=0, emoji=0, contractions=True, words=_GLEE | _GUSH | _HASTE),
}
"""One lint for each tone. Judgement; a professional message may hold one exclamation mark, as good ones do."""

HASTE_PHRASES: Final[tuple[str, ...]] = (
    r"hurry",
    r"rush",
    r"(?:act|order|buy|shop|book|call|claim) (?:now|today|fast|quickly|immediately)",
    r"(?:do not|don['’]t) (?:miss|wait|delay|hesitate)",
    r"last (?:chance|day|days|hours|few|ones?|remaining)",
    r"final (?:chance|call|day|days|hours|reminder|notice)",
    r"(?:ends|ending|expires|closes) (?:soon|today|tonight|tomorrow|at midnight)",
    r"(?:ends|closes) (?:this |on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    r"(?:today|tonight|one day|this weekend|weekend) only",
    r"limited(?: time| edition| stock| supply| supplies| availability| quantity| quantities| number| run)?",
    r"running out",
    r"(?:while|until) (?:supplies|stocks?) lasts?",
    r"(?:selling|going) (?:out|fast)",
    r"(?:almost|nearly) (?:gone|sold out)",
    r"before (?:it|they|we)(?:['’]s|['’]re| is| are)? (?:gone|sold out|sell out|sells out)",
    r"only (?:a few|\d+|one|two|three) (?:left|remaining)",
    r"urgent(?:ly)?|deadline|countdown|immediately|asap|flash sale|now or never|too late|right now|scarce",
)
"""Words of haste and scarcity, as regular expressions without loops."""

_HASTE_FOUND: Final = re.compile(r"\b(?:" + "|".join(HASTE_PHRASES) + r")\b", re.IGNORECASE)
WORD: Final = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
"""A word as people count them: "25%", "first-class" and "don't" are one each."""
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_CONTRACTION: Final = re.compile(
    r"\b(?:\w+n['’]t|(?:i|we|you|they)['’](?:m|re|ve|ll|d)|(?:it|that|there|here|what|let|she|he)['’]s)\b",
    re.IGNORECASE,
)


def canonical_tone(text: str) -> str | None:
    """Return the tone for any known spelling, or None for one that is not supported."""
    key = text.strip().lower().replace(" ", "_")
    key = TONE_SPELLINGS.get(key, key)
    return key if key in TONES else None


def haste_in(text: str) -> tuple[str, ...]:
    """Return the words of haste and scarcity in a text, in text order."""
    return tuple(match.group() for match in _HASTE_FOUND.finditer(text))


def lint_tone(text: str, tone: str) -> tuple[str, ...]:
    """Return what in a text does not go with a tone, one sentence each."""
    rule = TONE_RULES[tone]
    found: list[str] = []
    marks, emoji = text.count("!"), len(_EMOJI.findall(text))
    if marks > rule.exclamations:
        found.append(f"{marks} exclamation marks, of {rule.exclamations} that a {tone} message may hold.")
    if emoji > rule.emoji:
        found.append(f"{emoji} emoji, of {rule.emoji} that a {tone} message may hold.")
    contraction = _CONTRACTION.search(text)
    if contraction is not None and not rule.contractions:
        found.append(f"{contraction.group()!r} is a contraction, and a {tone} message holds none.")
    odd = [word for word in WORD.findall(text.lower()) if word in rule.words]
    if odd:
        found.append(f"{odd[0]!r} does not belong in a {tone} message.")
    return tuple(found)
