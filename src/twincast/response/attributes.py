"""Further attributes of records as features: standardised once, when a model is fitted, and frozen with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.further import Value, further_columns
from twincast.reading.twins import TwinFrame

Array = NDArray[np.float64]

FEWEST_ROWS: Final = 20
"""Customers that must have a value, or a category, before it gets a weight; rarer categories are pooled."""
MOST_CATEGORIES: Final = 12
OF_STATE: Final = ("coupon_share", "income_mid", "items_per_order")
"""What was read of a record into numbers that no feature of the prior is made of: only outcomes can weigh them."""
MOST_ATTRIBUTES: Final = 40
FURTHEST: Final = 4.0
"""Standardised numbers reach no further: a slip in a record must not decide."""
SKEWED: Final = 2.0
"""Skewness from which a number that is never negative is taken as its logarithm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One feature made of an attribute, and the figures it was standardised with.

    Attributes:
        path: of the attribute in the record.
        kind: `number`, `log` (the number's log1p), `category` (is it this one), `other` (one of the rarer ones) or
            `missing`.
        category: for `category`.
        centre, scale: subtracted, and divided by.
        known: for `other`: the categories that have a feature of their own.
    """

    path: str
    kind: str
    category: str = ""
    centre: float = 0.0
    scale: float = 1.0
    known: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of its term."""
        return {"category": f"{self.path}={self.category}", "other": f"{self.path}=*", "missing": f"{self.path}?"}.get(
            self.kind, self.path
        )


def columns_of(twins: TwinFrame) -> tuple[Column, ...]:
    """Choose the features that the further attributes of some customers make, by how many have them."""
    found = _read(twins)
    common = sorted(found, key=lambda path: (-len(found[path][0]), path))[:MOST_ATTRIBUTES]
    columns: list[Column] = []
    for path in sorted(common):
        columns += _columns(path, found[path][1], len(twins))
    return tuple(columns)


def _read(twins: TwinFrame) -> Mapping[str, tuple[list[int], list[Value]]]:
    found = further_columns(twins.documents, twins.column("as_of_day").tolist()) if twins.documents else {}
    for name in OF_STATE:
        values = twins.column(name)
        rows = np.flatnonzero(np.isfinite(values))
        if len(rows):
            found[name] = rows.tolist(), values[rows].tolist()
    return found


def _columns(path: str, values: Sequence[Value], count: int) -> list[Column]:
    if min(len(values), count) < FEWEST_ROWS:
        return []
    numbers = np.array([value for value in values if isinstance(value, float)])
    made = _numeric(path, numbers) if 2 * len(numbers) > len(values) else _categories(path, values)
    missing = count - len(values)
    if made and missing >= FEWEST_ROWS:
        made.append(Column(path=path, kind="missing", centre=missing / count))
    return made


def _numeric(path: str, numbers: Array) -> list[Column]:
    spread = float(numbers.std())
    if len(numbers) < FEWEST_ROWS or not spread > 1e-12 * max(1.0, float(np.abs(numbers).max())):
        return []
    skew = float(np.mean(((numbers - numbers.mean()) / spread) ** 3))
    if numbers.min() >= 0.0 and skew > SKEWED:
        logs = np.log1p(numbers)
        return [Column(path=path, kind="log", centre=float(logs.mean()), scale=float(logs.std()))]
    return [Column(path=path, kind="number", centre=float(numbers.mean()), scale=spread)]


def _categories(path: str, values: Sequence[Value]) -> list[Column]:
    number: dict[str, int] = {}
    for value in values:
        for word in value if isinstance(value, tuple) else ():
            number[word] = number.get(word, 0) + 1
    often = sorted((word for word in number if number[word] >= FEWEST_ROWS), key=lambda word: (-number[word], word))
    kept = tuple(often[:MOST_CATEGORIES])
    own = [
        Column(path=path, kind="category", category=word, centre=number[word] / len(values))
        for word in kept
        if len(values) - number[word] >= FEWEST_ROWS
    ]
    rare = sum(any(word not in kept for word in value) for value in values if isinstance(value, tuple))
    if own and rare >= FEWEST_ROWS:
        own.append(Column(path=path, kind="other", centre=rare / len(values), known=kept))
    return own


def encode_attributes(twins: TwinFrame, columns: Sequence[Column]) -> Array:
    """Return the features of the customers, (n, G); 0 where a record says nothing, as for the average customer."""
    table = np.zeros((len(twins), len(columns)))
    if not columns:
        return table
    found = _read(twins)
    for place, column in enumerate(columns):
        rows, values = found.get(column.path, ([], []))
        if column.kind == "missing":
            table[:, place] = 1.0 - column.centre
            table[rows, place] = -column.centre
        else:
            table[rows, place] = _feature(column, values)
    return table


def _feature(column: Column, values: Sequence[Value]) -> Array:
    if column.kind in ("number", "log"):
        numbers = np.array([value if isinstance(value, float) else np.nan for value in values])
        if column.kind == "log":
            numbers = np.log1p(np.maximum(numbers, 0.0))
        standard = np.minimum(np.maximum((numbers - column.centre) / column.scale, -FURTHEST), FURTHEST)
        return np.where(np.isnan(standard), 0.0, standard)
    words = [value if isinstance(value, tuple) else () for value in values]
    if column.kind == "category":
        return np.array([column.category in mine for mine in words], dtype=np.float64) - column.centre
    return (
        np.array([any(word not in column.known for word in mine) for mine in words], dtype=np.float64) - column.centre
    )
