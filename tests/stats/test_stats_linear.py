"""Sums that do not depend on the batch, and points and quantiles that stand in for draws."""

import numpy as np
import pytest
from scipy.stats import norm

from twincast.stats.linear import weighted_columns, weighted_squares, weighted_sum, weighted_sums
from twincast.stats.nodes import normal_nodes, row_quantiles


class TestWeightedSum:
    @pytest.mark.req("N1")
    @pytest.mark.parametrize("width", [1, 3, 8, 28, 129])
    @pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 17, 64, 1000])
    def test_a_row_has_the_same_bits_in_any_batch(self, size: int, width: int) -> None:
        rng = np.random.default_rng(width)
        x, weights = rng.normal(size=(1000, width)) * 10.0 ** rng.integers(-6, 6, (1000, width)), rng.normal(size=width)
        for function in (weighted_sum, weighted_squares):
            whole = function(x, weights)
            places = rng.permutation(1000)[:size]
            assert function(x[places], weights).tobytes() == whole[places].tobytes()
            assert function(np.asfortranarray(x)[places], weights).tobytes() == whole[places].tobytes()
            assert function(x[::-1][:size], weights).tobytes() == whole[::-1][:size].tobytes()
            assert function(x[places[0]], weights).tobytes() == whole[places[0]].tobytes()

    @pytest.mark.req("N1")
    @pytest.mark.parametrize("size", [1, 2, 5, 17])
    def test_a_row_of_many_columns_has_the_same_bits_in_any_batch(self, size: int) -> None:
        rng = np.random.default_rng(size)
        x = rng.normal(size=(40, 23)) * (rng.random((40, 23)) < 0.3)
        weights = rng.normal(size=(23, 50))
        whole, places = weighted_columns(x, weights), rng.permutation(40)[:size]
        assert weighted_columns(x[places], weights).tobytes() == whole[places].tobytes()
        assert whole == pytest.approx(weighted_sums(x, weights))

    def test_is_the_sum_of_products(self) -> None:
        x, weights = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]]), np.array([2.0, 0.5, -1.0])
        assert weighted_sum(x, weights).tolist() == [0.0, -1.0]
        assert weighted_squares(x, weights).tolist() == [4.0 + 1.0 + 9.0, 0.25 + 0.25]

    def test_no_rows_give_no_sums(self) -> None:
        assert weighted_sum(np.zeros((0, 4)), np.ones(4)).shape == (0,)


class TestNormalNodes:
    @pytest.mark.parametrize("dimensions", [1, 2, 3])
    def test_have_the_moments_of_independent_normals(self, dimensions: int) -> None:
        points = normal_nodes(512, dimensions)
        assert points.shape == (dimensions, 512)
        assert np.abs(points.mean(axis=1)).max() < 0.02
        assert np.abs(points.std(axis=1) - 1.0).max() < 0.02
        assert np.abs(np.cov(points) - np.eye(dimensions)).max() < 0.1

    def test_give_quantiles_of_a_product_like_simulation(self) -> None:
        points = normal_nodes(512, 3)
        values = np.exp(0.5 * points[0] + 0.8 * points[1]) * (1.0 + 0.1 * points[2])
        low, high = row_quantiles(values[None], 0.8)
        draws = np.random.default_rng(1).standard_normal((3, 1_000_000))
        truth = np.quantile(np.exp(0.5 * draws[0] + 0.8 * draws[1]) * (1.0 + 0.1 * draws[2]), [0.1, 0.9])
        assert np.abs(np.array([low[0], high[0]]) - truth).max() < 0.02 * (truth[1] - truth[0])

    def test_are_the_same_every_time(self) -> None:
        assert normal_nodes(64, 2).tobytes() == normal_nodes.__wrapped__(64, 2).tobytes()

    def test_are_spread_as_the_normal_says(self) -> None:
        for row in normal_nodes(512, 3):
            gap = np.abs(np.sort(norm.cdf(row)) - (np.arange(512) + 0.5) / 512).max()
            assert gap < 1e-9


class TestRowQuantiles:
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
    @pytest.mark.parametrize("count", [2, 5, 101, 512])
    def test_are_numpys_linear_quantiles(self, count: int, level: float) -> None:
        values = np.random.default_rng(count).normal(size=(7, count))
        low, high = row_quantiles(values, level)
        truth = np.quantile(values, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=1)
        assert np.allclose([low, high], truth, atol=1e-12)
