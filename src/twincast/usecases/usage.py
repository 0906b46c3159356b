"""What language models cost a workspace: looked at, and limited."""

from datetime import datetime
from math import isfinite
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.usage import UNLIMITED, Budget, Call, Usage, UsageSum
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.sessions import find as find_session

SHOWN: Final = 100
"""Sessions that are shown one by one, where no single one was asked for."""
MOST_USD: Final = 1e9
MOST_TOKENS: Final = 10**15


def usage(ctx: Context, since: datetime | None = None, session: str | None = None) -> Usage:
    """Return what was used, from a moment on or in all, by everybody or in one session.

    Raises:
        InvalidInput: `since` has no offset from UTC.
        UnknownSession: there is none in this workspace.
    """
    if since is not None and since.utcoffset() is None:
        allowed = "2024-05-01T00:00:00Z"
        raise InvalidInput.of([FieldProblem(field="since", message="has no offset from UTC", allowed=allowed)])
    with ctx.store.reading(ctx.workspace) as unit:
        found = None if session is None else find_session(unit, session).id
        total = unit.usage.total(since, found)
        models = unit.usage.models(since, found)
        sessions = unit.usage.sessions(since, SHOWN) if found is None else []
        budget = unit.usage.budget() or UNLIMITED
        spent = unit.usage.total(budget.period.begins(ctx.clock.now()))
    return Usage(
        since=since,
        total=total,
        models=tuple(models),
        sessions=tuple(sessions),
        other_sessions=_rest(total, [it.usage for it in sessions]),
        budget=budget,
        spent=spent,
    )


def calls(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, session: str | None = None) -> Page[Call]:
    """Page through the ledger, newest first: all calls, or those of one session.

    Raises:
        InvalidInput: naming `cursor` or `limit`.
        UnknownSession: there is none in this workspace.
    """
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        found = None if session is None else find_session(unit, session).id
        return unit.usage.newest(cursor, limit, found)


def budget(ctx: Context) -> Budget:
    """Return the budget; no limit where none was set."""
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.usage.budget() or UNLIMITED


def put_budget(ctx: Context, wanted: Budget) -> Budget:
    """Set the budget in place of the one there is; it holds for the next call.

    Raises:
        InvalidInput: naming `usd` or `tokens`.
    """
    problems = []
    if wanted.usd is not None and not (isfinite(wanted.usd) and 0.0 <= wanted.usd <= MOST_USD):
        problems.append(FieldProblem(field="usd", message="is out of range", allowed=f"0 to {MOST_USD:g}, or null"))
    if wanted.tokens is not None and not 0 <= wanted.tokens <= MOST_TOKENS:
        problems.append(FieldProblem(field="tokens", message="is out of range", allowed=f"0 to {MOST_TOKENS}, or null"))
    if problems:
        raise InvalidInput.of(problems)
    with ctx.store.writing(ctx.workspace) as unit:
        unit.usage.put_budget(wanted)
        record(unit, ctx, "budget.set", "budget", {"period": wanted.period.value})
        ctx.keep(unit, wanted)
        unit.commit()
    return wanted


def _rest(total: UsageSum, shown: list[UsageSum]) -> UsageSum:
    """Return what is left of a total beside some parts of it."""
    return UsageSum(
        requests=total.requests - sum(it.requests for it in shown),
        cached=total.cached - sum(it.cached for it in shown),
        failed=total.failed - sum(it.failed for it in shown),
        tokens_in=total.tokens_in - sum(it.tokens_in for it in shown),
        tokens_out=total.tokens_out - sum(it.tokens_out for it in shown),
        usd=max(total.usd - sum(it.usd for it in shown), 0.0),
        unpriced=total.unpriced - sum(it.unpriced for it in shown),
        uncounted=total.uncounted - sum(it.uncounted for it in shown),
        seconds=max(total.seconds - sum(it.seconds for it in shown), 0.0),
    )
