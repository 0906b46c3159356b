"""Intervals against brute force: simulation, and a quadrature of hundreds of points solved by halving."""

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from twincast.response.horizons import Horizon, horizon_of
from twincast.stats.intervals import (
    NORMAL_ODDS,
    effect_interval,
    probability_interval,
    reliability,
    two_sided,
)

Array = NDArray[np.float64]
LEVELS = (0.5, 0.8, 0.95, 0.99)
SMALL = 1e-4
"""Intervals shorter than a hundredth of a point are held to a millionth."""


def week(count: int) -> Horizon:
    return horizon_of(7.0, 7.0, np.full(count, 3.0))


def solved(cells: Array, level: float, days: float = 7.0, *, fine: bool = False) -> tuple[Array, Array]:
    """The interval of the uplift for columns (eta, its sd, tau, its sd)."""
    eta, eta_sd, tau, tau_sd = cells
    horizon = horizon_of(days, 7.0, np.full(cells.shape[1], 3.0))
    return effect_interval((eta, eta_sd), (tau, tau_sd), horizon.gain, level, fine=fine)


def brute(cells: Array, level: float, days: float = 7.0) -> tuple[Array, Array]:
    """The same from 301 points over eta, and 45 halvings on a scale that is fine near 0."""
    eta, eta_sd, tau, tau_sd = cells
    points = np.linspace(-6.0, 6.0, 301)
    weights = np.exp(-(points**2) / 2.0)
    weights /= weights.sum()
    _, inverse = horizon_of(days, 7.0, np.full(cells.shape[1], 3.0)).gain((eta + points[:, None] * eta_sd)[:, None, :])
    ends = []
    for share in (0.5 - level / 2.0, 0.5 + level / 2.0):
        low, high = np.full((1, cells.shape[1]), -np.arcsinh(1e7)), np.full((1, cells.shape[1]), np.arcsinh(1e7))
        for _ in range(45):
            middle = (low + high) / 2.0
            below = np.einsum("k,kjc->jc", weights, ndtr((inverse(np.sinh(middle) * 1e-7) - tau) / tau_sd)) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        ends.append(np.sinh((low + high) / 2.0)[0] * 1e-7)
    return ends[0], ends[1]


def worst(found: tuple[Array, Array], truth: tuple[Array, Array]) -> Array:
    """The larger error of the two ends, as a share of the interval's length."""
    error = np.maximum(np.abs(found[0] - truth[0]), np.abs(found[1] - truth[1]))
    return error / np.maximum(truth[1] - truth[0], SMALL)


def wide_grid(etas: tuple[float, ...]) -> Array:
    """Cells as the prior makes them: from a tenth of a per mille to nine in ten, known well and hardly."""
    sds, taus, tau_sds = (0.3, 0.6, 1.0, 1.5, 2.0), (-0.5, -0.1, 0.0, 0.1, 0.4, 1.2), (0.35, 0.5, 0.9)
    return np.array(list(product(etas, sds, taus, tau_sds))).T


class TestEffectInterval:
    @pytest.mark.slow
    @pytest.mark.req("A6")
    @pytest.mark.parametrize("level", LEVELS)
    def test_is_right_to_one_per_cent_of_its_length(self, level: float) -> None:
        cells = wide_grid((-9.0, -6.9, -4.0, -2.0, -0.5, 1.0, 2.0))
        error = worst(solved(cells, level), brute(cells, level))
        assert np.quantile(error, 0.99) < 0.01
        assert error.max() < 0.05

    @pytest.mark.slow
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
    @pytest.mark.parametrize("days", [1.0, 14.0, 30.0])
    def test_holds_at_other_horizons_too(self, days: float, level: float) -> None:
        cells = wide_grid((-6.9, -4.0, -3.0))
        error = worst(solved(cells, level, days), brute(cells, level, days))
        assert np.quantile(error, 0.99) < 0.015
        assert error.max() < 0.1

    @pytest.mark.parametrize("days", [30.0, 365.0])
    def test_finer_points_hold_where_the_base_is_all_but_certain(self, days: float) -> None:
        cells = wide_grid((-1.0, 0.0, 1.0, 2.0))
        error = worst(solved(cells, 0.8, days, fine=True), brute(cells, 0.8, days))
        assert np.quantile(error, 0.95) < 0.02
        assert np.median(error) < 0.002

    @pytest.mark.parametrize("level", LEVELS)
    def test_holds_for_small_effects_that_are_well_known(self, level: float) -> None:
        grid = product((-3.0, -1.4, 0.0, 2.0, 4.0), (0.5, 1.0, 1.8), (-0.05, 0.0, 0.03, 0.1), (0.08, 0.12, 0.2))
        cells = np.array(list(grid)).T
        assert worst(solved(cells, level), brute(cells, level)).max() < 0.01

    @pytest.mark.parametrize(
        ("eta", "eta_sd", "tau", "tau_sd"),
        [
            (-6.9, 0.5, 0.3, 0.45),
            (-6.9, 1.5, -0.2, 0.6),
            (-2.0, 0.8, 0.3, 0.5),
            (1.0, 2.0, 0.1, 0.9),
            (0.0, 0.05, 0.5, 0.02),
        ],
    )
    def test_holds_the_stated_share_of_a_million_draws(
        self, eta: float, eta_sd: float, tau: float, tau_sd: float
    ) -> None:
        n = 1_000_000
        rng = np.random.default_rng(11)
        base = eta + eta_sd * rng.standard_normal(n)
        gain = expit(base + tau + tau_sd * rng.standard_normal(n)) - expit(base)
        for level in LEVELS:
            low, high = solved(np.array([[eta], [eta_sd], [tau], [tau_sd]]), level)
            tail = 0.5 - level / 2.0
            allowed = 4.5 * np.sqrt(tail * (1.0 - tail) / n) + 0.003 * level
            assert abs(np.mean(gain < low[0]) - tail) < allowed
            assert abs(np.mean(gain > high[0]) - tail) < allowed

    def test_is_exact_where_nothing_is_uncertain_but_the_effect(self) -> None:
        cells = np.array([[-3.0, 0.0], [1e-9, 1e-9], [0.4, -0.4], [0.5, 0.5]])
        low, high = solved(cells, 0.8)
        z = two_sided(0.8)
        for end, sign in ((low, -1.0), (high, 1.0)):
            truth = expit(cells[0] + cells[2] + sign * z * cells[3]) - expit(cells[0])
            assert np.allclose(end, truth, rtol=2e-3)

    def test_shrinks_to_a_point_when_everything_is_known(self) -> None:
        cells = np.array([[-3.0, 1.0], [1e-7, 1e-7], [0.4, -0.2], [1e-7, 1e-7]])
        low, high = solved(cells, 0.8)
        truth = expit(cells[0] + cells[2]) - expit(cells[0])
        assert np.allclose(low, truth, atol=1e-6)
        assert np.allclose(high, truth, atol=1e-6)

    @pytest.mark.parametrize("days", [7.0, 30.0])
    @pytest.mark.parametrize("size", [1, 2, 7, 63])
    def test_does_not_depend_on_neighbours_to_the_last_bit(self, size: int, days: float) -> None:
        rng = np.random.default_rng(size)
        cells = np.stack(
            [rng.normal(-3, 2, 63), rng.uniform(0.1, 2, 63), rng.normal(0.2, 0.5, 63), rng.uniform(0.05, 1, 63)]
        )
        whole = solved(cells, 0.8, days)
        places = rng.permutation(63)[:size]
        part = solved(np.ascontiguousarray(cells[:, places]), 0.8, days)
        assert [end[places].tobytes() for end in whole] == [end.tobytes() for end in part]

    def test_stays_within_its_bounds_and_finite_far_out(self) -> None:
        grid = product((-40.0, -15.0, 0.0, 15.0, 40.0), (0.0, 0.01, 5.0), (-8.0, 0.0, 8.0), (0.0, 0.01, 5.0))
        for days in (1.0, 7.0, 365.0):
            low, high = solved(np.array(list(grid)).T if days == 1.0 else wide_grid((-40.0, 40.0)), 0.99, days)
            assert np.all(np.isfinite(low) & np.isfinite(high))
            assert np.all((low >= -1.0) & (high <= 1.0) & (low <= high))


class TestNormalTail:
    def test_the_log_odds_are_off_by_no_more_than_is_said(self) -> None:
        x = np.linspace(-4.5, 4.5, 9_001)
        square = x * x
        odds = x * sum(factor * square**power for power, factor in enumerate(NORMAL_ODDS))
        slope = np.gradient(logit(ndtr(x)), x)
        assert np.abs((odds - logit(ndtr(x))) / slope).max() < 0.0007
        assert np.all(np.diff(odds) > 0.0)


class TestProbabilityInterval:
    @pytest.mark.parametrize("level", LEVELS)
    def test_holds_its_share_of_draws(self, level: float) -> None:
        n = 400_000
        draws = expit(-3.0 + 0.7 * np.random.default_rng(5).standard_normal(n))
        low, high = probability_interval(np.array([-3.0]), np.array([0.7]), level)
        inside = np.mean((draws >= low) & (draws <= high))
        assert abs(inside - level) < 4.5 * np.sqrt(level * (1.0 - level) / n)

    @pytest.mark.parametrize(("level", "z"), [(0.5, 0.6745), (0.8, 1.2816), (0.95, 1.96), (0.99, 2.5758)])
    def test_two_sided_is_the_tables_z(self, level: float, z: float) -> None:
        assert two_sided(level) == pytest.approx(z, abs=1e-4)


class TestReliability:
    @pytest.mark.parametrize(("mean", "sd"), [(-4.0, 0.5), (-1.0, 1.2), (2.0, 0.1), (0.0, 3.0)])
    @pytest.mark.parametrize("tolerance", [0.001, 0.02, 0.3])
    def test_is_the_share_of_draws_within_the_tolerance(self, mean: float, sd: float, tolerance: float) -> None:
        n = 400_000
        draws = expit(mean + sd * np.random.default_rng(6).standard_normal(n))
        share = np.mean(np.abs(draws - expit(mean)) <= tolerance)
        stated = reliability(np.array([mean]), np.array([sd]), np.array([tolerance]))[0]
        assert stated == pytest.approx(share, abs=4.5 * np.sqrt(0.25 / n))

    def test_is_one_when_known_and_zero_without_tolerance(self) -> None:
        one = reliability(np.array([-2.0]), np.array([0.0]), np.array([0.01]))
        none = reliability(np.array([-2.0]), np.array([0.5]), np.array([0.0]))
        assert (one[0], none[0]) == (1.0, 0.0)

    def test_falls_as_the_width_grows(self) -> None:
        sd = np.linspace(0.01, 4.0, 50)
        stated = reliability(np.full(50, -2.0), sd, np.full(50, 0.03))
        assert np.all(np.diff(stated) <= 0.0)
