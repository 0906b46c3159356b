"""When a message goes out, when to send the next one, and when a purchase comes: by the customer's clock."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.usecases.shop import (
    DOCUMENT,
    asking,
    every,
    open_shop,
    predicted,
)
from twincast.domain.interventions import Intervention
from twincast.domain.timings import QUIET_HOURS
from twincast.domain.trials import Trial
from twincast.usecases import trials
from twincast.usecases.context import Context


class TestWindows:
    @pytest.mark.req("R119", "A44")
    def test_a_followup_rests_a_week_and_keeps_out_of_quiet_hours(self, answers: dict[tuple[str, int], Trial]) -> None:
        count = 0
        for answered, found in every(answers):
            if found.field != "optimal_followup" or found.window is None or answered.window is None:
                continue
            count += 1
            assert found.window.starts_at - answered.window.ends_at >= timedelta(days=7)
            assert found.window.starts_at.hour >= QUIET_HOURS[1]
            assert (found.window.ends_at - timedelta(seconds=1)).hour < QUIET_HOURS[0]
            assert found.channel in ("email", "sms", "push", "in_app", "mail", "call")
        assert count > 50

    def test_a_followup_avoids_a_channel_that_was_refused(self) -> None:
        record = {**DOCUMENT, "behavioral_data": {"preferred_channels": ["email", "sms"]}}
        found = predicted(open_shop({**record, "consent": {"email": False}}), ("optimal_followup",))
        assert found["optimal_followup"].channel == "sms"
        assert predicted(open_shop(record), ("optimal_followup",))["optimal_followup"].channel == "email"

    @pytest.mark.req("A44")
    def test_the_best_window_engages_most_and_gives_that_number(self, shop: Context) -> None:
        late = Intervention(channel="email", content="Our new line is here.", timing="saturday_night")
        best = predicted(shop, ("optimal_timing",), intervention=late)["optimal_timing"]
        assert best.estimate
        assert best.label
        assert best.window
        tried = {}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"):
            for part in ("morning", "afternoon", "evening"):
                there = Intervention(channel="email", content=late.content, timing=f"{day}_{part}")
                found = predicted(shop, ("will_engage",), intervention=there)["will_engage"].estimate
                assert found
                tried[f"{day}_{part}"] = found.value
        assert best.estimate.value == max(tried.values()) == tried[best.label]
        assert best.window.starts_at.hour >= QUIET_HOURS[1]

    @pytest.mark.req("R120")
    def test_a_purchase_comes_between_the_response_and_the_horizon(self, answers: dict[tuple[str, int], Trial]) -> None:
        for trial in answers.values():
            value = {it.field: it for it in trial.answer.predictions}
            found = value["purchase_window"]
            assert found.estimate
            assert found.window
            assert 0 <= found.estimate.low <= found.estimate.value <= found.estimate.high <= found.horizon_days
            assert found.window.starts_at <= found.window.ends_at
            if trial.answer.window is not None:
                assert found.window.starts_at >= trial.answer.window.starts_at

    @pytest.mark.req("R37", "A21")
    def test_a_timing_is_placed_on_the_customers_calendar(self, shop: Context) -> None:
        window = trials.run(shop, asking()).answer.window
        assert window is not None
        assert (window.zone, window.zone_assumed) == ("America/Los_Angeles", False)
        assert (window.starts_at.date(), window.starts_at.hour) == (date(2026, 5, 8), 6)
        nowhere = trials.run(shop, asking("bargain")).answer.window
        assert nowhere is not None
        assert (nowhere.zone, nowhere.zone_assumed) == ("UTC", True)

    @pytest.mark.req("A63")
    def test_a_day_begins_where_the_customer_lives(self, shop: Context) -> None:
        sunday = Intervention(channel="email", content="Hello", timing="sunday_evening")
        window = trials.run(shop, asking(intervention=sunday, as_of=date(2026, 5, 4))).answer.window
        assert window is not None
        assert window.starts_at.date() == date(2026, 5, 10)
        assert window.starts_at.tzinfo == ZoneInfo("America/Los_Angeles")
