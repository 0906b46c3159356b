"""Validation: what is expected of a twin and how it compares; predictions and whether they may be relied on."""

from collections.abc import Iterator
from datetime import date

from pydantic import ConfigDict, Field, JsonValue

from twincast.domain.errors import FieldProblem
from twincast.domain.validations import Backcast, ExpectationCheck, FieldQuality, PredictionQuality, TwinValidation
from twincast.wire.predictions import Quantity
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Name, Number, Request, Whole

MAX_TESTS = 500


class TwinValidationRequest(Request):
    """What is expected of a twin; the record's consistency and the backcast are looked at in any case."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "expectations": {
                        "key_drivers": ["quality", "convenience"],
                        "communication_preferences": {"tone": "professional", "detail_level": "high"},
                        "preferences": {"quality": "high", "price": {"max": 0}},
                        "history": {"total_purchases": 48},
                        "profile.age": {"min": 40, "max": 50},
                    },
                    "tolerance": 0.1,
                    "level": 0.8,
                }
            ]
        },
    )

    expectations: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="By field, nested or dotted: text, a number, true or false, a list, or a range {min, max}.",
    )
    tolerance: Number | None = Field(None, description="Share by which a number may differ. Default: .1.")
    level: Number | None = Field(None, description="Level of the backcast's interval, .5 to .99. Default: .8.")


class Expectation(Answer):
    """One expectation beside what the twin is."""

    field: str
    expected: JsonValue
    actual: JsonValue = Field(description="null: the twin says nothing of it.")
    score: float = Field(description="1 met, 0 not met; for a list the share of its entries that the twin has.")
    note: str

    @classmethod
    def of(cls, check: ExpectationCheck) -> "Expectation":
        """Render one."""
        return cls.model_validate({name: getattr(check, name) for name in cls.model_fields})


class Consistency(Answer):
    """Whether the record contradicts itself."""

    consistent: bool
    contradictions: list[Remark] = Field(description="Returns above purchases, lifetime value far off, dates in turn.")
    not_understood: list[Remark] = Field(description="Kept with the record, and in no number.")


class BackcastWindow(Answer):
    """A window of the past: what the orders before it foretold, and what came."""

    starts_on: date
    probability: float
    ordered: bool


class BackcastReport(Answer):
    """Whether the first part of the customer's own orders foretold the rest."""

    verdict: str = Field(description="foretold, more, fewer, or not enough history.")
    words: str
    orders: int
    trained_on: int = Field(description="Orders of the first part.")
    window_days: int | None
    observed: int | None = Field(description="Windows with an order.")
    expected: Quantity | None = Field(description="How many were foretold; the interval holds the number, not a mean.")
    basis: str | None
    windows: list[BackcastWindow]

    @classmethod
    def of(cls, found: Backcast) -> "BackcastReport":
        """Render a backcast."""
        return cls(
            verdict=found.verdict,
            words=found.words,
            orders=found.orders,
            trained_on=found.trained_on,
            window_days=found.window_days,
            observed=found.observed,
            expected=Quantity.plain(found.expected),
            basis=found.expected.basis if found.expected else None,
            windows=[
                BackcastWindow(starts_on=it.starts_on, probability=it.probability, ordered=it.ordered)
                for it in found.steps
            ],
        )


class TwinValidationReport(Answer):
    """A twin against what is expected of it, against itself, and against its own past."""

    digital_twin_id: str
    version: int
    score: float | None = Field(description="Mean score of the expectations; null where there are none.")
    expectations: list[Expectation]
    mismatches: dict[str, Expectation] = Field(description="Those that are not wholly met, by field.")
    consistency: Consistency
    backcast: BackcastReport

    @classmethod
    def of(cls, found: TwinValidation) -> "TwinValidationReport":
        """Render a validation."""
        checks = [Expectation.of(it) for it in found.checks]
        return cls(
            digital_twin_id=found.twin_id,
            version=found.version,
            score=found.score,
            expectations=checks,
            mismatches={it.field: it for it in checks if it.score < 1.0},
            consistency=Consistency(
                consistent=not found.contradictions,
                contradictions=remarks(found.contradictions),
                not_understood=remarks(found.unread),
            ),
            backcast=BackcastReport.of(found.backcast),
        )


class GivenPrediction(Request):
    """A predicted field as it was answered; only what it says of its confidence and its outcomes is judged."""

    model_config = ConfigDict(extra="allow", frozen=True)

    confidence: Number | None = Field(None, ge=0, le=1)
    outcomes: Whole = Field(0, ge=0, description="Outcomes of your company behind it; none: no calibration record.")
    validated_on: Name = Field("nothing", description="nothing: it was never checked, so no calibration record either.")


class PredictionQualityRequest(Request):
    """Predictions to judge: stored tests, or the `predictions` of an answer."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "predictions": {
                        "will_engage": {"likelihood": 0.31, "confidence": 0.74, "outcomes": 0},
                        "will_purchase": {"likelihood": 0.12, "confidence": 0.55, "outcomes": 0},
                    },
                    "confidence_threshold": 0.7,
                }
            ]
        },
    )

    predictions: dict[Name, GivenPrediction] | None = None
    test_ids: list[Name] | None = Field(None, max_length=MAX_TESTS)
    confidence_threshold: Number | None = Field(None, description="Least confidence that passes. Default: .7.")

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        if (self.predictions is None) == (self.test_ids is None):
            allowed = "one of predictions and test_ids"
            message = "is missing" if self.predictions is None else "stands beside test_ids"
            yield FieldProblem(field="predictions", message=message, allowed=allowed)


class FieldVerdict(Answer):
    """Whether one field may be relied on, and why not."""

    test_id: str | None
    field: str
    passed: bool
    confidence: float | None
    calibrated: bool
    outcomes: int
    reasons: list[str]

    @classmethod
    def of(cls, found: FieldQuality) -> "FieldVerdict":
        """Render a verdict."""
        return cls(
            test_id=found.test_id,
            field=found.field,
            passed=found.passed,
            confidence=found.confidence,
            calibrated=found.calibrated,
            outcomes=found.outcomes,
            reasons=list(found.reasons),
        )


class PredictionQualityReport(Answer):
    """A field passes where it is sure enough and outcomes stand behind it; all together where each does."""

    passed: bool
    confidence_threshold: float
    fields: list[FieldVerdict]
    under_threshold: list[str]
    without_calibration_record: list[str]

    @classmethod
    def of(cls, found: PredictionQuality) -> "PredictionQualityReport":
        """Render a judgement."""
        return cls(
            passed=found.passed,
            confidence_threshold=found.threshold,
            fields=[FieldVerdict.of(it) for it in found.fields],
            under_threshold=list(found.under_threshold),
            without_calibration_record=list(found.uncalibrated),
        )
