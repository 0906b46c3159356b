"""The guardrail against unsubscribing: flagged where it was asked for, and chosen by no search and no plan."""

from typing import Any

import pytest
from scipy.special import expit

from tests.usecases.shop import AT_RISK, asking, comparing, open_shop
from twincast.domain.errors import NoMessage
from twincast.domain.fields import DEFAULT_HORIZON_DAYS
from twincast.domain.interventions import Intervention
from twincast.domain.optimizations import Optimization
from twincast.domain.policies import DEFAULT_POLICY, ContactPolicy
from twincast.domain.sequences import ContactPlan, Ending
from twincast.domain.trials import Answered
from twincast.response.usual import usual_unsubscribe
from twincast.storage.sql.documents import ALLOCATIONS, POLICIES
from twincast.usecases import comparisons, optimizations, policies, sequences, trials
from twincast.usecases.comparisons import Variant
from twincast.usecases.context import Context
from twincast.usecases.optimizing.requests import OptimizationRequest
from twincast.usecases.sequencing.requests import SequenceRequest

SHOUTED = "BUY NOW!!! LAST CHANCE!!! ACT NOW!!! 100% GUARANTEED!!! CLICK HERE!!! HURRY!!!"
LOUD = Intervention(type="promotional_offer", content=SHOUTED, channel="sms")
CALM = Intervention(type="promotional_offer", content="20% off our premium line this week", channel="sms")
ANNOYED = "at_risk"


def a_shop(ratio: float | None = 2.0) -> Context:
    ctx = open_shop(AT_RISK)
    policies.put(ctx, ContactPolicy(unsubscribe_ratio=ratio))
    return ctx


def answer_to(ctx: Context, item: Intervention, *fields: str) -> Answered:
    return trials.run(ctx, asking(twin=ANNOYED, intervention=item, predict=fields)).answer


def risk_of(found: Answered) -> float:
    estimate = {it.field: it for it in found.predictions}["will_unsubscribe"].estimate
    assert estimate is not None
    return estimate.value


def codes(found: Answered) -> list[str]:
    return [it.code for it in found.flags]


@pytest.mark.req("R204")
class TestATest:
    def test_is_flagged_above_the_limit_and_says_which_it_is(self) -> None:
        ctx = a_shop()
        loud, calm = (answer_to(ctx, item, "will_unsubscribe") for item in (LOUD, CALM))
        assert (codes(loud), codes(calm)) == (["unsubscribe-risk"], [])
        assert f"{risk_of(loud):.2%}" in loud.flags[0].message
        assert "2 times what is usual by sms" in loud.flags[0].message

    def test_changes_by_it_in_nothing_but_the_flag(self) -> None:
        limited, free = (answer_to(a_shop(ratio), LOUD, "will_unsubscribe") for ratio in (2.0, None))
        assert limited.predictions == free.predictions
        assert codes(free) == []

    def test_is_flagged_from_the_limit_on_and_within_its_own_days(self) -> None:
        for days in (7, 30):
            item = Intervention(content=SHOUTED, channel="mail", horizon_days=days)
            exactly = risk_of(answer_to(a_shop(), item, "will_unsubscribe")) / usual_unsubscribe(days)["mail"]
            below, above = (answer_to(a_shop(exactly * by), item, "will_unsubscribe") for by in (0.999, 1.001))
            assert (codes(below), codes(above)) == (["unsubscribe-risk"], [])

    def test_that_does_not_ask_computes_no_further_head(self) -> None:
        assert codes(answer_to(a_shop(0.1), LOUD, "will_engage")) == []

    def test_of_variants_flags_each_by_itself(self) -> None:
        variants = {"loud": LOUD, "calm": CALM}
        found = comparisons.run(a_shop(), comparing(variants, twin=ANNOYED, predict=("will_unsubscribe",)))
        assert {it.variant_id: codes(it.answer) for it in found.rankings} == {"loud": ["unsubscribe-risk"], "calm": []}


@pytest.mark.req("R204")
class TestASearch:
    def test_chooses_nothing_above_the_limit_and_says_what_it_passed_over(self) -> None:
        free = best(a_shop(None))
        item = free.answer.intervention.intervention
        found = risk_of(answer_to(a_shop(), item, "will_unsubscribe")) / usual_unsubscribe(DEFAULT_HORIZON_DAYS)["sms"]
        ctx = a_shop(found * 0.98)
        other = best(ctx)
        assert codes(answer_to(ctx, item, "will_unsubscribe")) == ["unsubscribe-risk"]
        assert codes(answer_to(ctx, other.answer.intervention.intervention, "will_unsubscribe")) == []
        assert any("unsubscribe_risk" in (it.rejected or "") for it in other.trace.finalists)

    def test_does_not_choose_a_text_of_the_callers_own_either(self) -> None:
        found = best(a_shop(), baselines={"own": Intervention(content=SHOUTED)})
        rejected = {it.source: it.rejected for it in found.trace.finalists}["baseline:own"]
        assert rejected is not None
        assert rejected.startswith("unsubscribe_risk")

    def test_in_which_everything_is_above_finds_none_and_names_the_rule(self) -> None:
        with pytest.raises(NoMessage, match="unsubscribe_risk"):
            best(a_shop(0.1))


def best(ctx: Context, **more: Any) -> Optimization:
    aim = "maximize_retention"
    return optimizations.run(
        ctx, OptimizationRequest(twin=ANNOYED, objective=aim, channel="sms", candidates=150, **more)
    )


@pytest.mark.req("R204")
class TestAPlan:
    def test_makes_no_contact_above_the_limit_and_says_so(self) -> None:
        plan = planned(a_shop(), loud=LOUD, calm=CALM)
        assert {it.message_id for it in plan.steps} == {"calm"}
        assert all(codes(it.answer) == [] for it in plan.steps)
        assert list(plan.held_back) == ["loud (sms)"]
        assert planned(a_shop(None), loud=LOUD, calm=CALM).held_back == {}

    def test_in_which_everything_is_above_sends_nothing(self) -> None:
        plan = planned(a_shop(), loud=LOUD)
        assert (plan.steps, plan.ended.reason) == ((), Ending.RISK)

    def test_waits_until_what_tired_the_customer_has_faded(self) -> None:
        free = planned(a_shop(None), rest_days=7.0, most=2, calm=CALM)
        first, second = (risk_of(it.answer) for it in free.steps)
        ratio = (0.7 * first + 0.3 * second) / usual_unsubscribe(free.settings.horizon_days)["sms"]
        waited = planned(a_shop(ratio), rest_days=7.0, most=2, calm=CALM)
        assert [len(it.steps) for it in (free, waited)] == [2, 2]
        assert (waited.steps[1].days_since or 0.0) > (free.steps[1].days_since or 0.0)


def planned(ctx: Context, most: int = 3, rest_days: float | None = None, **messages: Intervention) -> ContactPlan:
    several = tuple(Variant(id=name, intervention=it) for name, it in messages.items())
    request = SequenceRequest(twin=ANNOYED, messages=several, most=most, within_days=90, rest_days=rest_days)
    return sequences.plan(ctx, request)


def test_what_is_usual_is_what_the_prior_says_of_one_week() -> None:
    usual = usual_unsubscribe(7)
    assert usual["sms"] == pytest.approx(expit(-4.8))
    assert usual["email"] == pytest.approx(expit(-6.4))
    assert all(usual_unsubscribe(30)[channel] > rate for channel, rate in usual.items())


def test_an_allocation_made_before_there_was_a_limit_is_not_judged_by_one() -> None:
    stored: tuple[dict[str, Any], ...] = ({}, {"policy": {"quiet": None, "caps": []}})
    for document in stored:
        assert ALLOCATIONS.lift(document, 1)["policy"]["unsubscribe_ratio"] is None


def test_a_policy_stored_before_there_was_a_limit_has_the_default() -> None:
    assert POLICIES.read('{"quiet":[21,8],"caps":[]}', 1) == DEFAULT_POLICY
    ctx = open_shop(AT_RISK)
    policies.put(ctx, ContactPolicy())
    assert trials.run(ctx, asking(twin=ANNOYED)).provenance.policy_digest is None
