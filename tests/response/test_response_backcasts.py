"""Backcasts on customers whose purchase process is known: right where it holds, and told where it changed."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from twincast.domain.validations import Backcast
from twincast.reading.histories import History, history_of
from twincast.response.backcasts import NOT_ENOUGH, backcast
from twincast.response.prior import shipped_prior
from twincast.stats.streams import stream

TODAY = 20_000.0


def history(days: np.ndarray) -> History:
    """A history with orders on these days before today."""
    on = np.sort(TODAY - days)
    entries = tuple({"date": str(np.datetime64(int(day), "D"))} for day in on)
    return History(days=np.floor(on), entries=entries, as_of=TODAY)


def drawn(rng: np.random.Generator, weeks: float) -> np.ndarray:
    """Days before today on which one customer of the prior's own world ordered; the first is `weeks` ago."""
    fits = shipped_prior().fits
    weight = np.array([it.weight for it in fits])
    fit = fits[rng.choice(len(fits), p=weight / weight.sum())]
    rate, leaves = rng.gamma(fit.r, 1.0 / fit.alpha_weeks), rng.beta(fit.a, fit.b)
    at, found = 0.0, [0.0]
    while (at := at + rng.exponential(1.0 / rate)) < weeks:
        found.append(at)
        if rng.random() < leaves:
            break
    return (weeks - np.array(found)) * 7.0


def customers(n: int, rng: np.random.Generator) -> Iterator[Backcast]:
    """Backcasts of n customers with enough history."""
    while n:
        found = backcast(history(drawn(rng, float(rng.uniform(60, 200)))), shipped_prior(), 0.8)
        if found.verdict != NOT_ENOUGH:
            n -= 1
            yield found


class TestInItsOwnWorld:
    @pytest.mark.slow
    @pytest.mark.req("I17")
    def test_what_is_foretold_comes_as_often_as_it_says(self) -> None:
        found = list(customers(150, stream(7, "backcast")))
        held = np.mean([it.verdict == "foretold" for it in found])
        assert held >= 0.8 - 3 * np.sqrt(0.8 * 0.2 / len(found))
        chances = np.array([step.probability for it in found for step in it.steps])
        came = np.array([step.ordered for it in found for step in it.steps])
        assert abs((came - chances).sum()) <= 3 * np.sqrt((chances * (1 - chances)).sum())
        for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 1.0)):
            inside = (chances >= low) & (chances < high)
            noise = np.sqrt((chances[inside] * (1 - chances[inside])).sum())
            assert abs((came[inside] - chances[inside]).sum()) <= 3 * noise

    @pytest.mark.req("I17")
    def test_who_stopped_or_began_to_buy_more_is_told(self) -> None:
        steady = np.cumsum(stream(3, "pauses").exponential(14.0, 50))
        assert backcast(history(steady), shipped_prior(), 0.8).verdict == "foretold"
        stopped = backcast(history(steady[steady > steady.max() / 2]), shipped_prior(), 0.8)
        assert (stopped.verdict, stopped.observed) == ("fewer", 0)
        before = 700.0 + np.cumsum(stream(4, "pauses").exponential(30.0, 20))
        quicker = np.concatenate([before, np.arange(0.0, 690.0, 12.0)])
        assert backcast(history(quicker), shipped_prior(), 0.8).verdict == "more"


class TestHonesty:
    @pytest.mark.parametrize("days", [[], [300.0], [300.0, 200.0], [300.0, 100.0, 50.0, 20.0], [9.0, 8.0, 7.0, 1.0]])
    def test_too_little_is_said_to_be_too_little(self, days: list[float]) -> None:
        found = backcast(history(np.array(days)), shipped_prior(), 0.8)
        assert (found.verdict, found.expected, found.steps) == (NOT_ENOUGH, None, ())
        assert str(len(days)) in found.words

    def test_what_came_later_changes_nothing_that_was_foretold(self) -> None:
        early = np.array([700.0, 640.0, 600.0, 520.0, 450.0, 400.0])
        one, other = (
            backcast(history(np.append(early, late)), shipped_prior(), 0.8) for late in ([1.0], [30.0, 20.0, 1.0])
        )
        assert one.window_days == other.window_days
        assert one.steps[0].probability == other.steps[0].probability

    def test_the_interval_holds_the_number_and_is_wider_at_a_higher_level(self) -> None:
        past = history(np.arange(0.0, 700.0, 25.0))
        at = [backcast(past, shipped_prior(), level).expected for level in (0.5, 0.95)]
        assert at[0] is not None
        assert at[1] is not None
        assert at[1].low <= at[0].low <= at[0].value <= at[0].high <= at[1].high

    def test_refunds_and_orders_without_a_day_are_none_of_its_business(self) -> None:
        listed = [{"date": "2024-01-05"}, {"date": "2024-01-09", "amount": -5}, {"amount": 4}, "2023-12-01", "?"]
        record = {"customer_id": "a", "history": {"transactions": listed}}
        found = history_of(record, date(2024, 2, 1))
        assert found.entries == ("2023-12-01", {"date": "2024-01-05"})
