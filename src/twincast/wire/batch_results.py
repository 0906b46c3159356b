"""Batches as they are answered: a superset of the document's shape, the same at once and at the end of a job."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field
from pydantic_core import to_json

from twincast.domain.batches import Batch, BatchResults, RowPage, WordCounts
from twincast.domain.homogeneity import Homogeneity
from twincast.domain.trials import Words
from twincast.wire.batch_sums import AggregatePredictions, BatchRecommendation, PerVariant, StatisticalAnalysis
from twincast.wire.insights import SegmentInsights
from twincast.wire.predictions import Prediction, prediction_of
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Listed, Plain


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


class RowWords(Answer):
    """What a language model says for a row's customer, or why it says nothing; no number rests on it."""

    reply: str | None
    emotion: str | None = Field(description="negative, neutral or positive, as the model sees it; not calibrated.")
    emotions: dict[str, float] = Field(description="Share of each emotion.")
    concerns: list[str]
    model: str | None
    calls: int = Field(description="Requests it took; 0: the answer was kept from before.")
    problem: str | None = Field(description="Why there are no words.")

    @staticmethod
    def plain(words: Words | None) -> Plain | None:
        """Render words."""
        if words is None:
            return None
        return {
            "reply": words.reply,
            "emotion": words.emotion,
            "emotions": words.emotions,
            "concerns": words.concerns,
            "model": words.model,
            "calls": words.calls,
            "problem": words.problem,
        }


class BatchWords(Answer):
    """What came of asking a language model about each row that is sent something."""

    asked: int
    answered: int
    problems: dict[str, int] = Field(description="Why rows have no words, and how many.")

    @staticmethod
    def plain(found: WordCounts | None) -> Plain | None:
        """Render the counts."""
        if found is None:
            return None
        return {"asked": found.asked, "answered": found.answered, "problems": dict(found.problems)}


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
    words: RowWords | None = Field(description="null unless `words` was asked for and something is sent.")
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
    words: BatchWords | None = Field(description="null unless `words` was asked for.")
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
        "statistical_analysis": None if results is None else StatisticalAnalysis.plain(results.pairs),
        "segment_insights": None if insights is None else SegmentInsights.plain(insights),
        "homogeneity": None if results is None else BatchHomogeneity.plain(results.homogeneity),
        "words": None if results is None else BatchWords.plain(results.words),
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
        "words": [None] * len(page.twin_ids) if page.words is None else [RowWords.plain(it) for it in page.words],
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
