"""The benchmarks' own arithmetic: bars, which outcomes count, and that the bare endpoint gives a true answer."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy, outcomes
from benchmarks.customers import INTERVENTIONS, frame
from benchmarks.figures import Figure
from twincast import Twincast

REPOSITORY = Path(__file__).resolve().parents[2]


class TestFigures:
    @pytest.mark.parametrize(
        ("bar", "met"), [(None, None), ((">=", 0.6), True), ((">", 0.6), False), (("<", 0.5), False)]
    )
    def test_a_bar_is_met_or_missed(self, bar: tuple[str, float] | None, met: bool | None) -> None:
        assert Figure(name="x", value=0.6, bar=bar).met is met

    def test_an_interval_of_a_mean_holds_the_mean(self) -> None:
        scores = np.linspace(0.0, 1.0, 200)
        figure = accuracy._mean_auc("x", [(scores, scores + np.sin(np.arange(200)) > 0.7)])
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high

    def test_equal_scores_differ_by_exactly_nothing(self) -> None:
        scored = [(np.arange(40.0), np.arange(40) % 3 == 0)]
        difference = accuracy._difference("x", scored, scored)
        assert (difference.low, difference.value, difference.high) == (0.0, 0.0, 0.0)


@pytest.mark.data
class TestOutcomes:
    def test_only_complete_campaigns_of_the_dev_part_count(self, data_dir: Path) -> None:
        found = outcomes.journey()
        assert [campaign.name for campaign in found] == ["7", "8", "9", "10", "11", "12"]
        assert all(campaign.as_of < date(2017, 9, 4) for campaign in found)
        assert all(len(campaign.records) == len(campaign.outcomes["redeemed"]) for campaign in found)

    def test_records_hold_nothing_from_the_day_on_which_the_campaign_began(self, data_dir: Path) -> None:
        for campaign in outcomes.journey():
            days = [trip["date"] for it in campaign.records for trip in it["history"].get("transactions") or []]
            assert max(days) < campaign.as_of.isoformat()

    @pytest.mark.slow
    def test_each_arm_of_the_e_mail_test_has_its_own_message(self, data_dir: Path) -> None:
        arms = {arm.name: arm for arm in outcomes.hillstrom()}
        assert set(arms) == {"mens", "womens", "none"}
        assert sum(len(arm.records) for arm in arms.values()) == 31_959
        assert arms["none"].intervention["type"] == "none"


class TestSpeed:
    def test_the_made_up_customers_are_the_same_each_time_and_can_be_read(self) -> None:
        customers = frame(200)
        assert customers.equals(frame(200))
        with Twincast() as tc:
            assert tc.add_customers(customers, as_of="2026-05-04").created == 200
            found = tc.predict(customers["customer_id"], INTERVENTIONS, as_of="2026-05-04")
        assert len(found) == 800
        assert not np.isnan(found["will_purchase"]).any()


class TestCommand:
    @pytest.mark.slow
    def test_says_what_it_did_not_measure_for_want_of_data(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "benchmarks", "accuracy", "--json"]
        variables = {"PATH": "", "TWINCAST_DATA": str(tmp_path)}
        done = subprocess.run(command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False)
        assert "skipped accuracy" in done.stderr
        assert "accuracy" not in json.loads(done.stdout)
