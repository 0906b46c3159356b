"""Templates: each reads as what it is meant for, and a slot is only ever text."""

from typing import Any

import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.fields import BY_NAME
from twincast.domain.interventions import TYPES, Intervention
from twincast.reading.interventions import read_intervention
from twincast.reading.templates import filled, template_of, templates

WANTED = {
    "promotional_offer", "retention_offer", "upsell", "cross_sell", "service_recovery", "product_launch", "win_back",
    "birthday",
}  # fmt: skip
APPEALS = {"service_recovery": "apology", "birthday": "gift", "product_launch": "novelty"}


def from_template(name: str, **slots: Any) -> Intervention:
    return Intervention(template=name, slots=slots)


class TestEachTemplate:
    @pytest.mark.req("R209")
    def test_there_is_one_for_every_common_occasion(self) -> None:
        assert set(templates()) >= WANTED

    @pytest.mark.parametrize("name", sorted(templates()))
    def test_is_whole(self, name: str) -> None:
        known = template_of(name)
        slots = {slot.name for slot in known.slots}
        assert known.type in TYPES
        assert set(known.fields) <= set(BY_NAME)
        assert set(known.products) <= slots
        assert all("{" + slot + "}" in known.text for slot in slots)
        assert "{" not in known.example

    @pytest.mark.parametrize("name", sorted(templates()))
    def test_reads_without_a_warning(self, name: str) -> None:
        known = template_of(name)
        read = read_intervention(from_template(name, **{slot.name: slot.example for slot in known.slots}))
        assert (read.type, read.intervention.content, read.warnings) == (known.type, known.example, ())
        assert read.reading
        assert {it.name for it in read.reading.appeals} >= ({APPEALS[name]} if name in APPEALS else set())

    def test_an_offer_in_a_slot_is_an_offer_of_the_message(self) -> None:
        read = read_intervention(from_template("win_back", news="a new shop", offer="25% off"))
        assert read.reading
        assert read.reading.discount == 0.25


class TestFilling:
    def test_what_is_left_out_is_what_the_template_says(self) -> None:
        made = filled(from_template("birthday", gift="a coffee"))
        assert made.content == "Happy birthday! Our gift to you: a coffee, valid all month. Enjoy your day."

    def test_what_the_intervention_states_wins(self) -> None:
        offer = Intervention(
            type="coupon_campaign",
            template="cross_sell",
            slots={"product": "tea", "suggestion": "A cup"},
            products=("x",),
        )
        assert (filled(offer).type, filled(offer).products) == ("coupon_campaign", ("x",))
        assert filled(from_template("cross_sell", product="tea", suggestion="A cup")).products == ("A cup",)

    def test_numbers_are_written_as_people_write_them(self) -> None:
        assert "since 2019. " in str(filled(from_template("retention_offer", since=2019.0, offer="$5 off")).content)

    def test_a_slot_is_never_looked_through_for_slots(self) -> None:
        made = filled(from_template("birthday", gift="{validity} {gift} \\1", validity="{x}"))
        assert made.content == "Happy birthday! Our gift to you: {validity} {gift} \\1, valid {x}. Enjoy your day."

    @pytest.mark.parametrize(
        ("name", "slots", "field", "said"),
        [
            ("birthdy", {}, "variants[1].template", "did you mean birthday"),
            ("birthday", {}, "variants[1].slots.gift", "is missing: what the customer gets"),
            ("birthday", {"gift": " "}, "variants[1].slots.gift", "is missing"),
            ("birthday", {"gift": "a", "gifts": "b"}, "variants[1].slots.gifts", "did you mean gift"),
            ("birthday", {"gift": ["a"]}, "variants[1].slots.gift", "neither text nor a number"),
            ("birthday", {"gift": True}, "variants[1].slots.gift", "neither text nor a number"),
            ("birthday", {"gift": "x" * 501}, "variants[1].slots.gift", "501 characters"),
        ],
    )
    def test_what_is_not_right_is_named(self, name: str, slots: dict[str, Any], field: str, said: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_intervention(from_template(name, **slots), path="variants[1]")
        assert [it.field for it in refused.value.problems] == [field]
        assert said in refused.value.problems[0].message
