"""Draws of what offers are worth: how far the model itself may be off, shared by all customers and offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twincast.domain.allocations import Plan
from twincast.domain.batches import Batch, Member
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.objectives import BY_NAME
from twincast.domain.sessions import Session
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import default_response
from twincast.response.cells import Cells
from twincast.usecases.allocating.tables import Chances, Prices, gains, spent
from twincast.usecases.batching.cells import Scenes
from twincast.usecases.batching.draws import DRAWS
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, RETENTION
from twincast.usecases.batching.people import people_of
from twincast.usecases.context import Context

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Drawn:
    """Draws of s customers and k offers: `rows`, (s,), theirs in the table; `gain` and `cost`, (s, k, DRAWS)."""

    rows: Index
    gain: Array
    cost: Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Drawing:
    """Makes draws of what the offers of a batch are worth to some of its customers.

    Attributes:
        members: by position; offers: places of the offers among the batch's variants.
    """

    ctx: Context
    unit: UnitOfWork
    engine: Engine
    batch: Batch
    session: Session
    members: Mapping[int, Member]
    offers: Sequence[int]
    plan: Plan
    prices: Prices

    def of(self, rows: Index, positions: Index, known: Chances) -> Drawn:
        """Return draws for the customers of some rows of a table; those who have opted out since are left out.

        Args:
            rows: (s,) of the table; positions: (s,) theirs in the batch.
            known: the point predictions of these rows, (s, k).
        """
        people = people_of(
            self.ctx, self.unit, self.batch, self.session, [self.members[place] for place in positions.tolist()]
        )
        kept = np.isin(positions, people.positions)
        asked = [PURCHASE, *({BY_NAME[self.plan.objective].field} & {ENGAGEMENT, RETENTION})]
        shape = (len(people), self.batch.width, DRAWS)
        with_, without = ({name: np.empty((shape[0] * shape[1], DRAWS)) for name in asked} for _ in range(2))
        for scene in Scenes(self.ctx, self.batch, people):
            still = _without_contact(scene.cells)
            for name in asked:
                with_[name][scene.rows] = self._drawn(scene.cells, name)
                if name != RETENTION:
                    without[name][scene.rows] = self._drawn(still, name)

        def table(found: Mapping[str, Array], name: str) -> Array:
            return found[name].reshape(shape)[:, self.offers] if name in found else np.zeros((1, 1, 1))

        chances = Chances(
            bought=table(with_, PURCHASE),
            still=table(without, PURCHASE),
            net=known.net[kept][:, :, None],
            full=known.full[kept][:, :, None],
            engaged=table(with_, ENGAGEMENT),
            idle=np.nan_to_num(table(without, ENGAGEMENT)),
            loyal=table(with_, RETENTION),
        )
        return Drawn(rows=rows[kept], gain=gains(self.plan, chances, self.prices), cost=spent(chances, self.prices))

    def _drawn(self, cells: Cells, name: str) -> Array:
        settings = self.batch.settings
        return self.engine.drawn(cells, name, horizon_days=settings.horizon_days, draws=DRAWS, seed=settings.seed)


def _without_contact(cells: Cells) -> Cells:
    """Return the same cells with nothing sent: the same response and horizon, and the same draws of the model."""
    return replace(cells, interventions=tuple(_nothing(it) for it in cells.interventions))


def _nothing(item: ReadIntervention) -> ReadIntervention:
    sent = item.intervention
    return ReadIntervention(
        intervention=Intervention(type=NO_CONTACT, horizon_days=sent.horizon_days, at=sent.at, timing=sent.timing),
        type=NO_CONTACT,
        channel=None,
        response=item.response or default_response(item.type, item.channel),
        timing=item.timing,
        reading=None,
        warnings=(),
    )


Draw = Callable[[Index], Drawn]
"""Makes draws for some rows of a table."""
