"""Contact policies: quiet hours round the clock, caps that count what they say, and the first moment that is free."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincast.domain.memories import Contact
from twincast.domain.policies import DEFAULT_POLICY, Cap, ContactPolicy, free_from, reached

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WEEKLY = ContactPolicy(caps=(Cap(contacts=2, days=7),))


def contacts(*days_ago: float, channel: str = "email") -> list[Contact]:
    return [Contact(at=NOW - timedelta(days=days), channel=channel) for days in days_ago]


@pytest.mark.req("I29")
class TestCaps:
    @pytest.mark.parametrize(
        ("made", "broken"),
        [
            ((), False),
            ((1.0,), False),
            ((1.0, 2.0), True),
            ((1.0, 7.0), False),
            ((0.0, 6.9), True),
            ((1.0, -1.0), False),
        ],
    )
    def test_a_cap_counts_the_contacts_of_its_days(self, made: tuple[float, ...], broken: bool) -> None:
        assert bool(reached(WEEKLY, contacts(*made), "email", NOW)) is broken

    def test_a_cap_of_a_channel_counts_that_channel(self) -> None:
        policy = ContactPolicy(caps=(Cap(contacts=1, days=30, channel="sms"),))
        sent = [*contacts(1.0, channel="email"), *contacts(2.0, channel="sms")]
        assert reached(policy, sent, "sms", NOW) == policy.caps
        assert reached(policy, sent, "email", NOW) == ()
        assert reached(policy, contacts(1.0), "sms", NOW) == ()

    @given(
        made=st.lists(st.floats(0.0, 40.0), max_size=12),
        caps=st.lists(st.builds(Cap, contacts=st.integers(1, 5), days=st.integers(1, 30)), max_size=3),
    )
    def test_the_first_free_moment_is_free_and_none_before_it_is(self, made: list[float], caps: list[Cap]) -> None:
        policy, sent = ContactPolicy(caps=tuple(caps)), contacts(*made)
        free = free_from(policy, sent, "email", NOW)
        assert reached(policy, sent, "email", free) == ()
        for tenth in range(10):
            earlier = NOW + (free - NOW) * tenth / 10
            assert earlier == free or reached(policy, sent, "email", earlier)


class TestQuietHours:
    @pytest.mark.parametrize(
        ("quiet", "hours"),
        [((21, 8), {21, 22, 23, *range(8)}), ((12, 14), {12, 13}), ((0, 6), set(range(6))), (None, set())],
    )
    def test_run_from_the_first_hour_to_before_the_last(self, quiet: tuple[int, int] | None, hours: set[int]) -> None:
        policy = ContactPolicy(quiet=quiet)
        assert {hour for hour in range(24) if policy.is_quiet(hour)} == hours

    def test_by_default_they_are_as_published(self) -> None:
        assert DEFAULT_POLICY.quiet == (21, 8)
        assert DEFAULT_POLICY.caps == ()
