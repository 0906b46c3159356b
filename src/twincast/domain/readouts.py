"""The readout of a test with real customers: was it sound, what did each arm change, and what that says of predictions.

A test whose assignment is broken has no effects: there is nothing in this module that could hold one beside a fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from twincast.domain.ids import ExperimentId, ReadoutId
from twincast.domain.twins import Warning

SOUND, BROKEN = "sound", "broken"
BETTER, WORSE, UNDECIDED, TOO_EARLY = "better", "worse", "undecided", "too_early"
BREACHED, CLEAR, UNTOLD = "breached", "clear", "untold"
AS_FORETOLD, TOO_HIGH, TOO_LOW = "as_foretold", "foretold_too_much", "foretold_too_little"
STORED, GIVEN = "outcomes", "rows"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A measured number with its interval."""

    value: float
    low: float
    high: float
    level: float
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that must hold if chance alone decided who got what.

    Attributes:
        name: what was looked at.
        passed: whether it holds.
        p: always valid p-value, where there is one: it may be looked at as often as one likes.
        words: what was seen.
    """

    name: str
    passed: bool
    p: float | None
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmResult:
    """What was seen in one arm: customers, of whom `events` did it, and the mean with its interval."""

    arm: str
    is_control: bool
    customers: int
    events: int
    mean: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What one arm changed against the control; intervals hold for all arms together.

    Attributes:
        arm: id of the arm.
        plain: difference of the means; for one look at the planned end.
        adjusted: the same less what was known before; None where nothing was.
        saved: share of the customers that what was known before stands in for; None without it.
        sequence: holds at every look; None below 100 events in either arm, and then `reason` says so.
        p: of no difference, for one look, all arms counted.
        verdict: better, worse, undecided or too_early, by the looks that the test was planned with.
    """

    arm: str
    plain: Interval
    adjusted: Interval | None
    saved: float | None
    sequence: Interval | None
    reason: str | None
    p: float
    verdict: str

    @property
    def best(self) -> Interval:
        """Return the difference as exactly as it is known, for one look."""
        return self.plain if self.adjusted is None else self.adjusted


@dataclass(frozen=True, kw_only=True, slots=True)
class Guardrail:
    """What must not rise by more than `most`: the difference, and whether it did; None where nothing was told."""

    kind: str
    arm: str
    most: float
    difference: Interval | None
    verdict: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentEffect:
    """What one arm changed within one segment; intervals hold for all segments and arms together.

    Attributes:
        difference: None where there are too few customers, and then `reason` says so.
    """

    segment: str
    arm: str
    customers: int
    events: int
    difference: Interval | None
    verdict: str
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Differing:
    """Whether an arm's effect differs between segments at all: p of one effect for everybody."""

    arm: str
    segments: int
    p: float
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Foretold:
    """A prediction from before the test beside what came.

    Attributes:
        arm: id of the arm.
        predicted, measured: the difference to the control.
        gap: measured less predicted, with the uncertainty of both.
        verdict: as_foretold, foretold_too_much, foretold_too_little.
    """

    arm: str
    predicted: Interval
    measured: Interval
    gap: Interval
    verdict: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Feeding:
    """What became of the outcomes: each is learned from once.

    Attributes:
        stored: outcomes that are new to the store; `repeated` were there already.
        learned: version of the model that has learned from them; None where none has.
        words: why not, or what follows.
    """

    stored: int
    repeated: int
    learned: int | None
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Readout:
    """A stored readout: sums over customers, and nobody in particular.

    Attributes:
        plan: id of the plan it was read by, or None.
        source: `outcomes` from the store, or `rows` that were given.
        assignment: `sound` or `broken`; where it is broken there are no effects, guardrails or segments.
        left_out: reason -> how many contacts or rows say nothing.
        foretold_by: what the predictions come from: the plan, or the model as it was before the test.
        before: what was known before, that the differences are adjusted by.
    """

    id: ReadoutId
    plan: ExperimentId | None
    source: str
    metric: str
    window_days: float | None
    looks: str
    level: float
    control: str
    customers: int
    left_out: Mapping[str, int]
    assignment: str
    checks: tuple[Check, ...]
    arms: tuple[ArmResult, ...]
    effects: tuple[Effect, ...]
    guardrails: tuple[Guardrail, ...]
    segments: tuple[SegmentEffect, ...]
    differing: tuple[Differing, ...]
    foretold: tuple[Foretold, ...]
    foretold_by: str | None
    before: tuple[str, ...]
    feeding: Feeding
    unit: str
    summary: str
    warnings: tuple[Warning, ...]
    software: str
    created_at: datetime
