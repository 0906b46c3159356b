"""What customers say in a language model's words: words follow from numbers, and not the other way round."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import msgspec

from twincast.domain.chats import About, KeptAnswer, Prompt, Said, Unsaid
from twincast.domain.freefields import Value
from twincast.domain.ids import SessionId, WorkspaceId
from twincast.domain.signals import BUY, ENGAGE, LEAVE
from twincast.domain.trials import Answered, Drawn, TrialSettings, Words
from twincast.domain.twins import Twin, Warning
from twincast.ports.chats import ChatModel
from twincast.reading.conversations import Spoken, reply_prompt, round_prompt
from twincast.reading.injections import CODE, twin_injections
from twincast.reading.utterances import (
    CONCERNS,
    EMOTIONS,
    REPLY,
    WORDS,
    Summary,
    Utterance,
    Wanted,
    likeliest,
    utterance_of,
    views_of,
)
from twincast.response.replies import level_of
from twincast.usecases.context import Context
from twincast.usecases.pasts import NO_PAST, Past

NOBODY_SPEAKS: Final = Warning(
    code="no-language-model", field="words", message="No language model is configured: the plain sentences stand."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """An answer that waits for its words, a call for each of its turns and draws.

    Attributes:
        session: where the calls are counted; None: in none.
        past: what happened to the twin before.
        wanted: what is asked beside the reply.
        draws: how many conversations are held.
        as_of: the day after which nothing happened of what the twin's record tells, where the test is of such a day.
        simulated: whether something that was only simulated is remembered: no outcome is ever laid beside that.
    """

    twin: Twin
    session: SessionId | None
    answered: Answered
    past: Past = NO_PAST
    wanted: Wanted = REPLY
    draws: int = 1
    as_of: date | None = None
    simulated: bool = False

    @property
    def is_ordered(self) -> bool:
        """Tell whether record or message give orders to a machine: then its judgement is not asked for."""
        read = self.answered.intervention.reading
        return (read is not None and CODE in read.flags) or bool(twin_injections(self.twin))

    @property
    def record(self) -> dict[str, Any]:
        """Return the customer's record, as given."""
        return msgspec.json.decode(self.twin.record, type=dict[str, Any])

    @property
    def summary(self) -> Prompt | None:
        """Return what is asked for a summary of a long past; None where there is none to be made."""
        if self.past.until is None or not self.answered.intervention.is_contact:
            return None
        return self.past.summary(self.twin, self.record, self.session)


def wanted_of(settings: TrialSettings) -> Wanted:
    """Return what the settings of a test ask of a language model."""
    more = (LEAVE,) if "will_unsubscribe" in settings.fields.values() else ()
    return Wanted(thinking=settings.thinking, fields=settings.free, views=(ENGAGE, BUY, *more))


def in_words(ctx: Context, cells: Sequence[Cell]) -> list[Answered]:
    """Return answers with what a language model says for the customers: one call for each contact, turn and draw.

    Where it has no answer the sentences stay that were there, and the reason is told. Nothing is asked about a customer
    who is sent nothing, nor where there is no language model. Each turn sees what was said in those before it.
    """
    if ctx.chat is None:
        return [cell.answered for cell in cells]
    talks = [
        [_Talk(cell, draw, summary if draw == 0 else _kept(summary)) for draw in range(cell.draws)]
        if cell.answered.intervention.is_contact
        else []
        for cell, summary in zip(cells, _summaries(ctx.chat, ctx.workspace, cells), strict=True)
    ]
    going = [talk for group in talks for talk in group]
    while going:
        prompts = [talk.prompt()[0] for talk in going]
        for talk, prompt, said in zip(going, prompts, ctx.chat.ask(ctx.workspace, prompts), strict=True):
            talk.hear(prompt, said)
        going = [talk for talk in going if talk.goes_on]
    return [
        _with_words(cell.answered, group) if group else cell.answered for cell, group in zip(cells, talks, strict=True)
    ]


def about_of(cell: Cell) -> About | None:
    """Return what is asked about; None where the answer can not be laid beside what came of a message."""
    read, channel = cell.answered.intervention.reading, cell.answered.channel
    if read is None or channel is None or cell.simulated:
        return None
    return About(message=message_key(read.digest, channel), told=told_of(cell.answered), as_of=cell.as_of)


def message_key(digest: str, channel: str) -> str:
    """Return what a text on a channel is known by."""
    return f"{channel}:{digest}"


def told_of(answered: Answered) -> int:
    """Return how likely the purchase is that a model is told of as decided, 0 to 4."""
    found = (it.probability for it in answered.explanations if it.field == "will_purchase")
    return level_of(next(found, 0.0))


def prompt_of(cell: Cell) -> tuple[Prompt, Mapping[str, int]]:
    """Return what is asked first for a cell, and what was taken out of the texts before, kind -> how often."""
    return _Talk(cell, 0, None).prompt()


def _summaries(chat: ChatModel, workspace: WorkspaceId, cells: Sequence[Cell]) -> Iterator[Said | Unsaid | None]:
    """Yield for each cell what a model makes of a long past; what it does not answer leaves the bare counts."""
    prompts = [cell.summary for cell in cells]
    due = [prompt for prompt in prompts if prompt is not None]
    said = iter(chat.ask(workspace, due) if due else [])
    return (None if prompt is None else next(said) for prompt in prompts)


def _kept(summary: Said | Unsaid | None) -> Said | Unsaid | None:
    """Return a summary that was counted already."""
    return None if summary is None else replace(summary, calls=0)


def heard(kept: KeptAnswer, calls: int) -> Words:
    """Return the words of a kept reply, whichever version of the prompt it answered; `calls` is what it took."""
    found = msgspec.json.decode(kept.text, type=dict[str, Any])
    shares: dict[str, float] = {name: float(found[name]) for name in EMOTIONS if name in found}
    whole = sum(shares.values())
    return Words(
        prompt=kept.prompt,
        calls=calls,
        model=kept.model,
        reply=str(found[WORDS]).strip(),
        emotion=likeliest(shares) if shares else None,
        emotions={name: share / whole for name, share in shares.items()},
        concerns=tuple(found.get(CONCERNS, ())),
        views=views_of(found),
        told=0 if kept.about is None else kept.about.told,
    )


class _Talk:
    """One conversation with one customer about one message, as far as it has come."""

    def __init__(self, cell: Cell, draw: int, summary: Said | Unsaid | None) -> None:
        self.said: list[Utterance] = []
        self.asked = ""
        self.calls = 0 if summary is None else summary.calls
        self.model: str | None = None
        self.failure: Unsaid | None = None
        self._cell = cell
        self._draw = draw
        told = msgspec.json.decode(summary.text, type=Summary).summary if isinstance(summary, Said) else None
        self._remembered = cell.past.lines(cell.answered, told)

    @property
    def rounds(self) -> int:
        """Return how many turns it has."""
        return max(len(self._cell.answered.turns), 1)

    @property
    def goes_on(self) -> bool:
        """Tell whether there is another turn to ask for."""
        return self.failure is None and len(self.said) < self.rounds

    @property
    def reply(self) -> Utterance | None:
        """Return the last turn, once it was said."""
        return self.said[-1] if len(self.said) == self.rounds else None

    @property
    def _wanted(self) -> Wanted:
        """Return what the next turn is asked for: judgement and free fields come with the reply."""
        wanted = replace(self._cell.wanted, draw=self._draw)
        if self._cell.is_ordered:
            wanted = replace(wanted, views=())
        return wanted if len(self.said) == self.rounds - 1 else replace(wanted, judged=False, fields=())

    def prompt(self) -> tuple[Prompt, Mapping[str, int]]:
        """Return what is asked next."""
        twin, answered, wanted = self._cell.twin, self._cell.answered, self._wanted
        spoken = Spoken(
            record=self._cell.record,
            ids=(twin.id, twin.customer_id),
            message=answered.intervention.intervention.content,
            channel=answered.channel,
            decision=answered.predicted_response if wanted.judged else answered.turns[len(self.said)],
            remembered=self._remembered,
            said=tuple(it.reply for it in self.said),
        )
        prompt, removed = reply_prompt(spoken, wanted) if wanted.judged else round_prompt(spoken, wanted)
        about = about_of(self._cell) if wanted.judged and wanted.views else None
        return replace(prompt, twin=twin.id, session=self._cell.session, about=about), removed

    def hear(self, prompt: Prompt, said: Said | Unsaid) -> None:
        """Take what was said to the last prompt, or why nothing was."""
        self.calls += said.calls
        self.asked = f"{prompt.name}/{prompt.version}"
        if isinstance(said, Unsaid):
            self.failure = said
            return
        self.model = said.model
        self.said.append(utterance_of(said.text, self._wanted))


def _with_words(answered: Answered, talks: Sequence[_Talk]) -> Answered:
    """Return an answer with what was said: in the words of the first conversation that came to its end."""
    whole = [talk for talk in talks if talk.reply is not None]
    told = whole[0] if whole else talks[0]
    replies = [talk.reply for talk in whole if talk.reply is not None]
    words = Words(
        prompt=told.asked,
        calls=sum(talk.calls for talk in talks),
        model=told.model if whole else None,
        reply=replies[0].reply if replies else None,
        thinking=tuple(it.thinking for it in told.said if it.thinking is not None),
        views=replies[0].views if replies else (),
        told=told_of(answered),
        problem=None if whole else _failure(told).code,
        detail=_missing(talks, len(whole)),
        **(_judged(replies) if replies else {}),
    )
    turns = (*(it.reply for it in told.said), *answered.turns[len(told.said) :])
    return replace(answered, words=words, turns=turns, predicted_response=turns[-1])


def _judged(replies: Sequence[Utterance]) -> dict[str, Any]:
    """Return what replies add up to: mean shares of emotions, and each free field over the draws."""
    emotions = {name: sum(it.emotions[name] for it in replies) / len(replies) for name in EMOTIONS}
    return {
        "emotion": likeliest(emotions),
        "emotions": emotions,
        "concerns": replies[0].concerns,
        "fields": {name: _together([it.fields[name] for it in replies]) for name in replies[0].fields},
        "draws": tuple(_drawn(it) for it in replies) if len(replies) > 1 else (),
    }


def _together(values: Sequence[Value]) -> Value:
    """Return several answers as one: the mean of numbers, else what was said most often, the earliest among equals."""
    if all(isinstance(value, float) for value in values):
        return sum(float(value) for value in values) / len(values)
    return Counter(values).most_common(1)[0][0]


def _drawn(it: Utterance) -> Drawn:
    return Drawn(reply=it.reply, emotion=likeliest(it.emotions), concerns=it.concerns, fields=it.fields)


def _failure(talk: _Talk) -> Unsaid:
    assert talk.failure is not None, "a conversation that has not come to its end has failed"
    return talk.failure


def _missing(talks: Sequence[_Talk], whole: int) -> str | None:
    """Say why there is no answer, or fewer than were asked for; None where nothing is missing."""
    failed = [talk for talk in talks if talk.reply is None]
    if not failed:
        return None
    first = failed[0]
    where = f"Turn {len(first.said) + 1} of {first.rounds}: " if first.rounds > 1 else ""
    draws = f"{whole} of {len(talks)} draws were answered. " if len(talks) > 1 else ""
    return f"{draws}{where}{_failure(first).detail}"
