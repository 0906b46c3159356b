"""Where sessions, their checkpoints and the log of events are kept, as the use cases see it."""

from collections.abc import Sequence
from typing import Protocol

from twincast.domain.events import Branch, Event, EventKind, Head, Stretch
from twincast.domain.ids import BranchId, CheckpointId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.domain.sessions import Checkpoint, Phase, Session


class SessionRepository(Protocol):
    """Sessions of one workspace."""

    def get(self, session_id: SessionId) -> Session | None:
        """Return a session as it stands, or None."""
        ...

    def add(self, session: Session) -> None:
        """Store a new session. Raises WriteConflict where its id is taken."""
        ...

    def put(self, session: Session) -> None:
        """Store a session that is there already as it stands now: its phase, its head and its times."""
        ...

    def newest(
        self, cursor: str | None, limit: int, phase: Phase | None = None, ephemeral: bool = False
    ) -> Page[Session]:
        """Page through sessions, newest first: those begun by name, or the ephemeral ones; in one phase, or in any."""
        ...

    def children(self, session_id: SessionId, limit: int) -> list[SessionId]:
        """Return sessions that were restored from this one, oldest first."""
        ...

    def erase(self, session_id: SessionId) -> int:
        """Delete a session; return how many went."""
        ...


class CheckpointRepository(Protocol):
    """Checkpoints of the sessions of one workspace."""

    def get(self, checkpoint_id: CheckpointId) -> Checkpoint | None:
        """Return a checkpoint, or None."""
        ...

    def named(self, session_id: SessionId, name: str, version: int | None = None) -> Checkpoint | None:
        """Return a session's checkpoint of a name (the last version without `version`), or None."""
        ...

    def add(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint. Raises WriteConflict where the session has (name, version) already."""
        ...

    def newest(self, session_id: SessionId, cursor: str | None, limit: int) -> Page[Checkpoint]:
        """Page through a session's checkpoints, newest first."""
        ...

    def count(self, session_id: SessionId) -> int:
        """Return how many checkpoints a session has."""
        ...

    def erase(self, session_id: SessionId) -> int:
        """Delete the checkpoints of a session; return how many went."""
        ...


class EventLog(Protocol):
    """The events of one workspace, on branches that only grow; a line is what leads up to a head."""

    def append(self, events: Sequence[Event]) -> None:
        """Store events. Raises WriteConflict where a place is taken already."""
        ...

    def fork(self, branch: Branch) -> None:
        """Store that a branch forked off. Raises WriteConflict where its id is taken."""
        ...

    def branch(self, branch_id: BranchId) -> Branch | None:
        """Return a branch, or None for one that forked off none."""
        ...

    def last(self, head: Head, twin_id: TwinId) -> Event | None:
        """Return the last event of a twin on the line up to a head, in one look for each fork on it; or None."""
        ...

    def latest(self, head: Head, limit: int, twin_id: TwinId) -> list[Event]:
        """Return the last events of a twin on the line up to a head, the last one first."""
        ...

    def touched(self, twin_ids: Sequence[TwinId]) -> set[TwinId]:
        """Return those of these twins to whom anything happened, on whichever branch."""
        ...

    def line(self, head: Head, cursor: str | None, limit: int, twin_id: TwinId | None = None) -> Page[Event]:
        """Page through the line up to a head, oldest first: all events on it, or those of one twin."""
        ...

    def everywhere(self, twin_id: TwinId) -> list[Event]:
        """Return every event of a twin, on every branch, each branch from its beginning."""
        ...

    def branches(self, session_id: SessionId) -> list[Branch]:
        """Return the branches that a session forked, in the order of their ids."""
        ...

    def along(self, stretch: Stretch) -> list[Event]:
        """Return the events of a stretch, oldest first."""
        ...

    def kinds(self, head: Head) -> dict[EventKind, int]:
        """Count the events on the line up to a head by kind; kinds that did not happen are left out."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete every event of a twin, on every branch; return how many went."""
        ...

    def erase_session(self, session_id: SessionId) -> int:
        """Delete a session's branches and the events on them; return how many events went."""
        ...
