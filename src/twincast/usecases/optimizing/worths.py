"""What each cell is worth by an objective: the estimate, the cautious value that candidates are ranked by, and draws.

Candidates are ranked by the 20 % quantile of the objective in closed form: with draws, the luckiest of a thousand
would win by its draws. Draws only judge the few that are left, on a stream that the search never used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.interventions import ReadIntervention
from twincast.domain.objectives import Costs, Objective
from twincast.ports.engines import Engine
from twincast.response.cells import Cells
from twincast.response.columns import Column

Array = NDArray[np.float64]

CAUTION: Final = 0.2
"""Quantile of the objective by which candidates are ranked."""
LEVEL: Final = 1.0 - 2.0 * CAUTION
"""Level of the interval whose ends are that quantile on either side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Aim:
    """What is aimed at: an objective, its costs, and the days within which it counts."""

    objective: Objective
    horizon_days: int
    costs: Costs = field(default_factory=Costs)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Worths:
    """Of c cells: `value` is the estimate; `cautious` its 20 % quantile on the bad side; both (c,), NaN where none."""

    value: Array
    cautious: Array

    def without(self, barred: Sequence[bool]) -> "Worths":
        """Return them without those of some cells, (c,)."""
        gone = np.array(barred)
        return Worths(value=np.where(gone, np.nan, self.value), cautious=np.where(gone, np.nan, self.cautious))


def worths(engine: Engine, cells: Cells, aim: Aim) -> Worths:
    """Return what every cell is worth, in the objective's own unit and direction.

    Args:
        cells: c cells, any number.
        aim: what is aimed at; its costs are complete where the objective needs them.
    """
    if aim.objective.needs_costs:
        return _profits(engine, cells, aim)
    name = aim.objective.field
    column = engine.predict(cells, [name], horizon_days=aim.horizon_days, level=LEVEL)[name]
    return Worths(value=column.value, cautious=column.low if aim.objective.sign > 0 else column.high)


def _profits(engine: Engine, cells: Cells, aim: Aim) -> Worths:
    """Return the incremental profit: each order that comes through the contact earns, and each that came anyway costs.

    With e earned on an order under the offer and m e0 on one at full price, profit is (p1 - p0) e - p0 (m e0 - e) less
    the contact. The quantile joins those of uplift and p0 in quadrature: exact where both are normal and independent.
    """
    found = engine.predict(cells, ["will_purchase", "purchase_amount"], horizon_days=aim.horizon_days, level=LEVEL)
    bought, earned = found["will_purchase"], _earned(found["purchase_amount"], cells, aim)
    uplift, low, high = bought.difference()
    anyway = bought.value - uplift
    value = uplift * earned.kept - anyway * earned.lost - _contact(cells, aim)
    most = anyway if bought.no_contact_high is None else bought.no_contact_high
    by_uplift = np.abs(earned.kept) * np.where(earned.kept >= 0.0, uplift - low, high - uplift)
    return Worths(value=value, cautious=value - np.hypot(by_uplift, earned.lost * (most - anyway)))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Earned:
    """Money of one order, (c,): `kept` is earned on it under the offer, `lost` given away against full price."""

    kept: Array
    lost: Array


def _earned(amount: Column, cells: Cells, aim: Aim) -> Earned:
    full = amount.value if amount.no_contact is None else amount.no_contact
    margin = aim.costs.margin or 0.0
    lost = full - amount.value + np.array([given(it, aim.costs) for it in cells.interventions])[cells.intervention]
    return Earned(kept=margin * full - lost, lost=lost)


def given(item: ReadIntervention, costs: Costs) -> float:
    """Return what an order costs beside its discount: gift and shipping; what has no price counts as nothing."""
    kinds = {term.kind for term in item.reading.offers} if item.reading is not None else set()
    return (costs.gift or 0.0) * ("gift" in kinds) + (costs.shipping or 0.0) * ("free_shipping" in kinds)


def unpriced_kinds(aim: Aim) -> tuple[str, ...]:
    """Return the kinds of offer whose costs the objective would have to know, and nobody stated."""
    costs = {"gift": aim.costs.gift, "free_shipping": aim.costs.shipping}
    return tuple(kind for kind, cost in costs.items() if aim.objective.needs_costs and cost is None)


def unpriced(item: ReadIntervention, aim: Aim) -> str | None:
    """Return what of an offer has no price although the objective would have to know it, or None."""
    kinds = {term.kind for term in item.reading.offers} if item.reading is not None else set()
    return next((kind for kind in unpriced_kinds(aim) if kind in kinds), None)


def _contact(cells: Cells, aim: Aim) -> Array:
    sent = np.array([it.is_contact for it in cells.interventions], dtype=np.float64)
    return (aim.costs.contact or 0.0) * sent[cells.intervention]


def worth_draws(engine: Engine, cells: Cells, aim: Aim, *, draws: int, seed: int) -> Array:
    """Return the objective of a few cells at draws of what is not known, (c, draws), in its own direction.

    One draw is one possible truth about all cells with this seed, so that differences between them are sharp.
    """
    days = aim.horizon_days

    def of(name: str) -> Array:
        return engine.drawn(cells, name, horizon_days=days, draws=draws, seed=seed)

    if not aim.objective.needs_costs:
        return of(aim.objective.field)
    amount = engine.predict(cells, ["purchase_amount"], horizon_days=days, level=LEVEL)["purchase_amount"]
    earned = _earned(amount, cells, aim)
    full = (amount.value if amount.no_contact is None else amount.no_contact)[:, None]
    bought = of("will_purchase")
    anyway = (bought * amount.value[:, None] - of("revenue_impact")) / np.maximum(full, 1e-12)
    return bought * earned.kept[:, None] - anyway * (aim.costs.margin or 0.0) * full - _contact(cells, aim)[:, None]


def best_first(values: Array, sign: float) -> Sequence[int]:
    """Return the places of values, best first; what has none stands last, equals in their order."""
    order: list[int] = np.argsort(np.where(np.isnan(values), np.inf, -sign * values), kind="stable").tolist()
    return order
