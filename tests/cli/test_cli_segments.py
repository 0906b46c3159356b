"""`twincast segments`: rules as a person writes them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.usecases.shop import BARGAIN, DOCUMENT
from twincast.domain.errors import InvalidInput
from twincast.domain.segments import Condition, Operator, Wanted
from twincast.entrypoints.cli.main import cli
from twincast.wire.segments import condition_in


def run(database: Path, *arguments: str, data: str | None = None) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--database", str(database)], input=data)


@pytest.mark.req("I27")
def test_a_segment_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    for record in (DOCUMENT, BARGAIN):
        assert run(file, "twins", "create", data=json.dumps(record)).exit_code == 0
    made = run(file, "segments", "define", "loyal", "--all", "history.total_purchases >= 20", "--any", "mood = good")
    assert "0 of 2 twins" in made.output
    assert "'mood': is it spelt right?" in made.output
    assert "1 of 2 twins" in run(file, "segments", "define", "loyal", "--all", "total_purchases >= 20").output
    assert "total_purchases >= 20" in run(file, "segments", "list").output
    assert json.loads(run(file, "segments", "show", "loyal", "--json").output)["count"]["members"] == 1
    assert (
        json.loads(run(file, "segments", "members", "loyal", "--json").output)["items"][0]["customer_id"]
        == "cust_12345"
    )
    assert run(file, "segments", "delete", "loyal").exit_code == 0
    assert run(file, "segments", "members", "loyal").exit_code == 4
    assert run(file, "segments", "define", "x", "--all", "loves cats").exit_code == 3


@pytest.mark.parametrize(
    ("text", "field", "operator", "value"),
    [
        ("orders>=3", "orders", ">=", 3.0),
        ("segment = 'high value'", "segment", "=", "high value"),
        ("profile.city in Berlin, 7 ,true", "profile.city", "in", ("Berlin", 7.0, "true")),
        ("member != true", "member", "!=", True),
        ("profile.age known", "profile.age", "known", True),
        ("profile.age KNOWN no", "profile.age", "known", False),
        ("last_order_day < 2026-01-01", "last_order_day", "<", "2026-01-01"),
    ],
)
def test_rules_are_read_as_they_are_meant(text: str, field: str, operator: str, value: Wanted) -> None:
    assert condition_in(text, "all") == Condition(field=field, operator=Operator(operator), value=value)


@pytest.mark.parametrize("text", ["", "orders", "= 3", "loves cats"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no condition"):
        condition_in(text, "--all")
