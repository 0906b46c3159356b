"""Grounding: several sources about one customer become the record that one source would have been."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.usecases.shop import DOCUMENT
from twincast.domain.errors import InvalidInput
from twincast.reading.grounding import ground

PURCHASES = [{"date": "2026-01-05", "amount": 40, "category": "tea"}, {"date": "2026-03-01", "amount": 60}]


def codes(found: Any) -> list[str]:
    return [it.code for it in found.warnings]


class TestOneRecord:
    @pytest.mark.req("R124", "R125", "R126", "R127")
    def test_parts_of_a_record_make_the_record(self) -> None:
        profile = {"customer_id": "cust_12345", "profile": DOCUMENT["profile"]}
        found = ground(
            [
                ("crm_profile", json.dumps(profile)),
                ("purchase_history", DOCUMENT["history"]),
                ("behavioral_data", DOCUMENT["behavioral_data"]),
            ],
            name="customer_twin_12345",
            fragments=DOCUMENT["psychographic_traits"],
            context=DOCUMENT["context"],
        )
        assert found.record == DOCUMENT
        assert found.warnings == ()

    @pytest.mark.req("A55")
    @pytest.mark.parametrize("kind", ["purchase_history", "behavioral_data"])
    def test_content_may_be_text_or_the_thing_itself(self, kind: str) -> None:
        for content in (PURCHASES, {"total_purchases": 3}):
            assert ground([(kind, content)], name="a").record == ground([(kind, json.dumps(content))], name="a").record

    def test_what_the_profile_says_already_is_not_said_twice(self) -> None:
        profile = {"customer_id": "a", "purchases": PURCHASES, "behavior": {"open_rate": 0.2}}
        sources = [("crm_profile", profile), ("purchase_history", PURCHASES), ("behavioral_data", profile["behavior"])]
        assert ground(sources).record == profile
        assert ground(sources).warnings == ()

    def test_orders_in_a_list_are_orders(self) -> None:
        found = ground([("purchase_history", PURCHASES)], name="a")
        assert found.record["history"] == {"transactions": PURCHASES}

    def test_what_it_is_given_stays_as_it_was(self) -> None:
        profile = {"customer_id": "a", "history": {"returns": 1}, "psychographic_traits": ["bargain_hunter"]}
        history = {"returns": 2, "support": {"tickets": 1}}
        before = deepcopy((profile, history))
        ground([("crm_profile", profile), ("purchase_history", history)], fragments=["loyal"], context="x")
        assert (profile, history) == before

    def test_two_sources_that_disagree_are_both_kept_and_the_later_counts(self) -> None:
        profile = {"customer_id": "a", "history": {"returns": 1}, "traits": ["loyal"], "notes": "kind"}
        found = ground(
            [("crm_profile", profile), ("purchase_history", {"returns": 2})], fragments=["thrifty"], context="busy"
        )
        assert found.record["history"] == {"returns": 2}
        assert found.record["superseded"] == {"history": {"returns": 1}}
        assert codes(found) == ["sources-disagree"]
        assert found.record["traits"] == ["loyal", "thrifty"]
        assert found.record["notes"] == "kind\nbusy"


class TestWho:
    @pytest.mark.req("A15")
    @pytest.mark.parametrize(
        ("profile", "customer"),
        [
            ({"customer_id": "a"}, "a"),
            ({"id": 7}, "7"),
            ({"customerId": 12}, "12"),
            ({"id": "b", "customer_id": "a"}, "a"),
        ],
    )
    def test_the_profile_says_who_it_is_before_the_name_does(self, profile: dict[str, Any], customer: str) -> None:
        found = ground([("crm_profile", profile)], name="label")
        assert found.record["customer_id"] == customer
        assert "customer-id-from-name" not in codes(found)

    def test_without_an_id_the_name_says_it_and_a_warning_says_so(self) -> None:
        found = ground([("behavioral_data", {"open_rate": 0.1})], name="customer_twin_9")
        assert found.record["customer_id"] == "customer_twin_9"
        assert codes(found) == ["customer-id-from-name"]

    def test_somebody_without_id_or_name_is_refused(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            ground([("crm_profile", {"age": 3})], name=" ")
        assert [it.field for it in refused.value.problems] == ["name"]


class TestOddSources:
    @pytest.mark.parametrize(
        ("kind", "path"),
        [
            ("crm_profile", ["context"]),
            ("purchase_history", ["grounding", "purchase_history"]),
            ("behavioral_data", ["behavioral_data", "browsing_patterns"]),
            ("Interview 2", ["grounding", "interview_2"]),
        ],
    )
    def test_text_that_is_no_json_is_kept_with_a_warning(self, kind: str, path: list[str]) -> None:
        text = "Loves luxury, {reads all} reviews"
        found = ground([(kind, text)], name="a")
        kept: Any = found.record
        for key in path:
            kept = kept[key]
        assert kept == text
        assert "content-not-json" in codes(found)

    def test_an_unknown_source_is_kept_and_named(self) -> None:
        found = ground([("support_tickets", [{"text": "late"}]), ("weather", '{"sun": true}')], name="a")
        assert found.record["grounding"] == {"support_tickets": [{"text": "late"}], "weather": {"sun": True}}
        assert codes(found)[:2] == ["unknown-source-type", "unknown-source-type"]

    @pytest.mark.parametrize("content", ["42", '"text"', "null", "[1, 2", "[" * 100_000])
    def test_json_that_is_neither_object_nor_list_is_text(self, content: str) -> None:
        assert ground([("survey", content)], name="a").record["grounding"]["survey"] == content

    def test_a_number_of_a_data_frame_that_is_not_known_is_not_known(self) -> None:
        found = ground([("crm_profile", '{"id": 1, "history": {"returns": NaN}}')])
        assert found.record["history"] == {"returns": None}

    @pytest.mark.parametrize("content", [None, 5, True, "", "  "])
    def test_a_content_that_is_nothing_is_refused(self, content: object) -> None:
        with pytest.raises(InvalidInput) as refused:
            ground([("crm_profile", {}), ("survey", content)], name="a")
        assert [it.field for it in refused.value.problems] == ["grounding_sources[1].content"]

    def test_a_path_of_the_record_is_named_as_it_was_written(self) -> None:
        found = ground(
            [("crm_profile", {"id": "a", "profile": {"age": -1}}), ("purchase_history", PURCHASES)], fragments=["x"]
        )
        assert found.written_at("profile.age") == "grounding_sources[0].content.profile.age"
        assert found.written_at("history.transactions[1].amount") == "grounding_sources[1].content[1].amount"
        assert found.written_at("customer_id") == "grounding_sources[0].content.id"
        assert found.written_at("psychographic_traits[0]") == "personality_fragments[0]"
