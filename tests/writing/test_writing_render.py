"""Rendering: a plan becomes a text in which reading finds the plan again."""

from datetime import date

import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.plans import CLAIMS, TONES, TONES_OF_APOLOGIES, Facts, MessagePlan, PlannedOffer
from twincast.reading.messages import read_message
from twincast.writing.render import render

FACTS = Facts(
    name="Maria",
    brand="Alder & Pine",
    since_year=2019,
    bought=("coffee",),
    order_value=80.0,
    today=date(2026, 6, 4),
    matter="your late delivery",
    claims=dict.fromkeys(CLAIMS, ""),
)
OFF = PlannedOffer(kind="percent", value=0.25)


def planned(tone: str) -> MessagePlan:
    """A plan of each tone, with as much in it as the tone allows."""
    urgent, sorry = tone == "urgent", tone == "apologetic"
    return MessagePlan(
        tone=tone,
        occasion="service_recovery" if sorry else "customer_birthday",
        offer=OFF,
        valid_days=5 if urgent else 27,
        product="premium_line",
        appeals=("urgency", "exclusive") if urgent else ("thanks", "loyalty" if sorry else "early_access"),
        action="redeem",
        named=True,
    )


class TestRoundTrip:
    @pytest.mark.parametrize("tone", TONES)
    def test_reading_finds_the_plan(self, tone: str) -> None:
        plan = planned(tone)
        text = render(plan, FACTS).content
        read = read_message(text)
        assert (read.tone, read.discount, read.spam) == (tone, 0.25, 0.0), text
        assert {it.name for it in read.appeals} >= {*plan.appeals, "savings"}
        assert read.call_to_action is not None
        assert (read.pressure > 0) is (tone == "urgent")

    @pytest.mark.parametrize("tone", TONES_OF_APOLOGIES)
    def test_an_apology_names_its_matter(self, tone: str) -> None:
        plan = MessagePlan(tone=tone, occasion="service_recovery", action=None)
        text = render(plan, FACTS).content
        assert "your late delivery" in text
        assert read_message(text).tone == tone

    def test_what_does_not_fit_is_refused(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            render(MessagePlan(offer=OFF, product="tea", appeals=("novelty",)), Facts())
        assert refused.value.problems[0].message == "Nothing supports the claim of novelty."
