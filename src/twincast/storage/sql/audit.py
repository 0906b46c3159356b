"""The audit log in the database: rows are added and read, and no statement here could do anything else."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, insert, or_, select

from twincast.domain.pages import Page
from twincast.domain.workspaces import AuditEntry
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.house_tables import audit
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session

NEWEST_FIRST: Final = (
    select(audit.c.sequence, audit.c.at, audit.c.actor, audit.c.action, audit.c.subject, audit.c.details)
    .where(audit.c.workspace_id == bindparam("workspace"))
    .order_by(audit.c.sequence.desc())
    .limit(bindparam("rows"))
)
BEFORE: Final = audit.c.sequence < bindparam("before")
SINCE: Final = audit.c.at >= bindparam("since")
# `twin` finds `twin.created`: all that sorts from `twin.` to before `twin/`, the next character.
ACTION: Final = or_(
    audit.c.action == bindparam("action"),
    (audit.c.action >= bindparam("action_from")) & (audit.c.action < bindparam("action_to")),
)
ADD: Final = Prepared(insert(audit), ("workspace_id", "at", "actor", "action", "subject", "details"))

details_in: Final = msgspec.json.Decoder(dict[str, int | str]).decode
details_out: Final = msgspec.json.Encoder().encode


class SqlAudit:
    """The audit log of one workspace, in a transaction (`ports.stores.AuditLog`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, entry: AuditEntry) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "at": micros_of(entry.at),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "details": details_out(entry.details).decode(),
        }
        self._session.add(ADD, row)

    def newest(
        self, cursor: str | None, limit: int, action: str | None = None, since: datetime | None = None
    ) -> Page[AuditEntry]:
        statement = NEWEST_FIRST
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        if cursor is not None:
            (asked["before"],) = place_of(cursor, "audit", tuple[Whole])
            statement = statement.where(BEFORE)
        if action is not None:
            asked |= {"action": action, "action_from": f"{action}.", "action_to": f"{action}/"}
            statement = statement.where(ACTION)
        if since is not None:
            asked["since"] = micros_of(since)
            statement = statement.where(SINCE)
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, entry_of, lambda row: cursor_of("audit", row[0]))


def entry_of(row: Any) -> AuditEntry:
    """Return the entry in a row."""
    sequence, at, actor, action, subject, details = row
    return AuditEntry(
        sequence=sequence,
        at=moment_of(at),
        actor=actor,
        action=action,
        subject=subject,
        details=details_in(details),
    )
