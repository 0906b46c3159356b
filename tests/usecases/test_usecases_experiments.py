"""Plans of tests with real customers: sizes, assurance, where arms come from, and who goes into which."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.usecases.proof import SALE, company, planned, read_rows, rows_in
from twincast.domain.errors import InvalidInput
from twincast.domain.interventions import Intervention
from twincast.stats.streams import stream
from twincast.usecases import batches, comparisons, experiments, readouts
from twincast.usecases.batching.requests import BatchRequest, variant_of
from twincast.usecases.comparisons import ComparisonRequest, Variant
from twincast.usecases.proving.readings import ReadoutRequest
from twincast.usecases.proving.requests import ExperimentRequest


@pytest.mark.slow
@pytest.mark.req("I20")
def test_the_plan_comes_out_as_often_as_it_says() -> None:
    """Where the prediction is right: readouts of simulated tests of the planned size, against the planned power."""
    co = company(600)
    plan = planned(co, looks="once", flow=500)
    base, rise = plan.control.predicted.value, plan.effects[0].predicted.value
    control, other = plan.arms[0].customers, plan.arms[1].customers
    assert plan.total is not None
    assert control is not None
    assert other is not None
    draws, found, runs = stream(0, "planned"), 0, 250
    arms = ["none"] * control + ["sale"] * other
    for _ in range(runs):
        y = [*(draws.random(control) < base), *(draws.random(other) < base + rise)]
        rows = rows_in(arms, [float(it) for it in y])
        found += read_rows(co, rows, looks="once", planned=plan.total).effects[0].verdict == "better"
    power = plan.effects[0].power
    assert power is not None
    assert power == pytest.approx(0.8, abs=0.01)
    assert abs(found / runs - power) < 0.02 + 2.0 * np.sqrt(0.8 * 0.2 / runs)
    assert plan.weeks == int(np.ceil(plan.total / 500)) + 2


class TestThePlan:
    def test_rests_on_what_is_foretold_with_all_that_is_not_known(self) -> None:
        co = company(300)
        plan = planned(co)
        (effect,) = plan.effects
        assert [arm.id for arm in plan.arms if arm.is_control] == ["none"]
        assert sum(arm.share for arm in plan.arms) == pytest.approx(1.0)
        assert effect.predicted.low < effect.predicted.value < effect.predicted.high
        assert effect.needed is not None
        assert plan.needed is not None
        assert plan.total == min(plan.needed, 300) == 300
        assert plan.warnings[0].code == "too-few-customers"
        assert effect.power is not None
        assert effect.assurance is not None
        assert effect.assurance < 0.8
        assert effect.detectable is not None
        assert effect.detectable > effect.predicted.value
        assert experiments.get(co.ctx, plan.id) == plan

    def test_of_money_knows_how_customers_differ(self) -> None:
        plan = planned(company(300), metric="amount", flow=1_000)
        assert plan.currency == "USD"
        assert plan.needed is not None
        assert plan.needed > planned(company(300), metric="visit", flow=1_000).needed  # type: ignore[operator]

    def test_asks_for_more_where_it_is_looked_at_any_time_and_for_less_where_more_is_known_before(self) -> None:
        co = company(300)
        once, anytime = (planned(co, looks=it, flow=1_000).needed for it in ("once", "anytime"))
        narrowed = planned(co, looks="once", flow=1_000, correlation=0.6).needed
        assert once is not None
        assert anytime is not None
        assert narrowed == pytest.approx(once * 0.64, rel=0.01)
        assert 1.6 < anytime / once < 2.2

    def test_comes_from_a_comparison(self) -> None:
        co = company(300)
        variants = tuple(Variant(id=name, intervention=Intervention(content=name * 9)) for name in ("ab", "cd"))
        compared = comparisons.run(co.ctx, ComparisonRequest(twin=co.customers[0], variants=variants))
        best = compared.recommendation.leading_variant
        plan = experiments.plan(co.ctx, ExperimentRequest(comparison=compared.id, metric="visit", flow=100))
        assert [arm.id for arm in plan.arms] == ["no_contact", best]
        assert plan.source == compared.id
        assert "one-customer" in [it.code for it in plan.warnings]
        both = ExperimentRequest(
            comparison=compared.id, choose=("ab",), control="cd", customers=co.customers, metric="visit"
        )
        assert [arm.id for arm in experiments.plan(co.ctx, both).arms] == ["cd", "ab"]

    def test_puts_each_customer_where_it_said_before_by_its_shares(self) -> None:
        co = company(300)
        plan = planned(co, holdout=0.2)
        names = [f"c{number}" for number in range(1_000)]
        found = experiments.assign(co.ctx, plan.id, names)
        assert found == experiments.assign(co.ctx, plan.id, names)
        assert found[7] == replace(experiments.assign(co.ctx, plan.id, ["twin_c7"])[0], customer="c7")
        held = np.mean([it.arm == "none" for it in found])
        assert abs(held - 0.2) < 3.0 * np.sqrt(0.16 / 1_000)
        assert {it.propensity for it in found if it.arm == "none"} == {0.2}
        other = planned(co, holdout=0.2, seed=1)
        assert [it.arm for it in experiments.assign(co.ctx, other.id, names)] != [it.arm for it in found]

    def test_comes_from_a_batch_and_its_customers(self) -> None:
        co = company(300)
        variants = tuple(variant_of(name, Intervention(content=name * 9)) for name in ("ab", "cd"))
        ran = batches.run(co.ctx, BatchRequest(variants=variants, twins=tuple(co.customers[:40])))
        assert ran.results is not None
        plan = experiments.plan(co.ctx, ExperimentRequest(batch=ran.batch.id, metric="visit"))
        best = ran.results.choice.best or ran.results.choice.leading
        assert [arm.id for arm in plan.arms] == ["no_contact", best]
        assert (plan.of, plan.available) == (40, 40)

    def test_of_arms_that_send_the_same_is_read_from_rows(self) -> None:
        co = company(300)
        plan = planned(co, arms={"one": SALE, "other": SALE}, control="one")
        assert "same-message" in [it.code for it in plan.warnings]
        with pytest.raises(InvalidInput, match="send the same"):
            readouts.read(co.ctx, ReadoutRequest(plan=plan.id))


class TestWhatIsNotRight:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"arms": None}, "arms"),
            ({"comparison": "comp_1"}, "arms"),
            ({"arms": {"none": None}}, "arms"),
            ({"arms": {"sale": SALE, "": None}}, "arms"),
            ({"control": "other"}, "control"),
            ({"customers": []}, "customers"),
            ({"segment": "x"}, "segment"),
            ({"metric": "joy"}, "metric"),
            ({"metric": "open", "arms": {"a": None, "b": Intervention(channel="mail", content="Hello")}}, "metric"),
            ({"holdout": 1.0}, "holdout_share"),
            ({"alpha": 0.0}, "alpha"),
            ({"power": 1.2}, "power"),
            ({"looks": "daily"}, "looks"),
            ({"correlation": 1.0}, "correlation"),
            ({"weeks": 3}, "weeks"),
            ({"flow": 0.0}, "customers_per_week"),
            ({"guardrails": {"joy": 0.1}}, "guardrails"),
            ({"guardrails": {"unsubscribe": float("nan")}}, "guardrails.unsubscribe"),
        ],
    )
    def test_in_a_plan_is_named(self, change: dict[str, Any], field: str) -> None:
        co = company(60)
        with pytest.raises(InvalidInput) as refusal:
            planned(co, **change)
        assert field in [problem.field for problem in refusal.value.problems]
        assert experiments.listing(co.ctx).items == ()
