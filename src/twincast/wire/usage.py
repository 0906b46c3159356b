"""What language models cost, and the budget, as callers read and write it."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from twincast.domain.usage import Budget, Call, Period, Usage, UsageSum
from twincast.wire.shapes import Answer, Listed, Number, Request, Whole


class UsageNumbers(Answer):
    """What some calls add up to."""

    requests: int = Field(description="Requests to a model that were really made, failed ones too.")
    cached: int = Field(description="Answers that were kept from before: no request, no cost.")
    failed: int = Field(description="Requests without an answer that could be used.")
    tokens_in: int
    tokens_out: int
    usd: float = Field(description="US dollars of the requests whose price is known.")
    unpriced: int = Field(description="Requests whose price is not known: `usd` leaves them out.")
    uncounted: int = Field(description="Requests whose tokens the provider did not count: estimated from the length.")
    seconds: float = Field(description="All their waiting added up.")

    @classmethod
    def of(cls, usage: UsageSum) -> "UsageNumbers":
        """Render a sum."""
        return cls(
            requests=usage.requests,
            cached=usage.cached,
            failed=usage.failed,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            usd=usage.usd,
            unpriced=usage.unpriced,
            uncounted=usage.uncounted,
            seconds=usage.seconds,
        )


class ModelUsage(Answer):
    """What one model was used for."""

    model: str
    usage: UsageNumbers


class UsageOfSession(Answer):
    """What one session used."""

    session_id: str | None = Field(description="null: calls outside any session, such as a check.")
    last_call_at: datetime
    usage: UsageNumbers


class UsageBudget(Answer):
    """How much may be spent on language models; null is no limit."""

    usd: float | None
    tokens: int | None
    period: str = Field(description="`day` or `month` of the calendar in UTC, or `ever`.")

    @classmethod
    def of(cls, budget: Budget) -> "UsageBudget":
        """Render a budget."""
        return cls(usd=budget.usd, tokens=budget.tokens, period=budget.period.value)


class UsageBudgetIn(Request):
    """A budget in place of the one there is; what is left out has no limit."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"usd": 20.0, "period": "month"}]}
    )

    usd: Number | None = Field(None, description="US dollars; 0 stops every call that costs anything.")
    tokens: Whole | None = Field(None, description="Tokens, in and out; 0 stops every call.")
    period: Literal["day", "month", "ever"] = "month"

    def to_domain(self) -> Budget:
        """Return the budget."""
        return Budget(usd=self.usd, tokens=self.tokens, period=Period(self.period))


class UsageReport(Answer):
    """What a workspace used: `total` is the sum over `models`, and over `sessions` and `other_sessions`."""

    since: datetime | None
    total: UsageNumbers
    models: list[ModelUsage]
    sessions: list[UsageOfSession] = Field(description="The sessions that called last, newest first, up to 100.")
    other_sessions: UsageNumbers
    budget: UsageBudget
    spent: UsageNumbers = Field(description="What counts against the budget: of its current period.")

    @classmethod
    def of(cls, usage: Usage) -> "UsageReport":
        """Render what was used."""
        return cls(
            since=usage.since,
            total=UsageNumbers.of(usage.total),
            models=[ModelUsage(model=model, usage=UsageNumbers.of(used)) for model, used in usage.models],
            sessions=[
                UsageOfSession(session_id=it.session, last_call_at=it.last, usage=UsageNumbers.of(it.usage))
                for it in usage.sessions
            ],
            other_sessions=UsageNumbers.of(usage.other_sessions),
            budget=UsageBudget.of(usage.budget),
            spent=UsageNumbers.of(usage.spent),
        )


class ModelCall(Answer):
    """One entry of the ledger."""

    id: str
    at: datetime
    session_id: str | None
    model: str
    prompt: str = Field(description="Name and version.")
    status: str = Field(description="`answered`, `cached`, or what went wrong.")
    tokens_in: int
    tokens_out: int
    tokens_counted: bool = Field(description="false: the provider did not count them; estimated from the length.")
    usd: float | None = Field(description="null: the price is not known.")
    seconds: float

    @classmethod
    def of(cls, call: Call) -> "ModelCall":
        """Render an entry."""
        return cls(
            id=call.id,
            at=call.at,
            session_id=call.session,
            model=call.model,
            prompt=call.prompt,
            status=call.status,
            tokens_in=call.tokens_in,
            tokens_out=call.tokens_out,
            tokens_counted=call.counted,
            usd=call.usd,
            seconds=call.seconds,
        )


class ModelCalls(Listed[ModelCall]):
    """A page of the ledger, newest first."""
