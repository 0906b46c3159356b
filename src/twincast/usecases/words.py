"""What customers say in a language model's words. Every number stays the response model's: words follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from twincast.domain.chats import Prompt, Said, Unsaid
from twincast.domain.ids import SessionId
from twincast.domain.trials import Answered, Words
from twincast.domain.twins import Twin
from twincast.reading.conversations import Spoken, SpokenReply, reply_prompt
from twincast.usecases.context import Context


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """An answer that waits for its words.

    Attributes:
        session: where the calls are counted.
    """

    twin: Twin
    session: SessionId
    answered: Answered


def in_words(ctx: Context, cells: Sequence[Cell]) -> list[Answered]:
    """Return answers with what a language model says for the customers: one call for each contact at most.

    Where it has no answer the sentences stay that were there, and the reason is told. Nothing is asked about a customer
    who is sent nothing, nor where there is no language model.
    """
    if ctx.chat is None:
        return [cell.answered for cell in cells]
    spoken = [cell for cell in cells if cell.answered.intervention.is_contact]
    prompts = [prompt_of(cell)[0] for cell in spoken]
    said = iter(zip(prompts, ctx.chat.ask(ctx.workspace, prompts), strict=True))
    return [
        _with_words(cell.answered, *next(said)) if cell.answered.intervention.is_contact else cell.answered
        for cell in cells
    ]


def prompt_of(cell: Cell) -> tuple[Prompt, Mapping[str, int]]:
    """Return what is asked for a cell, and what was taken out of the texts before, kind -> how often."""
    twin, answered = cell.twin, cell.answered
    spoken = Spoken(
        record=msgspec.json.decode(twin.record, type=dict[str, Any]),
        ids=(twin.id, twin.customer_id),
        message=answered.intervention.intervention.content,
        channel=answered.channel,
        decision=answered.predicted_response,
    )
    prompt, removed = reply_prompt(spoken)
    return replace(prompt, twin=twin.id, session=cell.session), removed


def _with_words(answered: Answered, prompt: Prompt, said: Said | Unsaid) -> Answered:
    asked = f"{prompt.name}/{prompt.version}"
    if isinstance(said, Unsaid):
        words = Words(prompt=asked, calls=said.calls, problem=said.code, detail=said.detail)
        return replace(answered, words=words)
    found = msgspec.json.decode(said.text, type=SpokenReply)
    words = Words(
        prompt=asked,
        calls=said.calls,
        model=said.model,
        reply=found.reply.strip(),
        emotion=found.emotion,
        concerns=tuple(found.concerns),
    )
    turns = (*answered.turns[:-1], found.reply.strip())
    return replace(answered, words=words, turns=turns, predicted_response=found.reply.strip())
