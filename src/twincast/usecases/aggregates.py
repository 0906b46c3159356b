"""What rows add up to: means and sums over customers, groups of them, and variants held against one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.extractions import (
    BEST_FROM,
    HIGH_ENGAGEMENT,
    UNLABELLED,
    Aggregate,
    Choice,
    Difference,
    Group,
    Segment,
    Totals,
)
from twincast.domain.fields import BY_NAME
from twincast.domain.predictions import Estimate
from twincast.domain.results import Plain, Row
from twincast.stats.comparing import among_customers, paired, share_best
from twincast.stats.nodes import row_quantiles
from twincast.usecases.figures import AMOUNT, ENGAGEMENT, PURCHASE, REVENUE, Figures

Array = NDArray[np.float64]
Index = NDArray[np.intp]

SHARED: Final = (
    "Customers like these, all together: how far the model itself may be off, by draws of its parameters that they "
    "share, which does not shrink with their number, and which customers happen to be among these. How single "
    "customers turn out varies more. Simulated customers are no data, so this is no test."
)
NO_DRAWS: Final = "The model makes no joint draws of this field, so a mean of it has no honest interval."
OFF: Final = "Statistics are switched off."
NOTHING: Final = "No row has a value."
EVERY_ROW: Final = "all rows: each customer counts once, with the mean of the messages asked about"
COMPARED: Final = (ENGAGEMENT, PURCHASE, REVENUE)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Adding:
    """The rows of an extraction, ready to be added up.

    Attributes:
        figures: their numbers.
        variants: (r,) code of each row's variant; names: the variants by code.
        currencies: (r,) of each customer's money.
        least: customers below which nothing is claimed of a group.
    """

    figures: Figures
    variants: Index
    names: tuple[str, ...]
    currencies: NDArray[np.object_]
    least: int

    @property
    def everything(self) -> Index:
        """Return the places of all rows."""
        return np.arange(len(self.variants))

    def currency(self, rows: Index) -> str | None:
        """Return the currency of some rows, or None where there are several or none."""
        found = set(self.currencies[rows].tolist())
        return next(iter(found)) if len(found) == 1 else None


def adding_of(figures: Figures, rows: Sequence[Row], least: int) -> Adding:
    """Return rows ready to be added up."""
    names = tuple(sorted({row.result.variant for row in rows}))
    codes = {name: code for code, name in enumerate(names)}
    return Adding(
        figures=figures,
        variants=np.array([codes[row.result.variant] for row in rows], dtype=np.intp),
        names=names,
        currencies=np.array([row.result.currency for row in rows], dtype=np.object_),
        least=least,
    )


def aggregate(adding: Adding, field: str, rows: Index, *, total: bool = False, least: int = 0) -> Aggregate:
    """Return the mean of a field over the customers of some rows, or their total, with its interval.

    Args:
        adding: the rows.
        field: canonical.
        rows: which of them.
        total: whether the sum is wanted.
        least: customers below which there is no interval.
    """
    figures = adding.figures
    each = figures.by_customer(field, rows)
    count = len(each)
    if BY_NAME[field].kind == "money" and adding.currency(rows) is None and count:
        found = ", ".join(sorted(set(adding.currencies[rows].tolist())))
        words = f"The customers pay in {found}: their money is not added up."
        return Aggregate(field=field, value=None, std=None, n=count, interval=None, about=words)
    if not count:
        return Aggregate(field=field, value=0.0 if total else None, std=None, n=0, interval=None, about=NOTHING)
    value = float(each.sum() if total else each.mean())
    draws = figures.mean_draws(field, rows)
    few = count < least
    interval = None
    if draws is not None and not few:
        covariance = np.array([[each.var(ddof=1) / count if count > 1 else 0.0]])
        spread = among_customers(draws[None], covariance, seed=0) * (count if total else 1)
        interval = _estimate(adding, field, rows, value, spread)
    return Aggregate(
        field=field,
        value=value,
        std=float(each.std(ddof=1)) if count > 1 else None,
        n=count,
        interval=interval,
        about=SHARED if interval else _why(figures, field, count, least),
    )


def _why(figures: Figures, field: str, count: int, least: int) -> str:
    if not figures.draws:
        return OFF
    if count < least:
        return f"Only {count} customers, under {least}: no interval is claimed."
    return NO_DRAWS


def _estimate(adding: Adding, field: str, rows: Index, value: float, draws: Array) -> Estimate:
    """Return a value with the central interval of its draws, (1, d), stretched to hold it."""
    spec = BY_NAME[field]
    low, high = spec.within(*(float(end[0]) for end in row_quantiles(draws, adding.figures.level)))
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        level=adding.figures.level,
        unit=(adding.currency(rows) or spec.unit) if spec.unit == "currency" else spec.unit,
        basis=adding.figures.basis,
    )


# ---------------------------------------------------------------- all of them, and groups


def used_of(adding: Adding, choice: Choice) -> tuple[Index, str]:
    """Return the rows that totals are of: those of the best variant where every customer has one, else all."""
    if choice.variant is None:
        return adding.everything, EVERY_ROW
    rows = np.flatnonzero(adding.variants == adding.names.index(choice.variant))
    owners = adding.figures.owners
    if len(np.unique(owners[rows])) < len(np.unique(owners)):
        return adding.everything, f"{EVERY_ROW}; not everybody was asked about '{choice.variant}'"
    return rows, f"the recommended variant, '{choice.variant}'"


def totals(adding: Adding, rows: Index, used: str) -> Totals:
    """Return what the rows that are used add up to."""
    engaged = adding.figures.by_customer(ENGAGEMENT, rows)
    return Totals(
        customers=len(np.unique(adding.figures.owners)),
        engagement=aggregate(adding, ENGAGEMENT, rows),
        purchase=aggregate(adding, PURCHASE, rows),
        revenue=aggregate(adding, REVENUE, rows, total=True),
        currency=adding.currency(rows),
        high=int((engaged >= HIGH_ENGAGEMENT).sum()),
        used=used,
    )


def groups_of(adding: Adding, rows: Sequence[Row], names: Mapping[str, str]) -> tuple[Group, ...]:
    """Return the full cross of what rows are grouped by, in the order in which it comes."""
    places: dict[tuple[Plain, ...], list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(tuple(row.group.values()), []).append(place)
    fields = {name: field for name, field in names.items() if field in adding.figures.values}
    groups = []
    for where in places.values():
        some = np.array(where, dtype=np.intp)
        metrics = {name: aggregate(adding, field, some, least=adding.least) for name, field in fields.items()}
        groups.append(
            Group(
                by=rows[where[0]].group,
                rows=len(where),
                customers=len(np.unique(adding.figures.owners[some])),
                metrics={name: it for name, it in metrics.items() if it.n},
            )
        )
    return tuple(groups)


def segments_of(adding: Adding, rows: Sequence[Row], used: Index) -> tuple[Segment, ...]:
    """Return what the customers of each segment add up to, over the rows that are used, and who wins among them."""
    members: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        members.setdefault(row.segment or UNLABELLED, []).append(place)
    return tuple(_segment(adding, name, np.array(members[name], dtype=np.intp), used) for name in sorted(members))


def _segment(adding: Adding, name: str, rows: Index, used: Index) -> Segment:
    customers = len(np.unique(adding.figures.owners[rows]))
    mine = rows[np.isin(rows, used)]
    few = customers < adding.least
    parts: Mapping[str, Aggregate | None] = {
        field: None if few else aggregate(adding, field, mine, total=field == REVENUE)
        for field in (ENGAGEMENT, PURCHASE, AMOUNT, REVENUE)
    }
    return Segment(
        name=name,
        customers=customers,
        engagement=parts[ENGAGEMENT],
        purchase=parts[PURCHASE],
        order_value=parts[AMOUNT],
        revenue=parts[REVENUE],
        choice=choice_of(adding, rows),
        reason=f"only {customers} customers, under {adding.least}: nothing is said of them" if few else None,
    )


# ---------------------------------------------------------------- variants against one another


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shared:
    """The customers who were asked about every variant.

    Attributes:
        rows: variant by variant, the rows of these customers.
        each: (v, n) their values; draws: (v, d) the means among customers like these.
    """

    rows: tuple[Index, ...]
    each: Array
    draws: Array


def shared_of(adding: Adding, field: str, rows: Index) -> Shared | None:
    """Return the customers who have a value for every variant among some rows; None without any, or without draws."""
    figures = adding.figures
    known = rows[~np.isnan(figures.values[field][rows])]
    codes = np.unique(adding.variants[rows])
    pairs = np.unique(np.stack([figures.owners[known], adding.variants[known]]), axis=1)
    owners, counts = np.unique(pairs[0], return_counts=True)
    everyone = owners[counts == len(codes)]
    parts = tuple(known[(adding.variants[known] == code) & np.isin(figures.owners[known], everyone)] for code in codes)
    draws = [figures.mean_draws(field, part) for part in parts]
    means = [it for it in draws if it is not None]
    if not len(everyone) or len(means) < len(parts):
        return None
    each = np.array([figures.by_customer(field, part) for part in parts])
    count = each.shape[1]
    covariance = np.cov(each) / count if count > 1 else np.zeros((len(parts), len(parts)))
    return Shared(rows=parts, each=each, draws=among_customers(np.array(means), covariance, seed=0))


def choice_of(adding: Adding, rows: Index) -> Choice:
    """Return the variant that brings in most from the customers who were asked about every one, if one is clear."""
    names = [adding.names[code] for code in np.unique(adding.variants[rows]).tolist()]
    if len(names) < 2:
        return _none("there is only one variant" if names else "there are no results")
    if not adding.figures.draws:
        return _none("statistics are switched off")
    field = REVENUE if adding.currency(rows) is not None else PURCHASE
    shared = shared_of(adding, field, rows)
    if shared is None:
        return _none("no customer was asked about every variant, so they can not be compared")
    count = shared.each.shape[1]
    if count < adding.least:
        return _none(f"only {count} customers were asked about every variant, under {adding.least}", count)
    shares = share_best(shared.draws)
    order = np.argsort(-shares, kind="stable").tolist()
    first, second = order[0], order[1]
    gap = shared.draws[first] - shared.draws[second]
    value = float(shared.each[first].mean() - shared.each[second].mean())
    sure = bool(shares[first] >= BEST_FROM)
    by = "brings in most" if field == REVENUE else "is likeliest to be bought"
    words = f"'{names[first]}' {by} in {shares[first]:.0%} of draws, which is under {BEST_FROM:.0%}"
    return Choice(
        variant=names[first] if sure else None,
        leading=names[first],
        confidence=float(shares[first]),
        customers=count,
        gain=_difference(adding, field, rows, value, gap[None]),
        reason=None if sure else words,
    )


def _none(reason: str, customers: int = 0) -> Choice:
    return Choice(variant=None, leading=None, confidence=None, customers=customers, gain=None, reason=reason)


def differences_of(adding: Adding) -> tuple[tuple[Difference, ...], str | None]:
    """Return each pair of variants on the customers who were asked about all of them; or why nothing is compared."""
    rows, names = adding.everything, adding.names
    if len(names) < 2:
        return (), "there is only one variant" if names else "there are no results"
    if not adding.figures.draws:
        return (), "statistics are switched off"
    found: list[Difference] = []
    for field in COMPARED:
        if BY_NAME[field].kind == "money" and adding.currency(rows) is None:
            continue
        shared = shared_of(adding, field, rows)
        if shared is None:
            return (), "no customer was asked about every variant, so they can not be compared"
        if shared.each.shape[1] < adding.least:
            count = shared.each.shape[1]
            return (), f"only {count} customers were asked about every variant, under {adding.least}"
        found += _pairs(adding, field, shared)
    return tuple(found), None


def _pairs(adding: Adding, field: str, shared: Shared) -> list[Difference]:
    level, rows = adding.figures.level, adding.everything
    pairs = paired(shared.draws, level=level, values=shared.each.mean(axis=1))
    unit = (adding.currency(rows) or "currency") if BY_NAME[field].unit == "currency" else BY_NAME[field].unit

    def estimate(place: int, low: Array, high: Array) -> Estimate:
        return Estimate(
            value=float(pairs.difference[place]),
            low=float(low[place]),
            high=float(high[place]),
            level=level,
            unit=unit,
            basis=adding.figures.basis,
        )

    return [
        Difference(
            field=field,
            first=adding.names[int(pairs.first[place])],
            second=adding.names[int(pairs.second[place])],
            alone=estimate(place, pairs.low, pairs.high),
            together=estimate(place, pairs.low_together, pairs.high_together),
            better=float(pairs.better[place]),
            apart=bool(pairs.apart[place]),
            customers=shared.each.shape[1],
        )
        for place in range(len(pairs.first))
    ]


def _difference(adding: Adding, field: str, rows: Index, value: float, draws: Array) -> Estimate:
    low, high = (float(end[0]) for end in row_quantiles(draws, adding.figures.level))
    unit = BY_NAME[field].unit
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        level=adding.figures.level,
        unit=(adding.currency(rows) or unit) if unit == "currency" else unit,
        basis=adding.figures.basis,
    )
