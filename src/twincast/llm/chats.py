"""The plug of the ChatModel socket: what is kept is not asked for, what is asked is kept and counted as it comes."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Final

from twincast.domain.chats import KeptAnswer, Prompt, Said, Unsaid
from twincast.domain.costs import Terms, Weight
from twincast.domain.ids import WorkspaceId
from twincast.domain.usage import CACHED, UNLIMITED, Call, UsageSum
from twincast.llm.budgets import Errand, Purse, tokens_of
from twincast.llm.loops import Loop
from twincast.llm.retries import FallenBack
from twincast.llm.schemas import key_of
from twincast.ports.clock import Clock, Ids
from twincast.ports.stores import Store, UnitOfWork

Answer = Said | Unsaid
Asked = tuple[Answer, list[Call]]
AT_ONCE: Final = 500
"""Keys looked up in one statement."""
LOOK: Final = 0.25
"""Seconds between two looks at whether the answers are still wanted."""


class Chat:
    """Language models for every workspace of a store (`ports.chats.ChatModel`)."""

    def __init__(self, models: FallenBack, store: Store, clock: Clock, ids: Ids) -> None:
        """Take the models, and where calls and answers are kept."""
        self.name = models.name
        self._models = models
        self._store = store
        self._clock = clock
        self._ids = ids
        self._loop = Loop()
        self._lock = Lock()
        self._purses: dict[WorkspaceId, Purse] = {}

    def ask(
        self, workspace: WorkspaceId, prompts: Sequence[Prompt], wanted: Callable[[], bool] | None = None
    ) -> list[Answer]:
        keys = [key_of(self.name, prompt) for prompt in prompts]
        kept = self._kept(workspace, keys)
        asked = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in kept}
        answers = self._found(workspace, asked, wanted) if asked else {}
        answers |= {key: Said(text=it.text, model=it.model, calls=0, key=key) for key, it in kept.items()}
        given: list[Answer] = []
        again: list[Call] = []
        for key, prompt in zip(keys, prompts, strict=True):
            answer = answers[key]
            given.append(answer)
            if isinstance(answer, Said):
                if answer.calls == 0:
                    again.append(self._cached(prompt, answer))
                answers[key] = replace(answer, calls=0)  # a second prompt with the same words costs nothing
        if again:
            with self._store.writing(workspace) as unit:
                unit.usage.add(again)
                unit.commit()
        return given

    def apart(self) -> "list[Chat]":
        found = []
        for models in self._models.apart():
            alone = copy(self)  # the loop, the locks and the purses are shared
            alone.name, alone._models = models.name, models
            found.append(alone)
        return found

    def terms(self) -> Terms:
        return self._models.terms

    def weigh(self, workspace: WorkspaceId, prompts: Sequence[Prompt]) -> list[Weight]:
        keys = [key_of(self.name, prompt) for prompt in prompts]
        kept = set(self._kept(workspace, keys))
        weights = []
        for key, prompt in zip(keys, prompts, strict=True):
            weights.append(Weight(tokens=tokens_of(prompt), most=prompt.max_tokens, kept=key in kept))
            kept.add(key)
        return weights

    def close(self) -> None:
        self._loop.close(self._models.close)

    def _kept(self, workspace: WorkspaceId, keys: Sequence[str]) -> dict[str, KeptAnswer]:
        found: dict[str, KeptAnswer] = {}
        with self._store.reading(workspace) as unit:
            for start in range(0, len(keys), AT_ONCE):
                found |= unit.answers.get(keys[start : start + AT_ONCE])
        return found

    def _found(
        self, workspace: WorkspaceId, asked: Mapping[str, Prompt], wanted: Callable[[], bool] | None
    ) -> dict[str, Answer]:
        """Ask for what is not kept; each answer is stored before the next is looked at."""
        keys, prompts = list(asked), list(asked.values())
        purse = self._purse(workspace)
        self._know(workspace, purse)
        errand, looked = Errand(purse), time.monotonic()

        async def answered(prompt: Prompt) -> Asked:
            ledger: list[Call] = []
            return await self._models.answer(prompt, errand, ledger), ledger

        found: dict[str, Answer] = {}
        made: list[Call] = []
        works = [partial(answered, prompt) for prompt in prompts]
        try:
            with closing(self._loop.as_completed(works, None if wanted is None else LOOK)) as groups:
                for group in groups:
                    if wanted is not None and time.monotonic() - looked >= LOOK:
                        looked = time.monotonic()
                        if not wanted():
                            errand.call_off()
                    if not group:
                        continue
                    with self._store.writing(workspace) as unit:
                        for place, (answer, ledger) in group:
                            unit.usage.add(ledger)
                            if isinstance(answer, Said):
                                self._keep(unit, keys[place], prompts[place], answer)
                        unit.commit()
                    for place, (answer, ledger) in group:
                        key = keys[place]
                        found[key] = replace(answer, key=key) if isinstance(answer, Said) else answer
                        made.extend(ledger)
        finally:
            self._know(workspace, purse, made)
        return found

    def _keep(self, unit: UnitOfWork, key: str, prompt: Prompt, answer: Said) -> None:
        """Keep an answer, unless the person it is about was erased while it was being given."""
        if prompt.twin is not None and not unit.twins.known([prompt.twin]):
            return
        unit.answers.add(
            KeptAnswer(
                key=key,
                twin=prompt.twin,
                text=answer.text,
                model=answer.model,
                prompt=f"{prompt.name}/{prompt.version}",
                created_at=self._clock.now(),
                about=prompt.about,
            )
        )

    def _cached(self, prompt: Prompt, answer: Said) -> Call:
        return Call(
            id=self._ids.new("call_"),
            at=self._clock.now(),
            session=prompt.session,
            model=answer.model,
            prompt=f"{prompt.name}/{prompt.version}",
            status=CACHED,
            tokens_in=0,
            tokens_out=0,
            counted=True,
            usd=0.0,
            seconds=0.0,
        )

    def _know(self, workspace: WorkspaceId, purse: Purse, made: Sequence[Call] = ()) -> None:
        """Tell a purse what the store says, and which calls are in it that were not before."""
        with self._store.reading(workspace) as unit:
            budget = unit.usage.budget() or UNLIMITED
            limited = budget.usd is not None or budget.tokens is not None
            spent = unit.usage.total(budget.period.begins(self._clock.now())) if limited else UsageSum()
        purse.know(budget, spent, made)

    def _purse(self, workspace: WorkspaceId) -> Purse:
        with self._lock:
            return self._purses.setdefault(workspace, Purse())
