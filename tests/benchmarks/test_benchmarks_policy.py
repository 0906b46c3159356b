"""The benchmark of policies: a rule that is right gains what is true, and real rows are decided for by other folds."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import policy
from benchmarks.cases import hillstrom
from twincast.stats.streams import stream


class Rows(SimpleNamespace):
    """As much of the cases as is looked at."""

    def __len__(self) -> int:
        return len(self.arm)


def test_a_rule_that_knows_the_truth_gains_it() -> None:
    draws, n = stream(0, "policy"), 6_000
    likes = draws.random(n) < 0.3
    arm = draws.integers(0, 3, n)
    p = np.select([arm == 0, arm == 1], [0.3, np.where(likes, 0.6, 0.1)], 0.1)
    earned = (draws.random(n) < p).astype(float)
    cases: Any = Rows(arm=arm, propensity=np.full(n, 1 / 3), nothing=2)
    expected = np.stack([np.full(n, 0.3), np.where(likes, 0.6, 0.1), np.full(n, 0.1)], axis=1)
    single = np.zeros(n, dtype=np.intp)
    best = expected.argmax(axis=1)
    chosen = policy.Chosen(rule=best, boldly=best, single=single, expected=expected)
    figures = {it.name: it for it in policy.judged(cases, policy.OBJECTIVES[0], chosen, earned)}
    gain = figures["  the rule above the best e-mail to all"]
    assert gain.low is not None
    assert gain.high is not None
    assert gain.low < 1_000 * 0.3 * 0.3 < gain.high
    assert gain.met
    assert figures["visits of 1,000: nobody"].value == pytest.approx(100.0, abs=20.0)


@pytest.mark.data
@pytest.mark.soak
@pytest.mark.req("N12")
def test_real_customers_do_not_lose_visits_by_the_rule(data_dir: Path) -> None:
    data, visits = hillstrom(), policy.OBJECTIVES[0]
    chosen = policy.decided(data, [visits])[visits.name]
    figures = policy.judged(data.cases, visits, chosen, policy.earned_by(data, visits))
    (gain,) = (it for it in figures if it.bar is not None)
    assert gain.value >= -1.0
