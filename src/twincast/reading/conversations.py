"""Prompts for language models: their texts from versioned files, filled with what was cleared of identity."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from twincast.domain.chats import Prompt
from twincast.reading.pseudonyms import Scrubber, scrubber

NOTHING_SENT: Final = "(nothing was sent)"
MOST_MESSAGE: Final = 4_000
"""Characters of a message that are shown."""
Concern = Annotated[str, Meta(min_length=1, max_length=80)]


class SpokenReply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model says for a customer."""

    reply: Annotated[str, Meta(min_length=1, max_length=400)]
    emotion: Literal["negative", "neutral", "positive"]
    concerns: Annotated[list[Concern], Meta(max_length=3)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """One version of a prompt, as its file has it."""

    name: str
    version: int
    max_tokens: int
    system: str
    user: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """Whom a prompt is about and what it is about.

    Attributes:
        record: the customer's record, as given.
        ids: what the customer is called here and in the company: taken out of all texts.
        message: what is sent; None: nothing.
        channel: on which it goes out; None where nothing is sent.
        decision: what the response model says the customer does, in words.
    """

    record: Mapping[str, Any]
    ids: tuple[str, ...]
    message: str | None
    channel: str | None
    decision: str


@cache
def template(name: str, version: int) -> Template:
    """Return one version of a prompt."""
    read = tomllib.loads((files("twincast.reading") / "prompts" / f"{name}-{version}.toml").read_text("utf-8"))
    return Template(**{**read, "system": read["system"].strip(), "user": read["user"].strip()})


def reply_prompt(spoken: Spoken) -> tuple[Prompt, Mapping[str, int]]:
    """Return the prompt for a customer's reply, and what was taken out of the texts in it."""
    used = template("reply", 1)
    cleared = scrubber(spoken.record, spoken.ids)
    user = used.user.format(
        record=fenced(cleared.record(spoken.record)) or "(nothing is known)",
        channel=spoken.channel or "none",
        message=_message(spoken.message, cleared),
        decision=fenced(cleared.text(spoken.decision)),
    )
    prompt = Prompt(
        name=used.name,
        version=used.version,
        system=used.system,
        user=user,
        shape=SpokenReply,
        max_tokens=used.max_tokens,
    )
    return prompt, dict(cleared.removed)


def fenced(text: str) -> str:
    """Return a text in which no fence can be opened or closed, and no control character hides anything."""
    plain = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return plain.replace("<<", "‹‹").replace(">>", "››")


def _message(message: str | None, cleared: Scrubber) -> str:
    return NOTHING_SENT if message is None else fenced(cleared.text(message[:MOST_MESSAGE]))
