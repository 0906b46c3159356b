"""Batches as callers ask for them: both of the document's bodies in one."""

from collections.abc import Iterator
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.interventions import Intervention
from twincast.domain.trials import MAX_ROUNDS
from twincast.wire.comparisons import VariantIn
from twincast.wire.interventions import InterventionIn
from twincast.wire.requests import DRY_RUN, WORDS, ExtractionConfig
from twincast.wire.shapes import Day, Moment, Name, Names, Number, Request, Switch, Whole


class TestConfig(Request):
    """How variants meet twins."""

    __test__ = False

    mode: Name | None = Field(
        None,
        description="single, compare_variants, assign (one variant a twin, by chance), sequence (one after another).",
    )
    rounds: Whole | None = Field(None, description=f"Turns to think and respond in, 1 to {MAX_ROUNDS}. Default: 1.")
    enable_memory: Switch | None = Field(
        None, description="true: twins remember in the session what they were sent; never of variants compared."
    )


class BatchExtraction(ExtractionConfig):
    """What to extract from the rows."""

    statistical_analysis: Switch | None = Field(
        None, description="true: compares the variants in pairs, all pairs together. Default: false."
    )


class BatchUploadOptions(Request):
    """What is asked of the customers in an uploaded table."""

    request: dict[str, Any] = Field(description="A body of `POST .../batch` without `digital_twin_ids`.")
    mapping: dict[str, Name | None] | None = Field(None, description="Column to field; null leaves a column out.")
    format: Name | None = None


class BatchTestRequest(Request):
    """One intervention, or several variants, for many twins. What a variant leaves out it takes from the request."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "customer_segment": "high_value_at_risk",
                    "digital_twin_ids": ["twin_cust_12345", "twin_cust_67890", "twin_cust_11111"],
                    "intervention": {
                        "type": "retention_offer",
                        "content": "We miss you! Here's 40% off your next purchase",
                    },
                    "analyze": True,
                },
                {
                    "session_id": "session_uuid",
                    "customer_segment": "high_value_customers",
                    "digital_twin_ids": ["twin_001", "twin_002", "twin_003"],
                    "intervention_variants": [
                        {"id": "discount_30", "content": "30% off this weekend only"},
                        {"id": "early_access", "content": "Early access to new collection"},
                    ],
                    "test_config": {"mode": "compare_variants", "rounds": 1, "enable_memory": True},
                    "extraction_config": {
                        "extract_results": True,
                        "fields": ["variant_preference", "engagement_score", "purchase_likelihood"],
                        "statistical_analysis": True,
                    },
                },
            ]
        },
    )

    customer_segment: Name | None = Field(
        None, description="A label, echoed; without `digital_twin_ids` the name of a segment that is defined."
    )
    digital_twin_ids: list[Name] | None = Field(None, description="Twins' ids, or customers'; up to a million.")
    intervention: InterventionIn | None = Field(None, description="Either this or `intervention_variants`.")
    intervention_variants: list[VariantIn] | None = Field(None, description="One to 50, under your own ids.")
    intervention_type: Name | None = Field(None, description="Of every variant without its own, like those below.")
    type: Name | None = Field(None, description="The same as `intervention_type`.")
    channel: Name | None = None
    timing: Name | None = None
    personalization_level: Name | None = None
    response: Name | None = None
    products: list[Name] | None = None
    cost: Number | None = None
    at: Moment | None = None
    test_config: TestConfig | None = None
    extraction_config: BatchExtraction | None = None
    predict: Names | None = Field(None, description="Fields beside the usual ones that rows are to hold.")
    analyze: Switch | None = Field(None, description="false: no segment insights. Default: true.")
    dry_run: Switch | None = Field(None, description=DRY_RUN)
    words: Switch | None = Field(None, description=WORDS.format(what="row that is sent something"))
    horizon_days: Whole | None = Field(None, description="Days within which to predict, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Share of cases that intervals are to hold, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="For draws and for assignment. Default: 0.")
    session_id: Name | None = Field(None, description="Session it is run in. Default: an ephemeral one, opened for it.")

    @property
    def stimulus(self) -> Intervention | None:
        """Return the one intervention, or None."""
        return None if self.intervention is None else self.intervention.to_domain(shared=self._shared())

    def named_variants(self) -> list[tuple[str, Intervention]] | None:
        """Return each variant's id and the intervention it stands for; None where there is one intervention."""
        if self.intervention_variants is None:
            return None
        shared = self._shared()
        return [(variant.id, variant.to_domain(variant.id, shared)) for variant in self.intervention_variants]

    @property
    def extract(self) -> tuple[str, ...]:
        """Return the fields to extract; none where nothing is extracted."""
        asked = self.extraction_config
        if asked is None or asked.extract_results is False:
            return ()
        return tuple(asked.fields or ())

    @property
    def statistics(self) -> bool:
        """Tell whether variants are to be compared in pairs."""
        return bool(self.extraction_config and self.extraction_config.statistical_analysis)

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        if self.type is not None and self.intervention_type is not None and self.type != self.intervention_type:
            yield FieldProblem(field="type", message="differs from intervention_type", allowed="one of the two")
        if self.intervention is not None:
            yield from self.intervention.conflicts("intervention")
        for place, variant in enumerate(self.intervention_variants or ()):
            yield from variant.conflicts(f"intervention_variants[{place}]")
        if self.test_config is not None and self.test_config.rounds == 0:
            allowed = f"1 to {MAX_ROUNDS}"
            yield FieldProblem(field="test_config.rounds", message="0 is out of range", allowed=allowed)

    def _shared(self) -> dict[str, Any]:
        names = ("channel", "timing", "personalization_level", "response", "products", "cost", "at")
        shared: dict[str, Any] = {name: value for name in names if (value := getattr(self, name)) is not None}
        type_ = self.intervention_type if self.intervention_type is not None else self.type
        return shared | ({} if type_ is None else {"type": type_})
