"""The search: a thousand plans and more, scored together by what will be read in them; a draw first, then steps.

Plans at random cover the space; from the best of them every step that changes one part is tried, until none is better
or the number of candidates is used up. All plans of a round are one batch of cells.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from twincast.domain.optimizations import Round
from twincast.domain.plans import MessagePlan
from twincast.usecases.optimizing.spaces import Space
from twincast.usecases.optimizing.worths import Worths

AT_RANDOM: Final = 0.5
"""Share of the candidates that are drawn at random; the others are steps from the best."""
BEAM: Final = 8
"""Plans from which steps are taken."""
SAME: Final = 1e-12
"""Values closer than that are equal: then the plan that is more like the plainest one leads."""

Score = Callable[[list[MessagePlan]], Worths]
Fault = Callable[[MessagePlan], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """A plan that was scored: its estimate, and its cautious value."""

    plan: MessagePlan
    value: float
    cautious: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """What the search found.

    Attributes:
        leaders: the best plans, best first, none of two that differ in nothing that moves the objective.
        values: the estimates of all plans that were scored, for what is known of their spread.
        rounds: how it went on.
        rejected: why plans were not scored -> how many.
    """

    leaders: tuple[Planned, ...]
    values: tuple[float, ...]
    rounds: tuple[Round, ...]
    rejected: Mapping[str, int]


@dataclass(slots=True)
class _Found:
    """What is known so far; each plan is looked at once."""

    score: Score
    fault: Fault
    sign: float
    start: MessagePlan
    seen: set[MessagePlan] = field(default_factory=set)
    scored: list[Planned] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    rounds: list[Round] = field(default_factory=list)

    def look_at(self, plans: Iterable[MessagePlan], most: int) -> bool:
        """Score plans that were not seen before, `most` at most; return whether a better one is among them."""
        new: list[MessagePlan] = []
        for plan in plans:
            if len(new) >= most:
                break
            if plan in self.seen:
                continue
            self.seen.add(plan)
            fault = self.fault(plan)
            if fault is None:
                new.append(plan)
            else:
                self.rejected[fault] += 1
        before = self.best()
        if new:
            worth = self.score(new)
            pairs = zip(new, worth.value.tolist(), worth.cautious.tolist(), strict=True)
            self.scored += [Planned(plan=plan, value=value, cautious=low) for plan, value, low in pairs if low == low]
        self.scored.sort(key=self._place)
        after = self.best()
        better = after is not None and (before is None or self.sign * (after - before) > SAME)
        if new and after is not None:
            self.rounds.append(Round(scored=len(new), best=after))
        return better

    def best(self) -> float | None:
        """Return the best cautious value so far."""
        return self.scored[0].cautious if self.scored else None

    def _place(self, planned: Planned) -> tuple[float, int, str]:
        """Best first; of equals the one most like the plainest plan, and then any, but always the same."""
        rounded = round(-self.sign * planned.cautious / SAME) * SAME
        return rounded, _distance(planned.plan, self.start), repr(planned.plan)


def search(
    space: Space, score: Score, fault: Fault, *, sign: float, candidates: int, keep: int, rng: np.random.Generator
) -> Searched:
    """Search a space of plans.

    Args:
        space: what may be said.
        score: worths of plans, in one batch.
        fault: why a plan can not be sent, or None.
        sign: +1.0 where more is better, -1.0 where less is.
        candidates: most plans that are scored.
        keep: leaders that are returned.
        rng: draws the first plans.
    """
    found = _Found(score=score, fault=fault, sign=sign, start=space.start)
    found.look_at([space.fitted(space.start)], 1)
    at_random = max(int(candidates * AT_RANDOM), 1)
    found.look_at(space.drawn(rng, 3 * at_random), at_random)
    better = True
    while better and len(found.scored) < candidates:
        steps = (step for planned in found.scored[:BEAM] for step in space.neighbours(planned.plan))
        better = found.look_at(steps, candidates - len(found.scored))
    return Searched(
        leaders=tuple(_apart(found.scored, keep)),
        values=tuple(it.value for it in found.scored),
        rounds=tuple(found.rounds),
        rejected=dict(found.rejected),
    )


def _apart(scored: Sequence[Planned], keep: int) -> Iterator[Planned]:
    last: float | None = None
    for planned in scored:
        if keep and (last is None or abs(planned.cautious - last) > SAME):
            last, keep = planned.cautious, keep - 1
            yield planned


def _distance(plan: MessagePlan, start: MessagePlan) -> int:
    """Return in how many parts two plans differ; each appeal is one."""
    parts = ("offer", "valid_days", "product", "action", "named", "length")
    return len(plan.appeals) + len([part for part in parts if getattr(plan, part) != getattr(start, part)])
