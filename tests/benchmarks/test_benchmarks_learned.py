"""What the accuracy benchmark computes itself: the running base rate, paired gains, and the peers' designs."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cases, learned, peers
from twincast.stats.streams import stream


def test_the_running_base_rate_knows_only_earlier_batches() -> None:
    y = np.r_[np.ones(1_000), np.zeros(1_000), np.ones(1_000)]
    found = learned._running(y)
    assert found[0] == 0.5
    assert found[1_500] > 0.99
    assert found[2_500] == pytest.approx(1.0 / (1.0 + 2.0**0.5), abs=0.01)  # half a half-life between the two


def test_a_gain_over_the_best_peer_by_hand() -> None:
    y = np.array([1.0, 0.0] * 50)
    right, wrong = np.where(y > 0, 0.9, 0.1), np.full(100, 0.5)
    figure = learned._paired("x", right, {"worse": 1 - right, "best": wrong}, y)
    assert figure.name == "x: gain in log loss over best, upper end"
    assert figure.value == pytest.approx(np.log(0.9 / 0.5))
    assert figure.met is True
    assert learned._paired("x", wrong, {"best": right}, y).met is False


def test_peers_see_features_arms_and_their_products() -> None:
    x, arm = np.array([[2.0, 3.0], [4.0, 5.0]]), np.array([0, 2])
    assert peers.joined(x, arm, 3).tolist() == [[2, 3, 1, 0, 0], [4, 5, 0, 0, 1]]
    assert peers.crossed(x, arm, 3).tolist() == [[2, 3, 1, 0, 0, 0, 0, 0, 0], [4, 5, 0, 0, 1, 0, 0, 4, 5]]


@pytest.mark.slow
def test_peers_find_what_is_planted() -> None:
    pytest.importorskip("sklift", reason="the dependency group 'peers' is not installed")
    n = 4_000
    x, arm = stream(0, "x").normal(size=(n, 2)), stream(0, "arm").integers(0, 2, n)
    p = 1 / (1 + np.exp(-(-1.0 + x[:, 0] + arm * (0.5 + x[:, 1]))))
    y = (stream(0, "y").random(n) < p).astype(float)
    for fit in (peers.logistic, peers.boosted):
        assert np.corrcoef(fit(x, arm, y, 2)(x, arm), p)[0, 1] > 0.9
    assert np.corrcoef(peers.solo(x, arm, y)(x), x[:, 1])[0, 1] > 0.6


@pytest.mark.data
@pytest.mark.slow
def test_rows_and_records_of_the_e_mail_test_are_the_same_people(data_dir: Path) -> None:
    data = cases.hillstrom()
    assert len(data.cases) == len(data.x) == 31_959
    assert np.isfinite(data.x).all()
    months = (data.cases.days - data.cases.frame.column("last_order_day")) / 30.4375
    assert np.corrcoef(months, data.x[:, 0])[0, 1] > 0.99
    assert data.cases.days[0] == (date(2008, 3, 20) - date(1970, 1, 1)).days
    assert set(np.unique(data.fold)) == {0.0, 1.0, 2.0, 3.0, 4.0}
