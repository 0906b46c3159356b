"""The outcomes of a workspace as arrays: what learning reads, a million rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twincast.domain.ids import TwinId
from twincast.domain.interventions import Intervention

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
