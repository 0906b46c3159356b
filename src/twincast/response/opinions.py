"""What answers to surveys say of stated scales, as a value that is written down with a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from twincast.response.evidence import Evidence, nothing

SURVEY: Final = "survey"
"""Stands among the channels for answers to surveys."""
SCATTER: Final[Mapping[str, float]] = {"satisfaction": 0.8, "brand": 0.3}
"""Scales that are learned, and the sd of single answers around what is foretold. Judgement: one step of five, and a
sixth of the way from worst to best; drawn towards the answers' own as they come."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Opinion:
    """What answers say of one scale.

    Attributes:
        evidence: of the terms of the prior, by name; scatter: sd of single answers.
        count: number of answers.
        missed: root mean square of what was missed of answers, foretold from those of other customers; missed_by_mean:
            the same where the others' mean answer foretells. None with too few.
    """

    evidence: Evidence
    scatter: float
    count: int
    missed: float | None
    missed_by_mean: float | None


def as_plain(opinions: Mapping[str, Opinion]) -> dict[str, Any]:
    """Return opinions as plain data."""
    return {
        name: {
            "names": own.evidence.names,
            "precision": own.evidence.precision.astype("<f8").tobytes(),
            "shift": own.evidence.shift.astype("<f8").tobytes(),
            **{part: getattr(own, part) for part in ("scatter", "count", "missed", "missed_by_mean")},
        }
        for name, own in sorted(opinions.items())
    }


def of_plain(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Opinion]:
    """Read what `as_plain` wrote."""
    return {name: _opinion(own) for name, own in data.items()}


def _opinion(own: Mapping[str, Any]) -> Opinion:
    names = tuple(own["names"])
    blank = nothing(names)
    precision = np.frombuffer(own["precision"], dtype="<f8").reshape(blank.precision.shape).copy()
    evidence = Evidence(names=names, precision=precision, shift=np.frombuffer(own["shift"], dtype="<f8").copy())
    return Opinion(evidence=evidence, **{part: own[part] for part in ("scatter", "count", "missed", "missed_by_mean")})
