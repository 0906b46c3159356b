"""Learning from stored outcomes: which of them, from which twin, into which version, and back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import NOW, Calendar, asking, context
from twincast.domain.errors import NothingToLearn, UnknownModel
from twincast.domain.ids import WorkspaceId
from twincast.domain.interventions import Intervention
from twincast.domain.trials import Trial
from twincast.response.posteriors import shipped_model
from twincast.stats.scoring import log_loss
from twincast.storage.memory import MemoryStore
from twincast.usecases import audit, calibrations, learning, outcomes, predictions, trials, twins
from twincast.usecases.contacts import Contacts, contacts_of
from twincast.usecases.context import Context
from twincast.usecases.gathering import NO_TWIN, OPTED_OUT, gather
from twincast.usecases.observations import Observation

MAIL = Intervention(type="promotional_email", channel="email", content="20% off all coffee", response="visit")
SENT = NOW - timedelta(days=30)
BEFORE = (SENT - timedelta(days=5)).date()


def shop_of(count: int, **more: Any) -> Context:
    """Customers who were known before the mail, half of whom got it."""
    ctx = context(MemoryStore())
    records = [{"customer_id": f"c{k}", "history": {"total_purchases": k % 9 + 1}, **more} for k in range(count)]
    twins.save_many(ctx, records, as_of=BEFORE)
    return ctx


def told(number: int, **more: Any) -> Observation:
    values: dict[str, Any] = {"event_id": f"e{number}", "customer": f"c{number}", "sent_at": SENT, "kind": "visit"}
    sent = {"intervention": MAIL} if number % 2 else {"contacted": False}
    return Observation(**({"propensity": 0.5, "place": number, **values, **sent} | more))


def campaign(count: int = 200, rate: float = 0.5, **more: Any) -> Context:
    """A shop in which a share of both arms visited."""
    ctx = shop_of(count)
    outcomes.add(ctx, [told(k, value=float(k % 20 < 20 * rate), **more) for k in range(count)])
    return ctx


def asked(ctx: Context, customer: str = "c0", **more: Any) -> Trial:
    return trials.run(ctx, asking(customer, MAIL, predict=("will_engage", "will_purchase"), **more))


def chance(trial: Trial) -> float:
    estimate = trial.answer.predictions[0].estimate
    assert estimate is not None
    return estimate.value


def found(*given: Observation, now: Any = NOW) -> tuple[Contacts, dict[str, float]]:
    """What is known of the contacts of a few outcomes, and the visit of each customer."""
    ctx = shop_of(9)
    outcomes.add(ctx, [replace(it, place=place) for place, it in enumerate(given)])
    with ctx.store.reading(ctx.workspace) as unit:
        columns = unit.outcomes.columns()
    contacts = contacts_of(columns, now)
    visits = contacts.outcomes.get("visit", np.full(len(contacts), np.nan))
    return contacts, {columns.twins[code]: float(seen) for code, seen in zip(contacts.twin, visits, strict=True)}


NO = told(3, event_id="other", value=0.0)
"""A silence of somebody else: without any, nothing is known of how many did not."""


class TestASilence:
    def test_is_a_no_only_when_window_and_lateness_have_passed(self) -> None:
        for days, seen in ((7.5, [np.nan]), (8.5, [0.0])):
            _, visits = found(told(1, value=0.0), now=SENT + timedelta(days=days))
            np.testing.assert_equal(list(visits.values()), seen)

    def test_that_was_observed_to_the_end_of_the_window_needs_no_waiting(self) -> None:
        end = SENT + timedelta(days=7)
        for until, seen in ((end, 0.0), (end - timedelta(hours=1), np.nan)):
            _, visits = found(told(1, value=0.0, observed_until=until), now=NOW + timedelta(days=99))
            np.testing.assert_equal(visits["twin_c1"], seen)

    def test_is_beaten_by_what_was_seen(self) -> None:
        contacts, visits = found(told(1, value=0.0), told(1, event_id="later", value=1.0), NO)
        assert visits["twin_c1"] == 1.0
        assert contacts.left_out["silence that an event contradicts"] == 1

    def test_teaches_nothing_of_a_kind_that_is_only_told_where_it_happened(self) -> None:
        contacts, _ = found(told(1), told(2))
        assert contacts.outcomes == {}
        assert contacts.left_out["visit: only told where it happened"] == 2


class TestAnEvent:
    def test_that_comes_several_times_is_one_and_its_money_adds_up(self) -> None:
        bought = [told(1, event_id=str(k), kind="purchase", amount=10.0 + k) for k in range(2)]
        contacts, _ = found(*bought, told(3, kind="purchase", value=0.0))
        np.testing.assert_array_equal(contacts.outcomes["purchase"], [1.0, 0.0])
        np.testing.assert_array_equal(contacts.amounts, [21.0, np.nan])

    def test_after_its_window_counts_for_nothing_in_it(self) -> None:
        contacts, visits = found(told(1, occurred_at=SENT + timedelta(days=8)), NO)
        assert np.isnan(visits["twin_c1"])
        assert contacts.left_out["after its window"] == 1

    def test_in_a_window_that_is_still_open_waits_like_a_silence(self) -> None:
        contacts, _ = found(told(1), NO, now=SENT + timedelta(days=5))
        assert contacts.outcomes == {}
        assert contacts.left_out["window still open"] == 2

    @pytest.mark.req("I14")
    def test_by_a_machine_is_missing_and_a_persons_own_counts(self) -> None:
        opened = {"kind": "open", "by_machine": True}
        contacts, _ = found(
            told(1, **opened),
            told(5, **opened),
            told(5, event_id="own", kind="open"),
            told(7, event_id="m", **opened),
            told(7, event_id="n", kind="open", value=0.0),
            told(3, kind="open", value=0.0),
        )
        np.testing.assert_array_equal(contacts.outcomes["open"], [np.nan, 0.0, 1.0, np.nan])

    def test_without_contact_of_what_needs_one_teaches_nothing(self) -> None:
        contacts, _ = found(told(2, kind="open", value=0.0), told(4, kind="unsubscribe", value=1.0))
        assert contacts.outcomes == {}


def test_one_contact_with_two_assignments_is_observational() -> None:
    contacts, _ = found(told(1), told(1, event_id="b", kind="click", value=0.0, propensity=0.4), NO)
    assert contacts.randomised.tolist() == [False, True]
    np.testing.assert_array_equal(contacts.propensity, [np.nan, 0.5])


class TestTheTwin:
    def days_of(self, ctx: Context) -> tuple[list[float], dict[str, int]]:
        with ctx.store.reading(ctx.workspace) as unit:
            gathered = gather(unit, NOW, ctx.currency)
        if gathered.rows is None:
            return [], dict(gathered.left_out)
        frame = gathered.rows.cells.twins
        return frame.column("orders")[gathered.rows.cells.twin].tolist(), dict(gathered.left_out)

    def test_is_as_it_was_before_the_contact(self) -> None:
        ctx = shop_of(2)
        for days, orders in ((-2, 20), (0, 30), (1, 40), (20, 50)):
            record = {"customer_id": "c1", "history": {"total_purchases": orders}}
            twins.save(ctx, record, as_of=(SENT + timedelta(days=days)).date())
        outcomes.add(ctx, [told(0, value=0.0), told(1, value=1.0)])
        assert self.days_of(ctx) == ([1.0, 30.0], {})

    def test_that_was_only_known_later_teaches_nothing(self) -> None:
        ctx = context(MemoryStore())
        twins.save_many(ctx, [{"customer_id": "c1"}, {"customer_id": "c2"}], as_of=date(2026, 5, 1))
        outcomes.add(ctx, [told(1, value=0.0), told(2, value=1.0)])
        assert self.days_of(ctx) == ([], {NO_TWIN: 2})

    def test_of_someone_who_opted_out_teaches_nothing(self) -> None:
        ctx = shop_of(2, profile={"profiling_opt_out": True})
        outcomes.add(ctx, [told(0, value=0.0), told(1, value=1.0)])
        assert self.days_of(ctx) == ([], {OPTED_OUT: 2})


class TestLearning:
    @pytest.mark.req("R205")
    def test_after_a_drift_is_better_on_customers_it_has_not_seen(self) -> None:
        """Half of the shop is mailed, then everybody comes more often, and it is mailed again."""
        ctx = shop_of(400)
        before, after = {"sent_at": SENT - timedelta(days=3)}, {"sent_at": SENT + timedelta(days=9)}
        old = replace(ctx, clock=Calendar(SENT + timedelta(days=6)))
        outcomes.add(old, [told(k, value=float(k % 10 < 2), **before) for k in range(200)])
        first = learning.learn(old)
        outcomes.add(ctx, [told(k, event_id=f"n{k}", value=float(k % 10 < 7), **after) for k in range(200)])
        assert learning.learn(ctx).parent == first.version
        losses = [self.held_out_loss(ctx, version, 0.7) for version in (1, 2)]
        assert losses[1] < losses[0] - 0.05

    @staticmethod
    def held_out_loss(ctx: Context, version: int, rate: float) -> float:
        """Log loss by a version on the other half of the shop, which comes at the new rate."""
        learning.select(ctx, version)
        unseen = [f"c{k}" for k in range(200, 400)]
        p = predictions.predict(ctx, unseen, {"mail": MAIL}, fields=["will_engage"]).columns["will_engage"].value
        return log_loss(p, [float(k % 10 < 10 * rate) for k in range(200)])

    def test_makes_a_version_that_answers_from_then_on(self) -> None:
        ctx = campaign(rate=0.8)
        first = asked(ctx)
        version = learning.learn(ctx)
        after = asked(ctx)
        assert (version.version, version.parent, version.outcomes) == (1, 0, {"visit": 200})
        assert chance(first) < 0.3 < 0.5 < chance(after)
        field = after.answer.predictions[0]
        assert (field.basis, field.outcomes, field.uplift_basis) == ("fitted", 200, "fitted")
        assert after.answer.predictions[1].basis == "prior"  # purchases were not told
        assert first.provenance.model != after.provenance.model
        assert trials.get(ctx, first.id) == first  # an old result keeps the version that made it

    def test_changes_every_way_of_asking_alike(self) -> None:
        ctx = campaign(rate=0.8)
        learning.learn(ctx)
        table = predictions.predict(ctx, ["c0"], {"mail": MAIL}, fields=["will_engage"])
        assert table.columns["will_engage"].value[0] == chance(asked(ctx))
        assert table.model == asked(ctx).provenance.model

    def test_of_nothing_new_makes_no_version(self) -> None:
        ctx = campaign()
        assert learning.unlearned(ctx) == 200
        first = learning.learn(ctx)
        assert learning.learn(ctx) == first
        assert (len(learning.models(ctx).versions), learning.unlearned(ctx)) == (1, 0)

    def test_can_be_taken_back(self) -> None:
        ctx = campaign(rate=0.8)
        prior = chance(asked(ctx))
        learning.learn(ctx)
        first = chance(asked(ctx))
        later = replace(ctx, clock=Calendar(NOW + timedelta(days=1)))
        outcomes.add(
            later, [told(k, event_id=f"more{k}", value=1.0, sent_at=SENT + timedelta(days=9)) for k in range(99)]
        )
        second = learning.learn(later)
        assert (second.version, second.parent) == (2, 1)
        assert chance(asked(ctx)) > first
        assert learning.select(ctx, 1).current == 1
        assert chance(asked(ctx)) == first
        assert learning.select(ctx, 0).current == 0
        assert chance(asked(ctx)) == prior
        assert learning.unlearned(ctx) == 0
        assert learning.learn(later) == second  # learned again, it is the version that is there
        assert learning.models(ctx).current == 2
        with pytest.raises(UnknownModel):
            learning.select(ctx, 7)
        assert [it.action for it in audit.entries(ctx, action="model").items][::-1] == [
            "model.learned", "model.learned", "model.selected", "model.selected", "model.selected",
        ]  # fmt: skip

    def test_stays_in_its_workspace(self) -> None:
        ctx = campaign(rate=0.8)
        other = replace(ctx, workspace=WorkspaceId("other"))
        twins.save(other, {"customer_id": "c0"}, as_of=BEFORE)
        before = chance(asked(other))
        learning.learn(ctx)
        assert chance(asked(other)) == before
        assert learning.models(other).versions == ()
        with pytest.raises(NothingToLearn):
            learning.learn(other)

    def test_forgets_who_was_erased_at_the_next_refit(self) -> None:
        ctx, without = campaign(50, rate=0.8), campaign(50, rate=0.8)
        learning.learn(ctx)
        for one in (ctx, without):
            twins.erase(one, "c7")
        assert learning.learn(ctx).digest == learning.learn(without).digest
        assert learning.models(ctx).versions[-1].outcomes == {"visit": 49}

    def test_survives_its_storage(self) -> None:
        fitted = learning.fit(campaign(50))
        assert type(fitted.model).from_bytes(fitted.model.to_bytes()).digest == fitted.model.digest
        assert fitted.model.prior is shipped_model().prior


class TestAdding:
    """Beyond `EXACT` outcomes only what is new is fitted, for a day."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(learning, "EXACT", 100)

    def grown(self) -> tuple[Context, Context]:
        """A shop that has learned, and the same one an hour later with more outcomes, some kinds of them new."""
        ctx = campaign(300, rate=0.6)
        learning.learn(ctx)
        later = replace(ctx, clock=Calendar(NOW + timedelta(hours=1)))
        more = [told(k, event_id=f"m{k}", value=float(k % 3 > 0), sent_at=SENT + timedelta(days=9)) for k in range(300)]
        orders = [told(k, event_id=f"o{k}", kind="purchase", value=float(k % 30 == 0)) for k in range(300)]
        outcomes.add(later, [replace(it, place=place) for place, it in enumerate((*more, *orders))])
        return ctx, later

    def test_agrees_with_the_refit(self) -> None:
        _, later = self.grown()
        added, refit = learning.fit(later), learning.fit(later, exact=True)
        assert added.outcomes == refit.outcomes == {"purchase": 300, "visit": 600}
        assert (added.refitted_until, refit.refitted_until) == (NOW, NOW + timedelta(hours=1))
        for head in ("visit", "purchase"):
            one, other = added.model.posteriors[head], refit.model.posteriors[head]
            place = refit.model.posteriors[head].terms.names.index("level")
            assert abs(one.mean[place] - other.mean[place]) < 0.2 * np.sqrt(other.covariance[place, place])

    def test_is_followed_by_a_refit_after_a_day(self) -> None:
        _, later = self.grown()
        assert learning.learn(later).refitted_until == NOW
        tomorrow = replace(later, clock=Calendar(NOW + timedelta(days=1)))
        assert learning.fit(tomorrow).refitted_until == NOW + timedelta(days=1)

    def test_refits_where_a_silence_is_broken_or_somebody_was_erased(self) -> None:
        _, later = self.grown()
        outcomes.add(later, [told(19, event_id="late", value=1.0)])
        assert learning.fit(later).refitted_until == NOW + timedelta(hours=1)
        _, other = self.grown()
        twins.erase(other, "c3")
        assert learning.fit(other).refitted_until == NOW + timedelta(hours=1)

    def test_of_nothing_new_keeps_the_version(self) -> None:
        ctx = campaign(300)
        first = learning.learn(ctx)
        assert learning.learn(replace(ctx, clock=Calendar(NOW + timedelta(hours=2)))) == first


class TestBadOutcomes:
    @pytest.mark.parametrize(
        ("rows", "why"),
        [
            ([], "none were told yet"),
            ([told(k) for k in range(3)], "3 visit: only told where it happened"),
            ([told(k, value=0.0, sent_at=NOW - timedelta(days=2)) for k in range(3)], "3 window still open"),
            ([told(k, kind="emotion", value=0.5) for k in (1, 3)], "2 an answer about an emotion"),
            ([told(k, kind="brand", value=0.5) for k in (0, 2)], "2 an answer to a survey where nothing was sent"),
        ],
    )
    def test_leave_the_model_as_it_was_and_say_why(self, rows: list[Observation], why: str) -> None:
        ctx = shop_of(9)
        if rows:
            outcomes.add(ctx, rows)
        before = chance(asked(ctx))
        with pytest.raises(NothingToLearn, match=why):
            learning.learn(ctx)
        assert (chance(asked(ctx)), learning.models(ctx).current) == (before, 0)

    @pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0] * 40])
    def test_of_three_rows_or_one_class_give_sane_numbers(self, values: list[float]) -> None:
        ctx = shop_of(len(values))
        outcomes.add(ctx, [told(k, value=value) for k, value in enumerate(values)])
        learning.learn(ctx)
        assert 0.0 < chance(asked(ctx)) < 0.5


class TestTheReport:
    @pytest.mark.req("R182")
    def test_lays_before_and_after_beside_what_happened(self) -> None:
        found = calibrations.report(campaign(300, rate=0.6))
        whole = next(it for it in found.segments if it.segment == "all")
        assert (whole.kind, whole.contacts, whole.events, found.contacts) == ("visit", 300, 180, 300)
        assert whole.after.log_loss.value < whole.before.log_loss.value
        assert whole.gain.low > 0.0
        assert whole.after.ece.value < whole.before.ece.value
        assert sum(it.count for it in whole.after.bins) == 300
        assert all(it.observed.low <= it.observed.value <= it.observed.high for it in whole.after.bins)
        assert {it.segment for it in found.segments} == {"all", "contacted: yes", "contacted: no"}

    @pytest.mark.req("I14")
    def test_lays_what_tests_had_answered_beside_what_came_of_it(self) -> None:
        """By the test's id, or by customer, message and time; a test made after the contact foretold nothing."""
        ctx = shop_of(130)
        early = replace(ctx, clock=Calendar(SENT - timedelta(days=1)))
        tested = {k: asked(early, f"c{k}") for k in range(1, 120, 2)}
        asked(ctx, "c121")
        by_id = {"customer": None, "intervention": None, "test_id": tested[1].id}
        outcomes.add(ctx, [told(1, value=1.0, **by_id), *(told(k, value=float(k % 4 > 1)) for k in range(2, 130))])
        (found,) = calibrations.report(ctx).answered
        assert (found.kind, found.contacts, found.events) == ("visit", 60, 1 + sum(k % 4 > 1 for k in range(3, 120, 2)))
        middle = float(np.mean([chance(it) for it in tested.values()]))
        assert sum(it.predicted * it.count for it in found.quality.bins) / 60 == pytest.approx(middle)

    def test_says_of_which_kinds_there_is_too_little(self) -> None:
        found = calibrations.report(campaign(20))
        assert (found.segments, found.too_few) == ((), {"visit": 20})

    def test_needs_outcomes(self) -> None:
        with pytest.raises(NothingToLearn):
            calibrations.report(shop_of(3))
