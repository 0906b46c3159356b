"""Prompts for language models: their texts from versioned files, filled with what was cleared of identity."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from twincast.domain.chats import Prompt
from twincast.domain.freefields import FreeField
from twincast.reading.pseudonyms import Scrubber, scrubber
from twincast.reading.utterances import FIELD, REPLY, Summary, Wanted, shape_of

NOTHING_SENT: Final = "(nothing was sent)"
MOST_MESSAGE: Final = 4_000
"""Characters of a message that are shown."""
MOST_SAID: Final = 1_200
"""Characters of what was said in earlier rounds that are shown: the latest, the last round always."""
MOST_HINT: Final = 300
"""Characters of a hint that are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """One version of a prompt, as its file has it.

    Attributes:
        max_tokens: of an answer without thoughts and free fields; `thinking_tokens`, `field_tokens`: what these add.
        asked: what is asked of an answer, part by part.
        parts: of the text about one customer: those that are not always there.
        views: what the model is to judge for itself, by question; `view_tokens`: what one adds.
    """

    name: str
    version: int
    max_tokens: int
    system: str
    user: str
    thinking_tokens: int = 0
    field_tokens: int = 0
    asked: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    view_tokens: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """Whom a prompt is about and what it is about.

    Attributes:
        record: the customer's record, as given.
        ids: what the customer is called here and in the company: taken out of all texts.
        message: what is sent; None: nothing.
        channel: on which it goes out; None where nothing is sent.
        decision: what the response model says the customer does, or thinks of in this round, in words.
        remembered: lines of what happened before, oldest first.
        said: what the customer said to the message in the rounds before.
    """

    record: Mapping[str, Any]
    ids: tuple[str, ...]
    message: str | None
    channel: str | None
    decision: str
    remembered: Sequence[str] = field(default=())
    said: Sequence[str] = field(default=())


@cache
def template(name: str, version: int) -> Template:
    """Return one version of a prompt."""
    read = tomllib.loads((files("twincast.reading") / "prompts" / f"{name}-{version}.toml").read_text("utf-8"))
    return Template(**{**read, "system": read["system"].strip(), "user": read["user"].strip()})


def reply_prompt(spoken: Spoken, wanted: Wanted = REPLY) -> tuple[Prompt, Mapping[str, int]]:
    """Return the prompt for a customer's reply, and what was taken out of the texts in it."""
    return _prompt(template("reply", 2), spoken, wanted)


def round_prompt(spoken: Spoken, wanted: Wanted) -> tuple[Prompt, Mapping[str, int]]:
    """Return the prompt for a round before the reply, and what was taken out of the texts in it."""
    return _prompt(template("round", 1), spoken, wanted)


def summary_prompt(record: Mapping[str, Any], ids: tuple[str, ...], lines: Sequence[str]) -> Prompt:
    """Return the prompt for a summary of what happened to a customer, from lines in order."""
    used = template("summary", 1)
    shown = _lines(lines, scrubber(record, ids))
    return Prompt(
        name=used.name,
        version=used.version,
        system=used.system,
        user=used.user.format(lines=shown),
        shape=Summary,
        max_tokens=used.max_tokens,
    )


def _prompt(used: Template, spoken: Spoken, wanted: Wanted) -> tuple[Prompt, Mapping[str, int]]:
    cleared = scrubber(spoken.record, spoken.ids)
    user = used.user.format(
        record=fenced(cleared.record(spoken.record)) or "(nothing is known)",
        remembered=_part(used.parts["remembered"], spoken.remembered, cleared),
        channel=spoken.channel or "none",
        message=_message(spoken.message, cleared),
        said=_part(used.parts["said"], _latest(spoken.said), cleared),
        decision=fenced(cleared.text(spoken.decision)),
    )
    prompt = Prompt(
        name=used.name,
        version=used.version,
        system=_system(used, wanted),
        user=user,
        shape=shape_of(wanted),
        max_tokens=_longest(used, wanted),
        draw=wanted.draw,
    )
    return prompt, dict(cleared.removed)


def fenced(text: str) -> str:
    """Return a text in which no fence can be opened or closed, and no control character hides anything."""
    plain = "\n".join(line if line.isprintable() else _printable(line) for line in text.split("\n"))
    return plain.replace("<<", "‹‹").replace(">>", "››")


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else " " for char in line)


def _longest(used: Template, wanted: Wanted) -> int:
    more = used.thinking_tokens * wanted.thinking + used.field_tokens * len(wanted.fields)
    return used.max_tokens + more + used.view_tokens * len(wanted.asked)


def _system(used: Template, wanted: Wanted) -> str:
    """Return the part that is the same for all customers of a request, what is asked at its end."""
    judged = ", ".join(f"{name}{used.views[name]}" for name in wanted.asked)
    asked = [used.asked[part].replace("{views}", judged) for part in wanted.parts if part != FIELD]
    if wanted.fields:
        lines = "\n".join(_question(name, it) for name, it in wanted.named)
        asked.append(used.asked["fields"].format(fields=lines))
    return "\n".join((used.system, *asked))


def _question(name: str, it: FreeField) -> str:
    """Return a free field as a line: `field_1 (0 to 100, for 0 to 1): likely to recommend. Score from 0 to 1`."""
    first, last = it.steps
    how = f"{first} to {last}" if (it.low, it.high) == (first, last) else f"{first} to {last}, for {it.described}"
    scale = how if it.is_number else it.described
    said = " ".join(f"{it.name.replace('_', ' ')}. {(it.hint or '')[:MOST_HINT]}".split())
    return fenced(f"{name} ({scale}): {said}")


def _part(text: str, lines: Sequence[str], cleared: Scrubber) -> str:
    """Return a part of a prompt that is there only where it has something to say."""
    return text.format(lines=_lines(lines, cleared)) if lines else ""


def _lines(lines: Sequence[str], cleared: Scrubber) -> str:
    return "\n".join(fenced(cleared.text(line)).replace("\n", " ") for line in lines)


def _latest(said: Sequence[str]) -> list[str]:
    """Return the latest of what was said, as much as is shown."""
    shown: list[str] = []
    left = MOST_SAID
    for words in reversed(said):
        left -= len(words)
        if shown and left < 0:
            break
        shown.insert(0, words)
    return [f"- {words}" for words in shown]


def _message(message: str | None, cleared: Scrubber) -> str:
    return NOTHING_SENT if message is None else fenced(cleared.text(message[:MOST_MESSAGE]))
