"""Whether a twin may be believed, and whether predictions may: checked, and said with the reasons."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import DEFAULT_LEVEL, MAX_LEVEL, MIN_LEVEL
from twincast.domain.predictions import FieldPrediction
from twincast.domain.validations import FieldQuality, PredictionQuality, TwinValidation
from twincast.reading.consistency import NOT_UNDERSTOOD
from twincast.reading.expectations import checked, problems_of
from twincast.reading.histories import history_of
from twincast.reading.twins import frame_of
from twincast.response.backcasts import backcast
from twincast.response.prior import shipped_prior
from twincast.usecases import trials, twins
from twincast.usecases.consents import refuse_opt_out
from twincast.usecases.context import Context

THRESHOLD: Final = 0.7
TOLERANCE: Final = 0.1
NOTHING: Final = "nothing"
NO_OUTCOMES: Final = "no calibration record: no outcome of this company stands behind it yet"
NOT_CHECKED: Final = "no calibration record: it was fitted to outcomes, and never checked against others"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One predicted field as it is judged.

    Attributes:
        outcomes: outcomes of this company behind it.
        validated_on: `behaviour` or `survey` where it was checked against outcomes that it was not fitted to: with
            these it has a calibration record.
    """

    field: str
    confidence: float | None
    outcomes: int
    validated_on: str = NOTHING
    test_id: str | None = None
    unavailable: str | None = None


def validate(
    ctx: Context,
    reference: str,
    expectations: Mapping[str, object] | None = None,
    *,
    version: int | None = None,
    tolerance: float = TOLERANCE,
    level: float = DEFAULT_LEVEL,
) -> TwinValidation:
    """Check a twin against expectations, for contradictions, and by a backcast on its own orders. Nothing is stored.

    Args:
        ctx: whose twin.
        reference: the twin's id or the customer's.
        expectations: by field, nested or dotted: words of the twin (`key_drivers`, `communication_preferences.tone`),
            preferences (`preferences.price`: high, low, average, a number or a range), any field of the record.
        version: None for the newest.
        tolerance: share of an expected number by which a twin's may differ.
        level: of the backcast's interval.

    Raises:
        UnknownTwin, UnknownVersion, ProfilingRefused.
        InvalidInput: naming each expectation that is none.
    """
    wanted = expectations or {}
    problems = [*problems_of(wanted), *_outside("tolerance", tolerance, 0.0, 1.0)]
    problems += _outside("level", level, MIN_LEVEL, MAX_LEVEL)
    if problems:
        raise InvalidInput.of(problems)
    twin = twins.get(ctx, reference, version)
    refuse_opt_out(frame_of([twin]), twin.id)
    profile = twins.profile(ctx, twin)
    record = msgspec.json.decode(twin.record, type=dict[str, Any])
    checks = checked(wanted, record, profile, as_of=twin.as_of, tolerance=tolerance)
    return TwinValidation(
        twin_id=twin.id,
        version=twin.version,
        score=sum(it.score for it in checks) / len(checks) if checks else None,
        checks=checks,
        contradictions=tuple(it for it in profile.warnings if it.code not in NOT_UNDERSTOOD),
        unread=tuple(it for it in profile.warnings if it.code in NOT_UNDERSTOOD),
        backcast=backcast(history_of(record, twin.as_of), shipped_prior(), level),
    )


def judge_tests(ctx: Context, test_ids: Sequence[str], threshold: float = THRESHOLD) -> PredictionQuality:
    """Judge every field of stored tests. Raises UnknownTrial, and InvalidInput as `judge` does."""
    found = [(trial.id, it) for trial in (trials.get(ctx, it) for it in test_ids) for it in trial.answer.predictions]
    return judge((judged_of(it, test_id) for test_id, it in found), threshold)


def judged_of(prediction: FieldPrediction, test_id: str | None = None) -> Judged:
    """Return what of a prediction is judged."""
    return Judged(
        field=prediction.asked_as,
        confidence=prediction.confidence,
        outcomes=prediction.outcomes,
        validated_on=prediction.validated_on,
        test_id=test_id,
        unavailable=prediction.unavailable,
    )


def judge(predictions: Iterable[Judged], threshold: float = THRESHOLD) -> PredictionQuality:
    """Say which predicted fields may be relied on: those that are sure enough *and* have a calibration record.

    A confidence that was never held against outcomes is the model's own word for itself, so without a record no field
    passes, however sure it is.

    Raises:
        InvalidInput: nothing is to be judged, or the threshold is no share.
    """
    problems = list(_outside("confidence_threshold", threshold, 0.0, 1.0))
    if problems:
        raise InvalidInput.of(problems)
    fields = tuple(_judged(it, threshold) for it in predictions)
    if not fields:
        problem = FieldProblem(field="predictions", message="holds nothing to judge", allowed="at least one prediction")
        raise InvalidInput.of([problem])
    return PredictionQuality(threshold=threshold, fields=fields)


def _judged(it: Judged, threshold: float) -> FieldQuality:
    reasons = []
    if it.unavailable is not None:
        reasons.append(f"there is no value: {it.unavailable}")
    elif it.confidence is None:
        reasons.append("no confidence is stated for it")
    elif it.confidence < threshold:
        reasons.append(f"confidence {it.confidence:.2f} is under {threshold:g}")
    calibrated = it.outcomes > 0 and it.validated_on != NOTHING
    if not calibrated:
        reasons.append(NO_OUTCOMES if it.outcomes <= 0 else NOT_CHECKED)
    return FieldQuality(
        test_id=it.test_id,
        field=it.field,
        passed=not reasons,
        confidence=it.confidence,
        calibrated=calibrated,
        outcomes=it.outcomes,
        reasons=tuple(reasons),
    )


def _outside(field: str, value: float, low: float, high: float) -> Iterator[FieldProblem]:
    if not (isfinite(value) and low <= value <= high):
        yield FieldProblem(field=field, message=f"{value} is out of range", allowed=f"{low:g} to {high:g}")
