"""Histories: what really happened is added whole or not at all, exported and erased, and known from its day on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.usecases.shop import BARGAIN, NOW, OFFER, Calendar, asking, numbers_of, open_shop
from twincast.domain.errors import InvalidInput
from twincast.domain.histories import Told
from twincast.usecases import histories, sessions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.sessions import SessionRequest

MAIL = Told(kind="exposure", at=NOW - timedelta(days=2), channel="email", content="30% off our new premium line")
ANY_DAY = replace(OFFER, timing=None)


def engaged(ctx: Context, **more: Any) -> float:
    found = trials.run(ctx, asking(intervention=ANY_DAY, predict=("will_engage",), **more)).answer.predictions[0]
    assert found.estimate is not None
    return found.estimate.value


@pytest.mark.req("I8", "R171")
def test_a_person_s_export_holds_what_happened_and_an_erasure_takes_it(shop: Context) -> None:
    trials.run(shop, asking(memory=True))
    histories.append(shop, "cust_12345", [Told(kind="note", at=NOW, content="called in")])
    found = twins.export(shop, "cust_12345")
    assert [it["kind"] for it in found.events] == ["note", "joined", "exposure", "reply"]
    assert msgspec.json.decode(msgspec.json.encode(found.events)) == list(found.events)
    assert twins.erase(shop, "cust_12345").removed["events"] == 4


@pytest.mark.req("I7")
def test_one_wrong_event_keeps_all_of_them_out(shop: Context) -> None:
    with pytest.raises(InvalidInput):
        histories.append(shop, "cust_12345", [MAIL, replace(MAIL, channel="pigeon")])
    with pytest.raises(InvalidInput):
        histories.append(shop, "cust_12345", [MAIL, replace(MAIL, content=" ")])
    assert histories.history(shop, "cust_12345").events.items == ()


@pytest.mark.req("A63", "N8")
def test_what_really_happened_is_known_from_its_day_on(shop: Context) -> None:
    fresh = {day: engaged(shop, as_of=day) for day in (date(2026, 4, 30), date(2026, 5, 4))}
    histories.append(shop, "cust_12345", [MAIL])
    assert engaged(shop, as_of=date(2026, 4, 30)) == fresh[date(2026, 4, 30)]
    assert engaged(shop, as_of=date(2026, 5, 4)) < fresh[date(2026, 5, 4)]


@pytest.mark.req("R171", "N8")
def test_the_same_events_told_together_or_one_by_one_are_the_same_memory() -> None:
    mails = [replace(MAIL, at=NOW - timedelta(days=days)) for days in (9, 5, 1)]
    together, single = open_shop(BARGAIN), open_shop(BARGAIN)
    histories.append(together, "bargain", mails)
    for mail in mails:
        histories.append(single, "bargain", [mail])
    assert histories.history(together, "bargain") == histories.history(single, "bargain")


@pytest.mark.req("I7")
def test_a_session_is_pinned_to_what_had_happened_when_the_twin_came(shop: Context) -> None:
    session = sessions.begin(shop, SessionRequest(name="spring")).id
    before = numbers_of(trials.run(shop, asking(session=session)))
    histories.append(shop, "cust_12345", [MAIL] * 5)
    assert numbers_of(trials.run(shop, asking(session=session))) == before
    later = sessions.begin(shop, SessionRequest(name="summer")).id
    assert numbers_of(trials.run(shop, asking(session=later))) != before


@pytest.mark.req("R172")
def test_a_long_past_is_remembered_by_a_memory_of_the_same_size() -> None:
    ctx = open_shop(BARGAIN)
    assert isinstance(ctx.clock, Calendar)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    sizes = []
    for part in range(4):
        told = [replace(MAIL, at=start + timedelta(hours=part * 100 + hour)) for hour in range(100)]
        made = histories.append(ctx, "bargain", told)
        sizes.append(len(msgspec.json.encode(made.events.items[-1].memory)))
    assert max(sizes) < 1.02 * sizes[0] < 8_000
    memory = histories.history(ctx, "bargain").memory
    assert memory is not None
    assert memory.exposures == 400
