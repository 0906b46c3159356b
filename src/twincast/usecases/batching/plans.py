"""Whom a batch is about: references found, pinned to versions and memories, and cut into parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from twincast.domain.batches import UNKNOWN, Batch, Member
from twincast.domain.events import Head, real_line
from twincast.domain.ids import TWIN_PREFIX, BatchId, CustomerId, TwinId, twin_id_of
from twincast.domain.sessions import Session
from twincast.domain.twins import Warning
from twincast.ports.stores import UnitOfWork
from twincast.usecases import sessions, visits
from twincast.usecases.batching.requests import Asked, BatchRequest
from twincast.usecases.context import Context
from twincast.usecases.references import candidates

AT_ONCE: Final = 10_000
"""References that are looked for at a time."""
CELLS: Final = 8_192
"""Cells of one part; the numbers do not depend on it."""
SPOKEN: Final = 1_000
"""The same where each cell costs a call: minutes may lie between two parts, and whoever waits wants to see how far it
is."""
JOINED: Final = -1
"""`Member.line` of a twin that had come into the session: its memory stands on the session's line."""
SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A batch that is ready to be stored.

    Attributes:
        session: where it is run; `opened` says that it is an ephemeral one, stored with the batch.
    """

    batch: Batch
    members: tuple[Member, ...]
    session: Session
    opened: bool


def planned(ctx: Context, unit: UnitOfWork, request: BatchRequest, asked: Asked, twins: Sequence[str]) -> Plan:
    """Find everybody and pin what the predictions will rest on: versions, memories, and the model.

    Args:
        ctx, unit: whose twins, and where they are looked for.
        request, asked: as given, and as checked.
        twins: references, one or more.

    Raises:
        UnknownSession, PhaseRefused, SessionRequired: as a test does.
    """
    named = visits.named(ctx, unit, request.session)
    session = named or sessions.ephemeral(ctx)
    head = None if named is None else named.head
    found, duplicates = _found(unit, twins)
    members = tuple(_pinned(unit, found, head))
    settings = asked.settings
    width = len(asked.variants)
    batch = Batch(
        id=BatchId(ctx.ids.new("batch_")),
        session_id=session.id,
        head=head,
        segment=request.segment,
        variants=asked.variants,
        settings=settings,
        requested=len(twins),
        duplicates=duplicates,
        members=len(members),
        part=max(1, (SPOKEN if settings.words else CELLS) // width),
        model=unit.models.current_digest(),
        warnings=(*asked.warnings, *_notes(duplicates, head)),
        now=ctx.clock.now(),
        created_at=ctx.clock.now(),
    )
    return Plan(batch=batch, members=members, session=session, opened=named is None)


def _found(unit: UnitOfWork, references: Sequence[str]) -> tuple[dict[TwinId, int], int]:
    """Return each twin that is meant once, in the order given, with its newest version; and how many came again."""
    found: dict[TwinId, int] = {}
    for start in range(0, len(references), AT_ONCE):
        meant = [_meant(reference) for reference in references[start : start + AT_ONCE]]
        heads = unit.twins.heads(list(dict.fromkeys(it for options in meant for it in options)))
        for options in meant:
            twin = next((it for it in options if it in heads), options[0])
            found.setdefault(twin, heads.get(twin, UNKNOWN))
    return found, len(references) - len(found)


def _meant(reference: str) -> list[TwinId]:
    """Return the twins' ids that a reference can mean, the likelier first."""
    options = [it for it in candidates(reference) if it.startswith(TWIN_PREFIX)]
    return options or [twin_id_of(CustomerId(ascii(reference)[1:-1]))]


def _pinned(unit: UnitOfWork, found: dict[TwinId, int], head: Head | None) -> Iterator[Member]:
    """Pin each twin to its version and its memory: those of the session, where it had come into it, else its own."""
    known = [twin for twin, version in found.items() if version != UNKNOWN]
    touched = unit.events.touched(known)
    for position, (twin, version) in enumerate(found.items()):
        line = 0
        if twin in touched:
            joined = None if head is None else unit.events.last(head, twin)
            own = unit.events.last(real_line(twin), twin) if joined is None else None
            version = version if joined is None else joined.twin_version
            line = JOINED if joined is not None else (0 if own is None else own.position)
        yield Member(position=position, twin_id=twin, version=version, line=line)


def _notes(duplicates: int, head: Head | None) -> Iterator[Warning]:
    if duplicates:
        message = f"{duplicates:,} references name a twin that was named before: each is tested once."
        yield Warning(code="duplicate-twins", field="digital_twin_ids", message=message)
