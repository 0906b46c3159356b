"""Who gets what: the holdout drawn by chance, the limits as resources, and the choice that is best for the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.allocations import Allocation, Reason
from twincast.domain.channels import CHANNELS
from twincast.domain.ids import TwinId
from twincast.ports.batches import Columns
from twincast.stats.allocation import Solution, allocate
from twincast.stats.streams import stream
from twincast.usecases.allocating.screens import CODES, FREE
from twincast.usecases.allocating.tables import Prices, Table, gains, spent

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

NOTHING: Final = -1
"""Code of getting no offer."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Limit:
    """One limit: `use`, (n, k), is what each offer takes of it."""

    kind: str
    name: str | None
    most: float
    use: Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Problem:
    """What is to be decided, of n customers and k offers.

    Attributes:
        gain, cost: (n, k) expected, of each offer; worth: `gain`, and -inf where it may not be given.
        open: (n,) who is not held out and may be sent some offer.
        limits: budget and capacities, those that there are.
    """

    gain: Array
    cost: Array
    worth: Array
    open: Mask
    limits: tuple[Limit, ...]

    def solved(self, offers: Sequence[int] | None = None, *, nodes: int | None = None) -> Solution:
        """Return the best choice among some offers, all by default."""
        columns = list(range(self.worth.shape[1])) if offers is None else list(offers)
        worth = np.where(self.open[:, None], self.worth, -np.inf)[:, columns]
        use = np.array([it.use[:, columns] for it in self.limits]).reshape(-1, *worth.shape)
        most = np.array([it.most for it in self.limits])
        return allocate(worth, use, most) if nodes is None else allocate(worth, use, most, nodes=nodes)


def problem_of(allocation: Allocation, table: Table, prices: Prices, barred: Index, held: Mask) -> Problem:
    """Return what is to be decided.

    Args:
        allocation: the plan.
        table: n customers; prices: of the offers.
        barred: (n, k) `FREE` or a code of why an offer may not be sent.
        held: (n,) who is held out.
    """
    plan = allocation.plan
    gain, cost = gains(plan, table.chances, prices), spent(table.chances, prices)
    free = (barred == FREE) & ~np.isnan(gain)
    limits = [] if plan.budget is None else [Limit(kind="budget", name=None, most=plan.budget, use=cost)]
    ones = np.ones_like(gain)
    for place, name in enumerate(allocation.offers):
        if name in plan.capacities.offers:
            use = np.where(np.arange(gain.shape[1]) == place, ones, 0.0)
            limits.append(Limit(kind="offer", name=name, most=float(plan.capacities.offers[name]), use=use))
    for name, most in plan.capacities.channels.items():
        use = np.where(table.channel == CHANNELS.index(name), ones, 0.0)
        limits.append(Limit(kind="channel", name=name, most=float(most), use=use))
    return Problem(
        gain=gain,
        cost=cost,
        worth=np.where(free, gain, -np.inf),
        open=free.any(axis=1) & ~held,
        limits=tuple(limits),
    )


def held_out(allocation: Allocation, twins: Sequence[TwinId]) -> Mask:
    """Return whom chance holds out, (n,): by the seed and the customer alone.

    Equal seeds hold out the same customers, whoever else is asked about, and a larger share those of a smaller one too.
    """
    plan = allocation.plan
    chances = [stream(plan.seed, "holdout", twin).random() for twin in twins]
    return np.array(chances, dtype=np.float64) < plan.holdout


def choices_of(
    table: Table, problem: Problem, solution: Solution, barred: Index, times: tuple[Array, Array], size: int
) -> dict[str, NDArray[Any]]:
    """Return who gets what as columns with an entry for each position of the batch; NaN where nobody is there.

    Args:
        table, problem, solution: of n customers.
        barred: (n, k) as above; times: (n, k) each, from when to when an offer can go out.
        size: positions of the batch.
    """
    rows, choice = np.arange(len(table)), solution.choice
    given = choice >= 0
    held = ~problem.open & (barred == FREE).any(axis=1)
    reason = np.full(len(table), CODES[Reason.NO_GAIN])
    reason[(problem.worth > 0.0).any(axis=1)] = CODES[Reason.LIMITS]
    reason[given] = CODES[Reason.CHOSEN]
    reason[held] = CODES[Reason.HOLDOUT]
    shut = ~(barred == FREE).any(axis=1)
    reason[shut] = barred[shut, 0]

    def of_choice(values: Array) -> Array:
        return np.where(given, values[rows, np.maximum(choice, 0)], np.nan)

    columns = {
        "offer": choice.astype(np.float64),
        "would": _would(problem, solution).astype(np.float64),
        "reason": reason.astype(np.float64),
        "holdout": held.astype(np.float64),
        "channel": of_choice(table.channel.astype(np.float64)),
        "starts": of_choice(times[0]),
        "ends": of_choice(times[1]),
        "gain": np.nan_to_num(of_choice(problem.gain)),
        "cost": np.nan_to_num(of_choice(problem.cost)),
    }
    found = {name: np.full(size, np.nan) for name in columns}
    for name, values in columns.items():
        found[name][table.positions] = values
    return found


def _would(problem: Problem, solution: Solution) -> Index:
    """Return what everybody would get at the prices of the limits, held out or not, (n,)."""
    use = np.array([it.use for it in problem.limits]).reshape(-1, *problem.worth.shape)
    net = np.where(problem.worth > 0.0, problem.worth - np.tensordot(solution.prices, use, axes=1), -np.inf)
    return np.where(net.max(axis=1) > 0.0, net.argmax(axis=1), NOTHING)


def chosen_in(choices: Columns, positions: Index) -> Index:
    """Return the stored choice of customers at some positions, `NOTHING` for no offer."""
    return np.nan_to_num(choices["offer"][positions], nan=float(NOTHING)).astype(np.intp)
