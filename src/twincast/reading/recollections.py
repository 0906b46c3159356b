"""What happened since the record was written, laid over a twin's numbers: purchases, complaints, channels left."""

from collections.abc import Sequence
from dataclasses import replace
from math import floor, isnan, log
from typing import Final

import numpy as np

from twincast.domain.memories import COMPLAINT, SECONDS_A_DAY, Memory, Purchase
from twincast.reading.states import BASIS_TRANSACTIONS, CONSENT_CHANNELS, POSITION, TwinFrame

STATED_ORDERS: Final = 3.0
"""Orders that a stated mean value is as good as, where the record does not say of how many it is the mean."""


def recollected(frame: TwinFrame, memory: Memory) -> TwinFrame:
    """Return a twin as it stands after what it remembers; what the record covers already is not counted again.

    Args:
        frame: a frame of one row.
        memory: what its twin remembers.
    """
    row = _Row(frame)
    covered = row["as_of_day"]
    bought = [it for it in memory.purchases if not _day(it) <= covered]
    if bought:
        _buy(row, bought)
    complaint = memory.outcomes.get(COMPLAINT)
    if complaint is not None and not _floor(complaint.last.timestamp()) <= covered:
        row["recent_failure"] = 1.0
    for channel, moment in memory.left.items():
        if channel in CONSENT_CHANNELS and not _floor(moment.timestamp()) <= covered:
            row[f"consent_{channel}"] = 0.0
    return row.frame


class _Row:
    """One twin's numbers by name, changed on a copy."""

    def __init__(self, frame: TwinFrame) -> None:
        self.frame = frame
        self._copied = False

    def __getitem__(self, name: str) -> float:
        return float(self.frame.values[0, POSITION[name]])

    def __setitem__(self, name: str, value: float) -> None:
        if not self._copied:
            self.frame = replace(self.frame, values=self.frame.values.copy())
            self._copied = True
        self.frame.values[0, POSITION[name]] = value


def _buy(row: _Row, bought: Sequence[Purchase]) -> None:
    """Add orders: their number, the window they were counted in, the last of them, and what they were worth."""
    days = [_day(it) for it in bought]
    amounts = [it.amount for it in bought if it.amount is not None]
    if isnan(row["orders"]):
        row["orders"], row["orders_basis"] = 0.0, BASIS_TRANSACTIONS
        if isnan(row["since_day"]) and isnan(row["first_order_day"]):
            row["first_order_day"] = min(days)
    row["orders"] += len(bought)
    row["orders_days"] = _known(row["orders_days"]) + max(days) - min(row["as_of_day"], max(days))
    row["as_of_day"] = max(days)
    row["last_order_day"] = np.fmax(row["last_order_day"], max(days))
    if amounts:
        _pay(row, amounts)


def _pay(row: _Row, amounts: Sequence[float]) -> None:
    known = not isnan(row["order_value_mean"])
    before = (row["order_value_n"] if not isnan(row["order_value_n"]) else STATED_ORDERS) if known else 0.0
    total = before + len(amounts)
    mean = _known(row["order_value_mean"])
    logs = [log(amount) for amount in amounts if amount > 0.0]
    if not isnan(row["order_value_log_mean"]) and logs:
        row["order_value_log_mean"] = (before * row["order_value_log_mean"] + sum(logs)) / (before + len(logs))
    row["order_value_mean"] = (before * mean + sum(amounts)) / total
    row["order_value_n"] = total
    for name in ("spend_365", "lifetime_value"):
        row[name] = row[name] + sum(amounts)  # unknown stays unknown


def _known(value: float) -> float:
    return 0.0 if isnan(value) else value


def _day(purchase: Purchase) -> float:
    return _floor(purchase.at.timestamp())


def _floor(seconds: float) -> float:
    return float(floor(seconds / SECONDS_A_DAY))
