"""What a language model is asked to give in one call, as a shape that its answer must fit, and the answer in values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from twincast.domain.freefields import FreeField, Scale, Value
from twincast.domain.signals import BUY, ENGAGE, QUESTIONS, Heard, View
from twincast.reading.ratings import RATING, shares_of

EMOTIONS: Final = ("negative", "neutral", "positive")
VIEWS, THINKING, WORDS, EMOTION, CONCERNS, FIELD = "views", "thinking", "reply", "emotion", "concerns", "fields"
OF_100: Final = "_of_100"

Thought = Annotated[str, Meta(min_length=1, max_length=400)]
Reply = Annotated[str, Meta(min_length=1, max_length=400)]
Percent = Annotated[int, Meta(ge=1, le=100)]
"""From 1 on, so that some feeling is always said."""
Concerns = Annotated[list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=3)]
Text = Annotated[str, Meta(min_length=1, max_length=120)]
Likelihood = Annotated[str, Meta(min_length=1, max_length=80)]
Of100 = Annotated[int, Meta(ge=0, le=100)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked in one call. All of it is flat and named by us: nothing of a caller's stands in the schema.

    Attributes:
        thinking: whether the customer thinks aloud first.
        judged: whether emotion and concerns are asked: of a reply, not of the rounds before it.
        views: questions (`domain.signals.QUESTIONS`) that the model is to judge for itself, before all else.
        fields: free fields.
        draw: which of several answers to the same words it is.
    """

    thinking: bool = False
    judged: bool = True
    views: tuple[str, ...] = (ENGAGE, BUY)
    fields: tuple[FreeField, ...] = ()
    draw: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """Return what is asked, in the order in which it is answered."""
        judged = (EMOTION, CONCERNS) if self.judged else ()
        first = (*((VIEWS,) if self.asked else ()), *((THINKING,) if self.thinking else ()))
        return (*first, WORDS, *judged, *((FIELD,) if self.fields else ()))

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the questions that are judged in this call."""
        return self.views if self.judged else ()

    @property
    def named(self) -> Iterator[tuple[str, FreeField]]:
        """Yield the free fields under the names that a model knows them by."""
        return ((f"field_{place}", it) for place, it in enumerate(self.fields, 1))


REPLY: Final = Wanted()
"""A reply and how the message feels; what is asked unless more is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """What a model said for a customer in one call.

    Attributes:
        emotions: share of each of `EMOTIONS`, adding up to 1; empty where it was not asked.
        fields: free field by its own name -> what it holds.
        views: what the model itself judges, question by question.
    """

    reply: str
    thinking: str | None
    emotions: Mapping[str, float]
    concerns: tuple[str, ...]
    fields: Mapping[str, Value]
    views: tuple[View, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A long history in a few sentences."""

    summary: Reply


def likeliest(emotions: Mapping[str, float]) -> str:
    """Return the emotion with the largest share; among equals neutral, which claims least."""
    return max(emotions, key=lambda name: (emotions[name], name == "neutral"))


def shape_of(wanted: Wanted) -> type:
    """Return the shape of an answer; the same type for the same question, whichever draw it is."""
    return _shape(replace(wanted, draw=0))


@lru_cache(maxsize=256)
def _shape(wanted: Wanted) -> type:
    parts: list[tuple[str, Any]] = []
    for question in wanted.asked:
        parts += [(question, Likelihood), (question + OF_100, Of100)]
    if wanted.thinking:
        parts.append((THINKING, Thought))
    parts.append((WORDS, Reply))
    if wanted.judged:
        parts += [*((name, Percent) for name in EMOTIONS), (CONCERNS, Concerns)]
    parts += [(name, _type_of(it)) for name, it in wanted.named]
    return msgspec.defstruct("Utterance", parts, frozen=True, kw_only=True, forbid_unknown_fields=True)


def _type_of(it: FreeField) -> Any:
    """Return what an answer to a free field may be: whole numbers and words that a grammar can hold a model to."""
    if it.scale is Scale.NUMBER:
        first, last = it.steps
        return Annotated[int, Meta(ge=first, le=last)]
    if it.scale is Scale.CHOICE:
        return Literal[it.options]
    return bool if it.scale is Scale.YES_NO else Text


def utterance_of(text: str, wanted: Wanted) -> Utterance:
    """Return what was said, of an answer that fits the shape of what was wanted."""
    found = msgspec.json.decode(text, type=dict[str, Any])
    whole = float(sum(found[name] for name in EMOTIONS)) if wanted.judged else 1.0
    return Utterance(
        reply=found[WORDS].strip(),
        thinking=found[THINKING].strip() if wanted.thinking else None,
        emotions={name: found[name] / whole for name in EMOTIONS} if wanted.judged else MappingProxyType({}),
        concerns=tuple(found[CONCERNS]) if wanted.judged else (),
        fields={it.name: _value(it, found[name]) for name, it in wanted.named},
        views=views_of(found),
    )


def views_of(found: Mapping[str, Any]) -> tuple[View, ...]:
    """Return what a model judged for itself, of any answer; questions that were not asked are left out."""
    return tuple(
        View(
            question=question,
            words=found[question].strip(),
            of_100=found[question + OF_100],
            shares=shares_of(question, found[question]),
        )
        for question in QUESTIONS
        if isinstance(found.get(question), str) and isinstance(found.get(question + OF_100), int)
    )


def heard_in(views: Iterable[View], model: str, prompt: str, told: int) -> Heard | None:
    """Return what a model's own judgement comes to as signals; None where it gave none.

    Args:
        views: its judgement; told: how likely the purchase was that it was told of, 0 to 4.
        model, prompt: who gave it, and to which question.
    """
    values: dict[str, float] = {}
    for view in views:
        values |= {} if view.rating is None else {f"{view.question}.words": view.rating}
        values[f"{view.question}.number"] = float(view.of_100)
    return Heard(source=f"{model} {prompt} {RATING}", told=told, values=values) if values else None


def _value(it: FreeField, said: Any) -> Value:
    if it.scale is Scale.NUMBER:
        return it.value_at(said)
    return said if isinstance(said, bool) else str(said)
