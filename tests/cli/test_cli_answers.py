"""`twincast test` and `compare`: the document's bodies from files, the same by flags, tables that fit 80 columns."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from twincast.domain.interventions import Intervention
from twincast.entrypoints.cli.main import cli
from twincast.entrypoints.cli.opening import opened
from twincast.usecases import checkpoints, sessions, trials
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.trials import TrialRequest

RECORD: dict[str, Any] = {
    "customer_id": "cust_12345",
    "profile": {"age": 45, "location": "Seattle, WA"},
    "behavioral_data": {
        "purchase_frequency": "monthly",
        "average_order_value": 250,
        "preferred_channels": ["email", "mobile_app"],
    },
    "history": {"customer_since": "2019-03-15", "total_purchases": 48},
    "psychographic_traits": ["quality_focused", "brand_loyal"],
}
TEST_BODY: dict[str, Any] = {
    "digital_twin_id": "twin_cust_12345",
    "intervention": {
        "type": "promotional_offer",
        "channel": "email",
        "content": "Exclusive for you: 30% off our new premium line, this weekend only",
        "timing": "friday_morning",
        "personalization_level": "high",
    },
    "predict": [
        "will_engage", "will_purchase", "purchase_amount", "satisfaction_impact", "brand_perception_change",
    ],
}  # fmt: skip
COMPARE_BODY: dict[str, Any] = {
    "digital_twin_id": "twin_cust_12345",
    "variants": [
        {"id": "A", "content": "30% off this weekend only - exclusive for loyal customers"},
        {"id": "B", "content": "Buy 2 get 1 free on our entire premium collection"},
        {"id": "C", "content": "Early access: New premium line before anyone else"},
    ],
    "intervention_type": "promotional_email",
    "predict": ["engagement_rate", "conversion_rate", "revenue_impact"],
}
DAY = ["--as-of", "2026-05-04"]


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one customer's twin and the document's bodies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.json").write_text(json.dumps(TEST_BODY))
    (tmp_path / "compare.json").write_text(json.dumps(COMPARE_BODY))
    made = CliRunner().invoke(cli, ["twins", "create", "--as-of", "2026-05-01"], input=json.dumps(RECORD))
    assert made.exit_code == 0, made.output
    return tmp_path


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=given)


def answer(*arguments: str, given: str | None = None, code: int = 0) -> Any:
    result = run(*arguments, "--json", given=given)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


class TestSessions:
    @pytest.fixture
    def session(self, shop: Path) -> str:
        """A session in which one customer was asked about one message."""
        with opened(str(shop / "twincast.db")) as ctx:
            session = sessions.begin(ctx, SessionRequest(name="s")).id
            checkpoints.mark(ctx, session, "before")
            trials.run(
                ctx, TrialRequest(twin="cust_12345", session=session, intervention=Intervention(content="Hello"))
            )
        return session

    def test_results_are_extracted_live_or_at_a_checkpoint(self, session: str) -> None:
        said = run("extract", session, "--by", "channel").stdout
        assert "Of 1 customers" in said
        assert "channel: email (1 customers)" in said
        found = answer("extract", session, "--field", "customer_id", "--field", "will_click", "--level", "0.8")
        assert found["individual_results"][0]["customer_id"] == "cust_12345"
        assert answer("extract", session, "--checkpoint", "before")["individual_results"] == []
        assert "before" in answer("extract", session, "--checkpoint", "after", code=4)["detail"]

    def test_tests_are_judged(self, session: str) -> None:
        test = answer("extract", session)["individual_results"][0]["source_id"]
        assert "no calibration record" in run("judge", test).stdout
        assert answer("judge", test, "--threshold", "0")["passed"] is False
        assert run("judge", "test_none").exit_code == 4


class TestTemplates:
    def test_are_listed_and_one_is_shown_with_its_slots(self) -> None:
        assert "service_recovery" in run("templates").stdout
        shown = run("templates", "service_recovery").stdout
        assert "compensation: What makes up for it." in shown
        assert run("templates", "servise_recovery").exit_code == 3
        listed = json.loads(run("templates", "birthday", "--json").stdout)
        assert [it["id"] for it in listed["templates"]] == ["birthday"]

    def test_one_is_tested_by_its_slots(self) -> None:
        flags = ["--twin", "cust_12345", "--template", "birthday", "--slot", "gift=20% off everything", *DAY, "--json"]
        answer = json.loads(run("test", *flags).stdout)
        assert answer["resolved"]["template_text"].startswith("Happy birthday! Our gift to you: 20% off everything,")
        assert run("test", "--twin", "cust_12345", "--template", "birthday", "--slot", "gift").exit_code == 2


class TestTest:
    @pytest.mark.req("R32", "R39")
    def test_the_documents_body_from_a_file(self) -> None:
        told = answer("test", "test.json")
        assert told["intervention_id"].startswith("test_")
        assert list(told["predictions"]) == TEST_BODY["predict"]
        assert 0 < told["predictions"]["will_engage"]["likelihood"] < 1

    def test_flags_ask_the_same_as_a_body(self) -> None:
        intervention = TEST_BODY["intervention"]
        by_flags = answer(
            "test", "--twin", "cust_12345", "--type", intervention["type"], "--channel", "email",
            "--content", intervention["content"], "--timing", "friday_morning", *DAY,
            "--predict", "will_engage,will_purchase", "--predict", "purchase_amount",
        )  # fmt: skip
        by_body = answer("test", "-", *DAY, given=json.dumps(TEST_BODY))
        assert list(by_flags["predictions"]) == ["will_engage", "will_purchase", "purchase_amount"]
        for name, prediction in by_flags["predictions"].items():
            assert prediction == by_body["predictions"][name]

    def test_flags_win_over_the_body(self) -> None:
        told = answer("test", "test.json", "--predict", "will_open", "--horizon", "14", "--level", "0.9", *DAY)
        assert list(told["predictions"]) == ["will_open"]
        assert (told["settings"]["horizon_days"], told["settings"]["level"]) == (14, 0.9)
        assert told["settings"]["as_of"] == "2026-05-04"

    def test_without_a_message_nothing_is_sent(self) -> None:
        told = answer("test", "--twin", "cust_12345", *DAY)
        assert told["resolved"]["type"] == "none"
        shown = run("test", "--twin", "cust_12345").stdout
        assert "Nothing is sent." in shown

    def test_a_message_can_stand_in_a_file(self, shop: Path) -> None:
        (shop / "mail.txt").write_text("Free shipping on every order", encoding="utf-8")
        told = answer("test", "--twin", "cust_12345", "--content", "@mail.txt", "--channel", "email")
        assert "free_shipping" in [offer["kind"] for offer in told["resolved"]["message"]["offers"]]

    def test_for_a_reader_it_fits_80_columns(self) -> None:
        result = run("test", "test.json")
        assert result.exit_code == 0, result.output
        assert max(map(len, result.stdout.splitlines())) <= 80
        for words in ("will engage", "uplift", "Reasons", "Speaks for it", "The customer:"):
            assert words in result.stdout

    def test_every_field_can_be_printed(self) -> None:
        from twincast.domain.fields import CATALOGUE

        names = ",".join(field.name for field in CATALOGUE)
        result = run("test", "test.json", "--predict", names)
        assert result.exit_code == 0, result.output
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert "optimal timing: " in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["--twin", "nobody", "--content", "x"], 4, "nobody"),
            (["--content", "x"], 3, "digital_twin_id"),
            (["--twin", "cust_12345", "--content", "x", "--predict", "will_buy"], 3, "did you mean"),
            (["--twin", "cust_12345", "--content", ""], 3, "content"),
            (["--twin", "cust_12345", "--content", "x", "--horizon", "0"], 3, "horizon_days"),
            (["--twin", "cust_12345", "--content", "@none.txt"], 3, "none.txt"),
        ],
    )
    def test_mistakes_have_codes_and_one_line(self, arguments: list[str], code: int, said: str) -> None:
        result = run("test", *arguments)
        assert result.exit_code == code, result.output
        assert said in result.stderr
        assert result.stdout == ""

    def test_one_who_objects_to_profiling_is_refused_with_code_6(self) -> None:
        run("twins", "create", given=json.dumps({"customer_id": "c1", "profile": {"profiling_opt_out": True}}))
        assert run("test", "--twin", "c1", "--content", "x").exit_code == 6
        assert answer("test", "--twin", "c1", "--content", "x", code=6)["code"] == "profiling-opt-out"


class TestCompare:
    @pytest.mark.req("R58", "R61")
    def test_the_documents_body_from_a_file(self) -> None:
        told = answer("compare", "compare.json")
        assert {row["variant_id"] for row in told["rankings"]} == {"A", "B", "C"}
        assert all(name in row for row in told["rankings"] for name in COMPARE_BODY["predict"])

    def test_flags_ask_the_same_as_a_body(self) -> None:
        contents = [part for variant in COMPARE_BODY["variants"] for part in ("--content", variant["content"])]
        asked = ["--predict", "engagement_rate,conversion_rate,revenue_impact", "--type", "promotional_email"]
        by_flags = answer("compare", "--twin", "cust_12345", *contents, *asked, *DAY)
        by_body = answer("compare", "compare.json", *DAY)
        assert by_flags["rankings"] == by_body["rankings"]

    def test_for_a_reader_it_fits_80_columns_and_gives_advice(self) -> None:
        result = run("compare", "compare.json", "--no-contact")
        assert result.exit_code == 0, result.output
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert "no_contact" in result.stdout
        assert "Send " in result.stdout or "Too close to call" in result.stdout

    def test_one_message_alone_is_refused(self) -> None:
        result = run("compare", "--twin", "cust_12345", "--content", "x")
        assert result.exit_code == 3
        assert "variants" in result.stderr

    def test_a_threshold_of_zero_always_recommends(self) -> None:
        told = answer("compare", "compare.json", "--threshold", "0")
        assert told["recommendation"]["best_variant"] == told["rankings"][0]["variant_id"]


class TestInteract:
    @pytest.mark.req("R129", "R133")
    def test_tells_rounds_and_remembers_them_in_the_session(self) -> None:
        flags = ["--twin", "cust_12345", "--content", "30% off everything", "--channel", "email", *DAY]
        told = answer("interact", *flags, "--rounds", "3", "--memory", "--thinking")
        assert [it["round"] for it in told["rounds"]] == [1, 2, 3]
        assert told["settings"]["enable_memory"] is True
        again = answer("interact", *flags, "--session", told["session_id"])
        engaged = [it["predictions"]["will_engage"]["likelihood"] for it in (told, again)]
        assert engaged[1] < engaged[0]
        shown = run("history", "cust_12345", "--session", told["session_id"]).stdout
        assert "exposure" in shown
        assert "Remembers 1 messages" in shown
        assert "Round 3" in run("interact", *flags, "--rounds", "3").stdout

    def test_takes_a_body_and_names_what_is_wrong(self) -> None:
        body = {"participants": {"persona_id": "cust_12345"}, "stimulus": {"content": "Hello"}}
        assert answer("interact", "-", given=json.dumps(body))["persona_id"] == "twin_cust_12345"
        wrong = answer("interact", "-", "--rounds", "0", given=json.dumps(body), code=3)
        assert [it["field"] for it in wrong["errors"]] == ["interaction_config.rounds"]

    def test_test_remembers_too(self) -> None:
        told = answer("test", "test.json", "--memory", *DAY)
        events = answer("history", "cust_12345", "--session", told["session_id"])["events"]
        assert [it["kind"] for it in events] == ["joined", "exposure", "reply"]


class TestHistory:
    @pytest.mark.req("I7", "R171")
    def test_what_really_happened_is_added_and_shown(self) -> None:
        events = {"events": [{"kind": "purchase", "at": "2026-05-02T10:00:00Z", "amount": 12.5}]}
        shown = run("history", "cust_12345", "--add", "-", given=json.dumps(events))
        assert shown.exit_code == 0, shown.output
        assert "12.50" in shown.stdout
        assert answer("history", "cust_12345")["memory"]["outcomes"]["purchase"]["count"] == 1
        wrong = answer("history", "cust_12345", "--add", "-", given='{"events": [{"kind": "x"}]}', code=3)
        assert "events[0].at" in {it["field"] for it in wrong["errors"]}
