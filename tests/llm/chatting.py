"""A chat over scripted models, on a shop's store."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.llm_stub import ANSWER
from twincast.domain.chats import Prompt
from twincast.llm.budgets import Budgeted
from twincast.llm.chats import Chat
from twincast.llm.doubles import Part, Scripted
from twincast.llm.prices import FREE, Priced, StatedPrice
from twincast.llm.providers import Correction, Failed, Given, Provider
from twincast.llm.retries import FallenBack, Quota, Retrying
from twincast.llm.schemas import schema_of
from twincast.usecases.context import Context

DEAR = StatedPrice(per_million_in=1_000.0, per_million_out=10_000.0)
"""A price at which a call costs about a dollar and a half."""


def speaking(text: str = json.dumps(ANSWER), tokens: tuple[int, int] | None = (500, 60)) -> Part:
    """A part that always says the same."""
    counted = tokens or (None, None)
    return lambda _prompt, _correction: Given(text=text, tokens_in=counted[0], tokens_out=counted[1])


def playing(heard: list[Prompt], steps: tuple[int, ...] = (7,)) -> Part:
    """A part that answers whatever is asked, each draw otherwise, and says how often it was asked."""

    def part(prompt: Prompt, correction: Correction | None) -> Given | Failed:
        heard.append(prompt)
        known = {"thinking": f"Hm {len(heard)}.", **ANSWER, "reply": f"Said {len(heard)}.",
                 "field_1": steps[prompt.draw % len(steps)], "field_2": "calm"}  # fmt: skip
        return speaking(json.dumps({name: known[name] for name in schema_of(prompt.shape)["properties"]}))(
            prompt, correction
        )

    return part


class Heard:
    """Plays a part and keeps what it heard."""

    def __init__(self, part: Part | None = None) -> None:
        self.prompts: list[Prompt] = []
        self._part = part or speaking()

    def __call__(self, prompt: Prompt, correction: Correction | None) -> Given | Failed:
        self.prompts.append(prompt)
        return self._part(prompt, correction)


def chat_of(ctx: Context, *providers: Provider, price: Priced = FREE, **quota: Any) -> Chat:
    """A chat of these models, tried again without pauses."""
    models = tuple(
        Retrying(Budgeted(it, price, ctx.clock, ctx.ids, lambda: 0.0), Quota(**quota), lambda: 0.0, first_pause=0.0)
        for it in providers
    )
    return Chat(FallenBack(models), ctx.store, ctx.clock, ctx.ids)


def talking(ctx: Context, part: Callable[..., Given | Failed] | None = None, **more: Any) -> Context:
    """The same context, with a scripted language model."""
    return replace(ctx, chat=chat_of(ctx, Scripted(part or speaking()), **more))
