"""What each arm of a sound test changed: over all customers, by segment, and of what must not rise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twincast.domain.experiments import MONEY, ONCE
from twincast.domain.readouts import (
    BETTER,
    BREACHED,
    CLEAR,
    TOO_EARLY,
    UNDECIDED,
    UNTOLD,
    WORSE,
    ArmResult,
    Differing,
    Effect,
    Guardrail,
    Interval,
    SegmentEffect,
)
from twincast.stats.experiments import ArmMeans, adjusted, arm_means, same_everywhere, share_difference
from twincast.stats.intervals import two_sided
from twincast.stats.sequences import LEAST_EVENTS, sequence_factor
from twincast.usecases.proving.checks import SAME
from twincast.usecases.proving.rows import Rows

Array = NDArray[np.float64]
FEW: Final = 10
"""Events in an arm below which a share's interval is Newcombe's."""
LEAST_GROUP: Final = 50
LEAST_GROUP_EVENTS: Final = 10
"""Customers an arm, and events, of a segment below which nothing is said of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a test is looked at.

    Attributes:
        level: of all intervals together.
        looks: `once` or `anytime`.
        tuned_for: customers at which the sequence is narrowest; `ends` at how many a test with one look ends, or None.
        unit: of the metric.
        falls: whether less of it is better.
    """

    level: float
    looks: str
    tuned_for: float
    ends: float | None
    unit: str
    falls: bool
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Analysed:
    """The customers whose outcome is known, (n,), and their outcomes plain and less what was known before."""

    rows: Rows
    known: NDArray[np.intp]
    arm: NDArray[np.intp]
    plain: ArmMeans
    narrow: ArmMeans | None
    values: Array
    weights: Array | None

    @property
    def best(self) -> ArmMeans:
        """Return the means that are known best."""
        return self.plain if self.narrow is None else self.narrow

    def counts(self, arm: int) -> tuple[int, int]:
        """Return customers and events of an arm."""
        y = self.rows.outcome[self.known][self.arm == arm]
        return len(y), int((y > 0.0).sum())


def analysed(rows: Rows, look: Look) -> Analysed:
    """Return the means of the arms over those whose outcome is known."""
    known = np.flatnonzero(np.isfinite(rows.outcome))
    y, arm = rows.outcome[known], rows.arm[known]
    chance = rows.propensity[known]
    weights = None if np.isnan(chance).any() or _constant(chance, arm) else chance
    plain = arm_means(y, arm, len(rows.arms), weights)
    values = adjusted(y, rows.before[known], arm, seed=look.seed)
    narrow = None if np.array_equal(values, y) else arm_means(values, arm, len(rows.arms), weights)
    return Analysed(rows=rows, known=known, arm=arm, plain=plain, narrow=narrow, values=values, weights=weights)


def _constant(chance: Array, arm: NDArray[np.intp]) -> bool:
    return all(np.ptp(chance[arm == it]) <= SAME for it in np.unique(arm).tolist())


def arms_of(found: Analysed, look: Look) -> tuple[ArmResult, ...]:
    """Return what was seen in each arm; each interval by itself."""
    results = []
    for arm, name in enumerate(found.rows.arms):
        customers, events = found.counts(arm)
        part = found.plain.influence[:, arm]
        half = two_sided(look.level) * float(np.sqrt(part @ part) / len(part))
        mean = _interval(float(found.plain.mean[arm]), half, look)
        results.append(
            ArmResult(arm=name, is_control=arm == found.rows.control, customers=customers, events=events, mean=mean)
        )
    return tuple(results)


def effects_of(found: Analysed, look: Look) -> tuple[Effect, ...]:
    """Return what each arm changed against the control; intervals hold for all arms together."""
    control = found.rows.control
    others = [arm for arm in range(len(found.rows.arms)) if arm != control]
    alpha = (1.0 - look.level) / len(others)
    return tuple(_effect(found, look, arm, alpha, len(others)) for arm in others)


def _effect(found: Analysed, look: Look, arm: int, alpha: float, arms: int) -> Effect:
    control, z = found.rows.control, two_sided(1.0 - alpha)
    gap, se = found.plain.difference(arm, control)
    (n1, k1), (n0, k0) = found.counts(arm), found.counts(control)
    few = look.unit == "probability" and found.weights is None and min(k1, k0) < FEW
    low, high = share_difference((k1, k0), (n1, n0), 1.0 - alpha) if few else (gap - z * se, gap + z * se)
    plain = Interval(value=gap, low=low, high=high, level=look.level, unit=look.unit)
    narrow, saved, best, spread = None, None, gap, se
    if found.narrow is not None and not few:
        best, spread = found.narrow.difference(arm, control)
        narrow = _interval(best, z * spread, look)
        saved = 1.0 - (spread / se) ** 2 if se > 0.0 else 0.0
    sequence, reason = None, None
    if min(k1, k0) >= LEAST_EVENTS:
        factor = float(sequence_factor(len(found.known), alpha=alpha, tuned_for=look.tuned_for))
        sequence = _interval(best, factor * spread, look)
    else:
        reason = f"{min(k1, k0):,} events in an arm; {LEAST_EVENTS} are needed to look at any time"
    decided = sequence if look.looks != ONCE else narrow or plain
    verdict, early = _verdict(decided, look), look.looks == ONCE and _is_early(found, look)
    if early:
        reason = f"{len(found.known):,} of {look.ends or 0:,.0f} planned customers: one look is for the end"
    return Effect(
        arm=found.rows.arms[arm],
        plain=plain,
        adjusted=narrow,
        saved=saved,
        sequence=sequence,
        reason=reason,
        p=min(1.0, float(2.0 * ndtr(-abs(best) / spread)) * arms) if spread > 0.0 else 1.0,
        verdict=TOO_EARLY if early else verdict,
    )


def _is_early(found: Analysed, look: Look) -> bool:
    return look.ends is not None and len(found.known) < 0.95 * look.ends


def _interval(value: float, half: float, look: Look) -> Interval:
    return Interval(value=value, low=value - half, high=value + half, level=look.level, unit=look.unit)


def _verdict(decided: Interval | None, look: Look) -> str:
    if decided is None:
        return TOO_EARLY
    if decided.low > 0.0:
        return WORSE if look.falls else BETTER
    if decided.high < 0.0:
        return BETTER if look.falls else WORSE
    return UNDECIDED


# ---------------------------------------------------------------- what must not rise


def guardrails_of(rows: Rows, most: Mapping[str, float], look: Look) -> Iterator[Guardrail]:
    """Yield each arm's rise of what must not rise; intervals hold for all arms and kinds together."""
    others = [arm for arm in range(len(rows.arms)) if arm != rows.control]
    alpha = (1.0 - look.level) / max(len(others) * len(most), 1)
    for kind, limit in most.items():
        known = np.flatnonzero(np.isfinite(rows.guardrails[kind]))
        y, arm = rows.guardrails[kind][known], rows.arm[known]
        count = np.bincount(arm, minlength=len(rows.arms))
        hits = np.bincount(arm, y, minlength=len(rows.arms)).astype(int)
        for other in others:
            if min(count[other], count[rows.control]) < 1:
                words = f"no {kind} was told of one of the two arms"
                yield Guardrail(
                    kind=kind, arm=rows.arms[other], most=limit, difference=None, verdict=UNTOLD, words=words
                )
                continue
            pairs = (int(hits[other]), int(hits[rows.control])), (int(count[other]), int(count[rows.control]))
            yield _guarded(kind, rows.arms[other], limit, pairs, alpha, look)


def _guarded(
    kind: str, arm: str, most: float, pairs: tuple[tuple[int, int], tuple[int, int]], alpha: float, look: Look
) -> Guardrail:
    (k1, k0), (n1, n0) = pairs
    low, high = share_difference((k1, k0), (n1, n0), 1.0 - alpha)
    gap = k1 / n1 - k0 / n0
    verdict = BREACHED if low > most else CLEAR if high <= most else UNDECIDED
    said = {BREACHED: "rose by more than", CLEAR: "did not rise by more than", UNDECIDED: "may have risen by more than"}
    words = f"{kind} {said[verdict]} {most:.2%}: {gap:+.2%} [{low:+.2%}, {high:+.2%}]"
    difference = Interval(value=gap, low=low, high=high, level=look.level, unit="probability")
    return Guardrail(kind=kind, arm=arm, most=most, difference=difference, verdict=verdict, words=words)


# ---------------------------------------------------------------- segments


def segments_of(found: Analysed, look: Look) -> tuple[tuple[SegmentEffect, ...], tuple[Differing, ...]]:
    """Return what each arm changed in each segment, and whether segments differ; intervals hold for all together."""
    if found.rows.segment is None:
        return (), ()
    labels, code = np.unique(found.rows.segment[found.known], return_inverse=True)
    others = [arm for arm in range(len(found.rows.arms)) if arm != found.rows.control]
    pairs = [(group, arm) for group in range(len(labels)) for arm in others]
    enough = {pair: _enough(found, code, *pair) for pair in pairs}
    alpha = (1.0 - look.level) / max(sum(why is None for why in enough.values()), 1)
    effects, seen = [], {}
    for group, arm in pairs:
        mine = (code == group) & np.isin(found.arm, [arm, found.rows.control])
        events = int((found.rows.outcome[found.known][mine] > 0.0).sum())
        difference, verdict = None, TOO_EARLY
        if (why := enough[group, arm]) is None:
            gap, se = _within(found, code == group, arm)
            seen[group, arm] = gap, se
            difference, verdict, why = _segment_interval(found, code == group, arm, (gap, se), alpha, look)
        effects.append(
            SegmentEffect(
                segment=str(labels[group]),
                arm=found.rows.arms[arm],
                customers=int(mine.sum()),
                events=events,
                difference=difference,
                verdict=verdict,
                reason=why,
            )
        )
    return tuple(effects), tuple(_differing(found, arm, seen) for arm in others if _several(arm, seen))


def _enough(found: Analysed, code: NDArray[np.intp], group: int, arm: int) -> str | None:
    """Return why nothing is said of a segment, or None."""
    for place in (arm, found.rows.control):
        y = found.rows.outcome[found.known][(code == group) & (found.arm == place)]
        if len(y) < LEAST_GROUP or (y > 0.0).sum() < LEAST_GROUP_EVENTS:
            return f"too few: {LEAST_GROUP} customers and {LEAST_GROUP_EVENTS} events an arm are needed"
    return None


def _within(found: Analysed, mine: NDArray[np.bool_], arm: int) -> tuple[float, float]:
    pair = mine & np.isin(found.arm, [arm, found.rows.control])
    weights = None if found.weights is None else found.weights[pair]
    means = arm_means(found.values[pair], (found.arm[pair] == arm).astype(np.intp), 2, weights)
    return means.difference(1, 0)


def _segment_interval(
    found: Analysed, mine: NDArray[np.bool_], arm: int, seen: tuple[float, float], alpha: float, look: Look
) -> tuple[Interval, str, str | None]:
    gap, se = seen
    y = found.rows.outcome[found.known]
    events = min(int((y[mine & (found.arm == it)] > 0.0).sum()) for it in (arm, found.rows.control))
    if look.looks == ONCE:
        interval = _interval(gap, two_sided(1.0 - alpha) * se, look)
        return interval, TOO_EARLY if _is_early(found, look) else _verdict(interval, look), None
    if events < LEAST_EVENTS:
        interval = _interval(gap, two_sided(1.0 - alpha) * se, look)
        return interval, TOO_EARLY, f"{events} events in an arm; {LEAST_EVENTS} are needed to look at any time"
    customers = int((mine & np.isin(found.arm, [arm, found.rows.control])).sum())
    share = max(customers / max(len(found.known), 1), 1e-9)
    factor = float(sequence_factor(customers, alpha=alpha, tuned_for=look.tuned_for * share))
    interval = _interval(gap, factor * se, look)
    return interval, _verdict(interval, look), None


def _several(arm: int, seen: Mapping[tuple[int, int], tuple[float, float]]) -> bool:
    return sum(place == arm and se > 0.0 for (_, place), (_, se) in seen.items()) > 1


def _differing(found: Analysed, arm: int, seen: Mapping[tuple[int, int], tuple[float, float]]) -> Differing:
    gaps = [it for (_, place), it in seen.items() if place == arm and it[1] > 0.0]
    p = same_everywhere([gap for gap, _ in gaps], [se for _, se in gaps])
    words = "segments differ more than chance explains" if p < 0.05 else "one effect for everybody explains them"
    return Differing(arm=found.rows.arms[arm], segments=len(gaps), p=p, words=words)


def unit_of(metric: str, currency: str | None) -> str:
    """Return the unit of a metric."""
    return (currency or "money") if metric == MONEY else "probability"
