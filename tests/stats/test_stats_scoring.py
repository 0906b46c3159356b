"""Scores of probabilities: against hand results, and on synthetic truth."""

import numpy as np
import pytest

from twincast.stats.scoring import auc, auc_interval, by_quantile, calibration_line, log_loss
from twincast.stats.streams import stream


class TestAuc:
    def test_counts_pairs_and_half_of_the_ties(self) -> None:
        # events score 3 and 1, others 2 and 1: pairs 3>2, 3>1, 1<2, 1=1 make 2.5 of 4
        assert auc([3.0, 1.0, 2.0, 1.0], [1, 1, 0, 0]) == 2.5 / 4

    def test_is_nan_without_both_kinds(self) -> None:
        assert np.isnan(auc([0.1, 0.2], [1, 1]))

    def test_does_not_change_under_a_monotone_map(self) -> None:
        scores = stream(0, "auc").normal(size=200)
        events = stream(1, "auc").random(200) < 0.3
        assert auc(scores, events) == auc(np.exp(scores), events)

    def test_interval_holds_the_truth_as_often_as_it_says(self) -> None:
        truth, runs = 0.7602, 300  # Phi(1 / sqrt 2) for unit normals one sd apart
        held = 0
        for run in range(runs):
            draw = stream(run, "delong").normal(size=240)
            events = np.arange(240) < 60
            score = auc_interval(draw + events, events)
            held += score.low <= truth <= score.high
        assert held / runs == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / runs))


class TestLogLoss:
    def test_is_the_entropy_of_a_coin(self) -> None:
        assert log_loss([0.5, 0.5], [0, 1]) == pytest.approx(np.log(2))

    def test_stays_finite_for_a_wrong_certainty(self) -> None:
        assert np.isfinite(log_loss([1.0, 0.0], [0, 1]))


class TestCalibration:
    def test_finds_the_line_that_made_the_events(self) -> None:
        x = stream(2, "line").normal(-2.0, 1.0, size=20_000)
        events = stream(3, "line").random(20_000) < 1 / (1 + np.exp(-(0.5 + 0.8 * x)))
        line = calibration_line(1 / (1 + np.exp(-x)), events)
        assert line is not None
        assert line.intercept == pytest.approx(0.5, abs=3 * line.intercept_se)
        assert line.slope == pytest.approx(0.8, abs=3 * line.slope_se)

    @pytest.mark.parametrize("events", [[0, 0, 0, 0], [0, 0, 1, 1]])
    def test_is_none_where_the_events_do_not_determine_it(self, events: list[int]) -> None:
        assert calibration_line([0.1, 0.2, 0.3, 0.4], events) is None


class TestDeciles:
    def test_the_highest_come_first_and_everybody_is_in_one(self) -> None:
        groups = by_quantile([0.1, 0.9, 0.5, 0.7], [0, 1, 0, 1], groups=2)
        assert [(group.count, group.events) for group in groups] == [(2, 2), (2, 0)]
        assert groups[0].predicted == pytest.approx(0.8)

    def test_nobody_makes_no_groups(self) -> None:
        assert by_quantile([], []) == []
