"""The response model: cells in, columns out. The prior alone stands behind it until outcomes have been seen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twincast.domain.errors import UnknownField
from twincast.domain.fields import DEFAULT_LEVEL, PROBABILITIES
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import Explanation
from twincast.reading.interventions import default_response
from twincast.response.cells import Cells
from twincast.response.columns import Column, by_chunks, join
from twincast.response.encoding import Encoded, encode
from twincast.response.explaining import explain_cell
from twincast.response.heads import EXPLAINED_HEADS, FIELD_HEADS, RESPONSE_HEADS
from twincast.response.money import (
    Orders,
    expected_revenue,
    items_purchased,
    lifetime_value_impact,
    orders_of,
    purchase_amount,
    revenue_impact,
)
from twincast.response.prior import Prior
from twincast.response.probabilities import TOLERANCE_POINTS, HeadCells, head_cells, head_column, limit_to_opens, point
from twincast.response.stated import brand_perception_change, emotional_response, satisfaction_change
from twincast.response.times import purchase_days, response_time
from twincast.stats.intervals import two_sided

Array = NDArray[np.float64]
MODEL: Final = "1"
"""Version of the model's form; the prior's digest stands beside it."""
WINDOWS: Final = 4_096
"""Cells whose purchase windows are laid out at a time, so that memory stays bounded."""


class Batch:
    """Cells that share one horizon, encoded once; heads and columns that several fields build on are computed once."""

    def __init__(self, cells: Cells, prior: Prior, days: float, level: float) -> None:
        self.encoded: Encoded = encode(cells, prior)
        self.prior = prior
        self.days = days
        self.level = level
        self._heads: dict[str, HeadCells] = {}
        self._columns: dict[str, Column] = {}

    def head(self, head: str) -> HeadCells:
        """Return the belief about one head."""
        if head not in self._heads:
            self._heads[head] = head_cells(self.encoded, head, self.prior, self.days)
        return self._heads[head]

    def head_column(self, head: str) -> Column:
        """Return a head's column; clicks never above opens."""
        if head not in self._columns:
            column = head_column(self.head(head), self.level)
            if head == "click":
                column = limit_to_opens(column, self.head_column("open"), self.encoded.matches.channel)
            self._columns[head] = column
        return self._columns[head]

    def field(self, field: str) -> Column:
        """Return a field's column."""
        if field not in self._columns:
            self._columns[field] = NUMERIC[field](self)
        return self._columns[field]

    def orders(self) -> Orders:
        """Return what orders are worth."""
        return orders_of(self.encoded, self.prior)

    def heads_of(self, field: str) -> list[str]:
        """Return the head behind a probability field, by intervention."""
        items = self.encoded.cells.interventions
        if field == "will_engage":
            return [RESPONSE_HEADS[response] for response in responses(items)]
        return [EXPLAINED_HEADS[field]] * len(items)

    def head_of(self, field: str, cell: int) -> str:
        """Return the head behind a probability field for one cell."""
        return self.heads_of(field)[int(self.encoded.cells.intervention[cell])]


def responses(interventions: Sequence[ReadIntervention]) -> list[str]:
    """Return what `will_engage` means for each intervention: declared, or the default of its type and channel."""
    return [item.response or default_response(item.type, item.channel) for item in interventions]


def predict(cells: Cells, prior: Prior, fields: Sequence[str], *, horizon_days: int, level: float) -> dict[str, Column]:
    """Predict numeric fields for every cell.

    Args:
        cells: c cells.
        prior: what is believed.
        fields: canonical names of numeric fields.
        horizon_days: horizon of interventions that name none.
        level: level of the intervals.

    Raises:
        UnknownField: a field is not one of the numeric fields.
    """
    return examine(cells, prior, fields, (), explain=0, horizon_days=horizon_days, level=level)[0]


def examine(
    cells: Cells,
    prior: Prior,
    fields: Sequence[str],
    explained: Sequence[str],
    *,
    explain: int,
    horizon_days: int,
    level: float,
) -> tuple[dict[str, Column], dict[str, tuple[Explanation | None, ...]]]:
    """Predict numeric fields for every cell, and take the probabilities among `explained` apart for the first few.

    An explanation is None where there is nothing to take apart: 0 by definition, or a head the channel does not have.

    Args:
        explain: the number of cells, from the first on, that are taken apart.

    Raises:
        UnknownField: a field is not one of the numeric fields, or an explained one rests on no single probability.
    """
    unknown = [field for field in fields if field not in NUMERIC]
    unknown += [field for field in explained if field != "will_engage" and field not in EXPLAINED_HEADS]
    if unknown:
        raise UnknownField(f"No number can be computed, or taken apart, for {', '.join(unknown)}.")
    batches = [(places, Batch(part, prior, days, level)) for places, part, days in _by_horizon(cells, horizon_days)]
    columns = {field: join([(places, batch.field(field)) for places, batch in batches], len(cells)) for field in fields}
    reasons: dict[str, list[Explanation | None]] = {field: [None] * explain for field in explained}
    for places, batch in batches:
        for position in np.flatnonzero(places < explain).tolist():
            for field in explained:
                reasons[field][int(places[position])] = _explain(batch, field, position)
    return columns, {field: tuple(found) for field, found in reasons.items()}


def _by_horizon(cells: Cells, default: int) -> list[tuple[NDArray[np.intp], Cells, float]]:
    """Split a batch by horizon: a cell's number must not depend on the horizons of its neighbours."""
    days = np.array([item.intervention.horizon_days or default for item in cells.interventions], dtype=np.float64)
    distinct = np.unique(days).tolist()
    if len(distinct) <= 1:
        return [(np.arange(len(cells)), cells, distinct[0] if distinct else float(default))]
    mine = days[cells.intervention]
    groups = [(np.flatnonzero(mine == value), value) for value in distinct]
    return [
        (places, replace(cells, twin=cells.twin[places], intervention=cells.intervention[places]), value)
        for places, value in groups
    ]


def _explain(batch: Batch, field: str, cell: int) -> Explanation | None:
    head = batch.head_of(field, cell)
    cells = batch.head(head)
    contacted = bool(cells.contact[cell])
    probability = float(batch.head_column(head).value[cell])
    if not probability > 0.0:
        return None
    at_reference = float(cells.belief.base[cell] + (cells.belief.effect[cell] if contacted else 0.0))
    return explain_cell(
        batch.encoded,
        head,
        batch.prior.heads[head],
        cell,
        field=field,
        probability=probability,
        at_reference=at_reference,
    )


def points(cells: Cells, prior: Prior, field: str, *, horizon_days: int) -> Array:
    """Return a probability field's value alone, (c,), without intervals: for trying many candidates.

    Raises:
        UnknownField: the field is no probability.
    """
    if field not in PROBABILITIES:
        raise UnknownField(f"{field!r} is no probability; those are {', '.join(PROBABILITIES)}.")
    values = np.empty(len(cells))
    for places, part, days in _by_horizon(cells, horizon_days):
        batch = Batch(part, prior, days, DEFAULT_LEVEL)
        heads = batch.heads_of(field)
        mine = np.array(heads, dtype=np.object_)[part.intervention]
        for head in dict.fromkeys(heads):
            where = np.flatnonzero(mine == head)
            values[places[where]] = _point(batch, head)[where]
    return values


def _point(batch: Batch, head: str) -> Array:
    value = point(batch.head(head))[0]
    if head != "click":
        return value
    opens = point(batch.head("open"))[0]
    return np.where(np.isnan(opens), value, np.fmin(value, opens))


def _engage(batch: Batch) -> Column:
    heads = batch.heads_of("will_engage")
    if len(set(heads)) <= 1:
        return batch.head_column(heads[0] if heads else "visit")
    mine = np.array(heads, dtype=np.object_)[batch.encoded.cells.intervention]
    pieces = []
    for head in dict.fromkeys(heads):
        places = np.flatnonzero(mine == head)
        parts = batch.head_column(head).parts()
        pieces.append((places, Column(**{name: values[places] for name, values in parts.items()})))
    return join(pieces, len(batch.encoded.cells))


def _lifetime(batch: Batch) -> Column:
    return lifetime_value_impact(
        batch.field("expected_revenue"), batch.head_column("retained"), batch.encoded, batch.orders(), batch.level
    )


def _loyalty(batch: Batch) -> Column:
    retained = batch.head_column("retained")
    value, low, high = retained.difference()
    sd = np.maximum((high - low) / (2.0 * two_sided(batch.level)), 1e-12)
    return Column(value=value, low=low, high=high, confidence=2.0 * ndtr(TOLERANCE_POINTS / sd) - 1.0)


def _purchase_days(batch: Batch) -> Column:
    delay = response_time(batch.encoded, batch.prior, DEFAULT_LEVEL)  # the median must not move with the level asked
    earliest = np.minimum(np.nan_to_num(delay.low) / 24.0, batch.days / 2.0)
    decay = batch.prior.decay_days[batch.encoded.matches.channel]
    purchase = batch.head("purchase")

    def column(where: slice) -> Column:
        return purchase_days(purchase.part(where), earliest[where], decay[where], batch.days, batch.level)

    return by_chunks(column, len(earliest), WINDOWS)


NUMERIC: Final[dict[str, Callable[[Batch], Column]]] = {
    **{field: partial(Batch.head_column, head=head) for field, head in FIELD_HEADS.items()},
    "will_engage": _engage,
    "purchase_amount": lambda b: purchase_amount(b.orders(), b.level),
    "expected_revenue": lambda b: expected_revenue(b.head("purchase"), b.orders(), b.level),
    "revenue_impact": lambda b: revenue_impact(b.field("expected_revenue"), b.level),
    "lifetime_value_impact": _lifetime,
    "items_purchased": lambda b: items_purchased(b.encoded.cells.twins, b.encoded.cells.twin, b.prior, b.level),
    "satisfaction_change": lambda b: satisfaction_change(b.encoded, b.prior, b.level),
    "brand_perception_change": lambda b: brand_perception_change(b.encoded, b.prior, b.level),
    "loyalty_impact": _loyalty,
    "emotional_response": lambda b: emotional_response(b.encoded, b.prior, b.level),
    "response_time": lambda b: response_time(b.encoded, b.prior, b.level),
    "purchase_window": _purchase_days,
}
"""How each numeric field is computed for a batch."""
