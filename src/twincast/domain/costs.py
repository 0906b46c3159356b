"""What asking language models will cost, said before anything is asked: ranges, and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from twincast.domain.predictions import Estimate
from twincast.domain.usage import Budget


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelTerms:
    """One model's price.

    Attributes:
        usd_in, usd_out: US dollars for a token in and out; None: not known.
    """

    name: str
    usd_in: float | None
    usd_out: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How language models are asked.

    Attributes:
        models: in the order in which they are asked.
        at_once: requests under way at a time.
        requests_per_minute, tokens_per_minute: quotas; None: none.
        most_calls: requests for one answer.
    """

    models: tuple[ModelTerms, ...]
    at_once: int
    requests_per_minute: float | None
    tokens_per_minute: float | None
    most_calls: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Weight:
    """One prompt before it is asked.

    Attributes:
        tokens: in its texts, rather too many; most: that its answer may have.
        kept: whether its answer is there already, or will be once an earlier prompt was answered: it costs nothing.
    """

    tokens: int
    most: int
    kept: bool


class Allowed(StrEnum):
    """Whether the budget is enough."""

    UNLIMITED = "unlimited"
    ENOUGH = "enough"
    UNCERTAIN = "uncertain"
    SHORT = "short"


@dataclass(frozen=True, kw_only=True, slots=True)
class CostForecast:
    """What a run will cost.

    Attributes:
        model: which language models it asks; None: it asks none, and costs nothing.
        cells: customers with a message each; kept: answers that are there already.
        sampled: cells that were looked at, where there are too many to look at all.
        calls, tokens_in, tokens_out, usd, seconds: ranges; `usd` is None where a price is not known: `unpriced` says
            whose.
        past_calls, past_runs: of this workspace, which the ranges were learned from.
        budget: what may be spent; `left_usd`, `left_tokens` of it, None where there is no limit; `allowed` says whether
            that is enough.
    """

    model: str | None
    cells: int
    kept: int
    sampled: int | None
    calls: Estimate
    tokens_in: Estimate
    tokens_out: Estimate
    usd: Estimate | None
    seconds: Estimate
    unpriced: tuple[str, ...]
    past_calls: int
    past_runs: int
    budget: Budget
    left_usd: float | None
    left_tokens: int | None
    allowed: Allowed

    @property
    def ranges(self) -> Mapping[str, Estimate | None]:
        """Return the ranges by name."""
        return {
            "calls": self.calls,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "usd": self.usd,
            "seconds": self.seconds,
        }
