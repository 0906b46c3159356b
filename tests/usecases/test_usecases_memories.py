"""Memory in sessions: what is committed, who sees it, and what it does to the next prediction."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.usecases.shop import (
    BARGAIN,
    DOCUMENT_VARIANTS,
    EVERY_FIELD,
    NOW,
    OFFER,
    asking,
    cells,
    comparing,
    numbers_of,
    open_shop,
    places,
)
from twincast.domain.events import EventKind, Head
from twincast.domain.interventions import Intervention
from twincast.domain.memories import Memory
from twincast.domain.trials import Trial
from twincast.usecases import checkpoints, comparisons, sessions, trials
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.memories import memory_of
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.visits import visit

ANY_DAY = replace(OFFER, timing=None)
ENGAGING = ("will_engage", "will_unsubscribe", "will_purchase")


def begun(ctx: Context, **more: Any) -> str:
    return sessions.begin(ctx, SessionRequest(name="spring", **more)).id


def remembered(ctx: Context, session: str, twin: str = "cust_12345") -> Memory | None:
    with ctx.store.reading(ctx.workspace) as unit:
        return memory_of(visit(ctx, unit, twin, session).memory)


def sent(ctx: Context, session: str, intervention: Intervention = ANY_DAY, **more: Any) -> Trial:
    return trials.run(ctx, asking(intervention=intervention, session=session, **({"memory": True} | more)))


def value(trial: Trial, field: str) -> float:
    found = {it.field: it.estimate for it in trial.answer.predictions}[field]
    assert found is not None
    return found.value


class TestCommitting:
    @pytest.mark.req("R52", "R133", "R171")
    def test_memory_is_kept_where_it_was_asked_for_and_nowhere_else(self, shop: Context) -> None:
        session, other = begun(shop), begun(shop)
        sent(shop, session, memory=False)
        assert remembered(shop, session) is None
        trial = sent(shop, session)
        memory = remembered(shop, session)
        assert memory is not None
        assert (memory.exposures, memory.replies) == (1, 1)
        assert trial.answer.window is not None
        assert memory.last_contact == trial.answer.window.starts_at
        assert remembered(shop, other) is None
        assert numbers_of(sent(shop, other, memory=False)) == numbers_of(trial)

    @pytest.mark.req("R171", "R188")
    def test_exposures_and_replies_stand_in_order(self, shop: Context) -> None:
        session = begun(shop)
        made = [sent(shop, session) for _ in range(3)]
        head = sessions.get(shop, session).head
        with shop.store.reading(shop.workspace) as unit:
            events = unit.events.line(head, None, 50).items
        assert [it.kind for it in events] == [EventKind.JOINED, *[EventKind.EXPOSURE, EventKind.REPLY] * 3]
        assert [it.source for it in events[1::2]] == [it.id for it in made]
        assert all(it.simulated for it in events)
        assert events[2].payload["words"] == made[0].answer.predicted_response

    def test_sending_nothing_leaves_nothing_to_remember(self, shop: Context) -> None:
        session = begun(shop)
        sent(shop, session, Intervention(type="none"))
        assert remembered(shop, session) is None

    @pytest.mark.req("A66", "A14")
    def test_a_comparison_is_never_remembered(self, shop: Context) -> None:
        session = begun(shop)
        comparisons.run(shop, comparing(DOCUMENT_VARIANTS, session=session))
        assert remembered(shop, session) is None
        with shop.store.reading(shop.workspace) as unit:
            assert unit.events.kinds(sessions.get(shop, session).head) == {EventKind.JOINED: 1}

    @pytest.mark.req("R52")
    def test_a_session_of_its_own_remembers_too(self, shop: Context) -> None:
        trial = trials.run(shop, asking(memory=True))
        memory = remembered(shop, trial.session_id)
        assert memory is not None
        assert memory.exposures == 1


@pytest.mark.req("R173", "R188", "N8")
class TestTiring:
    def test_the_third_like_offer_in_a_week_engages_less_and_drives_off_more(self, shop: Context) -> None:
        session = begun(shop)
        found = [
            sent(shop, session, replace(ANY_DAY, at=NOW + timedelta(days=2 * turn)), predict=ENGAGING)
            for turn in range(3)
        ]
        engage, leave, buy = ([value(it, field) for it in found] for field in ENGAGING)
        assert engage[0] > engage[1] > engage[2]
        assert leave[0] < leave[1] < leave[2]
        assert buy[0] > buy[1] > buy[2]
        rested = sent(shop, session, replace(ANY_DAY, at=NOW + timedelta(days=400)), predict=ENGAGING)
        assert value(rested, "will_engage") == pytest.approx(engage[0], rel=1e-4)
        assert value(rested, "will_unsubscribe") == pytest.approx(leave[0], rel=1e-4)

    def test_what_tires_is_said(self, shop: Context) -> None:
        session = begun(shop)
        *_, trial = [sent(shop, session, predict=("will_unsubscribe", "concerns")) for _ in range(4)]
        named = {part.term for each in trial.answer.explanations for part in each.contributions}
        assert {"repeat", "contacts_since"} <= named
        concerns = next(it.ranking for it in trial.answer.predictions if it.field == "concerns")
        assert "repetition" in {it.name for it in concerns or ()}

    @pytest.mark.req("A14", "N1")
    def test_variants_all_see_the_same_memory_and_never_one_another(self, shop: Context) -> None:
        session = begun(shop)
        sent(shop, session)
        texts = list(DOCUMENT_VARIANTS.items())
        one = comparisons.run(shop, comparing(dict(texts), session=session))
        other = comparisons.run(shop, comparing(dict(reversed(texts)), session=session))
        assert cells(one) == cells(other)
        alone = [
            trials.run(shop, asking(intervention=Intervention(type="promotional_email", content=text), session=session))
            for _, text in texts
        ]
        for (name, _), trial in zip(texts, alone, strict=True):
            row = {it.field: it.estimate for it in places(one)[name].answer.predictions}
            mine = {it.field: it.estimate for it in trial.answer.predictions}
            assert row["will_purchase"] == mine["will_purchase"]
        twice = comparisons.run(shop, comparing({"a": "20% off all tea", "b": "20% off all tea"}, session=session))
        assert [row.p_best for row in twice.rankings] == [0.5, 0.5]

    @pytest.mark.req("A63")
    def test_the_next_message_goes_out_in_the_next_window(self, shop: Context) -> None:
        session = begun(shop)
        first, second = (sent(shop, session, OFFER).answer.window for _ in range(2))
        assert first is not None
        assert second is not None
        assert second.starts_at - first.starts_at == timedelta(days=7)

    def test_what_comes_later_is_not_known_to_a_moment_before_it(self, shop: Context) -> None:
        session = begun(shop)
        day = datetime(2026, 6, 1, 9, tzinfo=UTC)
        sent(shop, session, replace(ANY_DAY, at=day))
        earlier = replace(ANY_DAY, at=day - timedelta(days=3))
        assert numbers_of(sent(shop, session, earlier, memory=False)) == numbers_of(trials.run(shop, asking(
            intervention=earlier)))  # fmt: skip
        between = sent(shop, session, earlier)
        after = sent(shop, session, replace(ANY_DAY, at=day - timedelta(days=1)), memory=False)
        assert value(after, "will_engage") < value(between, "will_engage")


@pytest.mark.req("R169", "A14")
class TestBranches:
    def test_a_restored_session_goes_on_as_the_first_one_did(self, shop: Context) -> None:
        session = begun(shop)
        sent(shop, session)
        checkpoints.mark(shop, session, "once")
        went_on = [numbers_of(sent(shop, session, predict=EVERY_FIELD)) for _ in range(2)]
        restored = checkpoints.restore(shop, session, Restoring(checkpoint="once", elsewhere=True)).id
        assert [numbers_of(sent(shop, restored, predict=EVERY_FIELD)) for _ in range(2)] == went_on

    def test_branches_share_nothing_that_can_change(self, shop: Context) -> None:
        session = begun(shop)
        checkpoints.mark(shop, session, "start")
        one, other = (
            checkpoints.restore(shop, session, Restoring(checkpoint="start", elsewhere=True)).id for _ in range(2)
        )
        sent(shop, one)
        assert remembered(shop, other) is None
        assert remembered(shop, session) is None

    def test_a_trial_says_on_which_line_it_stood(self, shop: Context) -> None:
        session = begun(shop)
        first, second = sent(shop, session), sent(shop, session)
        assert first.head.branch == "real:twin_cust_12345"
        assert second.head == Head(branch=sessions.get(shop, session).head.branch, position=3)


def test_a_prediction_of_an_earlier_day_is_made_in_the_session_as_always() -> None:
    ctx = open_shop(BARGAIN)
    session = begun(ctx)
    how: dict[str, Any] = {"as_of": date(2026, 5, 10), "predict": ENGAGING, "memory": True, "session": session}
    found = [value(trials.run(ctx, asking("bargain", ANY_DAY, **how)), "will_engage") for _ in range(3)]
    assert found[0] > found[1] > found[2]
