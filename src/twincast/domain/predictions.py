"""What is said of one cell: values with interval, level, unit, horizon and basis, and the parts they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from twincast.domain.timings import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number and how sure it is. There is no way to make one without its interval, level, unit and basis.

    Attributes:
        value: the estimate.
        low, high: interval at `level`; low <= value <= high.
        level: share of cases the interval is meant to hold, in [0.5, 0.99].
        unit: what is counted.
        basis: where it comes from: `prior` (no outcome of this company has been seen yet).
    """

    value: float
    low: float
    high: float
    level: float
    unit: str
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """One entry of a ranking: what, and its weight in [0, 1]; the weights of a ranking sum to 1."""

    name: str
    weight: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldPrediction:
    """One field of one cell, as answered.

    Attributes:
        field: canonical name; `asked_as`: the spelling of the request.
        kind, unit, horizon_days: the definition beside the number.
        estimate: value with interval; None for kinds that are no single number, or when unavailable.
        no_contact, uplift: the same quantity when nothing is sent, and the difference; None where that has no meaning.
        uplift_basis: what the uplift rests on: `prior`, or `by definition` where it can not happen without contact.
        quadrant: persuadable, sure_thing, lost_cause, do_not_disturb, or undecided where the uplift's interval can not
            tell (will_engage and will_purchase); None where nothing is sent, or nothing can come without contact.
        response: for will_engage: which response is meant.
        confidence: P(|truth - value| <= max(.02, value / 4)) for probabilities; see `confidence_basis`.
        label, distribution: for a distribution: the likeliest label, and P of each.
        ranking: for a ranking.
        window, channel: for a window: when, and on which channel.
        outcomes: number of this company's outcomes behind the number.
        validated_on: behaviour, survey or nothing.
        reasoning: one sentence read off the contributions.
        unavailable: why there is no value; None when there is one.
    """

    field: str
    asked_as: str
    kind: str
    unit: str
    horizon_days: int
    basis: str
    outcomes: int
    validated_on: str
    estimate: Estimate | None = None
    no_contact: Estimate | None = None
    uplift: Estimate | None = None
    uplift_basis: str | None = None
    quadrant: str | None = None
    response: str | None = None
    confidence: float | None = None
    confidence_basis: str | None = None
    label: str | None = None
    distribution: Mapping[str, float] | None = None
    ranking: tuple[Ranked, ...] | None = None
    window: Window | None = None
    channel: str | None = None
    reasoning: str | None = None
    unavailable: str | None = None


Bare = float | str | tuple[str, ...] | None
"""A field's value alone."""


def bare(found: FieldPrediction) -> Bare:
    """Return a field's value alone: a number, a label, or names, heaviest first; None where it is unavailable."""
    if found.unavailable is not None:
        return None
    if found.kind == "ranking":
        return tuple(entry.name for entry in found.ranking or ())
    if found.kind == "distribution" or (found.kind == "window" and found.label is not None):
        return found.label
    return None if found.estimate is None else found.estimate.value


class Contribution(NamedTuple):
    """One part of a probability on the logit scale; a tuple, since a test has some fifty of them to make and store.

    Attributes:
        group: base_rate, customer, history, message, match, channel, timing, fatigue, language_model, calibration,
            horizon.
        term: name of the term in the prior.
        words: what it means, for a reader ("30 % off for a price-minded customer").
        amount: what it adds to the logit, centred at the reference.
        value, reference: the feature's value here and at the reference.
    """

    group: str
    term: str
    words: str
    amount: float
    value: float
    reference: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """The parts of one probability: `base_logit + sum(amounts) == logit(probability)` to 1e-9.

    Attributes:
        field: canonical field; for loyalty_impact the probability is that of an order within 90 days.
        probability, base: the number explained, and the reference's probability.
        base_logit: logit of the base.
        reference: what the reference is, in words.
        contributions: every part that is not zero, largest first; equal parts by name.
    """

    field: str
    probability: float
    base: float
    base_logit: float
    reference: str
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """A key factor: its name, the field it acts on and its contribution on the logit scale."""

    name: str
    field: str
    amount: float
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A change of the message that was tried: the new number of the target stands beside the old one."""

    text: str
    field: str
    before: float
    after: float
    change: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFactors:
    """What speaks for and against the message, and what would help."""

    positive: tuple[Factor, ...]
    negative: tuple[Factor, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """What made a result: equal provenance, equal numbers.

    Attributes:
        twin_digest, message_digest, memory_digest: SHA-256 of record, message and memory.
        policy_digest: SHA-256 of the contact policy, which best times and follow-ups keep to; None for the default.
        zone: the zone in which the customer's days were counted.
        heard_digest: SHA-256 of what a language model was heard to judge; None where no number rests on it.
    """

    model: str
    prior: str
    reading: str
    twin_digest: str
    message_digest: str | None
    seed: int
    software: str
    memory_digest: str | None = None
    policy_digest: str | None = None
    zone: str | None = None
    heard_digest: str | None = None
