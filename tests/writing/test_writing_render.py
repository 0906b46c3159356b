"""Rendering: a plan becomes a text in which reading finds the plan again."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.writing.plans import FACTS, Drawing
from twincast.domain.errors import InvalidInput
from twincast.domain.plans import PROMISES, Facts, MessagePlan, PlannedOffer, elements, without
from twincast.domain.tones import TONES, TONES_OF_APOLOGIES
from twincast.reading.messages import read_message
from twincast.writing.nouns import bare
from twincast.writing.render import Written, render

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
        appeals=("urgency", "exclusive") if urgent else ("thanks",) if sorry else ("early_access", "thanks"),
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


class TestElements:
    def test_without_one_the_others_read_as_before(self) -> None:
        drawing, seen = Drawing(11), set()
        for case in range(100):
            facts = drawing.facts()
            plan = drawing.plan(facts)
            whole = said(render(plan, facts, case))
            for element in elements(plan):
                rest = said(render(without(plan, element), facts, case))
                kept = {"name", "action", *(f"appeal:{it}" for it in PROMISES)} - {element, "appeal:early_access"}
                kept -= {"action"} if element in {"product", "offer"} else set()  # "see it", "redeem the offer"
                kept -= {"appeal:loyalty"} if element == "occasion" else set()  # an anniversary says since when
                same = [it for it in kept if it in whole and it in rest and plan.tone == without(plan, element).tone]
                assert {it: rest[it] for it in same} == {it: whole[it] for it in same}, (element, plan)
                assert element not in rest
                seen.add(element)
        assert len(seen) > 15


def said(written: Written) -> dict[str, str]:
    return {part.element: part.text.lower() for part in written.parts}


class TestTruth:
    def test_no_number_is_made_up(self) -> None:
        drawing = Drawing(12)
        for case in range(200):
            facts = drawing.facts()
            plan = drawing.plan(facts)
            written = render(plan, facts, case)
            text = f"{written.subject} {written.content}".replace(plan.product or "-", "")
            last = None if facts.today is None else facts.today + timedelta(days=(plan.valid_days or 1) - 1)
            known: set[float | None] = {facts.since_year, 0 if last is None else last.day, plan.valid_days}
            if plan.offer is not None:
                known |= {plan.offer.minimum, plan.offer.value, round(100 * (plan.offer.value or 0))}
            found = {float(it) for it in re.findall(r"\d+(?:\.\d+)?", text)}
            assert found <= {float(it) for it in known if it is not None}, written.content

    def test_no_product_is_made_up(self) -> None:
        drawing = Drawing(13)
        for case in range(200):
            facts = drawing.facts()
            plan = drawing.plan(facts)
            named = read_message(render(plan, facts, case).content).products
            given = " and ".join(f"our {bare(it)}" for it in (plan.product, *facts.bought, "tote bag") if it)
            assert set(named) <= set(read_message(given).products)

    def test_what_callers_write_is_text_and_nothing_else(self) -> None:
        facts = replace(FACTS, name="{offer}", matter="the {mess}\nthat we made", brand="{0} & %s")
        plan = MessagePlan(tone="friendly", occasion="service_recovery", named=True, action=None, length="medium")
        text = render(plan, facts).content
        assert text.startswith("Hi {offer},\n\nWe're")
        assert "the {mess} that we made" in text
        assert text.endswith("{0} & %s")


class TestSeeds:
    def test_equal_arguments_give_equal_texts_and_another_seed_other_words(self) -> None:
        plan = planned("professional")
        texts = [render(plan, FACTS, seed).content for seed in range(20)]
        assert texts == [render(plan, FACTS, seed).content for seed in range(20)]
        assert len(set(texts)) > 8
