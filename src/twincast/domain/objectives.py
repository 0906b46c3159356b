"""Objectives: what a message, or a plan for many customers, is chosen for, and the money that profit needs to know."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import nearest


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    """One thing to aim at.

    Attributes:
        name: canonical name, as the API says it.
        field: canonical prediction field that it rests on (`domain.fields`); profit rests on several.
        meaning: the definition, in one sentence.
        unit: of its value.
        sign: +1.0 where more is better, -1.0 where less is.
        incremental: whether it is a difference against sending nothing.
        aliases: further spellings.
    """

    name: str
    field: str
    meaning: str
    unit: str
    sign: float = 1.0
    incremental: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def needs_costs(self) -> bool:
        """Whether it can not be computed without `Costs`."""
        return self.name == PROFIT


PROFIT: Final = "maximize_incremental_profit"
DEFAULT_OBJECTIVE: Final = "maximize_purchase_probability"

OBJECTIVES: Final[tuple[Objective, ...]] = (
    Objective(
        name=DEFAULT_OBJECTIVE,
        field="will_purchase",
        unit="probability",
        meaning="P(at least one order within the horizon), orders that would have come anyway included.",
        aliases=("purchase", "purchase_probability", "maximize_purchase", "maximize_conversion", "conversion"),
    ),
    Objective(
        name="maximize_engagement",
        field="will_engage",
        unit="probability",
        meaning="P(the declared response within the horizon: visit, click, tap, reply or redemption).",
        aliases=("engagement", "maximize_engagement_rate"),
    ),
    Objective(
        name="maximize_expected_revenue",
        field="expected_revenue",
        unit="currency",
        meaning="P(purchase) x E[order value given purchase], net of discount.",
        aliases=("expected_revenue", "revenue", "maximize_revenue"),
    ),
    Objective(
        name="maximize_incremental_revenue",
        field="revenue_impact",
        unit="currency",
        meaning="Expected revenue against sending nothing, net of discount.",
        incremental=True,
        aliases=("incremental_revenue", "maximize_revenue_impact"),
    ),
    Objective(
        name=PROFIT,
        field="revenue_impact",
        unit="currency",
        meaning="Margin on expected orders less discount and cost of the contact, against sending nothing.",
        incremental=True,
        aliases=("incremental_profit", "profit", "maximize_profit"),
    ),
    Objective(
        name="maximize_retention",
        field="loyalty_impact",
        unit="points of P(retained at 90 days)",
        meaning="Change of P(an order within 90 days) against sending nothing.",
        incremental=True,
        aliases=("retention", "maximize_loyalty"),
    ),
    Objective(
        name="minimize_unsubscribe",
        field="will_unsubscribe",
        unit="probability",
        meaning="P(the customer opts out of the channel because of this message): the smaller the better.",
        sign=-1.0,
        aliases=("unsubscribe", "least_unsubscribing", "minimize_unsubscribes", "minimize_opt_out"),
    ),
)
"""Every objective, the document's first."""

BY_NAME: Final[dict[str, Objective]] = {it.name: it for it in OBJECTIVES}
SPELLINGS: Final[dict[str, Objective]] = {name: it for it in OBJECTIVES for name in (it.name, *it.aliases)}


def objective_of(name: str, path: str = "objective") -> Objective:
    """Return the objective of any accepted spelling.

    Raises:
        InvalidInput: there is none of that name; the problem names the nearest ones.
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_").replace("maximise", "maximize")
    known = SPELLINGS.get(key.replace("minimise", "minimize"))
    if known is not None:
        return known
    close = nearest(key[:80], SPELLINGS)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    message = f"'{ascii(name[:80])[1:-1]}' is not an objective{hint}"
    raise InvalidInput.of([FieldProblem(field=path, message=message, allowed="one of: " + ", ".join(BY_NAME))])


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What profit needs to know, in the customer's currency; None: not known, which is not the same as nothing.

    Attributes:
        margin: share of the list price that is left once the goods are paid, in [0, 1].
        contact: money that one contact costs.
        gift: money that the gift of an offer costs for each order.
        shipping: money that free shipping costs for each order.
    """

    margin: float | None = None
    contact: float | None = None
    gift: float | None = None
    shipping: float | None = None


def cost_problems(objective: Objective, costs: Costs, path: str = "costs") -> Iterator[FieldProblem]:
    """Yield what is wrong with the costs: a number that can not be, or one that the objective can not do without."""
    if costs.margin is not None and not (isfinite(costs.margin) and 0.0 <= costs.margin <= 1.0):
        yield FieldProblem(field=f"{path}.margin", message=f"{costs.margin!r} is no share", allowed="0 to 1")
    for name in ("contact", "gift", "shipping"):
        value = getattr(costs, name)
        if value is not None and not (isfinite(value) and value >= 0.0):
            yield FieldProblem(field=f"{path}.{name}", message=f"{value!r} is no cost", allowed="0 or more")
    for name, meaning in (("margin", "the share of the list price left"), ("contact", "what one contact costs")):
        if objective.needs_costs and getattr(costs, name) is None:
            message = f"is missing: {objective.name} needs {meaning}; 0 is an answer, silence is none"
            allowed = "0 to 1" if name == "margin" else "money, 0 or more"
            yield FieldProblem(field=f"{path}.{name}", message=message, allowed=allowed)
