"""Extraction: what to read out of a session, and rows, statistics and groups of it in the document's shape."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.extractions import HIGH_ENGAGEMENT, Aggregate, Extraction, Group, Row, Totals
from twincast.domain.predictions import FieldPrediction
from twincast.wire.predictions import bare
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Name, Names, Note, Number, Request, Switch

RESULT_TYPE = "structured"


class Aggregation(Request):
    """How rows are put together."""

    enable_statistics: Switch | None = Field(None, description="The same as `statistical_analysis`.")
    groupby: Names | None = Field(
        None, description="intervention_variant, intervention_type, channel, customer_segment."
    )
    metrics: list[Name] | None = Field(None, description="mean, std, confidence_interval; all of them are given.")


class StructuredExtractionRequest(Request):
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
    checkpoint_name: Name | None = Field(None, description="Name or id; default: where the session stands.")
    digital_twin_ids: list[Name] | None = Field(None, max_length=1_000, description="Only of these; or customers' ids.")
    extraction_objective: Note | None = None
    situation: Note | None = None
    result_type: Name | None = Field(None, description="structured.")
    fields: Names | None = Field(
        None, description="See `GET /fields`; customer_id, intervention_variant, reasoning, ..."
    )
    fields_hints: dict[Name, Note] | None = None
    extraction_hint: Note | None = None
    statistical_analysis: Switch | None = Field(None, description="false: no intervals and no groups. Default: true.")
    aggregation: Aggregation | None = None
    level: Number | None = Field(None, description="Level of the intervals, .5 to .99. Default: .95.")

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
        if self.result_type not in {None, RESULT_TYPE}:
            shown = ascii(str(self.result_type)[:40])[1:-1]
            yield FieldProblem(field="result_type", message=f"'{shown}' is not known", allowed=RESULT_TYPE)
        known = {"mean", "std", "n", "confidence_interval"}
        for place, name in enumerate((self.aggregation.metrics if self.aggregation else None) or ()):
            if name not in known:
                message = f"'{ascii(name[:40])[1:-1]}' is no metric"
                yield FieldProblem(
                    field=f"aggregation.metrics[{place}]", message=message, allowed=", ".join(sorted(known))
                )


class IndividualResult(Answer):
    """One customer and one message: the asked fields stand beside what says which row it is."""

    model_config = ConfigDict(extra="allow", frozen=True)

    customer_id: str
    digital_twin_id: str
    intervention_variant: str
    source_id: str = Field(description="The test or comparison it is from.")

    @classmethod
    def of(cls, row: Row) -> "IndividualResult":
        """Render a row; a field of which nothing can be said is null."""
        named: dict[str, Any] = {
            "customer_id": row.result.customer_id,
            "digital_twin_id": row.result.twin_id,
            "intervention_variant": row.result.variant,
            "source_id": row.result.source,
        }
        values = {name: bare(it) if isinstance(it, FieldPrediction) else it for name, it in row.values.items()}
        return cls.model_validate({**values, **named})


class Metric(Answer):
    """A mean or a sum over customers, each of whom counts once."""

    mean: float | None = Field(description="For a total: the sum.")
    std: float | None = Field(description="How the customers differ; not how sure the mean is.")
    n: int = Field(description="Customers.")
    confidence_interval: tuple[float, float] | None
    level: float | None
    unit: str | None
    basis: str | None
    about: str = Field(description="What the interval is about, or why there is none.")

    @classmethod
    def of(cls, found: Aggregate) -> "Metric":
        """Render a metric."""
        inside = found.interval
        return cls(
            mean=found.value,
            std=found.std,
            n=found.n,
            confidence_interval=(inside.low, inside.high) if inside else None,
            level=inside.level if inside else None,
            unit=inside.unit if inside else None,
            basis=inside.basis if inside else None,
            about=found.about,
        )


class ExtractedStatistics(Answer):
    """What the rows add up to, in the names of the document's flow."""

    mean_engagement: float | None
    mean_purchase_likelihood: float | None
    total_predicted_revenue: float | None
    high_engagement_count: int
    high_engagement_threshold: float = Field(description="P(engage) from which a customer is counted.")
    total_customers_tested: int
    currency: str | None
    intervals: dict[str, Metric] = Field(description="Of each of the numbers: interval, spread, and what they mean.")

    @classmethod
    def of(cls, totals: Totals) -> "ExtractedStatistics":
        """Render what all rows add up to."""
        return cls(
            mean_engagement=totals.engagement.value,
            mean_purchase_likelihood=totals.purchase.value,
            total_predicted_revenue=totals.revenue.value,
            high_engagement_count=totals.high,
            high_engagement_threshold=HIGH_ENGAGEMENT,
            total_customers_tested=totals.customers,
            currency=totals.currency,
            intervals={
                "mean_engagement": Metric.of(totals.engagement),
                "mean_purchase_likelihood": Metric.of(totals.purchase),
                "total_predicted_revenue": Metric.of(totals.revenue),
            },
        )


class AggregateStatistics(Answer):
    """The same numbers in the names of the document's extraction."""

    total_customers_tested: int
    mean_engagement: float | None
    mean_purchase_likelihood: float | None
    predicted_total_revenue: float | None
    confidence_interval: tuple[float, float] | None = Field(description="Of predicted_total_revenue.")
    confidence_level: float | None
    best_performing_variant: str | None
    best_performing_confidence: float | None = Field(description="P(it truly brings in most).")
    best_performing_reason: str | None = Field(description="Why none is named.")

    @classmethod
    def of(cls, totals: Totals) -> "AggregateStatistics":
        """Render what all rows add up to."""
        inside = totals.revenue.interval
        return cls(
            total_customers_tested=totals.customers,
            mean_engagement=totals.engagement.value,
            mean_purchase_likelihood=totals.purchase.value,
            predicted_total_revenue=totals.revenue.value,
            confidence_interval=(inside.low, inside.high) if inside else None,
            confidence_level=inside.level if inside else None,
            best_performing_variant=totals.best,
            best_performing_confidence=totals.best_confidence,
            best_performing_reason=totals.best_reason,
        )


class ResultGroup(Answer):
    """Rows that share some values, and what they add up to by field."""

    by: dict[str, str | None]
    rows: int
    customers: int
    metrics: dict[str, Metric]

    @classmethod
    def of(cls, group: Group) -> "ResultGroup":
        """Render a group."""
        metrics = {name: Metric.of(it) for name, it in group.metrics.items()}
        return cls(by=dict(group.by), rows=group.rows, customers=group.customers, metrics=metrics)


class StructuredResults(Answer):
    """What was read out of a session."""

    session_id: str
    checkpoint_name: str | None
    checkpoint_version: int | None
    extraction_objective: str | None
    situation: str | None
    fields: list[str]
    individual_results: list[IndividualResult]
    statistics: ExtractedStatistics
    aggregate_statistics: AggregateStatistics
    groups: list[ResultGroup] | None
    unavailable: dict[str, str] = Field(description="Fields that nothing can be said of, and why.")
    warnings: list[Remark]
    created_at: datetime

    @classmethod
    def of(cls, found: Extraction) -> "StructuredResults":
        """Render an extraction."""
        mark = found.checkpoint
        return cls(
            session_id=found.session_id,
            checkpoint_name=None if mark is None else mark.name,
            checkpoint_version=None if mark is None else mark.version,
            extraction_objective=found.objective,
            situation=found.situation,
            fields=list(found.fields),
            individual_results=[IndividualResult.of(row) for row in found.rows],
            statistics=ExtractedStatistics.of(found.totals),
            aggregate_statistics=AggregateStatistics.of(found.totals),
            groups=None if found.groups is None else [ResultGroup.of(it) for it in found.groups],
            unavailable=dict(found.unavailable),
            warnings=remarks(found.warnings),
            created_at=found.created_at,
        )
