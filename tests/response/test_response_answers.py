"""Calibrated answers against known truth: people with a few traits, and twins that hear some of them."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from twincast.response.answers.calibrate import Basis, CalibratedAnswers, calibrate_answers
from twincast.response.answers.signals import Knowledge
from twincast.response.answers.tables import table_of

Array = NDArray[np.float64]
PEOPLE, BATTERIES, SIZE = 300, 12, 3
BATTERY = np.repeat(np.arange(BATTERIES), SIZE)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class World:
    """What everybody would say, what is known of it, and what twins say."""

    truth: Array
    twin: Array
    test: NDArray[np.bool_]


def world(seed: int, signal: float = 1.0, shared: float = 1.0) -> World:
    """Answers from two traits and one for each battery; twins hear the question's own mixture, too loud, with noise."""
    rng = np.random.default_rng(seed)
    questions = len(BATTERY)
    traits = rng.normal(size=(PEOPLE, 2)) @ rng.normal(0.0, 0.7, (2, questions)) * shared
    own = rng.normal(size=(PEOPLE, BATTERIES))[:, BATTERY] * 0.5
    mixture = traits + own
    mixture /= np.maximum(mixture.std(axis=0), 0.5)
    level = rng.uniform(0.35, 0.65, questions)
    truth = np.clip(level + 0.12 * mixture + rng.normal(0.0, 0.12, mixture.shape), 0.0, 1.0)
    loud = level + rng.normal(0.0, 0.1, questions) + 0.2 * (signal * 0.5 * mixture + rng.normal(size=mixture.shape))
    return World(truth=truth, twin=np.clip(loud, 0.0, 1.0), test=np.arange(PEOPLE) >= PEOPLE // 2)


def asked(made: World, labelled: int, others: bool = True) -> tuple[CalibratedAnswers, NDArray[np.bool_]]:
    """The first question asked of `labelled` people, who answered nothing else of its battery, and calibrated."""
    known = np.ones(made.truth.shape, dtype=np.bool_)
    target = np.flatnonzero(BATTERY == 0)
    known[:, target] = False
    known[:labelled, target[0]] = True
    if not others:
        known[made.test] = False
    wanted = np.arange(len(BATTERY)) == target[0]
    return calibrate_answers(made.twin, made.truth, known, battery=BATTERY, wanted=wanted), wanted


def scored(made: World, found: CalibratedAnswers) -> tuple[float, float, float, float]:
    """Coverage, slope, and mean absolute errors of the calibrated answer and of the twin."""
    truth, expected = made.truth[made.test, 0], found.expected[made.test, 0]
    held = (found.low[made.test, 0] <= truth) & (truth <= found.high[made.test, 0])
    slope = np.cov(truth, expected)[0, 1] / expected.var(ddof=1)
    missed = np.abs(found.likeliest[made.test, 0] - truth).mean()
    return float(held.mean()), float(slope), float(missed), float(np.abs(made.twin[made.test, 0] - truth).mean())


def correlation(made: World, found: CalibratedAnswers) -> float:
    return float(np.corrcoef(made.truth[made.test, 0], found.expected[made.test, 0])[0, 1])


@pytest.mark.slow
@pytest.mark.req("N4")
@pytest.mark.parametrize("labelled", [0, 10, 100])
def test_intervals_and_slopes_are_what_they_say(labelled: int) -> None:
    found = np.array([scored(made, asked(made, labelled)[0]) for made in map(world, range(20))])
    coverage, slope, missed, twins = found.mean(axis=0)
    assert coverage == pytest.approx(0.8, abs=0.06)
    assert slope == pytest.approx(1.0, abs=0.15)
    assert missed < twins


def test_other_answers_help_where_traits_are_shared() -> None:
    made = world(3)
    alone, with_others = (correlation(made, asked(made, 30, others)[0]) for others in (False, True))
    assert with_others > alone + 0.05


def test_a_twin_that_is_noise_gets_no_weight() -> None:
    made = world(1, signal=0.0, shared=0.0)
    found, _ = asked(made, 100, others=False)
    assert found.expected[made.test, 0].std() < 0.15 * made.truth[:, 0].std()


def test_no_answer_is_made_from_itself() -> None:
    made = world(2)
    known = np.ones(made.truth.shape, dtype=np.bool_)
    known[made.test, 0] = False
    other = np.where(known, made.truth, 1.0 - made.truth)
    first, second = (calibrate_answers(made.twin, truth, known, battery=BATTERY) for truth in (made.truth, other))
    assert np.array_equal(first.expected, np.where(known, second.expected, first.expected))
    assert np.array_equal(first.expected[made.test, 0], second.expected[made.test, 0])
    assert np.array_equal(first.expected[known], made.truth[known])
    assert (first.basis[known] == Basis.ANSWERED).all()
    assert (first.knowledge[made.test, 0] == Knowledge.SIBLINGS).all()


def test_where_nobody_answered_the_twins_own_word_stands() -> None:
    twin = np.array([[[0.2, 0.4], [1.0, 1.0]], [[0.5, np.nan], [np.nan, np.nan]]])
    found = calibrate_answers(twin, np.full((2, 2), np.nan))
    assert found.expected.tolist() == [[pytest.approx(0.3), 1.0], [0.5, pytest.approx(found.expected[1, 1])]]
    assert (found.basis == Basis.TWIN).all()
    assert np.isfinite(found.expected).all()
    assert ((found.low <= found.expected) & (found.expected <= found.high)).all()
    assert (found.high - found.low)[0, 0] > 0.4
    assert found.checks == {(0, Knowledge.TWIN): None}


@pytest.mark.parametrize("said", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("labelled", [1, 2, 40])
def test_questions_that_all_answer_alike_stay_sensible(said: float, labelled: int) -> None:
    rng = np.random.default_rng(0)
    twin = rng.choice([0.0, 1.0, np.nan], (60, 4))
    real = np.full((60, 4), np.nan)
    real[:labelled] = said
    twin[:, 3] = 0.5
    found = calibrate_answers(twin, real, battery=np.array([0, 0, 1, 1]))
    for part in (found.expected, found.likeliest, found.low, found.high):
        assert np.isfinite(part).all()
        assert ((part >= 0.0) & (part <= 1.0)).all()
    assert ((found.low <= found.expected) & (found.expected <= found.high)).all()
    if labelled == 40:
        assert np.abs(found.expected - said).max() < 0.2


def test_a_person_who_answered_nothing_and_one_without_a_twin_are_answered() -> None:
    made = world(4)
    twin, known = made.twin.copy(), np.ones(made.truth.shape, dtype=np.bool_)
    twin[-1], known[-1], known[-2, 1:] = np.nan, False, False
    found = calibrate_answers(twin, made.truth, known, battery=BATTERY)
    assert np.isfinite(found.expected).all()
    assert (found.knowledge[-1] == Knowledge.TWIN).all()
    assert found.knowledge[-2, 1] == Knowledge.SIBLINGS
    assert found.knowledge[-2, 4] == Knowledge.OTHERS


def test_a_row_does_not_hang_on_its_place() -> None:
    made = world(5)
    known = np.ones(made.truth.shape, dtype=np.bool_)
    known[made.test, :2] = False
    turned = np.concatenate([np.flatnonzero(~made.test), np.flatnonzero(made.test)[::-1]])
    first = calibrate_answers(made.twin, made.truth, known, battery=BATTERY)
    second = calibrate_answers(made.twin[turned], made.truth[turned], known[turned], battery=BATTERY)
    assert np.allclose(first.expected[turned, 0], second.expected[:, 0], atol=0.02)  # checks hold other people back


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="real"):
        table_of(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="0 to 1"):
        table_of(np.full((2, 3), 1.5), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="battery"):
        table_of(np.zeros((2, 3)), np.zeros((2, 3)), battery=np.zeros(2, dtype=np.intp))
    with pytest.raises(ValueError, match="level"):
        calibrate_answers(np.zeros((2, 3)), np.zeros((2, 3)), level=1.0)
