"""What the rows of a batch add up to: means and sums with intervals, variant by variant, and variants in pairs."""

from collections.abc import Sequence
from typing import Final

from pydantic import Field

from twincast.domain.batches import Pair, Summary, VariantResult
from twincast.domain.extractions import Aggregate
from twincast.domain.interventions import Intervention
from twincast.wire.interventions import UNSTATED
from twincast.wire.predictions import Interval, Quantity
from twincast.wire.shapes import Answer, Plain

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

    @staticmethod
    def plain(pairs: Sequence[Pair] | None) -> Plain | None:
        """Render the pairs, where variants were compared."""
        if pairs is None:
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
                for pair in pairs
            ],
            "about": ABOUT_PAIRS,
        }
