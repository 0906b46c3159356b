"""Looking whenever one likes: a sequence that holds at every look, and arms of the right sizes."""

import numpy as np
import pytest
from scipy.special import ndtri

from twincast.stats.intervals import two_sided
from twincast.stats.power import size_for_shares
from twincast.stats.sequences import LEAST_EVENTS, sample_ratio, sequence_factor, sequence_size
from twincast.stats.streams import stream

LOOKS, RUNS = 60, 2_000


def looked_at(first: float, second: float, daily: int, runs: int = RUNS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tests of two shares at every look: difference, its standard error, whether the sequence is offered."""
    draws = stream(7, "a/a", str((first, second)))
    events = np.cumsum([draws.binomial(daily, p, (LOOKS, runs)) for p in (first, second)], axis=1)
    n = daily * np.arange(1, LOOKS + 1)[:, None]
    p, q = events / n
    return p - q, np.sqrt((p * (1 - p) + q * (1 - q)) / (n - 1.0)), events.min(axis=0) >= LEAST_EVENTS


@pytest.mark.req("N12")
class TestTheSequence:
    def test_keeps_false_alarms_of_sixty_looks_at_a_rate_of_one_in_a_hundred_under_six_in_a_hundred(self) -> None:
        gap, se, offered = looked_at(0.01, 0.01, 1_000)
        n = 2_000.0 * np.arange(1, LOOKS + 1)[:, None]
        for tuned_for in (5_000.0, 20_000.0, 120_000.0):
            alarm = (np.abs(gap) > sequence_factor(n, tuned_for=tuned_for) * se) & offered
            assert alarm.any(axis=0).mean() <= 0.06
        peeking = (np.abs(gap) > two_sided(0.95) * se) & offered
        assert peeking.any(axis=0).mean() > 0.15  # what it is there for

    def test_holds_the_true_effect_at_every_look(self) -> None:
        gap, se, offered = looked_at(0.03, 0.02, 1_000)
        n = 2_000.0 * np.arange(1, LOOKS + 1)[:, None]
        missed = (np.abs(gap - 0.01) > sequence_factor(n) * se) & offered
        assert missed.any(axis=0).mean() <= 0.05
        found = (gap - sequence_factor(n) * se > 0.0) & offered
        assert found.any(axis=0).mean() > 0.95

    def test_is_narrowest_where_it_is_tuned_and_never_narrower_than_one_look(self) -> None:
        counts = np.geomspace(100, 1e7, 200)
        wide = sequence_factor(counts, tuned_for=10_000.0) / np.sqrt(counts)
        at = sequence_factor(counts, tuned_for=10_000.0)
        assert counts[at.argmin()] == pytest.approx(10_000.0, rel=0.1)
        assert at.min() > two_sided(0.95)
        assert (np.diff(wide) < 0).all()

    def test_finds_as_often_as_its_size_says(self) -> None:
        one_look = float(size_for_shares(0.10, 0.12))
        size = sequence_size(one_look, power_z=float(ndtri(0.8)), alpha_z=two_sided(0.95), alpha=0.05)
        daily = int(size / LOOKS)
        gap, se, offered = looked_at(0.12, 0.10, daily)
        n = 2.0 * daily * np.arange(1, LOOKS + 1)[:, None]
        found = (gap - sequence_factor(n, tuned_for=float(n[-1, 0])) * se > 0.0) & offered
        assert found[-1].mean() == pytest.approx(0.8, abs=0.03)
        assert found.any(axis=0).mean() > 0.8  # sooner or later

    def test_says_what_looking_all_the_time_costs(self) -> None:
        more = sequence_size(1_000.0, power_z=0.8416, alpha_z=two_sided(0.95), alpha=0.05) / 1_000.0
        assert 1.7 < more < 2.1  # (3.04 + .84)^2 / (1.96 + .84)^2


@pytest.mark.req("I20")
class TestSampleRatio:
    @pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.4, 0.3, 0.3)])
    def test_alarms_falsely_in_no_more_tests_than_it_says(self, shares: tuple[float, ...]) -> None:
        draws, planned = stream(3, "ratio", len(shares)), np.array(shares)
        alarms = 0
        for _ in range(400):
            counts = np.cumsum(draws.multinomial(200, planned, LOOKS), axis=0)
            alarms += bool((sample_ratio(counts, planned) < 0.05).any())
        assert alarms / 400 <= 0.05 + 2.0 * np.sqrt(0.05 * 0.95 / 400)

    def test_finds_what_is_broken_soon(self) -> None:
        planned = np.array([0.5, 0.5])
        gross = np.cumsum(stream(1, "gross").multinomial(50, [0.2, 0.8], LOOKS), axis=0)
        subtle = np.cumsum(stream(1, "subtle").multinomial(1_000, [0.48, 0.52], LOOKS), axis=0)
        assert (sample_ratio(gross, planned) < 0.001)[3]
        assert (sample_ratio(subtle, planned) < 0.001)[-1]

    def test_never_forgets_an_alarm(self) -> None:
        counts = np.array([[0, 0], [90, 10], [100, 100]])
        p = sample_ratio(counts, [0.5, 0.5])
        assert p[0] == 1.0
        assert p[1] == p[2] < 0.001
