"""Confidence that outcomes have checked: as high as it turns out, and lower where cells of outcomes were missed."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit

from tests.response.outcomes import World, blank, happened, parts
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.stats.intervals import reliability, two_sided

Array = NDArray[np.float64]
SHIPPED = shipped_model()
NEW = 1_000


class Judged(NamedTuple):
    """Of customers the model never saw: stated confidence, that of the posterior alone, and whether it held."""

    stated: Array
    alone: Array
    held: NDArray[np.bool_]


def bent(seed: int, count: int, bend: float) -> World:
    """A world whose logits bend away from what any sum of the model's terms can say; straight with a bend of 0."""
    rng = np.random.default_rng(seed)
    rows, state = blank(rng, count + NEW, "visit"), rng.bit_generator.state
    straight = logit(happened(rng, rows, "visit").p)
    away = (straight - straight.mean()) / straight.std()
    rng.bit_generator.state = state
    return happened(rng, rows, "visit", shift=np.minimum(bend * (away**2 - 1.0), 3.0 * bend))


def judged(seed: int, count: int, bend: float) -> Judged:
    world = bent(seed, count, bend)
    model = learn(SHIPPED, parts(world.rows, np.arange(count)))
    new = parts(world.rows, np.arange(count, count + NEW)).cells
    found = predict(new, model, ["will_engage"], horizon_days=7, level=0.8)["will_engage"]
    tolerance = np.maximum(0.02, 0.25 * found.value)
    spread = (logit(found.high) - logit(found.low)) / (2.0 * two_sided(0.8))
    return Judged(
        stated=found.confidence,
        alone=reliability(logit(found.value), spread, tolerance),
        held=np.abs(world.p[count:] - found.value) <= tolerance,
    )


def many(worlds: int, count: int, bend: float) -> Judged:
    found = [judged(seed, count, bend) for seed in range(worlds)]
    return Judged(*(np.concatenate(part) for part in zip(*found, strict=True)))


def clicks(count: int, **fields: object) -> OutcomeRows:
    rng = np.random.default_rng(2)
    rows = blank(rng, count, "click", still=False, **fields)  # type: ignore[arg-type]  # loose on purpose
    return replace(rows, outcomes={"click": (rng.random(count) < 0.2).astype(np.float64)})


class TestConfidence:
    @pytest.mark.req("R181")
    def test_a_model_that_misses_says_so(self) -> None:
        found = judged(1, 4_000, 0.6)
        assert abs(found.stated.mean() - found.held.mean()) < 0.75 * (found.alone.mean() - found.held.mean())

    @pytest.mark.slow
    @pytest.mark.req("R181")
    def test_higher_confidence_is_less_often_wrong(self) -> None:
        found = many(12, 4_000, 0.6)
        part = np.searchsorted(np.quantile(found.stated, np.arange(1, 5) / 5), found.stated)
        held = [found.held[part == place].mean() for place in range(5)]
        assert (np.diff(held) > 0.0).all(), held
        assert abs(found.stated.mean() - found.held.mean()) < 0.15 < found.alone.mean() - found.held.mean()

    @pytest.mark.slow
    def test_where_the_model_is_right_confidence_stays_what_the_posterior_says(self) -> None:
        found = many(30, 1_500, 0.0)
        # worlds are the replicates: their shares vary by some .1, so that thirty tell .05
        assert found.stated.mean() == pytest.approx(found.held.mean(), abs=0.05)
        assert found.stated.mean() == pytest.approx(found.alone.mean(), abs=0.03)

    def test_cells_hold_every_outcome_once(self) -> None:
        world = bent(3, 2_000, 0.0)
        cells = learn(SHIPPED, world.rows).reliability("visit")
        assert cells is not None
        assert (len(cells.rows), cells.rows.sum()) == (30, 3_000)
        assert cells.events.sum() == world.rows.outcomes["visit"].sum()
        assert cells.expected.sum() == pytest.approx(cells.events.sum(), rel=0.1)
        assert cells.rows.min() > 50

    def test_an_empty_record_is_not_rated_like_a_rich_one(self) -> None:
        world = bent(3, 2_000, 0.0)
        model = learn(SHIPPED, world.rows)
        rich = parts(world.rows, np.arange(200)).cells
        nothing = np.full_like(rich.twins.values, np.nan)
        empty = replace(rich, twins=replace(rich.twins, values=nothing, interests=((),) * len(rich.twins)))
        known, unknown = (
            predict(cells, model, ["will_engage"], horizon_days=7, level=0.8)["will_engage"] for cells in (rich, empty)
        )
        assert np.median(unknown.confidence) < np.median(known.confidence) - 0.05

    def test_it_is_kept_in_the_version_and_an_update_keeps_it(self) -> None:
        rows = clicks(1_000)
        model = learn(SHIPPED, rows)
        first, again = (
            predict(rows.cells, it, ["will_click"], horizon_days=7, level=0.8)["will_click"]
            for it in (model, ResponseModel.from_bytes(model.to_bytes()))
        )
        np.testing.assert_array_equal(first.confidence, again.confidence)
        assert first.cell is not None
        assert set(first.cell) <= set(range(24))

    def test_too_few_outcomes_check_nothing(self) -> None:
        model = learn(SHIPPED, clicks(60))
        assert (model.reliability("click"), model.checked("click")) == (None, ())

    @pytest.mark.req("N18")
    def test_what_was_checked_is_said_by_channel(self) -> None:
        assert learn(SHIPPED, clicks(1_000)).checked("click") == ("email",)
        world = bent(3, 2_000, 0.0)
        assert learn(SHIPPED, world.rows).checked("visit") == ("email", "none")
