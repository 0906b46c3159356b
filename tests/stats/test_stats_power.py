"""Power and sample size: as often as they say, in simulated tests of known effects."""

import numpy as np
import pytest
from scipy.special import ndtri

from twincast.stats.power import power_of_means, power_of_shares, size_for_means, size_for_shares
from twincast.stats.streams import stream

RUNS = 20_000


def found_by_tests_of_shares(first: float, second: float, size: int, ratio: float) -> float:
    n, m = size, round(size * ratio)
    x, y = (
        stream(1, "arm", k).binomial(count, share, RUNS) for k, (count, share) in enumerate([(n, first), (m, second)])
    )
    pooled = (x + y) / (n + m)
    error = np.sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
    return float((np.abs(x / n - y / m) > ndtri(0.975) * error).mean())


@pytest.mark.parametrize(
    ("first", "second", "size", "ratio"),
    [(0.10, 0.12, 3_800, 1.0), (0.01, 0.015, 4_000, 1.0), (0.5, 0.4, 200, 2.0), (0.02, 0.02, 2_000, 1.0)],
)
def test_a_test_of_shares_comes_out_as_often_as_said(first: float, second: float, size: int, ratio: float) -> None:
    said = float(power_of_shares(first, second, size, ratio=ratio))
    assert found_by_tests_of_shares(first, second, size, ratio) == pytest.approx(said, abs=0.02)


@pytest.mark.parametrize(("first", "second", "ratio"), [(0.10, 0.12, 1.0), (0.01, 0.02, 3.0), (0.6, 0.5, 0.5)])
def test_the_size_for_a_power_reaches_it(first: float, second: float, ratio: float) -> None:
    size = size_for_shares(first, second, power=0.8, ratio=ratio)
    assert float(power_of_shares(first, second, size, ratio=ratio)) == pytest.approx(0.8, abs=0.005)
    assert found_by_tests_of_shares(first, second, int(size), ratio) == pytest.approx(0.8, abs=0.02)


def test_what_happened_before_the_test_saves_customers() -> None:
    size = int(size_for_means(1.0, 8.0, power=0.9, correlation=0.6))
    assert size == pytest.approx(float(size_for_means(1.0, 8.0, power=0.9)) * (1.0 - 0.36), abs=1.0)
    before = stream(2, "before").standard_normal((2, 400, size))
    rest = stream(2, "rest").standard_normal((2, 400, size))
    after = 8.0 * (0.6 * before + 0.8 * rest) + np.array([1.0, 0.0])[:, None, None]
    adjusted = after - 4.8 * before
    error = np.sqrt((adjusted.var(axis=2, ddof=1) / size).sum(axis=0))
    t = (adjusted[0].mean(axis=1) - adjusted[1].mean(axis=1)) / error
    assert (np.abs(t) > ndtri(0.975)).mean() == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / 400))


def test_a_test_of_means_comes_out_as_often_as_said() -> None:
    said = float(power_of_means(0.5, 2.0, 200, ratio=1.5))
    noise = stream(3, "noise")
    gap = 0.5 + 2.0 * (noise.standard_normal(RUNS) / np.sqrt(200) - noise.standard_normal(RUNS) / np.sqrt(300))
    assert (np.abs(gap) > ndtri(0.975) * 2.0 * np.sqrt(1 / 200 + 1 / 300)).mean() == pytest.approx(said, abs=0.02)


def test_no_difference_is_never_found() -> None:
    assert size_for_shares(0.1, 0.1) == np.inf
    assert size_for_means(0.0, 1.0) == np.inf
    assert float(power_of_means(0.0, 1.0, 100)) == pytest.approx(0.05)
