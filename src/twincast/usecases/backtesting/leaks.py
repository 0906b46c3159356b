"""Columns that know the outcome: found in the training rows, by what they give away, and named."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.stats.scoring import auc
from twincast.stats.streams import stream
from twincast.usecases.backtesting.cases import EPOCH, Cases
from twincast.usecases.backtesting.features import is_known, numbers

Array = NDArray[np.float64]
TOO_GOOD: Final = 0.97
"""AUC of a single column from which it is taken to know the outcome; no honest field of a customer comes near."""
LEAST_EVENTS: Final = 10
LISTED_DATES: Final = ("date", "at", "time", "timestamp", "day")


def leaks_in(cases: Cases, columns: Mapping[str, Sequence[object]]) -> dict[str, str]:
    """Return the columns that know the outcome, each with how it shows.

    Args:
        cases: the training rows.
        columns: name -> cells, one a row.
    """
    found: dict[str, str] = {}
    happened = cases.outcome > 0
    for name, cells in columns.items():
        why = _after(cells, cases.days) or _knows(cells, happened)
        if why:
            found[name] = why
    return found


def _after(cells: Sequence[object], days: Array) -> str:
    """Say that a column holds days after the contact."""
    late = 0
    for cell, day in zip(cells, days.tolist(), strict=True):
        moment = EPOCH + timedelta(days=int(day))
        late += any(found > moment for found in _dates(cell))
    return f"holds days after the contact in {late:,} rows" if late else ""


def _dates(cell: object) -> Iterator[date]:
    """Yield the days that a cell holds: itself, or those of the entries of a list."""
    if isinstance(cell, str) and len(cell) >= 10 and cell[4:5] == "-":
        try:
            yield date.fromisoformat(cell[:10])
        except ValueError:
            return
    elif isinstance(cell, list):
        for entry in cell:
            if isinstance(entry, Mapping):
                for name in LISTED_DATES:
                    yield from _dates(entry.get(name))


def _knows(cells: Sequence[object], happened: NDArray[np.bool_]) -> str:
    events = int(happened.sum())
    if min(events, len(happened) - events) < LEAST_EVENTS:
        return ""
    known = np.array([is_known(cell) for cell in cells])
    filled = auc(known, happened)
    if max(filled, 1.0 - filled) >= TOO_GOOD:
        when = "happened" if filled > 0.5 else "did not happen"
        return f"is filled almost only where the outcome {when} (AUC {max(filled, 1.0 - filled):.3f})"
    score = _score(cells, known, happened)
    if score is None:
        return ""
    area = auc(score, happened)
    best = max(area, 1.0 - area)
    return f"alone tells the outcome apart almost without error (AUC {best:.3f})" if best >= TOO_GOOD else ""


def _score(cells: Sequence[object], known: NDArray[np.bool_], happened: NDArray[np.bool_]) -> Array | None:
    """Return a number a row that ranks by the column: its own, or how often its text went with events elsewhere."""
    held = [cell for cell, there in zip(cells, known, strict=True) if there]
    if held and all(isinstance(cell, bool | int | float) for cell in held):
        values = numbers(cells)
        return np.where(np.isnan(values), np.nanmedian(values), values)
    if not all(isinstance(cell, str) for cell in held):
        return None
    codes = np.unique(np.array([str(cell) for cell in cells]), return_inverse=True)[1]
    if codes.max(initial=0) > len(cells) / 3:  # an id, a name: every row its own
        return None
    return _rates(codes, happened)


def _rates(codes: NDArray[np.intp], happened: NDArray[np.bool_]) -> Array:
    """Return each text's rate of events in the other half of the rows, so that a row never tells of itself."""
    half = stream(0, "leaks").random(len(codes)) < 0.5
    found = np.zeros(len(codes))
    for mine in (half, ~half):
        rows = np.bincount(codes[~mine], minlength=int(codes.max()) + 1)
        hits = np.bincount(codes[~mine], weights=happened[~mine], minlength=int(codes.max()) + 1)
        rate = (hits + happened.mean()) / (rows + 1.0)
        found[mine] = rate[codes[mine]]
    return found
