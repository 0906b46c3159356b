"""Uplift curves and areas: by hand, on planted effects, and for money."""

import numpy as np
import pytest

from twincast.stats.streams import stream
from twincast.stats.uplift import areas_of, difference, uplift_areas, uplift_by_group, uplift_curve


def test_curve_by_hand() -> None:
    # by predicted uplift: contacted 1, not contacted 0 | contacted 0, not contacted 1
    curve = uplift_curve([0.9, 0.8, 0.2, 0.1], [1, 0, 0, 1], [1, 0, 1, 0])
    assert curve.share == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert curve.gain == pytest.approx([0, 0.25, 0.5, 0.375, 0.0])
    assert curve.qini == pytest.approx([0, 0.5, 0.5, 0.5, 0.0])


def test_areas_by_hand() -> None:
    ate, auuc, qini = areas_of([0.9, 0.8, 0.2, 0.1], [1, 0, 0, 1], [1, 0, 1, 0])(np.ones(4))
    assert ate == 0.0
    assert auuc == pytest.approx(0.25 * (0.125 + 0.375 + 0.4375 + 0.1875))
    assert qini == auuc


def test_one_prediction_for_all_is_the_random_line() -> None:
    events, contacted = stream(0, "y").random(400) < 0.3, stream(0, "t").random(400) < 0.5
    _, _, qini = areas_of(np.zeros(400), events, contacted)(np.ones(400))
    assert qini == pytest.approx(0.0, abs=1e-12)


def test_planted_effect_is_found_with_its_sign_and_size() -> None:
    n = 20_000
    effect = stream(1, "tau").uniform(-0.1, 0.3, n)
    contacted = stream(1, "arm").random(n) < 0.5
    events = stream(1, "y").random(n) < 0.3 + effect * contacted
    found, reverse = (uplift_areas(sign * effect, events, contacted, draws=100) for sign in (1, -1))
    assert found.ate.low < 0.1 < found.ate.high
    # uplift falls linearly from b to a over the people: the area above the random line is (b - a) / 12
    assert found.qini.low < 0.4 / 12 < found.qini.high
    assert found.qini.low > 0 > reverse.qini.high


def test_unequal_propensities_are_weighted_out() -> None:
    n = 40_000
    active = stream(2, "active").random(n) < 0.5
    chance = np.where(active, 0.8, 0.2)
    contacted = stream(2, "arm").random(n) < chance
    events = stream(2, "y").random(n) < np.where(active, 0.5, 0.1) + 0.1 * contacted
    naive, _, _ = areas_of(np.zeros(n), events, contacted)(np.ones(n))
    weighted, _, _ = areas_of(np.zeros(n), events, contacted, chance)(np.ones(n))
    assert naive > 0.25
    assert weighted == pytest.approx(0.1, abs=0.02)


def test_money_and_groups() -> None:
    n = 6_000
    taste, contacted = stream(3, "taste").random(n), stream(3, "arm").random(n) < 0.5
    money = stream(3, "money").gamma(2.0, 10.0, n) + 20 * taste * contacted
    groups = uplift_by_group(20 * taste, money, contacted, groups=5)
    assert [group.count for group in groups] == [1_200] * 5
    assert all(g.observed.low - 2 < g.predicted < g.observed.high + 2 for g in groups)
    assert groups[0].observed.low > groups[-1].observed.high


def test_a_group_without_both_arms_has_no_uplift() -> None:
    assert np.isnan(difference(np.array([1.0, 0.0]), np.array([])).value)
