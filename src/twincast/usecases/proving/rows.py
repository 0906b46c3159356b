"""The rows of a readout: who was in which arm, what came of it, and what was known before; from whatever source."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput, TooLarge
from twincast.domain.experiments import MONEY
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.interventions import Intervention

Array = NDArray[np.float64]
Index = NDArray[np.intp]
MOST_ROWS: Final = 200_000
MOST_SEGMENTS: Final = 20
NO_DAY: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenRow:
    """One customer of a test as the caller tells it.

    Attributes:
        arm: id of the arm; customer: id, where one is told.
        outcomes: kind -> 1 it happened, 0 it did not; `amount` is money. What is not told is not known.
        day: of the contact, or from which on was observed.
        propensity: probability with which this customer was to be in this arm.
        before: what was known before, by name.
    """

    arm: str
    customer: str | None = None
    outcomes: Mapping[str, float] = field(default_factory=dict)
    day: date | None = None
    propensity: float | None = None
    segment: str | None = None
    before: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """n customers of a test, each once; arrays of shape (n,).

    Attributes:
        arms: ids, of which `control` is the place of the one that others are compared with.
        arm: place of each customer's.
        day: of the contact, days since 1970-01-01, or `NO_DAY`.
        outcome: the metric, NaN where it is not known (yet).
        guardrails: kind -> the same of it.
        propensity: NaN where not told.
        segment: label of each, or None where nobody asked.
        before: (n, m) what was known before, NaN where nothing was; `names` of it.
        crossed: customers who were seen in several arms, and are in none.
        left_out: reason -> how many rows or contacts say nothing.
        window: days within which the metric counted; None where nobody says.
    """

    arms: tuple[str, ...]
    control: int
    arm: Index
    day: NDArray[np.int64]
    outcome: Array
    guardrails: Mapping[str, Array]
    propensity: Array
    segment: NDArray[np.str_] | None
    before: Array
    names: tuple[str, ...]
    crossed: int
    left_out: Mapping[str, int]
    window: float | None

    def __len__(self) -> int:
        return len(self.arm)


def rows_of(
    given: Sequence[GivenRow],
    arms: Mapping[str, Intervention | None] | Sequence[str],
    control: str,
    *,
    metric: str,
    guardrails: Sequence[str],
    window: float | None,
) -> Rows:
    """Put given rows into arrays, each customer once: of one told twice in the same arm the first counts.

    Args:
        given: the rows.
        arms: ids of the arms; control: the one to compare with.
        metric, guardrails: kinds of outcomes.
        window: days within which they counted, where that is told.

    Raises:
        InvalidInput: with the first problems by row; TooLarge: more rows than are read at once.
    """
    if len(given) > MOST_ROWS:
        raise TooLarge(f"rows has {len(given):,} entries; at most {MOST_ROWS:,} are read at once: store them instead.")
    ids = tuple(arms)
    problems = [it for place, row in enumerate(given) for it in _problems(row, place, ids)]
    if problems:
        raise InvalidInput.of(problems[:MAX_PROBLEMS])
    kept, crossed, left_out = _each_once(given)
    names = tuple(dict.fromkeys(name for row in kept for name in row.before))
    place = {name: code for code, name in enumerate(ids)}
    segments = [row.segment for row in kept]
    return Rows(
        arms=ids,
        control=place[control],
        arm=np.array([place[row.arm] for row in kept], dtype=np.intp),
        day=np.array([NO_DAY if row.day is None else days_of(row.day) for row in kept], dtype=np.int64),
        outcome=_told(kept, metric),
        guardrails={kind: _told(kept, kind) for kind in guardrails},
        propensity=np.array([np.nan if row.propensity is None else row.propensity for row in kept]),
        segment=np.array([it or "" for it in segments]) if any(segments) else None,
        before=np.array([[row.before.get(name, np.nan) for name in names] for row in kept]).reshape(len(kept), -1),
        names=names,
        crossed=crossed,
        left_out=left_out,
        window=window,
    )


def days_of(day: date) -> int:
    """Return the days from 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _told(rows: Sequence[GivenRow], kind: str) -> Array:
    return np.array([row.outcomes.get(kind, np.nan) for row in rows], dtype=np.float64)


def _each_once(given: Sequence[GivenRow]) -> tuple[list[GivenRow], int, dict[str, int]]:
    """Return each customer's first row, how many customers stand in several arms, and what was left out."""
    arms: dict[str, set[str]] = {}
    for row in given:
        if row.customer is not None:
            arms.setdefault(row.customer, set()).add(row.arm)
    seen: set[str] = set()
    kept: list[GivenRow] = []
    left_out: Counter[str] = Counter()
    for row in given:
        if row.customer is not None and len(arms[row.customer]) > 1:
            left_out["of customers in several arms"] += 1
        elif row.customer is not None and row.customer in seen:
            left_out["of customers told before"] += 1
        else:
            kept.append(row)
            seen.add(row.customer or "")
    return kept, sum(len(it) > 1 for it in arms.values()), dict(left_out)


def _problems(row: GivenRow, place: int, arms: Sequence[str]) -> Iterator[FieldProblem]:
    if row.arm not in arms:
        message = f"{row.arm[:60]!a} is no arm"
        yield FieldProblem(field="arm", message=message, allowed=", ".join(arms), row=place)
    if row.propensity is not None and not 0.0 < row.propensity <= 1.0:
        message = f"{row.propensity:g} is out of range"
        yield FieldProblem(field="propensity", message=message, allowed="more than 0, at most 1", row=place)
    for kind, value in row.outcomes.items():
        wrong = not isfinite(value) or value < 0.0 if kind == MONEY else value not in (0.0, 1.0)
        if wrong:
            allowed = "money, 0 or more" if kind == MONEY else "1 (it happened) or 0 (it did not)"
            yield FieldProblem(field=f"outcomes.{kind[:60]}", message=f"is {value:g}", allowed=allowed, row=place)
    for name, value in row.before.items():
        if not isfinite(value):
            yield FieldProblem(field=f"before.{name[:60]}", message="is not finite", allowed="a number", row=place)
