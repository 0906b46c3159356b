"""The trivial baselines by hand, and the law of the gate."""

from dataclasses import replace

import numpy as np
import pytest

from tests.usecases.contacts import asked, world
from tests.usecases.shop import open_shop
from twincast.domain.backtests import (
    BASE_RATE,
    CLOSED,
    NON_PERSONAL,
    OPEN,
    RFM,
    SEGMENT_MEAN,
    UNDECIDED,
    Measured,
    gate_of,
)
from twincast.stats.scoring import log_loss
from twincast.usecases.backtesting.baselines import baselines
from twincast.usecases.backtesting.cases import Cases, part, read_cases


@pytest.fixture(scope="module")
def parts() -> tuple[Cases, Cases]:
    request = asked(world(2_500))
    cases, _ = read_cases(open_shop(), request)
    train, test, _ = part(cases, request)
    return train, test


def test_base_rate_and_message_rates_by_hand(parts: tuple[Cases, Cases]) -> None:
    train, test = parts
    found = baselines(train, is_money=False)
    base = (train.outcome.sum() + 0.5) / (len(train) + 1)
    assert found[BASE_RATE](test, test.arm) == pytest.approx(np.full(len(test), base))
    first = train.arm == 1
    expected = (train.outcome[first].sum() + 20 * base) / (first.sum() + 20)
    assert found[NON_PERSONAL](test, np.ones(len(test), dtype=np.intp)) == pytest.approx(np.full(len(test), expected))


def test_segment_mean_by_hand_and_for_a_segment_never_seen(parts: tuple[Cases, Cases]) -> None:
    train, test = parts
    named = replace(train, segment=np.where(train.frame.column("orders") > 3, "often", "seldom"))
    found = baselines(named, is_money=False)
    arm = found[NON_PERSONAL](test, test.arm)
    mine = (named.segment == "often") & (named.arm == 2)
    expected = (named.outcome[mine].sum() + 20 * found[NON_PERSONAL](named, named.arm)[mine][0]) / (mine.sum() + 20)
    said = found[SEGMENT_MEAN](replace(test, segment=np.full(len(test), "often")), np.full(len(test), 2))
    assert said == pytest.approx(np.full(len(test), expected))
    unseen = found[SEGMENT_MEAN](replace(test, segment=np.full(len(test), "new")), test.arm)
    assert unseen == pytest.approx(arm)


def test_recency_frequency_and_money_tell_people_apart(parts: tuple[Cases, Cases]) -> None:
    train, test = parts
    found = baselines(train, is_money=False)
    losses = {name: log_loss(found[name](test, test.arm), test.outcome) for name in (RFM, BASE_RATE)}
    assert losses[RFM] < 0.95 * losses[BASE_RATE]


def test_money_is_never_foretold_below_nothing() -> None:
    request = asked(world(800), "amount")
    cases, _ = read_cases(open_shop(), request)
    train, test, _ = part(cases, request)
    found = baselines(train, is_money=True)
    assert found[BASE_RATE](test, test.arm)[0] == pytest.approx(train.outcome.mean())
    assert min(values(test, test.arm).min() for values in found.values()) >= 0


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ({"a": (0.01, 0.03), "b": (0.002, 0.05)}, OPEN),
        ({"a": (0.01, 0.03), "b": (-0.002, 0.05)}, UNDECIDED),
        ({"a": (0.01, 0.03), "b": (-0.02, 0.0004)}, CLOSED),
        ({"a": (0.0001, 0.0004)}, CLOSED),  # beyond chance, and worth nothing
        ({"a": (-0.1, 0.1)}, UNDECIDED),
        ({}, UNDECIDED),
    ],
)
@pytest.mark.req("N3")
def test_the_law_of_the_gate(gains: dict[str, tuple[float, float]], verdict: str) -> None:
    measured = {
        name: Measured(value=(low + high) / 2, low=low, high=high, level=0.95) for name, (low, high) in gains.items()
    }
    assert gate_of(measured, 0.2).verdict == verdict
