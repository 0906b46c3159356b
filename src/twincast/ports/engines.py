"""The Engine socket: a batch of cells in, a prediction for each cell out, and the parts each number is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twincast.domain.predictions import Explanation
from twincast.response.cells import Cells
from twincast.response.columns import Column, Vector
from twincast.response.reliability import Reliability


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenances:
    """What the engine's numbers come from: versions and digests."""

    model: str
    prior: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """A small batch looked at closely.

    Attributes:
        columns: of the shown cells, by canonical field.
        explanations: of the shown cells, by explained field; None where there is nothing to take apart.
        scores: the scored field's value for each of the other cells.
    """

    columns: Mapping[str, Column]
    explanations: Mapping[str, tuple[Explanation | None, ...]]
    scores: Vector


@dataclass(frozen=True, kw_only=True, slots=True)
class Backing:
    """What stands behind the numbers of one head.

    Attributes:
        basis: `prior`, or `fitted` to this company's outcomes.
        uplift_basis: the same of the effect of a contact; `by definition` where there is nothing without one.
        outcomes: contacts of this company that it learned from.
        checked: channels (`response.learned.UNCONTACTED` for none) on which it was checked against events that it was
            not fitted to.
        reliability: what was foretold of them beside what came; None where there is too little.
    """

    basis: str
    uplift_basis: str
    outcomes: int
    checked: tuple[str, ...] = ()
    reliability: Reliability | None = None


class Engine(Protocol):
    """Predicts. Order, chunking and neighbours change no number; the empty batch gives empty columns."""

    @property
    def provenance(self) -> Provenances:
        """Return what stands behind the numbers."""
        ...

    @property
    def reads_documents(self) -> bool:
        """Return whether its numbers rest on further attributes of the records: then twins need their documents."""
        ...

    @property
    def listens(self) -> bool:
        """Return whether its numbers rest on what language models say of a cell."""
        ...

    def forget(self) -> None:
        """Let go of all that is kept in memory of anybody: somebody was erased."""
        ...

    def learned(self, digest: str, load: Callable[[], bytes]) -> "Engine":
        """Return the engine that answers by what a workspace has learned.

        Args:
            digest: of the model; equal ones are one engine, kept for the next time, though not for ever.
            load: gives the model's bytes; called only where no engine of that digest is kept.
        """
        ...

    def backing(self, head: str) -> Backing:
        """Return what stands behind a head (`response.heads.HEADS`)."""
        ...

    def customer_variance(self, head: str) -> float:
        """Return the variance of a head's logit between customers who differ in all that the engine looks at."""
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
        shown: int,
        scored: str,
        horizon_days: int,
        level: float,
    ) -> Examination:
        """Predict and take apart the first `shown` cells; of the others give one probability's value alone.

        Args:
            cells: the cells shown, and after them candidates that are only tried.
            fields, explained: what to predict, and which probabilities to take apart on the logit scale.
            shown: number of cells, from the first on, that are shown.
            scored: the probability that the others are tried for.
        """
        ...

    def points(self, cells: Cells, field: str, *, horizon_days: int) -> Vector:
        """Return a probability field's value alone, (c,): the same number as `predict` gives, without the interval."""
        ...

    def emotions(self, cells: Cells) -> NDArray[np.float64]:
        """Return P(negative), P(neutral), P(positive), (c, 3), rows summing to 1."""
        ...

    def drawn(self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int) -> NDArray[np.float64]:
        """Return a field's value for each cell at draws of what is not known, (c, draws).

        One draw is one possible truth about every cell of every batch with this seed: an average over cells keeps the
        engine's uncertainty, however many cells there are. NaN where the channel has no such response.
        """
        ...

    def best(self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int) -> Vector:
        """Return P(this cell is the best of the batch) by `field`, over draws shared by all cells; ties split."""
        ...
