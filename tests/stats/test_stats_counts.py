"""Counts of successes whose chances differ."""

import doctest

import numpy as np
import pytest
from scipy.stats import binom

from twincast.stats import counts
from twincast.stats.counts import successes, successes_between


class TestSuccesses:
    def test_the_example_of_its_docstring_holds(self) -> None:
        done = doctest.testmod(counts)
        assert (done.failed, done.attempted) == (0, 1)

    @pytest.mark.parametrize(("n", "p"), [(0, 0.3), (1, 0.0), (7, 0.3), (40, 0.9)])
    def test_equal_chances_are_binomial(self, n: int, p: float) -> None:
        np.testing.assert_allclose(successes(np.full(n, p)), binom.pmf(np.arange(n + 1), n, p), atol=1e-14)

    def test_mean_and_variance_are_those_of_the_chances(self) -> None:
        chances = np.array([0.02, 0.5, 0.7, 0.99, 0.31])
        held, counts = successes(chances), np.arange(6)
        mean = held @ counts
        assert mean == pytest.approx(chances.sum())
        assert held @ (counts - mean) ** 2 == pytest.approx((chances * (1 - chances)).sum())


class TestBetween:
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
    @pytest.mark.parametrize("n", [1, 3, 12, 60])
    def test_it_holds_at_least_the_level_and_no_more_than_it_must(self, level: float, n: int) -> None:
        held = successes(np.linspace(0.05, 0.8, n))
        low, high = successes_between(held, level)
        tail = (1 - level) / 2
        assert held[low : high + 1].sum() >= level - 1e-12
        assert held[:low].sum() <= tail + 1e-12
        assert held[: low + 1].sum() > tail
        assert held[high + 1 :].sum() <= tail + 1e-12
        assert held[high:].sum() > tail

    def test_what_is_certain_has_no_width(self) -> None:
        assert successes_between(successes(np.ones(5)), 0.8) == (5, 5)
        assert successes_between(successes(np.zeros(5)), 0.8) == (0, 0)
