"""`twincast llm`, and `--llm`: what is shown, what is refused before anything starts."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from twincast.entrypoints.cli.main import cli

RECORD = {"customer_id": "cust_12345", "profile": {"name": "Anna Schmidt", "age": 45}, "context": "Anna likes tea"}


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with one customer's twin, and nothing of language models around."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert CliRunner().invoke(cli, ["twins", "create"], input=json.dumps(RECORD)).exit_code == 0


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.mark.req("N10")
def test_the_payload_of_a_customer_is_shown_without_who_it_is() -> None:
    shown = json.loads(run("llm", "payload", "cust_12345", "--content", "Dear Anna, 20% off tea", "--json").stdout)
    assert shown["model"] is None
    assert shown["removed"] == {"field": 2, "name": 2}
    assert "[name] likes tea" in shown["user"]
    assert "Anna" not in shown["user"]
    assert "Record:" in run("llm", "payload", "cust_12345").stdout


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("openai:gpt-4o-mini", "OPENAI_API_KEY"),
        ("nobody:x", "is no language model"),
        ("openai:", "is no language model"),
        ("replay:none.jsonl", "no tape"),
    ],
)
def test_a_model_that_can_not_be_asked_is_refused_at_once(model: str, says: str) -> None:
    done = run("test", "--twin", "cust_12345", "--content", "20% off tea", "--llm", model)
    assert done.exit_code in {3, 7}
    assert says in done.stderr


def test_without_a_model_there_is_nothing_to_check() -> None:
    done = run("llm", "check")
    assert done.exit_code == 7
    assert "--llm" in done.stderr


def test_a_budget_is_set_shown_and_taken_away() -> None:
    assert run("llm", "budget").stdout == "No limit.\n"
    assert run("llm", "budget", "--usd", "5", "--tokens", "1000").stdout == (
        "At most 5 US dollars and 1,000 tokens, each month.\n"
    )
    assert json.loads(run("llm", "budget", "--json").stdout) == {"usd": 5.0, "tokens": 1000, "period": "month"}
    assert run("llm", "budget", "--none").stdout == "No limit.\n"
    assert run("llm", "budget", "--usd", "-1").exit_code == 3


def test_usage_is_a_table_and_a_document() -> None:
    assert "US dollars" in run("llm", "usage").stdout
    assert json.loads(run("llm", "usage", "--json").stdout)["total"]["requests"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("TWINCAST_LLM_TIMEOUT", "soon"), ("TWINCAST_LLM_PRICE", "1"), ("TWINCAST_LLM_AT_ONCE", "0")],
)
def test_a_setting_that_can_not_be_read_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    done = run("llm", "budget")
    assert done.exit_code == 7
    assert name in done.stderr
