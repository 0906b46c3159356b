"""Reliability bins and the calibration error: against hand results, and on probabilities known to be right."""

from itertools import pairwise

import numpy as np
import pytest

from twincast.stats.reliability import expected_calibration_error, reliability_bins, wilson
from twincast.stats.scoring import brier, log_loss, log_losses
from twincast.stats.streams import stream


def test_brier_and_log_losses_by_hand() -> None:
    assert brier([0.8, 0.3], [1, 0]) == pytest.approx((0.04 + 0.09) / 2)
    assert log_losses([0.8, 0.3], [1, 0]) == pytest.approx([-np.log(0.8), -np.log(0.7)])
    assert log_loss([0.8, 0.3], [1, 0]) == pytest.approx(-(np.log(0.8) + np.log(0.7)) / 2)


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe 1998, table I: 81 of 263 is .2553 to .3662
    found = wilson(81, 263)
    assert [found.low, found.high] == pytest.approx([0.2553, 0.3662], abs=5e-5)
    assert wilson(0, 10).low == 0.0
    assert np.isnan(wilson(0, 0).value)


class TestBins:
    def test_hold_equally_many_and_everybody_once(self) -> None:
        p = stream(0, "bins").random(1_003)
        bins = reliability_bins(p, p > 0.5, bins=10)
        assert sum(part.count for part in bins) == 1_003
        assert {part.count for part in bins} <= {100, 101}
        assert all(a.highest <= b.lowest for a, b in pairwise(bins))

    def test_do_not_part_equal_predictions(self) -> None:
        bins = reliability_bins([0.2] * 7 + [0.6] * 3, [0] * 6 + [1] + [1, 1, 0], bins=5)
        assert [(part.count, part.events) for part in bins] == [(7, 1), (3, 2)]
        assert [part.predicted for part in bins] == pytest.approx([0.2, 0.6])

    def test_error_by_hand(self) -> None:
        error = expected_calibration_error([0.1, 0.1, 0.9, 0.9], [0, 1, 1, 1], bins=2)
        assert error == pytest.approx((0.4 + 0.1) / 2)

    def test_right_probabilities_reach_what_chance_allows_and_no_less(self) -> None:
        n, share = 30_000, 0.15
        p = np.full(n, share) + stream(1, "jitter").normal(0, 1e-6, n)
        error = expected_calibration_error(p, stream(2, "events").random(n) < share)
        assert error == pytest.approx(np.sqrt(2 * 15 * share * (1 - share) / (np.pi * n)), rel=0.6)

    def test_intervals_hold_the_truth_as_often_as_they_say(self) -> None:
        held = []
        for run in range(60):
            p = stream(run, "p").beta(1, 6, size=1_500)
            bins = reliability_bins(p, stream(run, "y").random(1_500) < p, bins=10)
            held += [part.observed.low <= part.predicted <= part.observed.high for part in bins]
        assert np.mean(held) == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / len(held)))

    def test_nothing_gives_nothing(self) -> None:
        assert reliability_bins([], []) == []
        assert np.isnan(expected_calibration_error([], []))
