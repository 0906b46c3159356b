"""Stated scales learned from answers, against known truth: weights drawn from the prior for each world anew."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.response.outcomes import blank, parts
from twincast.response.encoding import encode
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.opinions import SCATTER
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.surveys import scale_of, values_of, weights_of

Array = NDArray[np.float64]
SHIPPED = shipped_model()
SCALE, FIELD = "satisfaction", "satisfaction_change"


def answered(seed: int, count: int, share: float = 1.0) -> tuple[OutcomeRows, Array]:
    """Answers to a survey of a share of those who were contacted, and the truth about each customer."""
    rng = np.random.default_rng(seed)
    rows = blank(rng, count, "visit", still=False)
    prior = SHIPPED.prior.stated[SCALE]
    truth = values_of(encode(rows.cells, SHIPPED), prior) @ rng.normal(*weights_of(prior))
    told = truth + rng.normal(0.0, SCATTER[SCALE], count)
    answers = np.where(rng.random(count) < share, told, np.nan)
    return replace(rows, outcomes={"visit": np.full(count, np.nan)}, answers={SCALE: answers}), truth


def covered(seed: int) -> float:
    rows, truth = answered(seed, 300, share=0.7)
    found = predict(parts(rows, np.arange(60)).cells, learn(SHIPPED, rows), [FIELD], horizon_days=7, level=0.8)[FIELD]
    return float(np.mean((found.low <= truth[:60]) & (truth[:60] <= found.high)))


@pytest.mark.slow
@pytest.mark.req("N4")
def test_intervals_hold_what_they_say() -> None:
    # customers of one world are no replicates: a hundred worlds tell .8 to some .03
    assert np.mean([covered(seed) for seed in range(100)]) == pytest.approx(0.8, abs=0.09)


def test_many_answers_find_the_truth() -> None:
    rows, truth = answered(5, 20_000)
    opinion = learn(SHIPPED, rows).numbers.opinions[SCALE]
    mean, _ = scale_of(encode(rows.cells, SHIPPED), SHIPPED.prior.stated[SCALE], opinion)
    assert np.abs(mean - truth).max() < 0.1
    assert opinion.scatter == pytest.approx(SCATTER[SCALE], rel=0.03)
    assert opinion.missed is not None
    assert opinion.missed_by_mean is not None
    assert opinion.missed < opinion.missed_by_mean


def test_answers_of_one_customer_count_as_one() -> None:
    rows, _ = answered(6, 200)
    one = learn(SHIPPED, replace(rows, customer=np.zeros(200, dtype=np.intp))).numbers.opinions[SCALE]
    own = learn(SHIPPED, rows).numbers.opinions[SCALE]
    assert one.count == own.count == 200
    assert np.trace(one.evidence.precision) < 0.02 * np.trace(own.evidence.precision)
    assert (one.missed, own.missed is None) == (None, False)


def test_it_comes_back_from_bytes_as_it_was() -> None:
    rows, _ = answered(7, 100)
    model = learn(SHIPPED, rows)
    again = ResponseModel.from_bytes(model.to_bytes())
    first, second = (predict(rows.cells, it, [FIELD], horizon_days=7, level=0.8)[FIELD] for it in (model, again))
    np.testing.assert_array_equal(first.low, second.low)
    assert (again.digest, model.checked(SCALE), model.checked("brand")) == (model.digest, ("survey",), ())
