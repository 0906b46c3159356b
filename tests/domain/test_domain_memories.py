"""Memories: bounded whatever happened, the same as the whole history, and whatever the order of arrival."""

from datetime import UTC, datetime, timedelta
from math import exp

import msgspec
import numpy as np
import pytest

from twincast.domain.memories import (
    MOST_RECENT,
    Exposure,
    Fading,
    Happening,
    Memory,
    Note,
    Outcome,
    Reply,
    contacts_since,
    faded,
    remember,
)

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
FADING = Fading(contact_days=30.0, likeness_days=14.0)
BLANK = Memory(fading=FADING)
TERMS = ("offer:price", "offer:gift", "type:newsletter", "appeal:urgency")


def sent(channel: str = "email", **likeness: float) -> Exposure:
    return Exposure(
        channel=channel, type="custom", likeness=likeness or {"type:custom": 1.0}, words="Hello", digest="d"
    )


def remembered(*happened: tuple[float, Happening]) -> Memory:
    memory = BLANK
    for days, what in happened:
        memory = remember(memory, what, START + timedelta(days=days))
    return memory


def history(size: int) -> list[tuple[float, Exposure]]:
    """Exposures over two years, in no order, of all likenesses and channels."""
    rng = np.random.default_rng(7)
    days = rng.uniform(0.0, 730.0, size)
    vectors = rng.dirichlet(np.ones(len(TERMS)), size)
    channels = rng.choice(["email", "sms", "push"], size)
    return [
        (float(day), sent(str(channel), **dict(zip(TERMS, vector.tolist(), strict=True))))
        for day, vector, channel in zip(days, vectors, channels, strict=True)
    ]


@pytest.mark.req("R172", "R188")
class TestTenThousandEvents:
    """The stated tolerance: every fading sum agrees with the whole history to one part in a thousand million."""

    @pytest.mark.slow
    def test_the_sums_are_those_of_the_whole_history(self) -> None:
        whole = history(10_000)
        moment = START + timedelta(days=740.0)
        memory = faded(remembered(*whole), moment)
        ages = np.array([740.0 - day for day, _ in whole])
        assert memory.contacts == pytest.approx(np.exp(-ages / 30.0).sum(), rel=1e-9)
        for channel in ("email", "sms", "push"):
            mine = np.array([it.channel == channel for _, it in whole])
            assert memory.by_channel[channel] == pytest.approx(np.exp(-ages[mine] / 30.0).sum(), rel=1e-9)
        for term in TERMS:
            weights = np.array([it.likeness[term] for _, it in whole])
            assert memory.likeness[term] == pytest.approx((weights * np.exp(-ages / 14.0)).sum(), rel=1e-9)
        assert memory.exposures == 10_000

    def test_a_memory_does_not_grow(self) -> None:
        hundreds, thousands = (len(msgspec.json.encode(remembered(*history(size)))) for size in (500, 10_000))
        assert thousands < 1.1 * hundreds < 20_000

    def test_the_recent_contacts_are_the_latest(self) -> None:
        whole = history(10_000)
        memory = remembered(*whole)
        latest = sorted(day for day, _ in whole)[-MOST_RECENT:]
        assert [it.at for it in memory.recent] == [START + timedelta(days=day) for day in latest]
        for days in (0.5, 2.0, 7.0):
            since = START + timedelta(days=730.0 - days)
            true = sum(START + timedelta(days=day) >= since for day, _ in whole)
            assert contacts_since(memory, since) == min(true, MOST_RECENT)


@pytest.mark.req("N8")
class TestFading:
    def test_what_is_remembered_fades_by_its_mean_life(self) -> None:
        memory = remembered((0.0, sent()))
        assert memory.contacts == 1.0
        later = faded(memory, START + timedelta(days=30.0))
        assert later.contacts == pytest.approx(exp(-1.0))
        assert later.likeness["type:custom"] == pytest.approx(exp(-30.0 / 14.0))

    def test_looking_at_an_earlier_moment_undoes_nothing(self) -> None:
        memory = remembered((3.0, sent()))
        assert faded(memory, START) == memory

    def test_what_comes_late_counts_as_if_it_had_come_in_time(self) -> None:
        first, second = (0.0, sent("email")), (5.0, sent("sms"))
        one, other = remembered(first, second), remembered(second, first)
        assert one.recent == other.recent
        assert one.at == other.at
        assert one.contacts == pytest.approx(other.contacts, rel=1e-12)
        assert one.by_channel == pytest.approx(other.by_channel, rel=1e-12)

    def test_remembering_leaves_the_memory_before_it_alone(self) -> None:
        memory = remembered((0.0, sent()))
        before = msgspec.json.encode(memory)
        remember(memory, sent("sms"), START + timedelta(days=1))
        assert msgspec.json.encode(memory) == before


@pytest.mark.req("R171")
class TestHappenings:
    def test_replies_are_counted_with_their_engagement(self) -> None:
        replies = [(float(day), Reply(words="Hm.", engagement=0.25, purchase=0.1)) for day in range(4)]
        memory = remembered(*replies)
        assert (memory.replies, memory.engagement) == (4, 1.0)
        assert memory.exposures == 0

    def test_outcomes_are_tallied_by_kind(self) -> None:
        memory = remembered(
            (1.0, Outcome(kind="purchase", amount=20.0, channel=None)),
            (0.5, Outcome(kind="purchase", amount=None, channel=None)),
            (2.0, Outcome(kind="visit", amount=None, channel="web")),
        )
        assert {kind: tally.count for kind, tally in memory.outcomes.items()} == {"purchase": 2, "visit": 1}
        assert memory.outcomes["purchase"].last == START + timedelta(days=1.0)
        assert [it.amount for it in memory.purchases] == [None, 20.0]

    def test_a_channel_that_was_left_is_remembered(self) -> None:
        memory = remembered((3.0, Outcome(kind="unsubscribe", amount=None, channel="sms")))
        assert memory.left == {"sms": START + timedelta(days=3.0)}

    def test_purchases_are_bounded(self) -> None:
        bought = Outcome(kind="purchase", amount=9.0, channel=None)
        memory = remembered(*((float(day), bought) for day in range(MOST_RECENT + 20)))
        assert memory.outcomes["purchase"].count == MOST_RECENT + 20
        assert [it.at for it in memory.purchases] == [
            START + timedelta(days=day) for day in range(20, MOST_RECENT + 20)
        ]

    def test_a_note_changes_nothing(self) -> None:
        memory = remembered((0.0, sent()))
        assert remember(memory, Note(words="called in"), START + timedelta(days=9)) == memory
