"""Reasons not to make a contact: an objection refuses, a missing consent and quiet hours flag; no number changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.usecases.shop import DOCUMENT, OFFER, asking, comparing, open_shop
from twincast.domain.errors import ProfilingRefused
from twincast.domain.interventions import Intervention
from twincast.domain.policies import DEFAULT_POLICY
from twincast.domain.timings import Window
from twincast.domain.trials import Answered
from twincast.usecases import audit, comparisons, sessions, trials, twins
from twincast.usecases.consents import in_quiet_hours, outside_quiet_hours
from twincast.usecases.sessions import SessionRequest

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)


def window(start: float, end: float) -> Window:
    """A window from hour to hour, counted from a midnight."""
    return Window(
        token="any",
        starts_at=MIDNIGHT + timedelta(hours=start),
        ends_at=MIDNIGHT + timedelta(hours=end),
        zone="UTC",
        zone_assumed=False,
    )


def trial_of(record: dict[str, Any], message: Intervention = OFFER) -> Answered:
    return trials.run(open_shop(record), asking(intervention=message)).answer


class TestObjection:
    @pytest.mark.req("A67")
    def test_who_opted_out_of_profiling_is_not_predicted_and_nothing_is_stored(self) -> None:
        ctx = open_shop({**DOCUMENT, "profiling_opt_out": True})
        before = audit.entries(ctx).items
        with pytest.raises(ProfilingRefused, match="twin_cust_12345"):
            trials.run(ctx, asking())
        with pytest.raises(ProfilingRefused, match="twin_cust_12345"):
            comparisons.run(ctx, comparing({"A": "One", "B": "Two"}))
        assert trials.listing(ctx).items == ()
        assert comparisons.listing(ctx).items == ()
        assert audit.entries(ctx).items == before

    @pytest.mark.req("A67", "I29")
    def test_a_session_that_was_begun_before_refuses_too(self) -> None:
        ctx = open_shop(DOCUMENT)
        session = sessions.begin(ctx, SessionRequest(name="spring")).id
        before = trials.run(ctx, asking(session=session))
        twins.save(ctx, {**DOCUMENT, "consent": {"email": False}})
        flagged = trials.run(ctx, asking(session=session))
        assert (flagged.twin_version, before.answer.flags) == (1, ())
        assert [flag.code for flag in flagged.answer.flags] == ["no-consent"]
        assert flagged.answer.predictions == before.answer.predictions
        twins.save(ctx, {**DOCUMENT, "profiling_opt_out": True})
        with pytest.raises(ProfilingRefused, match="twin_cust_12345"):
            trials.run(ctx, asking(session=session))

    def test_who_said_not_to_object_is_predicted(self) -> None:
        assert trial_of({**DOCUMENT, "profiling_opt_out": False}).predictions


class TestConsent:
    @pytest.mark.req("A67", "R35")
    def test_a_missing_consent_is_flagged_and_changes_no_number(self) -> None:
        free, refused = trial_of(DOCUMENT), trial_of({**DOCUMENT, "consent": {"email": False}})
        assert free.flags == ()
        assert [flag.code for flag in refused.flags] == ["no-consent"]
        assert refused.flags[0].field == "intervention.channel"
        assert refused.predictions == free.predictions
        assert refused.explanations == free.explanations

    def test_only_the_channel_that_is_used_is_flagged(self) -> None:
        assert trial_of({**DOCUMENT, "consent": {"email": True, "sms": False}}).flags == ()

    def test_sending_nothing_needs_no_consent(self) -> None:
        assert trial_of({**DOCUMENT, "consent": {"email": False}}, Intervention(type="none")).flags == ()


class TestQuietHours:
    @pytest.mark.req("A67")
    @pytest.mark.parametrize(
        ("timing", "flagged"),
        [
            ("friday_morning", False),
            ("friday_evening", False),
            ("friday_night", True),
            ("2026-05-08T21:30", True),
            ("2026-05-08T07:59", True),
            ("2026-05-08T08:00", False),
            ("2026-05-08T20:59", False),
            ("2026-05-08", False),
            (None, False),
        ],
    )
    def test_a_night_is_flagged_by_the_customers_clock(self, timing: str | None, flagged: bool) -> None:
        answer = trial_of(DOCUMENT, Intervention(channel="email", content="Hello", timing=timing))
        assert ("quiet-hours" in {flag.code for flag in answer.flags}) is flagged

    def test_the_hour_is_the_customers_own(self) -> None:
        nine_in_seattle = Intervention(channel="email", content="Hello", timing="2026-05-08T16:00:00Z")
        assert trial_of(DOCUMENT, nine_in_seattle).flags == ()
        in_tokyo = {**DOCUMENT, "profile": {"location": "Tokyo"}}
        assert [flag.code for flag in trial_of(in_tokyo, nine_in_seattle).flags] == ["quiet-hours"]

    @pytest.mark.parametrize(
        ("start", "end", "quiet"),
        [
            (22, 30, True),
            (21, 22, True),
            (6, 8, True),
            (6, 12, False),
            (17, 22, False),
            (0, 24, False),
            (20, 45, False),
        ],
    )
    def test_a_window_is_quiet_when_all_of_it_is(self, start: float, end: float, quiet: bool) -> None:
        assert in_quiet_hours(window(start, end), DEFAULT_POLICY) is quiet

    @pytest.mark.parametrize(
        ("start", "end", "left"),
        [
            (6, 12, (8, 12)),
            (12, 17, (12, 17)),
            (17, 22, (17, 21)),
            (21.5, 22, None),
            (9.5, 12, (9.5, 12)),
            (6, 8, None),
        ],
    )
    def test_the_part_outside_quiet_hours(self, start: float, end: float, left: tuple[float, float] | None) -> None:
        assert outside_quiet_hours(window(start, end), DEFAULT_POLICY) == (window(*left) if left else None)
