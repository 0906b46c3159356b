"""Outcomes are stored once, tied to whom and what they belong to, and refused where they can not be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.storage.records import a_tombstone
from tests.usecases.shop import NOW, OFFER, Calendar, asking, open_shop
from twincast.domain.errors import InvalidInput, OutcomeConflict, UnknownOutcome, UnknownTrial, UnknownTwin
from twincast.domain.ids import CustomerId, OutcomeId, WorkspaceId, twin_id_of
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import KINDS, RESPONSES, Outcome
from twincast.domain.twins import Tombstone
from twincast.response.heads import HEADS
from twincast.storage.memory import MemoryStore
from twincast.storage.memory.store import MemoryUnit
from twincast.usecases import audit, histories, outcomes, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.observations import Observation, told

SENT = NOW - timedelta(days=10)
NEXT_DAY = SENT + timedelta(days=1)
CUSTOMER = twin_id_of(CustomerId("cust_12345"))


def seen(**more: Any) -> Observation:
    """A purchase the day after the document's mail."""
    values: dict[str, Any] = {
        "event_id": "e1",
        "customer": "cust_12345",
        "intervention": OFFER,
        "sent_at": SENT,
        "kind": "purchase",
    }
    return Observation(**(values | more))


def one(ctx: Context, **more: Any) -> Outcome:
    (stored,) = outcomes.add(ctx, [seen(**more)]).outcomes
    return stored


class TestWhatIsStored:
    def test_says_whom_what_and_when(self, shop: Context) -> None:
        stored = one(shop, amount=59.9, items=2, occurred_at=NEXT_DAY, propensity=0.5)
        assert stored == Outcome(
            id=OutcomeId("e1"),
            twin_id=CUSTOMER,
            kind="purchase",
            value=1.0,
            amount=59.9,
            items=2,
            intervention=OFFER,
            sent_at=SENT,
            occurred_at=NEXT_DAY,
            window_days=7.0,
            assignment="randomised",
            propensity=0.5,
            received_at=NOW,
        )
        assert outcomes.get(shop, "e1") == stored

    def test_of_a_test_is_about_its_twin_and_message(self, shop: Context) -> None:
        trial = trials.run(shop, asking("bargain", horizon_days=14))
        stored = one(shop, customer=None, intervention=None, test_id=trial.id, kind="engage")
        assert (stored.twin_id, stored.trial_id, stored.window_days) == (trial.twin_id, trial.id, 14.0)
        assert stored.intervention == replace(OFFER, response=trial.answer.response)
        assert stored.kind == "click" if trial.answer.response == "tap" else trial.answer.response

    def test_is_observational_where_nobody_drew(self, shop: Context) -> None:
        assert one(shop).assignment == "observational"

    @pytest.mark.parametrize(
        ("given", "kind"),
        [("Clicked", "click"), ("tap", "click"), ("conversion", "purchase"), ("satisfaction_impact", "satisfaction")],
    )
    def test_has_a_kind_of_any_spelling(self, shop: Context, given: str, kind: str) -> None:
        assert one(shop, kind=given, value=1.0).kind == kind

    def test_may_be_a_time_without_contact(self, shop: Context) -> None:
        stored = one(shop, intervention=None, contacted=False, kind="visit", value=0.0, observed_until=date(2026, 5, 4))
        assert (stored.intervention, stored.value, stored.observed_until) == (None, 0.0, NOW)
        assert one(shop, event_id="e2", intervention=Intervention(type="none"), kind="visit").intervention is None

    def test_on_a_day_that_is_that_of_the_contact_comes_after_it(self, shop: Context) -> None:
        assert one(shop, occurred_at=SENT.date()).occurred_at == SENT

    def test_in_local_time_is_by_the_clock_of_the_workspace(self, shop: Context) -> None:
        berlin = replace(shop, zone="Europe/Berlin")
        assert one(berlin, sent_at=datetime(2026, 4, 24, 9)).sent_at == datetime(2026, 4, 24, 7, tzinfo=UTC)  # noqa: DTZ001

    def test_of_several_kinds_is_several_outcomes(self, shop: Context) -> None:
        fields = {"event_id": "row7", "customer": "cold", "intervention": OFFER, "sent_at": SENT}
        both = told({**fields, "responses": {"visit": 1.0, "conversion": 0.0}, "amount": 0.0})
        stored = outcomes.add(shop, both).outcomes
        assert [(it.id, it.kind, it.value, it.amount) for it in stored] == [
            ("row7:visit", "visit", 1.0, None),
            ("row7:purchase", "purchase", 0.0, None),
        ]

    def test_of_money_alone_is_a_purchase_or_none(self, shop: Context) -> None:
        rows = [seen(event_id=str(amount), kind=None, amount=amount) for amount in (0.0, 12.5)]
        stored = outcomes.add(shop, rows).outcomes
        assert [(it.kind, it.value, it.amount) for it in stored] == [("purchase", 0.0, None), ("purchase", 1.0, 12.5)]


class TestOnce:
    @pytest.mark.req("I14")
    def test_the_same_event_is_stored_once(self, shop: Context) -> None:
        first = outcomes.add(shop, [seen(amount=10.0)])
        again = outcomes.add(replace(shop, clock=Calendar(NOW + timedelta(hours=1))), [seen(amount=10.0)])
        assert (first.created, first.repeated, again.created, again.repeated) == (1, 0, 0, 1)
        assert again.outcomes == first.outcomes
        assert len(outcomes.listing(shop).items) == 1

    def test_the_same_event_twice_in_one_request_is_stored_once(self, shop: Context) -> None:
        added = outcomes.add(shop, [seen(), seen(place=1)])
        assert (added.created, added.repeated, len(added.outcomes)) == (1, 1, 2)

    @pytest.mark.req("I14")
    def test_an_id_with_another_content_is_a_conflict_that_names_the_difference(self, shop: Context) -> None:
        one(shop, amount=10.0)
        with pytest.raises(OutcomeConflict, match=r"'e1' was told before .* amount: 10.0 then, 12.0 now"):
            one(shop, amount=12.0)
        with pytest.raises(OutcomeConflict, match=r"twin_id: another customer, intervention: another"):
            one(shop, customer="cold", intervention=Intervention(content="other"), amount=10.0)
        assert [it.amount for it in outcomes.listing(shop).items] == [10.0]

    def test_an_event_without_an_id_is_known_again_by_what_it_is(self, shop: Context) -> None:
        rows = [seen(event_id=None, occurred_at=NEXT_DAY), seen(event_id=None, kind="visit", place=1)]
        assert outcomes.add(shop, rows).created == 2
        copied = replace(OFFER)
        assert outcomes.add(shop, [replace(row, intervention=copied) for row in rows]).repeated == 2
        with pytest.raises(OutcomeConflict, match="amount"):
            outcomes.add(shop, [replace(rows[0], amount=3.0)])

    def test_one_wrong_of_many_stores_none_of_them(self, shop: Context) -> None:
        with pytest.raises(InvalidInput) as caught:
            outcomes.add(shop, [seen(), seen(event_id="e2", customer="nobody", place=1)])
        assert [(it.field, it.row) for it in caught.value.problems] == [("customer_id", 1)]
        assert outcomes.listing(shop).items == ()
        assert [it.action for it in audit.entries(shop).items] == ["twin.imported"]

    def test_wrong_ones_are_left_out_where_that_was_asked(self, shop: Context) -> None:
        one(shop, event_id="old")
        rows = [seen(), seen(event_id="e2", customer="nobody", place=1), seen(event_id="old", value=0.0, place=2)]
        added = outcomes.store(shop, rows, lambda found: found, on_error="skip")
        assert (added.created, added.skipped, [it.row for it in added.problems]) == (1, 2, [1, 2])


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "before the contact": ({"occurred_at": SENT - timedelta(hours=1)}, "occurred_at", "before the contact"),
    "in the future": ({"occurred_at": NOW + timedelta(days=1)}, "occurred_at", "future"),
    "sent in the future": ({"sent_at": NOW + timedelta(days=1)}, "sent_at", "future"),
    "observed before it was sent": ({"observed_until": SENT - timedelta(days=1)}, "observed_until", "before"),
    "a probability of 1.2": ({"propensity": 1.2}, "propensity", "1.2 is out of range"),
    "a probability of 0": ({"propensity": 0.0}, "propensity", "0 is out of range"),
    "randomised without a probability": ({"assignment": "randomised"}, "propensity", "is missing"),
    "a probability nobody drew by": ({"assignment": "observational", "propensity": 0.5}, "propensity", "nobody drew"),
    "another assignment": ({"assignment": "hunch"}, "assignment", "'hunch' is not known"),
    "negative money": ({"amount": -3.0}, "amount", "-3 is out of range"),
    "money that is no number": ({"amount": float("nan")}, "amount", "nan is out of range"),
    "money of a visit": ({"kind": "visit", "amount": 3.0}, "amount", "goes with a purchase"),
    "negative items": ({"items": -1.0}, "items", "-1 is out of range"),
    "a half": ({"value": 0.5}, "value", "0.5 is out of range"),
    "an answer off the scale": ({"kind": "brand", "value": 3.0}, "value", "3 is out of range"),
    "an answer without one": ({"kind": "brand"}, "value", "is missing"),
    "an unknown kind": ({"kind": "sneeze"}, "kind", "'sneeze' is not known"),
    "no kind": ({"kind": None}, "kind", "is missing"),
    "no contact": ({"intervention": None}, "intervention", "is missing"),
    "no moment": ({"sent_at": None}, "sent_at", "is missing"),
    "nobody": ({"customer": None}, "customer_id", "is missing"),
    "a click on nothing": ({"intervention": None, "contacted": False, "kind": "click"}, "kind", "nothing was sent"),
    "a purchase by a machine": ({"by_machine": True}, "by_machine", "is said of purchase"),
    "a message not sent": ({"contacted": False}, "contacted", "contradicts"),
    "a message too long": ({"intervention": Intervention(content="x" * 20_001)}, "intervention.content", ""),
    "an endless window": ({"window_days": 1000.0}, "window_days", "1000 is out of range"),
    "an id that is no text": ({"event_id": "a\0b"}, "event_id", "can not be used"),
}


class TestWhatIsRefused:
    @pytest.mark.parametrize("name", BAD)
    def test_names_what_is_wrong_and_stores_nothing(self, shop: Context, name: str) -> None:
        change, field, words = BAD[name]
        with pytest.raises((InvalidInput,)) as caught:
            one(shop, **change)
        assert field in [problem.field for problem in caught.value.problems]
        assert words in caught.value.detail
        assert all(problem.row is None for problem in caught.value.problems)
        assert outcomes.listing(shop).items == ()

    def test_an_unknown_customer_or_test_is_not_found(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin, match="no twin for 'nobody'"):
            one(shop, customer="nobody")
        with pytest.raises(UnknownTrial, match="no test 'test_9'"):
            one(shop, customer=None, intervention=None, test_id="test_9")
        with pytest.raises(UnknownOutcome):
            outcomes.get(shop, "\ud800")

    def test_a_test_contradicts_another_customer_or_message(self, shop: Context) -> None:
        trial = trials.run(shop, asking("bargain"))
        with pytest.raises(InvalidInput, match="another customer than the test's"):
            one(shop, intervention=None, test_id=trial.id)
        with pytest.raises(InvalidInput, match="said by the test already"):
            one(shop, customer=None, test_id=trial.id)

    def test_tests_and_outcomes_of_another_workspace_are_unknown(self, shop: Context) -> None:
        trial = trials.run(shop, asking())
        one(shop)
        other = replace(shop, workspace=WorkspaceId("other"))
        twins.save(other, {"customer_id": "cust_12345"})
        with pytest.raises(UnknownTrial):
            one(other, intervention=None, test_id=trial.id)
        assert outcomes.listing(other).items == ()
        assert one(other, amount=1.0).amount == 1.0  # the same id says something else over there

    def test_a_person_erased_meanwhile_gets_none(self, shop: Context) -> None:
        class Erasing(MemoryStore):
            @contextmanager
            def reading(self, workspace: WorkspaceId) -> Iterator[MemoryUnit]:
                with super().reading(workspace) as unit:
                    yield unit
                if not erased:
                    erased.append(twins.erase(ctx, "cust_12345"))

        erased: list[Tombstone] = [a_tombstone()]
        ctx = open_shop(store=Erasing())
        erased.clear()
        with pytest.raises(InvalidInput, match="erased in the meantime"):
            one(ctx)
        assert len(erased) == 1
        assert outcomes.listing(ctx).items == ()


class TestThePerson:
    def test_takes_the_outcomes_with_them(self, shop: Context) -> None:
        outcomes.add(shop, [seen(), seen(event_id="e2", kind="visit", place=1), seen(event_id="e3", customer="cold")])
        assert twins.erase(shop, "cust_12345").removed["outcomes"] == 2
        assert [it.id for it in outcomes.listing(shop).items] == ["e3"]

    def test_is_told_the_outcomes(self, shop: Context) -> None:
        one(shop, amount=59.9)
        (told_,) = twins.export(shop, "cust_12345").outcomes
        assert (told_["id"], told_["amount"]) == ("e1", 59.9)

    def test_has_them_in_the_order_in_which_they_happened(self, shop: Context) -> None:
        late, early = seen(occurred_at=NEXT_DAY), seen(event_id="e2", kind="visit", occurred_at=SENT, place=1)
        outcomes.add(shop, [late, early])
        assert [it.id for it in histories.history(shop, "cust_12345").outcomes] == ["e2", "e1"]
        assert [it.id for it in histories.history(shop, "cust_12345", limit=1).outcomes] == ["e1"]
        assert [it.id for it in outcomes.listing(shop, twin="cust_12345").items] == ["e1", "e2"]


def test_the_log_counts_and_names_nobody(shop: Context) -> None:
    one(shop)
    entry = audit.entries(shop, action="outcome").items[0]
    assert (entry.action, entry.details) == ("outcome.added", {"created": 1, "repeated": 0})
    assert "cust_12345" not in entry.subject


def test_responses_are_the_models_heads() -> None:
    assert set(RESPONSES) == set(HEADS)
    assert KINDS[: len(RESPONSES)] == RESPONSES


def test_a_thousand_outcomes_are_one_change() -> None:
    ctx = open_shop({"customer_id": "cust_12345"})
    added = outcomes.add(ctx, [seen(event_id=f"e{place}", place=place) for place in range(1_000)])
    assert added.created == 1_000
