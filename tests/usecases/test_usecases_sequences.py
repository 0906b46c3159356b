"""Plans over time: every rule kept, fatigue seen and slept off, numbers that a test repeats, and a reason to stop."""

from datetime import timedelta
from typing import Any

import pytest

from tests.usecases.shop import NOW, asking, open_shop
from twincast.domain.errors import InvalidInput
from twincast.domain.interventions import Intervention
from twincast.domain.memories import Contact
from twincast.domain.objectives import Costs
from twincast.domain.policies import Cap, ContactPolicy, reached
from twincast.domain.sequences import ContactPlan, Ending
from twincast.usecases import policies, sequences, trials, twins
from twincast.usecases.comparisons import Variant
from twincast.usecases.context import Context
from twincast.usecases.sequencing.requests import SequenceRequest

SHOP = open_shop()
MESSAGES = {
    "offer": Intervention(type="promotional_offer", content="20% off our premium line"),
    "news": Intervention(type="newsletter", content="New arrivals: see our premium line"),
    "thanks": Intervention(content="Thank you for seven years with us"),
}


def planned(ctx: Context = SHOP, twin: str = "cust_12345", **asked: Any) -> ContactPlan:
    given = {name: asked.pop(name) for name in tuple(asked) if name == "messages"}.get("messages", MESSAGES)
    several = tuple(Variant(id=name, intervention=it) for name, it in given.items())
    return sequences.plan(ctx, SequenceRequest(twin=twin, messages=several, **asked))


def windows(plan: ContactPlan) -> list[Any]:
    return [step.answer.window for step in plan.steps]


@pytest.mark.req("I25")
class TestTime:
    def test_fatigue_grows_and_a_longer_rest_heals_it(self) -> None:
        quick, slow = (planned(rest_days=days, most=3, within_days=90) for days in (7.0, 28.0))
        worn = [step.worth.fatigue for step in quick.steps]
        assert worn[0] == 0.0
        assert 0.0 > worn[1] > worn[2]
        assert all(
            late.worth.fatigue > early.worth.fatigue
            for early, late in zip(quick.steps[1:], slow.steps[1:], strict=True)
        )
        assert all(step.days_since >= 28.0 for step in slow.steps[1:] if step.days_since is not None)

    def test_the_rest_whose_plan_adds_most_is_taken(self) -> None:
        plan = planned(within_days=60)
        best = max(plan.paces, key=lambda pace: pace.total)
        assert (plan.rest_days, plan.total, len(plan.steps)) == (best.rest_days, best.total, best.messages)
        alone = planned(within_days=60, rest_days=plan.rest_days)
        assert [step.worth for step in alone.steps] == [step.worth for step in plan.steps]

    def test_the_first_message_has_the_numbers_of_a_test_of_it(self) -> None:
        step = planned(most=1).steps[0]
        item = step.answer.intervention.intervention
        found = trials.run(SHOP, asking(intervention=item, predict=("will_purchase",))).answer
        uplift = found.predictions[0].uplift
        assert uplift is not None
        assert (step.worth.gain.value, step.worth.gain.low, step.worth.gain.high) == (
            uplift.value,
            uplift.low,
            uplift.high,
        )

    def test_each_message_is_the_best_of_those_that_could_have_been_sent(self) -> None:
        both, alone = planned(most=1), [planned(messages={name: it}, most=1) for name, it in MESSAGES.items()]
        assert both.total == max(plan.total for plan in alone)

    def test_what_was_only_tested_makes_nobody_wait(self) -> None:
        ctx = open_shop()
        trials.run(ctx, asking(intervention=MESSAGES["offer"]))
        assert windows(planned(ctx, most=1)) == windows(planned(most=1))

    def test_the_same_request_gives_the_same_plan(self) -> None:
        assert planned() == planned()


@pytest.mark.req("R119", "I25")
@pytest.mark.parametrize(
    ("quiet", "caps"),
    [
        ((21, 8), ()),
        ((12, 18), (Cap(contacts=1, days=10),)),
        ((18, 12), (Cap(contacts=2, days=30), Cap(contacts=1, days=2))),
        (None, (Cap(contacts=1, days=14, channel="email"),)),
    ],
)
def test_quiet_hours_and_caps_are_kept(quiet: tuple[int, int] | None, caps: tuple[Cap, ...]) -> None:
    ctx = open_shop()
    policy = policies.put(ctx, ContactPolicy(quiet=quiet, caps=caps))
    plan = planned(ctx, channels=("email", "sms"), most=8, objective="engagement")
    assert len(plan.steps) > 1
    made: list[Contact] = []
    for step in plan.steps:
        window, channel = step.answer.window, step.answer.channel
        assert window is not None
        assert channel is not None
        hours = int((window.ends_at - window.starts_at).total_seconds() // 3600)
        assert not any(policy.is_quiet((window.starts_at + timedelta(hours=hour)).hour) for hour in range(hours))
        assert NOW <= window.starts_at < window.ends_at <= NOW + timedelta(days=42)
        assert not reached(policy, made, channel, window.starts_at)
        made.append(Contact(at=window.starts_at, channel=channel))


class TestTheEnd:
    def test_comes_where_a_contact_costs_more_than_it_brings(self) -> None:
        costly = planned(objective="profit", costs=Costs(margin=0.4, contact=1e4))
        assert (costly.steps, costly.ended.reason, costly.total) == ((), Ending.NO_GAIN, 0)
        assert costly.ended.worth is not None
        assert costly.ended.worth.gain.value < 0.0
        cheap = planned(objective="profit", costs=Costs(margin=0.4, contact=0.01))
        assert cheap.steps
        assert all(step.worth.gain.low <= step.worth.gain.value <= step.worth.gain.high for step in cheap.steps)

    def test_comes_where_no_message_adds_enough(self) -> None:
        first, second, *_ = planned(rest_days=7.0).steps
        between = (first.worth.gain.value + second.worth.gain.value) / 2.0
        plan = planned(rest_days=7.0, least_gain=between)
        assert (len(plan.steps), plan.ended.reason) == (1, Ending.NO_GAIN)

    def test_comes_with_the_number_or_the_days_asked_for(self) -> None:
        assert planned(most=2).ended.reason is Ending.MESSAGES
        assert planned(within_days=8).ended.reason is Ending.SPAN

    def test_comes_before_it_began_where_every_channel_is_refused(self) -> None:
        ctx = open_shop()
        record = {"customer_id": "no", "profile": {"consent_email": False}}
        twins.save(ctx, record, as_of=NOW.date())
        plan = planned(ctx, "no", channels=("email",))
        assert (plan.steps, plan.ended.reason, list(plan.skipped)) == ((), Ending.CONSENT, ["email"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"objective": "minimize_unsubscribe"}, "objective"),
        ({"objective": "fame"}, "objective"),
        ({"objective": "profit"}, "costs.margin"),
        ({"most": 0}, "max_messages"),
        ({"within_days": 181}, "within_days"),
        ({"rest_days": float("nan")}, "rest_days"),
        ({"least_gain": float("inf")}, "least_gain"),
        ({"channels": ("pigeon",)}, "channels[0]"),
        ({"channels": ()}, "channels"),
        ({"messages": {}}, "messages"),
        ({"messages": {"a": Intervention(type="none")}}, "messages[0].type"),
        ({"messages": {"a": Intervention(content="Hello", timing="friday_morning")}}, "messages[0].timing"),
        ({"level": 2.0}, "level"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(**changes)
    assert field in {problem.field for problem in refused.value.problems}
