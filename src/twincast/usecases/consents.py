"""Reasons not to make a contact: consent, contact policy, and the customer's objection to being profiled at all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil, isnan
from typing import Final

from twincast.domain.errors import ProfilingRefused
from twincast.domain.memories import SECONDS_A_DAY, Contact
from twincast.domain.policies import Cap, ContactPolicy, within
from twincast.domain.timings import Window
from twincast.domain.twins import Warning
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.twins import TwinFrame

RECORDED_DAYS: Final = 30
"""Days that the record's count of recent contacts speaks of."""


def refuse_opt_out(frame: TwinFrame, twin_id: str) -> None:
    """Refuse every prediction about a customer who objected to profiling.

    Raises:
        ProfilingRefused: naming the twin.
    """
    if frame.column("profiling_opt_out")[0] == 1.0:
        raise ProfilingRefused(
            f"The customer behind '{twin_id}' has opted out of profiling: no prediction is made. "
            "The twin can still be read, exported and erased."
        )


def contact_flags(
    frame: TwinFrame, channel: str, window: Window | None, policy: ContactPolicy, contacts: Sequence[Contact]
) -> tuple[Warning, ...]:
    """Return why this contact should not be made; a flag never changes a number, and nothing is left out for it.

    Args:
        frame: the one twin.
        channel: what it would go out on; `window`: when.
        policy: the company's.
        contacts: the latest ones, simulated ones among them, as the twin remembers them.
    """
    flags = []
    if channel in CONSENT_CHANNELS and frame.column(f"consent_{channel}")[0] == 0.0:
        flags.append(
            Warning(
                code="no-consent",
                field="intervention.channel",
                message=f"The customer has not consented to being contacted by {channel}.",
            )
        )
    if window is not None and policy.quiet is not None and in_quiet_hours(window, policy):
        start, end = policy.quiet
        flags.append(
            Warning(
                code="quiet-hours",
                field="intervention.timing",
                message=f"The window lies in quiet hours, {start}:00 to {end:02}:00 local time.",
            )
        )
    if window is not None:
        flags += _cap_flags(frame, channel, window.starts_at, policy, contacts)
    return tuple(flags)


def _cap_flags(
    frame: TwinFrame, channel: str, moment: datetime, policy: ContactPolicy, contacts: Sequence[Contact]
) -> Iterator[Warning]:
    for place, made in capped(frame, 0, channel, moment, policy, contacts):
        cap = policy.caps[place]
        way = f" by {cap.channel}" if cap.channel else ""
        message = f"The contact policy allows {cap.contacts} contacts{way} in {cap.days} days; {made} were made."
        yield Warning(code="frequency-cap", field=f"contact_policy.caps[{place}]", message=message)


def capped(
    frame: TwinFrame, row: int, channel: str, moment: datetime, policy: ContactPolicy, contacts: Sequence[Contact]
) -> Iterator[tuple[int, int]]:
    """Yield the place of each cap that one more contact with a twin would break, and the contacts that were made.

    Args:
        frame, row: which twin.
        channel, moment: of the contact that is thought of.
        policy: the company's.
        contacts: the latest ones, as the twin remembers them.
    """
    for place, cap in enumerate(policy.caps):
        made = len(within(cap, contacts, channel, moment)) + _recorded(frame, row, cap, moment)
        if cap.channel in (None, channel) and made >= cap.contacts:
            yield place, made


def _recorded(frame: TwinFrame, row: int, cap: Cap, moment: datetime) -> int:
    """Return the contacts of the record that surely lie within the days of a cap; which channel, no record says."""
    recent, last = (float(frame.column(name)[row]) for name in ("contacts_recent", "last_contact_day"))
    day = moment.timestamp() / SECONDS_A_DAY - cap.days
    if cap.channel is not None:
        return 0
    if not isnan(recent) and day <= float(frame.column("as_of_day")[row]) - RECORDED_DAYS:
        return int(recent)
    return int(last > day)


def in_quiet_hours(window: Window, policy: ContactPolicy) -> bool:
    """Whether all of a window, or an exact moment, lies in quiet hours, by the local clock."""
    hour = window.starts_at.replace(minute=0, second=0, microsecond=0)
    length = (window.ends_at - hour).total_seconds() / 3600.0
    if length > 24.0:
        return False
    return all(policy.is_quiet((hour.hour + ahead) % 24) for ahead in range(max(ceil(length), 1)))


def outside_quiet_hours(window: Window, policy: ContactPolicy) -> Window | None:
    """Return the first part of a window of one day in which something may be sent; None where it is all quiet hours."""
    if policy.quiet is None:
        return window
    day = window.starts_at.replace(hour=0, minute=0, second=0, microsecond=0)
    quiet_from, quiet_to = (day.replace(hour=hour) for hour in policy.quiet)
    free = (
        [(quiet_to, quiet_from)]
        if quiet_from > quiet_to
        else [(window.starts_at, quiet_from), (quiet_to, window.ends_at)]
    )
    parts = ((max(window.starts_at, first), min(window.ends_at, last)) for first, last in free)
    return next((replace(window, starts_at=first, ends_at=last) for first, last in parts if first < last), None)
