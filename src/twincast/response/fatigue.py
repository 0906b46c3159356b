"""Fatigue as features: what each twin remembers, as of the moment at which the message would reach it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.interventions import ReadIntervention
from twincast.domain.memories import SECONDS_A_DAY, Fading, Memory
from twincast.reading.likeness import VOCABULARY, likeness_of
from twincast.reading.timings import place, place_next
from twincast.response.cells import Cells, Remembered
from twincast.response.customers import LOGS
from twincast.response.features import FATIGUE_NAMES
from twincast.response.prior import Prior
from twincast.stats.linear import weighted_sum

Array = NDArray[np.float64]

NOTHING: Final[Mapping[str, float]] = {}
PLACES: Final = {term: place for place, term in enumerate(VOCABULARY)}
RECORDED: Final = LOGS["contacts"][1]
"""Contacts of the last 30 days where the record says nothing: the reference of `contacts`."""


def fading_of(prior: Prior) -> Fading:
    """Return how fast memories fade."""
    figures = prior.constants["memory"]
    return Fading(contact_days=figures["contact_days"], likeness_days=figures["likeness_days"])


def encode_fatigue(cells: Cells) -> Array | None:
    """Encode what is remembered, (c, len(FATIGUE_NAMES)); None where no twin remembers anything.

    Sending nothing tires nobody. A cell's features are its own: another cell's message is never among what is
    remembered, whenever it would be sent.
    """
    kept = cells.remembered
    if kept is None or not any(kept.memories):
        return None
    twin, item = cells.twin, cells.intervention
    numbers = np.array([_numbers(memory) for memory in kept.memories]).reshape(-1, 4)[twin]
    days = np.maximum(_sent(cells, kept) - numbers[:, 3], 0.0)
    contacts = numbers[:, 0] * np.exp(-days / numbers[:, 1])
    like = _like(cells, kept) * np.exp(-days / numbers[:, 2])
    stated = cells.twins.column("contacts_recent")[twin]
    recorded = np.where(np.isnan(stated), RECORDED, stated)
    sent = np.array([each.is_contact for each in cells.interventions], dtype=np.float64)[item]
    named = {"contacts_since": np.log1p(contacts / (1.0 + recorded)), "repeat": np.log1p(like)}
    return np.ascontiguousarray(np.stack([named[name] for name in FATIGUE_NAMES], axis=1) * sent[:, None])


def _numbers(memory: Memory | None) -> tuple[float, float, float, float]:
    """Return contacts, the two mean lives in days, and the day that the sums are as of."""
    if memory is None or memory.at is None:
        return 0.0, 1.0, 1.0, 0.0
    return memory.contacts, memory.fading.contact_days, memory.fading.likeness_days, _day(memory.at)


def _like(cells: Cells, kept: Remembered) -> Array:
    """Return how much each cell's message is like all that is remembered, (c,), before it fades."""
    seen = _vectors([memory.likeness if memory is not None else NOTHING for memory in kept.memories])
    shown = _vectors([likeness_of(item) for item in cells.interventions])
    return weighted_sum(seen[cells.twin], shown[cells.intervention])


def _vectors(likenesses: Sequence[Mapping[str, float]]) -> Array:
    """Return likenesses as rows over the whole vocabulary: a row's sums never depend on what the others hold."""
    rows = np.zeros((len(likenesses), len(VOCABULARY)))
    for row, likeness in enumerate(likenesses):
        for term, weight in likeness.items():
            if term in PLACES:  # a later vocabulary may have dropped a term
                rows[row, PLACES[term]] = weight
    return rows


def _sent(cells: Cells, kept: Remembered) -> Array:
    """Return the day on which each cell's message reaches its twin, (c,); 0 for twins that remember nothing."""
    known: dict[tuple[str, int, datetime | None, datetime | None], float] = {}
    days = np.zeros(len(cells))
    for cell, (row, column) in enumerate(zip(cells.twin.tolist(), cells.intervention.tolist(), strict=True)):
        memory, item = kept.memories[row], cells.interventions[column]
        if memory is None or memory.at is None:
            continue
        zone, last = cells.twins.zones[row] or kept.zone, memory.last_contact
        later = last if last is not None and last >= cells.now else None
        # Changed texts share the timing of what they were made from; hashing it would cost more than placing it.
        key = (zone, id(item.timing), item.intervention.at, later)
        if key not in known:
            known[key] = _day(sending(item, zone, cells.now, later))
        days[cell] = known[key]
    return days


def sending(item: ReadIntervention, zone: str, now: datetime, last: datetime | None) -> datetime:
    """Return when a message goes out: at its own moment, else in the next window of its timing."""
    if item.intervention.at is not None:
        return place(item.timing, zone=zone, after=item.intervention.at).starts_at
    return place_next(item.timing, zone=zone, after=now, last=last).starts_at


def _day(moment: datetime) -> float:
    return moment.timestamp() / SECONDS_A_DAY
