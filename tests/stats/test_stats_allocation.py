"""Choosing options under limits: equal to trying everything, never above a limit, and close to the bound when large."""

from itertools import product

import numpy as np
import pytest

from twincast.stats.allocation import TOLERANCE, Solution, allocate
from twincast.stats.streams import stream

Problem = tuple[np.ndarray, np.ndarray, np.ndarray]


def a_problem(run: int, n: int, k: int) -> Problem:
    """Return gains, uses (money, a place in each option) and limits; every second one in round figures."""
    draw = stream(run, "allocation")
    gain = draw.normal(0.5, 1.0, (n, k))
    cost = draw.gamma(1.0, 1.0, (n, k))
    if run % 2:
        gain, cost = gain.round(1), draw.integers(0, 4, (n, k)) / 10
    gain[draw.random((n, k)) < 0.1] = -np.inf
    places = [np.tile(np.arange(k) == option, (n, 1)).astype(float) for option in range(k)]
    limits = np.array([draw.random() * cost.sum() / 2, *draw.integers(0, n + 1, k)])
    return gain, np.stack([cost, *places]), limits


def used(use: np.ndarray, choice: np.ndarray) -> np.ndarray:
    people = np.flatnonzero(choice >= 0)
    return np.asarray(use[:, people, choice[people]].sum(axis=1))


def brought(gain: np.ndarray, choice: np.ndarray) -> float:
    people = np.flatnonzero(choice >= 0)
    return float(gain[people, choice[people]].sum())


def best_of_all(gain: np.ndarray, use: np.ndarray, limits: np.ndarray) -> float:
    n, k = gain.shape
    choices = (np.array(choice) for choice in product(range(-1, k), repeat=n))
    fitting = (it for it in choices if (used(use, it) <= limits * (1 + TOLERANCE)).all())
    return max(brought(gain, choice) for choice in fitting)


def check(problem: Problem, found: Solution) -> None:
    gain, use, limits = problem
    assert (used(use, found.choice) <= limits * (1 + TOLERANCE)).all()
    assert found.value == pytest.approx(brought(gain, found.choice))
    assert found.bound >= found.value
    assert (found.prices >= 0.0).all()


@pytest.mark.req("I24", "N7")
def test_equals_trying_everything_on_small_cases() -> None:
    for run in range(40):
        problem = a_problem(run, n=1 + run % 5, k=1 + run % 3)
        found = allocate(*problem)
        check(problem, found)
        best = best_of_all(*problem)
        assert found.value == pytest.approx(best, abs=1e-8)
        assert found.bound >= best - 1e-8


@pytest.mark.req("I24", "N7")
@pytest.mark.slow
def test_is_never_above_a_limit_and_within_a_thousandth_of_the_bound_when_large() -> None:
    gain, use, _ = a_problem(0, n=20_000, k=4)
    limits = np.array([use[0].sum() / 20, 4_000, 3_000, 2_000, 1_000])
    found = allocate(gain, use, limits, nodes=1)
    check((gain, use, limits), found)
    assert found.gap < 1e-3


def test_without_limits_everybody_gets_the_best_that_gains() -> None:
    gain = np.array([[1.0, 2.0], [-1.0, -np.inf], [0.0, -3.0], [5.0, 4.0]])
    found = allocate(gain, np.empty((0, 4, 2)), np.empty(0))
    assert found.choice.tolist() == [1, -1, -1, 0]
    assert found.gap == 0.0


def test_a_price_is_what_one_unit_more_brings() -> None:
    gain, use, limits = a_problem(4, n=150, k=3)
    limits = np.array([use[0].sum() / 20, 1e9, 1e9, 1e9])
    prices = allocate(gain, use, limits, nodes=1).prices
    more = [allocate(gain, use, limits * [factor, 1, 1, 1], nodes=1).value for factor in (0.9, 1.1)]
    assert prices[0] == pytest.approx((more[1] - more[0]) / (0.2 * limits[0]), rel=0.15)
    assert prices[1:].tolist() == [0.0, 0.0, 0.0]


def test_people_who_are_all_alike_share_what_there_is() -> None:
    found = allocate(np.ones((1_000, 1)), np.full((1, 1_000, 1), 0.1), np.array([30.0]))
    assert (found.choice == 0).sum() == 300


@pytest.mark.parametrize("n", [0, 3])
def test_nobody_gets_anything_where_nothing_is_there(n: int) -> None:
    found = allocate(np.ones((n, 2)), np.ones((1, n, 2)), np.zeros(1))
    assert found.choice.tolist() == [-1] * n
    assert found.value == 0.0
