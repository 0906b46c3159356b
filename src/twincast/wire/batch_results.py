"""Batches as they are answered: a superset of the document's shape, the same at once and at the end of a job."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from pydantic import ConfigDict, Field
from pydantic_core import to_json

from twincast.domain.batches import Batch, BatchResults, RowPage, Summary, VariantResult
from twincast.domain.extractions import Aggregate
from twincast.domain.homogeneity import Homogeneity
from twincast.domain.interventions import Intervention
from twincast.wire.insights import SegmentInsights
from twincast.wire.interventions import UNSTATED
from twincast.wire.predictions import Interval, Prediction, Quantity, prediction_of
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Listed, Plain

ABOUT_PAIRS: Final = (
    "Differences of what each variant reaches on average among customers like these, each customer with each variant, "
    "over draws of what the model does not know. These are no p-values: simulated customers are no data."
)


class Added(Answer):
    """A mean, or a sum, over customers, and how sure it is."""

    value: float | None
    interval: Interval | None = Field(description="Holds what the model does not know and which customers these are.")
    std: float | None = Field(description="How the customers differ from one another.")
    n: int
    unit: str | None
    basis: str | None
    about: str

    @staticmethod
    def plain(added: Aggregate) -> Plain:
        """Render one."""
        return {
            "value": added.value,
            "interval": None if added.interval is None else Interval.plain(added.interval),
            "std": added.std,
            "n": added.n,
            "unit": None if added.interval is None else added.interval.unit,
            "basis": None if added.interval is None else added.interval.basis,
            "about": added.about,
        }


class AggregatePredictions(Answer):
    """What rows add up to: bare values, and each of them with its interval in `details`."""

    average_engagement: float | None
    average_conversion: float | None
    expected_revenue: float | None = Field(description="Sum over customers; null where they pay in several currencies.")
    retention_improvement: float | None = Field(description="Mean change of P(an order in 90 days) against no contact.")
    currency: str | None
    customers: int
    details: dict[str, Added] = Field(description="The four above, and the mean of each asked field.")

    @staticmethod
    def plain(summary: Summary) -> Plain:
        """Render what rows add up to."""
        named = {
            "average_engagement": summary.engagement,
            "average_conversion": summary.conversion,
            "expected_revenue": summary.revenue,
            "retention_improvement": summary.retention,
        }
        return {
            **{name: added.value for name, added in named.items()},
            "currency": summary.currency,
            "customers": summary.customers,
            "details": {name: Added.plain(added) for name, added in {**summary.fields, **named}.items()},
        }


class VariantPreference(Answer):
    """How the customers stand to a variant, by draws of what the model does not know about each."""

    preferred_by: float = Field(description="Share of customers for whom it is the likeliest to be the best.")
    mean_p_best: float


class ResolvedVariant(Answer):
    """What a variant was taken for."""

    type: str
    channels: dict[str, int] = Field(description="Channel it goes out on -> how many customers.")
    timing: str | None
    response: list[str] = Field(description="What will_engage means on these channels.")
    content: str | None


class PerVariant(Answer):
    """One variant's own results."""

    variant_id: str
    aggregate_predictions: AggregatePredictions
    p_best: float | None = Field(description="P(it brings in most from customers like these).")
    variant_preference: VariantPreference | None
    resolved: ResolvedVariant

    @staticmethod
    def plain(result: VariantResult, intervention: Intervention) -> Plain:
        """Render one variant's results."""
        preference = None
        if result.preferred is not None:
            preference = {"preferred_by": result.preferred, "mean_p_best": result.mean_preference}
        return {
            "variant_id": result.variant_id,
            "aggregate_predictions": AggregatePredictions.plain(result.summary),
            "p_best": result.p_best,
            "variant_preference": preference,
            "resolved": {
                "type": intervention.type or UNSTATED,
                "channels": dict(result.channels),
                "timing": intervention.timing,
                "response": list(result.responses),
                "content": intervention.content,
            },
        }


class BatchRecommendation(Answer):
    """The variant to send to all of these customers, or that it is too close to call."""

    best_variant: str | None
    leading_variant: str | None
    confidence: float | None = Field(description="P(the leading variant truly brings in most).")
    reason: str | None = Field(description="Why no variant is recommended; null where one is.")


class VariantPair(Answer):
    """Two variants compared on what they reach on average among customers like these."""

    field: str
    variant: str
    other: str
    difference: Quantity = Field(description="Of the first less the other.")
    difference_together: Quantity = Field(description="Its interval holds at once with those of all other pairs.")
    p_better: float = Field(description="Share of draws in which the first is above the other.")
    apart: bool = Field(description="Whether they are told apart when all pairs are looked at together.")
    customers_needed_per_arm: int | None = Field(
        description="Real customers that a test needs for this difference: 5 % false alarms, 80 % power."
    )


class StatisticalAnalysis(Answer):
    """Variants in pairs, field by field."""

    pairs: list[VariantPair]
    about: str


class FieldSpread(Answer):
    """How far predictions of one field differ between customers."""

    field: str
    observed_variance: float = Field(description="Of the logit of the prediction.")
    expected_variance: float
    variance_ratio: float | None
    customers: int
    basis: str


class BatchHomogeneity(Answer):
    """Whether these twins differ as customers do."""

    under_dispersed: bool | None = Field(description="null where there are too few customers to tell.")
    spreads: list[FieldSpread]
    agreeing_share: float | None = Field(description="Share of twins for whom the same variant brings in most.")
    ranking_stability: float | None = Field(description="Share of draws in which the variants keep their order.")
    about: str

    @staticmethod
    def plain(found: Homogeneity) -> Plain:
        """Render it."""
        return {
            "under_dispersed": found.alike,
            "spreads": [
                {
                    "field": it.field,
                    "observed_variance": it.observed,
                    "expected_variance": it.expected,
                    "variance_ratio": it.ratio,
                    "customers": it.customers,
                    "basis": it.basis,
                }
                for it in found.spreads
            ],
            "agreeing_share": found.agreeing,
            "ranking_stability": found.stable,
            "about": found.about,
        }


class BatchRow(Answer):
    """One customer and one variant; asked fields stand beside these, with `detail=full` each with all it has."""

    model_config = ConfigDict(extra="allow", frozen=True)

    digital_twin_id: str
    variant_id: str
    channel: str | None
    will_engage: float | Prediction | None
    will_convert: float | Prediction | None
    predicted_value: float | Prediction | None = Field(
        description="P(purchase) x the value of an order within the horizon."
    )
    currency: str
    assignment_probability: float | None = Field(description="In mode assign: with which this variant was drawn.")
    __pydantic_extra__: dict[str, float | Prediction | None]


class FailedCustomer(Answer):
    """A customer without numbers, and why."""

    digital_twin_id: str
    code: str
    message: str


class BatchSettingsOut(Answer):
    """How it was predicted, defaults filled in."""

    mode: str
    horizon_days: int
    level: float
    as_of: date
    seed: int
    rounds: int
    enable_memory: bool
    analyze: bool
    statistical_analysis: bool
    fields: dict[str, str] = Field(description="Asked name -> canonical field.")


class BatchProvenance(Answer):
    """What made the numbers: equal provenance and equal twins, equal numbers."""

    model: str
    prior: str
    reading: str
    software: str
    seed: int
    draws: int
    drawn_customers: int = Field(description="Customers whose draws stand behind the intervals.")


class BatchTest(Answer):
    """A batch: while it is computed, what is known; at the end all of it. Keys are always there."""

    batch_id: str
    status: str = Field(description="That of its job; `succeeded` for one that was computed at once.")
    job_id: str | None
    session_id: str
    customer_segment: str | None
    total_requested: int
    total_tested: int | None = Field(description="Customers with numbers.")
    total_failed: int | None
    failures: dict[str, int] | None = Field(description="Customers without numbers by reason.")
    failed: list[FailedCustomer] = Field(description="The first of them, item by item.")
    aggregate_predictions: AggregatePredictions | None
    aggregate_of: str | None = Field(description="Which variants `aggregate_predictions` speaks of.")
    per_variant: list[PerVariant] | None
    recommendation: BatchRecommendation | None
    individual_results: list[BatchRow]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next rows; null where these are the last.")
    statistical_analysis: StatisticalAnalysis | None = Field(description="null unless it was asked for.")
    segment_insights: SegmentInsights | None
    homogeneity: BatchHomogeneity | None
    unavailable: dict[str, str] = Field(description="Asked names without a value, and why.")
    warnings: list[Remark]
    settings: BatchSettingsOut
    provenance: BatchProvenance | None
    created_at: datetime
    completed_at: datetime | None


class BatchTests(Listed["BatchHead"]):
    """A page of batches, newest first."""


class BatchHead(Answer):
    """A batch in a list."""

    batch_id: str
    session_id: str
    customer_segment: str | None
    mode: str
    variants: list[str]
    total_requested: int
    created_at: datetime

    @classmethod
    def of(cls, batch: Batch) -> "BatchHead":
        """Render a batch in a list."""
        return cls(
            batch_id=batch.id,
            session_id=batch.session_id,
            customer_segment=batch.segment,
            mode=batch.settings.mode,
            variants=[variant.id for variant in batch.variants],
            total_requested=batch.requested,
            created_at=batch.created_at,
        )


def written(
    batch: Batch, results: BatchResults | None, page: RowPage, *, status: str, job_id: str | None, software: str
) -> bytes:
    """Return a batch as JSON, unchecked: a test holds the bytes to the checked shape.

    Args:
        batch, results, page: the batch, what it adds up to (None while it is computed), and some of its rows.
        status: of its job, or `succeeded`; job_id: of it, or None.
        software: name and version, for provenance.
    """
    plain = _plain(batch, results, page, {"status": status, "job_id": job_id}, software)
    return to_json(plain, inf_nan_mode="null")


def _plain(batch: Batch, results: BatchResults | None, page: RowPage, state: Plain, software: str) -> Plain:
    used = batch.settings
    insights = None if results is None else results.insights
    return {
        "batch_id": batch.id,
        **state,
        "session_id": batch.session_id,
        "customer_segment": batch.segment,
        "total_requested": batch.requested,
        **_counts(results),
        **_added(batch, results),
        "individual_results": _rows(page),
        "next_cursor": page.next_cursor,
        "statistical_analysis": None if results is None else _pairs(results),
        "segment_insights": None if insights is None else SegmentInsights.plain(insights),
        "homogeneity": None if results is None else BatchHomogeneity.plain(results.homogeneity),
        "unavailable": dict(used.unavailable),
        "warnings": remarks((*batch.warnings, *(() if results is None else results.warnings))),
        "settings": {
            "mode": used.mode,
            "horizon_days": used.horizon_days,
            "level": used.level,
            "as_of": used.as_of,
            "seed": used.seed,
            "rounds": used.rounds,
            "enable_memory": used.memory,
            "analyze": used.analyze,
            "statistical_analysis": used.statistics,
            "fields": dict(used.fields),
        },
        "provenance": None if results is None else _provenance(batch, results, software),
        "created_at": batch.created_at,
        "completed_at": None if results is None else results.completed_at,
    }


def _rows(page: RowPage) -> list[Plain]:
    """Render rows: what says which it is, the document's bare numbers, and what was asked for."""
    columns: dict[str, Sequence[Any]] = {
        "digital_twin_id": page.twin_ids,
        "variant_id": page.variant_ids,
        "channel": page.channels,
        "currency": page.currencies,
        "assignment_probability": [None] * len(page.twin_ids),
        **page.numbers,
    }
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    if page.predictions is not None:
        for row, found, currency in zip(rows, page.predictions, page.currencies, strict=True):
            row |= {asked: prediction_of(field, currency) for asked, field in found.items()}
    return rows


def _counts(results: BatchResults | None) -> Plain:
    if results is None:
        return {"total_tested": None, "total_failed": None, "failures": None, "failed": []}
    failures = {
        "unknown-twin": results.unknown,
        "profiling-opt-out": results.refused,
        "not-computed": results.missing,
    }
    return {
        "total_tested": results.tested,
        "total_failed": sum(failures.values()),
        "failures": {code: count for code, count in failures.items() if count},
        "failed": [{"digital_twin_id": it.twin_id, "code": it.code, "message": it.message} for it in results.failures],
    }


def _added(batch: Batch, results: BatchResults | None) -> Plain:
    if results is None:
        return dict.fromkeys(("aggregate_predictions", "aggregate_of", "per_variant", "recommendation"))
    pairs = zip(results.variants, batch.variants, strict=True)
    return {
        "aggregate_predictions": AggregatePredictions.plain(results.total),
        "aggregate_of": results.of,
        "per_variant": [PerVariant.plain(result, variant.intervention) for result, variant in pairs],
        "recommendation": {
            "best_variant": results.choice.best,
            "leading_variant": results.choice.leading,
            "confidence": results.choice.confidence,
            "reason": results.choice.reason,
        },
    }


def _pairs(results: BatchResults) -> Plain | None:
    if results.pairs is None:
        return None
    return {
        "pairs": [
            {
                "field": pair.field,
                "variant": pair.first,
                "other": pair.second,
                "difference": Quantity.plain(pair.difference),
                "difference_together": Quantity.plain(pair.together),
                "p_better": pair.p_better,
                "apart": pair.apart,
                "customers_needed_per_arm": pair.customers_needed,
            }
            for pair in results.pairs
        ],
        "about": ABOUT_PAIRS,
    }


def _provenance(batch: Batch, results: BatchResults, software: str) -> Plain:
    return {
        "model": results.model,
        "prior": results.prior,
        "reading": results.reading,
        "software": software,
        "seed": batch.settings.seed,
        "draws": results.draws,
        "drawn_customers": results.drawn,
    }
