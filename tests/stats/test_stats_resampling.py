"""The bootstrap: what it repeats exactly, and how often its intervals hold."""

import numpy as np
import pytest

from twincast.stats.resampling import bootstrap, mean_differences, resamples, weighted_auc
from twincast.stats.scoring import auc
from twincast.stats.streams import stream


def test_draws_are_keyed_and_draw_as_many_as_there_are() -> None:
    first, second = (list(resamples(50, 3, seed=4)) for _ in range(2))
    assert all((a == b).all() and a.sum() == 50 for a, b in zip(first, second, strict=True))
    assert not (first[0] == first[1]).all()


def test_clusters_are_drawn_whole() -> None:
    for weights in resamples(6, 20, seed=0, clusters=["a", "b", "a", "c", "b", "a"]):
        assert weights[0] == weights[2] == weights[5]
        assert weights[1] == weights[4]


def test_weighted_auc_is_the_auc_of_the_repeated_cases() -> None:
    scores, events = stream(0, "s").integers(0, 6, 40).astype(float), stream(0, "e").random(40) < 0.4
    area = weighted_auc(scores, events)
    assert area(np.ones(40)) == pytest.approx(auc(scores, events))
    times = stream(0, "t").integers(0, 3, 40)
    assert area(times.astype(float)) == pytest.approx(auc(np.repeat(scores, times), np.repeat(events, times)))


def test_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = stream(1, "v").normal(3.0, 2.0, 900)
    (found,) = bootstrap(lambda w: w @ values / w.sum(), 900, draws=2_000)
    half = 1.96 * values.std() / 30
    assert [found.low, found.high] == pytest.approx([values.mean() - half, values.mean() + half], abs=0.02)


def test_a_paired_difference_is_narrower_than_its_parts() -> None:
    shared = stream(2, "shared").normal(0, 1, 500)
    ours, theirs = shared, shared + 0.02 + stream(2, "noise").normal(0, 0.05, 500)
    (gain,) = mean_differences([ours, theirs])
    assert 0.0 < gain.low < gain.value < gain.high < 0.05


def test_repeated_rows_of_few_customers_widen_the_interval() -> None:
    of_customer = stream(3, "c").normal(0, 1, 30)
    values, customers = np.repeat(of_customer, 40), np.repeat(np.arange(30), 40)
    (naive,), (clustered,) = (
        bootstrap(lambda w: w @ values / w.sum(), 1_200, clusters=clusters) for clusters in (None, customers)
    )
    assert clustered.high - clustered.low > 4 * (naive.high - naive.low)
