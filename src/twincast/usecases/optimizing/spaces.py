"""The space that is searched: for each part of a plan what it may be, and the steps from one plan to the next.

Only what may be said is in it: an axis holds what constraints and facts allow, so that most plans can be written.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

import numpy as np

from twincast.domain.constraints import Constraints
from twincast.domain.plans import APPEALS, DEADLINE_DAYS, LENGTHS, OFFERS, Facts, MessagePlan, PlannedOffer

DEPTHS: Final = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)
AMOUNTS: Final = (5.0, 10.0, 20.0, 50.0)
DAYS: Final = (3, 7, 14, 30)
CALM_DAYS: Final = (14, 30)
"""Validities that do not hurry anybody."""
MOST_DISCOUNT: Final = 0.30
"""Deepest discount that is proposed where nobody said how deep it may be; the answer says so."""
MOST_PLANNED: Final = 3
"""Most appeals of a plan that is searched: the prior adds appeals up, and nobody has seen more of them add up."""
PRODUCTS: Final = 3
"""How many of the customer's interests are tried, strongest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """What each part of a plan may be; `start` is the plainest plan, and holds what is the same in all."""

    start: MessagePlan
    offers: tuple[PlannedOffer | None, ...]
    days: tuple[int | None, ...]
    products: tuple[str | None, ...]
    appeals: tuple[str, ...]
    actions: tuple[str | None, ...]
    named: tuple[bool, ...]
    lengths: tuple[str, ...]

    def drawn(self, rng: np.random.Generator, count: int) -> Iterator[MessagePlan]:
        """Yield plans at random, each part by itself; from none to three appeals."""

        def pick(axis: Sequence[Any]) -> list[Any]:
            return [axis[place] for place in rng.integers(0, len(axis), count).tolist()]

        sets = _appeal_sets(self.appeals)
        parts = (self.offers, self.days, self.products, sets, self.actions, self.named, self.lengths)
        for offer, days, product, appeals, action, named, length in zip(*map(pick, parts), strict=True):
            yield self.fitted(
                replace(
                    self.start,
                    offer=offer,
                    valid_days=days,
                    product=product,
                    appeals=appeals,
                    action=action,
                    named=named,
                    length=length,
                )
            )

    def neighbours(self, plan: MessagePlan) -> Iterator[MessagePlan]:
        """Yield the plans that differ from one in one part."""
        axes: dict[str, Sequence[Any]] = {
            "offer": self.offers,
            "valid_days": self.days,
            "product": self.products,
            "action": self.actions,
            "named": self.named,
            "length": self.lengths,
            "appeals": _steps(plan.appeals, self.appeals),
        }
        for part, values in axes.items():
            for value in values:
                if value != getattr(plan, part):
                    yield self.fitted(replace(plan, **{part: value}))

    def plainest(self) -> Iterator[MessagePlan]:
        """Yield the shortest plans there are: each offer and product without an appeal, the deepest offer first."""
        for offer in reversed(self.offers):
            for product in self.products:
                yield self.fitted(replace(self.start, offer=offer, product=product, action=None, length="short"))

    def fitted(self, plan: MessagePlan) -> MessagePlan:
        """Return a plan without what makes no sense in it: a validity of nothing, haste without a reason."""
        if plan.offer is None:
            plan = replace(plan, valid_days=None, action="shop" if plan.action == "redeem" else plan.action)
        hurried = plan.valid_days is not None and plan.valid_days <= DEADLINE_DAYS
        if "urgency" in plan.appeals and not hurried:
            plan = replace(plan, appeals=tuple(it for it in plan.appeals if it != "urgency"))
        if self.start.tone == "urgent" and plan.offer is not None:
            plan = replace(plan, valid_days=plan.valid_days if hurried else DEADLINE_DAYS)
            plan = replace(plan, appeals=(*(it for it in plan.appeals if it != "urgency"), "urgency"))
        return replace(plan, appeals=tuple(it for it in APPEALS if it in plan.appeals))


def space_of(
    constraints: Constraints,
    facts: Facts,
    start: MessagePlan,
    *,
    unpriced: Collection[str] = (),
    kinds: Sequence[str] = ("percent",),
) -> Space:
    """Return the space of plans for one customer.

    Args:
        constraints, facts: what must hold, and what may be said.
        start: the plainest plan: channel, tone and occasion of all plans, and what they are about where that is given.
        kinds: kinds of offer that the company can make (`domain.plans.OFFERS`).
        unpriced: those of them that can not be proposed, since nobody knows what they cost.
    """
    calm = constraints.urgency == "low"
    allowed = tuple(it for it in APPEALS if facts.supports(it) and not (calm and it in {"urgency", "scarcity"}))
    needs_product = start.occasion in {"cross_sell", "upsell", "product_launch"}
    interests: tuple[str | None, ...] = facts.bought[:PRODUCTS]
    if start.product is not None:
        interests = (start.product,)
    elif not needs_product or not interests:
        interests = (None, *interests)
    return Space(
        start=start,
        offers=tuple(_offers(constraints, facts, [it for it in kinds if it not in unpriced])),
        days=CALM_DAYS if calm else (None, *DAYS),
        products=interests,
        appeals=allowed,
        actions=("shop", "browse", "redeem", None),
        named=(False, True) if facts.name is not None else (False,),
        lengths=LENGTHS,
    )


def _offers(constraints: Constraints, facts: Facts, kinds: Sequence[str]) -> Iterator[PlannedOffer | None]:
    """Yield no offer first, and then those that keep to the limit."""
    yield None
    most = MOST_DISCOUNT if constraints.discount_max is None else constraints.discount_max
    deepest = round(int(most * 100 + 1e-9) / 100, 2)
    for kind in (it for it in OFFERS if it in kinds):
        if kind == "percent":
            depths = sorted({it for it in (*DEPTHS, deepest) if 0.0 < it <= most + 1e-9 and it < 1.0})
            yield from (PlannedOffer(kind="percent", value=it) for it in depths)
        elif kind == "n_for_m":
            yield from (PlannedOffer(kind="n_for_m", value=1 / n) for n in range(2, 7) if 1 / n <= most + 1e-9)
        elif kind == "amount":
            amounts = (PlannedOffer(kind="amount", value=it) for it in AMOUNTS)
            yield from (it for it in amounts if (it.depth(facts.order_value) or 1.0) <= most + 1e-9)
        else:
            yield PlannedOffer(kind=kind)


def _appeal_sets(appeals: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(MOST_PLANNED + 1) for chosen in combinations(appeals, size)]


def _steps(has: tuple[str, ...], appeals: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the sets of appeals one step away: one less, one more, one for another."""
    new = [it for it in appeals if it not in has]
    fewer = [tuple(it for it in has if it != gone) for gone in has]
    more = [(*has, it) for it in new] if len(has) < MOST_PLANNED else []
    other = [tuple(it if kept == gone else kept for kept in has) for gone in has for it in new]
    return [*fewer, *more, *other]
