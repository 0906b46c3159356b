"""What a language model says, as signals whose weight outcomes decide: on worlds in which it is noise, and truth."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.response.outcomes import World, blank, happened, parts
from twincast.domain.signals import Heard
from twincast.response.cells import Cells
from twincast.response.learning import OutcomeRows, learn, update
from twincast.response.model import examine, predict
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.signals import Signals

Array = NDArray[np.float64]
SHIPPED = shipped_model()
N = 3_000


def saying(
    cells: Cells, score: NDArray[np.floating], told: NDArray[np.intp] | None = None, asked: str = "engage"
) -> Cells:
    """Cells of which a model was heard to say so; an answer for each, NaN where it was not asked."""
    places = np.flatnonzero(~np.isnan(score))
    of_cell = np.full(len(cells), -1, dtype=np.intp)
    of_cell[places] = np.arange(len(places))
    heard = tuple(
        Heard(source="m", told=0 if told is None else int(told[row]), values={f"{asked}.number": float(score[row])})
        for row in places.tolist()
    )
    return replace(cells, signals=Signals(heard=heard, twin=cells.twin[places], of_cell=of_cell))


def world(seed: int, truth: Array | float = 0.0, count: int = N) -> World:
    """Clicks of contacted customers, moved by something that no record tells."""
    rng = np.random.default_rng(seed)
    rows = blank(rng, count, "click", still=False)
    return happened(rng, rows, "click", {"level:email": -2.0}, shift=truth)


def heard_of(found: World, score: NDArray[np.floating], **more: object) -> OutcomeRows:
    return replace(found.rows, cells=saying(found.rows.cells, score, **more))  # type: ignore[arg-type]  # loose on purpose


def loss(model: ResponseModel, cells: Cells, p: Array) -> float:
    """Expected log loss of what a model foretells, where the truth is known: no noise of its own."""
    q = predict(cells, model, ["will_click"], horizon_days=7, level=0.8)["will_click"].value
    return float(-np.mean(p * np.log(q) + (1.0 - p) * np.log1p(-q)))


@pytest.mark.slow
@pytest.mark.req("N2")
def test_noise_gets_no_weight_and_costs_next_to_nothing() -> None:
    costs, weights = [], []
    for seed in range(6):
        rng, found = np.random.default_rng(100 + seed), world(seed)
        plain = learn(SHIPPED, found.rows)
        rows = heard_of(found, rng.normal(80.0, 10.0, N))
        model = learn(SHIPPED, rows)
        costs.append(loss(model, rows.cells, found.p) - loss(plain, found.rows.cells, found.p))
        weights.append(model.posteriors["click"].mean_of("said:engage.number"))
    assert np.mean(costs) <= 0.0005
    assert np.abs(weights).max() < 0.15  # 3 sd of a weight that 3,000 contacts of some 12 % tell: 1 / sqrt(320 + 100)


@pytest.mark.slow
@pytest.mark.req("N2")
def test_a_signal_that_carries_truth_is_learned_up_to_what_an_oracle_knows() -> None:
    rng = np.random.default_rng(5)
    score = rng.normal(0.0, 1.0, 4 * N)
    found = world(7, 0.8 * score, 4 * N)
    rows, oracle_rows = heard_of(found, 60.0 + 12.0 * score), found.rows
    seen, unseen = np.arange(3 * N), np.arange(3 * N, 4 * N)
    plain, model = learn(SHIPPED, parts(oracle_rows, seen)), learn(SHIPPED, parts(rows, seen))
    p = found.p[unseen]
    oracle = float(-np.mean(p * np.log(p) + (1.0 - p) * np.log1p(-p)))
    without, with_it = (loss(it, parts(rows, unseen).cells, p) - oracle for it in (plain, model))
    # each of k weights that n contacts tell costs 1 / 2n of log loss: some 60 of them, and the prior's pull on this one
    assert with_it <= 60 / (2 * 3 * N) < without / 3.0
    assert 0.6 < model.posteriors["click"].mean_of("said:engage.number") < 1.0


@pytest.mark.req("N5")
def test_a_constant_high_signal_moves_nothing() -> None:
    found = world(3, count=400)
    plain, model = learn(SHIPPED, found.rows), learn(SHIPPED, heard_of(found, np.full(400, 95.0)))
    assert model.to_bytes() == plain.to_bytes()


@pytest.mark.req("N5")
def test_eagerness_does_not_raise_the_level() -> None:
    rng, found = np.random.default_rng(4), world(4, -2.0, 2_000)
    rows = heard_of(found, np.minimum(rng.normal(85.0, 8.0, 2_000), 100.0))
    told = predict(rows.cells, learn(SHIPPED, rows), ["will_click"], horizon_days=7, level=0.8)["will_click"].value
    rate = float(rows.outcomes["click"].mean())
    assert rate < 0.05
    assert told.mean() == pytest.approx(rate, abs=3.0 * np.sqrt(rate / 2_000))


def test_repeating_what_was_told_is_no_signal() -> None:
    rng, found = np.random.default_rng(6), world(6, count=600)
    told = rng.integers(0, 5, 600)
    assert learn(SHIPPED, heard_of(found, told * np.float64(20.0), told=told)).hearing.columns == ()


def test_before_any_outcome_and_without_any_signal_numbers_are_the_same() -> None:
    found = world(8, count=60)
    spoken = heard_of(found, np.random.default_rng(8).normal(70.0, 9.0, 60))
    first, second = (
        predict(it.cells, SHIPPED, ["will_click"], horizon_days=7, level=0.8)["will_click"]
        for it in (found.rows, spoken)
    )
    for name, values in first.parts().items():
        np.testing.assert_array_equal(values, second.parts()[name])
    unseen = replace(found.rows, cells=saying(found.rows.cells, np.full(60, np.nan)))
    assert learn(SHIPPED, unseen).to_bytes() == learn(SHIPPED, found.rows).to_bytes()


@pytest.mark.req("N16")
def test_learned_signals_are_kept_explained_and_read_cell_by_cell() -> None:
    rng = np.random.default_rng(9)
    score = np.where(rng.random(900) < 0.2, np.nan, rng.normal(0.0, 1.0, 900))
    found = world(9, 0.8 * np.nan_to_num(score), 900)
    rows = heard_of(found, 60.0 + 12.0 * score)
    model = learn(SHIPPED, rows)
    assert [it.signal for it in model.hearing.columns] == ["engage.number", "missing"]
    again = ResponseModel.from_bytes(model.to_bytes())
    assert (again.hearing, again.digest) == (model.hearing, model.digest)
    looked = examine(
        rows.cells.part(np.arange(30)),
        again,
        [],
        ["will_click"],
        shown=30,
        scored="will_open",
        horizon_days=7,
        level=0.8,
    )
    spoken = 0
    for it in looked.explanations["will_click"]:
        assert it is not None
        total = it.base_logit + sum(part.amount for part in it.contributions)
        assert total == pytest.approx(np.log(it.probability / (1.0 - it.probability)), abs=1e-9)
        spoken += any(part.term == "language_model_engage.number" for part in it.contributions)
    assert spoken == int((~np.isnan(score[:30])).sum())
    order = rng.permutation(900)
    whole, mixed = (
        predict(it, model, ["will_click"], horizon_days=9, level=0.8)["will_click"].parts()
        for it in (rows.cells, rows.cells.part(order))
    )
    for name, values in whole.items():
        np.testing.assert_array_equal(values[order], mixed[name])


def test_what_is_added_agrees_with_the_refit() -> None:
    rng = np.random.default_rng(10)
    score = rng.normal(0.0, 1.0, 2_000)
    rows = heard_of(world(10, 0.8 * score, 2_000), 60.0 + 12.0 * score)
    first, rest = parts(rows, np.arange(1_500)), parts(rows, np.arange(1_500, 2_000))
    added = update(learn(SHIPPED, first), rest).posteriors["click"]
    whole = learn(SHIPPED, rows).posteriors["click"]
    place = whole.terms.place("said:engage.number")
    sd = float(np.sqrt(whole.covariance[place, place]))
    assert abs(added.mean_of("said:engage.number") - whole.mean_of("said:engage.number")) < 0.5 * sd


def test_a_customer_heard_without_contact_speaks_of_the_base_and_not_of_the_effect() -> None:
    rng = np.random.default_rng(11)
    rows, score = blank(rng, 3_000, "purchase"), rng.normal(0.0, 1.0, 3_000)
    found = happened(rng, rows, "purchase", {"level": -1.5}, shift=0.7 * score)
    model = learn(SHIPPED, heard_of(found, 60.0 + 12.0 * score, asked="buy"))
    own = model.posteriors["purchase"]
    assert own.mean_of("heard:buy.number") > 0.35
    assert own.mean_of("heard:buy.number") > 3.0 * own.mean_of("said:buy.number")
