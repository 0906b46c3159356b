"""Recollections: what happened since the record was written counts once, and what the record covers not again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import BARGAIN, COLD, DOCUMENT
from twincast.domain.memories import Memory, Outcome, remember
from twincast.reading.recollections import recollected
from twincast.reading.records import read_records
from twincast.reading.states import STATE, TwinFrame
from twincast.response.fatigue import fading_of
from twincast.response.prior import shipped_prior

WRITTEN = datetime(2026, 5, 4, 12, tzinfo=UTC)
BLANK = Memory(fading=fading_of(shipped_prior()))


def frame(record: dict[str, Any]) -> TwinFrame:
    return read_records([record], as_of=WRITTEN.date()).frame


def after(*happened: tuple[float, str, float | None], channel: str | None = None) -> Memory:
    memory = BLANK
    for days, kind, amount in happened:
        outcome = Outcome(kind=kind, amount=amount, channel=channel)
        memory = remember(memory, outcome, WRITTEN + timedelta(days=days))
    return memory


def changed(record: dict[str, Any], memory: Memory) -> dict[str, tuple[float, float]]:
    """The columns that differ, before and after."""
    before, now = frame(record), recollected(frame(record), memory)
    return {
        name: (float(old), float(new))
        for name, old, new in zip(STATE, before.values[0], now.values[0], strict=True)
        if not np.array_equal(old, new, equal_nan=True)
    }


@pytest.mark.req("I7", "R171")
class TestPurchases:
    def test_a_purchase_since_counts_as_an_order_then(self) -> None:
        found = changed(BARGAIN, after((10.0, "purchase", 60.0)))
        day = float(frame(BARGAIN).column("as_of_day")[0]) + 10.0
        assert found["orders"] == (12.0, 13.0)
        assert found["last_order_day"][1] == day
        assert found["orders_days"][1] == found["orders_days"][0] + 10.0
        assert found["order_value_mean"][0] < found["order_value_mean"][1] < 60.0

    def test_two_purchases_are_as_good_as_one_and_one(self) -> None:
        both = changed(BARGAIN, after((3.0, "purchase", 20.0), (9.0, "purchase", 80.0)))
        assert both["orders"][1] - both["orders"][0] == 2.0

    def test_what_the_record_covers_is_not_counted_again(self) -> None:
        assert changed(BARGAIN, after((-1.0, "purchase", 60.0), (0.2, "purchase", 60.0))) == {}

    def test_a_customer_of_whom_nothing_is_known_has_bought_once(self) -> None:
        found = recollected(frame(COLD), after((5.0, "purchase", 30.0)))
        assert found.column("orders")[0] == 1.0
        assert found.column("order_value_mean")[0] == 30.0
        assert found.column("first_order_day")[0] == found.column("last_order_day")[0]

    def test_an_unknown_amount_leaves_the_value_of_orders_alone(self) -> None:
        assert "order_value_mean" not in changed(BARGAIN, after((5.0, "purchase", None)))


@pytest.mark.req("I29")
class TestRefusals:
    def test_a_channel_that_was_left_is_refused_from_then_on(self) -> None:
        found = changed(DOCUMENT, after((5.0, "unsubscribe", None), channel="email"))
        assert found["consent_email"][1] == 0.0
        assert set(found) == {"consent_email"}

    def test_a_complaint_is_a_recent_failure(self) -> None:
        assert changed(DOCUMENT, after((5.0, "complaint", None)))["recent_failure"][1] == 1.0


def test_what_says_nothing_new_changes_nothing() -> None:
    assert changed(DOCUMENT, after((5.0, "visit", None), (6.0, "open", None))) == {}
