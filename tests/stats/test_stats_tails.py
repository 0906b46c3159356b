"""Tails hold what they say on cases they have not seen, by segment, whatever the distribution."""

import numpy as np
import pytest

from twincast.stats.tails import SHARES, ends_of, tails_of


def skewed(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Residuals that are skewed, and twice as wide in the second of two segments."""
    segment = rng.integers(0, 2, count)
    return (rng.gamma(1.5, 1.0, count) - 1.0) * np.where(segment == 1, 2.0, 1.0), segment


class TestTails:
    @pytest.mark.req("N4")
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.995])
    def test_new_cases_lie_inside_as_often_as_said_in_each_segment(self, level: float) -> None:
        shares = []
        for seed in range(60):
            rng = np.random.default_rng(seed)
            tails = tails_of(*skewed(rng, 600), 2)
            assert tails is not None
            new, segment = skewed(rng, 1_000)
            low, high = tails.ends(segment, level)
            inside = (low <= new) & (new <= high)
            shares.append([inside[segment == code].mean() for code in (0, 1)])
        # three standard errors of 60 worlds: quantiles of 300 cases, and 500 new ones
        error = 3.0 * np.sqrt(level * (1.0 - level) * (1 / 300 + 1 / 500) / 60)
        np.testing.assert_allclose(np.mean(shares, axis=0), level, atol=error + 2.0 / 300)

    def test_few_cases_take_the_tails_of_all_and_fewer_make_none(self) -> None:
        rng = np.random.default_rng(1)
        segment = np.append(np.zeros(300, dtype=np.intp), np.ones(10, dtype=np.intp))
        tails = tails_of(rng.standard_normal(310), segment, 3)
        assert tails is not None
        assert tails.own.tolist() == [True, False, False]
        np.testing.assert_array_equal(tails.ends(np.array([1]), 0.8), tails.ends(np.array([2]), 0.8))
        assert tails_of(np.zeros(99), np.zeros(99, dtype=np.intp), 1) is None
        low, high = ends_of(None, np.zeros(2, dtype=np.intp), 0.9)
        np.testing.assert_allclose([low[0], high[1]], [-1.6449, 1.6449], atol=1e-4)

    def test_ends_widen_with_the_level(self) -> None:
        tails = tails_of(np.random.default_rng(2).standard_normal(5_000), np.zeros(5_000, dtype=np.intp), 1)
        assert tails is not None
        ends = np.array([tails.ends(np.zeros(1, dtype=np.intp), level) for level in [*SHARES.tolist(), 0.999]])[:, :, 0]
        assert (np.diff(ends[:, 0]) <= 0.0).all()
        assert (np.diff(ends[:, 1]) >= 0.0).all()
