"""What a message is like: a vector over a closed vocabulary, so that sums of likenesses stay small."""

from collections.abc import Mapping
from functools import lru_cache
from math import sqrt
from typing import Final

from twincast.domain.interventions import NO_CONTACT, TYPES, ReadIntervention
from twincast.domain.messages import MessageReading
from twincast.reading.appeals import APPEALS

OFFERS: Final[Mapping[str, tuple[str, float]]] = {
    "percent": ("offer:price", 2.0),
    "amount": ("offer:price", 2.0),
    "n_for_m": ("offer:price", 2.0),
    "coupon": ("offer:coupon", 2.0),
    "gift": ("offer:gift", 2.0),
    "free_shipping": ("offer:free_shipping", 1.0),
}
"""The term of the vocabulary that stands for each kind of offer, and its weight. A judgement: what is offered makes two
messages alike, whatever their words; percent off and money off are one thing to who receives them."""
APPEAL: Final = 0.5
"""Weight of an appeal at full strength."""
TYPE: Final = 1.0
"""Weight of the type: two newsletters without an offer are alike too."""

VOCABULARY: Final[tuple[str, ...]] = (
    *sorted({name for name, _ in OFFERS.values()}),
    *(f"appeal:{name}" for name in APPEALS),
    *(f"type:{name}" for name in TYPES if name != NO_CONTACT),
)
"""All terms, in the order in which arrays hold them."""


KEPT: Final = 1_024
"""Messages whose likeness is kept, the latest."""


def likeness_of(item: ReadIntervention) -> dict[str, float]:
    """Return what a message is like, as a vector of length 1 by term; nothing for sending nothing.

    The inner product of two of them is their likeness: 1 for the same, 0 where they share nothing.
    """
    return {} if item.reading is None else dict(_likeness(item.reading, item.type))


@lru_cache(maxsize=KEPT)
def _likeness(reading: MessageReading, type_: str) -> tuple[tuple[str, float], ...]:
    weights = {f"type:{type_}": TYPE}
    for term in reading.offers:
        if term.kind in OFFERS:
            name, weight = OFFERS[term.kind]
            weights[name] = weight
    for appeal in reading.appeals:
        weights[f"appeal:{appeal.name}"] = APPEAL * appeal.strength
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return tuple((name, weight / length) for name, weight in sorted(weights.items()))
