"""Draws of what the model does not know, for some of a batch's customers: what stands behind every interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch
from twincast.ports.engines import Engine
from twincast.stats.comparing import among_customers
from twincast.usecases.batching.cells import Scenes
from twincast.usecases.batching.people import People
from twincast.usecases.batching.rows import Everything
from twincast.usecases.context import Context

Array = NDArray[np.float64]
Index = NDArray[np.intp]

DRAWS: Final = 500
"""Draws behind an interval; its ends then vary by some 3 % of its width with the seed."""
CELLS: Final = 1_024
"""Cells of which draws are made: how far the model may be off is the same for a thousand customers as for a million."""
LEAST, MOST = 64, 512
"""Customers of whom draws are made, at least and at most, where there are so many."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Drawn:
    """Draws of s customers.

    Attributes:
        whom: (s,) their rows among all tested customers.
        draws: field -> (s, width, draws).
    """

    whom: Index
    draws: dict[str, Array]

    def spread(self, everybody: Everything, field: str, column: int, rows: Index, seed: int) -> Array:
        """Return draws of the mean of one column over some customers, (draws,); see `spread`."""
        values = everybody.values[field][rows, column]
        mine = np.flatnonzero(np.isin(self.whom, rows))
        sampled = everybody.values[field][self.whom[mine], column]
        found: Array = spread(values[:, None], sampled[:, None], self.draws[field][mine, column][:, None], seed)[0]
        return found


def spread(values: Array, sampled: Array, draws: Array, seed: int) -> Array:
    """Return draws of the means of m columns over customers like these, (m, draws).

    A draw is a possible truth about the model, shared by all customers and columns, so that part does not shrink with
    their number; the rest is which customers happen to be among these, which does.

    Args:
        values: (n, m) of all customers, without gaps.
        sampled: (s, m) the same of those of whom draws were made.
        draws: (s, m, draws) of these.
        seed: of what belongs to the customers.
    """
    means = draws.mean(axis=0) - sampled.mean(axis=0)[:, None] + values.mean(axis=0)[:, None]
    count = len(values)
    covariance = np.atleast_2d(np.cov(values.T)) / count if count > 1 else np.zeros((values.shape[1],) * 2)
    return among_customers(means, covariance, seed=seed)


def sample(count: int, width: int) -> Index:
    """Return the rows of the customers of whom draws are made, among `count` with `width` cells each."""
    return spaced(count, max(LEAST, min(MOST, CELLS // width)))


def spaced(count: int, most: int) -> Index:
    """Return the numbers of at most so many of `count` customers, evenly spaced."""
    if not count:
        return np.empty(0, dtype=np.intp)
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def drawn_of(ctx: Context, engine: Engine, batch: Batch, people: People, whom: Index, fields: Sequence[str]) -> Drawn:
    """Make draws of the cells of some customers, as their predictions were made.

    Args:
        ctx, engine, batch: as the predictions were made.
        people: s customers; whom: (s,) their rows among all tested ones.
        fields: of which draws can be made.
    """
    draws = {field: np.full((len(people) * batch.width, DRAWS), np.nan) for field in fields}
    for scene in Scenes(ctx, batch, people):
        for field in fields:
            draws[field][scene.rows] = engine.drawn(
                scene.cells,
                field,
                horizon_days=batch.settings.horizon_days,
                draws=DRAWS,
                seed=batch.settings.seed,
            )
    shaped = {field: found.reshape(len(people), batch.width, DRAWS) for field, found in draws.items()}
    return Drawn(whom=whom, draws=shaped)
