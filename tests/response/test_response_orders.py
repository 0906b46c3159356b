"""The purchase process against the likelihood it comes from, against simulation, and the value of an order."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta as beta_of
from scipy.stats import gamma as gamma_of

from tests.engines.batches import TODAY, bought, twins
from twincast.reading.twins import POSITION, STATE, TwinFrame
from twincast.response.orders import Fit, PurchaseProcess, order_value, purchase_process
from twincast.response.prior import shipped_prior

CDNOW = {"r": 0.243, "alpha_weeks": 4.414, "a": 0.793, "b": 2.426}
PAPER = Fit(**CDNOW, weight=1.0)
VALUES = {"log_mean": 4.25, "log_width": 0.8, "within": 0.5, "stated_orders": 3.0}


def customer(repeats: float, recency_weeks: float, age_weeks: float) -> TwinFrame:
    """A customer whose first order was `age_weeks` ago, with `repeats` more, the last `recency_weeks` later."""
    return twins(bought(repeats + 1.0, days=7.0 * age_weeks, last=7.0 * (age_weeks - recency_weeks)))


def process(frame: TwinFrame, today: float = TODAY, fits: Sequence[Fit] = (PAPER,)) -> PurchaseProcess:
    return purchase_process(frame, today, fits, VALUES)


def by_integration(x: float, recency: float, age: float, days: float) -> tuple[float, float]:
    """P(active) and P(order within days) by integrating the likelihood over the order rate and the drop-out chance.

    Fader, Hardie & Lee (2005): while active, orders are Poisson; after each repeat order a customer drops out with
    chance p. The two integrals separate within each branch, so each is done numerically by itself.
    """
    r, alpha, a, b = CDNOW.values()

    def over_rate(power: float, decay: float) -> float:
        return quad(lambda rate: rate ** (r + power - 1.0) * np.exp(-rate * (alpha + decay)), 0.0, np.inf, limit=400)[0]

    def over_chance(stay: float, leave: float) -> float:
        density = lambda p: p ** (a + leave - 1.0) * (1.0 - p) ** (b + stay - 1.0)  # noqa: E731 -- one line of a formula
        return quad(density, 0.0, 1.0, limit=400)[0]

    still = over_chance(x, 0.0) * over_rate(x, age)
    gone = over_chance(x - 1.0, 1.0) * over_rate(x, recency) if x > 0 else 0.0
    none = over_chance(x, 0.0) * over_rate(x, age + days / 7.0)
    active = still / (still + gone)
    return active, active * (1.0 - none / still)


def spender(spend: float, months: float, **more: float) -> dict[str, float]:
    """Of whom only the money of a year and the date of the last order are known, as the reading puts it."""
    guess = {"spend_365": spend, "orders": 2.0, "orders_days": 365.0, "orders_basis": 4.0, "order_value_n": 1.0}
    return {**guess, "first_order_day": TODAY - 365.0, "last_order_day": TODAY - 30.4 * months, "is_new": 0.0, **more}


def likelihood(fit: Fit, x: float, recency: float, age: float) -> float:
    """The likelihood of a history under one fit, equation 3 averaged over customers by numbers."""
    rates = (np.arange(4_000) + 0.5) / 4_000
    rate = gamma_of(fit.r, scale=1.0 / fit.alpha_weeks).ppf(rates)
    chance = beta_of(fit.a, fit.b).ppf(rates)
    stay = ((1.0 - chance) ** x).mean() * (rate**x * np.exp(-rate * age)).mean()
    left = (chance * (1.0 - chance) ** (x - 1.0)).mean() * (rate**x * np.exp(-rate * recency)).mean()
    return float(stay + left)


class TestMixture:
    FITS = (
        Fit(r=1.5, alpha_weeks=6.0, a=1.2, b=2.4, weight=1.0),
        Fit(r=3.0, alpha_weeks=40.0, a=1.5, b=9.0, weight=2.0),
    )

    def test_each_fit_is_weighed_by_how_well_it_explains_the_history(self) -> None:
        for x, recency, age in ((1.0, 10.0, 30.0), (4.0, 35.0, 40.0), (9.0, 20.0, 60.0)):
            fitted = process(customer(x, recency, age), fits=self.FITS)
            wanted = [fit.weight * likelihood(fit, x, recency, age) for fit in self.FITS]
            assert fitted.weight[:, 0] == pytest.approx(np.array(wanted) / sum(wanted), rel=5e-3)

    def test_is_the_average_of_the_fits(self) -> None:
        frame = customer(3.0, 20.0, 40.0)
        both = process(frame, fits=self.FITS)
        alone = [process(frame, fits=[fit]).order_probability(7.0)[0] for fit in self.FITS]
        assert both.order_probability(7.0)[0] == pytest.approx(both.weight[:, 0] @ alone)
        assert min(alone) < both.order_probability(7.0)[0] < max(alone)

    def test_a_history_that_one_fit_can_not_explain_leaves_the_other(self) -> None:
        """Sixty orders in two years are none of a shop where people order twice a year."""
        rare = Fit(r=3.66, alpha_weeks=76.17, a=0.01, b=10.0, weight=1.0)
        fitted = process(customer(60.0, 103.0, 104.0), fits=[PAPER, rare])
        assert fitted.weight[0, 0] > 0.95

    @pytest.mark.req("N1")
    def test_neighbours_change_no_bit(self) -> None:
        """Guessed and counted customers, together and each alone, under the fits that ship."""
        fits = shipped_prior().fits
        rng = np.random.default_rng(3)
        rows = [spender(float(np.exp(rng.normal(5.0, 1.0))), float(rng.uniform(0.0, 12.0))) for _ in range(40)]
        rows += [bought(float(rng.integers(1, 30)), days=float(rng.uniform(100.0, 900.0)), last=3.0) for _ in range(40)]
        together = process(twins(*rows), fits=fits)
        for place, row in enumerate(rows):
            alone = process(twins(row), fits=fits)
            for days in (7.0, 90.0):
                assert alone.order_probability(days)[0] == together.order_probability(days)[place]
            assert alone.log_rate_variance()[0] == together.log_rate_variance()[place]


class TestGuessedCounts:
    def test_the_longer_ago_the_last_order_the_lower_the_chance_whatever_was_spent(self) -> None:
        for spend in (30.0, 75.0, 300.0, 1500.0):
            for new in (0.0, 1.0):
                frame = twins(*(spender(spend, months, is_new=new) for months in np.linspace(0.5, 10.5, 21)))
                assert np.all(np.diff(process(frame).order_probability(7.0)) < 0.0), (spend, new)

    def test_a_big_spender_who_left_is_not_below_a_small_one_who_left(self) -> None:
        """One large order explains much money and no date since better than many orders that stopped all at once."""
        small, large = process(twins(spender(30.0, 12.0), spender(1500.0, 12.0))).order_probability(7.0)
        assert large > 0.8 * small

    def test_a_counted_customer_is_the_same_beside_a_guessed_one(self) -> None:
        alone = process(customer(3.0, 30.0, 40.0))
        beside = process(twins(bought(4.0, days=280.0, last=70.0), spender(100.0, 3.0)))
        assert alone.order_probability(7.0)[0] == beside.order_probability(7.0)[0]
        assert alone.log_rate_variance()[0] == beside.log_rate_variance()[0]

    def test_weights_sum_to_one_and_an_own_order_value_settles_the_count(self) -> None:
        fitted = process(twins(spender(500.0, 1.0), spender(500.0, 1.0, order_value_mean=50.0, order_value_n=2.0)))
        assert fitted.weight.sum(axis=0) == pytest.approx(1.0)
        counts = np.arange(1.0, len(fitted.weight) + 1.0)
        spread = [np.sqrt((fitted.weight[:, i] * (counts - fitted.weight[:, i] @ counts) ** 2).sum()) for i in (0, 1)]
        assert fitted.weight[:, 1] @ counts == pytest.approx(10.0, abs=1.0)
        assert spread[1] < 0.75 * spread[0]

    @pytest.mark.slow
    def test_foretells_orders_in_a_world_of_its_own(self) -> None:
        """20,000 simulated old customers of whom only a year's money and the last date are seen."""
        rng = np.random.default_rng(11)
        rate, drop = rng.gamma(0.243, 1.0 / 4.414, 60_000), rng.beta(0.793, 2.426, 60_000)
        frame_rows, ordered = [], []
        for each, chance in zip(rate, drop, strict=True):
            when, last, count = 0.0, 0.0, 0
            while True:
                when += rng.exponential(1.0 / max(each, 1e-9))
                if when > 52.143:
                    break
                last, count = when, count + 1
                if rng.random() < chance:
                    when = np.inf
                    break
            if count == 0:
                continue
            level = rng.normal(4.25, 0.8)
            spend = float(np.exp(rng.normal(level, 0.5, count)).sum())
            frame_rows.append(spender(spend, 0.0, last_order_day=TODAY - 365.0 + 7.0 * last))
            ordered.append(when <= 52.143 + 13.0)
        chance_of = process(twins(*frame_rows)).order_probability(91.0)
        seen = np.array(ordered, dtype=float)
        error = np.sqrt(chance_of @ (1.0 - chance_of)) / len(seen)
        assert abs(chance_of.mean() - seen.mean()) < 4.0 * error + 0.02
        for part in np.array_split(np.argsort(chance_of), 4):
            off = chance_of[part].mean() - seen[part].mean()
            assert abs(off) < 0.06, (chance_of[part].mean(), seen[part].mean())


class TestPurchaseProcess:
    @pytest.mark.parametrize(
        ("x", "recency", "age"),
        [
            (0.0, 0.0, 0.5),
            (0.0, 0.0, 38.86),
            (1.0, 2.0, 30.0),
            (2.0, 30.43, 38.86),
            (7.0, 29.43, 38.86),
            (12.0, 5.0, 50.0),
        ],
    )
    def test_agrees_with_integration_of_the_likelihood(self, x: float, recency: float, age: float) -> None:
        fitted = process(customer(x, recency, age))
        for days in (1.0, 7.0, 90.0, 365.0):
            active, order = by_integration(x, recency, age, days)
            assert fitted.active[0, 0] == pytest.approx(active, rel=1e-5)
            assert fitted.order_probability(days)[0] == pytest.approx(order, rel=1e-5)

    def test_gives_the_published_example(self) -> None:
        """CDNOW customer 1 of the paper: 2 repeat orders, the last at week 30.43 of 38.86: P(active) is .7266."""
        fitted = process(customer(2.0, 30.43, 38.86))
        assert fitted.active[0, 0] == pytest.approx(0.7266, abs=5e-4)

    def test_nobody_has_dropped_out_before_a_repeat_order(self) -> None:
        assert process(customer(0.0, 0.0, 200.0)).active[0, 0] == 1.0

    def test_waiting_lowers_the_chance(self) -> None:
        frame = customer(5.0, 40.0, 45.0)
        chances = [process(frame, TODAY + wait).order_probability(7.0)[0] for wait in range(0, 700, 14)]
        assert np.all(np.diff(chances) < 0.0)

    def test_a_later_last_order_never_lowers_the_chance(self) -> None:
        frame = twins(*(bought(6.0, days=350.0, last=last) for last in np.linspace(349.0, 0.0, 60)))
        assert np.all(np.diff(process(frame).order_probability(7.0)) >= 0.0)

    def test_more_orders_up_to_today_never_lower_the_chance(self) -> None:
        frame = twins(*(bought(float(orders), days=350.0, last=0.0) for orders in range(2, 80)))
        assert np.all(np.diff(process(frame).order_probability(7.0)) >= 0.0)

    def test_more_days_never_lower_the_chance(self) -> None:
        fitted = process(customer(5.0, 40.0, 45.0))
        chances = [fitted.order_probability(float(days))[0] for days in range(1, 366)]
        assert np.all(np.diff(chances) > 0.0)

    def test_a_long_history_makes_the_rate_surer(self) -> None:
        frame = twins(*(bought(float(orders), days=10.0 * orders, last=0.0) for orders in (2, 5, 20, 100)))
        assert np.all(np.diff(process(frame).log_rate_variance()) <= 0.0)

    def test_years_of_daily_orders_that_stopped_long_ago_overflow_nothing(self) -> None:
        fitted = process(twins(bought(5_000.0, days=9_000.0, last=3_000.0)))
        assert fitted.active[0, 0] == 0.0
        assert fitted.order_probability(365.0)[0] == 0.0

    def test_no_order_on_record_is_unknown_not_zero(self) -> None:
        fitted = process(twins({}))
        assert np.isnan(fitted.shape[0, 0])
        assert np.isnan(fitted.order_probability(7.0)[0])

    def test_an_unknown_recency_is_put_at_its_expected_place(self) -> None:
        known = process(customer(3.0, 30.0, 40.0))
        unknown = twins({"since_day": TODAY - 280.0, "orders": 4.0, "orders_days": 280.0})
        assert process(unknown).active[0, 0] == pytest.approx(known.active[0, 0])

    def test_the_window_of_counts_ages_with_the_calendar(self) -> None:
        frame = twins({"orders": 3.0, "orders_days": 70.0})
        assert process(frame, TODAY).weeks[0, 0] == pytest.approx(4.414 + 10.0)
        assert process(frame, TODAY + 70.0).weeks[0, 0] == pytest.approx(4.414 + 20.0)

    @pytest.mark.slow
    def test_is_calibrated_in_the_world_it_describes(self) -> None:
        """20,000 customers drawn from the parameters: among those given a chance, that share orders within 7 days."""
        frame, ordered = simulated(20_000, np.random.default_rng(42))
        chance = process(frame).order_probability(7.0)
        order = np.argsort(chance)
        for group in np.array_split(order, 10):
            expected, seen = chance[group].sum(), ordered[group].sum()
            spread = np.sqrt((chance[group] * (1.0 - chance[group])).sum())
            assert abs(seen - expected) < 3.5 * spread + 0.5
        whole = np.sqrt((chance * (1.0 - chance)).sum())
        assert abs(ordered.sum() - chance.sum()) < 3.0 * whole


def simulated(count: int, rng: np.random.Generator) -> tuple[TwinFrame, np.ndarray]:
    """Customers of a BG/NBD world, observed for 4 to 60 weeks, and whether each ordered in the week after."""
    rate = rng.gamma(CDNOW["r"], 1.0 / CDNOW["alpha_weeks"], count)
    leave = rng.beta(CDNOW["a"], CDNOW["b"], count)
    age = rng.uniform(4.0, 60.0, count)
    clock, active = np.zeros(count), np.ones(count, dtype=bool)
    repeats, last, ordered = np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool)
    while active.any():
        clock = clock + np.where(active, rng.exponential(1.0, count) / rate, np.inf)
        seen = active & (clock <= age)
        repeats[seen] += 1.0
        last[seen] = clock[seen]
        ordered |= active & (clock > age) & (clock <= age + 1.0)
        active = seen & (rng.random(count) >= leave)
    values = np.full((count, len(STATE)), np.nan)
    columns = {
        "as_of_day": np.full(count, TODAY),
        "since_day": TODAY - 7.0 * age,
        "first_order_day": TODAY - 7.0 * age,
        "last_order_day": TODAY - 7.0 * (age - last),
        "orders": repeats + 1.0,
        "orders_days": 7.0 * age,
    }
    for name, column in columns.items():
        values[:, POSITION[name]] = column
    empty = ((),) * count
    return TwinFrame(values=values, zones=(None,) * count, currencies=("USD",) * count, interests=empty), ordered


class TestOrderValue:
    @pytest.mark.parametrize("count", [1.0, 2.0, 10.0, 100.0])
    @pytest.mark.parametrize("log_mean", [2.0, 4.25, 6.0])
    def test_is_the_normal_posterior(self, log_mean: float, count: float) -> None:
        found = order_value(twins({"order_value_log_mean": log_mean, "order_value_n": count}), VALUES)
        precision = 1.0 / 0.8**2 + count / 0.5**2
        assert found.log_mean[0] == pytest.approx((4.25 / 0.8**2 + count * log_mean / 0.5**2) / precision)
        assert found.log_sd[0] == pytest.approx(precision**-0.5)
        assert found.within[0] == 0.5

    def test_nothing_known_is_the_prior(self) -> None:
        found = order_value(twins({}), VALUES)
        assert (found.log_mean[0], found.log_sd[0]) == (pytest.approx(4.25), pytest.approx(0.8))

    @pytest.mark.req("R15")
    def test_a_stated_mean_anchors_and_more_orders_pull_closer(self) -> None:
        frame = twins(*({"order_value_mean": 250.0, "order_value_n": n} for n in (1.0, 3.0, 48.0, 1e6)))
        found = order_value(frame, VALUES)
        mean = np.exp(found.log_mean + found.within**2 / 2.0)
        assert np.all(np.diff(mean) > 0.0)
        assert mean[3] == pytest.approx(250.0, rel=1e-3)
        assert np.all(np.diff(found.log_sd) < 0.0)
        uncounted = order_value(twins({"order_value_mean": 250.0}), VALUES)
        assert uncounted.log_mean[0] == pytest.approx(found.log_mean[1])

    def test_money_that_is_no_money_counts_for_nothing(self) -> None:
        found = order_value(twins({"order_value_mean": 0.0}, {"order_value_mean": -5.0}), VALUES)
        assert np.allclose(found.log_mean, 4.25)

    def test_recovers_the_customers_of_its_own_world(self) -> None:
        n, orders = 4_000, 6
        rng = np.random.default_rng(9)
        truth = rng.normal(4.25, 0.8, n)
        seen = truth + rng.normal(0.0, 0.5, (orders, n))
        frame = twins(*({"order_value_log_mean": m, "order_value_n": float(orders)} for m in seen.mean(axis=0)))
        found = order_value(frame, VALUES)
        inside = np.abs(truth - found.log_mean) <= 1.2816 * found.log_sd
        assert abs(inside.mean() - 0.8) < 3.5 * np.sqrt(0.16 / n)


def test_the_shipped_fits_hold_the_papers_figures() -> None:
    assert PAPER in shipped_prior().fits
