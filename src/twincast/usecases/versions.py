"""Turning records that were read into versions of twins: new, changed or the same, stored many at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from twincast.domain.ids import CustomerId, TwinId, twin_id_of
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.records import RecordBatch
from twincast.reading.states import READING

CHUNK: Final = 2_000
"""Twins that are compared and written at a time."""

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many twins were new, changed or the same."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            created=self.created + other.created,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reading:
    """Records that were read on one day, and the rows of them that are to become twins.

    Attributes:
        batch: all rows.
        rows: positions in the batch; each is valid and no customer stands in two of them.
        as_of: day on which the records were true.
    """

    batch: RecordBatch
    rows: Sequence[int]
    as_of: date

    def __len__(self) -> int:
        return len(self.rows)

    def ids(self) -> list[TwinId]:
        """Return the ids of the twins, in the order of the rows."""
        return [twin_id_of(CustomerId(self.batch.customer_ids[row])) for row in self.rows]

    def chunks(self) -> "list[Reading]":
        """Cut the rows into pieces that are written at a time."""
        pieces = (self.rows[start : start + CHUNK] for start in range(0, len(self.rows), CHUNK))
        return [Reading(batch=self.batch, rows=rows, as_of=self.as_of) for rows in pieces]

    def digests(self) -> list[str]:
        """Return the digests, in the order of the rows."""
        return [self.batch.digests[row] for row in self.rows]


def tally(unit: UnitOfWork, reading: Reading) -> Tally:
    """Count what storing these records would do, without storing anything."""
    total = Tally()
    for piece in reading.chunks():
        total += _count(unit.twins.get_many(piece.ids()), piece.digests())
    return total


def store(unit: UnitOfWork, reading: Reading, at: datetime, progress: Progress | None = None) -> Tally:
    """Add a version for each new or changed record; equal data keep their version."""
    total, done = Tally(), 0
    for piece in reading.chunks():
        known = unit.twins.get_many(piece.ids())
        digests = piece.digests()
        differs = [k for k, twin in enumerate(known) if twin is None or twin.digest != digests[k]]
        unit.twins.add(twins_of(piece, differs, known, at))
        total += _count(known, digests)
        done += len(piece)
        if progress is not None:
            progress(done, len(reading))
    return total


def twins_of(reading: Reading, places: Sequence[int], known: Sequence[Twin | None], at: datetime) -> list[Twin]:
    """Return the next versions of twins.

    Args:
        reading: what was read.
        places: which of its rows.
        known: the newest version of each of its rows, or None.
        at: when they are stored.
    """
    batch = reading.batch
    rows = [reading.rows[place] for place in places]
    frame = batch.frame.take(rows)
    states = frame.states()
    twins = []
    for place, row, state, zone, currency, interests in zip(
        places, rows, states, frame.zones, frame.currencies, frame.interests, strict=True
    ):
        before = known[place]
        customer = CustomerId(batch.customer_ids[row])
        twins.append(
            Twin(
                id=twin_id_of(customer),
                customer_id=customer,
                version=1 if before is None else before.version + 1,
                record=batch.documents[row],
                as_of=reading.as_of,
                digest=batch.digests[row],
                state=state,
                reading=READING,
                zone=zone,
                currency=currency,
                interests=interests,
                created_at=at,
            )
        )
    return twins


def _count(known: Sequence[Twin | None], digests: Sequence[str]) -> Tally:
    created = sum(twin is None for twin in known)
    unchanged = sum(twin is not None and twin.digest == digest for twin, digest in zip(known, digests, strict=True))
    return Tally(created=created, changed=len(known) - created - unchanged, unchanged=unchanged)
