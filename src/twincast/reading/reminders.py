"""What of a twin's past a language model is reminded of: by recency, relevance and weight, within a budget of tokens.

The three are added up as in Park et al. 2023, "Generative Agents" (arXiv 2304.03442, section 4.1), each from 0 to 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp
from typing import Final

from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import SECONDS_A_DAY, Exposure, Happening, Memory, Note, Outcome, Reply
from twincast.reading.likeness import likeness_of

MOST_TOKENS: Final = 200
BYTES_A_TOKEN: Final = 3
"""Fewer than most languages have, so that the budget is rather kept than passed."""
RECENT_DAYS: Final = 30.0
"""Mean life of recency: that of a contact in the response model's prior."""
MOST_WORDS: Final = 140
"""Characters of one text."""
WEIGHTS: Final[Mapping[str, float]] = {
    "complaint": 1.0, "unsubscribe": 1.0, "purchase": 0.8, "redemption": 0.7, "share": 0.6, "reply": 0.6, "note": 0.6,
    "click": 0.3, "exposure": 0.3, "visit": 0.2, "open": 0.1,
}  # fmt: skip
"""How much a thing weighs in a customer's mind, by its kind: judgements, which no number rests on."""
SAID: Final[Mapping[str, str]] = {
    "purchase": "bought something", "visit": "looked in", "open": "opened a message", "click": "followed a link",
    "reply": "answered", "redemption": "used an offer", "share": "passed a message on", "unsubscribe": "unsubscribed",
    "complaint": "complained",
}  # fmt: skip
COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "purchase": ("purchase", "purchases"), "redemption": ("offer used", "offers used"),
    "complaint": ("complaint", "complaints"), "unsubscribe": ("unsubscription", "unsubscriptions"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Recalled:
    """One thing that happened.

    Attributes:
        source: what it came of; what shares a source belongs together.
    """

    what: Happening
    at: datetime
    source: str | None = None


def reminders(past: Sequence[Recalled], item: ReadIntervention, moment: datetime) -> list[str]:
    """Return lines of what is worth remembering at a message, oldest first, as many as the budget allows.

    Args:
        past: what happened, in order.
        item: the message that comes now.
        moment: when it comes.
    """
    scored = sorted(
        ((score, place) for place, score in enumerate(_scores(past, item, moment))), key=lambda it: (-it[0], -it[1])
    )
    left = MOST_TOKENS * BYTES_A_TOKEN
    chosen: dict[int, str] = {}
    for _, place in scored:
        line = f"{age(past[place].at, moment)}{_words(past[place].what)}"
        size = len(line.encode("utf-8", "replace")) + 1
        if size <= left:
            chosen[place], left = line, left - size
    return [chosen[place] for place in sorted(chosen)]


def dated(past: Sequence[Recalled]) -> list[str]:
    """Return lines of everything that happened, with days: the same at whichever moment they are written."""
    return [f"{it.at:%Y-%m-%d}{_words(it.what)}" for it in past]


def totals(memory: Memory) -> str:
    """Return what a memory counts, in words: however long the past, a line; nothing where it counts nothing."""
    by_kind = ((kind, memory.outcomes[kind].count) for kind in COUNTED if kind in memory.outcomes)
    parts = [
        _many(memory.exposures, ("message", "messages")),
        _many(memory.replies, ("answer", "answers")),
        *(_many(count, COUNTED[kind]) for kind, count in by_kind),
    ]
    told = ", ".join(part for part in parts if part)
    return f"In all until now: {told}." if told else ""


def age(at: datetime, moment: datetime) -> str:
    """Return how long before a moment something was, coarsely: so that a prompt is the same for a while."""
    days = max((moment - at).total_seconds(), 0.0) / SECONDS_A_DAY
    if days < 1.0:
        return "Lately"
    for unit, length, most in (("day", 1.0, 14.0), ("week", 7.0, 60.0), ("month", 30.44, 730.0), ("year", 365.25, 1e9)):
        if days < most:
            return f"{_many(round(days / length), (unit, f'{unit}s'))} before"
    return "Long before"


def _scores(past: Sequence[Recalled], item: ReadIntervention, moment: datetime) -> Iterator[float]:
    here = likeness_of(item)
    said = _content_words(item.intervention.content or "")
    like = 0.0
    for it in past:
        recency = exp(-max((moment - it.at).total_seconds(), 0.0) / (SECONDS_A_DAY * RECENT_DAYS))
        if isinstance(it.what, Exposure):  # what comes of a message is as relevant as the message
            like = sum(weight * here.get(term, 0.0) for term, weight in it.what.likeness.items())
        relevance = _shared(said, it.what.words) if isinstance(it.what, Note) else like
        yield recency + relevance + WEIGHTS[_kind(it.what)]


def _shared(said: frozenset[str], words: str) -> float:
    """Return the share of a note's words that the message holds too."""
    noted = _content_words(words)
    return len(noted & said) / len(noted) if noted else 0.0


def _content_words(text: str) -> frozenset[str]:
    return frozenset(word for word in text.lower().split() if len(word) > 3)


def _kind(what: Happening) -> str:
    return what.kind if isinstance(what, Outcome) else type(what).__name__.lower()


def _words(what: Happening) -> str:
    """Return what happened in words, from the comma after its day on."""
    match what:
        case Exposure():
            return f', by {what.channel}: "{what.words[:MOST_WORDS]}"'
        case Reply():
            return f', the customer: "{what.words[:MOST_WORDS]}"' if what.words else ", the customer answered"
        case Note():
            return f', noted: "{what.words[:MOST_WORDS]}"'
    amount = "" if what.amount is None else f" for {what.amount:.10g}"
    channel = f" from {what.channel}" if what.kind == "unsubscribe" and what.channel else ""
    return f", the customer {SAID[what.kind]}{amount}{channel}"


def _many(count: int, words: tuple[str, str]) -> str:
    return "" if count == 0 else f"{count} {words[count > 1]}"
