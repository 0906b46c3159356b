"""The value of a policy: by hand, unbiased on known truth, and refused where the data can not carry it."""

import numpy as np
import pytest

from twincast.stats.policies import CLIP, effective_sample, policy_value
from twincast.stats.streams import stream


def world(run: int, n: int = 4_000) -> tuple[np.ndarray, ...]:
    """Return drawn arm, outcome, propensity of the drawn arm, true means, and the best arm."""
    x = stream(run, "x").normal(size=n)
    truth = np.stack([np.full(n, 0.2), 0.2 + 0.1 * (x > 0) - 0.1 * (x < 0)], axis=1)
    chance = np.where(x > 0.5, 0.3, 0.6)
    arm = (stream(run, "arm").random(n) < chance).astype(int)
    outcome = (stream(run, "y").random(n) < truth[np.arange(n), arm]).astype(float)
    return arm, outcome, np.where(arm == 1, chance, 1 - chance), truth, truth.argmax(axis=1)


def test_effective_sample_by_hand() -> None:
    assert effective_sample([1, 1, 2]) == pytest.approx(16 / 6)
    assert effective_sample([0, 0]) == 0.0


def test_both_estimates_hold_the_true_value_and_the_model_sharpens() -> None:
    held, widths = [], []
    for run in range(40):
        arm, outcome, propensity, truth, best = world(run)
        found = policy_value(best, arm, outcome, propensity, truth, draws=150)
        assert found.ipw
        assert found.doubly_robust
        value = truth[np.arange(len(best)), best].mean()
        held += [it.low <= value <= it.high for it in (found.ipw, found.doubly_robust)]
        widths.append([it.high - it.low for it in (found.ipw, found.doubly_robust)])
    assert np.mean(held) > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 40)
    ipw, robust = np.mean(widths, axis=0)
    assert robust < ipw


def test_a_wrong_model_does_not_bias_the_doubly_robust_estimate() -> None:
    errors = []
    for run in range(30):
        arm, outcome, propensity, truth, best = world(run)
        found = policy_value(best, arm, outcome, propensity, np.full_like(truth, 0.9), draws=2)
        assert found.doubly_robust
        errors.append(found.doubly_robust.value - truth[np.arange(len(best)), best].mean())
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(30)


def test_refuses_without_propensities() -> None:
    found = policy_value([1, 0], [1, 0], [1, 0], None)
    assert found.ipw is None
    assert "propensities" in found.refused


def test_refuses_below_an_effective_sample_of_200() -> None:
    arm, outcome, propensity, _, best = world(0, n=150)
    found = policy_value(best, arm, outcome, propensity)
    assert found.ipw is None
    assert found.doubly_robust is None
    assert 0 < found.effective < 200
    assert "200" in found.refused


def test_clips_tiny_propensities_and_says_how_many() -> None:
    n = 2_000
    propensity = np.where(np.arange(n) < 3, CLIP / 100, 0.5)
    found = policy_value(np.zeros(n, int), np.zeros(n, int), np.ones(n), propensity, draws=10)
    assert found.clipped == 3
    assert found.ipw
    assert found.ipw.value == pytest.approx(1.0)
