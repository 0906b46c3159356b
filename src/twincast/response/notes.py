"""What must be said of outcomes that teach less than they seem to: all of one kind, few, told apart by a single column
of the records, of customers who do not differ, or of whom much is not known.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.reading.states import POSITION
from twincast.reading.twins import TwinFrame
from twincast.response.attributes import encode_attributes
from twincast.response.calibrating import FEWEST
from twincast.response.posteriors import ResponseModel
from twincast.response.samples import OutcomeRows

Array = NDArray[np.float64]

SAID: Final[dict[str, str]] = {
    "last_order_day": "the day of the last order",
    "first_order_day": "the day of the first order",
    "orders": "the number of orders",
    "order_value_mean": "what an order is worth",
    "spend_365": "what was spent in a year",
    "return_rate": "the share of returns",
    "satisfaction_mean": "the satisfaction",
    "support_interactions": "the contacts with support",
    "campaigns_redeemed": "the campaigns redeemed",
    "open_rate": "the share of e-mails opened",
    "click_rate": "the share of e-mails clicked",
    "contacts_recent": "the contacts lately",
    "income_mid": "the income",
}
"""Columns of a twin's state, in words: those that numbers are made of."""

MISSING: Final = 0.1
"""Share of customers of whom something is not known, from which it is said; what nobody has on record is not missed."""
GLANCE: Final = 2_000
"""Rows that are looked at first: a column that does not tell them apart does not tell all apart."""


def notes_of(model: ResponseModel, rows: OutcomeRows) -> tuple[str, ...]:
    """Return what must be said of a model that was learned from these outcomes, a sentence each.

    Args:
        model: what was learned.
        rows: what it was learned from.
    """
    twins = rows.cells.twins
    columns = _columns(model, twins)
    heads = [note for head in sorted(model.learned) for note in _of_head(model, head, rows, columns)]
    return (*heads, *_of_records(model, twins, columns))


def _columns(model: ResponseModel, twins: TwinFrame) -> dict[str, Array]:
    known = {f"'{name}' ({words})": twins.values[:, POSITION[name]] for name, words in SAID.items()}
    further = encode_attributes(twins, model.attributes).T
    return known | {f"'{column.name}'": part for column, part in zip(model.attributes, further, strict=True)}


def _of_head(model: ResponseModel, head: str, rows: OutcomeRows, columns: dict[str, Array]) -> Iterator[str]:
    counts = model.counts(head)
    if counts.rarer == 0:
        which = "none is an event" if counts.events == 0 else "all are events"
        yield f"{head}: of {counts.outcomes:,} outcomes {which}: only the level moves, and nobody is told from others"
    elif counts.rarer < FEWEST:
        yield (
            f"{head}: {counts.events:,} events in {counts.outcomes:,} outcomes are too few to check what is foretold: "
            f"from {FEWEST} on, and as many without, there are a calibration, a gate and a checked confidence"
        )
    seen = rows.outcomes.get(head, np.empty(0))
    known = np.flatnonzero(~np.isnan(seen))
    for name, values in columns.items() if counts.rarer >= FEWEST else ():
        mine = values[rows.cells.twin]
        if _overlap(mine, seen, known[:GLANCE]) is not True and _overlap(mine, seen, known) is False:
            yield f"{head}: {name} alone tells every event from every other: does the record know what came of it?"


def _overlap(values: Array, happened: Array, rows: NDArray[np.intp]) -> bool | None:
    """Tell whether events and others have values in common; None where there are too few of a kind to say."""
    there = rows[~np.isnan(values[rows])]
    events, others = values[there[happened[there] > 0.0]], values[there[happened[there] == 0.0]]
    if min(len(events), len(others)) < FEWEST:
        return None
    return bool(events.min() <= others.max() and events.max() >= others.min())


def _of_records(model: ResponseModel, twins: TwinFrame, columns: dict[str, Array]) -> Iterator[str]:
    if len(twins) < FEWEST:
        return
    unknown = {name: float(np.isnan(values).mean()) for name, values in columns.items()}
    unknown |= {f"'{it.path}'": it.centre for it in model.attributes if it.kind == "missing"}
    parts = [f"{name} of {share:.0%}" for name, share in unknown.items() if MISSING <= share < 1.0]
    if parts:
        yield f"not known of all customers: {', '.join(parts)}; they are foretold as those of whom it is not known"
    if not model.attributes and len(set(twins.interests)) == 1 and not _vary(twins):
        yield "the records tell no customer from another: everybody is foretold the same but for what is sent"


def _vary(twins: TwinFrame) -> bool:
    """Tell whether anything in the states of customers differs but the day they are of."""
    first = twins.values[0]
    same = (twins.values == first) | (np.isnan(twins.values) & np.isnan(first))
    same[:, POSITION["as_of_day"]] = True
    return not bool(same.all())
