"""A disclosure sheet as JSON."""

from dataclasses import asdict
from datetime import date, datetime

from pydantic import Field

from twincast.domain.disclosures import Disclosure
from twincast.wire.batch_results import BatchHomogeneity
from twincast.wire.shapes import Answer
from twincast.wire.usage import UsageNumbers


class StimulusOut(Answer):
    """A message of the study; what identifies somebody is taken out of its text."""

    id: str
    type: str
    channel: str | None
    content: str | None


class SimulatedOut(Answer):
    """What was simulated. Nobody was asked."""

    tests: int
    comparisons: int
    batches: int
    customers: int = Field(description="Each counted once in every batch, and once in all other tests together.")
    answers: int
    subjects: list[str] = Field(description="Salted pseudonyms of the customers, of up to twenty.")
    stimuli: list[StimulusOut]
    looked_at: int = Field(description="Answers from which the facts of fields and models were read.")


class RecordsUsedOut(Answer):
    """The customers' records behind the twins."""

    records: int = Field(description="Looked at: of a batch the first 500.")
    first: date | None = Field(description="Earliest day on which one of them was true.")
    last: date | None
    sections: dict[str, int] = Field(description="How many hold anything in a part of the record.")
    orders: int = Field(description="How many hold texts that give orders to a machine.")
    left_out: dict[str, int]


class ModelUsedOut(Answer):
    """What made answers, and what it learned from."""

    model: str
    prior: str
    reading: str
    software: str | None
    seeds: list[int]
    answers: int
    outcomes: dict[str, int] = Field(description="Of this company, by kind; empty for the prior that ships.")
    left_out: dict[str, int]
    received_until: datetime | None
    notes: list[str]


class FieldUsedOut(Answer):
    """A predicted field and what stands behind it."""

    name: str
    meaning: str
    basis: list[str]
    uplift_basis: list[str]
    validated_on: list[str]
    outcomes: int
    horizons: list[int]
    levels: list[float]
    stated: bool


class CalibrationUsedOut(Answer):
    """Probabilities beside what came, on outcomes that no fit had seen."""

    field: str
    contacts: int
    events: int
    foretold: float
    observed: float
    low: float
    high: float
    level: float
    error: float = Field(description="Mean distance of foretold and observed over cells (expected calibration error).")
    channels: list[str]


class BacktestUsedOut(Answer):
    """A backtest that the workspace keeps."""

    id: str
    outcome: str
    verdict: str
    words: str
    created_at: datetime


class LanguageUsedOut(Answer):
    """What language models did."""

    models: dict[str, UsageNumbers] = Field(description="What each used in the study's session.")
    prompts: list[str]
    answered: int
    failed: int


class LimitOut(Answer):
    """What must be known before the study is relied on."""

    code: str
    words: str


class DisclosureSheet(Answer):
    """What is simulated, from which data, by which model, how far it was checked, and its limits."""

    kind: str = Field(description="batch, comparison or session.")
    id: str
    created_at: datetime
    made_at: datetime
    software: str
    simulated: SimulatedOut
    records: RecordsUsedOut
    models: list[ModelUsedOut]
    fields: list[FieldUsedOut]
    calibration: list[CalibrationUsedOut]
    backtests: list[BacktestUsedOut] = Field(description="The workspace's newest.")
    homogeneity: BatchHomogeneity | None
    language: LanguageUsedOut | None = Field(description="null where no language model was used.")
    limits: list[LimitOut]

    @classmethod
    def of(cls, found: Disclosure) -> "DisclosureSheet":
        """Render a sheet."""
        plain = asdict(found)
        plain["homogeneity"] = None if found.homogeneity is None else BatchHomogeneity.plain(found.homogeneity)
        if found.language is not None:
            models = {name: UsageNumbers.of(it) for name, it in found.language.models}
            plain["language"] = {**plain["language"], "models": models}
        return cls.model_validate(plain)
