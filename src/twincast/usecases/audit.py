"""The audit log: who did what to which thing and when, without contents and without the ids of customers."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.pages import DEFAULT_PAGE, MAX_PAGE, Page
from twincast.domain.workspaces import AuditEntry
from twincast.ports.stores import UnitOfWork
from twincast.usecases.context import Context

PSEUDONYM_BITS: Final = 96


def entries(
    ctx: Context,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
    action: str | None = None,
    since: datetime | None = None,
) -> Page[AuditEntry]:
    """Page through the workspace's log, newest first.

    Args:
        ctx: whose log.
        cursor: `next_cursor` of the page before, or None for the first.
        limit: entries on a page, 1 to 500.
        action: only this verb (`twin.erased`), or all verbs of this noun (`twin`).
        since: only entries of this moment or later; aware.

    Raises:
        InvalidInput: naming `cursor`, `limit` or `since`.
    """
    problems = []
    if not 1 <= limit <= MAX_PAGE:
        problems.append(FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MAX_PAGE}"))
    if since is not None and since.utcoffset() is None:
        problems.append(FieldProblem(field="since", message="has no offset from UTC", allowed="2024-05-01T00:00:00Z"))
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.audit.newest(cursor, limit, action, since)


def record(
    unit: UnitOfWork, ctx: Context, action: str, subject: str, details: Mapping[str, int | str] | None = None
) -> None:
    """Add an entry to the log; it is stored with the change it speaks of, or not at all.

    Args:
        unit: the change.
        ctx: who does it, and when.
        action: verb, such as `twin.created`.
        subject: id of the thing, or `pseudonym` where the id tells who the customer is.
        details: counts and versions only.
    """
    entry = AuditEntry(
        sequence=0, at=ctx.clock.now(), actor=ctx.actor, action=action, subject=subject, details=details or {}
    )
    unit.audit.append(entry)


def pseudonym(salt: bytes, customer_id: str) -> str:
    """Return what stands for a customer in logs: equal for equal ids of one store; no way back without the salt."""
    digest = hmac.digest(salt, customer_id.encode("utf-8", "surrogatepass"), "sha256")
    return digest[: PSEUDONYM_BITS // 8].hex()
