"""Numbers as a reader wants them, and text from customers' data as a terminal may show it."""

from dataclasses import replace

import pytest

from twincast.domain.predictions import Estimate, FieldPrediction, Ranked
from twincast.entrypoints.cli import figures
from twincast.entrypoints.cli.options import clean, line_of
from twincast.entrypoints.cli.pages import WIDTH, say, table


def estimate(value: float, low: float, high: float, unit: str = "probability") -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.8, unit=unit, basis="prior")


ENGAGE = FieldPrediction(
    field="will_engage", asked_as="will_engage", kind="probability", unit="probability", horizon_days=7, basis="prior",
    outcomes=0, validated_on="nothing", estimate=estimate(0.123, 0.1, 0.15), no_contact=estimate(0.1, 0.08, 0.12),
    uplift=estimate(0.023, 0.0, 0.05), confidence=0.62,
)  # fmt: skip


class TestFigures:
    def test_a_probability_is_percent_and_its_uplift_points(self) -> None:
        assert figures.value_of(ENGAGE, "USD") == "12.3 %"
        assert figures.ends_of(ENGAGE) == ("10.0", "15.0")
        assert figures.no_contact_of(ENGAGE, "USD") == "10.0 %"
        assert figures.uplift_of(ENGAGE, "USD") == "+2.3 pts"
        assert figures.confidence_of(ENGAGE.confidence) == "fair 0.62"

    def test_money_names_its_currency_and_sign(self) -> None:
        money = replace(
            ENGAGE, kind="money", estimate=estimate(1234.5, 1000, 2000, "currency"),
            uplift=estimate(-2.5, -5, 1, "currency"),
        )  # fmt: skip
        assert figures.value_of(money, "EUR") == "1,234.50 EUR"
        assert figures.ends_of(money) == ("1,000.00", "2,000.00")
        assert figures.uplift_of(money, "EUR") == "-2.50 EUR"

    def test_labels_and_rankings_are_words(self) -> None:
        nothing = replace(ENGAGE, estimate=None, no_contact=None, uplift=None, confidence=None)
        assert figures.value_of(replace(nothing, kind="distribution", label="positive"), "USD") == "positive"
        ranking = (Ranked(name="shoes", weight=0.7, reason=""), Ranked(name="hats", weight=0.3, reason=""))
        assert figures.value_of(replace(nothing, kind="ranking", ranking=ranking), "USD") == "shoes 70%, hats 30%"
        assert [figures.value_of(nothing, "USD"), figures.uplift_of(nothing, "USD")] == ["-", "-"]

    @pytest.mark.parametrize(("confidence", "word"), [(0.9, "high"), (0.8, "high"), (0.5, "fair"), (0.49, "low")])
    def test_sureness_has_a_word(self, confidence: float, word: str) -> None:
        assert figures.confidence_of(confidence).startswith(word)


class TestPages:
    def test_tables_fit_the_width_and_lose_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        table(["field", "value"], [("x" * 100, "y" * 50)], right=["value"])
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= WIDTH
        assert sum(line.count("x") for line in lines) == 100

    def test_paragraphs_wrap(self, capsys: pytest.CaptureFixture[str]) -> None:
        say("word " * 100, indent="    ")
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= WIDTH
        assert all(line.startswith("    ") for line in lines)

    def test_customers_text_can_not_steer_the_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        hostile = "\x1b[31m[red]bold[/red]\x1b]0;title\x07\r[link=http://x]y[/link]"
        table(["a"], [(hostile,)])
        say(hostile)
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "[red]bold[/red]" in shown
        assert clean("ok\nü\x00") == "ok\nü\ufffd"


class TestProblems:
    def test_rows_are_counted_from_one_in_words(self) -> None:
        from twincast.domain.errors import FieldProblem

        problem = FieldProblem(field="profile.age", message="999 is not possible", allowed="0 to 120", row=0)
        assert line_of(problem) == "row 1: profile.age: 999 is not possible (allowed: 0 to 120)"
