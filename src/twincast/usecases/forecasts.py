"""Stored tests beside what came of them: for each contact the probability that was answered before it was made."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.domain.ids import TwinId
from twincast.domain.interventions import ReadIntervention
from twincast.domain.pages import MAX_PAGE
from twincast.domain.trials import Trial
from twincast.ports.stores import UnitOfWork
from twincast.response.heads import FIELD_HEADS, RESPONSE_HEADS
from twincast.response.samples import OutcomeRows
from twincast.usecases.contacts import micros_of

Array = NDArray[np.float64]
Key = tuple[TwinId, str, str | None, str | None]
"""Whom, and what: type, channel and digest of the text."""

MOST_TRIALS: Final = 50_000
"""Tests that are looked through, the newest."""
AGE: Final = timedelta(days=90)
"""How old an answer may be when the message goes out, to count as a forecast of it."""


def answered(
    unit: UnitOfWork, rows: OutcomeRows, twin_ids: Sequence[TwinId], sent_at: NDArray[np.int64], channel: Sequence[int]
) -> dict[str, Array]:
    """Return what stored tests had answered of each contact, by kind, (c,); NaN where none had.

    A test foretells a contact of the same twin with the same type, channel and text, within the same days, if it was
    made before the contact and not more than `AGE` before. Of several the latest counts.

    Args:
        unit: where tests are looked for.
        rows: c contacts.
        twin_ids: whose, (c,).
        sent_at: (c,) microseconds since 1970.
        channel: (c,) positions in `CHANNELS`.
    """
    found = {kind: np.full(len(rows), np.nan) for kind in rows.outcomes}
    contacts: dict[Key, list[int]] = {}
    for place, item in enumerate(rows.cells.intervention.tolist()):
        key = _key(twin_ids[place], rows.cells.interventions[item], CHANNELS[channel[place]])
        contacts.setdefault(key, []).append(place)
    latest = np.full(len(rows), np.iinfo(np.int64).min)
    for trial in _trials(unit):
        made = micros_of(trial.created_at)
        for place in contacts.get(_key(trial.twin_id, trial.answer.intervention, trial.answer.channel), ()):
            is_forecast = made <= sent_at[place] <= micros_of(trial.created_at + AGE)
            if is_forecast and made > latest[place] and _days(trial) == rows.window[place]:
                latest[place] = made
                for kind, probability in _probabilities(trial).items():
                    if kind in found:
                        found[kind][place] = probability
    return found


def _trials(unit: UnitOfWork) -> Iterator[Trial]:
    cursor: str | None = None
    for _ in range(MOST_TRIALS // MAX_PAGE):
        page = unit.trials.newest(cursor, MAX_PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _key(twin_id: TwinId, item: ReadIntervention, channel: str | None) -> Key:
    if not item.is_contact:
        return (twin_id, item.type, None, None)
    return (twin_id, item.type, channel, item.reading.digest if item.reading else None)


def _days(trial: Trial) -> float:
    return float(trial.answer.intervention.intervention.horizon_days or trial.settings.horizon_days)


def _probabilities(trial: Trial) -> Mapping[str, float]:
    """Return the probabilities of a test by what they are of."""
    heads = {**FIELD_HEADS, "will_engage": RESPONSE_HEADS[trial.answer.response]}
    return {
        heads[it.field]: it.estimate.value
        for it in trial.answer.predictions
        if it.field in heads and it.estimate is not None
    }
