"""The final: texts that were really read, scored again, and judged on draws that the search never used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.interventions import ReadIntervention
from twincast.domain.optimizations import Finalist
from twincast.ports.engines import Engine
from twincast.response.cells import grid
from twincast.usecases.optimizing.risks import risk_faults
from twincast.usecases.optimizing.supports import held
from twincast.usecases.optimizing.texts import Text, Wanted, read_back
from twincast.usecases.optimizing.worths import Aim, best_first, worth_draws, worths
from twincast.usecases.scenes import Subject

Array = NDArray[np.float64]
DRAWS: Final = 2_000
"""Fresh draws: P(better than the runner-up) is then good to a point."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Runner:
    """A text in the final: as read, its estimate and cautious value, and the objective at each fresh draw, (draws,)."""

    text: Text
    item: ReadIntervention
    value: float
    cautious: float
    draws: Array

    @property
    def fresh(self) -> float:
        """Return its mean over the fresh draws."""
        return float(self.draws.mean())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judged:
    """What came of it: runners best first, and texts that break a rule."""

    runners: tuple[Runner, ...]
    rejected: tuple[Finalist, ...]

    def finalists(self) -> tuple[Finalist, ...]:
        """Return all texts as the trace shows them."""
        ran = [
            Finalist(
                source=it.text.source,
                content=it.text.content,
                value=it.value,
                cautious=it.cautious,
                fresh=it.fresh,
            )
            for it in self.runners
        ]
        return (*ran, *self.rejected)


def decide(engine: Engine, subject: Subject, texts: Sequence[Text], wanted: Wanted, *, seed: int) -> Judged:
    """Read texts back, score those that break no rule, and put them in order.

    The first by the cautious value leads, unless one that was there to start from is better over the fresh draws: what
    was found never loses to what was given.
    """
    good: list[tuple[Text, ReadIntervention]] = []
    rejected: list[Finalist] = []
    known: set[str] = set()
    for text in texts:
        item, fault = read_back(text, wanted)
        if fault is not None:
            rejected.append(Finalist(source=text.source, content=text.content, rejected=fault))
        elif text.content not in known:
            good.append((text, item))
            known.add(text.content)
    faults = risk_faults(engine, subject, [item for _, item in good], wanted)
    for (text, _), fault in zip(good, faults, strict=True):
        if fault is not None:
            rejected.append(Finalist(source=text.source, content=text.content, rejected=fault))
    good = [it for it, fault in zip(good, faults, strict=True) if fault is None]
    runners = _scored(engine, subject, good, wanted.aim, seed)
    return Judged(runners=tuple(_led(runners, wanted.aim.objective.sign)), rejected=tuple(rejected))


def _scored(
    engine: Engine, subject: Subject, texts: Sequence[tuple[Text, ReadIntervention]], aim: Aim, seed: int
) -> list[Runner]:
    if not texts:
        return []
    cells = grid(subject.frame, [held(item) for _, item in texts], subject.now, subject.remembered)
    worth, draws = worths(engine, cells, aim), worth_draws(engine, cells, aim, draws=DRAWS, seed=seed)
    order = best_first(worth.cautious, aim.objective.sign)
    return [
        Runner(
            text=texts[place][0],
            item=texts[place][1],
            value=float(worth.value[place]),
            cautious=float(worth.cautious[place]),
            draws=draws[place],
        )
        for place in order
        if worth.value[place] == worth.value[place]
    ]


def _led(runners: list[Runner], sign: float) -> list[Runner]:
    if not runners:
        return runners
    started = [it for it in runners if it.text.started]
    best = max(started, key=lambda it: sign * it.fresh, default=None)
    if best is None or sign * (best.fresh - runners[0].fresh) <= 0.0:
        return runners
    return [best, *(it for it in runners if it is not best)]


def better(first: Runner, second: Runner, sign: float) -> float:
    """Return P(the first is truly better than the second) over the fresh draws; ties split."""
    gain = sign * (first.draws - second.draws)
    return float(np.mean(gain > 0.0) + 0.5 * np.mean(gain == 0.0))


def same_send(item: ReadIntervention, other: ReadIntervention) -> ReadIntervention:
    """Return an intervention that shares another's own effect: what is left between the two is what they say."""
    if item.reading is None or other.reading is None:
        return item
    return replace(item, reading=replace(item.reading, digest=other.reading.digest))


def shrunk(runners: Sequence[Runner]) -> float:
    """Return the leader's mean drawn towards that of all: what a reader who fears the winner's curse would take.

    Of the spread of their means as much is taken off as their own uncertainty would make by itself (empirical Bayes;
    Efron & Morris 1973). What all have in common, such as how likely the customer buys at all, is no part of either.
    """
    draws = np.array([it.draws for it in runners])
    means = draws.mean(axis=1)
    if len(runners) < 3:
        return float(means[0])
    own = draws - draws.mean(axis=0)
    between, within = float(means.var(ddof=1)), float(own.var(axis=1).mean())
    kept = between / (between + within) if between + within > 0.0 else 1.0
    return float(means.mean() + kept * (means[0] - means.mean()))
