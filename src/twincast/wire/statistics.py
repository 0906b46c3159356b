"""The statistics of an extraction in public shapes: each number with its interval, and what that is about."""

from pydantic import Field

from twincast.domain.extractions import (
    HIGH_ENGAGEMENT,
    Advice,
    Aggregate,
    Difference,
    Group,
    RealTest,
    Segment,
    Statistics,
    Totals,
)
from twincast.domain.predictions import Estimate
from twincast.wire.shapes import Answer


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


class Interval(Answer):
    """A number with its interval."""

    value: float
    confidence_interval: tuple[float, float]
    level: float
    unit: str
    basis: str

    @classmethod
    def of(cls, found: Estimate) -> "Interval":
        """Render a number."""
        return cls(
            value=found.value,
            confidence_interval=(found.low, found.high),
            level=found.level,
            unit=found.unit,
            basis=found.basis,
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
    rows_used: str = Field(description="Which rows these are of.")
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
            rows_used=totals.used,
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
    confidence_interval_of: str
    confidence_level: float | None
    best_performing_variant: str | None
    best_performing_confidence: float | None = Field(description="P(the leading variant truly brings in most).")
    best_performing_reason: str | None = Field(description="Why none is named.")
    best_performing_gain: Interval | None = Field(description="Of the leading variant over the next, a customer.")

    @classmethod
    def of(cls, found: Statistics) -> "AggregateStatistics":
        """Render what all rows add up to."""
        totals, choice = found.totals, found.choice
        inside = totals.revenue.interval
        return cls(
            total_customers_tested=totals.customers,
            mean_engagement=totals.engagement.value,
            mean_purchase_likelihood=totals.purchase.value,
            predicted_total_revenue=totals.revenue.value,
            confidence_interval=(inside.low, inside.high) if inside else None,
            confidence_interval_of=f"predicted_total_revenue, of {totals.used}. {totals.revenue.about}",
            confidence_level=inside.level if inside else None,
            best_performing_variant=choice.variant,
            best_performing_confidence=choice.confidence,
            best_performing_reason=choice.reason,
            best_performing_gain=choice.gain and Interval.of(choice.gain),
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


class SegmentAnalysis(Answer):
    """The customers of one segment, over the rows that the totals are of, and which variant does best among them."""

    engagement_rate: float | None
    purchase_rate: float | None
    avg_order_value: float | None
    predicted_revenue: float | None
    customers: int
    intervals: dict[str, Metric] | None
    best_variant: str | None
    best_confidence: float | None = Field(description="P(the leading variant truly brings in most from them).")
    best_reason: str | None
    reason: str | None = Field(description="Why nothing is said of them.")

    @classmethod
    def of(cls, segment: Segment) -> "SegmentAnalysis":
        """Render a segment."""
        parts = {
            "engagement_rate": segment.engagement,
            "purchase_rate": segment.purchase,
            "avg_order_value": segment.order_value,
            "predicted_revenue": segment.revenue,
        }
        known = {name: it for name, it in parts.items() if it is not None}
        return cls(
            **{name: None if it is None else it.value for name, it in parts.items()},
            customers=segment.customers,
            intervals={name: Metric.of(it) for name, it in known.items()} or None,
            best_variant=segment.choice.variant,
            best_confidence=segment.choice.confidence,
            best_reason=segment.choice.reason,
            reason=segment.reason,
        )


class VariantDifference(Answer):
    """Two variants on the same customers: the mean of the first less that of the second."""

    field: str
    first: str
    second: str
    difference: float
    confidence_interval: tuple[float, float] = Field(description="Holds along with those of all other pairs.")
    confidence_interval_alone: tuple[float, float] = Field(description="Of this pair by itself.")
    level: float
    unit: str
    basis: str
    probability_better: float = Field(description="P(the first is truly above the second); no p-value.")
    distinguishable: bool = Field(description="Whether the interval leaves out 0.")
    customers: int

    @classmethod
    def of(cls, found: Difference) -> "VariantDifference":
        """Render a pair."""
        together, alone = found.together, found.alone
        return cls(
            field=found.field,
            first=found.first,
            second=found.second,
            difference=together.value,
            confidence_interval=(together.low, together.high),
            confidence_interval_alone=(alone.low, alone.high),
            level=together.level,
            unit=together.unit,
            basis=together.basis,
            probability_better=found.better,
            distinguishable=found.apart,
            customers=found.customers,
        )


class RealTestAdvice(Answer):
    """What a randomised test with real customers would take to see a predicted difference."""

    field: str
    first: str
    second: str
    first_value: float
    second_value: float
    customers_per_arm: int | None = Field(description="null where the prediction sees no difference.")
    alpha: float
    power: float = Field(description="P(the test comes out) if the prediction is right.")
    assurance: float | None = Field(description="The same with the uncertainty of the prediction.")
    about: str

    @classmethod
    def of(cls, found: RealTest) -> "RealTestAdvice":
        """Render a test."""
        return cls(
            field=found.field,
            first=found.first,
            second=found.second,
            first_value=found.first_value,
            second_value=found.second_value,
            customers_per_arm=found.per_arm,
            alpha=found.alpha,
            power=found.power,
            assurance=found.assurance,
            about=found.about,
        )


class Recommendations(Answer):
    """What to do by these results, and no more than they carry."""

    best_overall_strategy: str | None
    strategy_reason: str
    optimal_timing: str | None
    timing_gain: Interval | None = Field(description="P(engage) there less that at the given times.")
    timing_meaning: str
    timing_reason: str | None
    expected_roi: float | None = Field(description="(incremental margin - cost) / cost.")
    roi: Interval | None
    incremental_margin: float | None
    cost: float | None
    roi_reason: str | None

    @classmethod
    def of(cls, advice: Advice) -> "Recommendations":
        """Render what is advised."""
        timing, roi = advice.timing, advice.roi
        return cls(
            best_overall_strategy=advice.strategy,
            strategy_reason=advice.strategy_reason,
            optimal_timing=timing.token,
            timing_gain=timing.gain and Interval.of(timing.gain),
            timing_meaning=timing.means,
            timing_reason=timing.reason,
            expected_roi=roi.ratio.value if roi.ratio else None,
            roi=roi.ratio and Interval.of(roi.ratio),
            incremental_margin=roi.margin,
            cost=roi.cost,
            roi_reason=roi.reason,
        )
