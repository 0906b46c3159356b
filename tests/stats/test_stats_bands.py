"""Bands that hold all at once: nothing is found where there is nothing, however many are looked at."""

import numpy as np

from twincast.stats.bands import together


class TestTogether:
    def test_calls_one_of_many_that_are_nothing_in_no_more_cases_than_stated(self) -> None:
        """The estimate of each of 40 quantities that are 0 has the very spread that its draws say."""
        rng = np.random.default_rng(1)
        worlds, called = 400, 0
        for _ in range(worlds):
            estimates = rng.standard_normal(40)
            draws = estimates[:, None] + rng.standard_normal((40, 400))
            low, high = together(draws, 0.9)
            called += bool(((low > 0.0) | (high < 0.0)).any())
        assert called / worlds < 0.1 + 4.0 * np.sqrt(0.1 * 0.9 / worlds)
        assert called / worlds > 0.02

    def test_finds_what_is_there(self) -> None:
        draws = np.random.default_rng(2).standard_normal((30, 400))
        draws[7] += 9.0
        low, _ = together(draws, 0.95)
        assert np.flatnonzero(low > 0.0).tolist() == [7]

    def test_what_does_not_vary_has_no_width(self) -> None:
        low, high = together(np.array([[0.5] * 10, [0.0, 1.0] * 5]), 0.8)
        assert (low[0], high[0]) == (0.5, 0.5)
        assert low[1] < 0.5 < high[1]

    def test_nothing_gives_nothing(self) -> None:
        assert [len(end) for end in together(np.zeros((0, 5)), 0.8)] == [0, 0]
