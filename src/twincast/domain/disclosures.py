"""A disclosure sheet: what a study simulated, from which data, by which model, how far that was checked, its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from twincast.domain.homogeneity import Homogeneity
from twincast.domain.usage import UsageSum


@dataclass(frozen=True, kw_only=True, slots=True)
class Stimulus:
    """One message of a study: its name, type and channel as given, its text without what identifies somebody."""

    id: str
    type: str
    channel: str | None
    content: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulated:
    """What was simulated.

    Attributes:
        tests, comparisons, batches: how many of each the study holds.
        customers: twins with a result; answers: twins x messages.
        subjects: salted pseudonyms of the customers, where they are few.
        stimuli: the messages, the first ones of many.
        looked_at: answers that the sheet's facts were read from, where not from all.
    """

    tests: int
    comparisons: int
    batches: int
    customers: int
    answers: int
    subjects: tuple[str, ...]
    stimuli: tuple[Stimulus, ...]
    looked_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordsUsed:
    """The customers' records behind the twins.

    Attributes:
        records: how many were looked at.
        first, last: earliest and latest day on which they were true; None where none could be looked at.
        sections: part of a record -> how many hold anything in it.
        orders: how many hold texts that give orders to a machine.
        left_out: reason -> how many customers have no result.
    """

    records: int
    first: date | None
    last: date | None
    sections: Mapping[str, int]
    orders: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelUsed:
    """One version of model, prior, reading and software that made answers of the study.

    Attributes:
        answers: how many of those looked at.
        outcomes: outcomes of this company that it learned from, by kind; empty for the prior that ships.
        left_out: outcomes that it did not learn from, by reason.
        received_until: outcomes received later are not in it.
        notes: what must be said of outcomes that teach less than they seem to.
    """

    model: str
    prior: str
    reading: str
    software: str | None
    seeds: tuple[int, ...]
    answers: int
    outcomes: Mapping[str, int]
    left_out: Mapping[str, int]
    received_until: datetime | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldUsed:
    """One predicted field, and what stands behind it.

    Attributes:
        name: canonical; with the response that is meant, for engagement.
        basis, validated_on, uplift_basis: all that occur.
        outcomes: outcomes of this company behind it, at most.
        horizons, levels: days within which, and levels of its intervals.
        stated: whether only a survey could confirm it.
    """

    name: str
    meaning: str
    basis: tuple[str, ...]
    uplift_basis: tuple[str, ...]
    validated_on: tuple[str, ...]
    outcomes: int
    horizons: tuple[int, ...]
    levels: tuple[float, ...]
    stated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationUsed:
    """A field's probabilities beside what came, on outcomes that no fit had seen.

    Attributes:
        contacts, events: how many outcomes, and in how many it happened.
        foretold: mean probability; observed: share of events, `low` to `high` at `level` (Wilson).
        error: mean distance of foretold and observed over the cells that were looked at (expected calibration error).
        channels: on which it was checked.
    """

    field: str
    contacts: int
    events: int
    foretold: float
    observed: float
    low: float
    high: float
    level: float
    error: float
    channels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestUsed:
    """A backtest that the workspace keeps, and its verdict."""

    id: str
    outcome: str
    verdict: str
    words: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageUsed:
    """What language models did in the study's session.

    Attributes:
        models: by name, with what they used; prompts: which, with their versions.
        answered, failed: answers of those looked at that have words, and those that were asked for and did not come.
    """

    models: tuple[tuple[str, UsageSum], ...]
    prompts: tuple[str, ...]
    answered: int
    failed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """One thing that must be known before the study is relied on: a slug, and a sentence with its numbers."""

    code: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Disclosure:
    """A sheet about a study: a batch, a comparison or a session, as of the moment it was made.

    Attributes:
        kind: `batch`, `comparison` or `session`; id: of it.
        software: that made the sheet.
        homogeneity: whether a batch's twins differ as customers do; None for others.
        backtests: the newest of the workspace, whatever they were made of.
    """

    kind: str
    id: str
    created_at: datetime
    made_at: datetime
    software: str
    simulated: Simulated
    records: RecordsUsed
    models: tuple[ModelUsed, ...]
    fields: tuple[FieldUsed, ...]
    calibration: tuple[CalibrationUsed, ...]
    backtests: tuple[BacktestUsed, ...]
    homogeneity: Homogeneity | None
    language: LanguageUsed | None
    limits: tuple[Limit, ...]
