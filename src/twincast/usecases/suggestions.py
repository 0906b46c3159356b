"""Changes of a message that were tried on the same twin: only what was re-scored and helps is suggested."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isnan
from typing import Final

from twincast.domain.channels import CHANNELS
from twincast.domain.interventions import MAX_CONTENT, Intervention, ReadIntervention
from twincast.domain.messages import MessageReading
from twincast.domain.predictions import Suggestion
from twincast.reading.interventions import default_response, read_intervention
from twincast.reading.messages import read_message
from twincast.reading.states import CONSENT_CHANNELS, POSITION
from twincast.reading.twins import TwinFrame

KEPT: Final = 1_024
"""Messages whose changes are kept, the latest."""
FIRST_CHANNEL: Final = POSITION[f"channel_{CHANNELS[0]}"]
"""Where the weights of the channels stand in a twin's state, in the order of `CHANNELS`."""
SENDABLE: Final = ("email", "sms", "push", "in_app", "mail", "call")
LEAST_GAIN: Final = 1e-4
MOST: Final = 3
LONGEST_INTEREST: Final = 40
"""Interests come from the record: longer ones, or unprintable ones, are not put into anybody's message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of an intervention: what to do, and what it then is."""

    words: str
    intervention: Intervention


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A change as it will be scored: `item` is the changed intervention as read, `change` what to change in it."""

    words: str
    item: ReadIntervention
    change: str


def candidates(item: ReadIntervention, twin: TwinFrame) -> tuple[Candidate, ...]:
    """Return the changes worth trying, each read as a message of its own; none for no contact.

    Each touches one thing, and none costs a deeper discount.
    """
    if not item.is_contact:
        return ()
    given = item.intervention
    # What the caller keeps in mappings is not to be kept here.
    changes = _changed_texts if given.slots is None and given.attributes is None else _changed_texts.__wrapped__
    texts = changes(item, twin.currencies[0], _mentioned(item, twin.interests[0]))
    return (*texts, *_changed_moments(item, twin))


def _mentioned(item: ReadIntervention, interests: Sequence[str]) -> str | None:
    """Return what the customer likes most, where the message might name it and speaks of nothing they like."""
    known = item.reading is None or not set(interests[:3]).isdisjoint(item.reading.products)
    return None if known or not interests or not _presentable(interests[0]) else interests[0]


@lru_cache(maxsize=KEPT)
def _changed_texts(item: ReadIntervention, currency: str, mentioned: str | None) -> tuple[Candidate, ...]:
    """Return the changes of a text, read: only the text needs to be read again, and a recent one not even that."""
    given, reading = item.intervention, item.reading
    if reading is None or given.content is None or len(given.content) > MAX_CONTENT - 200:
        return ()
    found = []
    for words, text in _text_changes(given.content, reading, mentioned):
        changed = read_message(text, given.products, currency)
        if _depth(changed) == _depth(reading):
            # Scoring looks at what was read in a text and never at the text: the copy needs only the one.
            found.append(Candidate(words=words, item=replace(item, reading=changed), change=f"content: {text}"))
    return tuple(found)


def _changed_moments(item: ReadIntervention, twin: TwinFrame) -> Iterator[Candidate]:
    for change in _moment_changes(item, twin):
        changed = read_intervention(change.intervention, currency=twin.currencies[0])
        if _meaning(changed) == _meaning(item):
            yield Candidate(
                words=change.words, item=changed, change=_difference(change.intervention, item.intervention)
            )


def _meaning(item: ReadIntervention) -> str:
    return item.response or default_response(item.type, item.channel)


def _depth(reading: MessageReading) -> tuple[float | None, float]:
    return reading.discount, reading.discount_amount


def suggest(tried: Sequence[Candidate], after: Sequence[float], field: str, before: float) -> tuple[Suggestion, ...]:
    """Return the candidates that raise the target, best first, at most three.

    Args:
        tried: the candidates, `after`: the target's value with each.
        field: the target probability; `before`: its value as it was tested.
    """
    gains = sorted(
        ((value - before, place) for place, value in enumerate(after) if value - before > LEAST_GAIN),
        key=lambda pair: (-pair[0], pair[1]),
    )
    return tuple(
        Suggestion(
            text=tried[place].words,
            field=field,
            before=before,
            after=after[place],
            change=tried[place].change,
        )
        for _, place in gains[:MOST]
    )


def _difference(changed: Intervention, given: Intervention) -> str:
    if changed.channel != given.channel:
        return f"channel: {changed.channel}"
    return f"timing: {changed.timing}"


def _text_changes(given: str, reading: MessageReading, mentioned: str | None) -> Iterator[tuple[str, str]]:
    """Yield changes of a text: what is done, and what it then says."""
    text = given.rstrip()
    kinds = {term.kind for term in reading.offers}
    if "free_shipping" not in kinds:
        yield "Include free shipping", f"{_ended(text)} Free shipping."
    if not reading.personalisation:
        yield "Address the customer by name", f"{{{{first_name}}}}, {text}"
    if reading.call_to_action is None:
        yield "Say clearly what to do next", f"{_ended(text)} Shop now."
    if "gift" not in kinds:
        yield "Add a small gift", f"{_ended(text)} With a free gift."
    if reading.pressure > 0.0:
        yield "Take the pressure out", _calm(text)
    if mentioned is not None:
        yield f"Mention {mentioned}", f"{_ended(text)} Also: {mentioned}."


def _presentable(interest: str) -> bool:
    return len(interest) <= LONGEST_INTEREST and interest.isprintable()


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


_SHOUTED: Final = re.compile(r"(?<![\w{])(?:[A-Z]{2,}(?:\s+[A-Z]+)+|[A-Z]{4,})(?![\w}])")
"""Two words in capitals or more, or a long one; no codes such as SAVE20 and no placeholders."""


def _calm(text: str) -> str:
    """Return a text without shouting and exclamation marks."""
    quiet = re.sub(r"[.?!]*![.?!]*", lambda found: "?" if "?" in found.group() else ".", text)
    return _SHOUTED.sub(_spoken, quiet)


def _spoken(shouted: re.Match[str]) -> str:
    before = shouted.string[: shouted.start()].rstrip()
    said = shouted.group().lower()
    return said.capitalize() if not before or before[-1] in ".?!" else said


def _moment_changes(item: ReadIntervention, twin: TwinFrame) -> Iterator[Change]:
    known = twin.values[0, FIRST_CHANNEL : FIRST_CHANNEL + len(CHANNELS)].tolist()
    weights = [0.0 if isnan(weight) else weight for weight in known]
    best = max(weights)
    preferred = CHANNELS[weights.index(best)]
    if best > 0.0 and item.channel not in (None, preferred) and _welcome(twin, preferred):
        yield Change(
            words=f"Send it by {preferred.replace('_', ' ')}",
            intervention=replace(item.intervention, channel=preferred),
        )
    if item.timing.daypart == "night" or (item.timing.weekday or 0) >= 5:
        yield Change(
            words="Send it on a weekday afternoon", intervention=replace(item.intervention, timing="tuesday_afternoon")
        )


def _welcome(twin: TwinFrame, channel: str) -> bool:
    """Whether a channel is one that messages are sent on, and the customer has not refused it."""
    return channel in SENDABLE and not (channel in CONSENT_CHANNELS and twin.column(f"consent_{channel}")[0] == 0.0)
