"""What all public shapes share: a wrong body becomes problems that say where, what and what would be right."""

from typing import Any

import pytest

from twincast.domain.errors import InvalidInput
from twincast.wire.comparisons import VariantComparisonRequest
from twincast.wire.shapes import parsed, path_of, shown
from twincast.wire.trials import InterventionTestRequest

GOOD: dict[str, Any] = {"digital_twin_id": "t", "intervention": {"content": "Hello"}}


def problems(body: object) -> dict[str, tuple[str, str]]:
    """Return what is wrong with a test's body: field to message and what is allowed."""
    with pytest.raises(InvalidInput) as refused:
        parsed(InterventionTestRequest, body)
    return {it.field: (it.message, it.allowed) for it in refused.value.problems}


class TestAWrongBody:
    @pytest.mark.parametrize(
        ("change", "field", "message", "allowed"),
        [
            ({"seed": "7"}, "seed", 'must be a whole number, not "7"', "a whole number"),
            ({"seed": 7.0}, "seed", "must be a whole number, not 7.0", "a whole number"),
            ({"level": "high"}, "level", 'must be a number, not "high"', "a number"),
            ({"level": True}, "level", "must be a number, not true", "a number"),
            ({"level": float("nan")}, "level", "must be a finite number, not NaN", "a finite number"),
            ({"seed": -1}, "seed", "-1 is out of range", "at least 0"),
            ({"predict": {"a": 1}}, "predict", "must be a list, not an object", "a list"),
            ({"predict": ["x"] * 101}, "predict", "has 101 entries", "at most 100"),
            ({"predict": ["x" * 201]}, "predict[0]", "has 201 characters", "at most 200 characters"),
            ({"intervention": []}, "intervention", "must be an object, not a list", "an object"),
            (
                {"intervention": {"content": None, "products": [1]}},
                "intervention.products[0]",
                "must be text, not 1",
                "text",
            ),
            ({"session_id": 5}, "session_id", "must be text, not 5", "text"),
        ],
    )
    def test_says_where_what_and_what_is_allowed(
        self, change: dict[str, Any], field: str, message: str, allowed: str
    ) -> None:
        assert problems(GOOD | change)[field] == (message, allowed)

    def test_names_every_field_at_once(self) -> None:
        assert set(problems({"level": "x", "seed": "y", "intervention": 5})) == {"level", "seed", "intervention"}

    def test_names_the_nearest_key_of_the_object_it_is_in(self) -> None:
        found = problems(GOOD | {"predikt": [], "interaction_config": {"round": 1}})
        assert "did you mean predict?" in found["predikt"][0]
        assert "did you mean rounds?" in found["interaction_config.round"][0]
        assert found["interaction_config.round"][1] == "one of: draws, enable_memory, enable_thinking, rounds"

    def test_quotes_long_and_hostile_values_short_and_in_ascii(self) -> None:
        assert len(shown("x" * 1_000)) == 60
        assert shown("\ud800\x00") == '"\\ud800\\u0000"'
        assert len(path_of(["x" * 1_000, 3])) == 83


class TestDays:
    @pytest.mark.parametrize("text", ["2026-05-04", "2026-05-04T10:00:00Z", " 2026-05-04 "])
    def test_are_read_from_days_and_moments(self, text: str) -> None:
        assert str(parsed(InterventionTestRequest, GOOD | {"as_of": text}).as_of) == "2026-05-04"

    @pytest.mark.parametrize("value", [20260504, 1.5, True, "05/04/2026", "", "2026-13-01", ["2026-05-04"]])
    def test_are_never_guessed(self, value: object) -> None:
        assert "2026-05-04" in problems(GOOD | {"as_of": value})["as_of"][0]


class TestInterventions:
    def test_keep_further_attributes(self) -> None:
        body = GOOD | {"intervention": {"content": "Hello", "season": {"name": "summer"}}}
        assert parsed(InterventionTestRequest, body).stimulus.attributes == {"season": {"name": "summer"}}
        assert parsed(InterventionTestRequest, GOOD).stimulus.attributes is None

    def test_of_a_comparison_take_what_they_leave_out_from_the_request(self) -> None:
        body = {
            "digital_twin_id": "t",
            "variants": [
                {"id": "A", "content": "a", "channel": "sms"},
                {"id": "B", "content": "b", "type": "win_back"},
            ],
            "intervention_type": "newsletter",
            "channel": "email",
            "products": ["shoes"],
            "cost": 0.1,
        }
        (_, first), (name, second) = parsed(VariantComparisonRequest, body).named_variants()
        assert (first.type, first.channel, first.products, first.cost) == ("newsletter", "sms", ("shoes",), 0.1)
        assert (name, second.id, second.type, second.channel) == ("B", "B", "win_back", "email")

    def test_without_a_type_are_custom(self) -> None:
        assert parsed(InterventionTestRequest, GOOD).stimulus.type == "custom"


class TestReferences:
    def test_may_name_the_same_twin_twice(self) -> None:
        body = {**GOOD, "digital_twin_id": "twin_a%20b", "customer_id": "a b", "persona_id": "twin_a%20b"}
        assert parsed(InterventionTestRequest, body).twin == "twin_a%20b"

    def test_may_not_name_two(self) -> None:
        assert set(problems(GOOD | {"customer_id": "u"})) == {"customer_id"}

    def test_may_not_be_missing(self) -> None:
        assert set(problems({"intervention": {"content": "x"}})) == {"digital_twin_id"}


class TestMemory:
    @pytest.mark.parametrize(("config", "asked"), [(None, False), ({}, False), ({"enable_memory": True}, True)])
    def test_is_asked_for(self, config: dict[str, bool] | None, asked: bool) -> None:
        assert parsed(InterventionTestRequest, GOOD | {"interaction_config": config}).memory is asked
