"""Thirty messages as a file for people to read. A wanted change: `python -m tests.writing.test_writing_messages`."""

from pathlib import Path

import pytest

from tests.writing.cases import CASES
from twincast.domain.constraints import Constraints, word_count
from twincast.domain.occasions import OCCASIONS
from twincast.domain.plans import CHANNELS, LENGTHS, Facts, MessagePlan
from twincast.domain.tones import TONES, lint_tone
from twincast.reading.messages import read_message
from twincast.writing.drafts import draft

GOLDEN = Path(__file__).with_name("messages.txt")


def printed() -> str:
    """Return the messages as they are now."""
    shown = []
    for seed, (name, plan, facts) in enumerate(CASES):
        made = draft(plan, facts, Constraints(tone=plan.tone, channel=plan.channel), seed=seed)
        assert made.written, (name, made.violations)
        line = "" if made.written.subject is None else f"[{made.written.subject}]\n\n"
        shown.append(f"===== {name}: {plan.tone}, {plan.channel}, {plan.length}\n\n{line}{made.written.content}\n")
    return "\n".join(shown)


class TestTheMessages:
    def test_are_those_on_file(self) -> None:
        assert printed() == GOLDEN.read_text("utf-8"), "wanted? then: python -m tests.writing.test_writing_messages"

    def test_are_of_every_kind(self) -> None:
        plans = [plan for _, plan, _ in CASES]
        assert len(plans) == 30
        assert {plan.tone for plan in plans} == set(TONES)
        assert {plan.occasion for plan in plans} - {None} == set(OCCASIONS)
        assert {plan.length for plan in plans} == set(LENGTHS)
        assert {plan.channel for plan in plans} <= set(CHANNELS)

    @pytest.mark.parametrize(
        ("seed", "case"), list(enumerate(CASES)), ids=lambda it: it[0] if isinstance(it, tuple) else ""
    )
    def test_read_as_planned(self, seed: int, case: tuple[str, MessagePlan, Facts]) -> None:
        _, plan, facts = case
        made = draft(plan, facts, Constraints(), seed=seed)
        assert made.written
        text = made.written.content
        read = read_message(text, (), facts.currency)
        assert read.tone == plan.tone
        assert lint_tone(f"{made.written.subject or ''}\n{text}", plan.tone) == ()
        assert word_count(text) <= {"short": 45, "medium": 80, "long": 120}[plan.length]


if __name__ == "__main__":
    GOLDEN.write_text(printed(), "utf-8")
