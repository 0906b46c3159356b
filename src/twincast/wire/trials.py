"""Tests of one intervention on one twin: both of the document's bodies in, its answer out. (In the code: trials.)"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from pydantic import ConfigDict, Field

from twincast.domain.errors import FieldProblem
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.domain.signals import View
from twincast.domain.trials import Drawn, Trial, Words
from twincast.wire.interventions import InterventionIn, Resolved
from twincast.wire.predictions import Prediction, bare, prediction_of
from twincast.wire.provenance import Provenance
from twincast.wire.reasons import FieldExplanation, KeyFactorDetails, KeyFactorNames
from twincast.wire.remarks import Remark, remarks
from twincast.wire.requests import Asking, ExtractionConfig
from twincast.wire.shapes import Answer, Listed, Plain

_ENCODER: Final = msgspec.json.Encoder()
"""Writes what pydantic would, in less than half of its time."""


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


class ExtractedValue(Answer):
    """An extracted value; `calibrated` once outcomes of this company stand behind it, never of a free field."""

    value: bool | float | str | list[str] | None
    calibrated: bool


class DrawnWords(Answer):
    """One of several answers of a language model to the same words."""

    reply: str
    emotion: str
    concerns: list[str]
    fields: dict[str, bool | float | str]

    @staticmethod
    def plain(it: Drawn) -> Plain:
        """Render a draw."""
        return {"reply": it.reply, "emotion": it.emotion, "concerns": it.concerns, "fields": dict(it.fields)}


class ModelView(Answer):
    """What the model itself judges of one question; it moves a number only as far as outcomes gave it a weight."""

    question: str = Field(description="engage, buy or leave.")
    words: str
    rating: float | None = Field(description="The words on a scale from 1 (surely not) to 5; null: like no statement.")
    distribution: list[float] | None = Field(description="Shares of the points from 1 to 5.")
    of_100: int = Field(description="In how many of 100 such cases, as the model says; not calibrated.")

    @staticmethod
    def plain(view: View) -> Plain:
        """Render a view."""
        return {
            "question": view.question,
            "words": view.words,
            "rating": view.rating,
            "distribution": list(view.shares) or None,
            "of_100": view.of_100,
        }


class SpokenWords(Answer):
    """What a language model says for the customer. Numbers rest on `views` alone, as outcomes weighed them."""

    model: str | None = Field(description="Which model; null where none answered.")
    prompt: str = Field(description="Name and version.")
    calls: int = Field(description="Requests it took, of all rounds and draws; 0: the answers were kept from before.")
    emotion: str | None = Field(description="negative, neutral or positive, as the model sees it; not calibrated.")
    emotions: dict[str, float] = Field(description="Share of each, as the model sees it; not calibrated.")
    concerns: list[str] = Field(description="What holds the customer back, in the model's words; not calibrated.")
    thinking: list[str] = Field(description="What went through the customer's head, round by round, where asked for.")
    draws: list[DrawnWords] = Field(description="Each answer, where several were asked for; the reply is the first.")
    views: list[ModelView] = Field(description="What it judges apart from the decision that it was told.")
    problem: str | None = Field(description="Why there are no words; `predicted_response` is the plain sentence then.")
    detail: str | None = Field(description="Also where fewer draws were answered than were asked for.")

    @staticmethod
    def plain(words: Words | None) -> Plain | None:
        """Render words."""
        if words is None:
            return None
        return {
            "model": words.model,
            "prompt": words.prompt,
            "calls": words.calls,
            "emotion": words.emotion,
            "emotions": dict(words.emotions),
            "concerns": words.concerns,
            "thinking": words.thinking,
            "draws": [DrawnWords.plain(it) for it in words.draws],
            "views": [ModelView.plain(it) for it in words.views],
            "problem": words.problem,
            "detail": words.detail,
        }


class TestSettings(Answer):
    """How it was predicted, defaults filled in."""

    __test__ = False

    horizon_days: int
    level: float
    as_of: date
    seed: int
    rounds: int
    draws: int
    enable_memory: bool
    enable_thinking: bool
    extract_results: bool
    extraction_objective: str | None
    extraction_hint: str | None
    free_fields: dict[str, str] = Field(description="How each was answered, as its hint was read: `0 to 10`, `text`.")

    @staticmethod
    def plain(trial: Trial) -> Plain:
        """Render the settings of a test."""
        used = trial.settings
        return {
            "horizon_days": used.horizon_days,
            "level": used.level,
            "as_of": used.as_of,
            "seed": used.seed,
            "rounds": used.rounds,
            "draws": used.draws,
            "enable_memory": used.memory,
            "enable_thinking": used.thinking,
            "extract_results": used.extract_results,
            "extraction_objective": used.objective,
            "extraction_hint": used.hint,
            "free_fields": {it.name: it.described for it in used.free},
        }


class InterventionTest(Answer):
    """A stored test: the document's answer, and beside each number what it means and rests on."""

    intervention_id: str = Field(description="The test's id; `test_id` is the same.")
    test_id: str
    digital_twin_id: str
    customer_id: str
    twin_version: int
    session_id: str = Field(description="The session it stands in; an ephemeral one where none was named.")
    predictions: dict[str, Prediction | None] = Field(
        description="By the spelling that was asked; null where `unavailable` says why."
    )
    key_factors: KeyFactorNames
    key_factor_details: KeyFactorDetails
    predicted_response: str
    turns: list[str] = Field(description="What the customer says in each round; the last is `predicted_response`.")
    words: SpokenWords | None = Field(description="Of a language model; null where none was asked.")
    thinking: list[str] | None
    extracted: dict[str, ExtractedValue] | None
    unavailable: dict[str, str] = Field(description="Asked names without a value, and why.")
    resolved: Resolved
    warnings: list[Remark]
    flags: list[Remark] = Field(description="Reasons not to make this contact: consent, quiet hours, frequency caps.")
    currency: str
    settings: TestSettings
    provenance: Provenance
    created_at: datetime

    @classmethod
    def of(cls, trial: Trial) -> "InterventionTest":
        """Render a stored test; equal tests give equal answers."""
        return cls.model_validate(cls.plain(trial))

    @classmethod
    def written(cls, trial: Trial) -> bytes:
        """Return a stored test as JSON: the bytes of `of(trial).rendered()`, in a quarter of the time.

        From 1e16 on a number is spelt otherwise (`1e16`). The shape is not checked each time: a test holds the bytes of
        every kind of answer to those of the checked one.
        """
        return _ENCODER.encode(cls.plain(trial))

    @staticmethod
    def plain(trial: Trial) -> Plain:
        """Render a stored test, unchecked: keys in the order of the shape, numbers of its types."""
        answer = trial.answer
        return {
            "intervention_id": trial.id,
            "test_id": trial.id,
            "digital_twin_id": trial.twin_id,
            "customer_id": trial.customer_id,
            "twin_version": trial.twin_version,
            "session_id": trial.session_id,
            "predictions": {it.asked_as: prediction_of(it, trial.currency) for it in answer.predictions},
            "key_factors": KeyFactorNames.plain(answer.key_factors),
            "key_factor_details": KeyFactorDetails.plain(answer.key_factors),
            "predicted_response": answer.predicted_response,
            "turns": answer.turns,
            "words": SpokenWords.plain(answer.words),
            "thinking": answer.thinking,
            "extracted": _extracted(trial),
            "unavailable": {**unavailable(answer.predictions), **trial.unavailable},
            "resolved": Resolved.plain(answer),
            "warnings": remarks(answer.warnings),
            "flags": remarks(answer.flags),
            "currency": trial.currency,
            "settings": TestSettings.plain(trial),
            "provenance": Provenance.plain(trial.provenance),
            "created_at": trial.created_at,
        }


class InterventionTests(Listed[InterventionTest]):
    """A page of tests, newest first."""


def unavailable(predictions: Iterable[FieldPrediction]) -> dict[str, str]:
    """Return the asked fields without a value, and why."""
    return {it.asked_as: it.unavailable for it in predictions if it.unavailable is not None}


def _extracted(trial: Trial) -> dict[str, Plain] | None:
    """Return what was extracted: fields of the catalogue, with the value that `predictions` holds, and free ones."""
    if trial.extracted is None:
        return None
    found: Mapping[str, FieldPrediction] = {it.field: it for it in trial.answer.predictions}
    values: dict[str, Any] = {asked: found[field] for asked, field in trial.extracted.items()}
    known = {asked: {"value": bare(it), "calibrated": it.outcomes > 0} for asked, it in values.items()}
    free = {} if trial.answer.words is None else trial.answer.words.fields
    return known | {asked: {"value": value, "calibrated": False} for asked, value in free.items()}


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
        return cls.model_validate(
            {
                "test_id": trial.id,
                "twin_version": trial.twin_version,
                "provenance": Provenance.plain(trial.provenance),
                "settings": TestSettings.plain(trial),
            }
        )
