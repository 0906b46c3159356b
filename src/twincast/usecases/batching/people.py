"""Customers of a batch as the model takes them: the pinned versions as one frame, with what each remembers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import UNKNOWN, Batch, Member
from twincast.domain.errors import ProfilingRefused
from twincast.domain.events import real_line
from twincast.domain.memories import Memory
from twincast.domain.sessions import Session
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import TwinFrame, frame_of
from twincast.usecases.audiences import may_profile
from twincast.usecases.batching.plans import JOINED
from twincast.usecases.context import Context
from twincast.usecases.scenes import Subject
from twincast.usecases.subjects import beginning, subject_met
from twincast.usecases.visits import Visit

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class People:
    """n customers of whom predictions may be made.

    Attributes:
        positions: (n,) their places in the batch.
        twins: their twins, in the version that was pinned.
        frame: the same as numbers, with what each remembers laid over them.
        memories: what each remembers, None for nothing.
        moments: from when on each is predicted.
        refused: positions of those who opted out of profiling.
    """

    positions: Index
    twins: tuple[Twin, ...]
    frame: TwinFrame
    memories: tuple[Memory | None, ...]
    moments: tuple[datetime, ...]
    refused: Index

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: Sequence[int]) -> "People":
        """Return some of them; none of those who were refused."""
        return People(
            positions=self.positions[list(rows)],
            twins=tuple(self.twins[row] for row in rows),
            frame=self.frame.take(rows),
            memories=tuple(self.memories[row] for row in rows),
            moments=tuple(self.moments[row] for row in rows),
            refused=np.empty(0, dtype=np.intp),
        )


def people_of(ctx: Context, unit: UnitOfWork, batch: Batch, session: Session, members: Sequence[Member]) -> People:
    """Load customers as they were pinned; those without a twin, or erased since, are left out."""
    known = [member for member in members if member.version != UNKNOWN]
    newest = unit.twins.get_many([member.twin_id for member in known])
    found = [(member, now) for member, now in zip(known, newest, strict=True) if now is not None]
    pinned = [_version(unit, member, now) for member, now in found]
    frame = frame_of(pinned)
    allowed = may_profile(frame) & may_profile(frame_of([now for _, now in found]))
    memories: list[Memory | None] = [None] * len(found)
    moments = _moments(ctx, batch, frame)
    for row, (member, now) in enumerate(found):
        if member.line and allowed[row]:
            subject = _met(ctx, unit, batch, session, member, pinned[row], now)
            allowed[row] = subject is not None
            if subject is not None:
                frame.values[row] = subject.frame.values[0]
                memories[row] = subject.memory
    rows = np.flatnonzero(allowed)
    positions = np.array([member.position for member, _ in found], dtype=np.intp)
    everybody = People(
        positions=positions,
        twins=tuple(pinned),
        frame=frame,
        memories=tuple(memories),
        moments=tuple(moments),
        refused=positions[~allowed],
    )
    return everybody if len(rows) == len(found) else replace(everybody.take(rows.tolist()), refused=positions[~allowed])


def _moments(ctx: Context, batch: Batch, frame: TwinFrame) -> list[datetime]:
    """Return from when on each customer is predicted: now, or from the beginning of the day that was named."""
    settings = batch.settings
    if not settings.dated:
        return [batch.now] * len(frame)
    zones = [zone or ctx.zone for zone in frame.zones]
    known = {zone: beginning(settings.as_of, zone, batch.now) for zone in dict.fromkeys(zones)}
    return [known[zone] for zone in zones]


def _version(unit: UnitOfWork, member: Member, newest: Twin) -> Twin:
    if newest.version == member.version:
        return newest
    return unit.twins.get(member.twin_id, member.version) or newest


def _met(
    ctx: Context, unit: UnitOfWork, batch: Batch, session: Session, member: Member, pinned: Twin, newest: Twin
) -> Subject | None:
    """Return a twin to which something had happened as it is met in the batch; None where it may not be profiled."""
    joined = member.line == JOINED and batch.head is not None
    head = batch.head if joined and batch.head is not None else replace(real_line(member.twin_id), position=member.line)
    last = unit.events.last(head, member.twin_id)
    met = Visit(
        session=session, opened=False, twin=pinned, newest=newest, head=head, memory={} if last is None else last.memory
    )
    as_of = batch.settings.as_of if batch.settings.dated else None
    try:
        return subject_met(ctx, unit, met, as_of, earliest(batch), batch.now)
    except ProfilingRefused:
        return None


def earliest(batch: Batch) -> datetime | None:
    """Return the first moment of the variants where each has one of its own: what comes later is known to none."""
    moments = [variant.intervention.at for variant in batch.variants]
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None
