"""What rows add up to: means and sums over customers, with the uncertainty that all of them share."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.extractions import BEST_FROM, HIGH_ENGAGEMENT, Aggregate, Row, Totals
from twincast.domain.fields import BY_NAME
from twincast.domain.predictions import Estimate
from twincast.stats.comparing import share_best
from twincast.stats.nodes import row_quantiles
from twincast.usecases.figures import ENGAGEMENT, PURCHASE, REVENUE, Figures, means

Array = NDArray[np.float64]

SHARED: Final = (
    "How far the model itself may be off for all of these customers together, by draws of its parameters that they "
    "share: it does not shrink with their number, and how single customers turn out varies more."
)
NO_DRAWS: Final = "The model makes no joint draws of this field, so a mean of it has no honest interval."
NOTHING: Final = "No row has a value."


def aggregate(figures: Figures, field: str, *, total: bool = False) -> Aggregate:
    """Return the mean of a field over customers, or their total, with its interval."""
    each = figures.by_customer(field)
    known = each[~np.isnan(each)]
    if known.size == 0:
        return Aggregate(field=field, value=0.0 if total else None, std=None, n=0, interval=None, about=NOTHING)
    combine: Callable[..., Array] = np.nansum if total else np.nanmean
    value = float(combine(each))
    interval = None
    if field in figures.draws:
        drawn = combine(means(figures.draws[field], figures.owners), axis=0)
        low, high = (float(end[0]) for end in row_quantiles(drawn[None], figures.level))
        interval = Estimate(
            value=value,
            low=min(low, value),
            high=max(high, value),
            level=figures.level,
            unit=BY_NAME[field].unit,
            basis=figures.basis,
        )
    return Aggregate(
        field=field,
        value=value,
        std=float(known.std(ddof=1)) if known.size > 1 else None,
        n=int(known.size),
        interval=interval,
        about=SHARED if interval else NO_DRAWS,
    )


def totals(figures: Figures, rows: Sequence[Row]) -> Totals:
    """Return what all rows add up to."""
    currencies = {row.result.currency for row in rows}
    one_currency = len(currencies) <= 1
    revenue = aggregate(figures, REVENUE, total=True)
    if not one_currency:
        words = f"The customers pay in {', '.join(sorted(currencies))}: their money is not added up."
        revenue = Aggregate(field=REVENUE, value=None, std=None, n=revenue.n, interval=None, about=words)
    best, confidence, reason = _best(figures, rows) if one_currency else (None, None, revenue.about)
    return Totals(
        customers=len(np.unique(figures.owners)),
        engagement=aggregate(figures, ENGAGEMENT),
        purchase=aggregate(figures, PURCHASE),
        revenue=revenue,
        currency=next(iter(currencies)) if len(currencies) == 1 else None,
        high=int((figures.by_customer(ENGAGEMENT) >= HIGH_ENGAGEMENT).sum()),
        best=best,
        best_confidence=confidence,
        best_reason=reason,
    )


def _best(figures: Figures, rows: Sequence[Row]) -> tuple[str | None, float | None, str | None]:
    """Return the variant that brings in most from the customers who were asked about every variant."""
    variants = sorted({row.result.variant for row in rows})
    if len(variants) < 2:
        return None, None, "there is only one variant" if variants else "there are no results"
    answered: dict[int, dict[str, int]] = {}
    for place, (owner, row) in enumerate(zip(figures.owners.tolist(), rows, strict=True)):
        if not np.isnan(figures.values[REVENUE][place]):
            answered.setdefault(owner, {})[row.result.variant] = place
    shared = [found for found in answered.values() if len(found) == len(variants)]
    if REVENUE not in figures.draws:
        return None, None, "statistical_analysis is off"
    if not shared:
        return None, None, "no customer was asked about every variant, so they can not be compared"
    drawn = np.array([np.mean([figures.draws[REVENUE][it[name]] for it in shared], axis=0) for name in variants])
    shares = share_best(drawn)
    first = int(np.argmax(shares))
    if shares[first] < BEST_FROM:
        words = f"'{variants[first]}' leads with P(best) {shares[first]:.0%}, which is under {BEST_FROM:.0%}"
        return None, float(shares[first]), words
    return variants[first], float(shares[first]), None
