"""Conformal margins keep their promise in every segment; the risk-coverage curve by hand."""

import numpy as np
import pytest

from twincast.stats.abstaining import risk_coverage
from twincast.stats.conformal import conformal_quantile, margins, moved, scores_of
from twincast.stats.streams import stream


def test_quantile_by_hand() -> None:
    assert conformal_quantile([3.0, 1.0, 2.0, 4.0], 0.8) == 4.0  # ceil(5 x .8) = 4th of four
    assert conformal_quantile([3.0, 1.0, 2.0, 4.0], 0.6) == 3.0
    assert conformal_quantile([1.0, 2.0], 0.9) == np.inf
    assert conformal_quantile([], 0.9) == np.inf


def test_scores_and_moves_by_hand() -> None:
    assert scores_of([5.0, 0.0, 12.0], [2.0] * 3, [10.0] * 3, 2.0) == pytest.approx([-1.5, 1.0, 1.0])
    low, high = moved([2.0, 4.0], [10.0, 5.0], [3.0, -2.0], floor=0.0)
    assert low == pytest.approx([0.0, 4.5])
    assert high == pytest.approx([13.0, 4.5])


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_holds_its_level_in_each_segment_though_the_raw_intervals_do_not(level: float) -> None:
    def draw(run: int, part: str) -> tuple[np.ndarray, ...]:
        segment = stream(run, part, "s").integers(0, 3, 3_000)
        money = stream(run, part, "m").lognormal(3.0, 0.3 + 0.4 * segment)
        return segment, money

    held: dict[int, list[bool]] = {0: [], 1: [], 2: []}
    for run in range(12):
        segment, money = draw(run, "calibrate")
        found = margins(scores_of(money, 15.0, 25.0), segment, level)
        segment, money = draw(run, "test")
        low, high = moved(np.full(3_000, 15.0), np.full(3_000, 25.0), found.of(segment), floor=0.0)
        for name, inside in zip(segment.tolist(), ((low <= money) & (money <= high)).tolist(), strict=True):
            held[name].append(inside)
    for inside in held.values():
        assert np.mean(inside) == pytest.approx(level, abs=4 * np.sqrt(2 * level * (1 - level) / len(inside)))


def test_a_small_segment_takes_the_margin_of_all() -> None:
    scores = np.r_[np.arange(200.0), np.full(5, 1e6)]
    found = margins(scores, ["big"] * 200 + ["small"] * 5, 0.8)
    assert found.counts == {"big": 200, "small": 5}
    assert found.of(["small", "unseen"]) == pytest.approx([found.pooled] * 2)
    assert found.of(["big"])[0] != found.pooled


class TestRiskCoverage:
    def test_by_hand(self) -> None:
        curve = risk_coverage([0.9, 0.5, 0.7, 0.5], [0.0, 1.0, 0.5, 0.0], points=4)
        assert curve.coverage == pytest.approx([0.25, 0.5, 1.0])
        assert curve.threshold == pytest.approx([0.9, 0.7, 0.5])
        assert curve.risk == pytest.approx([0.0, 0.25, 0.375])
        assert curve.area == pytest.approx(0.25 * 0.0 + 0.25 * 0.25 + 0.5 * 0.375)

    def test_falls_where_confidence_knows_something(self) -> None:
        sure = stream(0, "c").random(4_000)
        wrong = stream(0, "w").random(4_000) > sure
        curve = risk_coverage(sure, wrong)
        assert curve.risk[0] < 0.1 < 0.45 < curve.risk[-1]
        assert curve.area < np.mean(wrong) - 0.1
