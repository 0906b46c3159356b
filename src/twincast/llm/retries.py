"""The wrapper that tries again: after what passes, as the provider asks, and once with a correction; never for long."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.chats import Prompt, Said, Unsaid
from twincast.domain.costs import ModelTerms, Terms
from twincast.domain.usage import Call
from twincast.llm.budgets import CANCELLED, Budgeted, Errand, tokens_of
from twincast.llm.pacing import Breaker, Bucket
from twincast.llm.providers import Correction, Failed, Given
from twincast.llm.schemas import problem_of

MALFORMED: Final = "malformed"
MOST_CALLS: Final = 4
"""Requests for one answer, its correction among them."""
NO_FAULT: Final = frozenset({"budget", "quota", CANCELLED})
"""Failures that say nothing of whether the provider works."""
FIRST_PAUSE: Final = 0.5
"""Seconds before the second request; each further pause is twice as long."""
PATIENCE: Final = 12.0
"""Seconds of requests and pauses after which nothing more is tried for one answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota:
    """How a provider may be asked; None: as fast as it answers.

    Attributes:
        at_once: requests under way at a time.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    at_once: int = 64


class Retrying:
    """One model, asked with patience: paced by its quota, corrected once, left alone when it fails all the time."""

    def __init__(
        self, asked: Budgeted, quota: Quota, ticks: Callable[[], float], first_pause: float = FIRST_PAUSE
    ) -> None:
        """Take a model that is paid for; `ticks` are seconds that only go forward."""
        self.name = asked.provider.name
        self.quota = quota
        self._asked = asked
        self._requests = Bucket(quota.requests_per_minute, ticks)
        self._tokens = Bucket(quota.tokens_per_minute, ticks)
        self._places = asyncio.Semaphore(quota.at_once)
        self._breaker = Breaker(ticks)
        self._first_pause = first_pause

    @property
    def terms(self) -> ModelTerms:
        """Return what it costs."""
        return self._asked.terms

    async def answer(self, prompt: Prompt, errand: Errand, ledger: list[Call]) -> Said | Unsaid:
        """Return a whole answer, or why there is none; every request is in the ledger then."""
        correction: Correction | None = None
        waited, pause, first = 0.0, self._first_pause, len(ledger)
        for calls in range(1, MOST_CALLS + 1):
            before = len(ledger)
            try:
                given = await self._once(prompt, correction, errand, ledger)
            except Failed as failure:
                made = calls - 1 + len(ledger) - before
                wait = pause if failure.after is None else failure.after
                spent = waited + sum(call.seconds for call in ledger[first:])
                if not failure.again or calls == MOST_CALLS or spent + wait > PATIENCE:
                    return Unsaid(code=failure.code, detail=failure.detail, calls=made)
                waited, pause = waited + wait, pause * 2.0
                await asyncio.sleep(wait)
                continue
            problem = _wrong(given, prompt)
            if problem is None:
                return Said(text=given.text, model=self.name, calls=calls)
            ledger[-1] = replace(ledger[-1], status=MALFORMED)
            if correction is not None or calls == MOST_CALLS:
                return Unsaid(code=MALFORMED, detail=f"The answer did not fit its shape: {problem}", calls=calls)
            correction = Correction(text=given.text, problem=problem)
        raise AssertionError("the last call returns")

    async def close(self) -> None:
        """Let go of connections."""
        await self._asked.provider.close()

    async def _once(self, prompt: Prompt, correction: Correction | None, errand: Errand, ledger: list[Call]) -> Given:
        """Make one request when its turn has come. Raises Failed."""
        async with self._places:
            errand.check()  # whoever is called off need not wait for the quota
            self._breaker.check()
            await self._requests.take(1)
            await self._tokens.take(tokens_of(prompt, correction) + prompt.max_tokens)
            try:
                given = await self._asked.call(prompt, correction, errand, ledger)
            except Failed as failure:
                if failure.code not in NO_FAULT:
                    self._breaker.failed(failure)
                raise
            self._breaker.succeeded()
            return given


def _wrong(given: Given, prompt: Prompt) -> str | None:
    problem = problem_of(given.text, prompt.shape)
    if problem is not None and not given.whole:
        return f"It was cut off after {prompt.max_tokens} tokens: say it in fewer words. {problem}"
    return problem


class FallenBack:
    """Several models in order: the next one is asked where the one before gave nothing, for whatever reason."""

    def __init__(self, models: tuple[Retrying, ...]) -> None:
        """Take at least one model."""
        self._models = models
        self.name = " > ".join(model.name for model in models)

    @property
    def terms(self) -> Terms:
        """Return how they are asked: as the first one is, with the prices of all."""
        quota = self._models[0].quota
        return Terms(
            models=tuple(model.terms for model in self._models),
            at_once=quota.at_once,
            requests_per_minute=quota.requests_per_minute,
            tokens_per_minute=quota.tokens_per_minute,
            most_calls=MOST_CALLS * len(self._models),
        )

    async def answer(self, prompt: Prompt, errand: Errand, ledger: list[Call]) -> Said | Unsaid:
        """Return the first whole answer, or why the last model had none."""
        calls = 0
        for model in self._models[:-1]:
            answer = await model.answer(prompt, errand, ledger)
            calls += answer.calls
            if isinstance(answer, Said):
                return _counted(answer, calls)
        answer = await self._models[-1].answer(prompt, errand, ledger)
        return _counted(answer, calls + answer.calls)

    def apart(self) -> "list[FallenBack]":
        """Return each model by itself."""
        return [FallenBack((model,)) for model in self._models]

    async def close(self) -> None:
        """Let go of connections."""
        for model in self._models:
            await model.close()


def _counted(answer: Said | Unsaid, calls: int) -> Said | Unsaid:
    if isinstance(answer, Said):
        return Said(text=answer.text, model=answer.model, calls=calls)
    return Unsaid(code=answer.code, detail=answer.detail, calls=calls)
