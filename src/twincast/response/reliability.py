"""How far the probabilities of a head can be relied on: what was foretold of outcomes that each fit had not seen,
beside what came of them, in cells of neighbouring probabilities that are known about as well.

Where the cells miss by more than chance would have it, a probability's confidence takes in how far its cell missed, and
how much is left open of that. Where they do not, it is what the posterior says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]


NO_CELL: Final = -1.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reliability:
    """D x T cells, by the logit that was foretold and by its width, one after another.

    Attributes:
        logits: (D - 1,) edges of the logit; widths: (D, T - 1) edges of its sd, in each of the D.
        rows, events: (D T,) outcomes; expected: (D T,) how many events were foretold.
        shift: (D T,) how far the truth lies above what is foretold, on the logit; extra: (D T,) variance left of it.
    """

    logits: Array
    widths: Array
    rows: Array
    events: Array
    expected: Array
    shift: Array
    extra: Array

    def cell_of(self, logit: Array, width: Array) -> Index:
        """Return the cell that a probability falls in, (c,), by its logit and the sd of that."""
        row = np.searchsorted(self.logits, logit, side="right")
        column = (width[:, None] > self.widths[row]).sum(axis=1)
        found: Index = row * (self.widths.shape[1] + 1) + column
        return found

    def checks(self, logit: Array, width: Array) -> "Checks":
        """Return what the cells say of each probability, (c,), by its logit and the sd of that."""
        cell = self.cell_of(logit, width)
        return Checks(cell=cell.astype(np.float64), shift=self.shift[cell], extra=self.extra[cell])

    def rates(self, cell: int) -> tuple[int, float, float]:
        """Return of one cell how many outcomes it holds, and the share of events observed and foretold."""
        rows = float(self.rows[cell])
        return int(rows), float(self.events[cell]) / max(rows, 1.0), float(self.expected[cell]) / max(rows, 1.0)

    def as_plain(self) -> Mapping[str, Any]:
        """Return it as plain data."""
        return {
            "shape": self.widths.shape,
            **{it.name: getattr(self, it.name).astype("<f8").tobytes() for it in fields(self)},
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> "Reliability":
        """Read what `as_plain` wrote."""
        found = {it.name: np.frombuffer(data[it.name], dtype="<f8").copy() for it in fields(cls)}
        return cls(**{**found, "widths": found["widths"].reshape(data["shape"])})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Checks:
    """What outcomes that were not learned from say of c probabilities: number of the cell (or `NO_CELL`), how far
    the truth lies above on the logit, and the variance that is left of it; (c,) each.
    """

    cell: Array
    shift: Array
    extra: Array

    def part(self, where: slice | Index) -> "Checks":
        """Return some of them."""
        return Checks(cell=self.cell[where], shift=self.shift[where], extra=self.extra[where])


def unchecked(count: int) -> Checks:
    """Return what is said where nothing was checked: the posterior stands as it is."""
    return Checks(cell=np.full(count, NO_CELL), shift=np.zeros(count), extra=np.zeros(count))


def together(parts: Sequence[Checks]) -> Checks:
    """Return several one after another."""
    return Checks(**{it.name: np.concatenate([getattr(part, it.name) for part in parts]) for it in fields(Checks)})
