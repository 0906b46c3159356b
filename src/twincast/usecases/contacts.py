"""From outcomes to contacts: what was seen after each, when a silence is a no, and what is not known at all.

The rules, in words, are those of docs/outcomes.md.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.outcomes import KINDS, NEEDS_CONTACT, RESPONSES, lateness
from twincast.ports.outcomes import NEVER, OutcomeColumns
from twincast.response.opinions import SCATTER

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]

DAY: Final = 86_400_000_000
HOUR: Final = DAY // 24
"""Microseconds."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EVENT, MACHINE, NO, OPEN = 4, 3, 2, 1
"""What is known of a contact and a kind, the surest word first."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contacts:
    """c contacts, or times without one, and what came of them; arrays of shape (c,).

    Attributes:
        twin, intervention: positions among those of the outcomes; -1 where nothing was sent.
        sent_at: microseconds since 1970.
        window: days within which things counted.
        outcomes: response -> 1 it happened, 0 it did not, NaN not known (yet).
        amounts, items: money and number of items of the orders within the window, NaN where not told.
        hours: response -> hours from sending to the first event within the window, NaN where no moment was told.
        answers: stated scale -> the last answer to a survey about what was sent, NaN without one.
        randomised: whether chance decided; propensity: with what probability, else NaN.
        left_out: reason -> how many outcomes teach nothing.
    """

    twin: Codes
    intervention: Codes
    sent_at: NDArray[np.int64]
    window: Floats
    outcomes: Mapping[str, Floats]
    amounts: Floats
    items: Floats
    hours: Mapping[str, Floats]
    answers: Mapping[str, Floats]
    randomised: Mask
    propensity: Floats
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.twin)

    def take(self, rows: Codes | Mask) -> "Contacts":
        """Return some of the contacts."""
        return Contacts(
            twin=self.twin[rows],
            intervention=self.intervention[rows],
            sent_at=self.sent_at[rows],
            window=self.window[rows],
            outcomes={kind: seen[rows] for kind, seen in self.outcomes.items()},
            amounts=self.amounts[rows],
            items=self.items[rows],
            hours={kind: taken[rows] for kind, taken in self.hours.items()},
            answers={scale: told[rows] for scale, told in self.answers.items()},
            randomised=self.randomised[rows],
            propensity=self.propensity[rows],
            left_out=self.left_out,
        )


def micros_of(moment: datetime) -> int:
    """Return the microseconds from 1970 to a moment, as `ports.outcomes` counts them."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def contacts_of(told: OutcomeColumns, now: datetime) -> Contacts:
    """Put outcomes together by contact, as of now.

    One contact is one twin, one intervention (or none), one moment and one window. Events in windows that are still
    open are left out like silences: counting them alone would make everything look likelier than it is.
    """
    left_out: Counter[str] = Counter()
    left_out["an answer about an emotion, from which nothing is learned yet"] = int(
        (told.kind == KINDS.index("emotion")).sum()
    )
    contact, first = _grouped(told)
    known = {kind: _known(told, contact, len(first), kind, now, left_out) for kind in RESPONSES}
    sent = told.intervention[first] >= 0
    outcomes = {
        kind: np.where(sent, seen, np.nan) if kind in NEEDS_CONTACT | {"share", "unsubscribe"} else seen
        for kind, seen in known.items()
    }
    outcomes = {kind: seen for kind, seen in outcomes.items() if _is_told(kind, seen, left_out)}
    drawn, bought = np.ones(len(first), dtype=np.bool_), outcomes.get("purchase", np.full(len(first), np.nan))
    np.logical_and.at(drawn, contact, told.randomised & (told.propensity == told.propensity[first][contact]))
    return Contacts(
        twin=told.twin[first],
        intervention=told.intervention[first],
        sent_at=told.sent_at[first],
        window=told.window_days[first],
        outcomes=outcomes,
        amounts=_added(told, contact, bought, told.amount),
        items=_added(told, contact, bought, told.items),
        hours={kind: _hours(told, contact, kind, seen) for kind, seen in outcomes.items()},
        answers=_answers(told, contact, sent, left_out),
        randomised=drawn,
        propensity=np.where(drawn, told.propensity[first], np.nan),
        left_out=dict(left_out),
    )


def _answers(told: OutcomeColumns, contact: Codes, sent: Mask, left_out: Counter[str]) -> dict[str, Floats]:
    """Return the last answer about each contact on the scales that are learned; of several the last one stands."""
    found = {}
    for scale in SCATTER:
        own = np.flatnonzero(told.kind == KINDS.index(scale))
        left_out["an answer to a survey where nothing was sent"] += int((~sent[contact[own]]).sum())
        own = own[sent[contact[own]]]
        if len(own):
            found[scale] = np.full(len(sent), np.nan)
            found[scale][contact[own]] = told.value[own]
    return found


def fresh_of(told: OutcomeColumns, contacts: Contacts, since: datetime) -> tuple[Contacts, bool]:
    """Return what is known now and was not yet as of a moment; and whether something that was known says otherwise now.

    Args:
        told: all outcomes, of which `contacts` were made as of now.
        contacts: what is known now; not changed.
        since: what outcomes received by then had said as of then is taken off.
    """
    before = contacts_of(_received_by(told, since), since)
    keys = np.concatenate([_keys(contacts), _keys(before)])
    _, code = np.unique(keys, axis=0, return_inverse=True)
    place = np.full(int(code.max(initial=-1)) + 1, -1, dtype=np.intp)
    place[code.ravel()[: len(contacts)]] = np.arange(len(contacts))
    now = place[code.ravel()[len(contacts) :]]
    changed = bool((now < 0).any())
    outcomes = {kind: seen.copy() for kind, seen in contacts.outcomes.items()}
    for kind, seen in before.outcomes.items():
        known = np.flatnonzero(~np.isnan(seen) & (now >= 0))
        current = contacts.outcomes.get(kind, np.full(len(contacts), np.nan))[now[known]]
        changed = changed or not np.array_equal(current, seen[known])
        if kind in outcomes:
            outcomes[kind][now[known]] = np.nan
    return replace(contacts, outcomes=outcomes), changed


def _received_by(told: OutcomeColumns, moment: datetime) -> OutcomeColumns:
    kept = told.received_at <= micros_of(moment)
    masked: dict[str, Any] = {
        it.name: part[kept] for it in fields(told) if isinstance(part := getattr(told, it.name), np.ndarray)
    }
    return replace(told, **masked)


def _keys(contacts: Contacts) -> NDArray[np.int64]:
    """Return what makes contacts the same, (c, 4)."""
    window = (contacts.window * DAY).astype(np.int64)
    return np.stack([contacts.twin, contacts.intervention, contacts.sent_at, window], axis=1)


def _grouped(told: OutcomeColumns) -> tuple[Codes, Codes]:
    """Return the contact of each outcome, and the first outcome of each contact."""
    keys = (told.window_days, told.sent_at, told.intervention, told.twin)
    order = np.lexsort(keys)
    changed = np.ones(len(order), dtype=np.bool_)
    if len(order):
        changed[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    contact = np.empty(len(order), dtype=np.intp)
    contact[order] = np.cumsum(changed) - 1
    return contact, order[changed]


def _known(
    told: OutcomeColumns, contact: Codes, count: int, kind: str, now: datetime, left_out: Counter[str]
) -> Floats:
    """Return what is known of one kind after each contact; what teaches nothing is counted."""
    own = np.flatnonzero(told.kind == KINDS.index(kind))
    until = told.sent_at[own] + (told.window_days[own] * DAY).astype(np.int64)
    stated = told.observed_until[own] != NEVER
    late = int(lateness(kind) * DAY)
    closed = np.where(stated, until <= told.observed_until[own], until + late <= micros_of(now))
    happened = told.value[own] == 1.0
    after = happened & (told.occurred_at[own] != NEVER) & (told.occurred_at[own] > until)
    machine = happened & told.by_machine[own]
    word = np.select([~closed, after, machine, happened], [OPEN, 0, MACHINE, EVENT], NO)
    surest = np.zeros(count, dtype=np.int64)
    np.maximum.at(surest, contact[own], word)
    left_out["window still open"] += int((word == OPEN).sum())
    left_out["after its window"] += int((closed & after).sum())
    left_out["by a machine"] += int((machine & closed & (surest[contact[own]] == MACHINE)).sum())
    left_out["silence that an event contradicts"] += int(((word == NO) & (surest[contact[own]] == EVENT)).sum())
    return np.select([surest == EVENT, surest == NO], [1.0, 0.0], np.nan)


def _is_told(kind: str, seen: Floats, left_out: Counter[str]) -> bool:
    """Tell whether a kind can be learned from: where only what happened was told, nobody knows out of how many."""
    if np.isnan(seen).all():
        return False
    if not (seen == 0.0).any():
        left_out[f"{kind}: only told where it happened"] += int((seen == 1.0).sum())
        return False
    return True


def _added(told: OutcomeColumns, contact: Codes, bought: Floats, parts: Floats) -> Floats:
    """Return the money, or the items, of each contact's orders within the window."""
    until = told.sent_at + (told.window_days * DAY).astype(np.int64)
    inside = (told.occurred_at == NEVER) | (told.occurred_at <= until)
    paid = np.flatnonzero((told.kind == KINDS.index("purchase")) & ~np.isnan(parts) & inside)
    total = np.bincount(contact[paid], parts[paid], minlength=len(bought))
    count = np.bincount(contact[paid], minlength=len(bought))
    return np.where((count > 0) & (bought == 1.0), total, np.nan)


def _hours(told: OutcomeColumns, contact: Codes, kind: str, seen: Floats) -> Floats:
    """Return the hours to the first event of a kind that a person made within the window."""
    own = np.flatnonzero((told.kind == KINDS.index(kind)) & (told.value == 1.0) & (told.occurred_at != NEVER))
    own = own[~told.by_machine[own]]
    first = np.full(len(seen), np.inf)
    np.minimum.at(first, contact[own], (told.occurred_at[own] - told.sent_at[own]) / HOUR)
    return np.where(np.isfinite(first) & (seen == 1.0), first, np.nan)
