"""Reading an intervention: its type, channel and timing, what its text says, and what its author should know."""

import math
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final

from twincast.domain.channels import CHANNELS, canonical_channel
from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.interventions import MAX_CONTENT, NO_CONTACT, RESPONSES, TYPES, Intervention, ReadIntervention
from twincast.domain.messages import MessageReading
from twincast.domain.twins import Warning
from twincast.reading.injections import CODE, injection_warnings
from twincast.reading.messages import LEVELS, personalisation_level, read_message
from twincast.reading.phrasebook import lexicon
from twincast.reading.templates import filled
from twincast.reading.timings import read_timing

KEPT: Final = 1_024
"""Interventions whose reading is kept, the latest: a campaign asks about few, again and again."""
MAX_LABEL: Final = 200
"""Longest id, type, channel, timing or product, in characters."""
MAX_GIVEN_PRODUCTS: Final = 50
HORIZON_DAYS: Final[tuple[int, int]] = (1, 365)
YEARS: Final = range(1900, 2200)
"""Years in which a message can be sent: the calendar's own ends are nobody's day."""

_RESPONSES_BY_TYPE: Final[dict[str, str]] = {NO_CONTACT: "visit", "coupon_campaign": "redemption"}
_RESPONSES_BY_CHANNEL: Final[dict[str, str]] = {
    "email": "visit",
    "sms": "visit",
    "push": "visit",
    "in_app": "tap",
    "web": "visit",
    "social": "visit",
    "mail": "visit",
    "call": "reply",
    "mobile_app": "visit",
    "store": "visit",
}
"""What engaging means on each channel unless the caller says otherwise; the type speaks before the channel."""

_UNSAFE: Final = re.compile("[\x00\ud800-\udfff]")
_FLAG_WARNINGS: Final[dict[str, str]] = {
    "impossible-discount": "The content names a discount above 100 %; it is not counted.",
    "many-offers": "The content names more terms of an offer than are read; only the first ones count.",
    "other-currency": "The content names money in another currency than the customer's; it is shown, not counted.",
}


@cache
def _spellings() -> dict[str, str]:
    return {spelling: type_ for type_, spellings in lexicon("types").items() for spelling in spellings}


def canonical_type(given: str) -> str | None:
    """Return the known type of any known spelling, or None for one that is not known."""
    key = re.sub(r"[\s_-]+", "_", given.strip().lower())
    key = _spellings().get(key, key)
    return key if key in TYPES else None


def default_response(type_: str, channel: str | None) -> str:
    """Return what engaging means for a canonical type on a canonical channel, where nobody said."""
    by_type = _RESPONSES_BY_TYPE.get(type_)
    return by_type if by_type is not None else _RESPONSES_BY_CHANNEL.get(channel or "", "visit")


def read_intervention(
    intervention: Intervention, *, currency: str = "USD", path: str = "intervention"
) -> ReadIntervention:
    """Read an intervention as given.

    Args:
        intervention: as given; `none` needs neither content nor channel.
        currency: ISO 4217 code of the customers' money.
        path: where it stands in the caller's request (`variants[1]`), for messages.

    Returns:
        The intervention as read, with warnings for what was not understood or contradicts itself.

    Raises:
        TooLarge: the content is longer than `MAX_CONTENT`.
        InvalidInput: a field is missing or outside what is allowed; names each.
    """
    if intervention.slots is None and intervention.attributes is None:
        return _read(intervention, currency, path)
    return _read.__wrapped__(intervention, currency, path)  # what the caller keeps in mappings is not to be kept here


@lru_cache(maxsize=KEPT)
def _read(intervention: Intervention, currency: str, path: str) -> ReadIntervention:
    intervention = filled(intervention, path)
    content = intervention.content or ""
    if len(content) > MAX_CONTENT:
        problem = FieldProblem(
            field=f"{path}.content",
            message=f"has {len(content)} characters",
            allowed=f"at most {MAX_CONTENT} characters",
        )
        raise TooLarge(f"{path}.content has {len(content)} characters; at most {MAX_CONTENT} are allowed.", [problem])
    kind = canonical_type(intervention.type)
    problems = tuple(_problems(intervention, is_contact=kind != NO_CONTACT, path=path))
    if problems:
        raise InvalidInput.of(problems)
    if kind == NO_CONTACT:
        return _no_contact(intervention)
    type_ = kind or "custom"
    channel, channel_warnings = _channel(intervention.channel, type_, path)
    timing, timing_warning = read_timing(intervention.timing)
    reading = read_message(content, intervention.products, currency)
    warnings = [
        *([] if kind else [_unknown_type(intervention.type, path)]),
        *channel_warnings,
        *([_moved(timing_warning, path)] if timing_warning else []),
        *_content_warnings(intervention, reading, path),
        *_injection_warnings(intervention, reading, path),
    ]
    return ReadIntervention(
        intervention=intervention,
        type=type_,
        channel=channel,
        response=intervention.response or _response_of(type_, reading),
        timing=timing,
        reading=reading,
        warnings=tuple(warnings),
    )


def _no_contact(intervention: Intervention) -> ReadIntervention:
    """Sending nothing: its timing is kept as text, and nothing about it can be wrong."""
    return ReadIntervention(
        intervention=intervention,
        type=NO_CONTACT,
        channel=None,
        response=intervention.response,
        timing=read_timing(intervention.timing)[0],
        reading=None,
        warnings=(),
    )


def _response_of(type_: str, reading: MessageReading) -> str | None:
    """A coupon is redeemed, whatever brings it; else type and channel say, once the channel is known."""
    is_coupon = type_ == "coupon_campaign" or any(term.kind == "coupon" for term in reading.offers)
    return "redemption" if is_coupon else None


def _channel(given: str | None, type_: str, path: str) -> tuple[str | None, list[Warning]]:
    """Return the canonical channel, what the type implies where none is given or known, and the warnings."""
    implied = TYPES[type_]
    if given is None or not given.strip():
        return implied, []
    known = canonical_channel(given)
    if known is None:
        instead = f"{implied!r}, which the type implies," if implied else "each customer's first preferred channel"
        message = f"The channel {given!r} is not known; {instead} is used. Known are {', '.join(CHANNELS)}."
        return implied, [Warning(code="unknown-channel", field=f"{path}.channel", message=message)]
    if implied is not None and implied != known:
        message = f"The type {type_!r} implies the channel {implied!r}, but {given!r} is given; the given one is used."
        return known, [Warning(code="channel-contradicts-type", field=f"{path}.channel", message=message)]
    return known, []


def _unknown_type(given: str, path: str) -> Warning:
    near = get_close_matches(given.strip().lower()[:MAX_LABEL].replace(" ", "_"), TYPES, n=3, cutoff=0.5)
    nearest = f"; nearest known: {', '.join(near)}" if near else f"; known are {', '.join(TYPES)}"
    return Warning(
        code="unknown-type", field=f"{path}.type", message=f"The type {given!r} is read as 'custom'{nearest}."
    )


def _moved(warning: Warning, path: str) -> Warning:
    return Warning(code=warning.code, field=f"{path}.{warning.field}", message=warning.message)


def _content_warnings(intervention: Intervention, reading: MessageReading, path: str) -> Iterator[Warning]:
    for flag, message in _FLAG_WARNINGS.items():
        if flag in reading.flags:
            yield Warning(code=flag, field=f"{path}.content", message=message)
    declared = intervention.personalization_level
    detected = personalisation_level(reading)
    if declared is not None and declared.strip().lower() != detected:
        found = (
            ", ".join(repr(span.text) for span in reading.personalisation[:3]) or "nothing that addresses the person"
        )
        message = f"Declared {declared.strip().lower()}, detected {detected}: the content holds {found}."
        yield Warning(code="personalization-mismatch", field=f"{path}.personalization_level", message=message)


def _injection_warnings(intervention: Intervention, reading: MessageReading, path: str) -> tuple[Warning, ...]:
    """Say which of its texts give orders to a machine; the content was looked at when it was read."""
    names = (
        "id",
        "type",
        "channel",
        "timing",
        "products",
        "attributes",
        *(("content",) if CODE in reading.flags else ()),
    )
    given = {name: getattr(intervention, name) for name in names}
    return injection_warnings({name: value for name, value in given.items() if value}, path)


def _problems(intervention: Intervention, *, is_contact: bool, path: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with the fields, each with what is allowed."""
    yield from _text_problems(intervention, path)
    if not intervention.type.strip():
        yield FieldProblem(field=f"{path}.type", message="is empty", allowed=f"text, such as {', '.join(TYPES)}")
    if is_contact and not (intervention.content or "").strip():
        yield FieldProblem(
            field=f"{path}.content",
            message="is empty",
            allowed=f"1 to {MAX_CONTENT} characters; only type 'none' needs no content",
        )
    if intervention.response is not None and intervention.response not in RESPONSES:
        yield FieldProblem(
            field=f"{path}.response", message=_quoted(intervention.response), allowed=", ".join(RESPONSES)
        )
    level = intervention.personalization_level
    if level is not None and level.strip().lower() not in LEVELS:
        yield FieldProblem(field=f"{path}.personalization_level", message=_quoted(level), allowed=", ".join(LEVELS))
    yield from _number_problems(intervention, path)


def _number_problems(intervention: Intervention, path: str) -> Iterator[FieldProblem]:
    cost, days, (least, most) = intervention.cost, intervention.horizon_days, HORIZON_DAYS
    if cost is not None and not (math.isfinite(cost) and cost >= 0):
        yield FieldProblem(field=f"{path}.cost", message=f"{cost} is not allowed", allowed="a finite number from 0 up")
    if days is not None and not least <= days <= most:
        yield FieldProblem(field=f"{path}.horizon_days", message=f"{days} is not allowed", allowed=f"{least} to {most}")
    at = intervention.at
    if at is not None and (at.utcoffset() is None or at.year not in YEARS):
        allowed = f"a moment with its offset from UTC, {YEARS[0]} to {YEARS[-1]}, such as 2026-05-04T09:30:00+02:00"
        yield FieldProblem(field=f"{path}.at", message=f"{at.isoformat()} is not allowed", allowed=allowed)
    if len(intervention.products) > MAX_GIVEN_PRODUCTS:
        message = f"has {len(intervention.products)} entries"
        yield FieldProblem(field=f"{path}.products", message=message, allowed=f"at most {MAX_GIVEN_PRODUCTS}")


def _text_problems(intervention: Intervention, path: str) -> Iterator[FieldProblem]:
    """Yield texts that hold what can not be stored, or labels that are too long."""
    labels = {
        "id": intervention.id,
        "type": intervention.type,
        "channel": intervention.channel,
        "timing": intervention.timing,
        **{f"products[{index}]": product for index, product in enumerate(intervention.products[:MAX_GIVEN_PRODUCTS])},
    }
    for field, text in labels.items():
        if text is not None and len(text) > MAX_LABEL:
            message = f"has {len(text)} characters"
            yield FieldProblem(field=f"{path}.{field}", message=message, allowed=f"at most {MAX_LABEL} characters")
    for field, text in {**labels, "content": intervention.content}.items():
        if text is not None and _UNSAFE.search(text) is not None:
            allowed = "text without NUL and without lone surrogates"
            yield FieldProblem(field=f"{path}.{field}", message="holds a character that is no text", allowed=allowed)


def _quoted(text: str) -> str:
    return f"{text[:40]!r} is not known"
