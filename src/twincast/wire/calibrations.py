"""What was learned, version by version, and how right the numbers are: predicted beside what happened."""

from datetime import datetime

from pydantic import Field

from twincast.domain.backtests import Gate, Measured
from twincast.domain.calibrations import (
    AnsweredQuality,
    CalibrationReport,
    Figure,
    Quality,
    ReliabilityCell,
    SegmentQuality,
)
from twincast.domain.models import ModelVersion
from twincast.wire.shapes import Answer


class ModelRecord(Answer):
    """One version of a workspace's model."""

    version: int
    parent: int = Field(description="The version that answered when this one was learned; 0 is the prior that ships.")
    is_current: bool = Field(description="Whether it is the one that answers.")
    digest: str
    prior: str
    outcomes: dict[str, int] = Field(description="Contacts, or times without one, that it learned from, by kind.")
    left_out: dict[str, int] = Field(description="What it did not learn from, by reason.")
    received_until: datetime = Field(description="Outcomes received later are not in it.")
    refitted_until: datetime = Field(description="The same of the last refit on everything; later ones were added.")
    created_at: datetime
    notes: list[str] = Field(description="What must be said of outcomes that teach less than they seem to.")

    @classmethod
    def of(cls, model: ModelVersion, current: int) -> "ModelRecord":
        """Render a version."""
        return cls(
            version=model.version,
            parent=model.parent,
            is_current=model.version == current,
            digest=model.digest,
            prior=model.prior,
            outcomes=dict(model.outcomes),
            left_out=dict(model.left_out),
            received_until=model.received_until,
            refitted_until=model.refitted_until,
            created_at=model.created_at,
            notes=list(model.notes),
        )


class ModelRecords(Answer):
    """Every version of a workspace's model, oldest first."""

    current: int = Field(description="The version that answers; 0 is the prior that ships.")
    items: list[ModelRecord]

    @classmethod
    def of(cls, current: int, versions: tuple[ModelVersion, ...]) -> "ModelRecords":
        """Render the versions."""
        return cls(current=current, items=[ModelRecord.of(it, current) for it in versions])


class FigureOut(Answer):
    """A figure with its interval at `level`."""

    value: float
    low: float
    high: float
    level: float

    @classmethod
    def of(cls, figure: Figure | Measured) -> "FigureOut":
        """Render a figure."""
        return cls(value=figure.value, low=figure.low, high=figure.high, level=figure.level)


class ReliabilityBin(Answer):
    """Contacts with neighbouring predictions: what was predicted, and how often it happened."""

    count: int
    events: int
    predicted: float
    observed: FigureOut


class CalibrationLine(Answer):
    """logit P(event) = intercept + slope x logit(predicted): 0 and 1 if right; with standard errors."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float


class QualityOut(Answer):
    """How right probabilities are; smaller log loss, Brier and ECE are better."""

    log_loss: FigureOut
    brier: FigureOut
    ece: FigureOut = Field(description="Mean distance of predicted and observed over the bins; never quite 0.")
    auc: FigureOut | None
    line: CalibrationLine | None
    bins: list[ReliabilityBin]

    @classmethod
    def of(cls, quality: Quality) -> "QualityOut":
        """Render how right probabilities are."""
        return cls(
            log_loss=FigureOut.of(quality.log_loss),
            brier=FigureOut.of(quality.brier),
            ece=FigureOut.of(quality.ece),
            auc=None if quality.auc is None else FigureOut.of(quality.auc),
            line=None if quality.line is None else CalibrationLine(**quality.line),
            bins=[
                ReliabilityBin(
                    count=it.count, events=it.events, predicted=it.predicted, observed=FigureOut.of(it.observed)
                )
                for it in quality.bins
            ],
        )


class SegmentOut(Answer):
    """One kind of outcome in one group of contacts."""

    kind: str
    segment: str = Field(description="`all`, or what the group has in common: `channel: email`, `contacted: no`.")
    contacts: int
    events: int
    before: QualityOut = Field(description="By the prior that ships.")
    after: QualityOut = Field(description="By a model that had seen none of these customers' outcomes.")
    gain: FigureOut = Field(description="By how much log loss fell, paired.")

    @classmethod
    def of(cls, segment: SegmentQuality) -> "SegmentOut":
        """Render a group."""
        return cls(
            kind=segment.kind,
            segment=segment.segment,
            contacts=segment.contacts,
            events=segment.events,
            before=QualityOut.of(segment.before),
            after=QualityOut.of(segment.after),
            gain=FigureOut.of(segment.gain),
        )


class AnsweredOut(Answer):
    """How right stored tests were about one kind of outcome."""

    kind: str
    contacts: int = Field(description="Contacts that a test had foretold, and that were observed since.")
    events: int
    quality: QualityOut

    @classmethod
    def of(cls, found: AnsweredQuality) -> "AnsweredOut":
        """Render how right tests were."""
        return cls(kind=found.kind, contacts=found.contacts, events=found.events, quality=QualityOut.of(found.quality))


class GateOut(Answer):
    """Whether what is known of individuals foretells more than numbers for everybody."""

    verdict: str = Field(description="open, undecided or closed; where it is closed everybody is foretold the same.")
    gains: dict[str, FigureOut] = Field(description="How far log loss lies below each baseline's.")
    base_loss: float = Field(description="The base rate's log loss.")
    words: str

    @classmethod
    def of(cls, gate: Gate) -> "GateOut":
        """Render a gate."""
        return cls(
            verdict=gate.verdict,
            gains={name: FigureOut.of(it) for name, it in gate.gains.items()},
            base_loss=gate.base_loss,
            words=gate.words,
        )


class ConfidenceCell(Answer):
    """Outcomes that no fit had seen, foretold about as high and as surely: what a confidence was checked on."""

    kind: str
    contacts: int
    events: int
    foretold: float
    observed: FigureOut
    missed: float = Field(description="How far the truth is taken to lie above it, on the logit; 0 if chance explains.")

    @classmethod
    def of(cls, cell: ReliabilityCell) -> "ConfidenceCell":
        """Render a cell."""
        return cls(
            kind=cell.kind,
            contacts=cell.contacts,
            events=cell.events,
            foretold=cell.foretold,
            observed=FigureOut.of(cell.observed),
            missed=cell.missed,
        )


class SurveyOut(Answer):
    """How right a stated scale is about answers of customers it had not heard."""

    answers: int
    missed: float = Field(description="Root mean square of what was missed of each answer, on the scale.")
    missed_by_mean: float = Field(description="The same where the mean of the other answers foretells.")


class CalibrationReportOut(Answer):
    """A workspace's numbers beside what really happened, on customers that the fit had not seen."""

    model: int
    made_at: datetime
    contacts: int
    folds: int
    segments: list[SegmentOut]
    answered: list[AnsweredOut] = Field(description="What stored tests had answered before the contact.")
    too_few: dict[str, int] = Field(description="Kinds with too few contacts to judge, and how many they have.")
    left_out: dict[str, int]
    gates: dict[str, GateOut] = Field(description="Of the model that answers, by kind.")
    validated_on: dict[str, list[str]] = Field(description="Channels on which it was checked on behaviour, by kind.")
    confidence: list[ConfidenceCell] = Field(description="What its confidence was checked on, from low to high.")
    surveys: dict[str, SurveyOut] = Field(description="Stated scales that answers to surveys have checked.")
    notes: list[str] = Field(description="What must be said of outcomes that teach less than they seem to.")

    @classmethod
    def of(cls, report: CalibrationReport) -> "CalibrationReportOut":
        """Render a report."""
        return cls(
            model=report.model,
            made_at=report.made_at,
            contacts=report.contacts,
            folds=report.folds,
            segments=[SegmentOut.of(it) for it in report.segments],
            answered=[AnsweredOut.of(it) for it in report.answered],
            too_few=dict(report.too_few),
            left_out=dict(report.left_out),
            gates={kind: GateOut.of(it) for kind, it in report.gates.items()},
            validated_on={kind: list(names) for kind, names in report.validated_on.items()},
            confidence=[ConfidenceCell.of(it) for it in report.confidence],
            surveys={
                scale: SurveyOut(answers=it.answers, missed=it.missed, missed_by_mean=it.missed_by_mean)
                for scale, it in report.surveys.items()
            },
            notes=list(report.notes),
        )
