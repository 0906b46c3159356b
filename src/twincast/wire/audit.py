"""The audit log: who did what to which thing and when; never any contents."""

from datetime import datetime

from pydantic import Field

from twincast.domain.workspaces import AuditEntry
from twincast.wire.shapes import Answer, Listed


class AuditRecord(Answer):
    """One entry."""

    sequence: int
    at: datetime
    actor: str = Field(description="Id of the API key, or `local`.")
    action: str = Field(description="`twin.created`, `twin.erased`, `test.run`, ...")
    subject: str = Field(description="Id of the thing; a salted digest where it would tell who the customer is.")
    details: dict[str, int | str]

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditRecord":
        """Render an entry."""
        return cls(
            sequence=entry.sequence,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            details=dict(entry.details),
        )


class AuditRecords(Listed[AuditRecord]):
    """A page of the log, newest first."""
