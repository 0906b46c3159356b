"""Money, numbers, dates, products and offers as they stand in a sentence."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from twincast.domain.plans import Facts, MessagePlan, PlannedOffer

_SIGNS: Final = {
    **dict.fromkeys("USD CAD AUD NZD SGD HKD MXN BRL CLP COP ARS".split(), "$"),
    "EUR": "€",
    "GBP": "£",
    "INR": "₹",
    "JPY": "¥",
    "CNY": "¥",
}
"""Signs that stand for a currency at home; others are written by their code."""
_UNITLESS: Final = frozenset({"JPY", "KRW", "HUF", "CLP", "ISK"})
_NUMBERS: Final = "zero one two three four five six seven eight nine ten eleven twelve".split()
_MONTHS: Final = "January February March April May June July August September October November December".split()
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_LED: Final = re.compile(r"(?:our|the|a|an|all|any|every|your|this|these|selected)\b", re.IGNORECASE)
_HEAD_ENDS: Final = re.compile(r"\s(?:of|for|with|from|in)\s", re.IGNORECASE)
_SINGULAR: Final = re.compile(r"(?:ss|us|is|news|series|tennis)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Noun:
    """What is spoken of, ready for a sentence: "our premium line", and whether it takes a plural verb."""

    text: str
    plural: bool


def plain(text: str) -> str:
    """Return what a caller wrote on one line."""
    return " ".join(text.split())


def number(value: int) -> str:
    """Write a number as prose does: in words up to twelve."""
    return _NUMBERS[value] if 0 <= value < len(_NUMBERS) else f"{value:,}"


def money(value: float, currency: str) -> str:
    """Write an amount of money: "$10", "£7.50", "CHF 1,200"."""
    code = currency.upper()
    whole = code in _UNITLESS or abs(value - round(value)) < 0.005
    amount = f"{value:,.0f}" if whole else f"{value:,.2f}"
    sign = _SIGNS.get(code)
    return f"{code} {amount}" if sign is None else f"{sign}{amount}"


@lru_cache(maxsize=1024)
def product_noun(product: str) -> Noun:
    """Return a product as it stands in a sentence: "premium_line" is "our premium line"; proper names stay as given."""
    text = plain(product.replace("_", " "))
    led = _LED.match(text) is not None or text != text.lower()
    return Noun(text=text if led else f"our {text}", plural=is_plural(text))


def is_plural(text: str) -> bool:
    """Whether a noun, with whatever belongs to it, takes a plural verb: "running shoes", "jars of honey"."""
    head = _HEAD_ENDS.split(text)[0]
    return head.endswith("s") and _SINGULAR.search(head) is None


@lru_cache(maxsize=1024)
def bare(product: str) -> str:
    """Return a product without what leads it: "our premium line" is "premium line"."""
    text = plain(product.replace("_", " "))
    return re.sub(r"^(?:our|the|a|an|your|this|these) ", "", text, flags=re.IGNORECASE)


def offer_noun(offer: PlannedOffer, product: Noun | None, currency: str, order: str = "your next order") -> str:
    """Return an offer and what it is for: "25% off our premium line", "free shipping on your next order"."""
    if product is None:
        return f"{price_noun(offer, currency)}{_onto(offer, order) if offer.minimum is None else ''}"
    least = "" if offer.minimum is None else f" on {_least(offer, currency)}"
    return f"{_price(offer, currency)}{_onto(offer, product.text)}{least}"


def price_noun(offer: PlannedOffer, currency: str) -> str:
    """Return an offer by itself: "25% off", "$10 off orders over $50", "a free gift"."""
    return _price(offer, currency) + ("" if offer.minimum is None else _onto(offer, _least(offer, currency)))


def _least(offer: PlannedOffer, currency: str) -> str:
    return f"orders over {money(offer.minimum or 0.0, currency)}"


def _onto(offer: PlannedOffer, what: str) -> str:
    """Return what an offer is for, as it follows the offer."""
    if offer.kind == "gift":
        return f" with {what}" if "order" in what.split() or "orders" in what.split() else f" when you buy {what}"
    return f" {what}" if offer.kind in {"percent", "amount"} else f" on {what}"


def _price(offer: PlannedOffer, currency: str) -> str:
    value = offer.value or 0.0
    if offer.kind == "percent":
        return f"{round(value * 100)}% off"
    if offer.kind == "amount":
        return f"{money(value, currency)} off"
    if offer.kind == "n_for_m":
        n = round(1 / value)
        return f"{number(n)} for the price of {number(n - 1)}"
    return "free shipping" if offer.kind == "free_shipping" else _gift(offer.item)


def _gift(item: str | None) -> str:
    if item is None:
        return "a free gift"
    text = plain(item)
    led = text if _LED.match(text) else f"{'an' if text[:1].lower() in 'aeiou' else 'a'} {text}"
    return f"{led} as a free gift"


def day(of: date, today: date, *, american: bool) -> str:
    """Write a date: "30 June" or "June 30", with the year only where it is another one."""
    month = _MONTHS[of.month - 1]
    text = f"{month} {of.day}" if american else f"{of.day} {month}"
    if of.year == today.year:
        return text
    return f"{text}, {of.year}" if american else f"{text} {of.year}"


def until(plan: MessagePlan, facts: Facts, *, american: bool) -> str:
    """Return how long an offer holds, the day of sending included: "until 30 June", "for the next three days"."""
    days, today = plan.valid_days, facts.today
    if days is None:
        return ""
    if days <= 2:
        return ("until tonight", "until tomorrow")[days - 1]
    if days == 3 or today is None:
        weeks = days >= 14 and days % 7 == 0
        return f"for the next {number(days // 7)} weeks" if weeks else f"for the next {number(days)} days"
    last = today + timedelta(days=days - 1)
    return f"until {_DAYS[last.weekday()]}" if days <= 7 else f"until {day(last, today, american=american)}"


def ends(plan: MessagePlan, facts: Facts) -> str:
    """Return when an offer ends, for who wants to press: "ends on Friday", "ends in just five days"."""
    days = plan.valid_days or 1
    if days <= 2:
        return ("ends tonight", "ends tomorrow")[days - 1]
    if facts.today is None:
        return f"ends in just {number(days)} days"
    return f"ends on {_DAYS[(facts.today + timedelta(days=days - 1)).weekday()]}"
