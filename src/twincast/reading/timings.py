"""Reading when a message goes out, and placing it on one customer's calendar.

Grammar: `<weekday>_<daypart>` or either part alone, in any case, with blanks, hyphens or commas for the underscore, the
weekday also in short ("friday_morning", "Fri morning", "evening", "sunday"); or an ISO 8601 date or date-time, with or
without an offset. Anything else ("weekend_morning" too, which names two days) is kept as text, with a warning.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from twincast.domain.timings import ANY_TIME, DAYPARTS, WEEKDAYS, Timing, Window
from twincast.domain.twins import Warning

TOKENS: Final[tuple[str, ...]] = tuple(f"{weekday}_{daypart}" for weekday in WEEKDAYS for daypart in DAYPARTS)
"""All 28 full tokens, Monday morning first."""
ANY: Final = "any"
"""Token of a timing that names neither a day nor a time."""

_WEEKDAYS: Final[dict[str, int]] = {
    spelling: index
    for index, (weekday, short) in enumerate(
        zip(WEEKDAYS, ("mon", "tue tues", "wed", "thu thur thurs", "fri", "sat", "sun"), strict=True)
    )
    for spelling in (weekday, f"{weekday}s", *short.split())
}
_DAYPARTS: Final[dict[str, str]] = {spelling: part for part in DAYPARTS for spelling in (part, f"{part}s")}
_SEPARATORS: Final = re.compile(r"[\s_,-]+")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<time>[T ].{2,40})?")
_YEARS: Final = range(1900, 2200)
_UNDERSTOOD: Final = "understood: <weekday>_<daypart> (friday_morning), either part alone, ISO 8601 (2026-03-06T09:30)"


def read_timing(given: str | None) -> tuple[Timing, Warning | None]:
    """Read a timing; what is not understood is kept as text, with a warning.

    Args:
        given: as the caller wrote it; None or blank is any time.

    Returns:
        The timing, and the warning if it was not understood (field `timing`).
    """
    plain = (given or "").strip()
    if not plain:
        return ANY_TIME, None
    timing = _by_grammar(str(given), plain.lower()) or _by_calendar(str(given), plain)
    if timing is not None:
        return timing, None
    kept = Timing(given=given, source="unparsed", weekday=None, daypart=None, moment=None)
    shown = plain if len(plain) <= 60 else f"{plain[:57]}..."
    message = f"The timing {shown!r} is kept as text and read as any time; {_UNDERSTOOD}."
    return kept, Warning(code="unparsed-timing", field="timing", message=message)


def _by_grammar(given: str, plain: str) -> Timing | None:
    """Read a weekday, a part of the day, or both in this order."""
    if len(plain) > 40:
        return None
    words = [word for word in _SEPARATORS.split(plain) if word]
    weekday = _WEEKDAYS.get(words[0]) if words else None
    rest = words[1:] if weekday is not None else words
    daypart = _DAYPARTS.get(rest[0]) if len(rest) == 1 else None
    if (rest and daypart is None) or (weekday is None and daypart is None):
        return None
    return Timing(given=given, source="declared", weekday=weekday, daypart=daypart, moment=None)


def _by_calendar(given: str, plain: str) -> Timing | None:
    """Read an ISO 8601 date or date-time."""
    if _ISO.fullmatch(plain) is None:
        return None
    try:
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is not None:
            moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year not in _YEARS:
        return None
    weekday, daypart = _parts_of(moment)
    part = daypart if _has_time(plain) else None
    day = weekday if part is not None else moment.weekday()
    return Timing(given=given, source="declared", weekday=day, daypart=part, moment=moment)


def _has_time(given: str) -> bool:
    found = _ISO.fullmatch(given.strip())
    return found is not None and found.group("time") is not None


def _parts_of(moment: datetime) -> tuple[int, str]:
    """Return weekday and part of the day of a moment; after midnight it is still the night of the day before."""
    for part, (start, end) in DAYPARTS.items():
        if start < end and start <= moment.hour < end:
            return moment.weekday(), part
    late = moment.hour >= DAYPARTS["night"][0]
    return (moment.weekday() if late else (moment.weekday() - 1) % 7), "night"


def token(timing: Timing) -> str:
    """Return the token of a timing: `friday_morning`, `friday`, `morning` or `any`."""
    named = (WEEKDAYS[timing.weekday] if timing.weekday is not None else None, timing.daypart)
    return "_".join(part for part in named if part is not None) or ANY


def place(timing: Timing, *, zone: str | None, after: datetime) -> Window:
    """Place a timing on the calendar of a customer.

    A window that is running at `after` counts, from `after` on. An exact moment is a window of no length, even when it
    has passed; an ISO date is that whole day; any time is the next 24 hours.

    Args:
        timing: as read.
        zone: IANA name of the customer's zone; None or an unknown one is UTC, and said to be assumed.
        after: from when on, aware of its zone.

    Returns:
        The window, in the customer's zone. Compare and subtract its ends in UTC: the wall clock jumps twice a year.

    Raises:
        ValueError: `after` has no zone, so that it is no moment.
    """
    if after.tzinfo is None:
        raise ValueError("`after` needs a time zone")
    local, assumed = _zone(zone)
    if timing.moment is not None:
        starts, ends = _at_moment(timing, timing.moment, local)
    elif timing.weekday is None and timing.daypart is None:
        starts, ends = after.astimezone(UTC), after.astimezone(UTC) + timedelta(hours=24)
    else:
        starts, ends = next(_windows(timing, local, after.astimezone(UTC)))
    named = timing
    if timing.moment is not None and timing.daypart is not None:
        weekday, daypart = _parts_of(starts.astimezone(local))
        named = Timing(given=timing.given, source=timing.source, weekday=weekday, daypart=daypart, moment=timing.moment)
    return _window(named, starts, ends, local, assumed=assumed)


def place_next(timing: Timing, *, zone: str | None, after: datetime, last: datetime | None) -> Window:
    """Place a timing after the last contact: the window in which that one went out has been used.

    Args:
        timing, zone, after: as for `place`.
        last: when the customer was last written to; None, or before `after`: it changes nothing.
    """
    if last is None or last < after:
        return place(timing, zone=zone, after=after)
    if timing.moment is not None or (timing.weekday is None and timing.daypart is None):
        return place(timing, zone=zone, after=last)
    local, assumed = _zone(zone)
    used = last.astimezone(UTC)
    starts, ends = next(window for window in _windows(timing, local, used) if window[0] > used)
    return _window(timing, starts, ends, local, assumed=assumed)


def _window(timing: Timing, starts: datetime, ends: datetime, local: ZoneInfo, *, assumed: bool) -> Window:
    return Window(
        token=token(timing),
        starts_at=starts.astimezone(local),
        ends_at=ends.astimezone(local),
        zone=local.key,
        zone_assumed=assumed,
    )


def _zone(name: str | None) -> tuple[ZoneInfo, bool]:
    try:
        return (ZoneInfo(name), False) if name else (ZoneInfo("UTC"), True)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC"), True


def _at_moment(timing: Timing, moment: datetime, local: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the moment twice, or the whole day of a date, in UTC."""
    if timing.daypart is None:
        return _wall(moment.date(), 0, local), _wall(moment.date() + timedelta(days=1), 0, local)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=local)
    return aware.astimezone(UTC), aware.astimezone(UTC)


@lru_cache(maxsize=4_096)
def _wall(day: date, hour: int, local: ZoneInfo) -> datetime:
    """Return the moment at which the clock on the wall shows that hour, in UTC."""
    return datetime.combine(day, time(hour), tzinfo=local).astimezone(UTC)


def _windows(timing: Timing, local: ZoneInfo, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows that have not ended at `after`, in UTC, the running one cut to what is left of it."""
    first = after.astimezone(local).date() - timedelta(days=1)
    start, end = DAYPARTS[timing.daypart] if timing.daypart is not None else (0, 0)
    for day in (first + timedelta(days=ahead) for ahead in range(16)):
        if timing.weekday is not None and day.weekday() != timing.weekday:
            continue
        starts = _wall(day, start, local)
        if starts.astimezone(local).date() != day:
            continue  # a day that the zone left out when it moved across the date line
        ends = _wall(day if start < end else day + timedelta(days=1), end, local)
        if ends > after:
            yield max(starts, after), ends
