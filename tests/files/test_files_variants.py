"""Variants from files: YAML and JSON, lists and mappings, and what is told of those that are not right."""

from pathlib import Path

import pytest

from twincast.domain.errors import InvalidInput
from twincast.files.variants import read_variants

YAML = """
# two messages and nothing
coffee:
  type: promotional_offer
  channel: email
  content: 20% off all coffee
  at: 2026-05-04T09:30:00
news: What is new in our shop
nothing: none
"""


def refusal(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_variants(_file(tmp_path, text))
    return [f"{problem.field}: {problem.message}" for problem in caught.value.problems]


class TestRead:
    def test_yaml_by_id(self, tmp_path: Path) -> None:
        found = read_variants(_file(tmp_path, YAML))
        assert list(found) == ["coffee", "news", "nothing"]
        assert found["nothing"] is None
        assert found["coffee"] is not None
        assert (found["coffee"].channel, found["coffee"].content) == ("email", "20% off all coffee")
        assert found["news"] is not None
        assert found["news"].content == "What is new in our shop"

    @pytest.mark.parametrize(
        "text",
        [
            '[{"id": "a", "content": "x"}, {"id": "none", "type": "none"}]',
            '{"variants": [{"variant_id": "a", "content": "x"}, null]}',
            '{"interventions": {"a": {"content": "x"}, "none": null}}',
            "- {id: a, content: x}\n- none\n",
            '\ufeff{"a": "x", "none": "none"}',
        ],
    )
    def test_lists_and_mappings_of_either_kind_are_the_same(self, tmp_path: Path, text: str) -> None:
        found = read_variants(_file(tmp_path, text))
        assert list(found) == ["a", "none"]
        assert found["a"] is not None
        assert found["a"].content == "x"

    def test_a_number_is_an_id_in_words(self, tmp_path: Path) -> None:
        assert list(read_variants(_file(tmp_path, "1: x\n"))) == ["1"]


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("a: {content: x\nb: y\n", "line 2"),
            ("a: x\na: y\n", "line 1: 'a' stands twice"),
            ("[]", "is empty"),
            ("just text", "is no list and no mapping"),
            ("- {content: x}\n", "variants[0]: has no id"),
            ("- {id: a, content: x}\n- {id: a, content: y}\n", "variants[a] (line 2): its id stands twice"),
            ("no: x\n", "its id is False, which is no text: put it in quotes"),
            ("x: {content: a}\nb:\n  contant: 1\n  content: 3\n", "variants[b] (line 2).content"),
            (
                '[{"id": "a",\n "content": "x"},\n {"id": "b",\n "horizon_days": "soon"}]',
                "variants[b] (line 3).horizon_days",
            ),
            ("a: [1, 2]\n", "variants[a] (line 1): is no intervention"),
            ("a: {template: t, content: x}\n", "variants[a] (line 1).content"),
            ('"a\\u0007": x\n', "its id can not be used"),
        ],
    )
    def test_says_which_and_where(self, tmp_path: Path, text: str, told: str) -> None:
        assert told in " ".join(refusal(tmp_path, text))

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="can not be opened"):
            read_variants(tmp_path / "none.yaml")

    def test_a_tag_makes_nothing_happen(self, tmp_path: Path) -> None:
        assert "constructor" in refusal(tmp_path, "a: !!python/object/apply:os.system ['true']\n")[0]


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "variants.yaml"
    path.write_text(text, "utf-8")
    return path
