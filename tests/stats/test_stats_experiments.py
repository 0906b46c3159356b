"""Differences of arms: unbiased, as wide as they say, and narrower with what was known before."""

import numpy as np
import pytest

from twincast.stats.experiments import adjusted, arm_means, same_everywhere, share_difference
from twincast.stats.intervals import two_sided
from twincast.stats.power import detectable_mean, detectable_share, power_of_means, power_of_shares
from twincast.stats.streams import stream

EFFECT = 0.05


def measured(run: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes that what was known before foretells well, two arms, and what was known (some of it not)."""
    draws = stream(run, "tested")
    before, arm = draws.gamma(1.0, 1.0, n), draws.integers(0, 2, n)
    y = before + 0.5 * draws.normal(size=n) + EFFECT * arm
    return y, np.where(draws.random(n) < 0.1, np.nan, before), arm


@pytest.mark.req("N12")
class TestWhatWasKnownBefore:
    def test_narrows_the_interval_and_brings_in_no_bias(self) -> None:
        found = []
        for run in range(300):
            y, before, arm = measured(run)
            plain = arm_means(y, arm, 2).difference(1, 0)
            found.append([*plain, *arm_means(adjusted(y, before, arm), arm, 2).difference(1, 0)])
        plain, plain_se, narrow, narrow_se = np.array(found).T
        error = narrow.std() / np.sqrt(len(narrow))
        assert abs(narrow.mean() - EFFECT) < 3.0 * error
        assert narrow_se.mean() < 0.7 * plain_se.mean()
        for gap, se in ((plain, plain_se), (narrow, narrow_se)):
            held = (np.abs(gap - EFFECT) <= two_sided(0.9) * se).mean()
            assert abs(held - 0.9) < 3.0 * np.sqrt(0.9 * 0.1 / 300)

    def test_of_nothing_changes_nothing(self) -> None:
        y, _, arm = measured(0)
        assert np.array_equal(adjusted(y, np.full(len(y), 3.0), arm), y)
        assert np.array_equal(adjusted(y, np.full(len(y), np.nan), arm), y)

    def test_does_not_mistake_an_effect_for_what_was_foreseeable(self) -> None:
        draws = stream(0, "noise")
        arm = np.repeat([0, 1], 500)
        y = 10.0 * arm + draws.normal(size=1_000)
        narrow = adjusted(y, draws.normal(size=(1_000, 3)), arm)
        assert arm_means(narrow, arm, 2).difference(1, 0)[0] == pytest.approx(10.0, abs=0.3)


class TestDifferences:
    def test_of_unequal_chances_are_weighted(self) -> None:
        gaps = []
        for run in range(200):
            draws = stream(run, "weighted")
            eager = draws.random(2_000) < 0.5
            chance = np.where(eager, 0.8, 0.2)
            arm = (draws.random(2_000) < chance).astype(int)
            y = 2.0 * eager + draws.normal(size=2_000)  # no effect at all; the eager are contacted more
            found = arm_means(y, arm, 2, np.where(arm == 1, chance, 1.0 - chance))
            gaps.append(found.difference(1, 0))
        gap, se = np.array(gaps).T
        assert abs(gap.mean()) < 3.0 * gap.std() / np.sqrt(200)
        assert (np.abs(gap) <= two_sided(0.9) * se).mean() > 0.84

    def test_of_plain_arms_are_those_of_the_books(self) -> None:
        y, _, arm = measured(1)
        gap, se = arm_means(y, arm, 2).difference(1, 0)
        first, second = y[arm == 1], y[arm == 0]
        assert gap == pytest.approx(first.mean() - second.mean())
        assert se == pytest.approx(np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second)))

    def test_of_rare_shares_hold_without_an_event(self) -> None:
        low, high = share_difference((0, 0), (200, 400), 0.95)
        assert low < 0.0 < high < 0.03
        # Newcombe 1998, table II: 56/70 against 48/80, method 10
        assert share_difference((56, 48), (70, 80), 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-4)

    def test_of_groups_that_are_alike_are_seldom_called_different(self) -> None:
        draws = stream(0, "groups")
        p = [same_everywhere(draws.normal(0.1, 0.02, 4), np.full(4, 0.02)) for _ in range(500)]
        assert abs(np.mean(np.array(p) < 0.1) - 0.1) < 0.04
        assert same_everywhere([0.0, 0.2], [0.02, 0.02]) < 1e-6


@pytest.mark.req("I20")
def test_the_least_effect_that_is_found_is_found_as_often_as_asked() -> None:
    rise = detectable_share(0.03, 5_000, power=0.8, ratio=2.0)
    assert rise is not None
    assert float(power_of_shares(0.03, 0.03 + rise, 5_000, ratio=2.0)) == pytest.approx(0.8, abs=1e-6)
    assert detectable_share(0.5, 3) is None
    gap = detectable_mean(20.0, 500, power=0.9, correlation=0.6)
    assert gap is not None
    assert float(power_of_means(gap, 20.0, 500, correlation=0.6)) == pytest.approx(0.9, abs=1e-4)
    assert detectable_mean(20.0, 0) is None
