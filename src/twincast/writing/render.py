"""A plan put into words: which sentences it takes, in which order, and how they stand on the page.

Each element of a plan has sentences of its own, and which wording is taken depends on the seed and the element alone:
a plan without an element reads word for word as before, less that element.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from twincast.domain.constraints import CHANNEL_LIMITS
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.plans import CLAIMS, Facts, MessagePlan, misfits
from twincast.writing.nouns import AMERICAN, bare, ends, offer_noun, product_noun, until
from twincast.writing.wording import REGISTERS, chosen, sections, wordings

_LETTERS: Final = frozenset({"email", "mail"})
"""Channels with room for a greeting and a close."""
_OPENS_ONLY: Final = frozenset({"product_launch", "cross_sell", "upsell", "replenishment", "service_recovery"})
"""Occasions whose sentence makes sense at the beginning only."""
_CAN_LEAD: Final = frozenset({"thanks", "loyalty"})
"""Appeals that speak of no offer and no product, and so may come before them."""


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
            (offer, product and validity in one sentence), `close`.
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
        InvalidInput: the plan does not fit itself or the facts (`domain.plans.misfits` says why).
    """
    wrong = misfits(plan, facts)
    if wrong:
        raise InvalidInput.of(FieldProblem(field="plan", message=said) for said in wrong)
    return Sentences(plan=plan, facts=facts, seed=seed, slots=_slots(plan, facts)).written()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentences:
    """The sentences of one plan, each under the element that it says; `slots` are what stands in their gaps."""

    plan: MessagePlan
    facts: Facts
    seed: int
    slots: Mapping[str, str]

    def written(self) -> Written:
        """Return the message on its page: paragraphs where there is room, one line where there is not."""
        content = ""
        parts: list[Part] = []
        for block in self._blocks():
            content += "\n\n" if content else ""
            for at, (element, text) in enumerate(block):
                content += " " if at else ""
                if parts and parts[-1].text.endswith(",") and at:
                    text = text[:1].lower() + text[1:] if self._lowers(element) else text
                parts.append(Part(element=element, text=text, start=len(content)))
                content += text
        return Written(content=content, subject=self._subject(), parts=tuple(parts))

    # ------------------------------------------------------------ the page

    @property
    def _is_letter(self) -> bool:
        return self.plan.channel in _LETTERS and self.plan.length != "short"

    def _blocks(self) -> list[list[tuple[str, str]]]:
        greeting, leading, core, following = (list(it) for it in self._said())
        action = list(self._action())
        if not self._is_letter:
            return [[*greeting, *leading, *core, *following, *action]]
        blocks = [greeting, [*leading, *core], following, action, list(self._close())]
        return [block for block in blocks if block]

    def _said(self) -> tuple[Iterator[tuple[str, str]], ...]:
        plan = self.plan
        opening, core = list(self._opening()), list(self._core())
        lead = [it for it in plan.appeals if it in _CAN_LEAD] if plan.order == "appeals_first" else []
        rest = [it for it in plan.appeals if it not in lead]
        first = [it for appeal in lead for it in self._appeal(appeal)]
        last = [it for appeal in rest for it in self._appeal(appeal)]
        if plan.order == "offer_first" and plan.occasion not in _OPENS_ONLY and core:
            leading, middle = core, opening
        else:
            leading, middle = [*opening, *first], core
        return iter(self._greeting()), iter(leading), iter(middle), iter([*last, *self._facts()])

    # ------------------------------------------------------------ the pieces

    def _filled(self, wording: str) -> str:
        return wording.format_map(self.slots)

    def _one(self, name: str, section: str) -> str | None:
        options = wordings(name, section, self.plan.tone)
        return self._filled(chosen(options, self.seed, f"{name}.{section}")) if options else None

    def _greeting(self) -> Iterator[tuple[str, str]]:
        greetings = sections("frames")
        if self.plan.named and self.facts.name is not None:
            register = next(it for it in REGISTERS[self.plan.tone] if it in greetings["greeting"])
            yield "name", greetings["greeting"][register].format(name=self.facts.name)
        elif self._is_letter and self.plan.tone in greetings["greeting_unnamed"]:
            yield "greeting", greetings["greeting_unnamed"][self.plan.tone]

    def _opening(self) -> Iterator[tuple[str, str]]:
        said = None if self.plan.occasion is None else self._one("openings", self.plan.occasion)
        if said is not None:
            yield "occasion", said
        if self.plan.is_apology and self.facts.remedy:
            yield "fact", self.facts.remedy

    def _core(self) -> Iterator[tuple[str, str]]:
        plan = self.plan
        early = "early_access" in plan.appeals and plan.product is not None
        if plan.offer is not None or early:
            said = self._one("cores", "offer")
        else:
            said = self._one("cores", "product") if plan.product is not None else None
        if said is not None:
            yield "core", said

    def _appeal(self, appeal: str) -> Iterator[tuple[str, str]]:
        plan, facts = self.plan, self.facts
        own = facts.claims.get(appeal, "") if appeal in CLAIMS else ""
        spoken = (appeal == "urgency" and plan.tone == "urgent") or (
            appeal == "early_access" and plan.product is not None
        )
        if own:
            yield f"appeal:{appeal}", own
        elif not spoken:
            said = self._one("appeals", self._variant(appeal))
            if said is not None:
                yield f"appeal:{appeal}", said

    def _variant(self, appeal: str) -> str:
        """Return the section of an appeal's wordings: what may be said depends on what is known."""
        if appeal == "loyalty":
            return "loyalty_since" if self.facts.since_year is not None else "loyalty_bought"
        return appeal

    def _facts(self) -> Iterator[tuple[str, str]]:
        for sentence in self.facts.required:
            yield "fact", sentence

    def _action(self) -> Iterator[tuple[str, str]]:
        said = None if self.plan.action is None else self._one("actions", self.plan.action)
        if said is not None:
            yield "action", said

    def _close(self) -> Iterator[tuple[str, str]]:
        if self.facts.brand is not None:
            said = self._one("frames", "closing")
            yield "close", f"{said}\n{self.facts.brand}"

    def _lowers(self, element: str) -> bool:
        """Whether a sentence may begin small after a greeting: it does unless it begins with a name."""
        return element in {"occasion", "core", "action"} or element.startswith("appeal:")

    # ------------------------------------------------------------ the line above

    def _subject(self) -> str | None:
        limit = CHANNEL_LIMITS[self.plan.channel].subject
        if limit is None:
            return None
        lines = (self._filled(line) for line in self._lines())
        fitting = [line for line in lines if len(line) <= limit]
        return fitting[0] if fitting else None

    def _lines(self) -> Iterator[str]:
        lines = sections("frames")["subject"]
        if self.plan.is_apology:
            yield lines["apology"][0]
        if self.plan.occasion == "customer_birthday":
            yield lines["customer_birthday"][0]
        if self.plan.offer is not None:
            yield lines["offer"][0]
        if self.plan.product is not None:
            yield lines["product"][0]


def _slots(plan: MessagePlan, facts: Facts) -> Mapping[str, str]:
    product = None if plan.product is None else product_noun(plan.product)
    whole = "" if product is None else product.text
    if plan.offer is not None:
        whole = offer_noun(plan.offer, product, facts.currency)
    if "early_access" in plan.appeals and product is not None:
        whole = f"early access to {product.text}"
        if plan.offer is not None:
            whole += f", plus {offer_noun(plan.offer, None, facts.currency)}"
    plural = product is not None and product.plural
    hasty = "urgency" in plan.appeals
    limit = until(plan, facts)
    american = facts.currency.upper() in AMERICAN
    this = "this offer" if plan.offer is not None else "them" if plural else "it"
    This = "This offer" if plan.offer is not None else "They" if plural else "It"  # noqa: N806
    return {
        "offer": whole,
        "Offer": whole[:1].upper() + whole[1:],
        "product": "" if product is None else product.text,
        "Product": "" if product is None else product.text[:1].upper() + product.text[1:],
        "until": f" {limit}" if limit and not hasty else "",
        "ends": ends(plan, facts),
        "this": this,
        "This": This,
        "This_is": f"{This} {'are' if plural and plan.offer is None else 'is'}",
        "It": "They" if plural else "It",
        "is": "are" if plural else "is",
        "has": "have" if plural else "has",
        "since": str(facts.since_year),
        "bought": bare(facts.bought[0]) if facts.bought else "",
        "matter": facts.matter or "",
        "apologise": "apologize" if american else "apologise",
        "honoured": "honored" if american else "honoured",
    }
