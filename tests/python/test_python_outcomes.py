"""Outcomes in a notebook: frames and dicts in, each event stored once."""

from typing import Any, ClassVar

import numpy as np
import polars
import pytest

from twincast import Twincast
from twincast.domain.errors import InvalidInput, NothingToLearn


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


class TestLearning:
    @staticmethod
    def campaign(count: int = 120) -> tuple[list[dict[str, Any]], polars.DataFrame]:
        records = [{"customer_id": f"c{k}", "history": {"total_purchases": k % 5}} for k in range(count)]
        arms = ["mens" if k % 2 else "control" for k in range(count)]
        visits = [int(k % 4 > 0) for k in range(count)]
        ids = [it["customer_id"] for it in records]
        propensity = [0.5] * count
        return records, polars.DataFrame(
            {"customer_id": ids, "segment": arms, "visit": visits, "propensity": propensity}
        )

    def test_from_records_and_outcomes_keeps_only_what_was_learned(self) -> None:
        tc = Twincast()
        records, frame = self.campaign()
        asked = {"mens": {"content": "For him", "channel": "email", "response": "visit"}}
        before = tc.predict(records[:1], asked, ["will_engage"], as_of="2026-03-20")
        version = tc.learn(frame, {**asked, "control": None}, customers=records, sent_at="2026-03-20")
        after = tc.predict(records[:1], asked, ["will_engage"], as_of="2026-03-20")
        assert version.outcomes == {"visit": 120}
        assert after["will_engage"][0] > 2 * before["will_engage"][0]
        assert len(tc) == 0
        assert tc.models().current == 1
        tc.select_model(0)
        back = tc.predict(records[:1], asked, ["will_engage"], as_of="2026-03-20")
        assert back["will_engage"][0] == before["will_engage"][0]

    def test_from_stored_outcomes_is_the_same(self) -> None:
        records, frame = self.campaign()
        sent = {"mens": {"content": "For him"}, "control": None}
        alone, stored = Twincast(), Twincast()
        stored.add_customers(records, as_of="2026-03-20")
        stored.add_outcomes(frame, sent, sent_at="2026-03-20")
        first = alone.learn(frame, sent, customers=records, sent_at="2026-03-20")
        assert stored.learn().digest == first.digest
        report = stored.calibration_report()
        assert {it.kind for it in report.segments} == {"visit"}

    def test_without_anything_to_learn_from_is_refused(self) -> None:
        tc = Twincast()
        with pytest.raises(NothingToLearn):
            tc.learn()
        with pytest.raises(InvalidInput, match="customers: is missing"):
            tc.learn(self.campaign()[1], sent_at="2026-03-20")

    @pytest.mark.slow
    def test_from_a_world_with_known_truth_finds_what_the_prior_does_not_know(self) -> None:
        world = Twincast.world(1_500)
        tc, frame = Twincast(), world.to_polars()
        asked: dict[str, Any] = {"fields": ["will_purchase"], "as_of": "2025-06-01", "horizon_days": world.window_days}
        before = tc.predict(world.records()[:200], world.interventions, **asked)
        version = tc.learn(frame, world.interventions, customers=world.records())
        after = tc.predict(world.records()[:200], world.interventions, **asked)
        assert version.outcomes["visit"] == len(frame)
        true = sum(frame["purchased"].to_list()) / len(frame)
        missed = [abs(float(np.mean(it["will_purchase"])) - true) for it in (before, after)]
        assert missed[1] < 0.5 * missed[0]
