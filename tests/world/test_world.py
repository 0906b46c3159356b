"""The world: its truth is what happens, its switches do what they say, and it says that it is synthetic."""

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from twincast.stats.scoring import auc
from twincast.world.making import ARMS, NAMES, Options, World, make

EVENTS = {"purchased": "purchase", "visited": "visit", "clicked": "click"}


@cache
def made(**options: Any) -> World:
    return make(Options(**({"customers": 4_000} | options)))


def arms_of(world: World) -> np.ndarray:
    return np.array(world.columns["intervention"])


@pytest.mark.parametrize("kind", NAMES)
def test_what_happens_has_the_probability_that_the_truth_gives(kind: str) -> None:
    world = made(kind=kind, customers=8_000)
    for column, name in EVENTS.items():
        p, happened = world.truth[name], np.array(world.columns[column], dtype=float)
        for arm in ARMS:
            mine = arms_of(world) == arm
            sd = np.sqrt((p[mine] * (1 - p[mine])).sum())
            assert abs(happened[mine].sum() - p[mine].sum()) <= 4 * sd


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    first, again, other = (json.dumps(make(Options(customers=100, seed=seed)).columns) for seed in (1, 1, 2))
    assert first == again != other


def test_a_larger_world_begins_with_the_smaller_one() -> None:
    small, large = made(customers=100), made(customers=200)
    assert all(large.columns[name][:100] == values for name, values in small.columns.items())


def test_messages_differ_and_suit_some_people_more_than_others() -> None:
    world = made()
    for arm in ARMS[1:]:
        uplift = world.truth[f"uplift_{arm}"]
        assert uplift.mean() > 0.004
        assert uplift.std() > 0.3 * uplift.mean()
    assert min(world.truth[f"uplift_{arm}"].min() for arm in ARMS[1:]) < 0  # some are put off


@pytest.mark.parametrize("kind", ["no-effect", "nothing"])
def test_without_effect_no_message_changes_anything(kind: str) -> None:
    world = made(kind=kind)
    assert all(not world.truth[f"uplift_{arm}"].any() for arm in ARMS[1:])
    assert (world.truth["visit"] == world.truth["visit_none"]).all()


@pytest.mark.parametrize("kind", ["no-signal", "nothing"])
def test_without_signal_people_do_not_differ_though_their_records_do(kind: str) -> None:
    world = made(kind=kind)
    assert np.ptp(world.truth["purchase_none"]) == 0.0
    assert np.std(world.columns["total_purchases"]) > 1.0
    assert auc(world.columns["total_purchases"], world.columns["purchased"]) == pytest.approx(0.5, abs=0.06)


def test_records_tell_of_what_people_do() -> None:
    world = made()
    assert auc(-np.array(world.columns["days_since_last_purchase"]), world.columns["purchased"]) > 0.65


def test_drift_raises_the_second_half() -> None:
    still, moved = made(), made(drift=1.0)
    late = np.array(still.columns["sent_on"]) >= "2025-02-17"
    assert (still.truth["purchase_none"][~late] == moved.truth["purchase_none"][~late]).all()
    assert moved.truth["purchase_none"][late].mean() > 1.8 * still.truth["purchase_none"][late].mean()


class TestAssignment:
    def test_is_random_with_a_known_probability(self) -> None:
        world = made()
        assert set(world.columns["propensity"]) == {0.25}
        assert all(world.columns["randomised"])
        contacted = arms_of(world) != "none"
        assert auc(world.columns["total_purchases"], contacted) == pytest.approx(0.5, abs=0.04)

    def test_confounded_goes_to_the_active_and_states_no_probability(self) -> None:
        world = made(confounding=1.0)
        assert set(world.columns["propensity"]) == {None}
        assert not any(world.columns["randomised"])
        assert auc(world.columns["total_purchases"], arms_of(world) != "none") > 0.6


def test_everything_says_that_it_is_synthetic() -> None:
    world = made(customers=3)
    for record in world.records():
        assert record["customer_id"].startswith("synthetic-")
        assert "not a real person" in record["context"]
