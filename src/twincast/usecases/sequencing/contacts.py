"""The contacts that a further step of a plan may choose among: each message, channel and window that is allowed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Final

from twincast.domain.channels import CHANNELS, canonical_channel
from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import Memory
from twincast.domain.policies import free_from
from twincast.domain.timings import Window
from twincast.reading.interventions import read_intervention
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.twins import TwinFrame
from twincast.usecases.comparisons import Variant
from twincast.usecases.consents import contact_flags
from twincast.usecases.scenes import Subject
from twincast.usecases.suggestions import SENDABLE
from twincast.usecases.wholes import next_window, sendable_timings

LOOK: Final = timedelta(days=7)
"""How far apart the moments lie from which windows are looked for: the windows of a week are all there are."""
USUAL: Final = "email"
"""Tried where neither the message, the request nor the record names a channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """One contact that might be made.

    Attributes:
        after: the moment from which its window was looked for: that at which it is decided.
    """

    message_id: str
    item: ReadIntervention
    channel: str
    window: Window
    after: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a plan may send to one customer.

    Attributes:
        items: each message on each channel, with its id, as read.
        skipped: channels that may not be used, and why.
    """

    items: tuple[tuple[str, str, ReadIntervention], ...]
    skipped: dict[str, str]


def choice_of(messages: Sequence[Variant], channels: Sequence[str] | None, subject: Subject) -> Choice:
    """Return every message on every channel that the customer has not refused."""
    tried = [it for name in channels or () if (it := canonical_channel(name))] or _liked(subject.frame)
    found, skipped = [], {}
    for place, message in enumerate(messages):
        own = message.intervention.channel
        for channel in [canonical_channel(own) or own] if own else tried:
            if _refused(subject.frame, channel):
                skipped[channel] = "the customer has not consented to being contacted on it"
                continue
            given = replace(message.intervention, channel=channel)
            item = read_intervention(given, currency=subject.currency, path=f"messages[{place}]")
            found.append((message.id, channel, item))
    return Choice(items=tuple(found), skipped=skipped)


def _liked(frame: TwinFrame) -> list[str]:
    weights = {name: float(frame.column(f"channel_{name}")[0]) for name in CHANNELS if name in SENDABLE}
    liked = [name for name, weight in weights.items() if not isnan(weight) and weight > 0.0]
    return liked or [USUAL]


def _refused(frame: TwinFrame, channel: str) -> bool:
    return channel in CONSENT_CHANNELS and frame.column(f"consent_{channel}")[0] == 0.0


def next_contacts(
    choice: Choice, subject: Subject, memory: Memory | None, earliest: datetime, last: datetime, rest_days: float
) -> list[Contact]:
    """Return the contacts of the first week in which any is allowed; none where there is no such week.

    Args:
        choice: what may be sent.
        subject: the customer, with quiet hours and caps.
        memory: with the plan's contacts so far.
        earliest: the moment from which the next contact may be made.
        last: the moment at which the last window must be over.
        rest_days: least days since the last contact.
    """
    while earliest < last:
        found = [it for it in _in_the_week(choice, subject, memory, earliest, rest_days) if it.window.ends_at <= last]
        if found:
            return found
        earliest += LOOK
    return []


def _in_the_week(
    choice: Choice, subject: Subject, memory: Memory | None, earliest: datetime, rest_days: float
) -> Iterator[Contact]:
    zone = subject.frame.zones[0]
    contacts = memory.recent if memory is not None else ()
    windows: dict[str, list[tuple[Window, datetime]]] = {}
    for message_id, channel, item in choice.items:
        if channel not in windows:
            after = _rested(subject, memory, channel, earliest, rest_days)
            windows[channel] = [
                (window, after)
                for timing in sendable_timings(subject.policy)
                for window in [next_window(timing, zone or subject.zone, after, subject.policy)]
                if not contact_flags(subject.frame, channel, window, subject.policy, contacts)
            ]
        for window, after in windows[channel]:
            timed = replace(item.intervention, timing=window.token)
            yield Contact(
                message_id=message_id,
                item=read_intervention(timed, currency=subject.currency),
                channel=channel,
                window=replace(window, zone_assumed=zone is None),
                after=after,
            )


def _rested(subject: Subject, memory: Memory | None, channel: str, earliest: datetime, rest_days: float) -> datetime:
    """Return from when on a contact may be made on a channel."""
    contacts = memory.recent if memory is not None else ()
    if contacts:
        earliest = max(earliest, contacts[-1].at.astimezone(UTC) + timedelta(days=rest_days))
    return free_from(subject.policy, contacts, channel, earliest)
