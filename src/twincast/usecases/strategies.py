"""What to do by an extraction's results: which variant for whom, when, what it returns, and what a real test takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.extractions import (
    BEST_FROM,
    UNLABELLED,
    Advice,
    BestTime,
    Choice,
    Economics,
    Planning,
    RealTest,
    Return,
    Segment,
)
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.domain.results import Result
from twincast.domain.timings import Timing
from twincast.ports.engines import Engine
from twincast.reading.timings import token
from twincast.stats.intervals import two_sided
from twincast.stats.nodes import row_quantiles
from twincast.stats.power import power_of_means, power_of_shares, size_for_means, size_for_shares
from twincast.usecases.aggregates import Adding, Shared, shared_of
from twincast.usecases.askings import Asking
from twincast.usecases.figures import AMOUNT, ENGAGEMENT, PURCHASE, REVENUE
from twincast.usecases.wholes import sendable_timings

Array = NDArray[np.float64]
Index = NDArray[np.intp]
IMPACT: Final = "revenue_impact"
NO_COSTS: Final = "no costs were given: send `economics` with what a contact costs"
MESSAGE_TIME: Final = (
    "when to send this message: the window of the week in which most of these customers engage with it"
)
TIMED: Final = 64
"""Customers on whom times are tried, evenly spaced."""
TIMED_DRAWS: Final = 300
REAL: Final = (
    "Customers of a real, randomised test, half of them in each arm: only they can confirm the difference. So many it "
    "takes if the prediction is right; assurance is P(the test comes out) with the uncertainty of the prediction."
)


def advice_of(
    adding: Adding,
    results: Sequence[Result],
    askings: Sequence[Asking],
    engine: Engine,
    used: Index,
    segments: Sequence[Segment],
    choice: Choice,
    economics: Economics | None,
) -> Advice:
    """Return what the results carry, and why not where they do not."""
    strategy, reason = strategy_of(segments, choice)
    return Advice(
        strategy=strategy,
        strategy_reason=reason,
        timing=best_time(adding, askings, engine, used),
        roi=return_of(adding, results, used, economics),
    )


# ---------------------------------------------------------------- for whom


def strategy_of(segments: Sequence[Segment], choice: Choice) -> tuple[str | None, str]:
    """Return the strategy in words, by the winners of the segments, else by the overall one; and what it rests on."""
    winners: dict[str, list[str]] = {}
    for segment in segments:
        if segment.choice.variant is not None and segment.name != UNLABELLED:
            winners.setdefault(segment.choice.variant, []).append(segment.name)
    open_ones = [it.name for it in segments if it.choice.variant is None and it.name != UNLABELLED]
    if not winners:
        if choice.variant is None:
            return None, choice.reason or "no variant is clearly best"
        return (
            f"Use {choice.variant} for everybody",
            f"P(best) {choice.confidence:.0%} over all; no segment has its own",
        )
    parts = [f"{variant} for {_listed(names)}" for variant, names in winners.items()]
    rest = f"; for {_listed(open_ones)} none is clear" if open_ones else ""
    confidences = ", ".join(f"{it.name} {it.choice.confidence:.0%}" for it in segments if it.choice.variant is not None)
    return f"Use {', '.join(parts)}{rest}", f"P(best) in each segment: {confidences}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ---------------------------------------------------------------- when


def best_time(adding: Adding, askings: Sequence[Asking], engine: Engine, used: Index) -> BestTime:
    """Try every window of the week on customers, and return the one in which most engage, if it is clear."""
    contacted = [part for asking in askings for part in _contacts(asking, used, len(adding.variants))]
    owners = adding.figures.owners
    customers = len({owner for part in contacted for owner in owners[part.places].tolist()})
    nothing = BestTime(token=None, gain=None, customers=customers, means=MESSAGE_TIME, reason=None)
    if not customers:
        return replace(nothing, reason="nothing is sent, so there is nothing to time")
    if not adding.figures.draws:
        return replace(nothing, reason="statistics are switched off")
    if customers < min(adding.least, TIMED):
        return replace(nothing, reason=f"only {customers} customers, under {adding.least}")
    timings = sendable_timings(contacted[0].policy)
    if not timings:
        return replace(nothing, reason="the contact policy's quiet hours leave no part of the day to send in")
    means = _by_time(contacted, engine, timings)
    given, tried = means[0], means[1:]
    best = int(np.argmax(tried.mean(axis=1)))
    gaps = tried[best] - given
    low, high = (float(end[0]) for end in row_quantiles(gaps[None], adding.figures.level))
    value = float(gaps.mean())
    gain = Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        level=adding.figures.level,
        unit="probability",
        basis=adding.figures.basis,
    )
    sure = float((gaps > 0.0).mean() + (gaps == 0.0).mean() / 2.0)
    if sure < BEST_FROM:
        words = f"{token(timings[best])} leads, and beats the given times in {sure:.0%} of draws, under {BEST_FROM:.0%}"
        return replace(nothing, gain=gain, reason=words)
    return replace(nothing, token=token(timings[best]), gain=gain)


def _contacts(asking: Asking, used: Index, rows: int) -> list[Asking]:
    """Return some of the rows that are used and in which something is sent."""
    wanted = np.zeros(rows, dtype=np.bool_)
    wanted[used] = True
    sent = np.array([item.is_contact for item in asking.cells.interventions], dtype=np.bool_)
    wanted[asking.places[~sent[asking.cells.intervention]]] = False
    mine = np.flatnonzero(wanted[asking.places])
    if not len(mine):
        return []
    some = mine[np.unique(np.linspace(0, len(mine) - 1, min(len(mine), TIMED)).round().astype(np.intp))]
    wanted[:] = False
    wanted[asking.places[some]] = True
    return list(asking.only(wanted))


def _by_time(parts: Sequence[Asking], engine: Engine, timings: Sequence[Timing]) -> Array:
    """Return draws of the mean P(engage) at the given times and at every window, (1 + windows, draws)."""
    wide = 1 + len(timings)
    total, count = np.zeros((wide, TIMED_DRAWS)), 0
    for part in parts:
        count += len(part.places)
        moved = tuple(
            item if timing is None else replace(item, timing=timing)
            for item in part.cells.interventions
            for timing in (None, *timings)
        )
        cells = replace(
            part.cells,
            interventions=moved,
            twin=np.repeat(part.cells.twin, wide),
            intervention=(part.cells.intervention[:, None] * wide + np.arange(wide)).ravel(),
        )
        drawn = engine.drawn(cells, ENGAGEMENT, horizon_days=part.days, draws=TIMED_DRAWS, seed=0)
        total += drawn.reshape(len(part.places), wide, TIMED_DRAWS).sum(axis=0)
    return total / count


# ---------------------------------------------------------------- what it returns


def return_of(adding: Adding, results: Sequence[Result], used: Index, economics: Economics | None) -> Return:
    """Return (incremental margin - cost) / cost of the rows used, on the customers' mean."""
    if economics is None:
        return Return(ratio=None, margin=None, cost=None, reason=NO_COSTS)
    sent = np.array([place for place in used.tolist() if results[place].channel is not None], dtype=np.intp)
    figures = adding.figures
    if not len(sent) or adding.currency(sent) is None:
        reason = "nothing is sent" if not len(sent) else "the customers pay in several currencies"
        return Return(ratio=None, margin=None, cost=None, reason=reason)
    costs = np.array([economics.contact if (own := results[it].cost) is None else own for it in sent.tolist()])
    impact, bought = figures.by_customer(IMPACT, sent), figures.by_customer(PURCHASE, sent)
    customers = len(np.unique(figures.owners[sent]))
    contact = float(costs.mean()) * customers
    margin, cost = economics.margin * float(impact.sum()), contact + economics.redemption * float(bought.sum())
    if not cost > 0.0:
        return Return(ratio=None, margin=margin, cost=cost, reason="the contacts cost nothing")
    more, buying = figures.mean_draws(IMPACT, sent), figures.mean_draws(PURCHASE, sent)
    if more is None or buying is None:
        return Return(ratio=None, margin=margin, cost=cost, reason="statistics are switched off")
    spent = contact + economics.redemption * customers * buying
    ratios = (economics.margin * customers * more - spent) / spent
    low, high = (float(end[0]) for end in row_quantiles(ratios[None], figures.level))
    value = (margin - cost) / cost
    ratio = Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        level=figures.level,
        unit="return on cost",
        basis=figures.basis,
    )
    return Return(ratio=ratio, margin=margin, cost=cost, reason=None)


# ---------------------------------------------------------------- the test with real customers


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Arms:
    """The leading variant and the next: their rows, names and draws."""

    shared: Shared
    first: int
    second: int
    names: tuple[str, str]


def tests_of(
    adding: Adding, known: Sequence[Mapping[str, FieldPrediction]], choice: Choice, plan: Planning
) -> tuple[RealTest, ...]:
    """Return what a test of the leading variant against the next would take, by what it measures; empty without any."""
    if choice.leading is None:
        return ()
    found = []
    for field in (ENGAGEMENT, PURCHASE, REVENUE):
        arms = _arms(adding, field, choice.leading)
        if arms is not None and (field != REVENUE or adding.currency(adding.everything) is not None):
            found.append(_money(adding, known, arms, plan) if field == REVENUE else _shares(field, arms, plan))
    return tuple(found)


def _arms(adding: Adding, field: str, leading: str) -> _Arms | None:
    shared = shared_of(adding, field, adding.everything)
    if shared is None:
        return None
    means = shared.each.mean(axis=1)
    first = adding.names.index(leading)
    second = max((it for it in range(len(means)) if it != first), key=lambda it: float(means[it]))
    return _Arms(shared=shared, first=first, second=second, names=(leading, adding.names[second]))


def _shares(field: str, arms: _Arms, plan: Planning) -> RealTest:
    one, other = (float(arms.shared.each[it].mean()) for it in (arms.first, arms.second))
    size = float(size_for_shares(one, other, power=plan.power, alpha=plan.alpha))
    drawn = np.clip(arms.shared.draws[[arms.first, arms.second]], 0.0, 1.0)
    assurance = None
    if isfinite(size):
        assurance = float(power_of_shares(drawn[0], drawn[1], size, alpha=plan.alpha).mean())
    return _test(field, arms, (one, other), size, assurance, plan)


def _money(adding: Adding, known: Sequence[Mapping[str, FieldPrediction]], arms: _Arms, plan: Planning) -> RealTest:
    one, other = (float(arms.shared.each[it].mean()) for it in (arms.first, arms.second))
    rows = np.concatenate([arms.shared.rows[it] for it in (arms.first, arms.second)])
    sd = _spread(adding, known, rows)
    more = {"alpha": plan.alpha, "correlation": plan.correlation}
    size = float(size_for_means(one - other, sd, power=plan.power, **more)) if sd > 0.0 else float("inf")
    gaps = arms.shared.draws[arms.first] - arms.shared.draws[arms.second]
    assurance = float(power_of_means(gaps, sd, size, **more).mean()) if isfinite(size) else None
    return _test(REVENUE, arms, (one, other), size, assurance, plan)


def _spread(adding: Adding, known: Sequence[Mapping[str, FieldPrediction]], rows: Index) -> float:
    """Return how much what single customers spend differs: most spend nothing, and orders are log-normal."""
    squares, sums = 0.0, 0.0
    for place in rows.tolist():
        amount = known[place].get(AMOUNT)
        chance = float(adding.figures.values[PURCHASE][place])
        if amount is None or amount.estimate is None or chance != chance:
            continue
        order = amount.estimate
        wide = (log(order.high) - log(order.low)) / (2.0 * two_sided(order.level)) if order.low > 0.0 else 1.0
        squares += chance * order.value**2 * float(np.exp(wide**2))
        sums += chance * order.value
    count = max(len(rows), 1)
    return float(np.sqrt(max(squares / count - (sums / count) ** 2, 0.0)))


def _test(
    field: str, arms: _Arms, values: tuple[float, float], size: float, assurance: float | None, plan: Planning
) -> RealTest:
    return RealTest(
        field=field,
        first=arms.names[0],
        second=arms.names[1],
        first_value=values[0],
        second_value=values[1],
        alpha=plan.alpha,
        power=plan.power,
        per_arm=int(size) if isfinite(size) else None,
        assurance=assurance,
        about=REAL,
    )
