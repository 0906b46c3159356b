"""A customer's own orders as they were known on earlier days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twincast.reading.columns import gather
from twincast.reading.purchases import purchases_of
from twincast.reading.records import read_records
from twincast.reading.states import TwinFrame
from twincast.reading.values import EPOCH

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class History:
    """The dated orders of one customer, by day.

    Attributes:
        days: (m,) day of each since 1970-01-01, ascending.
        entries: each as it stands in the record, in the same order.
        as_of: day up to which they are known.
    """

    days: Array
    entries: tuple[Any, ...]
    as_of: float

    def known_on(self, days: Sequence[float]) -> TwinFrame:
        """Return the twin that the orders up to each of these days alone would have made, a row a day."""
        frames = [self._frame(day) for day in days]
        return TwinFrame(
            values=np.concatenate([frame.values for frame in frames]),
            zones=tuple(zone for frame in frames for zone in frame.zones),
            currencies=tuple(code for frame in frames for code in frame.currencies),
            interests=tuple(named for frame in frames for named in frame.interests),
        )

    def _frame(self, day: float) -> TwinFrame:
        known = [entry for entry, on in zip(self.entries, self.days, strict=True) if on <= day]
        record = {"customer_id": "-", "history": {"transactions": known}}
        return read_records([record], as_of=date_of(day)).frame


def history_of(record: Mapping[str, object], as_of: date) -> History:
    """Return the dated orders of a record that was true on a day; refunds are no orders.

    Args:
        record: a customer record that could be read.
        as_of: the day on which it was true.
    """
    columns, _ = gather([record], as_of=as_of)
    bought = purchases_of(columns)
    lists = [value for _, _, value in columns.entries("transactions") if isinstance(value, list)]
    if bought is None or not lists:
        return History(days=np.empty(0), entries=(), as_of=columns.as_of)
    dated = np.flatnonzero(~np.isnan(bought.day) & ~(bought.amount < 0.0))
    order = dated[np.argsort(bought.day[dated], kind="stable")]
    return History(days=bought.day[order], entries=tuple(lists[0][k] for k in order), as_of=columns.as_of)


def date_of(day: float) -> date:
    """Return a day since 1970-01-01 as a date."""
    return date.fromordinal(int(day) + EPOCH)
