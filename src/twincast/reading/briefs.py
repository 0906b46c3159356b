"""Prompts that ask a language model for a message: a brief, and one that keeps to it; no customer's record."""

from typing import Annotated

from msgspec import Meta, Struct

from twincast.domain.chats import Prompt
from twincast.domain.constraints import Constraints
from twincast.reading.conversations import fenced, template


class DraftedMessage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message as a model writes it."""

    content: Annotated[str, Meta(min_length=1, max_length=2_000)]


def draft_prompt(
    message: str, constraints: Constraints, *, tone: str, occasion: str | None, product: str | None, draw: int
) -> Prompt:
    """Return the prompt for one draft.

    Args:
        message: one that keeps to everything, without the customer's name.
        constraints: what the draft must keep to; tone, occasion and product: what it is to be like and about.
        draw: which of several drafts it is.
    """
    used = template("draft", 1)
    lines = [f"tone: {tone}", f"channel: {constraints.channel or 'email'}"]
    if occasion is not None:
        lines.append(f"occasion, to be spoken of: {occasion.replace('_', ' ')}")
    if product is not None:
        lines.append(f"product, to be named: {product.replace('_', ' ')}")
    if constraints.length_max is not None:
        lines.append(f"longest: {constraints.length_max} {constraints.length_unit}")
    if constraints.urgency == "low":
        lines.append("no word of haste or scarcity")
    if constraints.forbidden:
        lines.append(f"words that must not stand in it: {', '.join(constraints.forbidden)}")
    lines += [f"must stand in it word for word: {fact}" for fact in constraints.required]
    return Prompt(
        name=used.name,
        version=used.version,
        system=used.system,
        user=used.user.format(brief=fenced("\n".join(lines)), message=fenced(message)),
        shape=DraftedMessage,
        max_tokens=used.max_tokens,
        draw=draw,
    )
