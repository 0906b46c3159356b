"""What was checked: a twin against what is expected of it, against itself and its own past; predictions for quality."""

from dataclasses import dataclass
from datetime import date

from twincast.domain.ids import TwinId
from twincast.domain.predictions import Estimate
from twincast.domain.twins import Warning


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectationCheck:
    """One expectation laid beside the twin.

    Attributes:
        field: as the caller wrote it, dotted.
        expected, actual: plain JSON values; `actual` is None where the twin says nothing of it.
        score: 1 met, 0 not met; for a list the share of its entries that the twin has.
        note: what was compared with what.
    """

    field: str
    expected: object
    actual: object
    score: float
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BackcastStep:
    """One window of the past: P(an order in it) as the orders up to its first day foretold, and whether one came."""

    starts_on: date
    probability: float
    ordered: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Backcast:
    """Whether the first part of a customer's own orders foretold the rest.

    Attributes:
        verdict: `foretold`, `more`, `fewer` (than the interval holds) or `not enough history`.
        words: the verdict in a sentence, with what it rests on.
        orders: dated orders on record; `trained_on`: those of the first part.
        window_days: length of a window; None where there is not enough history.
        observed: windows with an order; `expected`: how many were foretold, with its interval; None likewise.
    """

    verdict: str
    words: str
    orders: int
    trained_on: int
    window_days: int | None
    observed: int | None
    expected: Estimate | None
    steps: tuple[BackcastStep, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TwinValidation:
    """A twin checked in three ways.

    Attributes:
        score: mean of the expectations' scores; None where nothing was expected.
        contradictions: what in the record can not all be true.
        unread: what in it could not be understood.
    """

    twin_id: TwinId
    version: int
    score: float | None
    checks: tuple[ExpectationCheck, ...]
    contradictions: tuple[Warning, ...]
    unread: tuple[Warning, ...]
    backcast: Backcast


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldQuality:
    """Whether one predicted field may be relied on.

    Attributes:
        test_id: the test it is from, where it is from a stored one.
        calibrated: whether it was checked against outcomes of this company; `outcomes`: how many stand behind it.
        reasons: why it does not pass; empty where it does.
    """

    test_id: str | None
    field: str
    passed: bool
    confidence: float | None
    calibrated: bool
    outcomes: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictionQuality:
    """Predictions judged by one threshold; they pass together where each of them passes."""

    threshold: float
    fields: tuple[FieldQuality, ...]

    @property
    def passed(self) -> bool:
        """Whether every field passes."""
        return all(it.passed for it in self.fields)

    @property
    def under_threshold(self) -> tuple[str, ...]:
        """Return the fields whose confidence is too low or not known."""
        found = (it.field for it in self.fields if it.confidence is None or it.confidence < self.threshold)
        return tuple(dict.fromkeys(found))

    @property
    def uncalibrated(self) -> tuple[str, ...]:
        """Return the fields without a calibration record."""
        return tuple(dict.fromkeys(it.field for it in self.fields if not it.calibrated))
