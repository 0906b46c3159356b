"""What a run will cost, as callers ask for it and read it."""

from collections.abc import Iterator

from pydantic import ConfigDict, Field

from twincast.domain.costs import CostForecast
from twincast.domain.errors import FieldProblem
from twincast.domain.predictions import Estimate
from twincast.wire.batches import BatchTestRequest
from twincast.wire.comparisons import VariantComparisonRequest
from twincast.wire.shapes import Answer, Request
from twincast.wire.trials import InterventionTestRequest
from twincast.wire.usage import UsageBudget


class EstimateRequest(Request):
    """What would be run: exactly one of the three, as it would be sent to its own address."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "batch": {
                        "digital_twin_ids": ["twin_cust_12345"],
                        "intervention": {"channel": "email", "content": "20% off tea this weekend"},
                        "words": True,
                    }
                }
            ]
        },
    )

    test: InterventionTestRequest | None = Field(None, description="A body of `POST /intervention-testing/test`.")
    comparison: VariantComparisonRequest | None = Field(None, description="A body of `.../compare-variants`.")
    batch: BatchTestRequest | None = Field(None, description="A body of `.../batch`.")

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with the fields taken together."""
        given = [name for name in ("test", "comparison", "batch") if getattr(self, name) is not None]
        if len(given) != 1:
            message = f"{' and '.join(given)} stand side by side" if given else "is missing"
            yield FieldProblem(field="batch", message=message, allowed="exactly one of test, comparison, batch")
        for name in given:
            for found in getattr(self, name).problems():
                yield FieldProblem(field=f"{name}.{found.field}", message=found.message, allowed=found.allowed)


class CostRange(Answer):
    """A range that is meant to hold what it will be, so often as `level` says."""

    value: float = Field(description="As likely to be more as to be less.")
    low: float
    high: float
    level: float
    unit: str
    basis: str = Field(description="`observed`: past runs of this workspace; `prior`: there were none.")

    @classmethod
    def of(cls, it: Estimate) -> "CostRange":
        """Render a range."""
        return cls(value=it.value, low=it.low, high=it.high, level=it.level, unit=it.unit, basis=it.basis)


class CostEstimate(Answer):
    """What a run will cost. Nothing was asked, and nothing was stored."""

    model: str | None = Field(description="Which language models it asks; null: none, so that it costs nothing.")
    cells: int = Field(description="Customers with a message each.")
    kept: int = Field(description="Answers that are there already and cost nothing.")
    sampled: int | None = Field(description="Prompts that were looked at, where there are too many for all.")
    calls: CostRange
    tokens_in: CostRange
    tokens_out: CostRange = Field(description="Thoughts that a model is paid for among them.")
    usd: CostRange | None = Field(description="null: a price is not known; see `unpriced`.")
    seconds: CostRange = Field(description="Until all of it is answered.")
    unpriced: list[str] = Field(description="Models whose price is not known.")
    past_calls: int = Field(description="Of this workspace, which the ranges were learned from.")
    past_runs: int
    budget: UsageBudget
    left_usd: float | None = Field(description="null: no limit.")
    left_tokens: int | None
    allowed: str = Field(description="`unlimited`, `enough`, `uncertain`, or `short`: the budget will stop it.")

    @classmethod
    def of(cls, found: CostForecast) -> "CostEstimate":
        """Render a forecast."""
        return cls(
            model=found.model,
            cells=found.cells,
            kept=found.kept,
            sampled=found.sampled,
            calls=CostRange.of(found.calls),
            tokens_in=CostRange.of(found.tokens_in),
            tokens_out=CostRange.of(found.tokens_out),
            usd=None if found.usd is None else CostRange.of(found.usd),
            seconds=CostRange.of(found.seconds),
            unpriced=list(found.unpriced),
            past_calls=found.past_calls,
            past_runs=found.past_runs,
            budget=UsageBudget.of(found.budget),
            left_usd=found.left_usd,
            left_tokens=found.left_tokens,
            allowed=found.allowed.value,
        )
