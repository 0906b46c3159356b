"""Outcomes as the use cases see them: their repository, and all of them as arrays for learning, a million at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twincast.domain.ids import OutcomeId, TwinId
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import Outcome
from twincast.domain.pages import Page

NEVER = np.iinfo(np.int64).min
"""Stands for a moment that there is not."""

Floats = NDArray[np.float64]
Moments = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OutcomeColumns:
    """n outcomes, in the order of their twins and of time; arrays of shape (n,).

    Moments are microseconds since 1970 in UTC, `NEVER` where there is none; numbers that there are not are NaN.

    Attributes:
        twins: the distinct twins; `twin`: the position of each outcome's among them.
        interventions: the distinct interventions; `intervention`: position of what was sent, -1 where nothing was.
        kind: position in `domain.outcomes.KINDS`.
        randomised, by_machine: as in `domain.outcomes.Outcome`, like the others.
    """

    twins: Sequence[TwinId]
    interventions: Sequence[Intervention]
    twin: NDArray[np.intp]
    intervention: NDArray[np.intp]
    kind: NDArray[np.intp]
    value: Floats
    amount: Floats
    items: Floats
    sent_at: Moments
    occurred_at: Moments
    window_days: Floats
    observed_until: Moments
    randomised: NDArray[np.bool_]
    propensity: Floats
    by_machine: NDArray[np.bool_]
    received_at: Moments

    def __len__(self) -> int:
        return len(self.value)


class OutcomeRepository(Protocol):
    """What really happened to the customers of one workspace."""

    def get_many(self, outcome_ids: Sequence[OutcomeId]) -> list[Outcome | None]:
        """Return each outcome, in the order asked; None where there is none."""
        ...

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Store outcomes. Raises WriteConflict where an id is there already."""
        ...

    def newest(self, cursor: str | None, limit: int, twin_id: TwinId | None = None) -> Page[Outcome]:
        """Page through outcomes, newest first: of all as they came in, of one twin as they happened."""
        ...

    def columns(self) -> OutcomeColumns:
        """Return all outcomes as arrays."""
        ...

    def count(self, received_after: datetime | None = None) -> int:
        """Return how many there are, or how many were received after a moment."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete the outcomes of a twin, and interventions that no other outcome speaks of; return how many went."""
        ...
