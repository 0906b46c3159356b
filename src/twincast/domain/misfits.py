"""Why a plan can not be put into words: it is not known, does not hang together, or says what nothing supports."""

from collections.abc import Iterator

from twincast.domain.occasions import NEED_A_PRODUCT, NEED_A_PURCHASE, OCCASIONS
from twincast.domain.plans import (
    ACTIONS,
    APPEALS,
    APPEALS_OF_APOLOGIES,
    CHANNELS,
    CLAIMS,
    DEADLINE_DAYS,
    LENGTHS,
    MOST_APPEALS,
    OF_PRODUCTS,
    OFFERS,
    ORDERS,
    RANGE,
    Facts,
    MessagePlan,
    PlannedOffer,
)
from twincast.domain.tones import TONES, TONES_OF_APOLOGIES


def misfits(plan: MessagePlan, facts: Facts) -> tuple[str, ...]:
    """Return why a plan can not be put into words, one sentence each; nothing where it can."""
    return (*_unknown(plan), *_incoherent(plan), *_unsupported(plan, facts))


def _unknown(plan: MessagePlan) -> Iterator[str]:
    closed = (
        ("tone", plan.tone, TONES),
        ("occasion", plan.occasion, (*OCCASIONS, None)),
        ("action", plan.action, (*ACTIONS, None)),
        ("length", plan.length, LENGTHS),
        ("order", plan.order, ORDERS),
        ("channel", plan.channel, CHANNELS),
        *(("appeal", appeal, APPEALS) for appeal in plan.appeals),
    )
    for name, value, allowed in closed:
        if value not in allowed:
            yield f"{value!r} is not a known {name}."
    if plan.offer is not None:
        yield from _wrong_offer(plan.offer)
    if plan.valid_days is not None and not 1 <= plan.valid_days <= 365:
        yield f"A validity of {plan.valid_days} days is not one of 1 to 365."


def _wrong_offer(offer: PlannedOffer) -> Iterator[str]:
    value = offer.value
    if offer.kind not in OFFERS:
        yield f"{offer.kind!r} is not a known kind of offer."
    elif offer.kind in {"free_shipping", "gift"}:
        if value is not None:
            yield f"An offer of the kind {offer.kind} has no value."
    elif value is None or not value > 0:
        yield f"An offer of the kind {offer.kind} needs a value above 0."
    elif offer.kind == "percent" and not (value < 1 and abs(value * 100 - round(value * 100)) < 1e-9):
        yield f"{value} is not a whole percentage below 100."
    elif offer.kind == "n_for_m" and not any(abs(value - 1 / n) < 1e-9 for n in range(2, 7)):
        yield f"{value} is not one of two to six free."


def _incoherent(plan: MessagePlan) -> Iterator[str]:
    if plan.offer is None and plan.product is None and not plan.is_apology:
        yield "It is about nothing: it needs an offer or a product, or something to be sorry for."
    if plan.is_apology and plan.offer is None and (plan.product is not None or plan.action not in {"reply", None}):
        yield "An apology without an offer sells nothing: it names no product and asks for a reply at most."
    if plan.action == "reply" and plan.channel in {"push", "in_app", "web", "mobile_app"}:
        yield f"Nobody can reply on the channel {plan.channel}."
    if len(set(plan.appeals)) < len(plan.appeals):
        yield "An appeal stands in it twice."
    if len(plan.appeals) > MOST_APPEALS:
        yield f"More than {MOST_APPEALS} appeals read as a list, not as a message."
    if plan.product is None and not OF_PRODUCTS.isdisjoint(plan.appeals):
        yield "A claim, and early access, need the product that they are about."
    if plan.valid_days is not None and plan.offer is None:
        yield "A validity needs an offer that it holds for."
    if plan.action == "redeem" and plan.offer is None:
        yield "There is no offer to redeem."
    yield from _hasty(plan)
    if plan.is_apology and plan.tone not in TONES_OF_APOLOGIES:
        yield f"An apology can not be {plan.tone}."
    if plan.is_apology and not APPEALS_OF_APOLOGIES.issuperset(plan.appeals):
        yield "An apology leaves room for thanks, and for no other appeal."
    if plan.tone == "apologetic" and not plan.is_apology:
        yield "An apologetic tone needs something to be sorry about."


def _hasty(plan: MessagePlan) -> Iterator[str]:
    hasty = "urgency" in plan.appeals or plan.tone == "urgent"
    if hasty and (plan.valid_days is None or plan.valid_days > DEADLINE_DAYS):
        yield f"Haste needs an offer that ends within {DEADLINE_DAYS} days."
    if plan.tone == "urgent" and "urgency" not in plan.appeals:
        yield "An urgent tone needs the appeal of urgency."
    if plan.tone == "urgent" and "thanks" in plan.appeals:
        yield "An urgent tone leaves no room for thanks."


def _unsupported(plan: MessagePlan, facts: Facts) -> Iterator[str]:
    for appeal in plan.appeals:
        if appeal in CLAIMS and not facts.supports(appeal):
            yield f"Nothing supports the claim of {appeal}."
    if "early_access" in plan.appeals and plan.product is not None and facts.buys(plan.product):
        yield "There is no early access to what the customer buys already."
    if plan.is_apology and not facts.matter:
        yield "An apology needs the matter that it is for."
    if "loyalty" in plan.appeals and facts.since_year is None and not facts.bought:
        yield "Nothing on record supports an appeal to loyalty."
    if plan.occasion == "welcome" and "loyalty" in plan.appeals:
        yield "Somebody who is new can not be thanked for staying."
    if plan.occasion == "customer_anniversary" and facts.since_year is None:
        yield "An anniversary needs the year since which the customer is one."
    if plan.occasion == "replenishment" and plan.product not in {None, RANGE} and not facts.buys(plan.product or ""):
        yield "What is to be replenished is something that the customer bought."
    elif plan.occasion == "replenishment" and not facts.bought:
        yield "A replenishment needs something that the customer bought."
    if plan.occasion in NEED_A_PURCHASE and facts.beside(plan.product) is None:
        yield f"The occasion {plan.occasion} needs something else that the customer bought."
    if plan.occasion in NEED_A_PRODUCT and plan.product is None:
        yield f"The occasion {plan.occasion} needs a product."
