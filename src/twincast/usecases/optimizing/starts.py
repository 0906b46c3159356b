"""Where a search starts from besides plans: the templates of the occasion, filled in, and the caller's own messages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.interventions import Intervention
from twincast.domain.plans import Facts, PlannedOffer
from twincast.domain.templates import Template
from twincast.reading.templates import templates
from twincast.usecases.optimizing.texts import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What texts that nobody planned are filled with.

    Attributes:
        type: of the intervention that is wanted.
        occasion, product: as asked.
        offer: the deepest that may be made, or None.
        facts: what may be said.
        sent: the intervention without its text: channel, timing, products.
    """

    type: str
    occasion: str | None
    product: str | None
    offer: PlannedOffer | None
    facts: Facts
    sent: Intervention


SHOWN: Final[dict[str, str]] = {"USD": "$", "EUR": "€", "GBP": "£"}


def from_templates(start: Start) -> tuple[list[Text], Mapping[str, str]]:
    """Return the templates that are for the occasion, filled in, and those that could not be, with the reason."""
    filled: list[Text] = []
    skipped: dict[str, str] = {}
    for template in templates().values():
        if template.type != start.type:
            continue
        source = f"template:{template.id}"
        named = template.products != ()
        said = {slot.name: _said(slot.name, start, named=named) or slot.default for slot in template.slots}
        missing = sorted(name for name, value in said.items() if value is None)
        if missing:
            skipped[source] = f"Nothing is known to fill {', '.join(missing)} with."
            continue
        content = _capital(template.written({name: str(value) for name, value in said.items()}))
        filled.append(Text(source=source, intervention=_sent(start, template, content)))
    return filled, skipped


def _sent(start: Start, template: Template, content: str) -> Intervention:
    return replace(start.sent, type=template.type, content=content)


def _said(slot: str, start: Start, *, named: bool) -> str | None:
    """Return what a slot is filled with out of what is known, or None; `named`: the product has a slot of its own."""
    facts, product = start.facts, start.product or (start.facts.bought[0] if start.facts.bought else None)
    called = None if product is None else product.replace("_", " ")
    whole = _offer(start.offer, facts.currency, "" if named or start.product is None else f" our {called}")
    known = {
        "offer": whole,
        "gift": whole,
        "compensation": _offer(start.offer, facts.currency, " your next order"),
        "product": called if start.occasion not in {"cross_sell", "upsell"} else _first(facts.bought),
        "suggestion": called,
        "upgrade": called,
        "since": None if facts.since_year is None else str(facts.since_year),
        "issue": facts.matter,
        "remedy": facts.remedy,
    }
    return known.get(slot)


def _first(bought: tuple[str, ...]) -> str | None:
    return bought[0] if bought else None


def _offer(offer: PlannedOffer | None, currency: str, after: str = "") -> str | None:
    if offer is None or offer.value is None:
        return None
    if offer.kind == "percent":
        return f"{offer.value:.0%} off{after}"
    return f"{SHOWN.get(currency, currency + ' ')}{offer.value:g} off{after}" if offer.kind == "amount" else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def from_baselines(baselines: Mapping[str, Intervention], sent: Intervention) -> list[Text]:
    """Return the caller's own messages; what they leave open they have in common with what is searched."""
    return [
        Text(
            source=f"baseline:{name}",
            intervention=replace(
                item,
                type=sent.type if item.type == "custom" else item.type,
                channel=item.channel or sent.channel,
                timing=item.timing or sent.timing,
            ),
            given=True,
        )
        for name, item in baselines.items()
    ]
