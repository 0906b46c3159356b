"""Comparisons of variants on one twin: the document's body in, its ranking and recommendation out."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.comparisons import Comparison
from twincast.domain.comparisons import Ranking as RankingValue
from twincast.domain.comparisons import Recommendation as RecommendationValue
from twincast.domain.errors import FieldProblem
from twincast.domain.fields import VARIANT_PREFERENCE
from twincast.domain.interventions import MAX_VARIANTS, Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.domain.twins import Warning
from twincast.wire.interventions import InterventionIn, Resolved
from twincast.wire.predictions import Prediction, bare, prediction_of
from twincast.wire.provenance import Provenance
from twincast.wire.reasons import KeyFactorNames
from twincast.wire.remarks import NOT_REMEMBERED, Remark, remarks
from twincast.wire.requests import WORDS, Asking
from twincast.wire.shapes import Answer, Listed, Moment, Name, Number, Plain, Switch
from twincast.wire.trials import SpokenWords, unavailable


class VariantIn(InterventionIn):
    """One variant under your own id; what it leaves out it takes from the request."""

    id: Name = Field(min_length=1)


class VariantComparisonRequest(Asking):
    """Two or more variants for one twin. Type, channel, timing and the like hold for every variant without its own."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "digital_twin_id": "twin_cust_12345",
                    "variants": [
                        {"id": "A", "content": "30% off this weekend only - exclusive for loyal customers"},
                        {"id": "B", "content": "Buy 2 get 1 free on our entire premium collection"},
                        {"id": "C", "content": "Early access: New premium line before anyone else"},
                    ],
                    "intervention_type": "promotional_email",
                    "predict": ["engagement_rate", "conversion_rate", "revenue_impact"],
                }
            ]
        },
    )

    variants: list[VariantIn] = Field(min_length=2, max_length=MAX_VARIANTS)
    intervention_type: Name | None = None
    type: Name | None = Field(None, description="The same as `intervention_type`.")
    channel: Name | None = None
    timing: Name | None = None
    personalization_level: Name | None = None
    response: Name | None = None
    products: list[Name] | None = None
    cost: Number | None = None
    at: Moment | None = None
    rank_by: Name | None = Field(None, description="Field to rank by. Default: the first asked field that can rank.")
    words: Switch | None = Field(None, description=WORDS.format(what="variant"))
    include_no_contact: Switch | None = Field(None, description="Rank sending nothing among them. Default: false.")
    decision_threshold: Number | None = Field(
        None, description="P(best) below which nothing is recommended. Default: .75."
    )

    def named_variants(self) -> list[tuple[str, Intervention]]:
        """Return each variant's id and the intervention it stands for."""
        names = ("channel", "timing", "personalization_level", "response", "products", "cost", "at")
        shared: dict[str, Any] = {name: value for name in names if (value := getattr(self, name)) is not None}
        type_ = self.intervention_type if self.intervention_type is not None else self.type
        if type_ is not None:
            shared["type"] = type_
        return [(variant.id, variant.to_domain(variant.id, shared)) for variant in self.variants]

    @property
    def notes(self) -> tuple[Warning, ...]:
        """Return warnings for what was asked and is not done."""
        return (NOT_REMEMBERED,) if self.memory else ()

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        yield from super().problems()
        if self.type is not None and self.intervention_type is not None and self.type != self.intervention_type:
            yield FieldProblem(field="type", message="differs from intervention_type", allowed="one of the two")
        seen: dict[str, int] = {}
        for place, variant in enumerate(self.variants):
            first = seen.setdefault(variant.id, place)
            if first != place:
                message = f"'{ascii(variant.id)[1:-1][:40]}' is the id of variants[{first}] too"
                yield FieldProblem(field=f"variants[{place}].id", message=message, allowed="ids that differ")
            yield from variant.conflicts(f"variants[{place}]")


class VariantDetail(Answer):
    """A variant's answer in full, as a test of it alone would give."""

    predictions: dict[str, Prediction | None]
    unavailable: dict[str, str]
    key_factors: KeyFactorNames
    predicted_response: str
    words: SpokenWords | None = Field(description="null unless `words` was asked for and there is a language model.")


class VariantRanking(Answer):
    """One variant's place; each asked field stands beside these under the name that was asked, as a bare value."""

    model_config = ConfigDict(extra="allow", frozen=True)

    variant_id: str
    rank: int = Field(description="1 is best; equals are ordered by id and name one another in `tied_with`.")
    tied_with: list[str]
    p_best: float = Field(description="Share of draws of the model in which this variant is best.")
    reasoning: str
    details: VariantDetail
    resolved: Resolved
    warnings: list[Remark]
    flags: list[Remark]
    __pydantic_extra__: dict[str, float | str | list[str] | None]

    @staticmethod
    def plain(comparison: Comparison, ranking: RankingValue) -> Plain:
        """Render one place."""
        fields = comparison.settings.fields
        found = {it.asked_as: it for it in ranking.answer.predictions if it.asked_as in fields}
        return {
            "variant_id": ranking.variant_id,
            "rank": ranking.rank,
            "tied_with": list(ranking.tied_with),
            "p_best": ranking.p_best,
            "reasoning": ranking.reasoning,
            "details": {
                "predictions": {asked: prediction_of(it, comparison.currency) for asked, it in found.items()},
                "unavailable": unavailable(found.values()),
                "key_factors": KeyFactorNames.plain(ranking.answer.key_factors),
                "predicted_response": ranking.answer.predicted_response,
                "words": SpokenWords.plain(ranking.answer.words),
            },
            "resolved": Resolved.plain(ranking.answer),
            "warnings": remarks(ranking.answer.warnings),
            "flags": remarks(ranking.answer.flags),
            **{asked: _bare(asked, field, found, ranking) for asked, field in fields.items()},
        }


def _bare(
    asked: str, field: str, found: dict[str, FieldPrediction], ranking: RankingValue
) -> float | str | list[str] | None:
    return ranking.p_best if field == VARIANT_PREFERENCE else bare(found[asked])


class Recommendation(Answer):
    """What to send, or that it is too close to call. `confidence` is P(the leading variant is truly best)."""

    best_variant: str | None
    leading_variant: str
    confidence: float
    threshold: float
    reason: str | None = Field(description="Why no variant is recommended; null where one is.")
    explanation: str

    @staticmethod
    def plain(advice: RecommendationValue) -> Plain:
        """Render the advice."""
        return {
            "best_variant": advice.best_variant,
            "leading_variant": advice.leading_variant,
            "confidence": advice.confidence,
            "threshold": advice.threshold,
            "reason": advice.reason,
            "explanation": advice.explanation,
        }


class ComparisonSettings(Answer):
    """How it was predicted, defaults filled in."""

    horizon_days: int
    level: float
    as_of: date
    seed: int
    rounds: int
    enable_thinking: bool
    draws: int


class VariantComparison(Answer):
    """A stored comparison, in the document's shape and with what it rests on."""

    comparison_id: str
    digital_twin_id: str
    customer_id: str
    twin_version: int
    session_id: str = Field(description="The session it stands in; an ephemeral one where none was named.")
    ranked_by: str = Field(description="Canonical field by which the variants are ranked.")
    rankings: list[VariantRanking]
    recommendation: Recommendation
    currency: str
    settings: ComparisonSettings
    provenance: dict[str, Provenance]
    created_at: datetime

    @classmethod
    def of(cls, comparison: Comparison) -> "VariantComparison":
        """Render a stored comparison; equal ones give equal answers."""
        used = comparison.settings
        return cls.model_validate(
            {
                "comparison_id": comparison.id,
                "digital_twin_id": comparison.twin_id,
                "customer_id": comparison.customer_id,
                "twin_version": comparison.twin_version,
                "session_id": comparison.session_id,
                "ranked_by": comparison.target,
                "rankings": [VariantRanking.plain(comparison, it) for it in comparison.rankings],
                "recommendation": Recommendation.plain(comparison.recommendation),
                "currency": comparison.currency,
                "settings": {
                    "horizon_days": used.horizon_days,
                    "level": used.level,
                    "as_of": used.as_of,
                    "seed": used.seed,
                    "rounds": used.rounds,
                    "enable_thinking": used.thinking,
                    "draws": comparison.draws,
                },
                "provenance": {name: Provenance.plain(it) for name, it in comparison.provenance.items()},
                "created_at": comparison.created_at,
            }
        )


class VariantComparisons(Listed[VariantComparison]):
    """A page of comparisons, newest first."""
