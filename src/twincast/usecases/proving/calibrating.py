"""What a readout says of predictions: the effect that was foretold before the test beside the one that was measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from twincast.domain.experiments import ExperimentPlan
from twincast.domain.readouts import AS_FORETOLD, TOO_HIGH, TOO_LOW, Effect, Foretold, Interval
from twincast.stats.intervals import two_sided
from twincast.usecases.proving.forecasts import forecast
from twincast.usecases.proving.stored import Asked, Stored

BY_PLAN, BY_MODEL = "the plan", "the model as it was before the first contact"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """An effect that was foretold, and how unsure of it the prediction was, as a standard deviation."""

    value: float
    sd: float


def by_plan(plan: ExperimentPlan) -> dict[str, Prediction]:
    """Return what a plan foretold of each arm against its control."""
    return {
        it.arm: Prediction(
            value=it.predicted.value,
            sd=(it.predicted.high - it.predicted.low) / (2.0 * two_sided(it.predicted.level)),
        )
        for it in plan.effects
    }


def by_model(found: Stored, asked: Asked) -> dict[str, Prediction]:
    """Return what the model as it was before the test foretells of each arm, among the very customers of the test."""
    if found.crowd is None:
        return {}
    seen = forecast(
        found.engine,
        found.crowd.some(),
        asked.arms,
        metric=asked.metric,
        window_days=int(asked.window_days or 7),
        seed=asked.seed,
    )
    control = seen.arms.index(asked.control)
    gaps = seen.draws - seen.draws[control]
    return {
        name: Prediction(value=float(seen.means[arm] - seen.means[control]), sd=float(gaps[arm].std()))
        for arm, name in enumerate(seen.arms)
        if arm != control
    }


def foretold_of(
    effects: Sequence[Effect], foretold: Mapping[str, Prediction], level: float, arms: int
) -> Iterator[Foretold]:
    """Yield each arm's prediction beside what was measured; the gap is as unsure as both.

    Args:
        effects: as measured, with intervals that hold for all arms together.
        foretold: by arm.
        level: of the intervals.
        arms: how many are compared with the control.
    """
    z, joint = two_sided(level), two_sided(1.0 - (1.0 - level) / arms)
    for effect in effects:
        said = foretold.get(effect.arm)
        if said is None:
            continue
        measured = effect.best
        se = (measured.high - measured.low) / (2.0 * joint)
        gap, half = measured.value - said.value, z * hypot(se, said.sd)
        verdict = AS_FORETOLD if abs(gap) <= half else TOO_HIGH if gap < 0.0 else TOO_LOW
        yield Foretold(
            arm=effect.arm,
            predicted=_around(said.value, z * said.sd, measured),
            measured=_around(measured.value, z * se, measured),
            gap=_around(gap, half, measured),
            verdict=verdict,
            words=_words(verdict),
        )


def _around(value: float, half: float, like: Interval) -> Interval:
    return Interval(value=value, low=value - half, high=value + half, level=like.level, unit=like.unit)


def _words(verdict: str) -> str:
    return {
        AS_FORETOLD: "what was measured lies within what was foretold, as unsure as both are",
        TOO_HIGH: "more was foretold than was measured: learning from these outcomes lowers what is foretold",
        TOO_LOW: "less was foretold than was measured: learning from these outcomes raises what is foretold",
    }[verdict]
