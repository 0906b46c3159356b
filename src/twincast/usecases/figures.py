"""The numbers of many results as arrays, with draws of what the model does not know about all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.extractions import Result
from twincast.domain.predictions import FieldPrediction
from twincast.ports.engines import Engine
from twincast.response.cells import Remembered, cells_of
from twincast.response.ranking import TARGETS
from twincast.usecases.answers import Question
from twincast.usecases.scenes import PRIOR

Array = NDArray[np.float64]
Shape = tuple[int, object]

DRAWS: Final = 1_000
"""Draws of the parameters behind an interval; its ends then vary by some hundredths of its width with the seed."""
ENGAGEMENT, PURCHASE, REVENUE = "will_engage", "will_purchase", "expected_revenue"
STATISTICS: Final[tuple[str, ...]] = (ENGAGEMENT, PURCHASE, REVENUE)
"""Fields that every extraction adds up."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Figures:
    """Numbers of r rows by field.

    Attributes:
        owners: (r,) number of the customer of each row, from 0.
        values: by field, (r,); NaN where a row has none.
        draws: by field, (r, draws) values at shared draws of the parameters; only for fields that have them.
        level: of intervals.
        basis: what the numbers rest on.
    """

    owners: NDArray[np.intp]
    values: Mapping[str, Array]
    draws: Mapping[str, Array]
    level: float
    basis: str

    def take(self, places: NDArray[np.intp]) -> "Figures":
        """Return some of the rows."""
        _, owners = np.unique(self.owners[places], return_inverse=True)
        return Figures(
            owners=owners.astype(np.intp),
            values={field: values[places] for field, values in self.values.items()},
            draws={field: draws[places] for field, draws in self.draws.items()},
            level=self.level,
            basis=self.basis,
        )

    def by_customer(self, field: str) -> Array:
        """Return each customer's mean of a field, (customers,); NaN where no row has a value."""
        return means(self.values[field][:, None], self.owners)[:, 0]


def means(values: Array, owners: NDArray[np.intp]) -> Array:
    """Return the mean of each customer's rows, (customers, k); NaN rows do not count."""
    customers = int(owners.max()) + 1 if owners.size else 0
    known = ~np.isnan(values)
    sums, counts = (np.zeros((customers, values.shape[1])) for _ in range(2))
    np.add.at(sums, owners, np.where(known, values, 0.0))
    np.add.at(counts, owners, known)
    return np.where(counts > 0, sums / np.maximum(counts, 1.0), np.nan)


def figures_of(
    engine: Engine,
    results: Sequence[Result],
    questions: Sequence[Question],
    found: Sequence[Mapping[str, FieldPrediction]],
    asked: Sequence[str],
    *,
    drawing: bool,
    level: float,
) -> Figures:
    """Return the numbers of results.

    Args:
        engine: draws.
        results, questions, found: what was answered, what was asked, and every field of it by canonical name.
        asked: canonical fields beside the statistics.
        drawing: whether intervals are wanted; without them there are no draws.
        level: of the intervals.
    """
    customers = {twin: number for number, twin in enumerate(dict.fromkeys(it.twin_id for it in results))}
    fields = dict.fromkeys((*STATISTICS, *asked))
    drawn = [name for name in fields if name in TARGETS] if drawing else []
    return Figures(
        owners=np.array([customers[it.twin_id] for it in results], dtype=np.intp),
        values={name: np.array([_number(known.get(name)) for known in found], dtype=np.float64) for name in fields},
        draws=_draws(engine, questions, drawn),
        level=level,
        basis=_basis(found),
    )


def _basis(found: Sequence[Mapping[str, FieldPrediction]]) -> str:
    """Say what the statistics rest on: the prior, or what was learned, or some on either."""
    behind = {known[name].basis for known in found for name in STATISTICS if name in known}
    return " and ".join(sorted(behind)) or PRIOR.basis


def _number(found: FieldPrediction | None) -> float:
    """Return the number of a field; NaN for one without, or of which a mean would say nothing."""
    if found is None or found.estimate is None or found.kind in {"window", "ranking", "distribution"}:
        return float("nan")
    return found.estimate.value


def _draws(engine: Engine, questions: Sequence[Question], fields: Sequence[str]) -> dict[str, Array]:
    """Return (r, draws) values by field; the draws are the same ones for every row, in whichever batch it is."""
    shapes: dict[Shape, list[int]] = {}
    for place, asked in enumerate(questions):
        now = asked.subject.now
        moment: object = now.date() if asked.subject.memory is None else now
        shapes.setdefault((asked.settings.horizon_days, moment), []).append(place)
    drawn = {name: np.empty((len(questions), DRAWS)) for name in fields}
    for (days, _), places in shapes.items():
        batch = [questions[place] for place in places]
        memories = tuple(it.subject.memory for it in batch)
        cells = cells_of(
            [it.subject.frame for it in batch],
            list(range(len(batch))),
            [it.interventions[0] for it in batch],
            batch[0].subject.now,
            Remembered(memories=memories, zone=batch[0].subject.zone) if any(memories) else None,
        )
        for name in fields:
            drawn[name][places] = engine.drawn(cells, name, horizon_days=days, draws=DRAWS, seed=0)
    return drawn
