"""What a model is reminded of: the recent, the relevant, what weighs; never more than the budget."""

from datetime import timedelta

import pytest

from tests.usecases.shop import NOW
from twincast.domain.interventions import Intervention
from twincast.domain.memories import Exposure, Fading, Happening, Memory, Note, Outcome, Reply, Tally
from twincast.reading.interventions import read_intervention
from twincast.reading.likeness import likeness_of
from twincast.reading.reminders import BYTES_A_TOKEN, MOST_TOKENS, Recalled, age, dated, reminders, totals

TEA = read_intervention(Intervention(type="promotional_email", content="20% off tea"), currency="USD")


def sent(text: str) -> Exposure:
    item = read_intervention(Intervention(type="newsletter", content=text), currency="USD")
    return Exposure(channel="email", type=item.type, likeness=likeness_of(item), words=text, digest="")


def outcome(kind: str, amount: float | None = None, channel: str | None = None) -> Outcome:
    return Outcome(kind=kind, amount=amount, channel=channel)


def recalled(*past: tuple[Happening, float]) -> list[Recalled]:
    return [Recalled(what=what, at=NOW - timedelta(days=days)) for what, days in past]


def test_lines_are_in_order_and_say_how_long_ago() -> None:
    answered = Reply(words="No.", engagement=0.1, purchase=0.0)
    left = outcome("unsubscribe", channel="sms")
    past = recalled((sent("10% off"), 20), (outcome("purchase", 12.5), 9), (left, 1),
                    (answered, 0.1), (Note(words="Likes tea"), 0.1))  # fmt: skip
    assert reminders(past, TEA, NOW) == [
        '3 weeks before, by email: "10% off"',
        "9 days before, the customer bought something for 12.5",
        "1 day before, the customer unsubscribed from sms",
        'Lately, the customer: "No."',
        'Lately, noted: "Likes tea"',
    ]


def test_of_two_alike_in_all_else_the_recent_the_like_and_the_weighty_one_stay() -> None:
    def kept(*past: tuple[Happening, float]) -> str:
        filler = [(sent(f"{number} " + "x" * 138), 300.0) for number in range(20)]
        (line,) = (line for line in reminders(recalled(*filler, *past), TEA, NOW) if "x" * 20 not in line)
        return line

    long = "y" * 110
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twincast.reading.reminders.MOST_TOKENS", 52)
        assert "4 days" in kept((sent(f"old {long}"), 300), (sent(f"new {long}"), 4))
        assert "15% off" in kept((sent(f"15% off {long}"), 100), (sent(f"our news {long}"), 100))
        assert "complained" in kept((outcome("complaint"), 100), (sent(f"our news {long} {long}"), 100))
        assert "weekend tea" in kept((Note(words=f"{long} {long}"), 100), (Note(words="20% weekend tea"), 100))


@pytest.mark.parametrize("count", [0, 1, 40, 2_000])
def test_the_budget_is_kept_however_long_the_past(count: int) -> None:
    lines = reminders(recalled(*((sent(f"ä{number} " * 40), float(number)) for number in range(count))), TEA, NOW)
    assert sum(len(line.encode()) + 1 for line in lines) <= MOST_TOKENS * BYTES_A_TOKEN
    assert bool(lines) == bool(count)


def test_ages_are_coarse_so_that_a_prompt_stays_the_same_for_a_while() -> None:
    told = [age(NOW - timedelta(days=days), NOW) for days in (-1, 0.5, 1, 13, 15, 59, 61, 700, 800)]
    assert told == ["Lately", "Lately", "1 day before", "13 days before", "2 weeks before", "8 weeks before",
                    "2 months before", "23 months before", "2 years before"]  # fmt: skip


def test_totals_and_days_do_not_depend_on_the_moment() -> None:
    tallies = {
        "purchase": Tally(count=2, last=NOW),
        "visit": Tally(count=9, last=NOW),
        "complaint": Tally(count=1, last=NOW),
    }
    memory = Memory(fading=Fading(contact_days=30.0, likeness_days=14.0), exposures=120, outcomes=tallies)
    assert totals(memory) == "In all until now: 120 messages, 2 purchases, 1 complaint."
    assert totals(Memory(fading=memory.fading)) == ""
    assert dated(recalled((outcome("share"), 3))) == ["2026-05-01, the customer passed a message on"]
