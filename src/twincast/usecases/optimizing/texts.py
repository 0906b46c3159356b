"""Texts that might be sent: read back as any message is, and held against every constraint, whoever wrote them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from twincast.domain.constraints import Constraints
from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.plans import Facts, MessagePlan
from twincast.reading.interventions import read_intervention
from twincast.usecases.optimizing.worths import Aim, unpriced
from twincast.writing.drafts import broken_by

OCCASION_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "customer_birthday": ("birthday", "special day"),
    "customer_anniversary": ("anniversary", "year", "since"),
    "win_back": ("miss", "back", "while", "again", "long"),
    "welcome": ("welcome",),
    "service_recovery": ("sorry", "apolog"),
}
"""One of these stands in a message for the occasion; of the others no word can be asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text that might be sent.

    Attributes:
        source: where it comes from (`domain.optimizations.Finalist.source`).
        intervention: as it would be tested, its content in it.
        subject: line above it, or None.
        plan: what it puts into words; None for a text that nobody planned.
        given: whether it is one of the caller's own.
    """

    source: str
    intervention: Intervention
    subject: str | None = None
    plan: MessagePlan | None = None
    given: bool = False

    @property
    def started(self) -> bool:
        """Return whether the search started from it: what is found never loses to it."""
        return self.source.startswith(("template:", "baseline:"))

    @property
    def content(self) -> str:
        """Return the text."""
        return self.intervention.content or ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a text must be.

    Attributes:
        aim: what is aimed at.
        constraints: what it must keep to.
        occasion, product: what it must speak of, or None.
        facts: what may be said, and what the customer usually spends on an order.
    """

    aim: Aim
    constraints: Constraints
    occasion: str | None
    product: str | None
    facts: Facts


def read_back(text: Text, wanted: Wanted) -> tuple[ReadIntervention, str | None]:
    """Return a text as read, and the first rule that it breaks, in a sentence, or None."""
    item = read_intervention(text.intervention, currency=wanted.facts.currency, path=text.source)
    return item, next(_faults(text, item, wanted), None)


def _faults(text: Text, item: ReadIntervention, wanted: Wanted) -> Iterator[str]:
    if item.reading is None:
        yield "It has no text."
        return
    for violation in broken_by(wanted.constraints, text.content, text.subject, item.reading, wanted.facts):
        yield f"{violation.field}: {violation.message}"
    cost = unpriced(item, wanted.aim)
    if cost is not None:
        yield f"costs: what {cost} costs is not known."
    low = text.content.lower()
    if wanted.product is not None and not names(low, wanted.product):
        yield f"product_focus: it does not name {wanted.product!r}."
    words = OCCASION_WORDS.get(wanted.occasion or "")
    if words is not None and not any(word in low for word in words):
        yield f"occasion: it says nothing of {wanted.occasion}."


def names(low: str, product: str) -> bool:
    """Whether a text in small letters names a product: each of its words, in the singular or the plural."""
    words = product.lower().replace("_", " ").replace("-", " ").split()
    plain = low.replace("-", " ")
    return all(word.removesuffix("s") in plain for word in words if word not in {"the", "our", "a", "an"})
