"""What will be read in a message that is only planned: thousands of plans are scored before a word is written.

A forecast of `read_message` for what a plan says, not of how it is said: the few plans that lead are put into words,
and read and scored again. Whatever differs between the two is seen then.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Final

from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.messages import Appeal, MessageReading, OfferTerm, Span
from twincast.domain.plans import MessagePlan, PlannedOffer
from twincast.reading.appeals import APPEALS
from twincast.reading.messages import ATTRIBUTES
from twincast.reading.timings import read_timing

NOWHERE: Final = Span(start=0, end=0, text="")
"""What is only planned stands nowhere yet."""
ONCE: Final = 0.5
"""Strength of an appeal that is said once."""
WORDS: Final[dict[str, int]] = {"short": 22, "medium": 38, "long": 60}
"""About how many words a message of each length has."""
OF_OCCASIONS: Final[dict[str, tuple[str, ...]]] = {
    "customer_birthday": ("loyalty",),
    "customer_anniversary": ("loyalty", "thanks"),
    "loyalty_reward": ("loyalty", "thanks"),
    "win_back": ("loyalty",),
    "retention": ("loyalty", "thanks"),
    "product_launch": ("novelty",),
    "service_recovery": ("apology",),
}
"""Appeals that an occasion makes by itself."""
OF_OFFERS: Final[dict[str, tuple[str, ...]]] = {
    "percent": ("savings",),
    "amount": ("savings",),
    "n_for_m": ("savings",),
    "gift": ("gift",),
    "free_shipping": (),
}
"""Appeals that an offer makes by being there."""


def foreseen(plan: MessagePlan, timing: str | None = None) -> ReadIntervention:
    """Return a plan as the intervention that it will be read as; its text is not there yet."""
    intervention = _intervention(plan.type, plan.channel, timing, plan.product)
    return ReadIntervention(
        intervention=intervention,
        type=plan.type,
        channel=plan.channel,
        response=None,
        timing=read_timing(timing)[0],
        reading=foreseen_reading(plan),
        warnings=(),
    )


@lru_cache(maxsize=1_024)
def _intervention(type_: str, channel: str, timing: str | None, product: str | None) -> Intervention:
    products = () if product is None else (product,)
    return Intervention(type=type_, channel=channel, timing=timing, products=products)


def foreseen_reading(plan: MessagePlan) -> MessageReading:
    """Return what will be read in a plan's text, as far as the response model looks at it."""
    terms = tuple(_terms(plan.offer, plan.valid_days))
    names = {
        *plan.appeals,
        *OF_OCCASIONS.get(plan.occasion or "", ()),
        *(OF_OFFERS[plan.offer.kind] if plan.offer is not None else ()),
    }
    appeals = tuple(Appeal(name=name, strength=ONCE, spans=(NOWHERE,)) for name in APPEALS if name in names)
    offer, words = plan.offer, WORDS[plan.length]
    return MessageReading(
        digest=sha256(repr(plan).encode()).hexdigest(),
        language="en",
        offers=terms,
        discount=offer.value if offer is not None and offer.kind in {"percent", "n_for_m"} else None,
        discount_amount=(offer.value or 0.0) if offer is not None and offer.kind == "amount" else 0.0,
        appeals=appeals,
        products=() if plan.product is None else (plan.product.lower().replace("_", " "),),
        tone=plan.tone,
        words=words,
        sentences=max(words // 12, 1),
        personalisation=(NOWHERE,) if plan.named else (),
        call_to_action=None if plan.action is None else NOWHERE,
        pressure=_pressure(plan.appeals),
        spam=0.0,
        attributes=_NO_ATTRIBUTES,
        flags=(),
    )


_NO_ATTRIBUTES: Final = dict.fromkeys(ATTRIBUTES, 0.0)


def _terms(offer: PlannedOffer | None, valid_days: int | None) -> Iterator[OfferTerm]:
    if offer is None:
        return
    yield OfferTerm(kind=offer.kind, value=offer.value, up_to=False, span=NOWHERE)
    if offer.minimum is not None:
        yield OfferTerm(kind="threshold", value=offer.minimum, up_to=False, span=NOWHERE)
    if valid_days is not None:
        yield OfferTerm(kind="validity", value=float(valid_days), up_to=False, span=NOWHERE)


def _pressure(appeals: tuple[str, ...]) -> float:
    """As `reading.tone` has it, of haste and scarcity said once."""
    return 1.0 - math.exp(-ONCE * (0.8 * ("urgency" in appeals) + 0.5 * ("scarcity" in appeals)))
