"""How right a workspace's numbers are: predicted beside what really happened, before and after learning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from twincast.domain.backtests import Gate


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure with its interval at `level`."""

    value: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationBin:
    """Contacts with neighbouring predictions: how many, what was predicted, and how often it happened."""

    count: int
    events: int
    predicted: float
    observed: Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How right probabilities are.

    Attributes:
        log_loss: mean of -log P(what happened), in nats; brier: mean squared distance; ece: mean distance of predicted
            and observed over the bins.
        auc: P(an event was given more than a non-event); None without both kinds.
        line: intercept and slope of the calibration line (0 and 1 if right) and their standard errors; None where the
            events do not determine it.
        bins: of equal count, lowest predictions first.
    """

    log_loss: Figure
    brier: Figure
    ece: Figure
    auc: Figure | None
    line: Mapping[str, float] | None
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentQuality:
    """One kind of outcome in one group of contacts.

    Attributes:
        kind: what happened or did not.
        segment: `all`, or what the group has in common (`channel: email`, `contacted: no`).
        contacts, events: how many, and in how many of them it happened.
        before: by the prior that ships; after: by a model that had seen none of these customers' outcomes.
        gain: by how much log loss fell, paired.
    """

    kind: str
    segment: str
    contacts: int
    events: int
    before: Quality
    after: Quality
    gain: Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweredQuality:
    """How right stored tests were about one kind of outcome: `contacts` of them were made and observed since."""

    kind: str
    contacts: int
    events: int
    quality: Quality


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityCell:
    """Outcomes that no fit had seen, foretold about as high and as surely: what a confidence was checked on.

    Attributes:
        kind: what happened or did not.
        contacts, events: how many, and in how many of them it happened.
        foretold: mean probability; observed: share of events.
        missed: how far the truth is taken to lie above what is foretold, on the logit; 0 where chance explains it.
    """

    kind: str
    contacts: int
    events: int
    foretold: float
    observed: Figure
    missed: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyQuality:
    """How right a stated scale is about answers of customers it had not heard.

    Attributes:
        answers: number of them.
        missed: root mean square of what was missed of each, on the scale; missed_by_mean: the same where the others'
            mean answer foretells.
    """

    answers: int
    missed: float
    missed_by_mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationReport:
    """A workspace's numbers beside what happened.

    Attributes:
        model: number of the version that answers; 0 is the prior.
        contacts: how many could be judged.
        folds: how often it was learned from some customers and judged on the others.
        segments: every kind, over all contacts and by group.
        answered: what stored tests had answered before the contact, beside what came of it.
        too_few: kinds with too few contacts to judge, and how many they have.
        left_out: reason -> how many outcomes could not be judged by.
        gates: kind -> whether the answering model foretells individuals better than numbers for everybody.
        validated_on: kind -> channels (`none` without contact) on which the answering model was checked on behaviour.
        confidence: the cells on which its confidence was checked, from low to high and from sure to unsure.
        surveys: stated scale -> how right it is, of the answering model.
        notes: what must be said of outcomes that teach less than they seem to.
    """

    model: int
    made_at: datetime
    contacts: int
    folds: int
    segments: tuple[SegmentQuality, ...]
    answered: tuple[AnsweredQuality, ...]
    too_few: Mapping[str, int]
    left_out: Mapping[str, int]
    gates: Mapping[str, Gate]
    validated_on: Mapping[str, tuple[str, ...]]
    confidence: tuple[ReliabilityCell, ...]
    surveys: Mapping[str, SurveyQuality]
    notes: tuple[str, ...]
