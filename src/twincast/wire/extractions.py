"""Extraction: what to read out of a session, and rows, statistics and groups of it in the document's shapes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.extractions import Definition, Extraction, KeptRow
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Listed, Name, Names, Note, Number, Request, Switch, Whole
from twincast.wire.statistics import (
    AggregateStatistics,
    ExtractedStatistics,
    RealTestAdvice,
    Recommendations,
    ResultGroup,
    SegmentAnalysis,
    VariantDifference,
)

RESULT_TYPE = "structured"
METRICS = ("confidence_interval", "mean", "n", "std")


class Aggregation(Request):
    """How rows are put together."""

    enable_statistics: Switch | None = Field(None, description="The same as `statistical_analysis`.")
    groupby: Names | None = Field(
        None, description="customer_segment, intervention_variant, intervention_type, channel; the full cross of them."
    )
    metrics: list[Name] | None = Field(None, description="mean, std, confidence_interval; all of them are given.")


class EconomicsIn(Request):
    """What contacts cost and what is kept of revenue, in the customers' money."""

    contact_cost: Number = Field(description="Of one contact, where its message does not state a cost.")
    discount_cost: Number = Field(0.0, description="Of each purchase, beside the discount, which is taken off already.")
    margin: Number = Field(1.0, description="Share of revenue that is left after the goods are paid.")


class PlanningIn(Request):
    """How the test with real customers is to be planned."""

    alpha: Number = Field(0.05, description="Share of false alarms.")
    power: Number = Field(0.8, description="Share of true effects of that size that are found.")
    correlation: Number = Field(
        0.0, description="Of money spent with that before the test, where the test will use it (CUPED)."
    )


class ExtractionAsked(Request):
    """What both addresses of extraction take."""

    checkpoint_name: Name | None = Field(None, description="Name or id; default: where the session stands.")
    digital_twin_ids: list[Name] | None = Field(None, max_length=1_000, description="Only of these; or customers' ids.")
    customer_segment: Name | None = Field(None, description="Label of all customers, for this extraction.")
    segments: Names | None = Field(
        None, description="Defined segments that customers are put into, the first that fits; else the record's own."
    )
    extraction_objective: Note | None = None
    situation: Note | None = None
    fields: Names | None = Field(
        None, description="See `GET /fields`; customer_id, intervention_variant, reasoning, ..."
    )
    fields_hints: dict[Name, Note] | None = None
    extraction_hint: Note | None = None
    statistical_analysis: Switch | None = Field(None, description="false: no intervals and no groups. Default: true.")
    aggregation: Aggregation | None = None
    level: Number | None = Field(None, description="Level of the intervals, .5 to .99. Default: .95.")
    min_cell: Whole | None = Field(
        None, description="Customers below which nothing is claimed of a group. Default: 30."
    )
    economics: EconomicsIn | None = Field(None, description="For expected_roi.")
    test_plan: PlanningIn | None = None

    @property
    def statistics(self) -> bool:
        """Tell whether intervals and groups are wanted."""
        more = self.aggregation.enable_statistics if self.aggregation else None
        return self.statistical_analysis is not False and more is not False

    @property
    def groupby(self) -> tuple[str, ...]:
        """Return what rows are grouped by."""
        return tuple((self.aggregation.groupby if self.aggregation else None) or ())

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        for place, name in enumerate((self.aggregation.metrics if self.aggregation else None) or ()):
            if name not in METRICS:
                message = f"'{ascii(name[:40])[1:-1]}' is no metric"
                path = f"aggregation.metrics[{place}]"
                yield FieldProblem(field=path, message=message, allowed=", ".join(METRICS))


class StructuredExtractionRequest(ExtractionAsked):
    """What to read out of a session, live or as it was at a checkpoint. Free text never changes a number."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "session_id": "sess_0123",
                    "checkpoint_name": "interventions_tested",
                    "extraction_objective": "Aggregate intervention effectiveness across all customers",
                    "result_type": "structured",
                    "fields": ["customer_id", "engagement_likelihood", "purchase_likelihood", "predicted_revenue"],
                    "statistical_analysis": True,
                }
            ]
        },
    )

    session_id: Name
    result_type: Name | None = Field(None, description="structured.")

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        if self.result_type not in {None, RESULT_TYPE}:
            shown = ascii(str(self.result_type)[:40])[1:-1]
            yield FieldProblem(field="result_type", message=f"'{shown}' is not known", allowed=RESULT_TYPE)
        yield from super().problems()


class ExtractResultsRequest(ExtractionAsked):
    """What to extract and keep, of a session live or as it was at a checkpoint. Free text never changes a number."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "session_id": "session_uuid",
                    "checkpoint_name": "interventions_completed",
                    "extraction_objective": "Extract customer intervention effectiveness metrics",
                    "situation": "Customers were presented with personalized marketing offers",
                    "fields": [
                        "customer_id",
                        "intervention_variant",
                        "engagement_likelihood",
                        "purchase_likelihood",
                        "predicted_order_value",
                        "emotional_sentiment",
                        "key_concerns",
                        "optimal_timing",
                    ],
                    "fields_hints": {
                        "engagement_likelihood": "Score from 0.0 to 1.0 indicating probability of engagement",
                        "purchase_likelihood": "Score from 0.0 to 1.0 indicating probability of purchase",
                        "predicted_order_value": "Dollar amount of predicted purchase",
                        "emotional_sentiment": "positive, neutral, or negative",
                        "optimal_timing": "best time to send follow-up communication",
                    },
                    "aggregation": {
                        "enable_statistics": True,
                        "groupby": ["customer_segment", "intervention_variant"],
                        "metrics": ["mean", "std", "confidence_interval"],
                    },
                }
            ]
        },
    )

    session_id: Name | None = Field(None, description="Exactly one of this and batch_id.")
    batch_id: Name | None = Field(None, description="Of a batch, in place of a session.")


class IndividualResult(Answer):
    """One customer and one message: the asked fields stand beside what says which row it is."""

    model_config = ConfigDict(extra="allow", frozen=True)

    customer_id: str
    digital_twin_id: str
    intervention_variant: str
    customer_segment: str | None
    source_id: str = Field(description="The test, the comparison or the batch it is from.")
    reasoning: str | None = Field(description="What moves the numbers most.")
    currency: str
    intervals: dict[str, tuple[float, float]] = Field(description="Of each number, for a customer like this one.")
    level: float | None = Field(description="Of these intervals.")

    @classmethod
    def of(cls, row: KeptRow) -> "IndividualResult":
        """Render a row; a field of which nothing can be said is null."""
        named: dict[str, Any] = {
            "customer_id": row.customer_id,
            "digital_twin_id": row.twin_id,
            "intervention_variant": row.variant,
            "customer_segment": row.segment,
            "source_id": row.source,
            "reasoning": row.reasoning,
            "currency": row.currency,
            "intervals": dict(row.intervals),
            "level": row.level,
        }
        values = {name: list(it) if isinstance(it, tuple) else it for name, it in row.values.items()}
        return cls.model_validate({**values, **named})


class FieldDefinition(Answer):
    """What a field of the rows is."""

    field: str = Field(description="Canonical name.")
    meaning: str
    unit: str
    horizon_days: int | None = Field(description="null where the rows differ.")
    level: float | None = Field(description="Of the intervals in the rows; null where they differ, or have none.")
    basis: str | None
    hint: str | None = Field(description="As it was given; it never changes a number.")

    @classmethod
    def of(cls, it: Definition) -> "FieldDefinition":
        """Render a definition."""
        return cls(
            field=it.field,
            meaning=it.meaning,
            unit=it.unit,
            horizon_days=it.horizon_days,
            level=it.level,
            basis=it.basis,
            hint=it.hint,
        )


class ResultsExtracted(Answer):
    """What both addresses of extraction give; nothing in it claims more than the evidence carries."""

    session_id: str
    batch_id: str | None
    checkpoint_name: str | None
    checkpoint_version: int | None
    extraction_objective: str | None
    situation: str | None
    fields: list[str]
    field_definitions: dict[str, FieldDefinition]
    total_rows: int
    individual_results: list[IndividualResult]
    statistics: ExtractedStatistics | None
    aggregate_statistics: AggregateStatistics | None
    groups: list[ResultGroup] | None = Field(description="The full cross of `groupby`.")
    segment_analysis: dict[str, SegmentAnalysis] | None
    variant_comparisons: list[VariantDifference] | None = Field(
        description="Each pair of variants on the customers who were asked about all of them."
    )
    not_compared: str | None = Field(description="Why there are no comparisons.")
    real_test: list[RealTestAdvice] | None = Field(description="What a test with real customers would take.")
    recommendations: Recommendations | None
    min_cell: int
    draws: int = Field(description="Shared draws of the parameters behind the intervals, of `drawn_rows` rows.")
    drawn_rows: int
    unavailable: dict[str, str] = Field(description="Fields that nothing can be said of, and why.")
    warnings: list[Remark]
    created_at: datetime


def parts_of(found: Extraction, rows: Sequence[KeptRow], *, off: bool = False) -> dict[str, Any]:
    """Return the parts of an extraction by name.

    Args:
        found: what was extracted.
        rows: those that are shown.
        off: whether statistics are null where they were not asked for.
    """
    mark, some = found.checkpoint, found.statistics
    wanted = None if some is None or (off and not found.intervals) else some
    return {
        "session_id": found.session_id,
        "batch_id": found.batch_id,
        "checkpoint_name": None if mark is None else mark.name,
        "checkpoint_version": None if mark is None else mark.version,
        "extraction_objective": found.objective,
        "situation": found.situation,
        "fields": list(found.fields),
        "field_definitions": {name: FieldDefinition.of(it) for name, it in found.definitions.items()},
        "total_rows": found.count,
        "individual_results": [IndividualResult.of(row) for row in rows],
        "statistics": wanted and ExtractedStatistics.of(wanted.totals),
        "aggregate_statistics": wanted and AggregateStatistics.of(wanted),
        "groups": None if wanted is None or wanted.groups is None else [ResultGroup.of(it) for it in wanted.groups],
        "segment_analysis": wanted and {it.name: SegmentAnalysis.of(it) for it in wanted.segments},
        "variant_comparisons": wanted and [VariantDifference.of(it) for it in wanted.differences],
        "not_compared": wanted and wanted.not_compared,
        "real_test": wanted and [RealTestAdvice.of(it) for it in wanted.tests],
        "recommendations": wanted and Recommendations.of(wanted.advice),
        "min_cell": found.min_cell,
        "draws": found.draws,
        "drawn_rows": found.drawn,
        "unavailable": dict(found.unavailable),
        "warnings": [*remarks(found.warnings), *_erased(found)],
        "created_at": found.created_at,
    }


def _erased(found: Extraction) -> list[Remark]:
    if not found.erased:
        return []
    message = f"{found.erased:,} customers were erased since, so the statistics are gone: extract again."
    return [Remark(code="customers-erased", field="session_id", message=message)]


class StructuredResults(ResultsExtracted):
    """What was read out of a session."""

    @classmethod
    def of(cls, found: Extraction, rows: Sequence[KeptRow]) -> "StructuredResults":
        """Render an extraction."""
        return cls.model_validate(parts_of(found, rows))


class ExtractedResults(ResultsExtracted):
    """A stored extraction, with the first of its rows, or those that were asked for."""

    extraction_id: str
    next_cursor: str | None = Field(description="Leads to the next rows; null where these are the last.")

    @classmethod
    def of(cls, found: Extraction, rows: Sequence[KeptRow], next_cursor: str | None) -> "ExtractedResults":
        """Render an extraction."""
        parts = parts_of(found, rows, off=True)
        return cls.model_validate({**parts, "extraction_id": found.id, "next_cursor": next_cursor})


class ExtractionSummary(Answer):
    """A stored extraction in a list."""

    extraction_id: str
    session_id: str
    checkpoint_name: str | None
    extraction_objective: str | None
    total_rows: int
    created_at: datetime

    @classmethod
    def of(cls, found: Extraction) -> "ExtractionSummary":
        """Render an extraction's head."""
        return cls(
            extraction_id=str(found.id),
            session_id=found.session_id,
            checkpoint_name=None if found.checkpoint is None else found.checkpoint.name,
            extraction_objective=found.objective,
            total_rows=found.count,
            created_at=found.created_at,
        )


class Extractions(Listed[ExtractionSummary]):
    """One page of extractions, newest first."""
