"""An archive: a whole session in one value that can leave its workspace, and come back or go to another one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from twincast.domain.comparisons import Comparison
from twincast.domain.events import Branch, Event, Head
from twincast.domain.ids import BranchId, CheckpointId, ComparisonId, SessionId, TrialId, TwinId
from twincast.domain.sessions import Checkpoint, Session
from twincast.domain.trials import Trial

T = TypeVar("T", bound=str)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """A version of a twin that the session speaks of, and the digest of its data."""

    twin_id: TwinId
    version: int
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedTwin:
    """What a pinned version of a twin was made from; the twin is made of it anew where the archive is loaded."""

    twin_id: TwinId
    version: int
    record: str
    as_of: date
    currency: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A session with all that was run and kept in it.

    Attributes:
        workspace, software: where it comes from.
        branches, events: its own; what it inherited from another session stands on its first branch.
        twins: the pinned versions themselves; empty where the archive was made without them.
    """

    workspace: str
    software: str
    exported_at: datetime
    session: Session
    pins: tuple[Pin, ...]
    twins: tuple[ArchivedTwin, ...]
    branches: tuple[Branch, ...]
    checkpoints: tuple[Checkpoint, ...]
    events: tuple[Event, ...]
    tests: tuple[Trial, ...]
    comparisons: tuple[Comparison, ...]

    def without(self, persons: frozenset[TwinId]) -> "Archive":
        """Return the archive without anything about some persons."""
        if not persons:
            return self
        return replace(
            self,
            pins=tuple(it for it in self.pins if it.twin_id not in persons),
            twins=tuple(it for it in self.twins if it.twin_id not in persons),
            events=tuple(it for it in self.events if it.twin_id not in persons),
            tests=tuple(it for it in self.tests if it.twin_id not in persons),
            comparisons=tuple(it for it in self.comparisons if it.twin_id not in persons),
        )

    def renamed(self, new: Callable[[str], str]) -> "Archive":
        """Return a copy under fresh ids, made by `new` from a prefix. The twins keep theirs."""
        names: dict[str, str] = {self.session.id: new("sess_")}
        names |= {it.id: new("branch_") for it in self.branches}
        names |= {it.id: new("ckpt_") for it in self.checkpoints}
        names |= {it.id: new("test_") for it in self.tests}
        names |= {it.id: new("comp_") for it in self.comparisons}
        return _Renaming(names).archive(self)


@dataclass(frozen=True, slots=True)
class _Renaming:
    names: Mapping[str, str]

    def archive(self, archive: Archive) -> Archive:
        session_id = SessionId(self.names[archive.session.id])
        session = replace(archive.session, id=session_id, head=self.head(archive.session.head))
        return replace(
            archive,
            session=session,
            branches=tuple(
                replace(it, id=BranchId(self.names[it.id]), session_id=session_id, parent=self.head(it.parent))
                for it in archive.branches
            ),
            checkpoints=tuple(
                replace(it, id=CheckpointId(self.names[it.id]), session_id=session_id, head=self.head(it.head))
                for it in archive.checkpoints
            ),
            events=tuple(self.event(it) for it in archive.events),
            tests=tuple(
                replace(it, id=TrialId(self.names[it.id]), session_id=session_id, head=self.head(it.head))
                for it in archive.tests
            ),
            comparisons=tuple(
                replace(it, id=ComparisonId(self.names[it.id]), session_id=session_id, head=self.head(it.head))
                for it in archive.comparisons
            ),
        )

    def event(self, event: Event) -> Event:
        source = None if event.source is None else self.names.get(event.source, event.source)
        return replace(event, branch=BranchId(self.names[event.branch]), source=source)

    def head(self, head: Head) -> Head:
        """Return the same place under its new name; a twin's own line keeps its name."""
        return replace(head, branch=BranchId(self.names.get(head.branch, head.branch)))


def persons_of(archive: Archive) -> frozenset[TwinId]:
    """Return the twins that an archive speaks of."""
    named = {it.twin_id for it in archive.pins} | {it.twin_id for it in archive.twins}
    named |= {it.twin_id for it in archive.events}
    return frozenset(named | {it.twin_id for it in archive.tests} | {it.twin_id for it in archive.comparisons})
