"""Tests of one intervention on one twin: both of the document's bodies in, its answer out. (In the code: trials.)"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.ids import CustomerId, twin_id_of
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import Explanation, Factor, FieldPrediction, KeyFactors, Suggestion
from twincast.domain.predictions import Provenance as ProvenanceValue
from twincast.domain.trials import Trial
from twincast.domain.twins import Warning
from twincast.wire.interventions import InterventionIn, Resolved
from twincast.wire.predictions import Prediction, bare, prediction_of
from twincast.wire.remarks import MEMORY, SESSIONS, Remark, remarks
from twincast.wire.shapes import MAX_NOTE, Answer, Day, Listed, Name, Names, Note, Number, Request, Switch, Whole

_REFERENCES = ("digital_twin_id", "persona_id", "customer_id")


class ExtractionConfig(Request):
    """What to extract beside the predictions; free text never changes a number."""

    extract_results: Switch | None = Field(None, description="false: nothing is extracted. Default: true.")
    extraction_objective: Note | None = None
    fields: Names | None = None
    extraction_hint: Note | None = None
    fields_hints: dict[Name, Note] | None = Field(None, description="Hints by field; recorded with the hint.")

    @property
    def hint(self) -> str | None:
        """Return the hints as one text."""
        parts = [self.extraction_hint, *(f"{name}: {hint}" for name, hint in (self.fields_hints or {}).items())]
        return "; ".join(part for part in parts if part)[:MAX_NOTE] or None


class InteractionConfig(Request):
    """How the twin is talked to; none of it changes a number."""

    rounds: Whole | None = Field(None, description="Turns to think and respond in, 1 to 10. Default: 1.")
    enable_memory: Switch | None = Field(None, description="Accepted; this version keeps no memory and says so.")
    enable_thinking: Switch | None = Field(None, description="Adds what the twin thinks. Default: false.")


class Asking(Request):
    """What tests and comparisons share."""

    digital_twin_id: Name | None = Field(None, description="The twin's id, or the customer's.")
    persona_id: Name | None = Field(None, description="The same as `digital_twin_id`.")
    customer_id: Name | None = Field(None, description="The customer's id, instead of the twin's.")
    predict: Names | None = Field(None, description="Fields in any accepted spelling, see `GET /fields`.")
    interaction_config: InteractionConfig | None = None
    horizon_days: Whole | None = Field(None, description="Days within which to predict, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Share of cases that intervals are to hold, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="For random draws. Default: 0.")
    session_id: Name | None = Field(None, description="Accepted; this version keeps no sessions and says so.")

    @property
    def twin(self) -> str:
        """Return the reference to the twin, the surest that was given."""
        return next((value for name in _REFERENCES if (value := getattr(self, name)) is not None), "")

    @property
    def rounds(self) -> int:
        """Return the turns."""
        return 1 if self.interaction_config is None else self.interaction_config.rounds or 1

    @property
    def thinking(self) -> bool:
        """Tell whether a trace is asked for."""
        return bool(self.interaction_config and self.interaction_config.enable_thinking)

    @property
    def notes(self) -> tuple[Warning, ...]:
        """Return warnings for what was asked and is not done in this version."""
        memory = self.interaction_config is not None and self.interaction_config.enable_memory
        return (*((SESSIONS,) if self.session_id is not None else ()), *((MEMORY,) if memory else ()))

    def problems(self) -> Iterable[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        given = {name: value for name in _REFERENCES if (value := getattr(self, name)) is not None}
        if not given:
            yield FieldProblem(field="digital_twin_id", message="is missing", allowed="or customer_id, or persona_id")
        for name, value in given.items():
            if not _same(self.twin, value):
                message = f"names another twin than {next(iter(given))}"
                yield FieldProblem(field=name, message=message, allowed="one of them, or the same twin")
        if self.interaction_config is not None and self.interaction_config.rounds == 0:
            field = "interaction_config.rounds"
            yield FieldProblem(field=field, message="0 is out of range", allowed="1 to 10")


def _same(one: str, other: str) -> bool:
    """Tell whether two references mean the same twin."""
    return bool({one, twin_id_of(CustomerId(one))} & {other, twin_id_of(CustomerId(other))})


class InterventionTestRequest(Asking):
    """Both of the document's bodies in one: fields of the catalogue may be asked in `predict` and for extraction."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "digital_twin_id": "twin_cust_12345",
                    "intervention": {
                        "type": "promotional_offer",
                        "channel": "email",
                        "content": "Exclusive for you: 30% off our new premium line, this weekend only",
                        "timing": "friday_morning",
                        "personalization_level": "high",
                    },
                    "predict": [
                        "will_engage",
                        "will_purchase",
                        "purchase_amount",
                        "satisfaction_impact",
                        "brand_perception_change",
                    ],
                }
            ]
        },
    )

    intervention: InterventionIn
    extraction_config: ExtractionConfig | None = None

    @property
    def stimulus(self) -> Intervention:
        """Return the intervention as given."""
        return self.intervention.to_domain()

    @property
    def extraction(self) -> ExtractionConfig:
        """Return what to extract; nothing, where nothing was said."""
        return self.extraction_config or ExtractionConfig(extract_results=None)

    @property
    def extract_results(self) -> bool:
        """Tell whether anything is extracted."""
        return self.extraction_config is not None and self.extraction_config.extract_results is not False

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        yield from super().problems()
        yield from self.intervention.conflicts("intervention")


class KeyFactorNames(Answer):
    """What speaks for and against the message, and what would help, in the document's shape."""

    positive: list[str]
    negative: list[str]
    suggestions: list[str]

    @classmethod
    def of(cls, factors: KeyFactors) -> "KeyFactorNames":
        """Render the names."""
        return cls(
            positive=[it.name for it in factors.positive],
            negative=[it.name for it in factors.negative],
            suggestions=[it.text for it in factors.suggestions],
        )


class FactorDetail(Answer):
    """A key factor and what it adds to the logit of a field."""

    name: str
    field: str
    amount: float
    words: str

    @classmethod
    def of(cls, factor: Factor) -> "FactorDetail":
        """Render one."""
        return cls(name=factor.name, field=factor.field, amount=factor.amount, words=factor.words)


class SuggestionDetail(Answer):
    """A change that was tried on this twin: the number before and after."""

    text: str
    field: str
    before: float
    after: float
    change: str

    @classmethod
    def of(cls, tried: Suggestion) -> "SuggestionDetail":
        """Render one."""
        return cls(text=tried.text, field=tried.field, before=tried.before, after=tried.after, change=tried.change)


class KeyFactorDetails(Answer):
    """The same as `key_factors`, with the amounts."""

    positive: list[FactorDetail]
    negative: list[FactorDetail]
    suggestions: list[SuggestionDetail]

    @classmethod
    def of(cls, factors: KeyFactors) -> "KeyFactorDetails":
        """Render the factors."""
        return cls(
            positive=[FactorDetail.of(it) for it in factors.positive],
            negative=[FactorDetail.of(it) for it in factors.negative],
            suggestions=[SuggestionDetail.of(it) for it in factors.suggestions],
        )


class ExtractedValue(Answer):
    """An extracted value; `calibrated` once outcomes of this company stand behind it."""

    value: float | str | list[str] | None
    calibrated: bool


class Provenance(Answer):
    """What made the result: equal provenance, equal numbers."""

    model: str
    prior: str
    reading: str
    twin_digest: str
    message_digest: str | None
    seed: int
    software: str

    @classmethod
    def of(cls, made_by: ProvenanceValue) -> "Provenance":
        """Render it."""
        return cls(
            model=made_by.model,
            prior=made_by.prior,
            reading=made_by.reading,
            twin_digest=made_by.twin_digest,
            message_digest=made_by.message_digest,
            seed=made_by.seed,
            software=made_by.software,
        )


class TestSettings(Answer):
    """How it was predicted, defaults filled in."""

    __test__ = False

    horizon_days: int
    level: float
    as_of: date
    seed: int
    rounds: int
    enable_thinking: bool
    extract_results: bool
    extraction_objective: str | None
    extraction_hint: str | None

    @classmethod
    def of(cls, trial: Trial) -> "TestSettings":
        """Render the settings of a test."""
        used = trial.settings
        return cls(
            horizon_days=used.horizon_days,
            level=used.level,
            as_of=used.as_of,
            seed=used.seed,
            rounds=used.rounds,
            enable_thinking=used.thinking,
            extract_results=used.extract_results,
            extraction_objective=used.objective,
            extraction_hint=used.hint,
        )


class InterventionTest(Answer):
    """A stored test: the document's answer, and beside each number what it means and rests on."""

    intervention_id: str = Field(description="The test's id; `test_id` is the same.")
    test_id: str
    digital_twin_id: str
    customer_id: str
    twin_version: int
    session_id: str | None
    predictions: dict[str, Prediction | None] = Field(
        description="By the spelling that was asked; null where `unavailable` says why."
    )
    key_factors: KeyFactorNames
    key_factor_details: KeyFactorDetails
    predicted_response: str
    thinking: list[str] | None
    extracted: dict[str, ExtractedValue] | None
    unavailable: dict[str, str] = Field(description="Asked names without a value, and why.")
    resolved: Resolved
    warnings: list[Remark]
    flags: list[Remark] = Field(description="Reasons not to make this contact: consent, quiet hours.")
    currency: str
    settings: TestSettings
    provenance: Provenance
    created_at: datetime

    @classmethod
    def of(cls, trial: Trial) -> "InterventionTest":
        """Render a stored test; equal tests give equal answers."""
        answer = trial.answer
        return cls(
            intervention_id=trial.id,
            test_id=trial.id,
            digital_twin_id=trial.twin_id,
            customer_id=trial.customer_id,
            twin_version=trial.twin_version,
            session_id=None,
            predictions={it.asked_as: prediction_of(it, trial.currency) for it in answer.predictions},
            key_factors=KeyFactorNames.of(answer.key_factors),
            key_factor_details=KeyFactorDetails.of(answer.key_factors),
            predicted_response=answer.predicted_response,
            thinking=None if answer.thinking is None else list(answer.thinking),
            extracted=_extracted(trial),
            unavailable={**unavailable(answer.predictions), **trial.unavailable},
            resolved=Resolved.of(answer),
            warnings=remarks(answer.warnings),
            flags=remarks(answer.flags),
            currency=trial.currency,
            settings=TestSettings.of(trial),
            provenance=Provenance.of(trial.provenance),
            created_at=trial.created_at,
        )


class InterventionTests(Listed[InterventionTest]):
    """A page of tests, newest first."""


def unavailable(predictions: Iterable[FieldPrediction]) -> dict[str, str]:
    """Return the asked fields without a value, and why."""
    return {it.asked_as: it.unavailable for it in predictions if it.unavailable is not None}


def _extracted(trial: Trial) -> dict[str, ExtractedValue] | None:
    """Return what was extracted: fields of the catalogue, with the very value that `predictions` holds."""
    if trial.extracted is None:
        return None
    found: Mapping[str, FieldPrediction] = {it.field: it for it in trial.answer.predictions}
    values: dict[str, Any] = {asked: found[field] for asked, field in trial.extracted.items()}
    return {asked: ExtractedValue(value=bare(it), calibrated=it.outcomes > 0) for asked, it in values.items()}


class ContributionOut(Answer):
    """One part of a probability on the logit scale."""

    group: str
    term: str
    words: str
    amount: float
    value: float
    reference: float


class FieldExplanation(Answer):
    """The parts of one probability: `base_logit` and all amounts add up to its logit, to 1e-9."""

    field: str
    probability: float
    base: float
    base_logit: float
    reference: str
    contributions: list[ContributionOut]

    @classmethod
    def of(cls, explanation: Explanation) -> "FieldExplanation":
        """Render one."""
        return cls(
            field=explanation.field,
            probability=explanation.probability,
            base=explanation.base,
            base_logit=explanation.base_logit,
            reference=explanation.reference,
            contributions=[
                ContributionOut(
                    group=it.group,
                    term=it.term,
                    words=it.words,
                    amount=it.amount,
                    value=it.value,
                    reference=it.reference,
                )
                for it in explanation.contributions
            ],
        )


class TestExplanation(Answer):
    """What each probability of a test is made of."""

    __test__ = False

    test_id: str
    explanations: list[FieldExplanation]

    @classmethod
    def of(cls, trial: Trial) -> "TestExplanation":
        """Render the explanations of a test."""
        return cls(test_id=trial.id, explanations=[FieldExplanation.of(it) for it in trial.answer.explanations])


class TestProvenance(Answer):
    """What made a test's numbers."""

    __test__ = False

    test_id: str
    twin_version: int
    provenance: Provenance
    settings: TestSettings

    @classmethod
    def of(cls, trial: Trial) -> "TestProvenance":
        """Render the provenance of a test."""
        return cls(
            test_id=trial.id,
            twin_version=trial.twin_version,
            provenance=Provenance.of(trial.provenance),
            settings=TestSettings.of(trial),
        )
