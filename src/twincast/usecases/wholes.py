"""Fields that are no single number: rankings and windows, made from the numbers of the cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from twincast.domain.channels import CHANNELS
from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import Contact
from twincast.domain.policies import ContactPolicy, free_from
from twincast.domain.predictions import Estimate, Explanation, Ranked
from twincast.domain.timings import ANY_TIME, DAYPARTS, WEEKDAYS, Timing, Window
from twincast.ports.engines import Engine
from twincast.reading.states import CONSENT_CHANNELS
from twincast.reading.timings import place, place_next, token
from twincast.reading.twins import TwinFrame
from twincast.response.cells import Remembered, grid
from twincast.response.reasons import concerns
from twincast.usecases.consents import outside_quiet_hours
from twincast.usecases.suggestions import SENDABLE

REST_DAYS: Final = 7
"""Least days between two contacts: one contact a week is the frequency cap where the company has set none."""

PURCHASE: Final = "purchase"
SENDABLE_DAYPARTS: Final = ("morning", "afternoon", "evening")
ALL_QUIET: Final = "the contact policy's quiet hours leave no part of the day to send in"
MOST_CATEGORIES: Final = 10
WORTH_SAYING: Final = 0.00005
"""A gain in probability below this is none, in points to two digits."""
OFFERED: Final = 1.5
"""A category on record that the message is about counts half as much again, and the k-th on record 1/k of the first: a
judgement, as the answer says. The order is the record's; the weights wait for outcomes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """One cell as these fields need it.

    Attributes:
        remembered: what the twin remembers; None for nothing.
        policy: when and how often the company writes to its customers.
        zone: the customer's, or the workspace's where that is not known.
        now: the moment the prediction is made from.
        channel: the one the message goes out on.
        columns: value, low and high of each numeric field.
        explanations: of the probabilities that every answer holds.
        engagement: P(engage) at the given timing and at each of `sendable_timings`, where it is known already.
        at_best: P(engage) at the best timing, low and high, where they are.
    """

    engine: Engine
    frame: TwinFrame
    remembered: Remembered | None
    policy: ContactPolicy
    zone: str
    now: datetime
    item: ReadIntervention
    channel: str
    days: int
    level: float
    columns: Mapping[str, tuple[float, float, float]]
    explanations: tuple[Explanation, ...]
    basis: str
    engagement: Sequence[float] | None = None
    at_best: tuple[float, float, float] | None = None

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Return the latest contacts that the twin remembers, oldest first."""
        memory = None if self.remembered is None else self.remembered.memories[0]
        return () if memory is None else memory.recent

    @property
    def after(self) -> datetime:
        """Return the moment from which the message's window is looked for: its own, or now, or the last contact."""
        last = self.contacts[-1].at if self.contacts else self.now
        return self.item.intervention.at or max(self.now, last)

    @property
    def sent(self) -> Window:
        """Return when the message goes out."""
        return sent(self.item, self.contacts, self.zone, self.now, zone_assumed=self.frame.zones[0] is None)

    def placed(self, window: Window) -> Window:
        """Return a window that says whether the customer's own zone is known."""
        return replace(window, zone_assumed=self.frame.zones[0] is None)

    def next_window(self, timing: Timing, after: datetime) -> Window:
        """Return the next window of a part of the day, the part outside quiet hours."""
        return self.placed(next_window(timing, self.zone, after, self.policy))


def sent(
    item: ReadIntervention, contacts: Sequence[Contact], zone: str, now: datetime, *, zone_assumed: bool
) -> Window:
    """Return when a message goes out, by the customer's clock: at its own moment, or next after the last contact.

    Args:
        item: the message.
        contacts: the latest contacts that the twin remembers, oldest first.
        zone: the customer's, or the workspace's where that is not known (`zone_assumed`).
        now: the moment the prediction is made from.
    """
    at = item.intervention.at
    last = contacts[-1].at if contacts and at is None else None
    window = place_next(item.timing, zone=zone, after=at or now, last=last)
    return window if window.zone_assumed == zone_assumed else replace(window, zone_assumed=zone_assumed)


def whole_field(whole: Whole, field: str) -> dict[str, Any]:
    """Return what a `FieldPrediction` holds for a ranking or a window: the parts by name."""
    return FIELDS[field](whole)


def _category_preference(whole: Whole) -> dict[str, Any]:
    owned = whole.frame.interests[0][:MOST_CATEGORIES]
    offered = whole.item.reading.products if whole.item.reading else ()
    weights = {name: (OFFERED if name in offered else 1.0) / (place + 1.0) for place, name in enumerate(owned)}
    if not weights:
        weights = dict.fromkeys(offered, 1.0)
    if not weights:
        return {"unavailable": "neither the record nor the message names a category"}
    total = sum(weights.values())
    order = sorted(weights, key=lambda name: (-weights[name], name))
    why = "bought or named before" if owned else "named in the message"
    return {
        "ranking": tuple(Ranked(name=name, weight=weights[name] / total, reason=why) for name in order),
        "reasoning": "Categories bought or named before, strongest first; weights by rank: a judgement, not fitted."
        if owned
        else "Categories named in the message, all alike: none are on record.",
    }


def _concerns(whole: Whole) -> dict[str, Any]:
    if not whole.item.is_contact:
        return {"unavailable": "nothing is sent, so there is nothing to be concerned about"}
    found = concerns(whole.explanations)
    said = f"What lowers the predictions most: {found[0].reason}." if found else "Nothing on record speaks against it."
    return {"ranking": found, "reasoning": said}


def _optimal_timing(whole: Whole) -> dict[str, Any]:
    if not whole.item.is_contact:
        return {"unavailable": "nothing is sent, so there is nothing to time"}
    timings = sendable_timings(whole.policy)
    if not timings:
        return {"unavailable": ALL_QUIET}
    timing, gain = best_timing(whole, timings, whole.after)
    value, low, high = whole.at_best or _at(whole, timing)
    estimate = Estimate(value=value, low=low, high=high, level=whole.level, unit="probability", basis=whole.basis)
    better = f"{100 * gain:.2f} points above" if gain >= WORTH_SAYING else "no better than"
    return {
        "label": token(timing),
        "estimate": estimate,
        "window": whole.next_window(timing, whole.after),
        "channel": whole.channel,
        "reasoning": f"Of {len(timings)} windows this one engages most, {better} the given timing: the value is "
        "will_engage.",
    }


def _at(whole: Whole, timing: Timing) -> tuple[float, float, float]:
    """Return P(engage) at a timing, and its interval."""
    cells = grid(whole.frame, [replace(whole.item, timing=timing)], whole.now, whole.remembered)
    column = whole.engine.predict(cells, ["will_engage"], horizon_days=whole.days, level=whole.level)["will_engage"]
    return float(column.value[0]), float(column.low[0]), float(column.high[0])


@lru_cache(maxsize=256)
def sendable_timings(policy: ContactPolicy) -> tuple[Timing, ...]:
    """Return the windows of a week in which something may be sent; none where all of them are quiet."""
    return tuple(
        Timing(given=None, source="declared", weekday=weekday, daypart=daypart, moment=None)
        for weekday in range(len(WEEKDAYS))
        for daypart in SENDABLE_DAYPARTS
        if not all(policy.is_quiet(hour) for hour in range(*DAYPARTS[daypart]))
    )


def best_timing(whole: Whole, timings: Sequence[Timing], after: datetime) -> tuple[Timing, float]:
    """Return the window with the highest P(engage), and its gain over the given one; equals go to the soonest."""
    values = whole.engagement
    if values is None:
        items = [whole.item, *(replace(whole.item, timing=timing) for timing in timings)]
        cells = grid(whole.frame, items, whole.now, whole.remembered)
        values = whole.engine.points(cells, "will_engage", horizon_days=whole.days).tolist()
    given, *tried = values
    highest = max(tried)
    places = soonest(whole.policy, whole.zone, after)
    best = next(place for place in places if tried[place] == highest)
    return timings[best], highest - given


def soonest(policy: ContactPolicy, zone: str, after: datetime) -> tuple[int, ...]:
    """Return the places of the sendable windows by how soon each comes; the same for all moments of an hour."""
    local = after.astimezone(place(ANY_TIME, zone=zone, after=after).starts_at.tzinfo)
    return _in_order(policy.quiet, zone, local.weekday(), local.hour)


@lru_cache(maxsize=4_096)
def _in_order(quiet: tuple[int, int] | None, zone: str, weekday: int, hour: int) -> tuple[int, ...]:
    policy = ContactPolicy(quiet=quiet)
    here = place(ANY_TIME, zone=zone, after=datetime(2024, 1, 8, tzinfo=UTC)).starts_at.tzinfo
    after = datetime(2024, 1, 8 + weekday, hour, tzinfo=here)  # the 8th was a Monday
    timings = sendable_timings(policy)
    starts = [next_window(timing, zone, after, policy).starts_at for timing in timings]
    return tuple(sorted(range(len(timings)), key=lambda place: starts[place]))


@lru_cache(maxsize=4_096)
def next_window(timing: Timing, zone: str, after: datetime, policy: ContactPolicy) -> Window:
    """Return the next window of a part of the day in a zone, the part of it outside quiet hours."""
    window = place(timing, zone=zone, after=after)
    sendable = outside_quiet_hours(window, policy)
    if sendable is None:  # what is left of a running window lies in quiet hours
        return next_window(timing, zone, window.ends_at, policy)
    return sendable


def _optimal_followup(whole: Whole) -> dict[str, Any]:
    if not whole.item.is_contact:
        return {"unavailable": "nothing is sent, so there is nothing to follow up"}
    timings = sendable_timings(whole.policy)
    if not timings:
        return {"unavailable": ALL_QUIET}
    channel = _followup_channel(whole)
    after, why = _rested(whole, channel)
    timing, _ = best_timing(whole, timings, after)
    return {
        "label": token(timing),
        "window": whole.next_window(timing, after),
        "channel": channel,
        "reasoning": f"The best window {why}, outside quiet hours.",
    }


def _rested(whole: Whole, channel: str) -> tuple[datetime, str]:
    """Return from when on another contact may be made, and why then."""
    sent = whole.sent
    over = max(sent.ends_at.astimezone(UTC), whole.now.astimezone(UTC))
    if not whole.policy.caps:
        return over + timedelta(days=REST_DAYS), f"after {REST_DAYS} days of rest: one contact a week"
    contacts = (*whole.contacts, Contact(at=sent.starts_at, channel=whole.channel))
    return free_from(whole.policy, contacts, channel, over), "once the contact policy allows one more"


def _followup_channel(whole: Whole) -> str:
    def welcome(channel: str) -> tuple[float, int]:
        refused = channel in CONSENT_CHANNELS and whole.frame.column(f"consent_{channel}")[0] == 0.0
        weight = float(whole.frame.column(f"channel_{channel}")[0])
        known = weight if weight == weight else (0.1 if channel == whole.channel else 0.0)
        return (-9.0 if refused else known, -CHANNELS.index(channel))

    return max(SENDABLE, key=welcome)


def _purchase_window(whole: Whole) -> dict[str, Any]:
    value, low, high = whole.columns["purchase_window"]
    sent = whole.sent if whole.item.is_contact else None
    start = sent.starts_at if sent else whole.after
    starts, ends = (_later(start, days) for days in (low, high))
    window = place(ANY_TIME, zone=whole.zone, after=starts)
    return {
        "estimate": Estimate(value=value, low=low, high=high, level=whole.level, unit="days", basis=whole.basis),
        "window": whole.placed(
            replace(window, token=PURCHASE, ends_at=ends.astimezone(window.starts_at.tzinfo)),
        ),
        "confidence": whole.level,
        "confidence_basis": "share of purchases inside the window, under the model",
        "reasoning": f"If a purchase comes within {whole.days} days; organic orders spread evenly, the message's fade.",
    }


def _later(moment: datetime, days: float) -> datetime:
    """Return a moment some days later, in UTC: the wall clock jumps twice a year."""
    return moment.astimezone(UTC) + timedelta(days=days)


FIELDS: Final[dict[str, Callable[[Whole], dict[str, Any]]]] = {
    "category_preference": _category_preference,
    "concerns": _concerns,
    "optimal_timing": _optimal_timing,
    "optimal_followup": _optimal_followup,
    "purchase_window": _purchase_window,
}
