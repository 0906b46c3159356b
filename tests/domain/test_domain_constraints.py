"""Constraints: what breaks them, in a plan and in any text, and which can not hold together."""

from dataclasses import replace

import pytest

from twincast.domain.constraints import Constraints, broken_by_plan, broken_by_text, contradictions, word_count
from twincast.domain.plans import MessagePlan, PlannedOffer
from twincast.domain.tones import canonical_tone, lint_tone

DOCUMENT = (
    "Happy Birthday! Celebrate with early access to our new premium collection, plus 25% off as our gift to you. "
    "Valid all month."
)
ASKED = Constraints(discount_max=0.3, length_max=100, tone="professional", urgency="low")
RETURNS = "Returns are free for 30 days."


def broken(constraints: Constraints, text: str, depth: float | None = 0.0, subject: str | None = None) -> set[str]:
    return {it.field for it in broken_by_text(constraints, text, subject=subject, depth=depth)}


class TestTexts:
    @pytest.mark.req("R93", "A36")
    def test_the_documents_own_answer_keeps_what_the_document_asks(self) -> None:
        assert word_count(DOCUMENT) == 22
        assert broken(ASKED, DOCUMENT, 0.25) == set()
        assert broken(replace(ASKED, length_unit="characters"), DOCUMENT, 0.25) == {"length_max"}

    @pytest.mark.parametrize(
        ("changes", "text", "depth", "field"),
        [
            ({"discount_max": 0.2}, DOCUMENT, 0.25, "discount_max"),
            ({"discount_max": 0.2}, "Save on everything.", None, "discount_max"),
            ({"length_max": 21}, DOCUMENT, 0.25, "length_max"),
            ({}, "Hurry, it ends tonight.", 0.0, "urgency"),
            ({}, "Only a few left.", 0.0, "urgency"),
            ({"urgency": "medium"}, "Last chance. It ends on Friday.", 0.0, "urgency"),
            ({}, "Great! Super!", 0.0, "tone"),
            ({"forbidden": ("premium Collection",)}, DOCUMENT, 0.25, "forbidden"),
            ({"required": (RETURNS,)}, DOCUMENT, 0.25, "required"),
            ({"channel": "sms"}, DOCUMENT + " " + DOCUMENT, 0.25, "channel"),
        ],
    )
    def test_each_constraint_can_be_broken(
        self, changes: dict[str, object], text: str, depth: float | None, field: str
    ) -> None:
        constraints = replace(ASKED, **changes)  # type: ignore[arg-type]  # one changed field of a parametrised test
        assert field in broken(constraints, text, depth)

    def test_the_subject_is_a_part_of_the_message(self) -> None:
        assert broken(ASKED, DOCUMENT, 0.25, subject="Hurry") == {"tone", "urgency"}

    def test_a_word_within_another_is_not_that_word(self) -> None:
        assert broken(replace(ASKED, forbidden=("all", "art")), "A smart start for tall people.") == set()

    @pytest.mark.req("R94")
    @pytest.mark.parametrize(
        ("tone", "text", "said"),
        [
            ("formal", "We're pleased.", '"we\'re" is a contraction'),
            ("apologetic", "We are sorry!", "1 exclamation marks"),
            ("professional", "Awesome news.", "'awesome' does not belong"),
            ("informative", "Have a look \U0001f389", "1 emoji"),
        ],
    )
    def test_a_tone_has_a_lint(self, tone: str, text: str, said: str) -> None:
        (found,) = lint_tone(text, tone)
        assert said.lower() in found.lower()

    @pytest.mark.req("A38")
    def test_a_tone_is_one_of_a_closed_list(self) -> None:
        assert (canonical_tone("Warm"), canonical_tone(" formal "), canonical_tone("sultry")) == (
            "friendly",
            "formal",
            None,
        )


class TestPlans:
    def test_what_can_be_seen_before_a_word_is_written(self) -> None:
        offer = PlannedOffer(kind="amount", value=30.0)
        plan = MessagePlan(tone="friendly", offer=offer, appeals=("urgency",), valid_days=3)
        found = broken_by_plan(replace(ASKED, channel="sms"), plan, 80.0)
        assert [it.field for it in found] == ["discount_max", "tone", "urgency", "channel"]
        assert broken_by_plan(Constraints(discount_max=0.3), plan, None)[0].message.endswith("is not known.")
        assert broken_by_plan(Constraints(discount_max=0.4), plan, 80.0) == ()


class TestContradictions:
    def test_none_in_what_the_document_asks(self) -> None:
        assert contradictions(replace(ASKED, required=(RETURNS,))) == ()

    @pytest.mark.parametrize(
        ("constraints", "fields"),
        [
            (Constraints(tone="urgent", urgency="low"), ("tone", "urgency")),
            (Constraints(required=("Ends tonight.",), urgency="low"), ("urgency", "required[0]")),
            (Constraints(required=(RETURNS,), forbidden=("x", "free")), ("forbidden[1]", "required[0]")),
            (Constraints(required=(RETURNS,), length_max=5), ("length_max", "required[0]")),
            (Constraints(required=("It's on us!",), tone="formal"), ("tone", "required[0]")),
            (Constraints(required=("Off.",), discount_max=0.3), ("discount_max", "required[0]")),
            (
                Constraints(required=("One two.", "One two three.", "One two three four."), length_max=6),
                ("length_max", "required[1]", "required[2]"),
            ),
        ],
    )
    def test_the_smallest_is_named_first(self, constraints: Constraints, fields: tuple[str, ...]) -> None:
        found = contradictions(constraints, depths={"Off.": 0.5})
        assert found[0].fields == fields
        assert [len(it.fields) for it in found] == sorted(len(it.fields) for it in found)
