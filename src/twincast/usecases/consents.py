"""Reasons not to make a contact: consent, quiet hours, and the customer's objection to being profiled at all."""

from dataclasses import replace
from datetime import timedelta

from twincast.domain.errors import ProfilingRefused
from twincast.domain.timings import QUIET_HOURS, Window
from twincast.domain.twins import Warning
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.twins import TwinFrame


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


def contact_flags(frame: TwinFrame, channel: str, window: Window | None) -> tuple[Warning, ...]:
    """Return why this contact should not be made; a flag never changes a number."""
    flags = []
    if channel in CONSENT_CHANNELS and frame.column(f"consent_{channel}")[0] == 0.0:
        flags.append(
            Warning(
                code="no-consent",
                field="intervention.channel",
                message=f"The customer has not consented to being contacted by {channel}.",
            )
        )
    if window is not None and in_quiet_hours(window):
        flags.append(
            Warning(
                code="quiet-hours",
                field="intervention.timing",
                message=f"The window lies in quiet hours, {QUIET_HOURS[0]}:00 to {QUIET_HOURS[1]:02}:00 local time.",
            )
        )
    return tuple(flags)


def in_quiet_hours(window: Window) -> bool:
    """Whether a window of a few hours, or an exact moment, begins and ends in quiet hours, by the local clock."""
    start, end = QUIET_HOURS
    length = window.ends_at - window.starts_at
    last = window.ends_at - timedelta(seconds=1) if length else window.ends_at
    quiet = all(moment.hour >= start or moment.hour < end for moment in (window.starts_at, last))
    return quiet and length <= timedelta(hours=12)


def outside_quiet_hours(window: Window) -> Window | None:
    """Return the part of a window of one day in which something may be sent; None where it is all quiet hours."""
    quiet_from, quiet_to = QUIET_HOURS
    day = window.starts_at.replace(minute=0, second=0, microsecond=0)
    starts = max(window.starts_at, day.replace(hour=quiet_to))
    ends = min(window.ends_at, day.replace(hour=quiet_from))
    return replace(window, starts_at=starts, ends_at=ends) if starts < ends else None
