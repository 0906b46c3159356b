"""What the rows of a batch add up to: means and sums that equal them, with intervals that hold what is not known."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import Batch, Choice, Mode, Summary, VariantResult
from twincast.domain.channels import CHANNELS
from twincast.domain.extractions import BEST_FROM, Aggregate
from twincast.domain.fields import BY_NAME, VARIANT_PREFERENCE
from twincast.domain.predictions import Estimate
from twincast.reading.interventions import default_response
from twincast.stats.comparing import share_best
from twincast.stats.nodes import row_quantiles
from twincast.usecases.batching.draws import Drawn, spread
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, RETENTION, REVENUE
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.rows import Everything

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ABOUT: Final = (
    "How far the model may be off for all of these customers together, by draws of its parameters that they share, and "
    "which customers happen to be among these. How single customers turn out varies more."
)
NOTHING: Final = "No row has a value."
NO_DRAWS: Final = "The model makes no joint draws of this field, so a mean of it has no honest interval."


class Adding:
    """Adds up the rows of a batch."""

    def __init__(self, batch: Batch, everybody: Everything, drawn: Drawn, basis: str) -> None:
        self.batch = batch
        self.everybody = everybody
        self.drawn = drawn
        self.basis = basis

    def variants(self, shares: Sequence[float] | None) -> tuple[VariantResult, ...]:
        """Return each variant's own results; `shares` are their P(best), where they were compared."""
        return tuple(
            self._variant(place, None if shares is None else float(shares[place]))
            for place in range(len(self.batch.variants))
        )

    def whole(self, choice: Choice) -> tuple[Summary, str]:
        """Return what the batch as a whole adds up to, and of which variants that speaks."""
        mode, ids = self.batch.settings.mode, [variant.id for variant in self.batch.variants]
        if mode is Mode.SINGLE:
            return self._summary(self._rows_of(0), 0), ids[0]
        if mode is Mode.ASSIGN:
            return self._summary(np.arange(len(self.everybody)), 0), "the variant that each customer was assigned"
        if mode is Mode.COMPARE and choice.best is not None:
            column = ids.index(choice.best)
            return self._summary(np.arange(len(self.everybody)), column), f"the recommended variant, {choice.best}"
        why = "horizons overlap, so steps are not added up" if mode is Mode.SEQUENCE else "none is recommended"
        return self._summary(np.arange(len(self.everybody)), None), f"the mean of all variants for each customer: {why}"

    def _variant(self, place: int, share: float | None) -> VariantResult:
        rows, column = self._rows_of(place), 0 if self.batch.width == 1 else place
        variant = self.batch.variants[place]
        codes = self.everybody.channel[rows, column]
        used, counts = np.unique(codes[~np.isnan(codes)].astype(np.intp), return_counts=True)
        channels = {CHANNELS[code]: int(count) for code, count in zip(used.tolist(), counts.tolist(), strict=True)}
        item = read(self.batch.variants, "USD")[place]
        responses = [item.response or default_response(item.type, channel) for channel in channels or [item.channel]]
        preferences = self.everybody.values.get(VARIANT_PREFERENCE) if len(self.everybody) else None
        firsts = None if preferences is None else preferences.argmax(axis=1) == place
        return VariantResult(
            variant_id=variant.id,
            summary=self._summary(rows, column),
            channels=channels,
            responses=tuple(dict.fromkeys(responses)),
            p_best=share,
            preferred=None if firsts is None else float(firsts.mean()),
            mean_preference=None if preferences is None else float(preferences[:, place].mean()),
        )

    def _rows_of(self, place: int) -> Index:
        if self.batch.settings.mode is Mode.ASSIGN:
            return np.flatnonzero(self.everybody.variant[:, 0] == place)
        return np.arange(len(self.everybody))

    def _summary(self, rows: Index, column: int | None) -> Summary:
        currencies = sorted(set(self.everybody.currencies[rows].tolist()))
        revenue = self._aggregate(REVENUE, rows, column, total=True)
        if len(currencies) > 1:
            words = f"The customers pay in {', '.join(currencies)}: their money is not added up."
            revenue = Aggregate(field=REVENUE, value=None, std=None, n=revenue.n, interval=None, about=words)
        asked = self.batch.settings.fields.items()
        return Summary(
            customers=len(rows),
            engagement=self._aggregate(ENGAGEMENT, rows, column),
            conversion=self._aggregate(PURCHASE, rows, column),
            revenue=revenue,
            retention=self._aggregate(RETENTION, rows, column),
            currency=currencies[0] if len(currencies) == 1 else None,
            fields={
                name: self._aggregate(field, rows, column)
                for name, field in asked
                if field != VARIANT_PREFERENCE and (BY_NAME[field].kind != "money" or len(currencies) == 1)
            },
        )

    def _aggregate(self, field: str, rows: Index, column: int | None, *, total: bool = False) -> Aggregate:
        """Return the mean of a field over some customers, or its sum; of all variants for each where none is named."""
        values = self.everybody.values[field][rows]
        each = values[:, column] if column is not None else _mean(values)
        known = ~np.isnan(each)
        count = int(known.sum())
        if not count:
            return Aggregate(field=field, value=None, std=None, n=0, interval=None, about=NOTHING)
        scale = count if total else 1
        value = float(each[known].sum() if total else each[known].mean())
        interval = self._interval(field, rows[known], column, each[known], value, scale)
        return Aggregate(
            field=field,
            value=value,
            std=float(each[known].std(ddof=1)) if count > 1 else None,
            n=count,
            interval=interval,
            about=ABOUT if interval else NO_DRAWS,
        )

    def _interval(
        self, field: str, rows: Index, column: int | None, each: Array, value: float, scale: int
    ) -> Estimate | None:
        if field not in self.drawn.draws:
            return None
        mine = np.flatnonzero(np.isin(self.drawn.whom, rows))
        draws = self.drawn.draws[field][mine]
        draws = draws[:, column] if column is not None else draws.mean(axis=1)
        sampled = each[np.searchsorted(rows, self.drawn.whom[mine])]
        if not len(mine):
            return None
        means = spread(each[:, None], sampled[:, None], draws[:, None], self.batch.settings.seed) * scale
        level = self.batch.settings.level
        low, high = BY_NAME[field].within(*(float(end[0]) for end in row_quantiles(means, level)))
        return Estimate(
            value=value,
            low=min(low, value),
            high=max(high, value),
            level=level,
            unit=BY_NAME[field].unit,
            basis=self.basis,
        )


def _mean(values: Array) -> Array:
    """Return each row's mean over what it has, NaN where it has nothing."""
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    return np.where(counts > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan)


def chosen(batch: Batch, everybody: Everything, drawn: Drawn) -> tuple[Choice, Array | None]:
    """Return the variant that brings in most from these customers, if one is likely enough to; and each one's P(best).

    Variants that were assigned are compared over the customers that each of them got.
    """
    ids = [variant.id for variant in batch.variants]
    if len(ids) < 2 or batch.settings.mode is Mode.SEQUENCE:
        reason = "there is only one variant" if len(ids) < 2 else "the variants follow one another"
        return Choice(best=None, leading=None, confidence=None, reason=reason), None
    several = len(set(everybody.currencies.tolist())) > 1
    means = reached(batch, everybody, drawn, PURCHASE if several else REVENUE)
    if means is None:
        return Choice(
            best=None, leading=None, confidence=None, reason="no customer has a number for each variant"
        ), None
    shares = share_best(means)
    first = int(np.argmax(shares))
    sure = bool(shares[first] >= BEST_FROM)
    by = "likeliest to be bought" if several else "brings in most"
    words = f"'{ids[first]}' {by} in {shares[first]:.0%} of draws, which is under {BEST_FROM:.0%}"
    choice = Choice(
        best=ids[first] if sure else None,
        leading=ids[first],
        confidence=float(shares[first]),
        reason=None if sure else words,
    )
    return choice, shares


def reached(batch: Batch, everybody: Everything, drawn: Drawn, field: str) -> Array | None:
    """Return draws of what each variant reaches on average among customers like these, (variants, draws), or None."""
    values, seed = everybody.values[field], batch.settings.seed
    if batch.settings.mode is Mode.ASSIGN:
        means = []
        for place in range(len(batch.variants)):
            rows = np.flatnonzero((everybody.variant[:, 0] == place) & ~np.isnan(values[:, 0]))
            if not np.isin(drawn.whom, rows).any():
                return None
            means.append(drawn.spread(everybody, field, 0, rows, seed + place + 1))
        return np.array(means)
    rows = np.flatnonzero(~np.isnan(values).any(axis=1))
    mine = np.flatnonzero(np.isin(drawn.whom, rows))
    if not len(mine):
        return None
    return spread(values[rows], values[drawn.whom[mine]], drawn.draws[field][mine], seed)
