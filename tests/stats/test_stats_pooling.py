"""The next group's true value lies in the range as often as it claims, in worlds whose groups differ more or less."""

import numpy as np
import pytest

from twincast.stats.pooling import Before, next_group
from twincast.stats.streams import stream

WORLDS = 400


def shares(before: Before, groups: int, size: float) -> tuple[float, float]:
    """Return how often 90 % ranges hold the next group, and how wide they are on average."""
    held, wide = [], []
    for world in range(WORLDS):
        source = stream(7, "world", world, groups)
        centre = before.mean + before.sd * source.standard_normal()
        spread = abs(before.spread * source.standard_normal())
        truths = centre + spread * source.standard_normal(groups + 1)
        variances = size * source.uniform(0.5, 2.0, groups)
        seen = truths[:-1] + np.sqrt(variances) * source.standard_normal(groups)
        drawn = next_group(seen, variances, before, draws=1_000, source=source)
        low, high = np.quantile(drawn, [0.05, 0.95])
        held.append(low <= truths[-1] <= high)
        wide.append(high - low)
    return float(np.mean(held)), float(np.mean(wide))


@pytest.mark.parametrize("groups", [0, 1, 3, 12])
def test_ranges_hold_the_next_group_as_often_as_they_claim(groups: int) -> None:
    held, _ = shares(Before(mean=1.0, sd=0.6, spread=0.3), groups, 0.04)
    assert abs(held - 0.9) < 3.5 * np.sqrt(0.9 * 0.1 / WORLDS)


def test_ranges_narrow_as_groups_are_seen_but_never_below_what_groups_differ_by() -> None:
    before = Before(mean=1.0, sd=0.6, spread=0.3)
    none, few, many = (shares(before, groups, 0.01)[1] for groups in (0, 2, 30))
    assert none > 1.5 * few > 1.5 * many
    assert many > 2.0 * 1.64 * 0.3 * np.sqrt(2.0 / np.pi) * 0.8
