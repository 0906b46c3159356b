"""The Engine socket: a batch of cells in, a prediction for each cell out, and the parts each number is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twincast.domain.predictions import Explanation
from twincast.response.cells import Cells

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One numeric field for all c cells; arrays of shape (c,), NaN where the field has no value for a cell.

    Attributes:
        value, low, high: the estimate and its interval at the level asked.
        no_contact, no_contact_low, no_contact_high: the same when nothing is sent; None where that has no meaning.
        uplift, uplift_low, uplift_high: the difference; None where that has no meaning.
        confidence: reliability of the value in [0, 1].
    """

    value: Vector
    low: Vector
    high: Vector
    confidence: Vector
    no_contact: Vector | None = None
    no_contact_low: Vector | None = None
    no_contact_high: Vector | None = None
    uplift: Vector | None = None
    uplift_low: Vector | None = None
    uplift_high: Vector | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenances:
    """What the engine's numbers come from: versions and digests."""

    model: str
    prior: str


class Engine(Protocol):
    """Predicts. Order, chunking and neighbours change no number; the empty batch gives empty columns."""

    @property
    def provenance(self) -> Provenances:
        """Return what stands behind the numbers."""
        ...

    def predict(
        self, cells: Cells, fields: Sequence[str], *, horizon_days: int, level: float
    ) -> Mapping[str, Column]:
        """Predict numeric fields (probability, money, count, change, duration) for every cell.

        Args:
            cells: c cells.
            fields: canonical names, see `numeric_fields`.
            horizon_days: days within which to predict, where the intervention names none.
            level: level of the intervals, in [0.5, 0.99].
        """
        ...

    def explain(self, cells: Cells, field: str, *, horizon_days: int) -> tuple[Explanation, ...]:
        """Return, for each cell, the parts that a probability is made of, on the logit scale."""
        ...

    def best(
        self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int
    ) -> Vector:
        """Return P(this cell is the best of the batch) by `field`, over draws shared by all cells; ties split."""
        ...
