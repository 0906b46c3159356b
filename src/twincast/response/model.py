"""The response model at work: cells in, columns out."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twincast.domain.errors import UnknownField
from twincast.domain.fields import DEFAULT_LEVEL, PROBABILITIES
from twincast.domain.predictions import Explanation
from twincast.response.amounts import segments_of
from twincast.response.answering import engaged_heads
from twincast.response.beliefs import seen_by
from twincast.response.cells import Cells
from twincast.response.columns import Column, by_chunks, join
from twincast.response.designs import Design, lay_out
from twincast.response.encoding import Encoded, encode
from twincast.response.explaining import explain_cells
from twincast.response.heads import EXPLAINED_HEADS, FIELD_HEADS, HEADS
from twincast.response.items import items_purchased
from twincast.response.money import (
    Orders,
    amount_spent,
    expected_revenue,
    lifetime_value_impact,
    orders_of,
    purchase_amount,
    revenue_impact,
    spent,
)
from twincast.response.posteriors import ResponseModel
from twincast.response.probabilities import (
    TOLERANCE_POINTS,
    HeadCells,
    gives_way,
    head_cells,
    head_columns,
    limited,
    point,
    within,
)
from twincast.response.stated import brand_perception_change, emotional_response, satisfaction_change
from twincast.response.times import purchase_days, response_time, share_at, shares_by
from twincast.stats.intervals import two_sided

Array = NDArray[np.float64]
MODEL: Final = "1"
"""Version of the model's form; the version of its numbers stands beside it."""
WINDOWS: Final = 4_096
"""Cells whose purchase windows are laid out at a time, so that memory stays bounded."""


class Batch:
    """Cells that share one horizon, encoded once; heads and columns that several fields build on are computed once."""

    def __init__(self, encoded: Encoded, model: ResponseModel, days: float, level: float) -> None:
        self.encoded = encoded
        self.model = model
        self.prior = model.prior
        self.days = days
        self.level = level
        self._heads: dict[str, HeadCells] = {}
        self._designs: dict[str, Design] = {}
        self._columns: dict[str, Column] = {}
        self._points: dict[str, Array] = {}
        self._answering: dict[str, NDArray[np.intp]] = {}

    def head(self, head: str) -> HeadCells:
        """Return the belief about one head."""
        if head not in self._heads:
            self._heads |= head_cells(self.encoded, [head], self.model, self.days)
        return self._heads[head]

    def design(self, head: str) -> Design:
        """Return the cells laid out over the terms of a head that has seen outcomes, as they are believed of."""
        if head not in self._designs:
            own = self.model.posteriors[head]
            self._designs[head] = lay_out(seen_by(self.encoded, own), own.terms)
        return self._designs[head]

    def head_column(self, head: str) -> Column:
        """Return a head's column; clicks never above opens."""
        if head not in self._columns:
            self._columns |= head_columns([self.head(it) for it in self._with_limits([head])], self.level)
            self._limit(head)
        return self._columns[head]

    def points(self, head: str) -> Array:
        """Return a head's value alone, without the interval; the same bits as in its column."""
        if head in self._columns:
            return self._columns[head].value
        if head not in self._points:
            value, *others = (point(self.head(it))[0] for it in self._with_limits([head]))
            self._points[head] = within(value, others[0], self.encoded.matches.channel, head) if others else value
        return self._points[head]

    def _with_limits(self, heads: Sequence[str]) -> list[str]:
        """Return some heads, and those that limit one of them."""
        giving, limit = gives_way(self.model)
        return list(dict.fromkeys((*heads, limit)) if giving in heads else heads)

    def _limit(self, *heads: str) -> None:
        """Keep clicks and opens in order, where the one that gives way is among the heads."""
        giving, limit = gives_way(self.model)
        if giving in heads:
            channel = self.encoded.matches.channel
            self._columns[giving] = limited(self._columns[giving], self._columns[limit], channel, giving)

    def believe(self, fields: Sequence[str]) -> None:
        """Take up the beliefs about the heads behind some fields together."""
        self._heads |= head_cells(self.encoded, self._heads_behind(fields), self.model, self.days)

    def part(self, where: slice) -> "Batch":
        """Return some of the cells, with what is believed of them."""
        batch = Batch(self.encoded.part(where), self.model, self.days, self.level)
        batch._heads = {head: cells.part(where) for head, cells in self._heads.items()}
        batch._answering = {field: codes[where] for field, codes in self._answering.items()}
        return batch

    def compute(self, fields: Sequence[str]) -> None:
        """Compute the columns of the heads behind some fields together: those of one kind and horizon as one batch."""
        wanted = self._heads_behind(fields)
        new = [head for head in wanted if head not in self._columns]
        self._columns |= head_columns([self.head(head) for head in new], self.level)
        self._limit(*new)

    def _heads_behind(self, fields: Sequence[str]) -> list[str]:
        heads = dict.fromkeys(EXPLAINED_HEADS[field] for field in fields if field in FIELD_HEADS)
        if "will_engage" in fields:
            heads |= dict.fromkeys(HEADS[code] for code in set(self.heads_of("will_engage").tolist()))
        return self._with_limits(list(heads))

    def field(self, field: str) -> Column:
        """Return a field's column."""
        if field not in self._columns:
            self._columns[field] = NUMERIC[field](self)
        return self._columns[field]

    def orders(self) -> Orders:
        """Return what an order is worth."""
        return orders_of(self.encoded, self.prior)

    def spent(self) -> Orders:
        """Return what is spent within the horizon, given a purchase."""
        return spent(self.encoded, self.model, self.days)

    def heads_of(self, field: str) -> NDArray[np.intp]:
        """Return the head behind a probability field for each cell, (c,), as its place in HEADS."""
        if field not in self._answering:
            self._answering[field] = (
                engaged_heads(self.encoded)
                if field == "will_engage"
                else np.full(len(self.encoded.cells), HEADS.index(EXPLAINED_HEADS[field]))
            )
        return self._answering[field]

    def head_of(self, field: str, cell: int) -> str:
        """Return the head behind a probability field for one cell."""
        return HEADS[int(self.heads_of(field)[cell])] if field == "will_engage" else EXPLAINED_HEADS[field]


def predict(
    cells: Cells, model: ResponseModel, fields: Sequence[str], *, horizon_days: int, level: float
) -> dict[str, Column]:
    """Predict numeric fields for every cell.

    Args:
        cells: c cells.
        model: what is believed.
        fields: canonical names of numeric fields.
        horizon_days: horizon of interventions that name none.
        level: level of the intervals.

    Raises:
        UnknownField: a field is not one of the numeric fields.
    """
    _check(fields, NUMERIC)
    pieces: list[tuple[NDArray[np.intp], dict[str, Column]]] = []
    for places, part, days in by_horizon(cells, horizon_days):
        batch = Batch(encode(part, model), model, days, level)
        pieces.append((places, {field: batch.field(field) for field in fields}))
    return {field: join([(places, found[field]) for places, found in pieces], len(cells)) for field in fields}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Examined:
    """A small batch looked at closely.

    Attributes:
        columns: of the shown cells, by field.
        explanations: of the shown cells, by explained field; None where there is nothing to take apart: 0 by
            definition, or a head the channel does not have.
        scores: value of the scored field for each of the other cells.
    """

    columns: dict[str, Column]
    explanations: dict[str, tuple[Explanation | None, ...]]
    scores: Array


def examine(
    cells: Cells,
    model: ResponseModel,
    fields: Sequence[str],
    explained: Sequence[str],
    *,
    shown: int,
    scored: str,
    horizon_days: int,
    level: float,
) -> Examined:
    """Predict and take apart the first `shown` cells, and give the others' value of one probability alone.

    Args:
        fields, explained: what to predict, and which probabilities to take apart.
        scored: the probability that the other cells, candidates of a suggestion, are tried for.

    Raises:
        UnknownField: a field is not one of the numeric fields, or an explained one rests on no single probability.
    """
    _check(fields, NUMERIC)
    _check(explained, (*EXPLAINED_HEADS, "will_engage"))
    _check([scored], PROBABILITIES)
    scores = np.empty(len(cells))
    pieces: list[tuple[NDArray[np.intp], dict[str, Column]]] = []
    reasons: dict[str, list[Explanation | None]] = {field: [None] * shown for field in explained}
    for places, part, days in by_horizon(cells, horizon_days):
        encoded = encode(part, model)
        first = int(np.searchsorted(places, shown))
        everything = Batch(encoded, model, days, level)
        everything.believe((*fields, *explained, scored))
        scores[places[first:]] = _points(everything, scored)[first:]
        batch = everything.part(slice(0, first))
        batch.compute(fields)
        pieces.append((places[:first], {field: batch.field(field) for field in fields}))
        for field in explained:
            for cell, parts in zip(places[:first].tolist(), _explain(batch, field), strict=True):
                reasons[field][cell] = parts
    columns = {field: join([(places, found[field]) for places, found in pieces], shown) for field in fields}
    return Examined(
        columns=columns,
        explanations={field: tuple(found) for field, found in reasons.items()},
        scores=scores[shown:],
    )


def _check(fields: Iterable[str], known: Container[str]) -> None:
    unknown = [field for field in fields if field not in known]
    if unknown:
        raise UnknownField(f"No number can be computed, or taken apart, for {', '.join(unknown)}.")


def by_horizon(cells: Cells, default: int) -> list[tuple[NDArray[np.intp], Cells, float]]:
    """Split a batch by horizon: a cell's number must not depend on the horizons of its neighbours."""
    asked = [float(item.intervention.horizon_days or default) for item in cells.interventions]
    distinct = sorted(set(asked))
    if len(distinct) <= 1:
        return [(np.arange(len(cells)), cells, distinct[0] if distinct else float(default))]
    mine = np.array(asked)[cells.intervention]
    groups = [(np.flatnonzero(mine == value), value) for value in distinct]
    return [(places, cells.part(places), value) for places, value in groups]


def _explain(batch: Batch, field: str) -> list[Explanation | None]:
    """Take a field of every cell apart; None where it can not occur."""
    codes = batch.heads_of(field).tolist()
    found: list[Explanation | None] = [None] * len(codes)
    for code in dict.fromkeys(codes):
        head = HEADS[code]
        cells, probabilities = batch.head(head), batch.points(head).tolist()
        mine = [cell for cell, own in enumerate(codes) if own == code and probabilities[cell] > 0.0]
        logits = np.where(cells.contact, cells.belief.base + cells.belief.effect, cells.belief.base).tolist()
        parts = explain_cells(
            batch.encoded,
            head,
            batch.model,
            mine,
            field=field,
            probabilities=[probabilities[cell] for cell in mine],
            at_reference=[logits[cell] for cell in mine],
        )
        for cell, part in zip(mine, parts, strict=True):
            found[cell] = part
    return found


def points(cells: Cells, model: ResponseModel, field: str, *, horizon_days: int) -> Array:
    """Return a probability field's value alone, (c,), without intervals: for trying many candidates.

    Raises:
        UnknownField: the field is no probability.
    """
    if field not in PROBABILITIES:
        raise UnknownField(f"{field!r} is no probability; those are {', '.join(PROBABILITIES)}.")
    values = np.empty(len(cells))
    for places, part, days in by_horizon(cells, horizon_days):
        values[places] = _points(Batch(encode(part, model), model, days, DEFAULT_LEVEL), field)
    return values


def _points(batch: Batch, field: str) -> Array:
    codes = batch.heads_of(field)
    values = np.empty(len(codes))
    for code in set(codes.tolist()):
        where = codes == code
        values[where] = batch.points(HEADS[code])[where]
    return values


def _engage(batch: Batch) -> Column:
    codes = batch.heads_of("will_engage")
    distinct = sorted(set(codes.tolist()))
    if len(distinct) <= 1:
        return batch.head_column(HEADS[distinct[0]] if distinct else "visit")
    pieces = []
    for code in distinct:
        places = np.flatnonzero(codes == code)
        parts = batch.head_column(HEADS[code]).parts()
        pieces.append((places, Column(**{name: values[places] for name, values in parts.items()})))
    return join(pieces, len(codes))


def _lifetime(batch: Batch) -> Column:
    return lifetime_value_impact(
        batch.field("expected_revenue"), batch.head_column("retained"), batch.encoded, batch.orders(), batch.level
    )


def _loyalty(batch: Batch) -> Column:
    retained = batch.head_column("retained")
    value, low, high = retained.difference()
    sd = np.maximum((high - low) / (2.0 * two_sided(batch.level)), 1e-12)
    return Column(value=value, low=low, high=high, confidence=2.0 * ndtr(TOLERANCE_POINTS / sd) - 1.0)


def _hazard_of(batch: Batch) -> tuple[HeadCells, Array, Array]:
    """Return what the hazard of a purchase rests on: its head, the earliest day of a response, and the decay."""
    delay = response_time(batch.encoded, batch.model, DEFAULT_LEVEL)  # the median must not move with the level asked
    earliest = np.minimum(np.nan_to_num(delay.low) / 24.0, batch.days / 2.0)
    return batch.head("purchase"), earliest, batch.prior.decay_days[batch.encoded.matches.channel]


def purchase_shares(batch: Batch, days_taken: Array) -> Array:
    """Return what share of a horizon's purchases the hazard puts before those that came after so many days, (c,)."""
    purchase, earliest, decay = _hazard_of(batch)
    found = np.empty(len(days_taken))
    for start in range(0, len(found), WINDOWS):
        where = slice(start, start + WINDOWS)
        grid, share = shares_by(purchase.part(where), earliest[where], decay[where], batch.days)
        found[where] = share_at(days_taken[where], grid, share)
    return found


def _purchase_days(batch: Batch) -> Column:
    purchase, earliest, decay = _hazard_of(batch)
    ends, learned = None, batch.model.numbers.window
    if learned is not None and learned.tails is not None:
        segment = segments_of(batch.encoded, np.full(len(earliest), batch.days))
        low, high = learned.tails.ends(segment, batch.level)
        ends = ndtr(learned.tails.ends(segment, 0.0)[0]), ndtr(low), ndtr(high)

    def column(where: slice) -> Column:
        mine = None if ends is None else (ends[0][where], ends[1][where], ends[2][where])
        return purchase_days(purchase.part(where), earliest[where], decay[where], batch.days, batch.level, mine)

    return by_chunks(column, len(earliest), WINDOWS)


NUMERIC: Final[dict[str, Callable[[Batch], Column]]] = {
    **{field: partial(Batch.head_column, head=head) for field, head in FIELD_HEADS.items()},
    "will_engage": _engage,
    "purchase_amount": lambda b: purchase_amount(b.spent(), b.level),
    "expected_revenue": lambda b: expected_revenue(b.head("purchase"), b.spent(), b.level),
    "amount_spent": lambda b: amount_spent(b.head("purchase"), b.spent(), b.level),
    "revenue_impact": lambda b: revenue_impact(b.field("expected_revenue"), b.level),
    "lifetime_value_impact": _lifetime,
    "items_purchased": lambda b: items_purchased(b.encoded, b.model, b.days, b.level),
    "satisfaction_change": lambda b: satisfaction_change(b.encoded, b.model, b.level),
    "brand_perception_change": lambda b: brand_perception_change(b.encoded, b.model, b.level),
    "loyalty_impact": _loyalty,
    "emotional_response": lambda b: emotional_response(b.encoded, b.prior, b.level),
    "response_time": lambda b: response_time(b.encoded, b.model, b.level),
    "purchase_window": _purchase_days,
}
"""How each numeric field is computed for a batch."""
