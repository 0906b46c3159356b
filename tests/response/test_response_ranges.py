"""Matches beyond what was seen: the number stays where it was last seen, the width grows, and the parts add up."""

from dataclasses import replace

import numpy as np
import pytest

from tests.response.outcomes import blank, happened, parts
from twincast.reading.twins import POSITION
from twincast.response.beliefs import beliefs
from twincast.response.encoding import encode
from twincast.response.learning import OutcomeRows, learn, update
from twincast.response.model import examine
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.ranking import drawn

SHIPPED = shipped_model()
TEXT = "Coupon campaign: 12 coupon(s) covering 300 products, chiefly coffee"


def campaign(count: int, products: float, seed: int = 1) -> OutcomeRows:
    """Customers of a coupon campaign, who have bought about so many of its products."""
    rng = np.random.default_rng(seed)
    rows = blank(
        rng, count, "redemption", texts=[TEXT], still=False, type="coupon_campaign", channel="mail", window=35.0
    )
    values = rows.cells.twins.values.copy()
    values[:, POSITION["couponed_products_bought"]] = rng.poisson(products, count)
    values[:, POSITION["couponed_trips_84"]] = rng.poisson(products / 4.0, count)
    return replace(rows, cells=replace(rows.cells, twins=replace(rows.cells.twins, values=values)))


@pytest.fixture(scope="module")
def model() -> ResponseModel:
    rng = np.random.default_rng(2)
    world = happened(rng, campaign(1_500, 4.0), "redemption", {"level:mail": -2.0, "match:coupon_products": 0.9})
    return learn(SHIPPED, world.rows)


def logits(model: ResponseModel, products: float) -> tuple[float, float]:
    """Mean logit and mean sd of customers who have bought about so many of a campaign's products."""
    found = beliefs(encode(campaign(200, products, seed=3).cells, model), model, ["redemption"])["redemption"]
    return float(found.effect.mean()), float(found.effect_sd.mean())


class TestBeyond:
    def test_the_number_stays_and_the_width_grows(self, model: ResponseModel) -> None:
        usual, most, far, further = (logits(model, products) for products in (4.0, 12.0, 100.0, 400.0))
        assert most[0] > usual[0] + 0.3  # within what was seen the slope holds
        assert far[0] == pytest.approx(further[0], abs=1e-9)
        assert usual[1] < far[1] < further[1]

    def test_before_any_outcome_and_with_few_the_prior_stands_for_all(self, model: ResponseModel) -> None:
        few = learn(SHIPPED, parts(replace(campaign(90, 4.0), outcomes={"redemption": np.zeros(90)}), np.arange(90)))
        for it in (SHIPPED, few):
            assert logits(it, 400.0)[0] > logits(it, 100.0)[0] + 0.2

    def test_draws_are_as_wide_as_the_interval(self, model: ResponseModel) -> None:
        cells = parts(campaign(40, 400.0), np.arange(1)).cells
        belief = beliefs(encode(cells, model), model, ["redemption"])["redemption"]
        p = drawn(cells, model, "will_engage", horizon_days=35, draws=4_000, seed=1)[0]
        assert np.std(np.log(p / (1.0 - p))) == pytest.approx(belief.effect_sd[0], rel=0.1)

    def test_parts_still_add_up_to_the_number(self, model: ResponseModel) -> None:
        cells = parts(campaign(40, 100.0), np.arange(5)).cells
        looked = examine(cells, model, [], ["will_engage"], shown=5, scored="will_click", horizon_days=35, level=0.8)
        for found in looked.explanations["will_engage"]:
            assert found is not None
            total = found.base_logit + sum(part.amount for part in found.contributions)
            assert total == pytest.approx(np.log(found.probability / (1.0 - found.probability)), abs=1e-9)

    def test_it_comes_back_from_bytes_and_an_update_keeps_it(self, model: ResponseModel) -> None:
        again = ResponseModel.from_bytes(model.to_bytes())
        assert again.digest == model.digest
        assert again.learned["redemption"].ranges == model.learned["redemption"].ranges != {}
        more = update(model, replace(campaign(50, 100.0), outcomes={"redemption": np.zeros(50)}))
        assert more.learned["redemption"].ranges == model.learned["redemption"].ranges
