"""For whom a message does most and least, when it is best sent, and what would make it better: only where it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import MIN_CELL, Batch
from twincast.domain.insights import GroupEffect, Improvement, Insights, Timing
from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.policies import ContactPolicy
from twincast.domain.predictions import Estimate
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response, read_intervention
from twincast.reading.timings import token
from twincast.response.cells import Cells, Remembered, grid
from twincast.stats.bands import together
from twincast.stats.nodes import row_quantiles
from twincast.stats.streams import stream
from twincast.usecases.answers import channels_of
from twincast.usecases.batching.draws import spaced
from twincast.usecases.batching.parts import ENGAGEMENT
from twincast.usecases.batching.people import People
from twincast.usecases.batching.requests import read
from twincast.usecases.batching.traits import groups_of
from twincast.usecases.suggestions import Candidate, candidates
from twincast.usecases.wholes import WORTH_SAYING, sendable_timings

Array = NDArray[np.float64]
Marks = NDArray[np.bool_]

DRAWS: Final = 300
MOST: Final = 1_500
"""Customers of a batch who are looked at for groups, evenly spaced among all."""
TRIED_ON: Final = 150
"""Customers on whom windows and changes are tried."""
ASKED: Final = 20
"""Customers whose own records suggest changes; those most often suggested are tried."""
CHANGES: Final = 12
SHOWN: Final = 3
SEED: Final = 0
LEAST_LEVEL: Final = 0.95
NO_GROUPS: Final = f"no trait divides these customers into groups of {MIN_CELL} or more"
NOT_APART: Final = "no group is told apart from the others when all groups are looked at together"
NOTHING_SENT: Final = "nothing is sent"
FIXED: Final = "the message has a moment of its own"
NO_WINDOW: Final = "no window of the week is surely better than the given one"
NO_CHANGE: Final = "no change that was tried helps these customers"
MEASURED: Final = "what sending adds to P({response}) within the horizon, in probability; intervals hold for all groups"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Look:
    """What insights are read off: one variant and some of the customers who were tested.

    Attributes:
        people: of one currency and one moment; item: the variant as they read it.
        zone: where the customer's own is not known.
    """

    engine: Engine
    batch: Batch
    people: People
    item: ReadIntervention
    zone: str

    def cells(self, items: Sequence[ReadIntervention], rows: Sequence[int] | None = None) -> Cells:
        """Return these customers, or some of them, x interventions."""
        people = self.people if rows is None else self.people.take(rows)
        remembered = Remembered(memories=people.memories, zone=self.zone) if any(people.memories) else None
        return grid(people.frame, items, people.moments[0], remembered)

    def drawn(self, cells: Cells) -> Array:
        """Return draws of P(engage) of every cell."""
        days = self.batch.settings.horizon_days
        return self.engine.drawn(cells, ENGAGEMENT, horizon_days=days, draws=DRAWS, seed=self.batch.settings.seed)

    def estimate(self, value: float, low: float, high: float) -> Estimate:
        """Return a number on the scale of probabilities."""
        return Estimate(
            value=value,
            low=min(low, value),
            high=max(high, value),
            level=self.batch.settings.level,
            unit="probability",
            basis=self.engine.backing("visit").basis,
        )


def insights_of(look: Look, variant: int, policy: ContactPolicy) -> Insights:
    """Say what can be said about one variant.

    Args:
        look: what it is read off.
        variant: place of the variant.
        policy: when the company writes to its customers.
    """
    response = _response(look)
    reasons: dict[str, str] = {}
    if look.item.is_contact:
        most, least, compared = _groups(look, response, reasons)
        timing = _timing(look, policy, reasons)
        improvements = _improvements(look, reasons)
    else:
        most, least, compared, timing, improvements = None, None, 0, None, ()
        names = ("most_effective_for", "least_effective_for", "optimal_timing", "suggested_improvements")
        reasons |= dict.fromkeys(names, NOTHING_SENT)
    return Insights(
        variant_id=look.batch.variants[variant].id,
        measured_by=MEASURED.format(response=response),
        compared=compared,
        most=most,
        least=least,
        timing=timing,
        improvements=improvements,
        reasons=reasons,
    )


def _response(look: Look) -> str:
    if look.item.response is not None:
        return look.item.response
    channels = channels_of(look.cells([look.item], [0])) if len(look.people) else (look.item.channel or "email",)
    return default_response(look.item.type, channels[0])


# ---------------------------------------------------------------- groups


def _groups(look: Look, response: str, reasons: dict[str, str]) -> tuple[GroupEffect | None, GroupEffect | None, int]:
    """Return the groups for whom the message does most and least, and how many were looked at together."""
    names = ("most_effective_for", "least_effective_for")
    effects = _effects(look, response)
    known = ~np.isnan(effects).any(axis=1)
    groups = groups_of(look.people.frame.take(np.flatnonzero(known)))
    if not groups:
        reasons |= dict.fromkeys(names, NO_GROUPS)
        return None, None, 0
    gaps = np.array([_gap(effects[known], marks) for marks in groups.values()])
    lows, highs = together(gaps, _level(look))
    values = gaps.mean(axis=1)
    most = _told(look, groups, values, lows, highs, sign=1.0)
    least = _told(look, groups, values, lows, highs, sign=-1.0)
    for name, effect in zip(names, (most, least), strict=True):
        if effect is None:
            reasons[name] = NOT_APART
    return most, least, len(groups)


def _effects(look: Look, response: str) -> Array:
    """Return draws of what sending adds to P(engage) for each customer, (n, draws)."""
    nothing = replace(read_intervention(Intervention(type="none")), response=response)
    return look.drawn(look.cells([look.item])) - look.drawn(look.cells([nothing]))


def _gap(effects: Array, marks: Marks) -> Array:
    """Return draws of the mean effect in a group less that among the others, (draws,): the model's doubt and theirs."""
    inside, outside = effects[marks], effects[~marks]
    width = np.sqrt(inside.mean(axis=1).var(ddof=1) / len(inside) + outside.mean(axis=1).var(ddof=1) / len(outside))
    noise = _noise(marks)
    return np.asarray(inside.mean(axis=0) - outside.mean(axis=0) + width * noise)


def _noise(marks: Marks) -> Array:
    """Return the draws of who happens to be in a group, in standard deviations; the same for the same group."""
    return stream(SEED, "group", marks.tobytes().hex()).standard_normal(DRAWS)


def _level(look: Look) -> float:
    """Return the level of what is told of groups: one of many is not told lightly."""
    return max(look.batch.settings.level, LEAST_LEVEL)


def _told(
    look: Look, groups: Mapping[str, Marks], values: Array, lows: Array, highs: Array, *, sign: float
) -> GroupEffect | None:
    """Return the group that stands out most to one side, of those that surely stand out."""
    names = list(groups)
    apart = lows > 0.0 if sign > 0.0 else highs < 0.0
    if not apart.any():
        return None
    place = int(np.argmax(np.where(apart, sign * values, -np.inf)))
    return GroupEffect(
        name=names[place],
        customers=int(groups[names[place]].sum()),
        difference=replace(
            look.estimate(float(values[place]), float(lows[place]), float(highs[place])),
            level=_level(look),
        ),
    )


# ---------------------------------------------------------------- when, and what


def _some(look: Look) -> list[int]:
    return [int(row) for row in spaced(len(look.people), TRIED_ON)]


def _timing(look: Look, policy: ContactPolicy, reasons: dict[str, str]) -> Timing | None:
    """Return the window in which most customers engage, where it is surely better than the given one."""
    timings = sendable_timings(policy)
    fixed = look.item.intervention.at is not None or look.item.timing.moment is not None
    if fixed or not timings or not len(look.people):
        reasons["optimal_timing"] = FIXED if fixed else NO_WINDOW
        return None
    rows = _some(look)
    items = [replace(look.item, timing=timing) for timing in timings]
    means = _means(look, items, rows)
    best = int(np.argmax(means))
    gain = _gain(look, items[best], rows, means[best] - _means(look, [look.item], rows)[0])
    if gain.value < WORTH_SAYING or gain.low <= 0.0:
        reasons["optimal_timing"] = NO_WINDOW
        return None
    return Timing(token=token(timings[best]), gain=gain)


def _improvements(look: Look, reasons: dict[str, str]) -> tuple[Improvement, ...]:
    """Return the changes that raise the mean P(engage) of these customers, best first."""
    rows = _some(look) if len(look.people) else []
    tried = _candidates(look, rows[:: max(1, len(rows) // ASKED)])
    if not tried:
        reasons["suggested_improvements"] = NO_CHANGE
        return ()
    before = _means(look, [look.item], rows)[0]
    after = _means(look, [it.item for it in tried], rows)
    order = [place for place in np.argsort(-after, kind="stable").tolist() if after[place] - before >= WORTH_SAYING]
    if not order:
        reasons["suggested_improvements"] = NO_CHANGE
    return tuple(
        Improvement(
            text=tried[place].words,
            change=tried[place].change,
            value=float(after[place]),
            gain=_gain(look, tried[place].item, rows, float(after[place] - before)),
            customers=len(rows),
        )
        for place in order[:SHOWN]
    )


def _candidates(look: Look, rows: Sequence[int]) -> list[Candidate]:
    """Return the changes that the records of some customers suggest most often."""
    found: dict[str, Candidate] = {}
    counts: dict[str, int] = {}
    for row in rows:
        for it in candidates(look.item, look.people.frame.take([row])):
            found.setdefault(it.words, it)
            counts[it.words] = counts.get(it.words, 0) + 1
    return [found[words] for words in sorted(found, key=lambda words: -counts[words])[:CHANGES]]


def _means(look: Look, items: Sequence[ReadIntervention], rows: Sequence[int]) -> Array:
    """Return the mean P(engage) of some customers with each of several interventions."""
    values = look.engine.points(look.cells(items, rows), ENGAGEMENT, horizon_days=look.batch.settings.horizon_days)
    return np.asarray(values.reshape(len(rows), len(items)).mean(axis=0))


def _gain(look: Look, changed: ReadIntervention, rows: Sequence[int], value: float) -> Estimate:
    """Return by how much a change raises the mean P(engage), with what the model does not know about both."""
    pairs = look.drawn(look.cells([changed, look.item], rows)).reshape(len(rows), 2, DRAWS).mean(axis=0)
    low, high = (float(end[0]) for end in row_quantiles((pairs[0] - pairs[1])[None], look.batch.settings.level))
    return look.estimate(float(value), low, high)


def look_of(engine: Engine, batch: Batch, people: People, variant: int, zone: str) -> Look | None:
    """Return what insights about a variant can be read off: the largest group of one currency and one moment.

    None where there is nobody.
    """
    groups: dict[tuple[str, object], list[int]] = {}
    for row, key in enumerate(zip(people.frame.currencies, people.moments, strict=True)):
        groups.setdefault(key, []).append(row)
    if not groups:
        return None
    (currency, _), rows = max(groups.items(), key=lambda group: len(group[1]))
    some = people if len(rows) == len(people) else people.take(rows)
    return Look(engine=engine, batch=batch, people=some, item=read(batch.variants, currency)[variant], zone=zone)
