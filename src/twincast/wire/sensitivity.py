"""A sensitivity panel: variants in several wordings for many twins, and on what their ranking hangs."""

from collections.abc import Iterator
from datetime import date

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.homogeneity import Spread
from twincast.domain.interventions import MAX_VARIANTS, Intervention
from twincast.domain.sensitivity import Sensitivity, SpokenPanel, Stability
from twincast.wire.batch_results import FieldSpread
from twincast.wire.comparisons import VariantIn
from twincast.wire.predictions import Quantity
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Day, Name, Number, Plain, Request, Whole


class WordedVariantIn(VariantIn):
    """A variant, and other texts that say the same."""

    paraphrases: list[str] | None = Field(None, description="Up to 19 other texts for `content`.")


class RepliesIn(Request):
    """What language models are asked. Each reply is a call, paid for: twins x variants x draws x models."""

    twins: Whole | None = Field(None, description="How many of the twins, the first ones. Default: 20, at most 100.")
    draws: Whole | None = Field(None, description="Replies of each model to each message. Default: 2.")


class SensitivityRequestIn(Request):
    """Variants for many twins, and what is known of real customers."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "digital_twin_ids": ["twin_cust_12345"],
                    "variants": [
                        {
                            "id": "A",
                            "content": "30% off tea this weekend",
                            "paraphrases": ["This weekend tea is 30% off", "Save 30% on tea until Sunday"],
                        },
                        {"id": "B", "content": "New teas are here"},
                    ],
                    "rank_by": "will_purchase",
                    "known": {"will_purchase": 0.02},
                }
            ]
        },
    )

    digital_twin_ids: list[Name] = Field(description="Twins' ids, or customers'; up to 2,000.")
    variants: list[WordedVariantIn] = Field(min_length=1, max_length=MAX_VARIANTS)
    rank_by: Name | None = Field(None, description="will_engage, will_purchase (default) or expected_revenue.")
    known: dict[Name, Number] | None = Field(
        None,
        description="Standard deviation between real customers of a field (of their rates, or of money) where you know "
        "it; `emotion` (-1 to 1) for replies.",
    )
    horizon_days: Whole | None = Field(None, description="Days within which to predict, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Level of the intervals, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="For draws. Default: 0.")
    replies: RepliesIn | None = Field(None, description="Asks language models too. Default: none is asked.")

    def worded(self) -> list[tuple[str, Intervention, tuple[str, ...]]]:
        """Return each variant's id, its intervention and its paraphrases."""
        return [(it.id, it.to_domain(it.id), tuple(it.paraphrases or ())) for it in self.variants]

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        seen: dict[str, int] = {}
        for place, variant in enumerate(self.variants):
            first = seen.setdefault(variant.id, place)
            if first != place:
                message = f"'{ascii(variant.id)[1:-1][:40]}' is the id of variants[{first}] too"
                yield FieldProblem(field=f"variants[{place}].id", message=message, allowed="ids that differ")
            yield from variant.conflicts(f"variants[{place}]")


class WordedVariantOut(Answer):
    """What a variant reaches on average in its first wording, and how far that moves with the wording."""

    variant_id: str
    mean: Quantity
    wordings: int
    lowest_mean: float = Field(description="The least mean over the wordings.")
    highest_mean: float


class StabilityOut(Answer):
    """How the ranking holds over something that should not decide it."""

    over: str = Field(description="draws, wordings, models; of replies: reply draws, language models.")
    rankings: int = Field(description="Others that it was laid beside.")
    same_leader: float = Field(description="Share of them with the same leader.")
    same_order: float
    mean_tau: float = Field(description="Mean rank correlation (Kendall), -1 to 1.")

    @staticmethod
    def plain(found: Stability) -> Plain:
        """Render it."""
        return {
            "over": found.over,
            "rankings": found.rankings,
            "same_leader": found.first,
            "same_order": found.order,
            "mean_tau": found.tau,
        }


class SpokenPanelOut(Answer):
    """What language models said, as an emotion from -1 to 1."""

    models: list[str]
    twins: int = Field(description="Those with every reply; figures are of them.")
    draws: int
    replies: int
    failed: int
    leading_variant: str | None
    spread: FieldSpread | None = Field(description="Beside `known.emotion`; null where that was not given.")
    agreeing_share: float | None = Field(description="Share of twins with the commonest emotion.")
    stabilities: list[StabilityOut]

    @staticmethod
    def plain(found: SpokenPanel | None) -> Plain | None:
        """Render it, where there is one."""
        if found is None:
            return None
        return {
            "models": list(found.models),
            "twins": found.twins,
            "draws": found.draws,
            "replies": found.replies,
            "failed": found.failed,
            "leading_variant": found.leading,
            "spread": None if found.spread is None else _spread(found.spread),
            "agreeing_share": found.agreeing,
            "stabilities": [StabilityOut.plain(it) for it in found.stabilities],
        }


class SensitivityPanel(Answer):
    """On what a ranking hangs. Nothing is stored."""

    ranked_by: str
    as_of: date
    horizon_days: int
    level: float
    seed: int
    customers: int
    refused: int = Field(description="Who opted out of profiling.")
    leading_variant: str
    variants: list[WordedVariantOut]
    under_dispersed: bool | None = Field(description="null where there are too few customers to tell.")
    spreads: list[FieldSpread]
    agreeing_share: float | None = Field(description="Share of twins for whom one variant is best.")
    stabilities: list[StabilityOut]
    models: dict[str, str] = Field(description="What made the numbers; `current` answered.")
    prior: str
    replies: SpokenPanelOut | None
    warnings: list[Remark]

    @classmethod
    def of(cls, found: Sensitivity) -> "SensitivityPanel":
        """Render a panel."""
        return cls.model_validate(
            {
                "ranked_by": found.field,
                "as_of": found.as_of,
                "horizon_days": found.horizon_days,
                "level": found.level,
                "seed": found.seed,
                "customers": found.customers,
                "refused": found.refused,
                "leading_variant": found.leading,
                "variants": [
                    {
                        "variant_id": it.variant,
                        "mean": {"value": it.value, "low": it.low, "high": it.high, "level": found.level},
                        "wordings": it.wordings,
                        "lowest_mean": it.lowest,
                        "highest_mean": it.highest,
                    }
                    for it in found.variants
                ],
                "under_dispersed": found.alike,
                "spreads": [_spread(it) for it in found.spreads],
                "agreeing_share": found.agreeing,
                "stabilities": [StabilityOut.plain(it) for it in found.stabilities],
                "models": dict(found.models),
                "prior": found.prior,
                "replies": SpokenPanelOut.plain(found.spoken),
                "warnings": remarks(found.warnings),
            }
        )


def _spread(found: Spread) -> Plain:
    return {
        "field": found.field,
        "observed_variance": found.observed,
        "expected_variance": found.expected,
        "variance_ratio": found.ratio,
        "customers": found.customers,
        "basis": found.basis,
    }
