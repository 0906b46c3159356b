"""A plan put into words: how its sentences stand on the page, and the line above them.

Each element of a plan has sentences of its own, and which wording is taken depends on the seed and the element alone:
a plan without an element reads word for word as before, less that element.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Final

from twincast.domain.constraints import CHANNEL_LIMITS
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.misfits import misfits
from twincast.domain.plans import Facts, MessagePlan
from twincast.writing.sentences import Piece, Sentences
from twincast.writing.slots import slots_of
from twincast.writing.wording import wordings

_ENDED: Final = (".", "!", "?")
_MANY: Final = 3
_PRACTICAL: Final = frozenset({"appeal:information", "appeal:convenience", "appeal:urgency"})
"""What tells how and until when: it goes with the call to action."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of the message: the element of the plan that it says, its text and where it starts in the content."""

    element: str
    text: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A message in words.

    Attributes:
        content: the text.
        subject: line above it: the subject of an e-mail, the title of a notification; None: the channel has none.
        parts: its pieces in text order; `element` is as in `domain.plans.elements`, or `greeting`, `fact`, `core`
            (offer, product and validity in one sentence), `reason`, `close`.
    """

    content: str
    subject: str | None
    parts: tuple[Part, ...]


def render(plan: MessagePlan, facts: Facts, seed: int = 0) -> Written:
    """Put a plan into words.

    Args:
        plan: what to say.
        facts: what may be said of the customer and the company. Nothing else is: no product, amount or date stands in
            the text that is not in the plan, these facts or their `required` sentences.
        seed: which of several wordings are taken; equal arguments give equal texts.

    Raises:
        InvalidInput: the plan does not fit itself or the facts (`domain.misfits` says why).
    """
    wrong = misfits(plan, facts)
    if wrong:
        raise InvalidInput.of(FieldProblem(field="plan", message=said) for said in wrong)
    slots = slots_of(plan, facts)
    said = Sentences(plan=plan, facts=facts, seed=seed, slots=slots)
    content, parts = _page(_blocks(said))
    return Written(content=content, subject=_subject(plan, slots), parts=parts)


def _blocks(said: Sentences) -> list[tuple[str, Sequence[Piece]]]:
    """Return the paragraphs, each with what stands before it: one, or those of a letter."""
    lead, core, follow = said.body()
    if not said.is_letter:
        blocks = [("", [*said.greeting(), *lead, *core, *follow, *said.action()]), ("\n", said.close())]
    else:
        first, then = (lead, core) if len(lead) > 1 else ([], [*lead, *core])
        second, third = _halves(follow)
        if first and not follow:
            then, third = [], then
        paragraphs = [said.greeting(), first, then, second, [*third, *said.action()], said.close()]
        blocks = [("\n\n", paragraph) for paragraph in paragraphs]
    return [block for block in blocks if block[1]]


def _halves(follow: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return what stands in a paragraph of its own, and what goes with the call to action: all, where it is little."""
    if len(follow) < _MANY:
        return [], list(follow)
    practical = [it for it in follow if it.element in _PRACTICAL]
    return [it for it in follow if it not in practical], practical


def _page(blocks: Sequence[tuple[str, Sequence[Piece]]]) -> tuple[str, tuple[Part, ...]]:
    content = ""
    parts: list[Part] = []
    for before, block in blocks:
        content += before if content else ""
        for at, piece in enumerate(block):
            text = piece.text
            if at:
                content += " "
                runs_on = not parts[-1].text.endswith(_ENDED)
                text = text[:1].lower() + text[1:] if runs_on and piece.may_run_on else text
            parts.append(Part(element=piece.element, text=text, start=len(content)))
            content += text
    return content, tuple(parts)


def _subject(plan: MessagePlan, slots: Mapping[str, str]) -> str | None:
    """Return the first line that fits what the channel shows and has nothing missing."""
    limit = CHANNEL_LIMITS[plan.channel].subject
    if limit is None:
        return None
    lines = (line for section in _sections(plan) for line in wordings("subjects", section, plan.tone))
    whole = (line.format_map(slots) for line in lines if all(slots[name] or name == "until" for name in _names(line)))
    return next((line for line in whole if len(line) <= limit), None)


@cache
def _names(line: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(line) if name)


def _sections(plan: MessagePlan) -> Iterator[str]:
    """Yield what the line above may speak of, the most telling first."""
    if plan.is_apology:
        yield "service_recovery"
    if "urgency" in plan.appeals:
        yield "hasty"
    if plan.occasion is not None:
        yield plan.occasion
    if "early_access" in plan.appeals:
        yield "early"
    yield "product" if plan.offer is None else "offer"
