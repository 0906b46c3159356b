"""Working an allocation out: who gets what, on the stored predictions of a batch, and what that adds up to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.allocations import Allocation, AllocationResults, Reason
from twincast.domain.batches import UNKNOWN, Batch
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.objectives import BY_NAME
from twincast.domain.twins import Warning
from twincast.ports.batches import Columns
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.response.heads import RESPONSE_HEADS
from twincast.usecases.allocating.decisions import Problem, choices_of, chosen_in, held_out, problem_of
from twincast.usecases.allocating.draws import Drawing
from twincast.usecases.allocating.screens import CODES, Screen, screen_of
from twincast.usecases.allocating.sums import SAMPLED, Summing, counted, one_currency
from twincast.usecases.allocating.tables import prices_of, table_of
from twincast.usecases.batching.draws import DRAWS
from twincast.usecases.batching.parts import engine_of
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.rows import stored
from twincast.usecases.context import Context
from twincast.usecases.sessions import find as find_session

Array = NDArray[np.float64]
Index = NDArray[np.intp]

AT_ONCE: Final = 10_000
"""Customers who are screened at a time."""
HEADS: Final = {"will_engage": tuple(RESPONSE_HEADS.values()), "loyalty_impact": ("retained",)}
"""Heads behind a field; the others rest on the purchase."""


def worked_out(
    ctx: Context, unit: UnitOfWork, allocation: Allocation, batch: Batch, before: Columns | None
) -> tuple[Columns, AllocationResults]:
    """Return who gets what, as it was decided before where it was, and what that adds up to.

    Raises:
        InvalidInput: the customers pay in several currencies, and money is to be added up.
    """
    engine, session = engine_of(ctx, unit, batch), find_session(unit, batch.session_id)
    members = [it for it in unit.batches.members(batch.id, 0, batch.members) if it.version != UNKNOWN]
    table = table_of(batch, allocation.offers, stored(unit, batch))
    by_position = {it.position: it for it in members}
    places = [[it.id for it in batch.variants].index(name) for name in allocation.offers]
    parts = (members[start : start + AT_ONCE] for start in range(0, len(members), AT_ONCE))
    screens = (screen_of(ctx, unit, engine, batch, session, part, allocation.policy) for part in parts)
    barred, times = _screened(screens, table.positions, places)
    prices = prices_of(allocation, {it.intervention.id or "": it for it in read(batch.variants, ctx.currency)})
    held = held_out(allocation, [by_position[place].twin_id for place in table.positions.tolist()])
    currency = one_currency(table.currencies.tolist())
    _require_one(allocation, table.currencies.tolist())
    problem = problem_of(allocation, table, prices, barred, held)
    solution = problem.solved()
    if before is None:
        choices: Columns = choices_of(table, problem, solution, barred, times, batch.members)
    else:
        choices = before
    drawing = Drawing(
        ctx=ctx, unit=unit, engine=engine, batch=batch, session=session, members=by_position,
        offers=places, plan=allocation.plan, prices=prices,
    )  # fmt: skip
    summing = Summing(
        allocation=allocation,
        table=table,
        problem=problem,
        choice=chosen_in(choices, table.positions),
        prices=solution.prices,
        basis=_basis(engine, allocation),
        level=batch.settings.level,
        currency=currency,
        draw=lambda rows: drawing.of(rows, table.positions[rows], table.chances.take(rows)),
    )
    gain, cost = summing.total()
    made_by = engine.provenance
    return choices, AllocationResults(
        customers=len(table),
        open=int(problem.open.sum()),
        reasons=counted(choices["reason"]),
        gain=gain,
        cost=cost,
        currency=currency,
        offers=summing.shares(),
        limits=summing.limits(),
        against=tuple(summing.against()),
        gap=max(solution.bound - gain.value, 0.0) / solution.bound if solution.bound > 0.0 else 0.0,
        warnings=tuple(_notes(allocation, problem)),
        model=made_by.model,
        prior=made_by.prior,
        drawn=SAMPLED,
        draws=DRAWS,
        completed_at=ctx.clock.now(),
    )


def _screened(screens: Iterable[Screen], positions: Index, places: Sequence[int]) -> tuple[Index, tuple[Array, Array]]:
    """Return why each offer may not be sent, and from when to when it could, (n, k) each.

    Args:
        screens: of all who may still be profiled.
        positions: (n,) of those who are asked about; places: (k,) of the offers among the variants.
    """
    size, k = int(positions.max(initial=-1)) + 1, len(places)
    barred = np.full((size, k), CODES[Reason.PROFILING])
    starts, ends = np.full((size, k), np.nan), np.full((size, k), np.nan)
    for some in screens:
        mine = some.positions < size
        where = some.positions[mine]
        barred[where] = some.barred[mine][:, places]
        starts[where], ends[where] = some.starts[mine][:, places], some.ends[mine][:, places]
    return barred[positions], (starts[positions], ends[positions])


def _require_one(allocation: Allocation, currencies: Sequence[str]) -> None:
    found = sorted(set(currencies))
    objective = BY_NAME[allocation.plan.objective]
    if len(found) > 1 and (objective.unit == "currency" or allocation.plan.budget is not None):
        message = f"is money, and the customers pay in {', '.join(found)}"
        field = "objective" if objective.unit == "currency" else "budget"
        raise InvalidInput.of(
            [FieldProblem(field=field, message=message, allowed="customers of one currency at a time")]
        )


def _basis(engine: Engine, allocation: Allocation) -> str:
    """Say what the difference to sending nothing rests on."""
    heads = HEADS.get(BY_NAME[allocation.plan.objective].field, ("purchase",))
    return " and ".join(sorted({engine.backing(head).uplift_basis for head in heads} - {"by definition"})) or "prior"


def _notes(allocation: Allocation, problem: Problem) -> Iterator[Warning]:
    budget = allocation.plan.budget
    worth = problem.open[:, None] & (problem.worth > 0.0)
    if budget is not None and worth.any() and problem.cost[worth].min() > budget:
        message = (
            f"The budget of {budget:g} is less than the cheapest offer that would gain costs with what it gives away, "
            f"{problem.cost[worth].min():.2f}: nobody gets one."
        )
        yield Warning(code="budget-too-small", field="budget", message=message)
    if not problem.open.any():
        yield Warning(code="nobody-open", field="digital_twin_ids", message="No offer may be sent to any of them.")
