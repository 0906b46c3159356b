"""Optimal messages: constraints that never break, numbers that a test repeats, parts that explain, nothing hacked."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usecases.shop import NOW, asking, engine, open_shop
from twincast.domain.constraints import Constraints
from twincast.domain.errors import InvalidInput, NoMessage
from twincast.domain.interventions import Intervention
from twincast.domain.objectives import OBJECTIVES, Costs, objective_of
from twincast.domain.occasions import OCCASIONS
from twincast.domain.optimizations import Optimization
from twincast.domain.plans import Facts
from twincast.domain.tones import TONES
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import frame_of
from twincast.response.cells import grid
from twincast.usecases import optimizations, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.optimizing.requests import OptimizationRequest
from twincast.usecases.optimizing.supports import held
from twincast.usecases.optimizing.worths import Aim, worth_draws, worths
from twincast.writing.drafts import broken_in

SHOP = open_shop()
DOCUMENT = Constraints(discount_max=0.30, length_max=100, tone="professional", urgency="low")
PROFIT = Costs(margin=0.4, contact=0.05)


def best(ctx: Context = SHOP, twin: str = "cust_12345", **asked: Any) -> Optimization:
    return optimizations.run(ctx, OptimizationRequest(twin=twin, **{"candidates": 200, **asked}))


def for_birthday(**asked: Any) -> Optimization:
    given = {"constraints": DOCUMENT, "occasion": "customer_birthday", "product": "premium_line"}
    return best(**{**given, **asked})


def fits(found: Optimization) -> bool:
    """Whether a message keeps to its constraints, by what is read in it and nothing else."""
    return broken_in(found.constraints, found.content, found.subject, Facts(order_value=100.0)) == ()


class TestTheMessage:
    @pytest.mark.req("R92", "R93", "R94", "R95", "R96", "R97")
    def test_keeps_to_the_documents_constraints(self) -> None:
        found = for_birthday()
        assert fits(found)
        assert "birthday" in found.content.lower()
        assert "premium line" in found.content.lower()

    @pytest.mark.req("A65", "R100")
    def test_has_the_numbers_of_a_test_of_it(self) -> None:
        found = for_birthday(objective="maximize_expected_revenue")
        item = found.answer.intervention.intervention
        again = trials.run(SHOP, asking(intervention=item, predict=tuple(found.settings.fields)))
        assert [it.estimate for it in again.answer.predictions] == [it.estimate for it in found.answer.predictions]
        revenue = found.answer.predictions[-1].estimate
        assert revenue is not None
        assert (found.aim.value, found.aim.low, found.aim.high) == (revenue.value, revenue.low, revenue.high)

    def test_is_the_same_for_the_same_seed(self) -> None:
        first, again = (for_birthday(seed=5) for _ in range(2))
        assert replace(first, id=again.id, session_id=again.session_id, created_at=again.created_at) == again

    @pytest.mark.parametrize("objective", [it.name for it in OBJECTIVES])
    def test_is_found_for_every_objective(self, objective: str) -> None:
        found = best(twin="bargain", objective=objective, costs=PROFIT)
        sign = objective_of(objective).sign
        ran = [it for it in found.trace.finalists if it.cautious is not None]
        assert sign * ran[0].fresh >= max(sign * it.fresh for it in ran if it.source != "plan")  # type: ignore[operator]
        assert found.aim.low <= found.aim.value <= found.aim.high
        assert all(it.effect.low <= it.effect.value <= it.effect.high for it in (*found.key, *found.avoided))

    @pytest.mark.req("A40")
    def test_gives_no_discount_where_that_costs_more_than_it_brings(self) -> None:
        costs = Costs(margin=0.25, contact=0.0)
        limits = Constraints(discount_max=0.3)
        found = best(objective="maximize_incremental_profit", costs=costs, constraints=limits, product="premium_line")
        reading = found.answer.intervention.reading
        assert reading is not None
        assert not reading.discount

    def test_says_when_nothing_should_be_sent(self) -> None:
        found = best(objective="profit", costs=Costs(margin=0.1, contact=50.0))
        assert "better-sent-nothing" in {it.code for it in found.warnings}


class TestInsights:
    @pytest.mark.req("R102")
    def test_a_part_has_the_effect_that_taking_it_away_has(self) -> None:
        found = for_birthday()
        offer = next(it for it in found.key if it.name == "offer")
        item = found.answer.intervention.intervention
        bare = for_birthday(constraints=replace(DOCUMENT, discount_max=0.0))
        assert offer.effect.value > 0.0
        assert bare.answer.predictions[1].estimate.value < found.answer.predictions[1].estimate.value  # type: ignore[union-attr]
        assert item.content == found.content

    @pytest.mark.req("R103", "R97")
    def test_what_is_avoided_has_its_cost_or_the_rule(self) -> None:
        avoided = {it.name: it for it in for_birthday().avoided}
        assert avoided["appeal:urgency"].rule == "context.urgency: low"
        assert avoided["deeper_discount"].rule == "constraints.discount_max: 0.3"
        assert avoided["generic"].effect.value < 0.0


class TestNothingIsHacked:
    PILED = (
        "Exclusive early access just for you, our loyal members: thank you! Brand new premium quality, loved by "
        "thousands, easy, guaranteed, sustainable, luxurious, for the whole family. Learn more. Exclusive for members, "
        "before anyone else: thank you for being with us. 30% off. Shop now."
    )

    def test_piling_up_appeals_does_not_win(self) -> None:
        piled = Intervention(content=self.PILED)
        found = best(baselines={"piled": piled}, constraints=Constraints(discount_max=0.3), candidates=600)
        assert found.source == "plan"
        read = read_intervention(replace(piled, type="promotional_offer", channel="email"))
        said, kept = (sum(it.strength for it in item.reading.appeals) for item in (read, held(read)) if item.reading)
        assert kept < 0.6 * said

    def test_what_nothing_supports_is_penalised_by_its_uncertainty(self) -> None:
        # a product of which nobody knows how she likes it: no better or worse on average, and less sure
        frame = frame_of([twins.get(SHOP, "cust_12345")])
        about: tuple[tuple[str, ...], ...] = ((), ("hammocks",))
        items = [read_intervention(Intervention(content="20% off", channel="email", products=it)) for it in about]
        worth = worths(engine(), grid(frame, items, NOW), Aim(objective=objective_of("purchase"), horizon_days=7))
        assert worth.value[0] == pytest.approx(worth.value[1], rel=1e-9)
        assert worth.cautious[1] < 0.98 * worth.cautious[0]

    def test_drawn_worths_are_about_what_the_closed_form_says(self) -> None:
        frame = frame_of([twins.get(SHOP, "bargain")])
        texts = ("30% off coffee", "New coffee")
        items = [read_intervention(Intervention(content=it, channel="email")) for it in texts]
        aim = Aim(objective=objective_of("profit"), horizon_days=7, costs=PROFIT)
        cells = grid(frame, items, NOW)
        worth, draws = worths(engine(), cells, aim), worth_draws(engine(), cells, aim, draws=4_000, seed=3)
        np.testing.assert_allclose(np.quantile(draws, 0.2, axis=1), worth.cautious, rtol=0.2)
        np.testing.assert_allclose(np.median(draws, axis=1), worth.value, atol=0.25)


class TestBaselines:
    @pytest.mark.req("R100")
    def test_what_is_found_never_loses_to_them(self) -> None:
        found = best(baselines={"mine": Intervention(content="25% off our premium line, just for you. Shop now.")})
        assert found.beats_baselines is True
        mine = next(it for it in found.trace.finalists if it.source == "baseline:mine")
        assert mine.fresh is not None
        assert found.trace.fresh >= mine.fresh

    def test_that_break_a_constraint_are_named_and_not_sent(self) -> None:
        found = best(baselines={"deep": Intervention(content="70% off!")}, constraints=DOCUMENT)
        deep = next(it for it in found.trace.finalists if it.source == "baseline:deep")
        assert deep.rejected is not None
        assert deep.rejected.startswith("discount_max")


def test_what_is_foreseen_of_a_plan_is_what_is_read_in_its_words() -> None:
    found = for_birthday(candidates=600)
    ran = [it for it in found.trace.finalists if it.source == "plan" and it.value is not None]
    assert found.trace.rounds[-1].best == pytest.approx(ran[0].cautious, rel=1e-9)


def test_where_no_message_is_possible_nothing_is_stored() -> None:
    ctx = open_shop()
    with pytest.raises(NoMessage, match="length_max"):
        best(ctx, constraints=Constraints(length_max=1))
    assert optimizations.listing(ctx).items == ()


LIMITS = st.fixed_dictionaries(
    {
        "discount_max": st.sampled_from([None, 0.0, 0.07, 0.2, 0.3, 0.5]),
        "length_max": st.sampled_from([None, 12, 25, 60, 100]),
        "length_unit": st.sampled_from(["words", "words", "characters"]),
        "tone": st.sampled_from([None, *TONES]),
        "urgency": st.sampled_from([None, "low", "medium", "high"]),
        "forbidden": st.sampled_from([(), ("exclusive",), ("order", "offer")]),
        "required": st.sampled_from([(), ("We are open on Sundays.",)]),
    }
)
ASKED = st.fixed_dictionaries(
    {
        "twin": st.sampled_from(["cust_12345", "bargain", "at_risk", "daily", "cold"]),
        "occasion": st.sampled_from([None, *OCCASIONS]),
        "product": st.sampled_from([None, "premium_line", "coffee"]),
        "channel": st.sampled_from([None, "email", "sms", "push"]),
    }
)


def keeps_to_its_constraints(limits: dict[str, Any], asked: dict[str, Any]) -> None:
    """Find a message and hold it against its constraints; that there is none is an answer."""
    matter = Facts(matter="your late delivery")
    with suppress(InvalidInput):
        assert fits(best(constraints=Constraints(**limits), facts=matter, candidates=20, **asked))


@pytest.mark.req("R92", "R93", "R94", "R97")
class TestConstraints:
    @pytest.mark.slow
    @settings(max_examples=40, deadline=None)
    @given(limits=LIMITS, asked=ASKED)
    def test_are_never_broken(self, limits: dict[str, Any], asked: dict[str, Any]) -> None:
        keeps_to_its_constraints(limits, asked)

    @pytest.mark.soak
    @settings(max_examples=400, deadline=None)
    @given(limits=LIMITS, asked=ASKED)
    def test_are_never_broken_in_many_cases(self, limits: dict[str, Any], asked: dict[str, Any]) -> None:
        keeps_to_its_constraints(limits, asked)
