"""`twincast twins`, `keys` and `audit` on a real SQLite file: words for readers, JSON for programs, exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli

DOCUMENT: dict[str, Any] = {
    "customer_id": "cust_12345",
    "profile": {"age": 45, "location": "Seattle, WA", "income_bracket": "$100-150k"},
    "behavioral_data": {"purchase_frequency": "monthly", "average_order_value": 250, "lifetime_value": 12000},
    "history": {"customer_since": "2019-03-15", "total_purchases": 48, "returns": 2},
    "psychographic_traits": ["quality_focused"],
}


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in: the default database is a file there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, given: object = None) -> Result:
    text = given if isinstance(given, str) or given is None else json.dumps(given)
    return CliRunner().invoke(cli, arguments, input=text)


def answer(*arguments: str, given: object = None, code: int = 0) -> Any:
    """Run with --json; the whole of stdout is one document."""
    result = run(*arguments, "--json", given=given)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


class TestCreate:
    @pytest.mark.req("R8", "R26")
    def test_from_stdin_and_again(self, shop: Path) -> None:
        first = run("twins", "create", given=DOCUMENT)
        assert first.exit_code == 0, first.output
        assert "Created twin_cust_12345, version 1." in first.stdout
        assert "Nothing changed: twin_cust_12345" in run("twins", "create", given=DOCUMENT).stdout
        assert (shop / "twincast.db").is_file()

    def test_from_a_file_as_json(self, shop: Path) -> None:
        (shop / "anna.json").write_text(json.dumps(DOCUMENT))
        made = answer("twins", "create", "anna.json")
        assert made["digital_twin_id"] == "twin_cust_12345"
        assert made["customer_id"] == "cust_12345"
        assert 0 < made["model_confidence"] < 1

    def test_if_absent_conflicts_with_code_5(self) -> None:
        run("twins", "create", given=DOCUMENT)
        result = run("twins", "create", "--if-absent", given=DOCUMENT)
        assert result.exit_code == 5
        assert "exists already" in result.stderr

    def test_from_several_sources(self) -> None:
        run("twins", "create", given=DOCUMENT)
        sources = [{"type": "crm_profile", "content": json.dumps(DOCUMENT)}, {"type": "survey", "content": "fine"}]
        only = {"name": "anna", "grounding_sources": sources[:1]}
        assert answer("twins", "ground", given=only)["persona_id"] == "twin_cust_12345"
        assert "Nothing changed: twin_cust_12345" in run("twins", "ground", given=only).stdout
        said = run("twins", "ground", given={"name": "anna", "grounding_sources": sources}).stdout
        assert "Changed twin_cust_12345, version 2." in said
        assert "kept as text in grounding.survey" in said

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ("{", "record: is not JSON"),
            ("[1]", "record: is not a JSON object"),
            ('{"customer_id": NaN}', "NaN is not a number"),
            ("[" * 100_000, "record: is not JSON"),
            ({"customer_id": "c1", "profile": {"age": -1}}, "profile.age"),
            ({"profile": {}}, "customer_id"),
        ],
    )
    def test_bad_records_are_one_clear_line_with_code_3(self, given: object, said: str) -> None:
        result = run("twins", "create", given=given)
        assert result.exit_code == 3
        assert said in result.stderr
        assert "Traceback" not in result.output
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) <= 2

    def test_a_missing_file_is_named(self) -> None:
        result = run("twins", "create", "none.json")
        assert result.exit_code == 3
        assert "'none.json' can not be opened" in result.stderr

    def test_with_json_a_failure_is_problem_details(self) -> None:
        problem = answer("twins", "create", given={"customer_id": "c1", "profile": {"age": -1}}, code=3)
        assert problem["code"] == "invalid-input"
        assert problem["errors"][0]["field"] == "profile.age"


class TestLooking:
    @pytest.mark.req("I6")
    def test_get_list_versions_and_diff(self) -> None:
        run("twins", "create", given=DOCUMENT)
        run("twins", "create", given={**DOCUMENT, "history": {**DOCUMENT["history"], "returns": 3}})
        assert "version 2" in run("twins", "get", "cust_12345").stdout
        assert "version 1" in run("twins", "get", "twin_cust_12345", "--version", "1").stdout
        assert run("twins", "list").stdout.count("twin_cust_12345") == 1
        assert run("twins", "versions", "cust_12345").stdout.count("twin_cust_12345") == 2
        shown = run("twins", "diff", "cust_12345").stdout
        assert "history.returns" in shown
        assert "version 1 to 2" in shown

    @pytest.mark.parametrize("command", ["get", "versions", "diff", "export"])
    def test_nobody_is_code_4_and_quoted(self, command: str) -> None:
        result = run("twins", command, "nobody")
        assert result.exit_code == 4
        assert "'nobody'" in result.stderr

    def test_tables_fit_80_columns(self) -> None:
        run("twins", "create", given={**DOCUMENT, "customer_id": "x" * 150, "context": "early adopter " * 50})
        for arguments in (["twins", "list"], ["twins", "get", "x" * 150], ["audit"]):
            shown = run(*arguments)
            assert shown.exit_code == 0
            longest = max(shown.stdout.splitlines(), key=len)
            assert len(longest) <= 80 or " " not in longest.strip()

    def test_another_database_is_another_shop(self, shop: Path) -> None:
        run("twins", "create", given=DOCUMENT)
        result = run("twins", "get", "cust_12345", "--database", f"sqlite:///{shop / 'other.db'}")
        assert result.exit_code == 4
        assert (shop / "other.db").is_file()

    def test_a_database_that_can_not_be_opened_is_code_7(self, shop: Path) -> None:
        (shop / "not.db").write_text("this is no database, only a text of some length" * 20)
        for name in ("not.db", "nowhere/x.db"):
            result = run("twins", "list", "--database", str(shop / name))
            assert result.exit_code == 7
            assert "Traceback" not in result.output


class TestPersons:
    @pytest.mark.req("I8")
    def test_erase_asks_first(self) -> None:
        run("twins", "create", given=DOCUMENT)
        assert run("twins", "erase", "cust_12345", given="n\n").exit_code == 1
        assert run("twins", "get", "cust_12345").exit_code == 0
        erased = run("twins", "erase", "cust_12345", "--yes")
        assert erased.exit_code == 0
        assert "12345" not in erased.stdout
        assert run("twins", "get", "cust_12345").exit_code == 4

    def test_export_is_one_json_document(self) -> None:
        run("twins", "create", given=DOCUMENT)
        result = run("twins", "export", "cust_12345")
        assert json.loads(result.stdout)["twins"][0]["record"] == DOCUMENT


class TestKeys:
    def test_a_secret_is_shown_once_and_alone_on_stdout(self) -> None:
        made = run("keys", "create", "--name", "shop", "--scope", "read")
        secret = made.stdout.strip()
        assert secret.startswith("tc_")
        listed = run("keys", "list")
        assert secret not in listed.output
        assert "shop" in listed.stdout

    def test_revoke(self) -> None:
        key = answer("keys", "create", "--name", "shop")
        assert key["scopes"] == ["read", "write"]
        assert run("keys", "revoke", key["id"]).exit_code == 0
        assert "secret_hash" not in json.dumps(answer("keys", "list"))
        assert answer("keys", "list")["items"][0]["revoked_at"] is not None
        assert run("keys", "revoke", "key_none").exit_code == 4

    def test_an_unknown_scope_is_code_3(self) -> None:
        assert run("keys", "create", "--name", "x", "--scope", "all").exit_code == 3


class TestAudit:
    def test_tells_what_was_done_without_saying_to_whom(self) -> None:
        run("twins", "create", given=DOCUMENT)
        run("twins", "erase", "cust_12345", "--yes")
        entries = answer("audit")["items"]
        assert [entry["action"] for entry in entries] == ["twin.erased", "twin.created"]
        assert "12345" not in json.dumps(entries)
        assert len(answer("audit", "--action", "twin.erased")["items"]) == 1
        assert answer("audit", "--limit", "1")["next_cursor"]
        assert run("audit", "--limit", "0").exit_code == 3


@pytest.mark.slow
class TestProcess:
    def test_a_real_one_keeps_words_and_document_apart(self, shop: Path) -> None:
        command = [sys.executable, "-m", "twincast.entrypoints.cli.main", "twins", "create", "--json"]
        done = subprocess.run(command, input=json.dumps(DOCUMENT), capture_output=True, text=True, check=True, cwd=shop)
        assert json.loads(done.stdout)["digital_twin_id"] == "twin_cust_12345"
        assert done.stderr == ""


class TestValidate:
    @pytest.mark.req("I17")
    def test_a_twin_is_laid_beside_what_is_expected(self) -> None:
        run("twins", "create", given=DOCUMENT)
        body = {"expectations": {"profile": {"age": 45}, "history.returns": 9}}
        said = run("twins", "validate", "cust_12345", "-", given=body).stdout
        assert "Expectations met: 50% of 2" in said
        assert "not enough history" in said
        assert list(answer("twins", "validate", "cust_12345", "-", given=body)["mismatches"]) == ["history.returns"]
        assert answer("twins", "validate", "cust_12345")["score"] is None
