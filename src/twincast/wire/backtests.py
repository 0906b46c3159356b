"""Backtests in public shapes: how a table is read and judged, and the judgement."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from twincast.domain.backtests import REFUSE, Backtest
from twincast.domain.errors import FieldProblem
from twincast.domain.interventions import Intervention
from twincast.wire.interventions import InterventionIn
from twincast.wire.shapes import Answer, Day, Listed, Name, Names, Request, parsed

Column = Annotated[Name | None, Field(description="Name of the column; found by the usual names otherwise.")]


def _names(value: object) -> object:
    """Read `a, b` as a list: options of a query are text."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Listing = Annotated[Names, BeforeValidator(_names)]


class BacktestOptions(Request):
    """How a table of contacts is read, and how the twin is judged by it."""

    outcome: Name | None = Field(None, description="Column with what happened, 0 or 1 or money.")
    kind: Name | None = Field(None, description="purchase, visit, click, ..., or amount; told by the column's name.")
    intervention: Column = None
    time: Column = None
    propensity: Column = None
    randomised: Column = None
    segment: Column = None
    interventions: dict[Name, InterventionIn | None] = Field(
        default_factory=dict, description="Interventions by the ids in the table; null is sending nothing."
    )
    ignore: Listing = Field(default_factory=list, description="Columns that are not looked at.")
    mapping: dict[str, Name | None] = Field(default_factory=dict, description="Column to field of the record.")
    window_days: int | None = None
    as_of: Day | None = None
    subgroups: Listing = Field(default_factory=list, description="Attributes to judge by.")
    split: Name | None = Field(None, description="time or customer; by time where there is one.")
    test_share: float = 0.4
    leaks: Name = Field(REFUSE, description="What becomes of columns that know the outcome: refuse, leave_out or keep.")
    act_above: float | None = Field(None, description="Confidence from which the twin may decide, 0 to 1.")
    curve: bool = Field(True, description="Whether to draw a learning curve.")
    level: float = 0.95
    seed: int = 0
    format: Name | None = None

    def problems(self) -> Iterator[FieldProblem]:
        """Yield interventions that contradict themselves."""
        for name, item in self.interventions.items():
            if item is not None:
                yield from item.conflicts(f"interventions.{name}")

    def asked(self) -> dict[str, Any]:
        """Return the options by the names of `usecases.backtesting.tables.TableOptions`."""
        sent = {name: None if it is None else it.to_domain(name) for name, it in self.interventions.items()}
        plain = {name: getattr(self, name) for name in type(self).model_fields if name != "format"}
        return plain | {"interventions": sent}


def intervention_of(cell: Mapping[str, Any]) -> Intervention:
    """Return the intervention that a cell of a table holds. Raises InvalidInput, naming its fields."""
    known = {str(key): value for key, value in cell.items()}
    name = known.pop("id", None)
    return parsed(InterventionIn, known).to_domain(None if name is None else str(name))


class _Part(Answer):
    """A part of a backtest, read off the value of the same name."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class BacktestFigure(_Part):
    """A figure of the test rows, with its interval at `level`."""

    value: float
    low: float
    high: float
    level: float


class BacktestBin(_Part):
    """Neighbouring predictions: how many, what was predicted, and what happened."""

    count: int
    events: int
    predicted: float
    observed: BacktestFigure


class BacktestContender(_Part):
    """The twin, a trivial baseline, or an estimator of one's own, on the same test rows."""

    name: str
    role: str = Field(description="twin, baseline or own.")
    scores: dict[str, BacktestFigure] = Field(description="log_loss, brier, auc, ece; of money mae and rmse.")
    gain: BacktestFigure | None = Field(description="How far its loss lies below the base rate's.")
    calibration: dict[str, float] | None = Field(description="logit P = intercept + slope logit p; 0 and 1 are right.")
    bins: list[BacktestBin] = Field(description="The reliability diagram.")


class BacktestGate(_Part):
    """Is the twin worth more than a number for everybody."""

    verdict: str = Field(description="open, undecided or closed.")
    gains: dict[str, BacktestFigure] = Field(description="How far the twin's loss lies below each baseline's.")
    base_loss: float
    words: str


class BacktestCoverage(_Part):
    """What is left when only the surest predictions are acted on."""

    coverage: float
    threshold: float = Field(description="Confidence from which predictions are acted on.")
    loss: float
    base_loss: float = Field(description="The base rate's on the same rows.")
    accuracy: float | None


class BacktestSubgroup(_Part):
    """How the twin does on one part of the people."""

    attribute: str
    group: str
    count: int
    predicted: float
    observed: BacktestFigure
    gain: BacktestFigure


class BacktestUpliftScore(_Part):
    """How well one contender ranks people by what a message does to them."""

    name: str
    auuc: BacktestFigure
    qini: BacktestFigure = Field(description="Area above the random line, per person.")


class BacktestDecile(_Part):
    """A tenth of the people by predicted uplift, highest first."""

    count: int
    contacted: int
    predicted: float
    observed: BacktestFigure | None


class BacktestUplift(_Part):
    """One message against no contact, in randomised test rows."""

    intervention: str
    count: int
    contacted: int
    average: BacktestFigure
    scores: list[BacktestUpliftScore]
    deciles: list[BacktestDecile]
    curve: dict[str, list[float]] = Field(description="share of people, gain and qini, equally long.")


class BacktestPolicy(_Part):
    """What a rule for whom to send what would have brought, per person."""

    name: str
    ipw: BacktestFigure | None
    doubly_robust: BacktestFigure | None
    gain: BacktestFigure | None = Field(description="Above the best message of each segment.")
    effective: float
    clipped: int
    refused: str


class BacktestPoint(_Part):
    """Loss on the same test rows after learning from the first rows."""

    rows: int
    losses: dict[str, float]


class BacktestLeak(_Part):
    """A column that knows the outcome."""

    column: str
    why: str
    action: str


class BacktestSplit(_Part):
    """How rows were parted; purged ones were still open when the test began."""

    by: str
    train: int
    test: int
    purged: int
    cut: date | None
    events: int | None


class BacktestWarning(_Part):
    """What a reader should know."""

    code: str
    field: str
    message: str


class BacktestReport(_Part):
    """Predictions laid beside what really happened, next to trivial baselines."""

    id: str
    outcome: str
    field: str
    kind: str
    horizon_days: int
    level: float
    seed: int
    split: BacktestSplit
    contenders: list[BacktestContender]
    gate: BacktestGate
    coverage: list[BacktestCoverage]
    subgroups: list[BacktestSubgroup]
    uplifts: list[BacktestUplift]
    policies: list[BacktestPolicy]
    learning: list[BacktestPoint]
    leaks: list[BacktestLeak]
    features: list[str]
    warnings: list[BacktestWarning]
    provenance: dict[str, str]
    created_at: datetime

    @classmethod
    def of(cls, backtest: Backtest) -> "BacktestReport":
        """Render a backtest."""
        return cls.model_validate(backtest)


class BacktestReports(Listed[BacktestReport]):
    """One page of backtests, newest first."""
