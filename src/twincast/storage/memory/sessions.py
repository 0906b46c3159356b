"""Sessions, their checkpoints and the log of events in memory."""

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from twincast.domain.events import FAR, Branch, Event, EventKind, Head, Stretch, line_of
from twincast.domain.ids import BranchId, CheckpointId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.domain.sessions import Checkpoint, Phase, Session
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.shelves import Place
from twincast.storage.memory.unit import Session as Unit


class MemorySessions:
    """The sessions of one workspace (`ports.stores.SessionRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Unit) -> None:
        self._session = session

    def get(self, session_id: SessionId) -> Session | None:
        found: Session | None = self._session.read("sessions").get(session_id)
        return found

    def add(self, session: Session) -> None:
        draft = self._session.write("sessions")
        if draft.get(session.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(session.id, session)

    def put(self, session: Session) -> None:
        self._session.write("sessions").put(session.id, session)

    def newest(
        self, cursor: str | None, limit: int, phase: Phase | None = None, ephemeral: bool = False
    ) -> Page[Session]:
        place: Place | None = None if cursor is None else place_of(cursor, "sessions", tuple[Whole, str])
        draft = self._session.read("sessions")
        rows = draft.before(place, draft.count(), within=(ephemeral,))
        rows = [row for row in rows if phase is None or row.phase is phase][: limit + 1]
        return page_of(
            rows, limit, lambda row: row, lambda row: cursor_of("sessions", micros_of(row.created_at), row.id)
        )

    def children(self, session_id: SessionId, limit: int) -> list[SessionId]:
        draft = self._session.read("sessions")
        rows: list[Session] = draft.before(None, draft.count(), order=1, within=(session_id,))
        return [row.id for row in reversed(rows)][:limit]

    def erase(self, session_id: SessionId) -> int:
        draft = self._session.write("sessions")
        if draft.get(session_id) is None:
            return 0
        draft.remove(session_id)
        return 1


class MemoryCheckpoints:
    """The checkpoints of one workspace (`ports.stores.CheckpointRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Unit) -> None:
        self._session = session

    def get(self, checkpoint_id: CheckpointId) -> Checkpoint | None:
        found: Checkpoint | None = self._session.read("checkpoints").get(checkpoint_id)
        return found

    def named(self, session_id: SessionId, name: str, version: int | None = None) -> Checkpoint | None:
        within: Place = (session_id, name) if version is None else (session_id, name, version)
        found: list[Checkpoint] = self._session.read("checkpoints").before(None, 1, order=1, within=within)
        return found[0] if found else None

    def add(self, checkpoint: Checkpoint) -> None:
        draft = self._session.write("checkpoints")
        taken = self.named(checkpoint.session_id, checkpoint.name, checkpoint.version)
        if taken is not None or draft.get(checkpoint.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(checkpoint.id, checkpoint)

    def newest(self, session_id: SessionId, cursor: str | None, limit: int) -> Page[Checkpoint]:
        place: Place | None = None if cursor is None else place_of(cursor, "checkpoints", tuple[Whole, str])
        rows = self._session.read("checkpoints").before(place, limit + 1, within=(session_id,))
        return page_of(
            rows, limit, lambda row: row, lambda row: cursor_of("checkpoints", micros_of(row.created_at), row.id)
        )

    def count(self, session_id: SessionId) -> int:
        return len(self._of(session_id))

    def erase(self, session_id: SessionId) -> int:
        draft = self._session.write("checkpoints")
        gone = self._of(session_id)
        for checkpoint in gone:
            draft.remove(checkpoint.id)
        return len(gone)

    def _of(self, session_id: SessionId) -> list[Checkpoint]:
        draft = self._session.read("checkpoints")
        return draft.before(None, draft.count(), within=(session_id,))


class MemoryEvents:
    """The events of one workspace (`ports.stores.EventLog`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Unit) -> None:
        self._session = session

    def append(self, events: Sequence[Event]) -> None:
        draft = self._session.write("events")
        for event in events:
            if draft.get((event.branch, event.position)) is not None:
                raise self._session.conflict(STORED_ALREADY)
            draft.put((event.branch, event.position), event)

    def fork(self, branch: Branch) -> None:
        draft = self._session.write("branches")
        if draft.get(branch.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(branch.id, branch)

    def branch(self, branch_id: BranchId) -> Branch | None:
        found: Branch | None = self._session.read("branches").get(branch_id)
        return found

    def last(self, head: Head, twin_id: TwinId) -> Event | None:
        draft = self._session.read("events")
        for part in line_of(head, self.branch):
            found: list[Event] = draft.before((part.upto + 1,), 1, order=1, within=(twin_id, part.branch))
            if found:
                return found[0]
        return None

    def latest(self, head: Head, limit: int, twin_id: TwinId) -> list[Event]:
        draft = self._session.read("events")
        found: list[Event] = []
        for part in line_of(head, self.branch):
            found += draft.before((part.upto + 1,), limit - len(found), order=1, within=(twin_id, part.branch))
        return found

    def touched(self, twin_ids: Sequence[TwinId]) -> set[TwinId]:
        draft = self._session.read("events")
        return {twin_id for twin_id in twin_ids if draft.before(None, 1, order=1, within=(twin_id,))}

    def line(self, head: Head, cursor: str | None, limit: int, twin_id: TwinId | None = None) -> Page[Event]:
        after = 0 if cursor is None else place_of(cursor, "events", tuple[Whole])[0]
        rows: list[Event] = []
        for part in reversed(list(line_of(head, self.branch))):
            rows += self._stretch(part, max(part.after, after), limit + 1 - len(rows), twin_id)
        return page_of(rows, limit, lambda row: row, lambda row: cursor_of("events", row.position))

    def everywhere(self, twin_id: TwinId) -> list[Event]:
        draft = self._session.read("events")
        found: list[Event] = draft.before(None, draft.count(), order=1, within=(twin_id,))
        return found[::-1]

    def branches(self, session_id: SessionId) -> list[Branch]:
        rows: list[tuple[BranchId, Branch]] = self._session.read("branches").items()
        return [branch for _, branch in sorted(rows, key=lambda row: row[0]) if branch.session_id == session_id]

    def along(self, stretch: Stretch) -> list[Event]:
        return self._stretch(stretch, stretch.after, FAR)

    def kinds(self, head: Head) -> dict[EventKind, int]:
        found: Counter[EventKind] = Counter()
        for part in line_of(head, self.branch):
            found.update(event.kind for event in self._stretch(part, part.after, FAR))
        return dict(found)

    def erase(self, twin_id: TwinId) -> int:
        draft = self._session.write("events")
        return self._remove(draft.before(None, draft.count(), order=1, within=(twin_id,)))

    def erase_session(self, session_id: SessionId) -> int:
        draft = self._session.write("branches")
        own = [branch.id for _, branch in draft.items() if branch.session_id == session_id]
        for branch_id in own:
            draft.remove(branch_id)
        events = self._session.read("events")
        every = [events.before(None, events.count(), within=(branch,)) for branch in (BranchId(session_id), *own)]
        return sum(self._remove(found) for found in every)

    def _stretch(self, part: Stretch, after: int, rows: int, twin_id: TwinId | None = None) -> list[Event]:
        """Return the first events of a stretch after a position: all of them, or those of one twin."""
        place: Place = (part.branch, after + 1) if twin_id is None else (twin_id, part.branch, after + 1)
        found: list[Event] = self._session.read("events").after(place, rows, order=0 if twin_id is None else 1)
        return list(
            takewhile(
                lambda event: (
                    event.branch == part.branch
                    and event.position <= part.upto
                    and (twin_id is None or event.twin_id == twin_id)
                ),
                found,
            )
        )

    def _remove(self, gone: list[Event]) -> int:
        draft = self._session.write("events")
        for event in gone:
            draft.remove((event.branch, event.position))
        return len(gone)
