"""What a test, a comparison or a batch will cost, before it is run.

The run itself is made, up to the moment at which it would be stored, with a language model that only listens: what is
weighed is exactly what would be asked, and what is not valid is refused as it would be.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from twincast.domain.chats import Prompt, Said, Unsaid
from twincast.domain.costs import Allowed, CostForecast, Terms, Weight
from twincast.domain.ids import WorkspaceId
from twincast.domain.usage import UNLIMITED
from twincast.ports.chats import ChatModel
from twincast.ports.stores import UnitOfWork
from twincast.usecases import batches, comparisons, trials
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.comparisons import ComparisonRequest
from twincast.usecases.context import Context
from twincast.usecases.costs import Load, Ranges, ranges
from twincast.usecases.trials import TrialRequest

Request = TrialRequest | ComparisonRequest | BatchRequest

LOOKED_AT: Final = 400
"""Customers of a batch that are looked at."""
EVERYTHING: Final = 10**9
PAST: Final = 2_000
"""Newest requests that are learned from."""


class _Unstored(Exception):
    """The run has come to where it would be stored."""


class _Listening:
    """A language model that hears what it is asked and says nothing (`ports.chats.ChatModel`)."""

    def __init__(self, chat: ChatModel) -> None:
        self.name = chat.name
        self.heard: list[Prompt] = []
        self._chat = chat

    def ask(
        self, _workspace: WorkspaceId, prompts: Sequence[Prompt], wanted: Callable[[], bool] | None = None
    ) -> list[Said | Unsaid]:
        del wanted
        self.heard.extend(prompts)
        return [Unsaid(code="unasked", detail="It was only weighed.", calls=0) for _ in prompts]

    def apart(self) -> "Sequence[ChatModel]":
        return [self]

    def terms(self) -> Terms:
        return self._chat.terms()

    def weigh(self, workspace: WorkspaceId, prompts: Sequence[Prompt]) -> list[Weight]:
        return self._chat.weigh(workspace, prompts)

    def close(self) -> None:
        """Let go of nothing."""


def estimate(ctx: Context, request: Request) -> CostForecast:
    """Return what a run would cost; nothing is asked and nothing is stored.

    Raises:
        TwincastError: as the run would.
    """
    listening = None if ctx.chat is None else _Listening(ctx.chat)
    cells, share = _heard(replace(ctx, chat=listening, keep=_stop), request)
    heard = () if listening is None else listening.heard
    weights = () if listening is None else listening.weigh(ctx.workspace, heard)
    terms = None if listening is None else listening.terms()
    names = () if terms is None else tuple(it.name for it in terms.models)
    prompts = tuple({f"{it.name}/{it.version}" for it in heard})
    turns = request.rounds if isinstance(request, TrialRequest) else 1
    with ctx.store.reading(ctx.workspace) as unit:
        past = unit.usage.made(prompts, names, PAST) if prompts else []
        budget = unit.usage.budget() or UNLIMITED
        spent = unit.usage.total(budget.period.begins(ctx.clock.now()))
    found = ranges(Load(weights=weights, share=share, turns=turns, cells=cells), terms or NOBODY, past)
    left_usd = None if budget.usd is None else max(budget.usd - spent.usd, 0.0)
    left_tokens = None if budget.tokens is None else max(budget.tokens - spent.tokens, 0)
    return CostForecast(
        model=None if listening is None else listening.name,
        cells=cells,
        kept=round(share * sum(it.kept for it in weights)),
        sampled=None if share == 1.0 else len(heard),
        calls=found.calls,
        tokens_in=found.tokens_in,
        tokens_out=found.tokens_out,
        usd=found.usd,
        seconds=found.seconds,
        unpriced=() if terms is None else tuple(it.name for it in terms.models if it.usd_in is None),
        past_calls=found.calls_seen,
        past_runs=found.runs_seen,
        budget=budget,
        left_usd=left_usd,
        left_tokens=left_tokens,
        allowed=_allowed(found, left_usd, left_tokens),
    )


NOBODY: Final = Terms(models=(), at_once=1, requests_per_minute=None, tokens_per_minute=None, most_calls=1)


def _heard(ctx: Context, request: Request) -> tuple[int, float]:
    """Let a run come to where it would be stored; return its cells, and how many there are for each looked at."""
    share, cells = 1.0, 1
    try:
        if isinstance(request, TrialRequest):
            trials.run(ctx, request)
        elif isinstance(request, ComparisonRequest):
            cells = len(request.variants) + request.include_no_contact
            comparisons.run(ctx, request)
        else:
            looked_at, everybody, width = batches.sampled(ctx, request, LOOKED_AT)
            share, cells = everybody / max(len(looked_at.twins or ()), 1), everybody * width
            batches.run(ctx, looked_at, inline=EVERYTHING, spoken=EVERYTHING)
    except _Unstored:
        return cells, share
    raise AssertionError("every run calls `ctx.keep` before it commits")


def _stop(_unit: UnitOfWork, _stored: object) -> None:
    raise _Unstored


def _allowed(found: Ranges, left_usd: float | None, left_tokens: int | None) -> Allowed:
    """Return whether what is left is enough: for sure, or surely not."""
    if left_usd is None and left_tokens is None:
        return Allowed.UNLIMITED
    if found.calls.high == 0.0:
        return Allowed.ENOUGH
    if left_usd is not None and found.usd is None:
        return Allowed.SHORT  # with a budget of money a model of unknown price is not asked at all
    tokens = (found.tokens_in.low + found.tokens_out.low, found.tokens_in.high + found.tokens_out.high)
    pairs = [(tokens, left_tokens), ((found.usd.low, found.usd.high) if found.usd else (0.0, 0.0), left_usd)]
    limited = [(low, high, left) for (low, high), left in pairs if left is not None]
    if any(low > left for low, _, left in limited):
        return Allowed.SHORT
    return Allowed.ENOUGH if all(high <= left for _, high, left in limited) else Allowed.UNCERTAIN
