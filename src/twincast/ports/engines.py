"""The Engine socket: a batch of cells in, a prediction for each cell out, and the parts each number is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twincast.domain.predictions import Explanation
from twincast.response.cells import Cells
from twincast.response.columns import Column, Vector


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenances:
    """What the engine's numbers come from: versions and digests."""

    model: str
    prior: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """A small batch looked at closely.

    Attributes:
        columns: by canonical field, (c,) each.
        explanations: by explained field, one for each of the first cells; None where there is nothing to take apart.
    """

    columns: Mapping[str, Column]
    explanations: Mapping[str, tuple[Explanation | None, ...]]


class Engine(Protocol):
    """Predicts. Order, chunking and neighbours change no number; the empty batch gives empty columns."""

    @property
    def provenance(self) -> Provenances:
        """Return what stands behind the numbers."""
        ...

    def predict(self, cells: Cells, fields: Sequence[str], *, horizon_days: int, level: float) -> Mapping[str, Column]:
        """Predict numeric fields (all but rankings and windows of dates) for every cell.

        Args:
            cells: c cells.
            fields: canonical names.
            horizon_days: days within which to predict, where the intervention names none.
            level: level of the intervals, in [0.5, 0.99].
        """
        ...

    def examine(
        self,
        cells: Cells,
        fields: Sequence[str],
        explained: Sequence[str],
        *,
        explain: int,
        horizon_days: int,
        level: float,
    ) -> Examination:
        """Predict every cell, and take the probabilities among `explained` apart for the first `explain` cells."""
        ...

    def points(self, cells: Cells, field: str, *, horizon_days: int) -> Vector:
        """Return a probability field's value alone, (c,): the same number as `predict` gives, without the interval."""
        ...

    def emotions(self, cells: Cells) -> NDArray[np.float64]:
        """Return P(negative), P(neutral), P(positive), (c, 3), rows summing to 1."""
        ...

    def best(self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int) -> Vector:
        """Return P(this cell is the best of the batch) by `field`, over draws shared by all cells; ties split."""
        ...
