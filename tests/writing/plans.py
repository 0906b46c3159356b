"""Random plans, facts and constraints for the tests of writing: any that fit, of every kind."""

from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

import numpy as np

from twincast.domain.constraints import Constraints
from twincast.domain.misfits import misfits
from twincast.domain.occasions import OCCASIONS
from twincast.domain.plans import (
    ACTIONS,
    APPEALS,
    APPEALS_OF_APOLOGIES,
    CHANNELS,
    CLAIMS,
    LENGTHS,
    ORDERS,
    Facts,
    MessagePlan,
    PlannedOffer,
)
from twincast.domain.tones import TONES
from twincast.stats.streams import stream

T = TypeVar("T")

FACTS: Final = Facts(
    name="Maria",
    brand="Alder & Pine",
    since_year=2019,
    bought=("coffee",),
    order_value=80.0,
    today=date(2026, 6, 4),
    matter="your late delivery",
    remedy="It is on its way to you now.",
    claims=dict.fromkeys(CLAIMS, ""),
)
OFFERS: Final = (
    *(PlannedOffer(kind="percent", value=percent / 100) for percent in (5, 10, 15, 20, 25, 30, 40, 50)),
    *(PlannedOffer(kind="amount", value=value, minimum=least) for value in (5.0, 7.5, 20.0) for least in (None, 50.0)),
    *(PlannedOffer(kind="n_for_m", value=1 / n) for n in (2, 3, 4)),
    *(PlannedOffer(kind="free_shipping", minimum=least) for least in (None, 50.0)),
    *(PlannedOffer(kind="gift", item=item) for item in (None, "tote bag")),
)
PRODUCTS: Final = ("coffee", "premium_line", "headphones", "the oat milk frother", "running_shoes", "Aeropress Go")
DAYS: Final = (1, 2, 3, 5, 7, 10, 14, 27)


class Drawing:
    """Draws plans and constraints from one keyed stream."""

    def __init__(self, seed: int) -> None:
        self.rng: np.random.Generator = stream(seed, "plans")

    def one(self, options: "tuple[T, ...]") -> T:
        return options[int(self.rng.integers(len(options)))]

    def maybe(self, options: "tuple[T, ...]", share: float = 0.5) -> T | None:
        return self.one(options) if self.rng.random() < share else None

    def facts(self) -> Facts:
        undated = self.rng.random() < 0.2
        currency = self.one(("USD", "GBP", "EUR", "CHF"))
        return replace(FACTS, currency=currency, today=None if undated else FACTS.today)

    def plan(self, facts: Facts) -> MessagePlan:
        """Return a plan that fits; urgent and apologetic ones, which rarely fit by luck, are helped to."""
        while True:
            found = self._plan()
            if not misfits(found, facts):
                return found

    def _plan(self) -> MessagePlan:
        tone, appeals = self.one(TONES), [str(it) for it in self.rng.permutation(APPEALS)[: self.rng.integers(0, 5)]]
        if tone == "urgent" and "urgency" not in appeals:
            appeals = ["urgency", *appeals][:4]
        occasion = "service_recovery" if tone == "apologetic" else self.maybe(tuple(OCCASIONS), 0.8)
        if occasion == "service_recovery":
            appeals = [it for it in appeals if it in APPEALS_OF_APOLOGIES]
        return MessagePlan(
            tone=tone,
            occasion=occasion,
            offer=self.maybe(OFFERS, 0.8),
            valid_days=self.maybe(DAYS, 0.7),
            product=self.maybe(PRODUCTS, 0.7),
            appeals=tuple(appeals),
            action=self.maybe(ACTIONS, 0.8),
            named=bool(self.rng.integers(2)),
            length=self.one(LENGTHS),
            order=self.one(ORDERS),
            channel=self.one(CHANNELS),
        )

    def constraints(self, plan: MessagePlan) -> Constraints:
        """Return constraints that a plan may keep or break."""
        unit = self.one(("words", "characters"))
        return Constraints(
            discount_max=self.maybe((0.1, 0.2, 0.3, 0.5)),
            length_max=self.maybe((25, 40, 60, 100)) if unit == "words" else self.maybe((120, 250, 400)),
            length_unit=unit,
            tone=self.maybe((*(plan.tone,) * 20, *TONES)),
            urgency=self.maybe(("low", "medium", "high")),
            forbidden=self.one(((), (), (), ("free",), ("online", "offer"), ("thank you", "pleased"))),
            required=self.one(((), (), ("Returns are free for 30 days.",))),
            channel=self.maybe((*(plan.channel,) * 20, *CHANNELS)),
        )
