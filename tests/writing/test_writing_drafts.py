"""Drafts: no constraint is ever broken, and a plan's attributes are those that reading finds in its text."""

import re
from dataclasses import replace

import pytest

from tests.writing.plans import FACTS, Drawing
from twincast.domain.constraints import Constraints, word_count
from twincast.domain.plans import Facts, MessagePlan, PlannedOffer
from twincast.domain.tones import haste_in, lint_tone
from twincast.reading.messages import read_message
from twincast.writing.drafts import Draft, broken_in, contradictions_in, depth_of, draft, sketch
from twincast.writing.nouns import product_noun
from twincast.writing.render import render

OFF = PlannedOffer(kind="percent", value=0.25)
PLAN = MessagePlan(tone="professional", occasion="customer_birthday", offer=OFF, valid_days=27, product="premium_line")
RETURNS = "Returns are free for 30 days."


def kept(constraints: Constraints, made: Draft, facts: Facts) -> list[str]:
    """What a written draft breaks after all, asked apart from the code that made it."""
    assert made.written
    content, subject = made.written.content, made.written.subject
    whole = f"{subject or ''}\n{content}"
    depth = depth_of(read_message(whole, (), facts.currency), facts.order_value)
    length = word_count(content) if constraints.length_unit == "words" else len(content)
    limits = {"sms": 160, "push": 150, "in_app": 300, "web": 300, "mobile_app": 300, "social": 500}
    checks = {
        "discount": constraints.discount_max is None
        or (depth is not None and depth <= constraints.discount_max + 1e-9),
        "length": constraints.length_max is None or length <= constraints.length_max,
        "tone": constraints.tone is None or not lint_tone(whole, constraints.tone),
        "urgency": constraints.urgency != "low" or not haste_in(whole),
        "forbidden": not any(re.search(rf"\b{word}\b", whole, re.IGNORECASE) for word in constraints.forbidden),
        "required": all(fact in content for fact in constraints.required),
        "channel": constraints.channel is None or len(content) <= limits.get(constraints.channel, 20_000),
    }
    return [name for name, holds in checks.items() if not holds]


@pytest.mark.slow
class TestConstraints:
    @pytest.mark.req("R92", "R93", "R94", "R97")
    def test_none_is_broken_in_a_thousand_random_cases(self) -> None:
        drawing, written, refused = Drawing(92), 0, set()
        for case in range(1_000):
            facts = drawing.facts()
            plan = drawing.plan(facts)
            constraints = drawing.constraints(plan)
            made = draft(plan, facts, constraints, seed=case)
            if made.written is None:
                refused |= {it.field for it in made.violations}
                assert made.violations
            else:
                written += 1
                assert kept(constraints, made, facts) == [], made.written.content
        assert written > 250
        assert refused == {"discount_max", "length_max", "tone", "urgency", "forbidden", "channel"}


class TestSketches:
    def test_what_is_known_of_a_plan_is_what_reading_finds_in_its_text(self) -> None:
        drawing = Drawing(7)
        for case in range(200):
            facts = drawing.facts()
            plan = drawing.plan(facts)
            written = render(plan, facts, seed=case)
            read = read_message(written.content, (), facts.currency)
            known = sketch(written, plan.tone, facts.currency)
            assert known.attributes == pytest.approx(read.attributes), written.content
            assert replace(known, attributes=read.attributes) == read, written.content

    @pytest.mark.req("R96")
    def test_reading_finds_the_plan(self) -> None:
        drawing = Drawing(8)
        for case in range(200):
            facts = drawing.facts()
            plan = drawing.plan(facts)
            text = render(plan, facts, seed=case).content
            read = read_message(text, (), facts.currency)
            assert plan.product is None or product_noun(plan.product).text.lower() in text.lower()
            by_offer = {"percent": "savings", "amount": "savings", "n_for_m": "savings", "gift": "gift"}
            found, kinds = {it.name for it in read.appeals}, {it.kind for it in read.offers}
            assert read.tone == plan.tone
            assert found >= set(plan.appeals)
            assert (read.call_to_action is not None) is (plan.action is not None)
            assert read.spam == 0.0
            assert (read.pressure > 0.0) is bool({"urgency", "scarcity"} & set(plan.appeals))
            assert "apology" not in found or plan.is_apology
            if plan.offer is None:
                assert not kinds
            else:
                assert plan.offer.kind in kinds
                assert ("threshold" in kinds) is (plan.offer.minimum is not None)
                assert ("validity" in kinds) is (plan.valid_days is not None)
                assert read.discount == pytest.approx(plan.offer.value if plan.offer.kind in {"percent", "n_for_m"} else
                                                      None if plan.offer.kind == "amount" else 0.0)  # fmt: skip
                assert plan.offer.kind not in by_offer or by_offer[plan.offer.kind] in found


class TestDrafts:
    def test_another_wording_is_tried(self) -> None:
        forbidden = Constraints(forbidden=("pleased", "benefit"))
        texts = {draft(PLAN, FACTS, forbidden, seed=seed).written for seed in range(8)}
        assert all(it is not None and "e would like to" in it.content for it in texts)

    def test_a_plan_is_refused_and_never_changed(self) -> None:
        made = draft(PLAN, FACTS, Constraints(discount_max=0.2))
        assert made.written is None
        assert made.violations[0].message == "It takes off 25.0%, more than 20.0%."

    def test_what_must_be_said_is_said(self) -> None:
        made = draft(PLAN, FACTS, Constraints(required=(RETURNS,)))
        assert made.written
        assert made.written.content.count(RETURNS) == 1

    @pytest.mark.parametrize(
        ("text", "fields"),
        [
            ("Up to 50% off.", ["discount_max"]),
            ("$30 off your order.", ["discount_max"]),
            ("$30 off orders over $200.", []),
            ("Three for two.", ["discount_max"]),
            ("Up to 15% off.", []),
        ],
    )
    def test_any_text_is_read_for_what_it_takes_off(self, text: str, fields: list[str]) -> None:
        assert [it.field for it in broken_in(Constraints(discount_max=0.2), text, None, FACTS)] == fields

    def test_what_is_required_may_offer_too_much(self) -> None:
        too_much = Constraints(required=("All week: 40% off.",), discount_max=0.3)
        assert contradictions_in(too_much, FACTS)[0].fields == ("discount_max", "required[0]")
