"""Timings: the grammar, what is kept as text, and windows on calendars where the clock jumps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twincast.domain.timings import DAYPARTS, WEEKDAYS
from twincast.reading.timings import TOKENS, place, place_next, read_timing, token

THURSDAY = datetime(2026, 3, 5, 12, tzinfo=UTC)
ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Pacific/Apia",
]


def hours(given: str, zone: str | None = "UTC", after: datetime = THURSDAY) -> tuple[str, str, str]:
    window = place(read_timing(given)[0], zone=zone, after=after)
    return window.token, window.starts_at.isoformat(), window.ends_at.isoformat()


class TestGrammar:
    @pytest.mark.req("R37", "A21")
    @pytest.mark.parametrize("name", TOKENS)
    def test_each_token_is_understood_and_given_back(self, name: str) -> None:
        timing, warning = read_timing(name)
        assert warning is None
        assert timing.source == "declared"
        assert token(timing) == name

    def test_there_are_twenty_eight(self) -> None:
        assert len(set(TOKENS)) == len(WEEKDAYS) * len(DAYPARTS) == 28

    @pytest.mark.parametrize(
        ("given", "name"),
        [
            ("Friday", "friday"),
            ("fri", "friday"),
            ("morning", "morning"),
            ("friday evening", "friday_evening"),
            ("Fri morning", "friday_morning"),
            ("  TUES-afternoon ", "tuesday_afternoon"),
            ("thurs, night", "thursday_night"),
            ("sundays", "sunday"),
        ],
    )
    def test_spellings(self, given: str, name: str) -> None:
        timing, warning = read_timing(given)
        assert (token(timing), warning) == (name, None)
        assert timing.given == given

    @pytest.mark.parametrize("given", [None, "", "   "])
    def test_nothing_given_is_any_time(self, given: str | None) -> None:
        timing, warning = read_timing(given)
        assert (timing.source, token(timing), warning) == ("default", "any", None)

    @pytest.mark.req("A21")
    @pytest.mark.parametrize(
        "given",
        [
            "one send; outcomes tracked for the two weeks after delivery",
            "2017-03-03 to 2017-04-09",
            "mon, may 2008",
            "weekend_morning",
            "weekday_evening",
            "morning_friday",
            "2026-13-01",
            "2026-02-30T10:00",
            "9999-12-31T23:59-14:00",
            "0001-01-01T00:00+14:00",
            "friday_morning_evening",
            "x" * 10_000,
        ],
    )
    def test_anything_else_is_kept_as_text_with_a_warning(self, given: str) -> None:
        timing, warning = read_timing(given)
        assert (timing.source, timing.given, token(timing)) == ("unparsed", given, "any")
        assert warning is not None
        assert (warning.code, warning.field) == ("unparsed-timing", "timing")
        assert len(warning.message) < 300

    @given(given=st.text(max_size=60))
    def test_no_text_is_an_error(self, given: str) -> None:
        timing, warning = read_timing(given)
        assert (warning is not None) == (timing.source == "unparsed")
        place(timing, zone=None, after=THURSDAY)


class TestIso:
    @pytest.mark.req("R37", "A21")
    @pytest.mark.parametrize(
        ("given", "name", "starts", "ends"),
        [
            ("2026-03-06", "friday", "2026-03-06T00:00:00-05:00", "2026-03-07T00:00:00-05:00"),
            ("2026-03-06T09:30", "friday_morning", "2026-03-06T09:30:00-05:00", "2026-03-06T09:30:00-05:00"),
            ("2026-03-06T09:30:00Z", "thursday_night", "2026-03-06T04:30:00-05:00", "2026-03-06T04:30:00-05:00"),
            ("2026-03-06 23:10:00+01:00", "friday_evening", "2026-03-06T17:10:00-05:00", "2026-03-06T17:10:00-05:00"),
        ],
    )
    def test_dates_and_moments_stand_in_the_customers_zone(self, given: str, name: str, starts: str, ends: str) -> None:
        assert hours(given, "America/New_York") == (name, starts, ends)

    def test_a_moment_that_the_clock_leaps_over_is_the_one_after_the_leap(self) -> None:
        assert hours("2026-03-29T02:30", "Europe/Berlin")[1] == "2026-03-29T03:30:00+02:00"

    def test_a_past_moment_stays_what_it_was(self) -> None:
        assert hours("2008-05-05T10:00")[1] == "2008-05-05T10:00:00+00:00"


class TestWindows:
    @pytest.mark.req("R37", "A21")
    def test_friday_morning_is_the_next_one_in_the_customers_zone(self) -> None:
        assert hours("friday_morning", "America/Los_Angeles") == (
            "friday_morning",
            "2026-03-06T06:00:00-08:00",
            "2026-03-06T12:00:00-08:00",
        )

    def test_a_running_window_counts_from_now_on(self) -> None:
        now = datetime(2026, 3, 6, 9, tzinfo=UTC)
        assert hours("friday_morning", after=now)[1:] == ("2026-03-06T09:00:00+00:00", "2026-03-06T12:00:00+00:00")

    def test_a_window_that_just_ended_comes_again_next_week(self) -> None:
        now = datetime(2026, 3, 6, 12, tzinfo=UTC)
        assert hours("friday_morning", after=now)[1] == "2026-03-13T06:00:00+00:00"

    def test_night_runs_past_midnight(self) -> None:
        assert hours("friday_night")[1:] == ("2026-03-06T22:00:00+00:00", "2026-03-07T06:00:00+00:00")

    def test_after_midnight_it_is_still_that_night(self) -> None:
        now = datetime(2026, 3, 7, 2, tzinfo=UTC)
        assert hours("friday_night", after=now)[1:] == ("2026-03-07T02:00:00+00:00", "2026-03-07T06:00:00+00:00")

    def test_any_time_is_the_next_day_and_night(self) -> None:
        assert hours("whenever") == ("any", "2026-03-05T12:00:00+00:00", "2026-03-06T12:00:00+00:00")

    @pytest.mark.parametrize(("after", "length"), [("2026-03-28T12:00+00:00", 7), ("2026-10-24T12:00+00:00", 9)])
    def test_a_night_in_which_the_clock_jumps_is_an_hour_shorter_or_longer(self, after: str, length: int) -> None:
        window = place(read_timing("saturday_night")[0], zone="Europe/Berlin", after=datetime.fromisoformat(after))
        assert window.ends_at.astimezone(UTC) - window.starts_at.astimezone(UTC) == timedelta(hours=length)
        assert (window.starts_at.hour, window.ends_at.hour) == (22, 6)

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            place(read_timing("friday")[0], zone="UTC", after=THURSDAY.replace(tzinfo=None))

    @pytest.mark.req("A21")
    @pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "../etc/passwd", "Europe", "\x00"])
    def test_no_known_zone_is_utc_and_said_to_be_assumed(self, zone: str | None) -> None:
        window = place(read_timing("monday_morning")[0], zone=zone, after=THURSDAY)
        assert (window.zone, window.zone_assumed) == ("UTC", True)

    @given(
        name=st.sampled_from(TOKENS),
        zone=st.sampled_from(ZONES),
        after=st.integers(0, 90 * 365 * 24).map(lambda hour: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(hours=hour)),
    )
    @example(name="friday_morning", zone="Pacific/Apia", after=datetime(2011, 12, 28, tzinfo=UTC))
    def test_a_window_is_ahead_within_a_fortnight_and_shows_its_own_hours(
        self, name: str, zone: str, after: datetime
    ) -> None:
        window = place(read_timing(name)[0], zone=zone, after=after)
        starts, ends = window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC)
        assert after <= starts < ends
        assert starts - after <= timedelta(days=14)
        assert token_of(starts.astimezone(window.starts_at.tzinfo)) == name == window.token


def token_of(local: datetime) -> str:
    """The token of a moment, computed in another way than the reading does."""
    part = next((name for name, (start, end) in DAYPARTS.items() if start <= local.hour < end), "night")
    day = local - timedelta(hours=6) if part == "night" else local
    return f"{WEEKDAYS[day.weekday()]}_{part}"


@pytest.mark.req("A63")
class TestTheNextWindow:
    """After a contact the next window of its timing counts: the one that held it has been used."""

    def starts(self, given: str | None, last: datetime | None) -> datetime:
        return place_next(read_timing(given)[0], zone="UTC", after=THURSDAY, last=last).starts_at

    def test_no_contact_yet_or_one_long_ago_changes_nothing(self) -> None:
        for last in (None, THURSDAY - timedelta(days=3)):
            assert self.starts("friday_morning", last) == datetime(2026, 3, 6, 6, tzinfo=UTC)

    def test_a_window_is_used_once(self) -> None:
        first = datetime(2026, 3, 6, 6, tzinfo=UTC)
        assert self.starts("friday_morning", first) == first + timedelta(days=7)
        assert self.starts("morning", first) == first + timedelta(days=1)

    def test_another_window_of_the_same_day_is_still_free(self) -> None:
        assert self.starts("friday_evening", datetime(2026, 3, 6, 6, tzinfo=UTC)) == datetime(
            2026, 3, 6, 17, tzinfo=UTC
        )

    def test_any_time_is_right_after_it(self) -> None:
        last = THURSDAY + timedelta(days=2)
        assert self.starts(None, last) == last

    def test_an_exact_moment_is_kept(self) -> None:
        last = THURSDAY + timedelta(days=2)
        assert self.starts("2026-03-06T09:30:00+00:00", last) == datetime(2026, 3, 6, 9, 30, tzinfo=UTC)
