"""Batches: interventions tested on many twins, at once or as a job; looked at, paged through, deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.batches import UNKNOWN, Batch, BatchResults, Mode, RowPage
from twincast.domain.errors import BatchUnderWay, FieldProblem, InvalidInput, UnknownBatch, WriteConflict
from twincast.domain.ids import BatchId, WorkspaceId
from twincast.domain.jobs import Job, Status
from twincast.domain.pages import DEFAULT_PAGE, Page
from twincast.domain.trials import Words
from twincast.ports.stores import UnitOfWork
from twincast.usecases import jobs, segments
from twincast.usecases.audit import record
from twincast.usecases.batching.pages import FLAT, NO_ROWS, asked_of, page_of
from twincast.usecases.batching.parts import Computed, append, bounds, compute, computed, engine_of
from twincast.usecases.batching.people import people_of
from twincast.usecases.batching.plans import Plan, planned
from twincast.usecases.batching.requests import BatchRequest, checked, require_few
from twincast.usecases.batching.results import results_of
from twincast.usecases.batching.rows import Rows, gathered, stored, stretch
from twincast.usecases.batching.words import say, words_of
from twincast.usecases.context import Context
from twincast.usecases.references import is_text
from twincast.usecases.sessions import find as find_session
from twincast.usecases.sessions import require_limit

KIND: Final = "batch"
"""Name of this kind of work among the jobs."""
INLINE: Final = 5_000
"""Cells that are computed before the request is answered, unless a setting says otherwise."""
INLINE_WORDS: Final = 100
"""The same where a language model is asked about each: a job can be watched meanwhile, and cancelled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A batch as it stands.

    Attributes:
        results: what it adds up to; None while it is computed.
        job: what computes it; None for one that was computed at once.
        page: the first of its rows, or those that were asked for.
    """

    batch: Batch
    results: BatchResults | None
    job: Job | None
    page: RowPage


def run(ctx: Context, request: BatchRequest, *, inline: int = INLINE, spoken: int = INLINE_WORDS) -> Ran:
    """Accept a batch; a small one is computed here and now and stored whole, a larger one is left to a job.

    Args:
        ctx: whose twins.
        request: what is asked.
        inline: most cells that are computed before this returns.
        spoken: the same where a language model is asked about each.

    Raises:
        InvalidInput, UnknownField, TooLarge: the request is not valid; nothing is stored.
        UnknownSession, PhaseRefused, SessionRequired: as for a test.
    """
    asked = checked(ctx, request)
    twins = _audience(ctx, request)
    with ctx.store.reading(ctx.workspace) as unit:
        plan = planned(ctx, unit, request, asked, twins)
        most = min(inline, spoken) if asked.settings.words else inline
        found = _parts(ctx, unit, plan) if plan.batch.cells <= most else None
    if found is not None:
        return _now(ctx, plan, found)
    with ctx.store.writing(ctx.workspace) as unit:
        _add(unit, ctx, plan)
        job = jobs.accept(unit, ctx, KIND, plan.batch.id, plan.batch.parts)
        accepted = Ran(batch=plan.batch, results=None, job=job, page=page_of(ctx, plan.batch, NO_ROWS, None))
        ctx.keep(unit, accepted)
        unit.commit()
    ctx.tell(ctx.workspace, job.id)
    return accepted


def sampled(ctx: Context, request: BatchRequest, most: int) -> tuple[BatchRequest, int, int]:
    """Return the same batch of no more customers than a number, evenly spaced; how many it has, and rows of each.

    Raises:
        InvalidInput, UnknownField, TooLarge: as `run`.
    """
    asked = checked(ctx, request)
    twins = list(dict.fromkeys(_audience(ctx, request)))
    chosen = twins if len(twins) <= most else [twins[place * len(twins) // most] for place in range(most)]
    width = 1 if asked.settings.mode in {Mode.SINGLE, Mode.ASSIGN} else len(asked.variants)
    return replace(request, twins=tuple(chosen)), len(twins), width


def _parts(ctx: Context, unit: UnitOfWork, plan: Plan) -> list[Computed]:
    """Compute the numbers of all parts of a batch."""
    batch, engine = plan.batch, engine_of(ctx, unit, plan.batch)
    found = []
    for part in range(batch.parts):
        start, stop = bounds(batch, part)
        people = people_of(ctx, unit, batch, plan.session, plan.members[start:stop])
        found.append(computed(ctx, engine, batch, people, start, stop))
    return found


def _now(ctx: Context, plan: Plan, found: list[Computed]) -> Ran:
    """Add up all of a batch, then store all of it in one change.

    Raises:
        WriteConflict: somebody was erased while it was computed; nothing is stored.
    """
    batch = plan.batch
    for it in found:
        say(ctx, it.waiting, it.columns)
    pieces = [(part, it.columns) for part, it in enumerate(found)]
    rows = gathered(batch, pieces, plan.members, 0, batch.members)
    with ctx.store.reading(ctx.workspace) as unit:
        results = results_of(ctx, unit, batch, plan.session, plan.members, pieces)
        words = _words(unit, batch, rows)
    done = Ran(batch=batch, results=results, job=None, page=page_of(ctx, batch, rows, None, words=words))
    with ctx.store.writing(ctx.workspace) as write:
        known = [member.twin_id for member in plan.members if member.version != UNKNOWN]
        if len(write.twins.heads(known)) < len(known):
            ctx.engine.forget()
            raise WriteConflict("A customer of the batch was erased while it was computed; send it again.")
        _add(write, ctx, plan)
        for part, it in enumerate(found):
            write.batches.add_part(batch.id, part, it.columns)
            append(write, ctx, batch, it, plan.members)
        write.batches.put_results(batch.id, results)
        ctx.keep(write, done)
        write.commit()
    return done


def _add(unit: UnitOfWork, ctx: Context, plan: Plan) -> None:
    """Add a batch, who is in it, and the session that was opened for it."""
    batch = plan.batch
    if plan.opened:
        unit.sessions.add(plan.session)
    unit.batches.add(batch, plan.members)
    record(unit, ctx, "batch.accepted", batch.id, {"members": batch.members, "variants": len(batch.variants)})


def _audience(ctx: Context, request: BatchRequest) -> Sequence[str]:
    """Return whom a batch is about: those who were named, or who belongs to the segment now."""
    if request.twins is not None or request.segment is None:
        return request.twins or ()
    found = segments.members(ctx, request.segment)
    if not found:
        message = f"nobody belongs to the segment '{request.segment}' now"
        problem = FieldProblem(field="customer_segment", message=message, allowed="a segment with members")
        raise InvalidInput.of([problem])
    return require_few(found, "customer_segment")


def finish(ctx: Context, batch: Batch) -> BatchResults:
    """Add up what is stored of a batch, and store that."""
    while True:
        with ctx.store.reading(ctx.workspace) as unit:
            stones = len(unit.tombstones.all())
            session = find_session(unit, batch.session_id)
            members = unit.batches.members(batch.id, 0, batch.members)
            results = results_of(ctx, unit, batch, session, members, stored(unit, batch))
        with ctx.store.writing(ctx.workspace) as unit:
            if len(unit.tombstones.all()) == stones:
                unit.batches.put_results(batch.id, results)
                unit.commit()
                return results


def get(ctx: Context, batch_id: str, cursor: str | None = None, limit: int | None = None, detail: str = FLAT) -> Ran:
    """Return a batch as it stands; what somebody's erasure took out of its results is added up again.

    Args:
        ctx: whose batch.
        batch_id: which.
        cursor: `next_cursor` of the rows before, or None for the first.
        limit: most rows, at least those of one customer; None for as many as there may be.
        detail: `flat` for bare numbers, `full` for all that is said of each.

    Raises:
        UnknownBatch: there is none in this workspace.
        InvalidInput: naming `cursor`, `limit` or `detail`.
    """
    start, most = asked_of(cursor, limit, detail)
    with ctx.store.reading(ctx.workspace) as unit:
        batch = find(unit, batch_id)
        results, job = unit.batches.results(batch.id), unit.jobs.of(KIND, batch.id)
        stop = min(start + max(1, most // batch.width), batch.members)
        made_by = replace(ctx, engine=engine_of(ctx, unit, batch))
        after = stop if stop < batch.members else None
        found = stretch(unit, batch, start, stop)
        page = page_of(made_by, batch, found, after, detail, _words(unit, batch, found))
    if results is None and (job is None or job.is_ended):
        results = finish(ctx, batch)
    return Ran(batch=batch, results=results, job=job, page=page)


def _words(unit: UnitOfWork, batch: Batch, found: Rows) -> list[Words | None] | None:
    """Return what the rows of a batch say; None where no language model was asked."""
    if not batch.settings.words:
        return None
    return words_of(unit, found.words) if len(found) else []


def rows(ctx: Context, batch_id: str, start: int, stop: int) -> Rows:
    """Return the rows of the customers at the positions from `start` on, up to `stop` without it.

    Customers who are unknown, opted out, were erased or are not computed yet have none.

    Raises:
        UnknownBatch: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        return stretch(unit, find(unit, batch_id), start, stop)


def words(ctx: Context, batch_id: str, start: int, stop: int) -> list[Words | None]:
    """Return what the rows that `rows` gives say; None where nothing is sent, or nothing was asked for."""
    with ctx.store.reading(ctx.workspace) as unit:
        batch = find(unit, batch_id)
        found = stretch(unit, batch, start, stop)
        return _words(unit, batch, found) or [None] * len(found)


def listing(
    ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, session: str | None = None
) -> Page[Batch]:
    """Page through batches, newest first: all, or those of one session."""
    require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.batches.newest(cursor, limit, None if session is None else find_session(unit, session).id)


def delete(ctx: Context, batch_id: str) -> None:
    """Delete a batch with its rows and results.

    Raises:
        UnknownBatch: there is none (any more).
        BatchUnderWay: its job has not ended: cancel it first.
    """
    with ctx.store.writing(ctx.workspace) as unit:
        batch = find(unit, batch_id)
        job = unit.jobs.of(KIND, batch.id)
        if job is not None and not job.is_ended:
            raise BatchUnderWay(f"The batch '{batch.id}' is {job.status}: cancel its job '{job.id}' first.")
        unit.batches.delete(batch.id)
        unit.replies.erase(batch.id)
        record(unit, ctx, "batch.deleted", batch.id)
        unit.commit()


class BatchWork:
    """Batches as a kind of long work (`ports.jobs.Work`)."""

    def __init__(self, contexts: Callable[[WorkspaceId, str], Context]) -> None:
        self._contexts = contexts

    def run(self, workspace: WorkspaceId, actor: str, subject: str, part: int) -> None:
        """Compute and store one part of a batch; one that is stored already is left as it is."""
        ctx = self._contexts(workspace, actor)
        with ctx.store.reading(workspace) as unit:
            batch = find(unit, subject)
        compute(ctx, batch, part, lambda: _is_wanted(ctx, batch))

    def finish(self, workspace: WorkspaceId, actor: str, subject: str) -> None:
        """Add up the parts that are stored."""
        ctx = self._contexts(workspace, actor)
        with ctx.store.reading(workspace) as unit:
            batch = find(unit, subject)
        finish(ctx, batch)


def _is_wanted(ctx: Context, batch: Batch) -> bool:
    """Tell whether a batch's job goes on: once it is cancelled, nothing more is paid for it."""
    with ctx.store.reading(ctx.workspace) as unit:
        job = unit.jobs.of(KIND, batch.id)
    return job is None or not (job.is_ended or job.status is Status.CANCELLING)


def find(unit: UnitOfWork, batch_id: str) -> Batch:
    """Return a batch as it was accepted. Raises UnknownBatch."""
    found = unit.batches.get(BatchId(batch_id)) if is_text(batch_id) else None
    if found is None:
        raise UnknownBatch(f"There is no batch '{ascii(batch_id[:80])[1:-1]}' in this workspace.")
    return found
