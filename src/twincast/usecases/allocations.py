"""Allocations: one offer or none for each of many customers, decided on the predictions of a batch."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.allocations import Allocation, AllocationResults, Assignment
from twincast.domain.batches import Batch
from twincast.domain.errors import (
    BatchUnderWay,
    InvalidInput,
    TooLarge,
    UnknownAllocation,
)
from twincast.domain.ids import AllocationId, WorkspaceId
from twincast.domain.jobs import Job, Status
from twincast.domain.pages import DEFAULT_PAGE, Page
from twincast.domain.policies import DEFAULT_POLICY
from twincast.ports.batches import Columns
from twincast.ports.stores import UnitOfWork
from twincast.usecases import batches
from twincast.usecases.allocating.pages import assignments
from twincast.usecases.allocating.requests import AllocationRequest, audience_problems, offers_of, plan_of, sent_of
from twincast.usecases.allocating.working import worked_out
from twincast.usecases.audit import record
from twincast.usecases.batching.pages import FLAT, asked_of
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.context import Context
from twincast.usecases.references import is_text
from twincast.usecases.sessions import require_limit

MOST_ROWS: Final = 1_000
"""Customers on one page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allotted:
    """An allocation as it stands.

    Attributes:
        results: None while the predictions are computed; `problem` says why it can not be decided, where it can not.
        job: what computes the predictions; None where they were computed at once, or there before.
        page: some of the customers; next_cursor leads to the next.
    """

    allocation: Allocation
    batch: Batch
    results: AllocationResults | None
    job: Job | None
    page: tuple[Assignment, ...] = ()
    next_cursor: str | None = None
    problem: str | None = None

    @property
    def status(self) -> str:
        """Return how far it is: that of the job while the predictions are computed."""
        if self.results is not None or self.job is None:
            return Status.FAILED if self.problem else Status.SUCCEEDED
        return self.job.status if self.job.status is not Status.SUCCEEDED else Status.RUNNING


def run(ctx: Context, request: AllocationRequest, *, inline: int = batches.INLINE) -> Allotted:
    """Accept an allocation: decide it here and now, or leave the predictions to a job and decide when it has ended.

    Args:
        ctx: whose twins.
        request: what is asked.
        inline: most cells that are predicted before this returns; what a batch has predicted is decided at once.

    Raises:
        InvalidInput, UnknownField, TooLarge: the request is not valid; nothing is stored.
        UnknownBatch, BatchUnderWay: the batch that was named is not there, or not computed yet.
    """
    problems = list(audience_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    if request.batch is not None:
        return _on_batch(ctx, request, request.batch)
    plan, contacts = plan_of(request, sent_of(request.offers or ()), "offers", ctx.currency)
    asked = BatchRequest(
        twins=request.twins,
        segment=request.segment,
        variants=request.offers,
        horizon_days=request.horizon_days,
        level=request.level,
        as_of=request.as_of,
        analyze=False,
        seed=request.seed,
    )
    kept: list[Allotted] = []

    def keep(unit: UnitOfWork, ran: batches.Ran) -> None:
        policy = unit.policies.current() or DEFAULT_POLICY
        allocation = Allocation(
            id=AllocationId(ctx.ids.new("alloc_")),
            batch_id=ran.batch.id,
            own=True,
            offers=tuple(it.id for it in offers_of(ran.batch)),
            contacts=contacts,
            plan=plan,
            policy=policy,
            warnings=ran.batch.warnings,
            created_at=ctx.clock.now(),
        )
        kept.append(_add(unit, ctx, allocation, ran))

    try:
        ran = batches.run(replace(ctx, keep=keep), asked, inline=inline)
    except (InvalidInput, TooLarge) as error:
        raise _of_offers(error) from None
    if ran.results is None:
        return kept[-1]
    try:
        return _decided(ctx, kept[-1])
    except InvalidInput:
        batches.delete(ctx, ran.batch.id)
        raise


def _of_offers(error: InvalidInput | TooLarge) -> InvalidInput | TooLarge:
    """Return what is wrong with a batch in the words of an allocation, in which variants are offers."""
    inner, outer = ("intervention_variants", "intervention"), "offers"
    problems = []
    for problem in error.problems:
        name = next((it for it in inner if problem.field.startswith(it)), "")
        field = outer + problem.field.removeprefix(name) if name else problem.field
        problems.append(replace(problem, field=field, message=problem.message.replace(inner[0], outer)))
    return type(error)(error.detail.replace(inner[0], outer), problems)


def _on_batch(ctx: Context, request: AllocationRequest, batch_id: str) -> Allotted:
    """Decide an allocation on the predictions of a batch that is there."""
    ran = batches.get(ctx, batch_id, limit=1)
    offers = offers_of(ran.batch)
    plan, contacts = plan_of(request, offers, "offers", ctx.currency)
    if ran.results is None or (ran.job is not None and not ran.job.is_ended):
        raise BatchUnderWay(f"The batch '{ran.batch.id}' is not computed yet: wait for its job.")
    if ran.results.missing:
        raise BatchUnderWay(
            f"{ran.results.missing:,} customers of the batch '{ran.batch.id}' lack: retry its job first."
        )
    with ctx.store.writing(ctx.workspace) as unit:
        allocation = Allocation(
            id=AllocationId(ctx.ids.new("alloc_")),
            batch_id=ran.batch.id,
            own=False,
            offers=tuple(it.id for it in offers),
            contacts=contacts,
            plan=plan,
            policy=unit.policies.current() or DEFAULT_POLICY,
            warnings=ran.batch.warnings,
            created_at=ctx.clock.now(),
        )
        accepted = _add(unit, ctx, allocation, replace(ran, job=None))
        unit.commit()
    try:
        return _decided(ctx, accepted)
    except InvalidInput:
        delete(ctx, allocation.id)
        raise


def _add(unit: UnitOfWork, ctx: Context, allocation: Allocation, ran: batches.Ran) -> Allotted:
    """Store an allocation; one that is left to a job is answered by that."""
    unit.allocations.add(allocation)
    record(unit, ctx, "allocation.accepted", allocation.id, {"offers": len(allocation.offers)})
    accepted = Allotted(allocation=allocation, batch=ran.batch, results=None, job=ran.job)
    if ran.results is None:
        ctx.keep(unit, accepted)
    return accepted


def _decided(ctx: Context, accepted: Allotted) -> Allotted:
    """Decide who gets what, and store it with what it adds up to: again, where somebody was erased meanwhile."""
    allocation, batch = accepted.allocation, accepted.batch
    while True:
        with ctx.store.reading(ctx.workspace) as unit:
            stones = len(unit.tombstones.all())
            choices, results = worked_out(ctx, unit, allocation, batch, unit.allocations.choices(allocation.id))
        with ctx.store.writing(ctx.workspace) as unit:
            if unit.allocations.get(allocation.id) is None:
                raise _unknown(allocation.id)
            if len(unit.tombstones.all()) == stones:
                unit.allocations.put_choices(allocation.id, choices)
                unit.allocations.put_results(allocation.id, results)
                done = _page(unit, replace(accepted, results=results), choices, 0, MOST_ROWS)
                ctx.keep(unit, done)
                unit.commit()
                return done


# ---------------------------------------------------------------- looking at it


def get(ctx: Context, allocation_id: str, cursor: str | None = None, limit: int = MOST_ROWS) -> Allotted:
    """Return an allocation as it stands, with some of its customers; it is decided now where its predictions are there.

    Raises:
        UnknownAllocation: there is none in this workspace.
        InvalidInput: naming `cursor` or `limit`.
    """
    start, most = asked_of(cursor, limit, FLAT)
    with ctx.store.reading(ctx.workspace) as unit:
        allocation = find(unit, allocation_id)
        batch = batches.find(unit, allocation.batch_id)
        job = unit.jobs.of(batches.KIND, batch.id) if allocation.own else None
        choices, results = unit.allocations.choices(allocation.id), unit.allocations.results(allocation.id)
        found = Allotted(allocation=allocation, batch=batch, results=results, job=job)
        if results is not None and choices is not None:
            return _page(unit, found, choices, start, min(most, MOST_ROWS))
        if job is not None and job.status is not Status.SUCCEEDED:
            return found
    try:
        _decided(ctx, found)
    except InvalidInput as error:
        return replace(found, problem=error.detail)
    return get(ctx, allocation_id, cursor, limit)


def listing(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE) -> Page[Allocation]:
    """Page through allocations, newest first."""
    require_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.allocations.newest(cursor, limit)


def delete(ctx: Context, allocation_id: str) -> None:
    """Delete an allocation; the batch behind it stays.

    Raises:
        UnknownAllocation: there is none (any more).
    """
    with ctx.store.writing(ctx.workspace) as unit:
        allocation = find(unit, allocation_id)
        unit.allocations.delete(allocation.id)
        unit.replies.erase(allocation.id)
        record(unit, ctx, "allocation.deleted", allocation.id)
        unit.commit()


def find(unit: UnitOfWork, allocation_id: str) -> Allocation:
    """Return an allocation as it was accepted. Raises UnknownAllocation."""
    found = unit.allocations.get(AllocationId(allocation_id)) if is_text(allocation_id) else None
    if found is None:
        raise _unknown(allocation_id)
    return found


def _unknown(allocation_id: str) -> UnknownAllocation:
    return UnknownAllocation(f"There is no allocation '{ascii(allocation_id[:80])[1:-1]}' in this workspace.")


def _page(unit: UnitOfWork, found: Allotted, choices: Columns, start: int, rows: int) -> Allotted:
    stop = min(start + rows, found.batch.members)
    page = tuple(assignments(unit, found.allocation, found.batch, choices, start, stop))
    return replace(found, page=page, next_cursor=str(stop) if stop < found.batch.members else None)


class BatchWork(batches.BatchWork):
    """Batches as a kind of long work; when one is computed, the allocations that wait for it are decided."""

    def finish(self, workspace: WorkspaceId, actor: str, subject: str) -> None:
        """Add up the parts that are stored; where all of them are, decide who gets what."""
        super().finish(workspace, actor, subject)
        ctx = self._contexts(workspace, actor)
        with ctx.store.reading(workspace) as unit:
            batch = batches.find(unit, subject)
            whole = len(unit.batches.parts(batch.id)) == batch.parts
            waiting = [it for it in unit.allocations.of_batch(batch.id) if unit.allocations.choices(it.id) is None]
        for allocation in waiting if whole else ():
            with suppress(InvalidInput):  # whoever looks at it is told
                _decided(ctx, Allotted(allocation=allocation, batch=batch, results=None, job=None))
