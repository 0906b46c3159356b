"""Changes of a message that were tried on the same twin: only what was re-scored and helps is suggested."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.channels import CHANNELS
from twincast.domain.interventions import MAX_CONTENT, Intervention, ReadIntervention
from twincast.domain.predictions import Suggestion
from twincast.reading.interventions import default_response, read_intervention
from twincast.reading.messages import read_message
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.twins import TwinFrame

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
    """A change as it will be scored: `item` is the changed intervention as read."""

    words: str
    item: ReadIntervention


def candidates(item: ReadIntervention, twin: TwinFrame) -> tuple[Candidate, ...]:
    """Return the changes worth trying, each read as a message of its own; none for no contact."""
    if not item.is_contact:
        return ()
    tried = (Candidate(words=change.words, item=_read(change, item, twin)) for change in changes_of(item, twin))
    return tuple(candidate for candidate in tried if _comparable(candidate.item, item))


def _read(change: Change, item: ReadIntervention, twin: TwinFrame) -> ReadIntervention:
    """Read a changed intervention; of a changed text only the text needs to be read again."""
    changed = change.intervention
    if changed.content == item.intervention.content or changed.content is None or item.reading is None:
        return read_intervention(changed, currency=twin.currencies[0])
    reading = read_message(changed.content, changed.products, twin.currencies[0])
    return replace(item, intervention=changed, reading=reading)


def _comparable(changed: ReadIntervention, item: ReadIntervention) -> bool:
    """Whether engaging still means the same, and the offer has not become deeper by what was added."""
    return _meaning(changed) == _meaning(item) and _depth(changed) == _depth(item)


def _meaning(item: ReadIntervention) -> str:
    return item.response or default_response(item.type, item.channel)


def _depth(item: ReadIntervention) -> tuple[float | None, float] | None:
    return (item.reading.discount, item.reading.discount_amount) if item.reading else None


def suggest(
    tried: Sequence[Candidate], after: Sequence[float], item: ReadIntervention, field: str, before: float
) -> tuple[Suggestion, ...]:
    """Return the candidates that raise the target, best first, at most three.

    Args:
        tried: the candidates, `after`: the target's value with each.
        item: the intervention that was tested.
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
            change=_difference(tried[place].item.intervention, item.intervention),
        )
        for _, place in gains[:MOST]
    )


def _difference(changed: Intervention, given: Intervention) -> str:
    if changed.content != given.content:
        return f"content: {changed.content}"
    if changed.channel != given.channel:
        return f"channel: {changed.channel}"
    return f"timing: {changed.timing}"


def changes_of(item: ReadIntervention, twin: TwinFrame) -> Iterator[Change]:
    """Yield the changes worth trying: each touches one thing, and none costs a deeper discount."""
    yield from _text_changes(item, twin.interests[0])
    yield from _moment_changes(item, twin)


def _text_changes(item: ReadIntervention, interests: Sequence[str]) -> Iterator[Change]:
    given, reading = item.intervention, item.reading
    if reading is None or given.content is None or len(given.content) > MAX_CONTENT - 200:
        return
    text = given.content.rstrip()
    kinds = {term.kind for term in reading.offers}
    if "free_shipping" not in kinds:
        yield Change(
            words="Include free shipping", intervention=replace(given, content=f"{_ended(text)} Free shipping.")
        )
    if not reading.personalisation:
        yield Change(
            words="Address the customer by name", intervention=replace(given, content=f"{{{{first_name}}}}, {text}")
        )
    if reading.call_to_action is None:
        yield Change(
            words="Say clearly what to do next", intervention=replace(given, content=f"{_ended(text)} Shop now.")
        )
    if "gift" not in kinds:
        yield Change(words="Add a small gift", intervention=replace(given, content=f"{_ended(text)} With a free gift."))
    if reading.pressure > 0.0:
        yield Change(words="Take the pressure out", intervention=replace(given, content=_calm(text)))
    if interests and _presentable(interests[0]) and not set(interests[:3]) & set(reading.products):
        about = f"{_ended(text)} Also: {interests[0]}."
        yield Change(words=f"Mention {interests[0]}", intervention=replace(given, content=about))


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
    preferred = max(CHANNELS, key=lambda channel: (_weight(twin, channel), -CHANNELS.index(channel)))
    if _weight(twin, preferred) > 0.0 and item.channel not in (None, preferred) and _welcome(twin, preferred):
        yield Change(
            words=f"Send it by {preferred.replace('_', ' ')}",
            intervention=replace(item.intervention, channel=preferred),
        )
    if item.timing.daypart == "night" or (item.timing.weekday or 0) >= 5:
        yield Change(
            words="Send it on a weekday afternoon", intervention=replace(item.intervention, timing="tuesday_afternoon")
        )


def _weight(twin: TwinFrame, channel: str) -> float:
    value = float(twin.column(f"channel_{channel}")[0])
    return value if value == value else 0.0


def _welcome(twin: TwinFrame, channel: str) -> bool:
    """Whether a channel is one that messages are sent on, and the customer has not refused it."""
    return channel in SENDABLE and not (channel in CONSENT_CHANNELS and twin.column(f"consent_{channel}")[0] == 0.0)
