"""Whom an answer is about: the twin as it is met, with what it remembers and under which policy."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from twincast.domain.events import real_line
from twincast.domain.policies import DEFAULT_POLICY, ContactPolicy
from twincast.domain.timings import Timing
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.recollections import recollected
from twincast.reading.states import CONSENT_CHANNELS, POSITION, TwinFrame
from twincast.reading.timings import place
from twincast.reading.twins import frame_of
from twincast.usecases.consents import refuse_opt_out
from twincast.usecases.context import Context
from twincast.usecases.memories import memory_of, recalled
from twincast.usecases.scenes import Subject
from twincast.usecases.visits import Visit


def subject_of(
    ctx: Context, twin: Twin, as_of: date | None, now: datetime, policy: ContactPolicy = DEFAULT_POLICY
) -> Subject:
    """Return a twin as answers need it, at this moment or on another day, as if nothing had happened to it.

    Raises:
        ProfilingRefused: the customer opted out.
    """
    frame = frame_of([twin])
    refuse_opt_out(frame, twin.id)
    if as_of is not None:
        now = beginning(as_of, twin.zone or ctx.zone, now)
    return Subject(frame=frame, currency=twin.currency, now=now, zone=ctx.zone, policy=policy)


def beginning(day: date, zone: str, now: datetime) -> datetime:
    """Return when a day begins: where the customer lives."""
    whole = Timing(given=None, source="declared", weekday=None, daypart=None, moment=datetime.combine(day, time()))
    return place(whole, zone=zone, after=now).starts_at


def subject_met(
    ctx: Context,
    unit: UnitOfWork,
    met: Visit,
    as_of: date | None,
    at: datetime | None,
    now: datetime,
    policy: ContactPolicy | None = None,
) -> Subject:
    """Return a twin as answers need it, with what it remembers.

    What really happened after the day of the prediction is not known yet; what was simulated in the session is, unless
    the interaction has a moment of its own that lies before it.

    Args:
        ctx: who asks.
        unit: where the twin's line is read.
        met: the twin as it is met.
        as_of: the day of the prediction; None for `now`.
        at: the interaction's own simulated moment.
        now: the moment of the question.
        policy: the workspace's, where it was read already.

    Raises:
        ProfilingRefused: the customer opted out.
    """
    plain = subject_of(ctx, met.twin, as_of, now, policy or policy_of(unit))
    if met.joined:
        plain = replace(plain, frame=_as_allowed_today(unit, met, plain.frame))
    if not met.memory:
        return plain
    memory = recalled(unit, met, until_of(met, as_of, at, plain.now))
    if memory is None:
        return plain
    return replace(plain, frame=recollected(plain.frame, memory), memory=memory)


def until_of(met: Visit, as_of: date | None, at: datetime | None, moment: datetime) -> datetime | None:
    """Return the moment after which nothing is known yet; None: all that is on the twin's line is."""
    if at is not None:
        return at
    return moment if as_of is not None and not met.joined else None


def policy_of(unit: UnitOfWork) -> ContactPolicy:
    """Return the contact policy of the workspace."""
    return unit.policies.current() or DEFAULT_POLICY


def _as_allowed_today(unit: UnitOfWork, met: Visit, frame: TwinFrame) -> TwinFrame:
    """Return a twin with the consents of today: a session is pinned to its past, but no refusal waits for its end.

    Consents move no number; an objection to profiling refuses all of them.
    """
    own = unit.events.last(real_line(met.twin.id), met.twin.id)
    memory = None if own is None else memory_of(own.memory)
    if met.newest.version == met.twin.version and memory is None:
        return frame
    today = frame_of([met.newest])
    refuse_opt_out(today, met.twin.id)
    if memory is not None:
        today = recollected(today, memory)
    values = frame.values.copy()
    values[:, ASKED] = today.values[:, ASKED]
    return replace(frame, values=values)


ASKED: Final = [POSITION[f"consent_{channel}"] for channel in CONSENT_CHANNELS]
"""The columns of the consents."""
