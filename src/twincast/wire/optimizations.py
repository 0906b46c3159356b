"""Optimal message discovery: the document's body in, the best message, its insights and its trace out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.constraints import Constraints
from twincast.domain.errors import FieldProblem
from twincast.domain.objectives import DEFAULT_OBJECTIVE, Costs
from twincast.domain.optimizations import (
    DEFAULT_CANDIDATES,
    MAX_BASELINES,
    MAX_CANDIDATES,
    MAX_DRAFTS,
    Element,
    Finalist,
    Optimization,
    Trace,
)
from twincast.domain.plans import Facts
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.wire.interventions import InterventionIn, Resolved
from twincast.wire.predictions import Prediction, prediction_of
from twincast.wire.provenance import Provenance
from twincast.wire.remarks import Remark, remarks
from twincast.wire.requests import reference_problems
from twincast.wire.shapes import Answer, Day, Listed, Name, Note, Number, Plain, Request, Whole

_REFERENCES = ("digital_twin_id", "persona_id", "customer_id")


class MessageConstraints(Request):
    """What the message must keep to; what is left out is free."""

    discount_max: Number | None = Field(None, description="Largest fraction of the list price, 0 to 1. Default: 0.3.")
    message_length_max: Whole | None = Field(None, description="Longest text, in `message_length_unit`.")
    message_length_unit: Name | None = Field(None, description="words or characters. Default: words.")
    tone: Name | None = Field(
        None, description="professional, friendly, formal, ... Default: the one the twin prefers."
    )
    forbidden_words: list[Name] | None = Field(None, description="Words and phrases that must not stand in it.")
    required_facts: list[Note] | None = Field(None, description="Sentences that must stand in it word for word.")


class MessageContext(Request):
    """Why it is written and what it is about; what the company knows, and may therefore be said."""

    occasion: Name | None = Field(None, description="customer_birthday, win_back, ... Default: none.")
    product_focus: Name | None = Field(None, description="What is to be named. Default: what the customer buys.")
    urgency: Name | None = Field(None, description="low: no word of haste; medium: one at most; high: as it comes.")
    brand: Name | None = Field(None, description="Name of the company.")
    customer_name: Name | None = Field(None, description="Given name, or a merge tag such as {{first_name}}.")
    matter: Name | None = Field(None, description="What an apology is for: 'your late delivery'.")
    remedy: Note | None = Field(None, description="What was done about it, as a sentence.")
    claims: dict[Name, Note] | None = Field(
        None, description="Claims the company stands behind, with a sentence or ''."
    )
    offers: list[Name] | None = Field(
        None, description="Kinds of offer it can make: percent, amount, n_for_m, free_shipping, gift. Default: percent."
    )


class MessageCosts(Request):
    """What profit needs to know, in the customer's currency; 0 is an answer, leaving it out is none."""

    margin: Number | None = Field(None, description="Share of the list price left once the goods are paid, 0 to 1.")
    contact: Number | None = Field(None, description="What one contact costs.")
    gift: Number | None = Field(None, description="What the gift of an offer costs for each order.")
    shipping: Number | None = Field(None, description="What free shipping costs for each order.")


class BaselineIn(InterventionIn):
    """A message of your own, under your own id: what is found never loses to it."""

    id: Name = Field(min_length=1)


class MessageOptimizationRequest(Request):
    """Which customer, what to aim at, and what the message must keep to."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "digital_twin_id": "twin_cust_12345",
                    "objective": "maximize_purchase_probability",
                    "constraints": {"discount_max": 0.30, "message_length_max": 100, "tone": "professional"},
                    "context": {
                        "occasion": "customer_birthday",
                        "product_focus": "premium_line",
                        "urgency": "low",
                    },
                }
            ]
        },
    )

    digital_twin_id: Name | None = Field(None, description="The twin's id, or the customer's.")
    persona_id: Name | None = Field(None, description="The same as `digital_twin_id`.")
    customer_id: Name | None = Field(None, description="The customer's id, instead of the twin's.")
    objective: Name | None = Field(None, description=f"See `GET /objectives`. Default: {DEFAULT_OBJECTIVE}.")
    constraints: MessageConstraints | None = None
    context: MessageContext | None = None
    costs: MessageCosts | None = None
    baselines: list[BaselineIn] | None = Field(None, max_length=MAX_BASELINES)
    channel: Name | None = Field(None, description="Default: the first that the customer prefers, else email.")
    timing: Name | None = Field(None, description="`friday_morning`, either part alone, or ISO 8601.")
    candidates: Whole | None = Field(
        None, description=f"Most plans that are scored, 1 to {MAX_CANDIDATES}. Default: {DEFAULT_CANDIDATES}."
    )
    drafts: Whole | None = Field(
        None, description=f"Texts that a language model is asked for, 0 to {MAX_DRAFTS}. Default: 0."
    )
    horizon_days: Whole | None = Field(None, description="Days within which to predict, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Share of cases that intervals are to hold, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole | None = Field(None, ge=0, lt=2**63, description="For random draws. Default: the session's.")
    session_id: Name | None = Field(None, description="Session it is run in. Default: an ephemeral one, opened for it.")

    def problems(self) -> Iterable[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        given = {name: value for name in _REFERENCES if (value := getattr(self, name)) is not None}
        yield from reference_problems(given, "digital_twin_id", "or customer_id, or persona_id")
        first: dict[str, int] = {}
        for place, it in enumerate(self.baselines or ()):
            if first.setdefault(it.id, place) != place:
                message = f"'{ascii(it.id)[1:-1][:40]}' is the id of baselines[{first[it.id]}] too"
                yield FieldProblem(field=f"baselines[{place}].id", message=message, allowed="ids that differ")
            yield from it.conflicts(f"baselines[{place}]")

    def asked(self) -> dict[str, Any]:
        """Return what is asked for, by the names of the use case; what was left out is left out."""
        context = self.context or MessageContext()
        plain = ("objective", "channel", "timing", "candidates", "drafts", "horizon_days", "level", "as_of", "seed")
        found = {name: value for name in plain if (value := getattr(self, name)) is not None}
        if context.offers is not None:
            found["offers"] = tuple(context.offers)
        return found | {
            "twin": next((value for name in _REFERENCES if (value := getattr(self, name)) is not None), ""),
            "constraints": self._constraints(context.urgency),
            "costs": Costs(**self.costs.model_dump()) if self.costs is not None else Costs(),
            "occasion": context.occasion,
            "product": context.product_focus,
            "facts": Facts(
                name=context.customer_name,
                brand=context.brand,
                matter=context.matter,
                remedy=context.remedy,
                claims=context.claims or {},
            ),
            "baselines": {it.id: it.to_domain(it.id) for it in self.baselines or ()},
            "session": self.session_id,
        }

    def _constraints(self, urgency: str | None) -> Constraints:
        given = self.constraints or MessageConstraints()
        return Constraints(
            discount_max=given.discount_max,
            length_max=given.message_length_max,
            length_unit=given.message_length_unit or "words",
            tone=given.tone,
            urgency=urgency,
            forbidden=tuple(given.forbidden_words or ()),
            required=tuple(given.required_facts or ()),
        )


class Value(Answer):
    """A number with its interval."""

    value: float
    low: float
    high: float
    level: float
    unit: str
    basis: str

    @staticmethod
    def plain(estimate: Estimate) -> Plain:
        """Render an estimate."""
        return {name: getattr(estimate, name) for name in ("value", "low", "high", "level", "unit", "basis")}


class OptimizedMessage(Answer):
    """The message that was found, and what a test of it says."""

    content: str
    subject: str | None = Field(description="The line above it; null where its channel has none.")
    predicted_engagement: float | None
    predicted_conversion: float | None
    confidence: float | None = Field(description="P(it is truly better than its runner-up); null without one.")
    objective: Value = Field(description="What was aimed at, with this message.")
    source: str = Field(description="plan, template:<id>, baseline:<id> or draft:<number>.")
    plan: list[str] = Field(description="What it was planned to say, in words; empty where it was written otherwise.")
    beats_baselines: bool | None = Field(description="Whether it is as good as each baseline; null without any.")
    predictions: dict[str, Prediction | None]
    resolved: Resolved


class ElementEffect(Answer):
    """A part of the message, or one that it goes without, with its effect on the objective, all else left as it is."""

    name: str
    words: str
    effect: Value
    rule: str | None = Field(description="The constraint that excludes it; null where it was only tried.")

    @staticmethod
    def plain(element: Element) -> Plain:
        """Render an element."""
        return {
            "name": element.name,
            "words": element.words,
            "effect": Value.plain(element.effect),
            "rule": element.rule,
        }


class OptimizationInsights(Answer):
    """What the message owes to its parts, and what it goes without."""

    key_elements: list[str] = Field(description="Parts that help, the strongest first.")
    avoided_elements: list[str]
    key_element_effects: list[ElementEffect] = Field(description="Every part: the objective with it less without it.")
    avoided_element_effects: list[ElementEffect] = Field(description="What each would have added to the objective.")


class TriedText(Answer):
    """A text of the final: as ranked, and over draws that the search never used; or the rule that it breaks."""

    source: str
    content: str
    value: float | None
    cautious: float | None = Field(description="20 % quantile of the objective, by which texts are ranked.")
    fresh: float | None
    rejected: str | None

    @staticmethod
    def plain(finalist: Finalist) -> Plain:
        """Render a text."""
        names = ("source", "content", "value", "cautious", "fresh", "rejected")
        return {name: getattr(finalist, name) for name in names}


class SearchRound(Answer):
    """One batch of the search."""

    scored: int
    best: float


class SearchTrace(Answer):
    """How the message was found."""

    candidates: int
    rounds: list[SearchRound]
    rejected: dict[str, int] = Field(description="Rule: plans that break it, and were not scored.")
    finalists: list[TriedText]
    searched: float = Field(description="The objective of the message as the search saw it.")
    fresh: float = Field(description="The same over fresh draws.")
    shrunk: float = Field(description="That, drawn towards the mean of all finalists by how uncertain they are.")
    runner_up: str | None
    draws: int
    seed: int
    skipped: dict[str, str] = Field(description="Starting points that could not be made, and why.")

    @staticmethod
    def plain(trace: Trace) -> Plain:
        """Render a trace."""
        return {
            "candidates": trace.candidates,
            "rounds": [{"scored": it.scored, "best": it.best} for it in trace.rounds],
            "rejected": dict(trace.rejected),
            "finalists": [TriedText.plain(it) for it in trace.finalists],
            "searched": trace.searched,
            "fresh": trace.fresh,
            "shrunk": trace.shrunk,
            "runner_up": trace.runner_up,
            "draws": trace.draws,
            "seed": trace.seed,
            "skipped": dict(trace.skipped),
        }


class MessageOptimization(Answer):
    """A stored optimisation, in the document's shape and with what it rests on."""

    optimization_id: str
    digital_twin_id: str
    customer_id: str
    twin_version: int
    session_id: str
    objective: str
    optimized_message: OptimizedMessage
    optimization_insights: OptimizationInsights
    trace: SearchTrace
    horizon_days: int
    currency: str
    warnings: list[Remark]
    flags: list[Remark]
    provenance: Provenance
    created_at: datetime

    @classmethod
    def of(cls, found: Optimization) -> "MessageOptimization":
        """Render a stored optimisation; equal ones give equal answers."""
        predictions = {it.field: it for it in found.answer.predictions}
        return cls.model_validate(
            {
                "optimization_id": found.id,
                "digital_twin_id": found.twin_id,
                "customer_id": found.customer_id,
                "twin_version": found.twin_version,
                "session_id": found.session_id,
                "objective": found.objective,
                "optimized_message": {
                    "content": found.content,
                    "subject": found.subject,
                    "predicted_engagement": _value(predictions["will_engage"]),
                    "predicted_conversion": _value(predictions["will_purchase"]),
                    "confidence": found.confidence,
                    "objective": Value.plain(found.aim),
                    "source": found.source,
                    "plan": list(found.plan),
                    "beats_baselines": found.beats_baselines,
                    "predictions": {name: prediction_of(it, found.currency) for name, it in predictions.items()},
                    "resolved": Resolved.plain(found.answer),
                },
                "optimization_insights": _insights(found),
                "trace": SearchTrace.plain(found.trace),
                "horizon_days": found.settings.horizon_days,
                "currency": found.currency,
                "warnings": remarks(found.answer.warnings),
                "flags": remarks(found.answer.flags),
                "provenance": Provenance.plain(found.provenance),
                "created_at": found.created_at,
            }
        )


def _value(found: FieldPrediction) -> float | None:
    return None if found.estimate is None else found.estimate.value


def _insights(found: Optimization) -> Plain:
    return {
        "key_elements": [it.words for it in found.helpful()],
        "avoided_elements": [it.words for it in found.avoided],
        "key_element_effects": [ElementEffect.plain(it) for it in found.key],
        "avoided_element_effects": [ElementEffect.plain(it) for it in found.avoided],
    }


class MessageOptimizations(Listed[MessageOptimization]):
    """A page of optimisations, newest first."""
