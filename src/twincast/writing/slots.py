"""What stands in the gaps of the phrases, from a plan and the facts."""

from collections.abc import Mapping
from typing import Final

from twincast.domain.plans import RANGE, Facts, MessagePlan
from twincast.writing.nouns import bare, ends, is_plural, offer_noun, plain, price_noun, product_noun, until

_AMERICAN: Final = frozenset({"USD"})
"""Currencies of those who write "June 12" and "apologize"."""


def slots_of(plan: MessagePlan, facts: Facts) -> Mapping[str, str]:
    """Return the text of every slot; one that has nothing to say is empty."""
    american = facts.currency.upper() in _AMERICAN
    limit = until(plan, facts, american=american)
    return {
        **_goods(plan, facts),
        **_customer(plan, facts),
        "name": plain(facts.name or "") if plan.named else "",
        "until": f" {limit}" if limit and "urgency" not in plan.appeals else "",
        "ends": ends(plan, facts),
        "Ends": _capital(ends(plan, facts)),
        "message": "letter" if plan.channel == "mail" else "message",
        "apologise": "apologize" if american else "apologise",
        "honoured": "honored" if american else "honoured",
    }


def _goods(plan: MessagePlan, facts: Facts) -> Mapping[str, str]:
    product = None if plan.product is None else product_noun(plan.product)
    plural = product is not None and product.plural
    named = "" if product is None else product.text
    offer = price = ""
    if plan.offer is not None:
        order = "your first order" if plan.occasion == "welcome" and not facts.bought else "your next order"
        offer, price = offer_noun(plan.offer, product, facts.currency, order), price_noun(plan.offer, facts.currency)
    return {
        "offer": offer,
        "Offer": _capital(offer),
        "price": price,
        "Price": _capital(price),
        "plus": f", plus {price}" if price else "",
        "what": f"early access to {named}" if "early_access" in plan.appeals else price or named,
        "product": named,
        "Product": _capital(named),
        "It": "They" if plural else "It",
        "it": "them" if plural else "it",
        "is": "are" if plural else "is",
        "has": "have" if plural else "has",
        "comes": "come" if plural else "comes",
    }


def _customer(plan: MessagePlan, facts: Facts) -> Mapping[str, str]:
    again = plan.product if plan.occasion == "replenishment" and plan.product != RANGE else None
    bought = bare(again or facts.beside(plan.product) or next(iter(facts.bought), ""))
    return {
        "brand": plain(facts.brand or ""),
        "since": str(facts.since_year),
        "bought": bought,
        "it_bought": "them" if is_plural(bought) else "it",
        "matter": plain(facts.matter or ""),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
