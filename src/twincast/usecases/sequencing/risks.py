"""Contacts that are too likely to make the customer unsubscribe: a plan does not make them."""

from collections.abc import Sequence

import numpy as np

from twincast.domain.memories import Memory
from twincast.ports.engines import Engine
from twincast.usecases.guardrails import RISK, risk_flags
from twincast.usecases.optimizing.worths import LEVEL
from twincast.usecases.scenes import Subject
from twincast.usecases.sequencing.contacts import Contact
from twincast.usecases.sequencing.gains import at_once, cells_for


def mild_ones(
    engine: Engine,
    subject: Subject,
    memory: Memory | None,
    contacts: Sequence[Contact],
    horizon_days: int,
    held_back: dict[str, str],
) -> list[Contact]:
    """Return the contacts that the limit of unsubscribing allows, with what the customer remembers.

    Args:
        horizon_days: where a message names none of its own.
        held_back: is told of the others, by message and channel, why not.
    """
    if subject.policy.unsubscribe_ratio is None:
        return list(contacts)
    risks = np.zeros(len(contacts))
    for places in at_once(contacts):
        cells = cells_for(subject, memory, [contacts[place] for place in places])
        risks[places] = engine.predict(cells, [RISK], horizon_days=horizon_days, level=LEVEL)[RISK].value
    mild = []
    for contact, risk in zip(contacts, risks.tolist(), strict=True):
        days = contact.item.intervention.horizon_days or horizon_days
        flags = risk_flags(subject.policy, contact.channel, days, risk)
        if flags:
            held_back.setdefault(f"{contact.message_id} ({contact.channel})", flags[0].message)
        else:
            mild.append(contact)
    return mild
