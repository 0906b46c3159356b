"""Outcomes in a notebook: frames and dicts in, each event stored once."""

from typing import Any, ClassVar

import polars
import pytest

from twincast import Twincast
from twincast.domain.errors import InvalidInput


class TestOutcomes:
    SENT: ClassVar[dict[str, Any]] = {"mens": {"content": "For him"}, "control": None}

    def test_of_a_frame_are_stored_once(self) -> None:
        tc = Twincast()
        tc.add_customers([{"customer_id": "ann"}, {"customer_id": "bob"}], as_of="2026-03-01")
        frame = polars.DataFrame({"customer_id": ["ann", "bob"], "segment": ["mens", "control"], "visit": [1, 0]})
        added = tc.add_outcomes(frame, self.SENT, sent_at="2026-03-20", window_days=14)
        assert (added.created, added.repeated, added.skipped) == (2, 0, 0)
        assert tc.add_outcomes(frame, self.SENT, sent_at="2026-03-20", window_days=14).repeated == 2

    def test_of_dicts_are_told_by_row_where_they_are_wrong(self) -> None:
        tc = Twincast()
        tc.add_customers([{"customer_id": "ann"}])
        order = {"customer_id": "ann", "intervention": {"content": "Hi"}, "kind": "purchase", "sent_at": "2026-03-20"}
        assert tc.add_outcomes({**order, "amount": 12}).created == 1
        with pytest.raises(InvalidInput) as caught:
            tc.add_outcomes([order, {**order, "amount": -1, "event_id": "x"}, {**order, "customer_id": "carl"}])
        assert [(it.row, it.field) for it in caught.value.problems] == [(1, "amount"), (2, "customer_id")]
        with pytest.raises(InvalidInput, match="outcomes: is a str"):
            tc.add_outcomes("ann")
