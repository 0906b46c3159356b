"""What a message owes to its parts, and what it goes without: each tried on the same twin, the rest left as it is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from twincast.domain.interventions import ReadIntervention
from twincast.domain.messages import Appeal, MessageReading, Span
from twincast.domain.optimizations import Element
from twincast.domain.plans import APPEALS, MessagePlan
from twincast.domain.predictions import Estimate
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response
from twincast.response.cells import grid
from twincast.usecases.optimizing.finals import DRAWS, same_send
from twincast.usecases.optimizing.texts import Wanted
from twincast.usecases.optimizing.worths import Aim, worth_draws, worths
from twincast.usecases.scenes import Subject, backing_of

APPEAL_WORDS: Final[dict[str, str]] = {
    "exclusive": "Exclusivity",
    "early_access": "Early access",
    "thanks": "Thanks",
    "loyalty": "Appreciation of loyalty",
    "information": "Detailed information",
    "convenience": "Convenience",
    "urgency": "High pressure tactics",
    "novelty": "Something new",
    "scarcity": "Scarcity",
    "social_proof": "What others say",
    "quality": "Talk of quality",
    "status": "Status",
    "ethics": "Values",
    "family": "Family",
    "reassurance": "Reassurance",
}
MOST_AVOIDED: Final = 5
LONGEST: Final = 80
DEEPER: Final = 0.2
"""By how much deeper a discount is tried than the one that is allowed, or given."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_NOWHERE: Final = Span(start=0, end=0, text="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """The message with one part gone, or one more: what the part is, and what is then read."""

    name: str
    words: str
    item: ReadIntervention
    rule: str | None = None


def effects(
    engine: Engine, subject: Subject, item: ReadIntervention, tried: Sequence[Variation], wanted: Wanted, *, seed: int
) -> list[Element]:
    """Return each variation less the message, by the objective: value, and an interval over draws that both share.

    Args:
        item: the message; tried: its variations, all with its own effect (`same_send`).
        seed: of the draws.
    """
    if not tried:
        return []
    aim = wanted.aim
    items = [item, *(same_send(it.item, item) for it in tried)]
    cells = grid(subject.frame, items, subject.now, subject.remembered)
    value = worths(engine, cells, aim).value
    draws = worth_draws(engine, cells, aim, draws=DRAWS, seed=seed)
    differences, moved = value[1:] - value[0], draws[1:] - draws[0]
    low, high = np.quantile(moved, [0.1, 0.9], axis=1)
    return [
        Element(
            name=it.name,
            words=it.words,
            rule=it.rule,
            effect=Estimate(
                value=float(differences[place]),
                low=float(min(low[place], differences[place])),
                high=float(max(high[place], differences[place])),
                level=0.8,
                unit=aim.objective.unit,
                basis=basis_of(engine, aim, item),
            ),
        )
        for place, it in enumerate(tried)
        if differences[place] == differences[place]
    ]


def basis_of(engine: Engine, aim: Aim, item: ReadIntervention) -> str:
    """Return what the numbers of an objective rest on, for a message."""
    channel = item.channel or "email"
    response = item.response or default_response(item.type, channel)
    return backing_of(engine, aim.objective.field, response, channel).basis


def turned(element: Element) -> Element:
    """Return the effect of having a part, from that of taking it away."""
    effect = element.effect
    value, low, high = 0.0 - effect.value, 0.0 - effect.high, 0.0 - effect.low
    return replace(element, effect=replace(effect, value=value, low=low, high=high))


def sentences(content: str) -> list[str]:
    """Return the sentences of a text, in order."""
    return [it for it in _SENTENCE.split(content.strip()) if it]


def words_of(element: str, plan: MessagePlan) -> str:
    """Return what a plan's element is, for a reader."""
    if element.startswith("appeal:"):
        return APPEAL_WORDS[element.removeprefix("appeal:")]
    offer = plan.offer
    named = {
        "occasion": f"Recognition of the occasion ({(plan.occasion or '').replace('_', ' ')})",
        "offer": _offer_words(offer.kind, offer.value) if offer is not None else "Offer",
        "validity": f"Validity of {plan.valid_days} days",
        "product": f"Speaks of {(plan.product or '').replace('_', ' ')}",
        "action": "Clear call to action",
        "name": "Address by name",
    }
    return named[element]


def _offer_words(kind: str, value: float | None) -> str:
    if kind == "percent":
        return f"Discount of {value:.0%}"
    if kind == "amount":
        return f"{value:g} off"
    if kind == "n_for_m":
        return f"One of {round(1 / (value or 1.0))} free"
    return kind.replace("_", " ").capitalize()


def unread(item: ReadIntervention, element: str) -> ReadIntervention:
    """Return a message as if its offer, or its product, had not been read in it; else as it is."""
    reading = item.reading
    if reading is None or element not in {"offer", "product"}:
        return item
    if element == "product":
        bare = replace(item.intervention, products=())
        return replace(item, intervention=bare, reading=replace(reading, products=()))
    appeals = tuple(it for it in reading.appeals if it.name not in {"savings", "gift"})
    return replace(item, reading=replace(reading, offers=(), discount=None, discount_amount=0.0, appeals=appeals))


def avoided(item: ReadIntervention, wanted: Wanted) -> Iterator[Variation]:
    """Yield the message with what it goes without: appeals that it could make, a deeper discount, nothing personal."""
    reading = item.reading
    if reading is None:
        return
    has = {it.name for it in reading.appeals}
    calm = wanted.constraints.urgency == "low"
    for appeal in APPEALS:
        hasty = calm and appeal in {"urgency", "scarcity"}
        if appeal not in has and (hasty or wanted.facts.supports(appeal)):
            rule = "context.urgency: low" if hasty else None
            changed = replace(item, reading=_with_appeal(reading, appeal))
            yield Variation(name=f"appeal:{appeal}", words=APPEAL_WORDS[appeal], item=changed, rule=rule)
    most, depth = wanted.constraints.discount_max, reading.discount or 0.0
    deeper = min((depth if most is None else max(depth, most)) + DEEPER, 0.95)
    rule = None if most is None else f"constraints.discount_max: {most:g}"
    words = f"Excessive discounting ({deeper:.0%} off)"
    yield Variation(name="deeper_discount", words=words, item=_discounted(item, reading, deeper), rule=rule)
    if reading.products or reading.personalisation:
        plain = replace(reading, products=(), personalisation=())
        bare = replace(item, reading=plain, intervention=replace(item.intervention, products=()))
        yield Variation(name="generic", words="Generic messaging", item=bare)


def _with_appeal(reading: MessageReading, appeal: str) -> MessageReading:
    more = Appeal(name=appeal, strength=0.5, spans=(_NOWHERE,))
    push = {"urgency": 0.4, "scarcity": 0.25}.get(appeal, 0.0)
    pressure = 1.0 - (1.0 - reading.pressure) * float(np.exp(-push))
    return replace(reading, appeals=(*reading.appeals, more), pressure=pressure)


def _discounted(item: ReadIntervention, reading: MessageReading, depth: float) -> ReadIntervention:
    return replace(item, reading=replace(reading, discount=depth, discount_amount=0.0))


def worst(found: Sequence[Element], sign: float) -> tuple[Element, ...]:
    """Return what was kept out by a rule, and of what was only tried that which costs most, at most `MOST_AVOIDED`."""
    ruled = [it for it in found if it.rule is not None]
    tried = (it for it in found if it.rule is None and sign * it.effect.value < 0.0)
    harmful = sorted(tried, key=lambda it: sign * it.effect.value)
    return (*ruled, *harmful)[:MOST_AVOIDED]
