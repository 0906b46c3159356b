"""Money learned: sums that come out right, ranges that hold single amounts, and nothing moved without an amount."""

from dataclasses import replace

import numpy as np
import pytest

from tests.response.outcomes import blank, parts
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.posteriors import SPENDING, ResponseModel, shipped_model

SHIPPED = shipped_model()


def bought(count: int, seed: int = 1) -> OutcomeRows:
    """Customers of whom half buy: three times what the prior takes an order for, with single amounts of sd .7."""
    rng = np.random.default_rng(seed)
    rows = blank(rng, count, "purchase")
    usual = predict(rows.cells, SHIPPED, ["purchase_amount"], horizon_days=7, level=0.8)["purchase_amount"].value
    bought = rng.random(count) < 0.5
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
        assert again.spending is not None
        assert model.spending is not None
        np.testing.assert_array_equal(again.spending.mean, model.spending.mean)

    def test_without_an_amount_money_is_as_before(self) -> None:
        rows = bought(100)
        unknown = learn(SHIPPED, replace(rows, amounts=np.full(100, np.nan)))
        assert unknown.spending is None
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
