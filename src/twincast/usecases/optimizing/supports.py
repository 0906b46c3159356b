"""Where a message leaves what the prior and the data support: appeals piled up are held at the end of it.

The response model adds appeals up, as far as anybody wishes to go. That is known of a few, each said once: three, and
the two that an occasion and a product's own name may make. Beyond, the number stays where it was last known (a random
walk's extrapolation, not a line's). So a text that heaps up what pleases the scorer is ranked no higher than one that
makes a few points.
"""

from dataclasses import replace
from typing import Final

from twincast.domain.interventions import ReadIntervention
from twincast.domain.messages import MessageReading

SUPPORTED: Final = 2.5
"""Strength of all appeals together that is taken as read: five, each said once. Judgement."""


def held(item: ReadIntervention) -> ReadIntervention:
    """Return an intervention as candidates are ranked by it: with its appeals held within what is supported."""
    if item.reading is None or is_supported(item.reading):
        return item
    return replace(item, reading=_held(item.reading))


def is_supported(reading: MessageReading) -> bool:
    """Whether a message makes no more appeals than are known to add up."""
    return _strength(reading) <= SUPPORTED + 1e-9


def _held(reading: MessageReading) -> MessageReading:
    share = SUPPORTED / _strength(reading)
    appeals = tuple(replace(it, strength=it.strength * share) for it in reading.appeals)
    return replace(reading, appeals=appeals)


def _strength(reading: MessageReading) -> float:
    """Savings and gifts are not counted: they come with the offer, whose depth has its own weight."""
    return sum(it.strength for it in reading.appeals if it.name not in {"savings", "gift"})
