"""The sentences of a plan, each under the element that it says, and the order in which they make sense."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from twincast.domain.plans import CLAIMS, Facts, MessagePlan
from twincast.writing.nouns import plain
from twincast.writing.wording import REGISTERS, chosen, sections, wordings

LETTERS: Final = frozenset({"email", "mail"})
"""Channels with room for a greeting and a close."""
_BRIEF: Final = frozenset({"sms", "push"})
_FEW: Final = 2
"""Channels on which every word counts, and how many of the shortest wordings are taken there."""
_OPENS_ONLY: Final = frozenset({"product_launch", "cross_sell", "upsell", "replenishment", "service_recovery"})
"""Occasions whose sentence makes sense at the beginning only."""
_NEED_A_REASON: Final = frozenset({None, "product_launch"})
"""Occasions that do not say why this customer is written to."""
_IS: Final = "{is} "
_SAID_LAST: Final = frozenset({"thanks"})
_CAN_LEAD: Final = frozenset({"thanks", "loyalty"})
"""Appeals that speak of no offer and no product, and so may come before them."""


class Piece(NamedTuple):
    """A sentence or two: the element of the plan, the text, and whether it may begin small after a comma."""

    element: str
    text: str
    may_run_on: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentences:
    """The sentences of one plan; `slots` are what stands in their gaps."""

    plan: MessagePlan
    facts: Facts
    seed: int
    slots: Mapping[str, str]

    @property
    def is_letter(self) -> bool:
        """Whether it stands in paragraphs, with a close."""
        return self.plan.channel in LETTERS and self.plan.length != "short"

    @property
    def is_long(self) -> bool:
        """Whether there is room for a second sentence of each appeal."""
        return self.is_letter and self.plan.length == "long"

    def body(self) -> tuple[list[Piece], list[Piece], list[Piece]]:
        """Return what leads to the core, the core, and what follows, in the order that the plan wants and sense allows.

        Claims speak of the product and stand right behind it; whatever else comes first, an apology comes before all.
        """
        plan, core = self.plan, [*self._core(), *self._claims()]
        leads = plan.order == "appeals_first" and not plan.is_apology
        first = [it for it in plan.appeals if leads and it in _CAN_LEAD]
        rest = [it for it in plan.appeals if it not in CLAIMS and it not in first]
        leading = [piece for appeal in first for piece in self._appeal(appeal)]
        following = [piece for appeal in sorted(rest, key=_SAID_LAST.__contains__) for piece in self._appeal(appeal)]
        following = [*following, *(Piece("fact", it, may_run_on=False) for it in self.facts.required)]
        if plan.order == "offer_first" and plan.occasion not in _OPENS_ONLY:
            return [], [*core, *self._opening()], following
        return [*self._opening(linked=not leading), *leading], core, following

    # ------------------------------------------------------------ the pieces

    def greeting(self) -> list[Piece]:
        """Return how the customer is addressed: by name where the plan wants it, or as the tone does in a letter."""
        frames, tone = sections("frames"), self.plan.tone
        if self.plan.named and self.facts.name is not None:
            register = next(it for it in REGISTERS[tone] if it in frames["greeting"])
            return [Piece("name", frames["greeting"][register].format_map(self.slots))]
        if self.is_letter and tone in frames["unnamed"]:
            return [Piece("greeting", frames["unnamed"][tone])]
        return []

    def action(self) -> list[Piece]:
        """Return what the customer is asked to do."""
        if self.plan.action is None:
            return []
        sees = self.plan.action == "browse" and self.plan.product is not None
        return [Piece("action", self._one("actions", "browse_product" if sees else self.plan.action))]

    def close(self) -> list[Piece]:
        """Return who writes: in full below a letter, the name alone behind a text message."""
        if self.facts.brand is None:
            return []
        if self.is_letter:
            return [Piece("close", self._one("frames", "closing"))]
        return [Piece("close", self.slots["brand"], may_run_on=False)] if self.plan.channel == "sms" else []

    def _opening(self, *, linked: bool = False) -> Iterator[Piece]:
        plan = self.plan
        if plan.occasion is not None:
            links = sections("openings")[plan.occasion].get("linked", {}).get(plan.tone) if linked else None
            said = self._one("openings", plan.occasion) if links is None else self._of(tuple(links), "openings.linked")
            yield Piece("occasion", said)
        yield from self._reason()
        if plan.is_apology and self.facts.remedy:
            yield Piece("fact", plain(self.facts.remedy), may_run_on=False)

    def _core(self) -> Iterator[Piece]:
        plan = self.plan
        if "early_access" in plan.appeals:
            yield Piece("core", self._one("cores", "early"))
        elif plan.offer is not None:
            yield Piece("core", self._one("cores", "amends" if plan.is_apology else "offer"))
        elif plan.product is not None:
            yield Piece("core", self._one("cores", "product"))

    def _claims(self) -> Iterator[Piece]:
        """Yield the claims: those in our words as one sentence, then each in the company's own."""
        made = [appeal for appeal in self.plan.appeals if appeal in CLAIMS]
        yield from self._predicates([appeal for appeal in made if not self.facts.claims.get(appeal)])
        for appeal in made:
            own = self.facts.claims.get(appeal)
            if own:
                yield Piece(f"appeal:{appeal}", plain(own), may_run_on=False)

    def _predicates(self, claims: Sequence[str]) -> Iterator[Piece]:
        """Yield one sentence: "They are popular with our customers, built to last and kind to the planet."."""
        found = {it: chosen(tuple(sections("appeals")["claims"][it]), self.seed, f"claims.{it}") for it in claims}
        being = [it for it in claims if found[it].startswith(_IS)]
        others = [it for it in claims if it not in being]
        clauses = [*([being] if being else []), *([it] for it in others)]
        for place, clause in enumerate(clauses):
            for at, claim in enumerate(clause):
                said = found[claim].removeprefix(_IS) if at else found[claim]
                first, last = place == 0 and at == 0, place == len(clauses) - 1
                joint = at == len(clause) - 1 if at else last and place > 0
                before = f"{self.slots['It']} " if first else "and " if joint else ""
                after = _after(len(clause) - 1 - at, len(clauses) - 1 - place, many=len(being) > 1)
                yield Piece(f"appeal:{claim}", before + said.format_map(self.slots) + after)

    def _appeal(self, appeal: str) -> Iterator[Piece]:
        if appeal == "early_access" or (appeal == "urgency" and self.plan.tone == "urgent"):
            return  # the core says it
        section = appeal
        if appeal == "loyalty":
            told = self.facts.since_year is None or self.plan.occasion == "customer_anniversary"  # the occasion says it
            section = "loyalty_bought" if told else "loyalty_since"
        more = sections("appeals")[section].get("more") if self.is_long else None
        said = self._one("appeals", section)
        yield Piece(f"appeal:{appeal}", said if more is None else f"{said} {more}")

    def _reason(self) -> Iterator[Piece]:
        """Yield why this customer gets the message, where a long letter has not said so by its occasion."""
        if self.is_long and self.facts.bought and self.plan.occasion in _NEED_A_REASON:
            reasons = sections("frames")["reason"]
            register = next(it for it in REGISTERS[self.plan.tone] if it in reasons)
            yield Piece("reason", reasons[register].format_map(self.slots))

    def _one(self, name: str, section: str) -> str:
        return self._of(wordings(name, section, self.plan.tone), f"{name}.{section}")

    def _of(self, options: tuple[str, ...], place: str) -> str:
        if self.plan.channel in _BRIEF:
            options = tuple(sorted(options, key=len)[:_FEW])
        return chosen(options, self.seed, place).format_map(self.slots)


def _after(in_clause: int, clauses: int, *, many: bool) -> str:
    """Return what stands after a member of a list of clauses, from how many are left in its clause, and clauses."""
    if in_clause:
        return "," if in_clause > 1 else ""
    return "." if not clauses else "," if clauses > 1 or many else ""
