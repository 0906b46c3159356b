"""Events in the database: rows that are added and read by their place on a branch, or by twin."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, or_, select

from twincast.domain.events import FAR, Branch, Event, EventKind, Head, Stretch, line_of
from twincast.domain.ids import BranchId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.prepared import Prepared, first_row
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import branches, events
from twincast.storage.sql.twins import chunks

COLUMNS: Final = (
    events.c.branch_id,
    events.c.position,
    events.c.twin_id,
    events.c.twin_version,
    events.c.kind,
    events.c.at,
    events.c.simulated,
    events.c.source,
    events.c.payload,
    events.c.memory,
)
HERE: Final = events.c.workspace_id == bindparam("workspace")
OF_TWIN: Final = events.c.twin_id == bindparam("twin")
ON_BRANCH: Final = HERE & (events.c.branch_id == bindparam("branch"))
UPTO: Final = events.c.position <= bindparam("upto")
STRETCH: Final = ON_BRANCH & UPTO & (events.c.position > bindparam("after"))

LAST: Final = Prepared(first_row(select(*COLUMNS).where(ON_BRANCH, OF_TWIN, UPTO).order_by(events.c.position.desc())))
LATEST: Final = (
    select(*COLUMNS).where(ON_BRANCH, OF_TWIN, UPTO).order_by(events.c.position.desc()).limit(bindparam("rows"))
)
ALONG: Final = select(*COLUMNS).where(STRETCH).order_by(events.c.position).limit(bindparam("rows"))
ALONG_OF_TWIN: Final = ALONG.where(OF_TWIN)
EVERYWHERE: Final = select(*COLUMNS).where(HERE, OF_TWIN).order_by(events.c.branch_id, events.c.position)
KINDS: Final = select(events.c.kind, func.count()).where(STRETCH).group_by(events.c.kind)
TOUCHED: Final = (
    select(events.c.twin_id).where(HERE, events.c.twin_id.in_(bindparam("twins", expanding=True))).distinct()
)
ADD: Final = Prepared(insert(events), tuple(events.c.keys()))
ERASE: Final = delete(events).where(HERE, OF_TWIN)
# The first branch of a session bears its id, and has no row.
ERASE_SESSION: Final = delete(events).where(
    HERE,
    or_(
        events.c.branch_id == bindparam("session"),
        events.c.branch_id.in_(
            select(branches.c.id).where(
                branches.c.workspace_id == bindparam("workspace"), branches.c.session_id == bindparam("session")
            )
        ),
    ),
)

BRANCHES_HERE: Final = select(
    branches.c.id, branches.c.session_id, branches.c.parent_id, branches.c.parent_position
).where(branches.c.workspace_id == bindparam("workspace"))
BRANCH: Final = Prepared(BRANCHES_HERE.where(branches.c.id == bindparam("branch")))
BRANCHES: Final = BRANCHES_HERE.where(branches.c.session_id == bindparam("session")).order_by(branches.c.id)
FORK: Final = Prepared(insert(branches), tuple(branches.c.keys()))
ERASE_BRANCHES: Final = delete(branches).where(
    branches.c.workspace_id == bindparam("workspace"), branches.c.session_id == bindparam("session")
)

plain_in: Final = msgspec.json.Decoder(dict[str, Any]).decode
plain_out: Final = msgspec.json.Encoder().encode


class SqlEvents:
    """The events of one workspace, in a transaction (`ports.stores.EventLog`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, events: Sequence[Event]) -> None:
        for event in events:
            self._session.add(ADD, row_of(event, self._session.workspace))

    def fork(self, branch: Branch) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": branch.id,
            "session_id": branch.session_id,
            "parent_id": branch.parent.branch,
            "parent_position": branch.parent.position,
        }
        self._session.add(FORK, row)

    def branch(self, branch_id: BranchId) -> Branch | None:
        row = self._session.first(BRANCH, {"workspace": self._session.workspace, "branch": branch_id})
        return None if row is None else branch_of(row)

    def last(self, head: Head, twin_id: TwinId) -> Event | None:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "twin": twin_id}
        for part in line_of(head, self.branch):
            row = self._session.first(LAST, {**asked, "branch": part.branch, "upto": part.upto})
            if row is not None:
                return event_of(row)
        return None

    def latest(self, head: Head, limit: int, twin_id: TwinId) -> list[Event]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "twin": twin_id}
        found: list[Event] = []
        for part in line_of(head, self.branch):
            place = {"branch": part.branch, "upto": part.upto, "rows": limit - len(found)}
            found += [event_of(row) for row in self._session.read(LATEST, {**asked, **place})]
            if len(found) == limit:
                break
        return found

    def touched(self, twin_ids: Sequence[TwinId]) -> set[TwinId]:
        found: set[TwinId] = set()
        for chunk in chunks(twin_ids):
            rows = self._session.read(TOUCHED, {"workspace": self._session.workspace, "twins": chunk})
            found.update(rows.scalars())
        return found

    def line(self, head: Head, cursor: str | None, limit: int, twin_id: TwinId | None = None) -> Page[Event]:
        after = 0 if cursor is None else place_of(cursor, "events", tuple[Whole])[0]
        statement = ALONG if twin_id is None else ALONG_OF_TWIN
        asked: dict[str, Any] = {"workspace": self._session.workspace, "twin": twin_id}
        rows: list[Any] = []
        parts = [part for part in line_of(head, self.branch) if part.upto > after]
        for part in reversed(parts):
            place = {"branch": part.branch, "after": max(part.after, after), "upto": part.upto}
            rows += self._session.read(statement, {**asked, **place, "rows": limit + 1 - len(rows)})
            if len(rows) > limit:
                break
        return page_of(rows, limit, event_of, lambda row: cursor_of("events", row.position))

    def branches(self, session_id: SessionId) -> list[Branch]:
        rows = self._session.read(BRANCHES, {"workspace": self._session.workspace, "session": session_id})
        return [branch_of(row) for row in rows]

    def along(self, stretch: Stretch) -> list[Event]:
        place = {"branch": stretch.branch, "after": stretch.after, "upto": stretch.upto, "rows": FAR}
        return [event_of(row) for row in self._session.read(ALONG, {"workspace": self._session.workspace, **place})]

    def everywhere(self, twin_id: TwinId) -> list[Event]:
        rows = self._session.read(EVERYWHERE, {"workspace": self._session.workspace, "twin": twin_id})
        return [event_of(row) for row in rows]

    def kinds(self, head: Head) -> dict[EventKind, int]:
        found: Counter[EventKind] = Counter()
        for part in line_of(head, self.branch):
            place = {"branch": part.branch, "after": part.after, "upto": part.upto}
            counted = self._session.read(KINDS, {"workspace": self._session.workspace, **place})
            found.update({EventKind(kind): count for kind, count in counted})
        return dict(found)

    def erase(self, twin_id: TwinId) -> int:
        return self._session.delete(ERASE, {"workspace": self._session.workspace, "twin": twin_id})

    def erase_session(self, session_id: SessionId) -> int:
        asked = {"workspace": self._session.workspace, "session": session_id}
        gone = self._session.delete(ERASE_SESSION, asked)
        self._session.delete(ERASE_BRANCHES, asked)
        return gone


def branch_of(row: Any) -> Branch:
    """Return the branch in a row."""
    return Branch(id=row[0], session_id=row[1], parent=Head(branch=row[2], position=row[3]))


def row_of(event: Event, workspace: str) -> dict[str, Any]:
    """Return the row of an event."""
    return {
        "workspace_id": workspace,
        "branch_id": event.branch,
        "position": event.position,
        "twin_id": event.twin_id,
        "twin_version": event.twin_version,
        "kind": event.kind.value,
        "at": micros_of(event.at),
        "simulated": event.simulated,
        "source": event.source,
        "payload": plain_out(event.payload).decode(),
        "memory": plain_out(event.memory).decode(),
    }


def event_of(row: Any) -> Event:
    """Return the event in a row of `COLUMNS`."""
    branch, position, twin_id, twin_version, kind, at, simulated, source, payload, memory = row
    return Event(
        branch=branch,
        position=position,
        twin_id=twin_id,
        twin_version=twin_version,
        kind=EventKind(kind),
        at=moment_of(at),
        simulated=simulated,
        source=source,
        payload=plain_in(payload),
        memory=plain_in(memory),
    )
