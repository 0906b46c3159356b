"""Cells: which twin meets which intervention, from which day, as arrays. The one input of the response model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import Memory
from twincast.reading.twins import TwinFrame, joined
from twincast.response.signals import Signals


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """What the twins of a batch remember.

    Attributes:
        memories: of each twin, in the order of the frame; None for a twin that remembers nothing.
        zone: IANA zone for twins whose own is not known: a message goes out by the customer's clock.
    """

    memories: tuple[Memory | None, ...]
    zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """A batch of c cells over n twins and m interventions.

    Attributes:
        twins: n twins.
        interventions: m interventions, as read.
        twin: (c,) row of `twins` of each cell.
        intervention: (c,) index into `interventions` of each cell.
        now: the moment the prediction is made from, aware.
        remembered: None where no twin remembers anything. Each cell has its twin's memory to itself.
        days: (n,) the day from which each twin is seen, days since 1970-01-01; None: the day of `now` for all.
        signals: what language models were heard to say of the cells; None where nothing was.
    """

    twins: TwinFrame
    interventions: tuple[ReadIntervention, ...]
    twin: NDArray[np.intp]
    intervention: NDArray[np.intp]
    now: datetime
    remembered: Remembered | None = None
    days: NDArray[np.float64] | None = None
    signals: Signals | None = None

    def __len__(self) -> int:
        return len(self.twin)

    def part(self, where: slice | NDArray[np.intp]) -> "Cells":
        """Return some of the cells; twins and interventions stay."""
        signals = None if self.signals is None else self.signals.part(where)
        return replace(self, twin=self.twin[where], intervention=self.intervention[where], signals=signals)


def grid(
    twins: TwinFrame,
    interventions: Sequence[ReadIntervention],
    now: datetime,
    remembered: Remembered | None = None,
) -> Cells:
    """Return every twin x every intervention, twin-major: cell i * m + j is twin i with intervention j."""
    n, m = len(twins), len(interventions)
    return Cells(
        twins=twins,
        interventions=tuple(interventions),
        twin=np.repeat(np.arange(n), m),
        intervention=np.tile(np.arange(m), n),
        now=now,
        remembered=remembered,
    )


def cells_of(
    frames: Sequence[TwinFrame],
    owners: Sequence[int],
    interventions: Sequence[ReadIntervention],
    now: datetime,
    remembered: Remembered | None = None,
    signals: Signals | None = None,
) -> Cells:
    """Return a cell for each intervention, with the one twin of the frame that `owners` names."""
    return Cells(
        twins=joined(frames),
        interventions=tuple(interventions),
        twin=np.array(owners, dtype=np.intp),
        intervention=np.arange(len(owners)),
        now=now,
        remembered=remembered,
        signals=signals,
    )
