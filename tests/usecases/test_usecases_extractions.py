"""Extraction: rows as they were answered, checkpoints as they were, and means as unsure as the model is."""

from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import AT_RISK, BARGAIN, CUSTOMERS, DOCUMENT, OFFER, asking, comparing, context, open_shop
from twincast.domain.errors import InvalidInput, UnknownCheckpoint, UnknownSession
from twincast.domain.extractions import Statistics
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.storage.memory import MemoryStore
from twincast.usecases import archives, checkpoints, comparisons, sessions, trials, twins
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.extractions import Extracted, ExtractionRequest, extract
from twincast.usecases.sessions import SessionRequest

ASKED = ("will_engage", "will_purchase", "purchase_amount")


def begun(ctx: Context) -> str:
    return sessions.begin(ctx, SessionRequest(name="s")).id


def put(ctx: Context, session: str, *names: str, message: Intervention = OFFER, **more: Any) -> None:
    for name in names:
        trials.run(ctx, asking(name, message, session=session, **{"predict": ASKED, **more}))


def extracted(ctx: Context, session: str, **more: Any) -> Extracted:
    return extract(ctx, ExtractionRequest(session=session, **{"min_cell": 1, **more}))


def statistics(found: Extracted) -> Statistics:
    assert found.extraction.statistics is not None
    return found.extraction.statistics


def number(value: object) -> float:
    assert isinstance(value, FieldPrediction)
    assert value.estimate is not None
    return value.estimate.value


class TestRows:
    @pytest.mark.req("R137", "R138")
    def test_hold_what_was_answered_under_the_names_that_are_asked(self, shop: Context) -> None:
        session = begun(shop)
        stored = trials.run(shop, asking(session=session, predict=ASKED))
        row = extracted(shop, session, fields=("customer_id", "engagement_likelihood", "mood")).rows[0]
        assert row.values["customer_id"] == "cust_12345"
        assert row.values["engagement_likelihood"] == stored.answer.predictions[0]
        assert row.values["mood"] is None
        assert list(extracted(shop, session, fields=("mood",)).extraction.unavailable) == ["mood"]

    @pytest.mark.req("R137", "R140")
    def test_what_was_not_answered_is_worked_out_for_the_very_same_message(self, shop: Context) -> None:
        session = begun(shop)
        stored = {it.field: it for it in trials.run(shop, asking(session=session, predict=ASKED)).answer.predictions}
        revenue = extracted(shop, session, fields=("predicted_revenue",)).rows[0].values["predicted_revenue"]
        expected = number(stored["will_purchase"]) * number(stored["purchase_amount"])
        assert number(revenue) == pytest.approx(expected, rel=1e-12)

    def test_what_a_twin_remembered_then_counts_for_what_is_worked_out_now(self) -> None:
        """Two sessions of one past: in one the field is asked at once, in the other it is extracted afterwards."""
        ctx = open_shop(DOCUMENT)
        asked, later = begun(ctx), begun(ctx)
        for session in (asked, later):
            put(ctx, session, *["cust_12345"] * 2, memory=True)
        once = trials.run(ctx, asking(session=asked, predict=("will_click",), memory=True)).answer.predictions[0]
        put(ctx, later, "cust_12345", memory=True)
        put(ctx, later, "cust_12345", memory=True, message=Intervention(type="sms_campaign", content="Hello"))
        rows = {row.result.variant: row for row in extracted(ctx, later, fields=("will_click",)).rows}
        assert number(rows["promotional_offer"].values["will_click"]) == number(once)

    def test_of_one_message_to_one_customer_the_last_answer_counts(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345", "bargain", "cust_12345")
        rows = extracted(shop, session).rows
        assert [row.result.customer_id for row in rows] == ["bargain", "cust_12345"]

    def test_each_variant_of_a_comparison_is_a_row(self, shop: Context) -> None:
        session = begun(shop)
        comparisons.run(shop, comparing({"A": "30% off", "B": "Early access"}, session=session))
        found = extracted(shop, session, fields=("intervention_variant", "conversion_rate"))
        assert sorted(str(row.values["intervention_variant"]) for row in found.rows) == ["A", "B"]
        assert all(number(row.values["conversion_rate"]) > 0 for row in found.rows)

    def test_nothing_of_a_person_who_was_erased_is_left(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345", "bargain")
        twins.erase(shop, "cust_12345")
        assert [row.result.customer_id for row in extracted(shop, session).rows] == ["bargain"]

    def test_nothing_is_worked_out_about_somebody_who_has_opted_out_since(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345", "bargain")
        twins.save(shop, {**DOCUMENT, "profiling_opt_out": True})
        found = extracted(shop, session)
        assert [row.result.customer_id for row in found.rows] == ["bargain"]
        assert [it.code for it in found.extraction.warnings] == ["profiling-opt-out"]

    def test_a_test_outside_a_session_is_extracted_from_the_one_that_was_opened_for_it(self, shop: Context) -> None:
        stored = trials.run(shop, asking(predict=ASKED))
        assert [row.result.source for row in extracted(shop, stored.session_id).rows] == [stored.id]
        compared = comparisons.run(shop, comparing({"A": "Hello", "B": "Early access"}))
        assert len(extracted(shop, compared.session_id).rows) == 2


class TestCheckpoints:
    @pytest.mark.req("A33", "R138")
    def test_a_checkpoint_holds_what_was_there_when_it_was_made(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345")
        checkpoints.mark(shop, session, "one")
        put(shop, session, "bargain", "at_risk")
        assert len(extracted(shop, session, checkpoint="one").rows) == 1
        assert len(extracted(shop, session).rows) == 3

    def test_a_restored_session_goes_on_from_the_results_of_its_checkpoint(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345")
        checkpoints.mark(shop, session, "one")
        put(shop, session, "bargain")
        other = checkpoints.restore(shop, session, Restoring(checkpoint="one", elsewhere=True)).id
        put(shop, other, "at_risk")
        checkpoints.restore(shop, session, Restoring(checkpoint="one"))
        put(shop, session, "cold")

        def customers(where: str) -> list[str]:
            return [row.result.customer_id for row in extracted(shop, where).rows]

        assert customers(other) == ["cust_12345", "at_risk"]
        assert customers(session) == ["cust_12345", "cold"]

    def test_what_has_ended_can_still_be_extracted(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345")
        sessions.end(shop, session)
        assert len(extracted(shop, session).rows) == 1


class TestArchives:
    def test_a_session_takes_its_results_along_those_it_inherited_too(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345", memory=True)
        checkpoints.mark(shop, session, "one")
        child = checkpoints.restore(shop, session, Restoring(checkpoint="one", elsewhere=True)).id
        put(shop, child, "bargain", "cust_12345", memory=True)
        put(shop, child, "cust_12345", message=Intervention(type="sms_campaign", content="Hello"))
        elsewhere = context(MemoryStore())
        loaded = archives.load(elsewhere, archives.export(shop, child, twins=True)).session.id
        copied = archives.load(shop, archives.export(shop, child)).session.id
        here, there, again = extracted(shop, child), extracted(elsewhere, loaded), extracted(shop, copied)
        assert statistics(here).totals == statistics(there).totals == statistics(again).totals
        assert [dict(row.values) for row in here.rows] == [dict(row.values) for row in there.rows]


class TestStatistics:
    @pytest.mark.req("R139", "R140", "R141")
    def test_add_up_what_the_rows_say(self, shop: Context) -> None:
        session = begun(shop)
        names = [customer["customer_id"] for customer in CUSTOMERS]
        put(shop, session, *names)
        found = extracted(shop, session)
        engaged, bought, money = (
            np.array([number(row.values[name]) for row in found.rows])
            for name in ("engagement_likelihood", "purchase_likelihood", "predicted_revenue")
        )
        totals = statistics(found).totals
        assert totals.customers == len(names)
        assert totals.engagement.value == pytest.approx(engaged.mean())
        assert totals.engagement.std == pytest.approx(engaged.std(ddof=1))
        assert totals.purchase.value == pytest.approx(bought.mean())
        assert totals.revenue.value == pytest.approx(money.sum())
        assert totals.high == (engaged >= 0.7).sum()
        for part in (totals.engagement, totals.purchase, totals.revenue):
            assert part.interval is not None
            assert part.value is not None
            assert part.interval.low <= part.value <= part.interval.high
            assert part.interval.level == 0.95

    def test_a_customer_with_several_messages_counts_once(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345", "bargain")
        put(shop, session, "cust_12345", message=Intervention(type="sms_campaign", content="Hello"))
        found = extracted(shop, session)
        by_customer: dict[str, list[float]] = {}
        for row in found.rows:
            by_customer.setdefault(row.result.customer_id, []).append(number(row.values["predicted_revenue"]))
        assert statistics(found).totals.customers == 2
        assert statistics(found).totals.revenue.value == pytest.approx(sum(np.mean(it) for it in by_customer.values()))
        assert "several-results" in {it.code for it in found.extraction.warnings}

    def test_many_twins_do_not_make_a_narrow_interval(self) -> None:
        crowd = [{**DOCUMENT, "customer_id": f"c{k}"} for k in range(12)]
        ctx = open_shop(*crowd)

        def width(count: int) -> float:
            session = begun(ctx)
            put(ctx, session, *[f"c{k}" for k in range(count)])
            interval = statistics(extracted(ctx, session)).totals.engagement.interval
            assert interval is not None
            return interval.high - interval.low

        assert width(12) == pytest.approx(width(1), rel=1e-9)

    def test_money_of_two_currencies_is_not_added_up(self) -> None:
        ctx = open_shop(DOCUMENT, {**BARGAIN, "currency": "EUR"})
        session = begun(ctx)
        put(ctx, session, "cust_12345", "bargain")
        totals = statistics(extracted(ctx, session)).totals
        assert (totals.revenue.value, totals.currency) == (None, None)
        assert "EUR, USD" in totals.revenue.about

    def test_an_empty_session_has_no_mean_and_says_so(self, shop: Context) -> None:
        found = extracted(shop, begun(shop))
        totals = statistics(found).totals
        assert (found.rows, totals.engagement.value, totals.high) == ((), None, 0)
        assert [it.code for it in found.extraction.warnings] == ["no-results"]

    @pytest.mark.slow
    def test_the_best_variant_is_named_only_where_it_is_clear(self, shop: Context) -> None:
        session = begun(shop)
        for twin in ("cust_12345", "bargain"):
            comparisons.run(shop, comparing({"A": "Hello", "B": "Hello"}, twin, session=session))
        choice = statistics(extracted(shop, session)).choice
        assert (choice.variant, choice.confidence) == (None, 0.5)
        clear = begun(shop)
        comparisons.run(
            shop,
            comparing({"kind": "Your tea is here. 20% off", "rude": "BUY!!! NOW!!! $$$"}, "bargain", session=clear),
        )
        found = statistics(extracted(shop, clear)).choice
        assert found.confidence is not None
        assert (found.variant is None) == (found.confidence < 0.75)


class TestGroups:
    @pytest.mark.req("A30")
    def test_each_has_its_own_mean_spread_count_and_interval(self) -> None:
        gold = [{**DOCUMENT, "customer_id": f"g{k}", "customer_segment": "gold"} for k in range(2)]
        ctx = open_shop(*gold, AT_RISK)
        session = begun(ctx)
        put(ctx, session, "g0", "g1", "at_risk")
        found = extracted(ctx, session, groupby=("customer_segment", "channel"))
        groups = statistics(found).groups
        assert groups is not None
        assert [(dict(it.by), it.customers) for it in groups] == [
            ({"customer_segment": "gold", "channel": "email"}, 2),
            ({"customer_segment": None, "channel": "email"}, 1),
        ]
        metric = groups[0].metrics["engagement_likelihood"]
        assert (metric.n, metric.std) == (2, 0.0)
        assert metric.interval is not None
        assert groups[1].metrics["engagement_likelihood"].std is None

    def test_a_field_without_draws_has_a_mean_and_no_interval(self, shop: Context) -> None:
        session = begun(shop)
        put(shop, session, "cust_12345", "bargain")
        found = extracted(shop, session, fields=("satisfaction_change", "customer_id"), groupby=("channel",))
        groups = statistics(found).groups
        assert groups is not None
        metric = groups[0].metrics["satisfaction_change"]
        assert metric.value is not None
        assert metric.interval is None
        assert "no joint draws" in metric.about


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"fields": ()}, "fields"),
            ({"fields": ("a\0",)}, "fields[0]"),
            ({"level": 1.0}, "level"),
            ({"groupby": ("mood",)}, "groupby[0]"),
            ({"hints": {"mood": "x"}}, "fields_hints"),
            ({"objective": "x" * 2_001}, "extraction_objective"),
        ],
    )
    def test_are_refused_by_name(self, shop: Context, given: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            extracted(shop, begun(shop), **given)
        assert [it.field for it in refused.value.problems] == [field]

    @pytest.mark.req("A33")
    def test_an_unknown_checkpoint_lists_the_names_there_are(self, shop: Context) -> None:
        session = begun(shop)
        checkpoints.mark(shop, session, "twins_created")
        with pytest.raises(UnknownCheckpoint, match="twins_created"):
            extracted(shop, session, checkpoint="interventions_completed")
        with pytest.raises(UnknownSession):
            extracted(shop, "sess_none")
