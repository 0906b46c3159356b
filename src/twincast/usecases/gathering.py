"""Contacts as rows to learn from: each twin as it was on the day of the contact, and what it was sent as it reads."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.ids import TwinId
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import frame_of, joined
from twincast.response.cells import Cells
from twincast.response.samples import OutcomeRows
from twincast.usecases.audiences import may_profile
from twincast.usecases.contacts import DAY, contacts_of, fresh_of
from twincast.usecases.hearing import heard_before

AT_ONCE: Final = 5_000
"""Twins that are loaded at a time."""
EPOCH: Final = date(1970, 1, 1).toordinal()
NO_TWIN: Final = "no twin as it was before the contact (state `as_of` where customers are brought in)"
OPTED_OUT: Final = "opted out of profiling"
_UNKNOWN, _REFUSED = -1, -2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Gathered:
    """What a workspace can learn from.

    Attributes:
        rows: of c contacts; None where there are none.
        twin_ids: (c,) whose; sent_at: (c,) when, microseconds since 1970.
        left_out: reason -> how many outcomes, or contacts, teach nothing.
        changed: whether something that was known before says otherwise now (only where it was asked).
    """

    rows: OutcomeRows | None
    twin_ids: Sequence[TwinId]
    sent_at: NDArray[np.int64]
    left_out: Mapping[str, int]
    changed: bool = False


def gather(unit: UnitOfWork, now: datetime, currency: str, since: datetime | None = None) -> Gathered:
    """Read everything that can be learned from, as of now.

    A contact is laid beside the newest version of its twin that speaks of a day up to that of the contact: what came
    after it must not foretell it. Where there is none, the contact is left out.

    Args:
        unit: where to read.
        now: decides which windows are closed.
        currency: of customers who state none.
        since: leave out what was known as of then.
    """
    told = unit.outcomes.columns()
    contacts, changed = contacts_of(told, now), False
    if since is not None:
        contacts, changed = fresh_of(told, contacts, since)
    left_out = Counter(contacts.left_out)
    if not contacts.outcomes and not contacts.answers:
        return Gathered(
            rows=None, twin_ids=(), sent_at=np.empty(0, dtype=np.int64), left_out=+left_out, changed=changed
        )
    told_of = (*contacts.outcomes.values(), *contacts.answers.values())
    known = np.any([~np.isnan(seen) for seen in told_of], axis=0)
    contacts = contacts.take(known)
    day = contacts.sent_at // DAY
    pairs, pair = np.unique(np.stack([contacts.twin, day], axis=1), axis=0, return_inverse=True)
    frames, found = [], np.full(len(pairs), _UNKNOWN, dtype=np.intp)
    done = 0
    for places, twins in as_they_were(unit, told.twins, pairs):
        frame = frame_of(twins)
        allowed = np.flatnonzero(may_profile(frame))
        found[places] = _REFUSED
        found[places[allowed]] = done + np.arange(len(allowed))
        frames.append(frame.take(allowed))
        done += len(allowed)
    of_contact = found[pair.ravel()]
    left_out[NO_TWIN] += int((of_contact == _UNKNOWN).sum())
    left_out[OPTED_OUT] += int((of_contact == _REFUSED).sum())
    kept = np.flatnonzero(of_contact >= 0)
    if not len(kept):
        return Gathered(
            rows=None, twin_ids=(), sent_at=np.empty(0, dtype=np.int64), left_out=+left_out, changed=changed
        )
    rows = contacts.take(kept)
    whole = joined(frames)
    days = np.empty(done)
    days[found[found >= 0]] = pairs[found >= 0, 1]
    twin = of_contact[kept]
    items, intervention = _read(told.interventions, rows.intervention, [whole.currencies[it] for it in twin], currency)
    cells = Cells(twins=whole, interventions=items, twin=twin, intervention=intervention, now=now, days=days)
    twin_ids = [told.twins[code] for code in rows.twin.tolist()]
    cells = replace(cells, signals=heard_before(unit, cells, twin_ids, rows.sent_at))
    return Gathered(
        rows=OutcomeRows(
            cells=cells,
            outcomes=rows.outcomes,
            window=rows.window,
            randomised=rows.randomised,
            propensity=rows.propensity,
            customer=rows.twin,
            amounts=rows.amounts,
            items=rows.items,
            hours=rows.hours,
            answers=rows.answers,
        ),
        twin_ids=twin_ids,
        sent_at=rows.sent_at,
        left_out=+left_out,
        changed=changed,
    )


def _nothing(left_out: Counter[str], changed: bool) -> Gathered:
    return Gathered(rows=None, twin_ids=(), sent_at=np.empty(0, dtype=np.int64), left_out=+left_out, changed=changed)


def as_they_were(
    unit: UnitOfWork, twin_ids: Sequence[TwinId], pairs: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.intp], list[Twin]]]:
    """Yield the version of each (twin, day) that was true on the day, with its place among the pairs."""
    for start in range(0, len(twin_ids), AT_ONCE):
        histories: dict[TwinId, list[Twin]] = {}
        for version in unit.twins.histories(twin_ids[start : start + AT_ONCE]):
            histories.setdefault(version.id, []).append(version)
        first, last = np.searchsorted(pairs[:, 0], [start, start + AT_ONCE])
        places, twins = [], []
        for place in range(first, last):
            code, day = pairs[place].tolist()
            then = as_of(histories.get(twin_ids[code], ()), day)
            if then is not None:
                places.append(place)
                twins.append(then)
        if twins:
            yield np.array(places, dtype=np.intp), twins


def as_of(versions: Sequence[Twin], day: int) -> Twin | None:
    """Return the newest version that speaks of a day up to this one, days since 1970-01-01; None without any."""
    earlier = [twin for twin in versions if twin.as_of.toordinal() - EPOCH <= day]
    return max(earlier, key=lambda twin: (twin.as_of, twin.version), default=None)


def _read(
    sent: Sequence[Intervention], codes: NDArray[np.intp], currencies: Sequence[str], default: str
) -> tuple[tuple[ReadIntervention, ...], NDArray[np.intp]]:
    """Read each intervention in each currency of its receivers: money in a text is theirs."""
    items: list[ReadIntervention] = []
    places: dict[tuple[int, str], int] = {}
    found = np.empty(len(codes), dtype=np.intp)
    for row, (code, currency) in enumerate(zip(codes.tolist(), currencies, strict=True)):
        key = (code, currency if code >= 0 else default)
        if key not in places:
            places[key] = len(items)
            given = sent[code] if code >= 0 else Intervention(type=NO_CONTACT)
            items.append(read_intervention(given, currency=key[1]))
        found[row] = places[key]
    return tuple(items), found
