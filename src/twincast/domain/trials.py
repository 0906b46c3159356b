"""A trial: one intervention tested on one twin. (The public API says `test`.)"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from twincast.domain.events import Head
from twincast.domain.freefields import FreeField, Value
from twincast.domain.ids import CustomerId, SessionId, TrialId, TwinId
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import Explanation, FieldPrediction, KeyFactors, Provenance
from twincast.domain.signals import View
from twincast.domain.timings import Window
from twincast.domain.twins import Warning

MAX_ROUNDS = 10
MAX_DRAWS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialSettings:
    """How to predict, and what to answer.

    Attributes:
        fields: asked name -> canonical field, in the order asked.
        extract: names asked for in the extraction; catalogue fields among them are also in `fields`.
        extract_results: False: nothing is extracted.
        objective, hint: free text of the extraction, recorded; it never changes a number.
        horizon_days: days within which to predict.
        level: level of the intervals.
        as_of: the day the prediction is made from; `dated` says that the request named it, which then begins where the
            customer lives, while today is the very moment.
        rounds: think-and-respond turns to the same stimulus.
        thinking: whether a trace is asked for; numbers are the same either way.
        memory: whether the twin remembers it in the session; a comparison is never remembered.
        draws: conversations that a language model holds; free: the free fields that it is asked for.
        seed: for draws; the numbers of a cell do not depend on it, P(best) does.
    """

    fields: Mapping[str, str]
    horizon_days: int
    level: float
    as_of: date
    extract: tuple[str, ...] = ()
    extract_results: bool = True
    objective: str | None = None
    hint: str | None = None
    rounds: int = 1
    thinking: bool = False
    memory: bool = False
    dated: bool = False
    seed: int = 0
    draws: int = 1
    free: tuple[FreeField, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One of several answers of a language model to the same words."""

    reply: str
    emotion: str
    concerns: tuple[str, ...]
    fields: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a language model says for a customer, or why it says nothing. Numbers rest on `views` alone, once outcomes
    gave them a weight.

    Attributes:
        prompt: which prompt was the last, with its version.
        calls: requests it took, of all turns and draws; 0: the answers were kept from before.
        model: which model said it; None where none did.
        reply, emotion, concerns: its words; they were learned from nothing and checked against nothing.
        emotions: share of each emotion; `emotion` is the likeliest.
        thinking: what went through the customer's head, turn by turn; empty where it was not asked for.
        fields: free field -> what it holds; nothing calibrates it.
        draws: each answer, where several were asked for: emotions and fields are put together of them, the reply is the
            first one.
        views: what the model itself judges; what of it moves numbers is what outcomes gave a weight.
        told: how likely the purchase was that it was told of, 0 to 4.
        problem, detail: why there are none; the sentences of the response model stand then.
    """

    prompt: str
    calls: int
    model: str | None = None
    reply: str | None = None
    emotion: str | None = None
    concerns: tuple[str, ...] = ()
    emotions: Mapping[str, float] = field(default_factory=dict)
    thinking: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    draws: tuple[Drawn, ...] = ()
    views: tuple[View, ...] = ()
    told: int = 0
    problem: str | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What the model says of one cell, in values and words: shared by trials and the rows of a comparison.

    Attributes:
        intervention: as read, with its resolved channel in `channel`, response in `response`, window in `window`.
        predictions: one per asked field, in the order asked.
        flags: reasons for which this contact should not be made (consent, contact policy), with the field they rest on.
        turns: what the customer says, round by round; the last is `predicted_response`.
        words: of a language model; None where none was asked.
    """

    intervention: ReadIntervention
    channel: str | None
    response: str
    window: Window | None
    predictions: tuple[FieldPrediction, ...]
    explanations: tuple[Explanation, ...]
    key_factors: KeyFactors
    predicted_response: str
    thinking: tuple[str, ...] | None
    warnings: tuple[Warning, ...]
    flags: tuple[Warning, ...]
    turns: tuple[str, ...] = ()
    words: Words | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A stored test: what was asked, of which version of which twin, what was answered, and what made it.

    Attributes:
        session_id: the session it was run in; an ephemeral one where none was named.
        head: the line on which the twin's memory stood when it was predicted: that of the session once the twin has
            come into it, before that the twin's own.
    """

    id: TrialId
    session_id: SessionId
    head: Head
    twin_id: TwinId
    customer_id: CustomerId
    twin_version: int
    settings: TrialSettings
    answer: Answered
    currency: str
    extracted: Mapping[str, str] | None
    unavailable: Mapping[str, str]
    provenance: Provenance
    created_at: datetime
