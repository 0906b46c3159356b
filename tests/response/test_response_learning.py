"""Learning from outcomes: what it may move and what not, and that the two ways of learning agree."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engines.batches import random_cells
from tests.response.outcomes import blank, happened, on_days, parts, sds
from twincast.domain.errors import Misconfigured
from twincast.domain.fields import PROBABILITIES
from twincast.response.cells import Cells
from twincast.response.learning import LEVEL_HALF_LIFE, OutcomeRows, learn, update
from twincast.response.model import examine, predict
from twincast.response.posteriors import ResponseModel, shipped_model

SHIPPED = shipped_model()


def rows_of(head: str, count: int, seed: int = 1, **fields: object) -> OutcomeRows:
    rng = np.random.default_rng(seed)
    return happened(rng, blank(rng, count, head, **fields), head).rows  # type: ignore[arg-type]  # loose on purpose


def mean_of(model: ResponseModel, head: str, *names: str) -> list[float]:
    return [model.posteriors[head].mean_of(name) for name in names]


class TestModel:
    def test_without_outcomes_it_is_the_prior(self) -> None:
        rows = rows_of("visit", 40)
        unseen = replace(rows, outcomes={"visit": np.full(40, np.nan)})
        assert learn(SHIPPED, unseen).digest == update(SHIPPED, unseen).digest == SHIPPED.digest
        assert SHIPPED.basis("visit") == SHIPPED.uplift_basis("visit") == "prior"
        assert SHIPPED.checked("visit") == ()

    def test_it_comes_back_from_bytes_as_it_was(self) -> None:
        rows = rows_of("visit", 200)
        model = learn(SHIPPED, rows)
        again = ResponseModel.from_bytes(model.to_bytes())
        assert (again.digest, again.version) == (model.digest, model.version)
        first, second = (
            predict(rows.cells, it, ["will_engage"], horizon_days=7, level=0.8)["will_engage"] for it in (model, again)
        )
        np.testing.assert_array_equal(first.uplift_high, second.uplift_high)

    @pytest.mark.parametrize("data", [b"", b"nonsense", b"\x80", b"\x81\xa4form\x09"])
    def test_other_bytes_are_refused(self, data: bytes) -> None:
        with pytest.raises(Misconfigured):
            ResponseModel.from_bytes(data)

    @pytest.mark.req("N16")
    def test_parts_add_up_with_everything_learned(self) -> None:
        rows = rows_of("visit", 600)
        model = learn(learn(SHIPPED, rows), replace(rows, outcomes=dict.fromkeys(HEADS, rows.outcomes["visit"])))
        assert model.posteriors["visit"].calibration != (0.0, 1.0)
        batch = Cells(
            twins=rows.cells.twins,
            interventions=rows.cells.interventions,
            twin=np.arange(30),
            intervention=np.arange(30) % 3,
            now=rows.cells.now,
        )
        fields = (*PROBABILITIES,)
        looked = examine(batch, model, fields, fields, shown=30, scored="will_click", horizon_days=14, level=0.8)
        for found in [part for each in looked.explanations.values() for part in each if part is not None]:
            total = found.base_logit + sum(part.amount for part in found.contributions)
            assert total == pytest.approx(np.log(found.probability / (1.0 - found.probability)), abs=1e-9)

    @pytest.mark.req("N1")
    def test_a_cell_does_not_depend_on_its_neighbours(self) -> None:
        model, batch = learn(SHIPPED, rows_of("visit", 300)), random_cells(5, 300)
        order = np.random.default_rng(2).permutation(300)
        whole = predict(batch, model, ["will_engage"], horizon_days=14, level=0.8)["will_engage"].parts()
        moved = replace(batch, twin=batch.twin[order], intervention=batch.intervention[order])
        mixed = predict(moved, model, ["will_engage"], horizon_days=14, level=0.8)["will_engage"].parts()
        alone = replace(batch, twin=batch.twin[7:8], intervention=batch.intervention[7:8])
        single = predict(alone, model, ["will_engage"], horizon_days=14, level=0.8)["will_engage"].parts()
        for name, values in whole.items():
            np.testing.assert_array_equal(values[order], mixed[name])
            np.testing.assert_array_equal(values[7:8], single[name])


HEADS = ("visit", "purchase", "click", "open", "unsubscribe")


class TestWhatMoves:
    def test_a_log_of_contacts_moves_the_level_and_never_the_effect(self) -> None:
        rows = rows_of("visit", 2_000, still=False)
        logged = replace(rows, randomised=np.zeros(2_000, dtype=np.bool_), outcomes={"visit": np.ones(2_000)})
        model = learn(SHIPPED, logged)
        own = model.posteriors["visit"]
        moved = own.terms.effect
        np.testing.assert_allclose(own.mean[moved], own.terms.mean[moved], atol=1e-9)
        np.testing.assert_allclose(sds(model, "visit")[moved], np.sqrt(np.diag(own.terms.covariance))[moved], rtol=1e-9)
        assert own.mean_of("level") > 2.0
        assert (model.basis("visit"), model.uplift_basis("visit")) == ("fitted", "prior")

    def test_the_effect_is_as_wide_after_a_log_and_p1_is_not(self) -> None:
        rows = rows_of("visit", 4_000, still=False)
        model = learn(SHIPPED, replace(rows, randomised=np.zeros(4_000, dtype=np.bool_)))
        part = parts(rows, np.arange(20)).cells
        before, after = (
            predict(part, it, ["will_engage"], horizon_days=7, level=0.8)["will_engage"] for it in (SHIPPED, model)
        )
        assert np.median((after.high - after.low) / (before.high - before.low)) < 0.5
        assert after.no_contact_high is not None
        assert after.no_contact_low is not None
        assert np.median(after.no_contact_high - after.no_contact_low) > np.median(after.high - after.low)

    def test_whom_the_company_did_not_contact_tells_nothing(self) -> None:
        rows = rows_of("purchase", 500)
        still = ~np.array([item.is_contact for item in rows.cells.interventions])[rows.cells.intervention]
        model = learn(SHIPPED, replace(parts(rows, still), randomised=np.zeros(int(still.sum()), dtype=np.bool_)))
        assert model.digest == SHIPPED.digest

    def test_opens_are_learned_only_where_there_are_opens(self) -> None:
        rows = rows_of("open", 300, still=False)
        by_text = rows_of("open", 300, still=False, channel="email")
        assert learn(SHIPPED, by_text).counts("open").outcomes == 300
        calls = replace(rows, cells=rows_of("click", 300, still=False, channel="call").cells)
        assert learn(SHIPPED, calls).digest == SHIPPED.digest

    def test_clicks_that_were_counted_are_not_held_under_opens_that_nobody_counted(self) -> None:
        rows = rows_of("click", 600, still=False)
        often = (np.random.default_rng(8).random(600) < 0.8).astype(np.float64)
        fields, part = ["will_click", "will_open"], parts(rows, np.arange(40)).cells
        found = predict(
            part, learn(SHIPPED, replace(rows, outcomes={"click": often})), fields, horizon_days=7, level=0.8
        )
        click, opened = (found[field] for field in fields)
        assert (click.high - click.low).max() < 0.25 < click.low.min()
        for first, second in zip((click.value, click.low), (opened.value, opened.low), strict=True):
            assert (first <= second).all()
        both = learn(SHIPPED, replace(rows, outcomes={"click": often, "open": 1.0 - often}))
        assert (predict(part, both, fields, horizon_days=7, level=0.8)["will_click"].value < 0.5).all()

    def test_heads_do_not_share_their_levels(self) -> None:
        model = learn(SHIPPED, rows_of("visit", 200))
        assert set(model.posteriors) == {"visit"}
        assert model.head("purchase") is SHIPPED.prior.heads["purchase"]

    def test_a_seen_message_is_known_better_than_one_never_seen(self) -> None:
        rows = rows_of("click", 3_000, still=False)
        model = learn(SHIPPED, rows)
        other = blank(np.random.default_rng(3), 5, "click", texts=["30% off all coffee this weekend!"], still=False)
        width = [
            np.ptp([found.low[0], found.high[0]])
            for found in (
                predict(it.cells, model, ["will_click"], horizon_days=7, level=0.8)["will_click"]
                for it in (rows, other)
            )
        ]
        assert width[1] > 1.5 * width[0]


class TestAgreement:
    @pytest.mark.parametrize("head", ["visit", "purchase", "click"])
    def test_sequential_and_refit_agree(self, head: str) -> None:
        rows = rows_of(head, 2_000, seed=4)
        whole = learn(SHIPPED, rows)
        model = learn(SHIPPED, parts(rows, np.arange(1_000)))
        for part in np.array_split(np.arange(1_000, 2_000), 5):
            model = update(model, parts(rows, part))
        assert model.counts(head) == whole.counts(head)
        one, other, spread = whole.posteriors[head], model.posteriors[head], sds(whole, head)
        assert np.max(np.abs(one.mean - other.mean) / spread) < 0.2
        assert np.max(np.abs(sds(model, head) / spread - 1.0)) < 0.05

    def test_what_was_learned_fades_to_the_prior(self) -> None:
        model = learn(SHIPPED, rows_of("visit", 400))
        late = rows_of("visit", 1, seed=9)
        late = replace(
            late,
            cells=replace(late.cells, days=np.array([1e6])),
            outcomes={"visit": np.array([np.nan])},
        )
        own = update(model, late).posteriors["visit"]
        np.testing.assert_allclose(own.mean, own.terms.mean, atol=1e-9)
        np.testing.assert_allclose(own.covariance, own.terms.covariance, atol=1e-9)


class TestPoorData:
    @pytest.mark.parametrize("outcome", [0.0, 1.0])
    @pytest.mark.parametrize("count", [1, 3, 400])
    @pytest.mark.parametrize("head", ["visit", "click"])
    def test_one_kind_of_outcome(self, head: str, count: int, outcome: float) -> None:
        rows = replace(rows_of(head, count), outcomes={head: np.full(count, outcome)})
        model = learn(SHIPPED, rows)
        if head in model.posteriors:
            assert np.isfinite(model.posteriors[head].mean).all()
            assert (sds(model, head) > 0.0).all()
        assert model.checked(head) == ()

    def test_perfect_separation(self) -> None:
        rows = rows_of("visit", 500)
        money = rows.cells.twins.column("spend_365")
        model = learn(SHIPPED, replace(rows, outcomes={"visit": (money > np.median(money)).astype(np.float64)}))
        assert np.abs(model.posteriors["visit"].mean).max() < 5.0

    def test_equal_customers_and_missing_values(self) -> None:
        rows = rows_of("purchase", 300)
        values = rows.cells.twins.values.copy()
        values[np.random.default_rng(0).random(values.shape) < 0.3] = np.nan
        for frame in (rows.cells.twins.take(np.zeros(300, dtype=int)), replace(rows.cells.twins, values=values)):
            model = learn(SHIPPED, replace(rows, cells=replace(rows.cells, twins=frame)))
            assert np.isfinite(model.posteriors["purchase"].mean).all()

    def test_many_rows_of_one_customer_are_worth_less(self) -> None:
        rng = np.random.default_rng(7)
        rows = blank(rng, 2_000, "visit")
        world = happened(rng, rows, "visit", shift=np.repeat(rng.normal(0.0, 2.0, 100), 20))
        apart = learn(SHIPPED, world.rows)
        together = learn(SHIPPED, replace(world.rows, customer=np.repeat(np.arange(100), 20)))
        assert together.learned["visit"].repeats > 0.1
        place = together.posteriors["visit"].terms.place("level")
        assert sds(together, "visit")[place] > 1.2 * sds(apart, "visit")[place]


class TestDrift:
    def rows(self, jump: float, count: int = 3_000) -> tuple[OutcomeRows, np.ndarray]:
        """Outcomes over six half-lives of a level, which jumps in the middle."""
        rng = np.random.default_rng(11)
        days = 15_000.0 + np.sort(rng.uniform(0.0, 6.0 * LEVEL_HALF_LIFE, count))
        rows = on_days(blank(rng, count, "visit"), days)
        late = days > 15_000.0 + 3.0 * LEVEL_HALF_LIFE
        return happened(rng, rows, "visit", {"level": -2.5}, shift=np.where(late, jump, 0.0)).rows, days

    @pytest.mark.slow
    def test_after_three_half_lives_the_new_level_is_believed(self) -> None:
        rows, days = self.rows(1.0)
        model = learn(SHIPPED, rows)
        recent = parts(rows, days > days.max() - 180.0)
        found = predict(recent.cells, model, ["will_engage"], horizon_days=7, level=0.8)["will_engage"].value
        assert 0.9 < found.mean() / recent.outcomes["visit"].mean() < 1.1

    @pytest.mark.slow
    def test_sequential_and_refit_agree_while_levels_drift(self) -> None:
        rows, days = self.rows(0.3)
        whole, model = learn(SHIPPED, rows), learn(SHIPPED, parts(rows, days < 15_500.0))
        for start in np.arange(15_500.0, days.max(), 60.0):
            model = update(model, parts(rows, (days >= start) & (days < start + 60.0)))
        spread = sds(whole, "visit")
        assert np.max(np.abs(whole.posteriors["visit"].mean - model.posteriors["visit"].mean) / spread) < 0.35
        assert np.max(np.abs(sds(model, "visit") / spread - 1.0)) < 0.05

    def test_a_log_that_drifts_leaves_the_effect_alone(self) -> None:
        rows, days = self.rows(1.0, 600)
        rows = parts(rows, days < 15_000.0 + LEVEL_HALF_LIFE)
        contacted = np.array([item.is_contact for item in rows.cells.interventions])[rows.cells.intervention]
        own = learn(SHIPPED, replace(parts(rows, contacted), randomised=np.zeros(int(contacted.sum()), dtype=np.bool_)))
        found = own.posteriors["visit"]
        moved = found.terms.effect
        np.testing.assert_allclose(found.mean[moved], found.terms.mean[moved], atol=1e-7)
        np.testing.assert_allclose(sds(own, "visit")[moved] ** 2, np.diag(found.terms.covariance)[moved], rtol=1e-7)


def test_a_fit_comes_to_rest_where_outcomes_are_far_from_the_prior() -> None:
    rows = rows_of("click", 100, still=False, texts=["20% off all coffee"])
    often = (np.arange(100) % 3 == 0).astype(np.float64)
    alike = replace(rows.cells, twin=np.zeros(100, dtype=np.intp))
    model = learn(SHIPPED, replace(rows, cells=alike, outcomes={"click": often}))
    told = predict(alike, model, ["will_click"], horizon_days=7, level=0.8)["will_click"]
    assert told.low.max() < often.mean() < told.high.min()
