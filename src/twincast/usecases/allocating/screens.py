"""Who may be sent which offer, and when: consent, quiet hours, caps and risk of unsubscribing, customer by customer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.allocations import REASONS, Reason
from twincast.domain.batches import Batch, Member
from twincast.domain.memories import Contact
from twincast.domain.policies import ContactPolicy
from twincast.domain.sessions import Session
from twincast.domain.timings import Window
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.states import CONSENT_CHANNELS
from twincast.usecases.batching.cells import Scene, Scenes
from twincast.usecases.batching.people import People, people_of
from twincast.usecases.consents import capped, in_quiet_hours, outside_quiet_hours
from twincast.usecases.contacts import micros_of
from twincast.usecases.context import Context
from twincast.usecases.guardrails import RISK, most_unsubscribing
from twincast.usecases.optimizing.worths import LEVEL
from twincast.usecases.wholes import sent

FREE: Final = -1
"""Code of an offer that may be sent; else the place of the reason among REASONS."""
CODES: Final = {reason: place for place, reason in enumerate(REASONS)}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Screen:
    """Of the people of a batch at some positions, (n,), and all its variants, (n, width).

    Attributes:
        barred: `FREE` or the code of a reason.
        starts, ends: when each would go out, in microseconds since 1970.
    """

    positions: NDArray[np.intp]
    barred: NDArray[np.intp]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def screen_of(
    ctx: Context,
    unit: UnitOfWork,
    engine: Engine,
    batch: Batch,
    session: Session,
    members: Sequence[Member],
    policy: ContactPolicy,
) -> Screen:
    """Return what may be sent to some members of a batch; those who have opted out since have no row."""
    people = people_of(ctx, unit, batch, session, members)
    count, width = len(people), batch.width
    barred = np.full(count * width, FREE)
    starts, ends = np.zeros(count * width, dtype=np.int64), np.zeros(count * width, dtype=np.int64)
    for scene in Scenes(ctx, batch, people):
        barred[scene.rows], starts[scene.rows], ends[scene.rows] = _screened(ctx, scene, people, policy, width)
        risky = scene.rows[_too_risky(engine, scene, policy, batch.settings.horizon_days)]
        barred[risky[barred[risky] == FREE]] = CODES[Reason.RISK]
    return Screen(
        positions=people.positions,
        barred=barred.reshape(count, width),
        starts=starts.reshape(count, width),
        ends=ends.reshape(count, width),
    )


def _screened(
    ctx: Context, scene: Scene, people: People, policy: ContactPolicy, width: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]:
    """Return code, start and end of each cell of a scene."""
    cells, rows = scene.cells, (scene.rows // width).tolist()
    placed: dict[tuple[str, int, datetime | None], tuple[Window, int, int, bool]] = {}
    codes, starts, ends = [], [], []
    for cell, (row, variant) in enumerate(zip(rows, cells.intervention.tolist(), strict=True)):
        item, memory = cells.interventions[variant], people.memories[row]
        contacts: Sequence[Contact] = () if memory is None else memory.recent
        zone = people.frame.zones[row]
        last = None if memory is None else memory.last_contact
        key = (zone or "", variant, last)
        if key not in placed:
            window = sent(item, contacts, zone or ctx.zone, cells.now, zone_assumed=zone is None)
            placed[key] = (*_sendable(window, policy), in_quiet_hours(window, policy))
        window, start, end, quiet = placed[key]
        starts.append(start)
        ends.append(end)
        code = CODES[Reason.QUIET_HOURS] if quiet else FREE
        if (
            policy.caps
            and code == FREE
            and any(capped(people.frame, row, scene.channels[cell], window.starts_at, policy, contacts))
        ):
            code = CODES[Reason.FREQUENCY_CAP]
        codes.append(code)
    found = np.array(codes, dtype=np.intp)
    found[_without_consent(scene, people, rows)] = CODES[Reason.NO_CONSENT]
    return found, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)


def _too_risky(engine: Engine, scene: Scene, policy: ContactPolicy, horizon_days: int) -> NDArray[np.bool_]:
    """Return which cells of a scene are above the limit of unsubscribing, (c,)."""
    cells, channels = scene.cells, scene.channels
    if policy.unsubscribe_ratio is None:
        return np.zeros(len(channels), dtype=np.bool_)
    days = [it.intervention.horizon_days or horizon_days for it in cells.interventions]
    sends = list(zip(cells.intervention.tolist(), channels, strict=True))
    most = {send: most_unsubscribing(policy, send[1], days[send[0]]) for send in set(sends)}
    risk = engine.predict(cells, [RISK], horizon_days=horizon_days, level=LEVEL)[RISK].value
    above: NDArray[np.bool_] = risk > np.array([most[send] for send in sends])
    return above


def _sendable(window: Window, policy: ContactPolicy) -> tuple[Window, int, int]:
    """Return a window without its quiet hours: the first part in which something may be sent, and its ends."""
    found = window
    if window.ends_at > window.starts_at:
        midnight = window.starts_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        parts = [outside_quiet_hours(window, policy)]
        if midnight < window.ends_at:
            parts.append(outside_quiet_hours(replace(window, starts_at=midnight), policy))
        found = next((it for it in parts if it is not None), window)
    return found, micros_of(found.starts_at), micros_of(found.ends_at)


def _without_consent(scene: Scene, people: People, rows: Sequence[int]) -> NDArray[np.bool_]:
    channels, whose = np.array(scene.channels), np.array(rows, dtype=np.intp)
    found = np.zeros(len(whose), dtype=np.bool_)
    for channel in CONSENT_CHANNELS:
        refused = people.frame.column(f"consent_{channel}") == 0.0
        found |= (channels == channel) & refused[whose]
    return found
