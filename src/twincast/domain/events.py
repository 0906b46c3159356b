"""Events: what happened to a twin, appended to branches and never edited. What is simulated never leaves its branch."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from twincast.domain.ids import BranchId, EventId, SessionId, TwinId


class EventKind(StrEnum):
    """What sort of thing happened.

    `joined`: the twin came into a session, in the version and with the memory it is pinned to from then on.
    `tested`: something was predicted of it that it remembers nothing of: the source says what.
    """

    JOINED = "joined"
    TESTED = "tested"
    EXPOSURE = "exposure"
    REPLY = "reply"
    OUTCOME = "outcome"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A place in the log: a branch, and how many events lead up to it (those of the branch's ancestors included)."""

    branch: BranchId
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """A line of events that forked off another one. A branch that forked off none needs no row of its own.

    Attributes:
        session_id: the session that appends to it.
        parent: where it forked; its own first event has the position after that.
    """

    id: BranchId
    session_id: SessionId
    parent: Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to one twin, and what the twin remembers after it.

    Attributes:
        branch, position: its place; positions count up along a line, and what was erased leaves a gap.
        twin_version: version of the twin that it happened to.
        at: when, in the time of its world; `simulated` says which world.
        source: id of the test or comparison it comes from, where there is one.
        payload: what happened, as compact plain data.
        memory: what the twin remembers after it, as plain data with a version of its own: so the state of a twin at a
            head is read in one look, however long its past.
    """

    branch: BranchId
    position: int
    twin_id: TwinId
    twin_version: int
    kind: EventKind
    at: datetime
    simulated: bool
    source: str | None
    payload: Mapping[str, Any]
    memory: Mapping[str, Any]

    @property
    def id(self) -> EventId:
        """Its place, which is nobody else's."""
        return EventId(f"{self.branch}.{self.position}")


REAL: Final = "real:"
FAR: Final = 2**62
"""A position that no line reaches."""


def root_of(session_id: SessionId) -> Head:
    """Return the head of a session that has just begun."""
    return Head(branch=BranchId(session_id), position=0)


def real_line(twin_id: TwinId) -> Head:
    """Return the end of a twin's own branch, on which stands what really happened to it."""
    return Head(branch=BranchId(REAL + twin_id), position=FAR)


def fork(head: Head, grown_from: Branch | None) -> Head:
    """Return where a new branch forks off a head.

    A head at which its own branch has nothing yet is the one that branch forked from: so lines do not grow longer by
    restoring again and again.

    Args:
        head: the head to go on from.
        grown_from: the branch of that head; None where it forked off none.
    """
    if grown_from is not None and grown_from.parent.position == head.position:
        return grown_from.parent
    return head


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A part of one branch: the events after one position, up to and with another."""

    branch: BranchId
    after: int
    upto: int


def line_of(head: Head, branch: Callable[[BranchId], Branch | None]) -> Iterator[Stretch]:
    """Walk from a head back to where its line began: stretches of events, the youngest first.

    Args:
        head: where to start.
        branch: finds a branch; None for one that forked off none.
    """
    while True:
        found = branch(head.branch)
        if found is None:
            yield Stretch(branch=head.branch, after=0, upto=head.position)
            return
        yield Stretch(branch=head.branch, after=found.parent.position, upto=head.position)
        head = found.parent
