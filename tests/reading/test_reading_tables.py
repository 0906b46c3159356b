"""Tables read as columns: to the last bit what their records say, whatever is in them."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincast.reading.records import read_records, records_of_columns
from twincast.reading.tables import gather_table

DAY = date(2026, 5, 4)
NAMES = (
    "profile.location", "profile.age", "behavioral_data.average_order_value", "behavioral_data.preferred_channels",
    "behavioral_data.email_open_rate", "history.total_purchases", "history.purchases", "history.last_purchase_date",
    "history.customer_since", "history.returns", "history.satisfaction_scores", "history.orders", "history.unheard_of",
    "psychographic_traits", "currency", "context", "profile.consent_email", "profile.profiling_opt_out",
)  # fmt: skip
CELLS = st.one_of(
    st.none(),
    st.integers(-2, 400),
    st.floats(0, 500, allow_nan=False).map(lambda it: round(it, 2)),
    st.booleans(),
    st.sampled_from(["monthly", "2026-04-01", "Berlin", "email", "30-40", "yes", "", "EUR", "price_sensitive", "70%"]),
    st.lists(st.sampled_from(["email", "sms", 4, 2.5, None, "tea", True]), max_size=3),
    st.sampled_from([float("inf"), "x" * 30_000, "a\x00b", {"a": 1}, [[1]], [float("inf")]]),
)  # fmt: skip
TABLES = st.integers(0, 4).flatmap(
    lambda n: st.dictionaries(st.sampled_from(NAMES), st.lists(CELLS, min_size=n, max_size=n), max_size=6).map(
        lambda table: {"customer_id": [f"c{at}" if at != 2 else "" for at in range(n)], **table}
    )
)


class TestTables:
    @given(table=TABLES)
    def test_say_what_their_records_say(self, table: dict[str, list[Any]]) -> None:
        fast = read_records(table, as_of=DAY, documented=False)
        slow = read_records(records_of_columns(table), as_of=DAY)
        assert fast.frame.values.tobytes() == slow.frame.values.tobytes()
        assert (fast.frame.zones, fast.frame.interests) == (slow.frame.zones, slow.frame.interests)
        assert fast.frame.currencies == slow.frame.currencies
        assert fast.customer_ids == slow.customer_ids
        assert fast.problems == slow.problems
        assert np.array_equal(fast.valid, slow.valid)

    def test_plain_ones_need_no_records(self) -> None:
        table: dict[str, list[Any]] = {
            "customer_id": ["a", "b"],
            "history.total_purchases": [1, None],
            "profile.x": [["a", 1], None],
        }
        assert gather_table(table, 2, as_of=DAY) is not None
        batch = read_records(table, as_of=DAY, documented=False)
        assert (batch.documents, batch.frame.documents) == ([], ())

    @pytest.mark.parametrize(
        "cell", [{"a": 1}, float("inf"), "a\x00", "x" * 20_001, "\ud800", [[1]], [{"a": 1}], date(2020, 1, 1)]
    )
    def test_odd_ones_get_a_closer_look(self, cell: object) -> None:
        assert gather_table({"customer_id": ["a"], "profile.x": [cell]}, 1, as_of=DAY) is None

    def test_sections_in_one_piece_do_too(self) -> None:
        assert gather_table({"customer_id": ["a"], "history": [3]}, 1, as_of=DAY) is None
        assert gather_table({f"profile.x{at}": [3] for at in range(300)}, 1, as_of=DAY) is None
