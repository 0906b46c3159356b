"""When a message goes out: a weekday and a part of the day in the customer's own zone, or a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

WEEKDAYS: Final[tuple[str, ...]] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

DAYPARTS: Final[dict[str, tuple[int, int]]] = {
    "morning": (6, 12),
    "afternoon": (12, 17),
    "evening": (17, 22),
    "night": (22, 6),
}
"""Published hours of each part of the day, local time, from inclusive to exclusive; `night` runs past midnight."""

QUIET_HOURS: Final[tuple[int, int]] = (21, 8)
"""Local hours in which nothing is recommended to be sent: from 21:00 to 08:00."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """A timing as given and as understood.

    Attributes:
        given: the text as the caller wrote it, or None.
        source: `declared` (understood), `default` (nothing was given), `unparsed` (kept as text, with a warning).
        weekday: 0 = Monday .. 6 = Sunday, or None for any day.
        daypart: a key of `DAYPARTS`, or None for any time.
        moment: the exact moment for an ISO 8601 timing, else None. Naive moments are local to the customer.
    """

    given: str | None
    source: str
    weekday: int | None
    daypart: str | None
    moment: datetime | None


ANY_TIME: Final = Timing(given=None, source="default", weekday=None, daypart=None, moment=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A timing placed on the calendar of one customer: from and to, aware of its zone, and its token."""

    token: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    zone_assumed: bool
