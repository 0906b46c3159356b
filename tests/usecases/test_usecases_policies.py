"""A company's own contact policy: what it flags, what it keeps free of messages, and that it moves no number."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.usecases.shop import DOCUMENT, NOW, OFFER, asking, open_shop
from twincast.domain.memories import Contact, Memory
from twincast.domain.policies import DEFAULT_POLICY, Cap, ContactPolicy
from twincast.domain.trials import Answered
from twincast.reading.interventions import read_intervention
from twincast.response.fatigue import fading_of
from twincast.response.prior import shipped_prior
from twincast.usecases import policies, replays, trials
from twincast.usecases.answers import answer
from twincast.usecases.references import find
from twincast.usecases.subjects import subject_of
from twincast.usecases.trials import settings_of

FIELDS = ("will_engage", "will_purchase", "optimal_timing", "optimal_followup")


def answered(policy: ContactPolicy, *contacts: Contact, record: dict[str, Any] = DOCUMENT, **fields: Any) -> Answered:
    """What is said under a policy to somebody who was contacted so: remembered as times only, so that nothing tires."""
    ctx = open_shop(record)
    with ctx.store.reading(ctx.workspace) as unit:
        twin = find(unit, record["customer_id"])
    memory = Memory(fading=fading_of(shipped_prior()), at=NOW - timedelta(days=365), recent=contacts)
    subject = replace(subject_of(ctx, twin, None, NOW), policy=policy, memory=memory)
    item = read_intervention(replace(OFFER, **fields))
    return answer(ctx.engine, subject, [item], settings_of(ctx, asking(predict=FIELDS)))[0]


def email(days_ago: float) -> Contact:
    return Contact(at=NOW - timedelta(days=days_ago), channel="email")


def codes(found: Answered) -> list[str]:
    return [flag.code for flag in found.flags]


@pytest.mark.req("I29", "A67")
class TestCaps:
    def test_a_contact_too_many_is_flagged_with_the_reason_and_moves_no_number(self) -> None:
        free = answered(DEFAULT_POLICY, email(1), email(2))
        capped = answered(ContactPolicy(caps=(Cap(contacts=2, days=14),)), email(1), email(2))
        assert codes(free) == []
        assert codes(capped) == ["frequency-cap"]
        assert "2 contacts in 14 days; 2 were made" in capped.flags[0].message
        assert capped.predictions[:2] == free.predictions[:2]

    def test_a_cap_is_judged_at_the_moment_of_sending(self) -> None:
        policy = ContactPolicy(caps=(Cap(contacts=1, days=3),))
        assert codes(answered(policy, email(1), timing="tuesday_morning")) == ["frequency-cap"]
        assert codes(answered(policy, email(1), timing="friday_morning")) == []

    def test_what_the_record_counts_counts_too(self) -> None:
        often = {**DOCUMENT, "history": {**DOCUMENT["history"], "contacts_last_30_days": 14}}
        monthly, weekly = (ContactPolicy(caps=(Cap(contacts=10, days=days),)) for days in (60, 7))
        assert codes(answered(monthly, record=often)) == ["frequency-cap"]
        assert codes(answered(weekly, record=often)) == []

    def test_a_followup_waits_until_the_caps_allow_it(self) -> None:
        policy = ContactPolicy(caps=(Cap(contacts=1, days=20),))
        found = {it.field: it for it in answered(policy).predictions}["optimal_followup"].window
        sent = answered(policy).window
        assert found is not None
        assert sent is not None
        assert found.starts_at - sent.starts_at >= timedelta(days=20)


@pytest.mark.req("I29")
class TestQuietHours:
    def test_are_the_companys_own(self) -> None:
        noon = "2026-05-08T12:30"
        assert codes(answered(DEFAULT_POLICY, timing=noon)) == []
        assert codes(answered(ContactPolicy(quiet=(12, 14)), timing=noon)) == ["quiet-hours"]
        assert codes(answered(ContactPolicy(quiet=None), timing="friday_night")) == []

    def test_keep_the_best_window_out(self) -> None:
        for quiet in ((0, 13), (12, 20), (13, 9)):
            policy = ContactPolicy(quiet=quiet)
            found = {it.field: it for it in answered(policy).predictions}
            for field in ("optimal_timing", "optimal_followup"):
                window = found[field].window
                assert window is not None
                assert not policy.is_quiet(window.starts_at.hour)
                assert not policy.is_quiet((window.ends_at - timedelta(seconds=1)).hour)

    def test_that_leave_nothing_are_an_answer(self) -> None:
        found = {it.field: it for it in answered(ContactPolicy(quiet=(5, 23))).predictions}
        for field in ("optimal_timing", "optimal_followup"):
            assert "quiet hours" in (found[field].unavailable or "")


@pytest.mark.req("A63")
def test_a_message_without_a_moment_goes_out_in_the_next_window_after_the_last_contact() -> None:
    first = answered(DEFAULT_POLICY).window
    assert first is not None
    again = answered(DEFAULT_POLICY, Contact(at=first.starts_at, channel="email")).window
    assert again is not None
    assert again.starts_at - first.starts_at == timedelta(days=7)
    at = datetime(2026, 8, 3, 9, tzinfo=UTC)
    stated = answered(DEFAULT_POLICY, Contact(at=first.starts_at, channel="email"), at=at, timing=None).window
    assert stated is not None
    assert stated.starts_at == at


@pytest.mark.req("I26", "I29")
def test_a_policy_that_was_changed_is_named_when_a_test_is_replayed() -> None:
    ctx = open_shop(DOCUMENT)
    trial = trials.run(ctx, asking(predict=FIELDS))
    assert replays.replay(ctx, trial.id).identical
    policies.put(ctx, ContactPolicy(quiet=(0, 13)))
    again = replays.replay(ctx, trial.id)
    assert [cause.name for cause in again.causes] == ["policy_digest"]
    assert not again.identical
