"""Money, counts and time learned: sums that come out right, ranges that hold single ones, nothing moved by nothing."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tests.response.outcomes import blank, parts
from twincast.reading.twins import POSITION
from twincast.response.amounts import features_of
from twincast.response.encoding import encode
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.numbers import DELAY, ITEMS, SPENDING, WINDOW
from twincast.response.posteriors import ResponseModel, shipped_model

SHIPPED = shipped_model()


def bought(count: int, seed: int = 1, buying: float = 0.5) -> OutcomeRows:
    """Customers of whom a share buys: three times what the prior takes an order for, with single amounts of sd .7."""
    rng = np.random.default_rng(seed)
    rows = blank(rng, count, "purchase")
    usual = predict(rows.cells, SHIPPED, ["purchase_amount"], horizon_days=7, level=0.8)["purchase_amount"].value
    bought = rng.random(count) < buying
    amounts = np.where(bought, 3.0 * usual * rng.lognormal(-(0.7**2) / 2.0, 0.7, count), 0.0)
    return replace(rows, outcomes={"purchase": bought.astype(np.float64)}, amounts=amounts)


class TestSpending:
    def test_sums_come_out_right_and_ranges_hold_single_amounts(self) -> None:
        rows = bought(3_000)
        half = np.arange(3_000) < 1_500
        model, rest = learn(SHIPPED, parts(rows, half)), parts(rows, ~half)
        found = predict(rest.cells, model, ["expected_revenue", "purchase_amount"], horizon_days=7, level=0.8)
        usual = predict(rest.cells, SHIPPED, ["purchase_amount"], horizon_days=7, level=0.8)["purchase_amount"].value
        # three standard errors of 750 buyers among 1,500: 3.9 % of the sum
        assert found["expected_revenue"].value.sum() == pytest.approx(0.5 * 3.0 * usual.sum(), rel=0.117)
        own, money = rest.amounts > 0.0, found["purchase_amount"]
        inside = (money.low <= rest.amounts) & (rest.amounts <= money.high)
        assert inside[own].mean() == pytest.approx(0.8, abs=0.045)  # three standard errors of 750

    def test_it_says_how_many_amounts_are_behind_it_and_comes_back_from_bytes(self) -> None:
        model = learn(SHIPPED, bought(100))
        assert model.counts(SPENDING).outcomes == model.counts("purchase").events
        assert (model.basis(SPENDING), model.uplift_basis(SPENDING)) == ("fitted", "prior")
        again = ResponseModel.from_bytes(model.to_bytes())
        assert again.digest == model.digest
        assert again.numbers.spending is not None
        assert model.numbers.spending is not None
        np.testing.assert_array_equal(again.numbers.spending.mean, model.numbers.spending.mean)

    def test_without_an_amount_money_is_as_before(self) -> None:
        rows = bought(100)
        unknown = learn(SHIPPED, replace(rows, amounts=np.full(100, np.nan)))
        assert unknown.numbers.spending is None
        assert unknown.basis(SPENDING) == "prior"

    @pytest.mark.parametrize("amount", [1e-9, 1e9])
    @pytest.mark.parametrize("count", [1, 2])
    def test_a_few_absurd_amounts_leave_numbers_finite(self, count: int, amount: float) -> None:
        rows = bought(40)
        few = np.zeros(40)
        few[:count] = amount
        model = learn(SHIPPED, replace(rows, amounts=few))
        found = predict(rows.cells, model, ["expected_revenue"], horizon_days=30, level=0.8)["expected_revenue"]
        assert np.isfinite(found.high).all()
        assert (found.low <= found.value).all()

    @pytest.mark.req("N4")
    @pytest.mark.parametrize("level", [0.8, 0.9])
    @pytest.mark.parametrize("buying", [0.97, 0.85, 0.5, 0.1])
    def test_what_is_spent_bought_or_not_is_held_as_often_as_said(self, buying: float, level: float) -> None:
        rows = bought(4_000, buying=buying)
        half = np.arange(4_000) < 2_000
        model, rest = learn(SHIPPED, parts(rows, half)), parts(rows, ~half)
        found = predict(rest.cells, model, ["amount_spent"], horizon_days=7, level=level)["amount_spent"]
        assert ((found.low <= found.value) & (found.value <= found.high)).all()
        inside = ((found.low <= rest.amounts) & (rest.amounts <= found.high)).mean()
        if 1.0 - buying < 1.0 - level:  # four standard errors; more than said only where nothing alone is more
            assert inside == pytest.approx(level, abs=4.0 * np.sqrt(level * (1.0 - level) / 2_000) + 0.01)
        else:
            assert inside >= level - 0.03
        assert (rest.amounts <= found.value).mean() == pytest.approx(max(0.5, 1.0 - buying), abs=0.05)

    def test_no_day_counts_from_before_the_first_order(self) -> None:
        rows = bought(40)
        values = rows.cells.twins.values.copy()
        for name, told in (("orders_days", 28.0), ("spend_28", 70.0), ("spend_84", 70.0)):
            values[:, POSITION[name]] = told
        twins = replace(rows.cells.twins, values=values)
        encoded = encode(replace(rows.cells, twins=twins), SHIPPED)
        month, quarter = features_of(("month", "quarter"), encoded, np.full(40, 20.0), np.full(40, 7.0)).T
        np.testing.assert_array_equal(month, quarter)


class TestItems:
    def counted(self, count: int, seed: int = 1) -> OutcomeRows:
        """Purchases of four times the items of one usual order, more spread than a Poisson's."""
        rng = np.random.default_rng(seed)
        rows = blank(rng, count, "purchase")
        usual = predict(rows.cells, SHIPPED, ["items_purchased"], horizon_days=7, level=0.8)["items_purchased"].value
        items = 1.0 + rng.poisson(rng.gamma(2.0, (4.0 * usual - 1.0) / 2.0)).astype(np.float64)
        return replace(rows, outcomes={"purchase": np.ones(count)}, items=items)

    @pytest.mark.req("N4")
    @pytest.mark.parametrize("level", [0.8, 0.9])
    def test_sums_come_out_right_and_ranges_hold_single_counts(self, level: float) -> None:
        rows = self.counted(4_000)
        half = np.arange(4_000) < 2_000
        model, rest = learn(SHIPPED, parts(rows, half)), parts(rows, ~half)
        found = predict(rest.cells, model, ["items_purchased"], horizon_days=7, level=level)["items_purchased"]
        assert found.value.sum() == pytest.approx(rest.items.sum(), rel=0.06)  # three standard errors: sd .8 of a mean
        inside = ((found.low <= rest.items) & (rest.items <= found.high)).mean()
        assert inside == pytest.approx(level, abs=3.0 * np.sqrt(level * (1 - level) * (2 / 2_000)) + 0.01)
        np.testing.assert_array_equal([found.low, found.high], np.round([found.low, found.high]))
        assert ((found.low <= found.value) & (found.value <= found.high)).all()
        assert (model.basis(ITEMS), model.counts(ITEMS).outcomes) == ("fitted", 2_000)

    def test_before_any_outcome_they_are_those_of_one_order(self) -> None:
        rows = self.counted(50)
        unknown = learn(SHIPPED, replace(rows, items=np.full(50, np.nan)))
        for days in (7, 60):
            first, second = (
                predict(rows.cells, it, ["items_purchased"], horizon_days=days, level=0.8)["items_purchased"]
                for it in (SHIPPED, unknown)
            )
            np.testing.assert_array_equal(first.high, second.high)


class TestDelays:
    def taken(self, count: int, seed: int = 1, share: float = 1.0) -> OutcomeRows:
        """Responses that come within minutes or within days, as no log-normal does; `share` of all respond."""
        rng = np.random.default_rng(seed)
        rows = blank(rng, count, "click", still=False, response="click")
        late = np.where(rng.random(count) < 0.5, rng.lognormal(-1.0, 0.5, count), rng.lognormal(3.0, 0.4, count))
        happened = rng.random(count) < share
        hours = {"click": np.where(happened, late, np.nan), "visit": np.full(count, 1e4)}
        return replace(rows, outcomes={"click": happened.astype(np.float64)}, hours=hours)

    @pytest.mark.req("N4")
    @pytest.mark.parametrize("level", [0.8, 0.9])
    def test_ranges_hold_single_responses(self, level: float) -> None:
        rows = self.taken(4_000)
        half = np.arange(4_000) < 2_000
        model, rest = learn(SHIPPED, parts(rows, half)), parts(rows, ~half)
        found = predict(rest.cells, model, ["response_time"], horizon_days=7, level=level)["response_time"]
        hours = rest.hours["click"]
        assert ((found.low <= hours) & (hours <= found.high)).mean() == pytest.approx(level, abs=0.04)
        assert (hours <= found.value).mean() == pytest.approx(0.5, abs=0.05)
        assert (model.basis(DELAY + "email"), model.checked(DELAY + "email")) == ("fitted", ("email",))
        assert model.basis(DELAY + "sms") == "prior"

    def test_the_prior_is_worth_ten_responses(self) -> None:
        rows = replace(self.taken(10), hours={"click": np.full(10, 28.0)})
        found = predict(rows.cells, learn(SHIPPED, rows), ["response_time"], horizon_days=7, level=0.8)["response_time"]
        np.testing.assert_allclose(found.value, np.sqrt(2.8 * 28.0))  # halfway, on the logarithm, from the prior's 2.8

    def test_without_a_moment_time_is_as_before_and_all_comes_back_from_bytes(self) -> None:
        rows = self.taken(300)
        assert not learn(SHIPPED, replace(rows, hours={})).numbers.delays
        model = learn(SHIPPED, rows)
        again = ResponseModel.from_bytes(model.to_bytes())
        assert again.digest == model.digest
        tails = [it.numbers.delays["email"].tails for it in (model, again)]
        assert tails[0] is not None
        assert tails[1] is not None
        np.testing.assert_array_equal(tails[0].quantiles, tails[1].quantiles)

    def test_a_model_written_when_only_money_was_learned_keeps_it(self) -> None:
        model = learn(SHIPPED, bought(150))
        document = msgspec.msgpack.decode(model.to_bytes())
        money = document.pop("numbers")["spending"]
        money.pop("tails")
        document["spending"] = {**money, "amounts": money.pop("count"), "names": []}
        old = ResponseModel.from_bytes(msgspec.msgpack.encode(document))
        assert old.counts(SPENDING) == model.counts(SPENDING)
        assert old.numbers.spending is not None
        assert old.numbers.spending.tails is None


class TestWindow:
    def came(self, count: int, seed: int = 1) -> OutcomeRows:
        """Purchases that come much sooner than an even hazard says."""
        rng = np.random.default_rng(seed)
        rows = blank(rng, count, "purchase", window=14.0)
        happened = rng.random(count) < 0.6
        hours = np.where(happened, 24.0 * 14.0 * rng.beta(0.7, 4.0, count), np.nan)
        return replace(rows, outcomes={"purchase": happened.astype(np.float64)}, hours={"purchase": hours})

    @pytest.mark.req("N4")
    @pytest.mark.parametrize("level", [0.8, 0.9])
    def test_ranges_hold_single_purchases(self, level: float) -> None:
        rows = self.came(4_000)
        half = np.arange(4_000) < 2_000
        model, rest = learn(SHIPPED, parts(rows, half)), parts(rows, ~half)
        hours = rest.hours["purchase"]
        came = np.isfinite(hours)
        found = predict(rest.cells, model, ["purchase_window"], horizon_days=14, level=level)["purchase_window"]
        inside = ((found.low * 24.0 <= hours) & (hours <= found.high * 24.0))[came].mean()
        assert inside == pytest.approx(level, abs=3.0 * np.sqrt(level * (1.0 - level) * 2 / came.sum()) + 0.01)
        assert (hours <= found.value * 24.0)[came].mean() == pytest.approx(0.5, abs=0.05)
        assert (model.basis(WINDOW), model.counts(WINDOW).outcomes) == (
            "fitted",
            int(np.isfinite(rows.hours["purchase"][half]).sum()),
        )
        again = ResponseModel.from_bytes(model.to_bytes())
        assert again.digest == model.digest

    def test_few_leave_it_to_the_hazard(self) -> None:
        rows = self.came(120)
        first, second = (
            predict(rows.cells, learn(SHIPPED, it), ["purchase_window"], horizon_days=14, level=0.8)["purchase_window"]
            for it in (rows, replace(rows, hours={}))
        )
        np.testing.assert_array_equal(first.high, second.high)
