"""A backtest: predictions laid beside what really happened, next to trivial baselines and other estimators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from twincast.domain.ids import BacktestId
from twincast.domain.twins import Warning

PROBABILITY, MONEY = "probability", "money"

BY_TIME, BY_CUSTOMER = "time", "customer"
SPLITS: Final[tuple[str, ...]] = (BY_TIME, BY_CUSTOMER)
REFUSE, LEAVE_OUT, KEEP = "refuse", "leave_out", "keep"
ON_LEAK: Final[tuple[str, ...]] = (REFUSE, LEAVE_OUT, KEEP)

TWIN, PRIOR = "twincast", "twincast without outcomes"
BASE_RATE, SEGMENT_MEAN, RFM, NON_PERSONAL = "base rate", "segment mean", "recency, frequency, money", "non-personal"
GATE_BASELINES: Final[tuple[str, ...]] = (BASE_RATE, SEGMENT_MEAN, NON_PERSONAL)
"""What the twin must beat to be worth its name (N3)."""

OPEN, UNDECIDED, CLOSED = "open", "undecided", "closed"
WORTH: Final = 0.005
"""Gain, as a share of the base rate's loss, under which the gate closes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A figure of the test rows, with its interval at `level`."""

    value: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Neighbouring predictions: how many, what was predicted, what happened."""

    count: int
    events: int
    predicted: float
    observed: Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """One row of the table: a model, a baseline or an estimator of the caller's own.

    Attributes:
        name: what it is.
        role: `twin`, `baseline` or `own`.
        scores: figure -> its value with interval; `log_loss`, `brier`, `auc`, `ece` of probabilities, `mae`, `rmse` of
            money, `mean_predicted` and `observed` of both. A figure that does not exist (the AUC of one number for all)
            is not there.
        gain: by how much its loss lies below the base rate's, on the same rows; None for the base rate itself.
        calibration: intercept and slope of the calibration line with standard errors; None where it is not determined.
        bins: the reliability diagram; empty for money.
    """

    name: str
    role: str
    scores: Mapping[str, Measured]
    gain: Measured | None
    calibration: Mapping[str, float] | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Is the twin worth more than a number for everybody: open, undecided or closed.

    Attributes:
        verdict: `open`, `undecided` or `closed`.
        gains: baseline -> by how much the twin's loss lies below its, on the same test rows.
        base_loss: the base rate's loss.
        words: the verdict in words, with what follows from it.
    """

    verdict: str
    gains: Mapping[str, Measured]
    base_loss: float
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What is left when only the surest predictions are acted on.

    Attributes:
        coverage: share of the test rows that are acted on.
        threshold: confidence from which they are.
        loss: the twin's mean loss on them; base_loss: the base rate's on the same rows.
        accuracy: share of them whose likelier outcome happened; None for money.
    """

    coverage: float
    threshold: float
    loss: float
    base_loss: float
    accuracy: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Subgroup:
    """How the twin does on one part of the people: for judging it, never a feature."""

    attribute: str
    group: str
    count: int
    predicted: float
    observed: Measured
    gain: Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """A column that knows the outcome.

    Attributes:
        column: its name.
        why: how it shows.
        action: `left out` or `kept`.
    """

    column: str
    why: str
    action: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UpliftScore:
    """How well one contender ranks people by what a message does to them."""

    name: str
    auuc: Measured
    qini: Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class Decile:
    """A tenth of the people by the twin's predicted uplift, highest first."""

    count: int
    contacted: int
    predicted: float
    observed: Measured | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uplift:
    """One message against no contact, in the randomised test rows.

    Attributes:
        intervention: id of the message.
        count, contacted: people, and how many of them were sent it.
        average: average effect of the message.
        scores: AUUC and Qini of each contender that predicts uplift, per person.
        deciles: of the twin.
        curve: share contacted, gain and Qini curve of the twin, as three equally long lists.
    """

    intervention: str
    count: int
    contacted: int
    average: Measured
    scores: tuple[UpliftScore, ...]
    deciles: tuple[Decile, ...]
    curve: Mapping[str, Sequence[float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What a rule for whom to send what would have brought, per person.

    Attributes:
        name: the rule.
        ipw, doubly_robust: its value; None where refused.
        gain: doubly robust value above the best single message of each segment; None where refused or for that itself.
        effective: effective number of people on whom rule and chance agree.
        clipped: propensities below the clip.
        refused: why there is no value; empty otherwise.
    """

    name: str
    ipw: Measured | None
    doubly_robust: Measured | None
    gain: Measured | None
    effective: float
    clipped: int
    refused: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningPoint:
    """Loss on the same test rows after learning from the first n training rows."""

    rows: int
    losses: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """How rows were parted.

    Attributes:
        by: `time` or `customer`.
        train, test: numbers of rows.
        purged: training rows left out because their outcome was not yet known when the test began.
        cut: first day of the test; None by customer.
        events: events in the test rows; None for money.
    """

    by: str
    train: int
    test: int
    purged: int
    cut: date | None
    events: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """Predictions beside what happened.

    Attributes:
        id: of the stored backtest.
        outcome: name of the column; `field` the prediction it is compared with, `kind` probability or money.
        horizon_days: days within which outcomes counted.
        level: of the intervals; `seed`: of split and resampling.
        split: how rows were parted.
        contenders: the table, the twin first.
        gate: the verdict on the twin.
        coverage: risk by coverage of the twin.
        subgroups: calibration by declared attribute.
        uplifts: randomised rows only; empty otherwise, and then a warning says why.
        policies: what rules for whom to send what would have brought.
        learning: loss by number of training rows.
        leaks: columns that know the outcome.
        features: columns that estimators of the caller's own were given.
        warnings: what its reader should know.
        provenance: versions of model, prior and software.
        created_at: when it was made.
    """

    id: BacktestId
    outcome: str
    field: str
    kind: str
    horizon_days: int
    level: float
    seed: int
    split: Split
    contenders: tuple[Contender, ...]
    gate: Gate
    coverage: tuple[Coverage, ...]
    subgroups: tuple[Subgroup, ...]
    uplifts: tuple[Uplift, ...]
    policies: tuple[Policy, ...]
    learning: tuple[LearningPoint, ...]
    leaks: tuple[Leak, ...]
    features: tuple[str, ...]
    warnings: tuple[Warning, ...]
    provenance: Mapping[str, str]
    created_at: datetime


def gate_of(gains: Mapping[str, Measured], base_loss: float) -> Gate:
    """Return the verdict: the law of the twin-value gate.

    Open: the twin beats every baseline beyond chance. Closed: its gain over one of them is, at the upper end of the
    interval, less than `WORTH` of the base rate's loss. Undecided in between, and where there is too little to tell.
    """
    least = min((gain.high for gain in gains.values()), default=float("inf"))
    if gains and all(gain.low > 0.0 for gain in gains.values()) and least >= WORTH * base_loss:
        verdict, words = OPEN, "the twin foretells individuals better than any number for everybody"
    elif least < WORTH * base_loss:
        name = min(gains, key=lambda it: gains[it].high)
        verdict = CLOSED
        words = f"nothing is gained over '{name}': predictions should fall back to the segment, and say so"
    else:
        verdict, words = UNDECIDED, "too few test rows to tell: the twin is kept, and its worth is not shown yet"
    return Gate(verdict=verdict, gains=gains, base_loss=base_loss, words=words)
