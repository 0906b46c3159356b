"""Paired comparisons: by hand, on posteriors whose truth is known, and where there is nothing to find."""

import numpy as np
import pytest

from twincast.stats.comparing import among_customers, paired, share_best
from twincast.stats.streams import stream


def posterior(run: int, truth: np.ndarray, draws: int = 400) -> np.ndarray:
    """Draw from the posterior of some means after one noisy look at each, under a flat prior."""
    seen = truth + stream(run, "seen").standard_normal(len(truth))
    return seen[:, None] + stream(run, "draws").standard_normal((len(truth), draws))


class TestByHand:
    def test_pairs_differences_and_shares(self) -> None:
        found = paired(np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 5.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), level=0.5)
        assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
        assert found.difference.tolist() == [0.5, 2.5, 2.0]
        assert found.better.tolist() == [0.625, 1.0, 0.875]

    def test_what_variants_have_in_common_cancels(self) -> None:
        common = 100.0 * stream(1, "common").standard_normal(500)
        found = paired(np.array([common + 1.0, common]))
        assert found.low[0] == pytest.approx(1.0)
        assert found.high_together[0] == pytest.approx(1.0)
        assert found.apart.all()

    def test_the_same_variant_twice_is_not_apart(self) -> None:
        same = stream(2, "same").standard_normal(100)
        found = paired(np.array([same, same]))
        assert (found.difference[0], found.low_together[0], found.high_together[0]) == (0.0, 0.0, 0.0)
        assert (found.better[0], found.apart[0]) == (0.5, False)

    def test_the_reported_value_lies_in_its_interval(self) -> None:
        found = paired(stream(3, "x").standard_normal((2, 100)), values=[9.0, 0.0])
        assert found.difference[0] == found.high[0] == found.high_together[0] == 9.0

    def test_one_variant_has_no_pair(self) -> None:
        assert len(paired(np.ones((1, 3))).difference) == 0

    @pytest.mark.parametrize("draws", [np.array([[1.0, np.nan]]), np.zeros((2, 0)), np.zeros(3)])
    def test_gaps_are_refused(self, draws: np.ndarray) -> None:
        with pytest.raises(ValueError, match="without gaps"):
            paired(draws)

    def test_ties_split_the_best(self) -> None:
        assert share_best(np.array([[1.0, 2.0], [1.0, 0.0], [0.0, 2.0]])).tolist() == [0.5, 0.25, 0.25]


class TestKnownTruth:
    @pytest.mark.req("R175")
    def test_intervals_hold_as_often_as_they_say_alone_and_all_together(self) -> None:
        alone, together = [], []
        runs, level = 1_000, 0.9
        for run in range(runs):
            truth = 2.0 * stream(run, "truth").standard_normal(4)
            found = paired(posterior(run, truth), level=level)
            true = truth[found.first] - truth[found.second]
            alone.append((found.low <= true) & (true <= found.high))
            together.append(((found.low_together <= true) & (true <= found.high_together)).all())
        assert np.mean(alone) == pytest.approx(level, abs=0.02)
        assert np.mean(together) == pytest.approx(level, abs=0.02)
        assert np.mean(np.all(alone, axis=1)) < 0.75  # what separate intervals would do together

    @pytest.mark.req("R175")
    def test_where_variants_are_alike_none_is_called_better_and_the_tails_are_uniform(self) -> None:
        runs, alarms, tails = 1_000, 0, []
        for run in range(runs):
            found = paired(posterior(run, np.zeros(4)))
            alarms += bool(found.apart.any())
            tails.append(found.better[0])
        assert alarms / runs <= 0.05 + 0.02
        counts = np.histogram(tails, bins=10, range=(0.0, 1.0))[0] / runs
        assert np.abs(counts - 0.1).max() < 4 * np.sqrt(0.09 / runs) + 0.01

    def test_a_sample_of_customers_widens_by_the_spread_of_their_differences(self) -> None:
        people = stream(5, "people")
        base = people.standard_normal(400)
        each = np.array([base + 0.1 * people.standard_normal(400), base])
        nothing = np.zeros((2, 20_000))
        nothing[1, 0] = 1e-9  # two variants, not one twice
        found = among_customers(nothing, np.cov(each) / 400, seed=1)
        assert found.std(axis=1) == pytest.approx(each.std(axis=1, ddof=1) / 20, rel=0.03)
        assert (found[0] - found[1]).std() == pytest.approx((each[0] - each[1]).std(ddof=1) / 20, rel=0.03)
        assert np.array_equal(found, among_customers(nothing, np.cov(each) / 400, seed=1))

    def test_the_same_variant_twice_stays_the_same_among_other_customers(self) -> None:
        each = stream(6, "people").standard_normal((1, 30))
        twice = among_customers(np.ones((2, 50)), np.cov(np.repeat(each, 2, axis=0)) / 30, seed=1)
        assert np.array_equal(twice[0], twice[1])
        assert twice[0].std() > 0.0
