"""What an extraction works out: the values a test would answer, segments, winners, returns, and what is kept of it."""

from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import (
    AT_RISK,
    BARGAIN,
    CUSTOMERS,
    DOCUMENT,
    EVERY_FIELD,
    MESSAGES,
    asking,
    comparing,
    open_shop,
)
from twincast.domain.errors import InvalidInput, UnknownExtraction, UnknownSegment
from twincast.domain.extractions import Economics, Planning, Statistics
from twincast.domain.predictions import FieldPrediction, bare
from twincast.domain.segments import Condition, Operator
from twincast.storage.sql.store import open_store
from twincast.usecases import comparisons, extractions, segments, sessions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.extractions import Extracted, ExtractionRequest
from twincast.usecases.segments import SegmentRequest
from twincast.usecases.sessions import SessionRequest

TEXTS = {
    "kind": "Thank you for being with us. Your tea and coffee are here, free shipping",
    "rude": "BUY!!! NOW!!! $$$ LAST CHANCE!!!",
}


def begun(ctx: Context) -> str:
    return sessions.begin(ctx, SessionRequest(name="s")).id


def crowd(count: int = 8, **more: Any) -> list[dict[str, Any]]:
    """Customers of two kinds, alternating, each kind under its own segment."""
    kinds = ((BARGAIN, "savers"), (AT_RISK, "leavers"))
    made = [kinds[k % 2] for k in range(count)]
    return [{**it, "customer_id": f"c{k}", "customer_segment": name, **more} for k, (it, name) in enumerate(made)]


def compared(ctx: Context, customers: list[dict[str, Any]], texts: dict[str, str] = TEXTS) -> str:
    """A session in which every customer was asked about every text."""
    session = begun(ctx)
    for customer in customers:
        comparisons.run(ctx, comparing(texts, customer["customer_id"], session=session))
    return session


def extracted(ctx: Context, session: str, **more: Any) -> Extracted:
    return extractions.extract(ctx, ExtractionRequest(session=session, **{"min_cell": 4, **more}))


def statistics(found: Extracted) -> Statistics:
    assert found.extraction.statistics is not None
    return found.extraction.statistics


class TestWorkedOut:
    @pytest.mark.slow
    @pytest.mark.req("R148", "A54")
    def test_every_field_is_what_a_test_of_it_would_have_answered(self, shop: Context) -> None:
        asked, later = begun(shop), begun(shop)
        expected: dict[tuple[str, str], dict[str, FieldPrediction]] = {}
        for customer in CUSTOMERS:
            for message in MESSAGES:
                name = str(customer["customer_id"])
                whole = trials.run(shop, asking(name, message, session=asked, predict=EVERY_FIELD))
                expected[name, message.content or ""] = {it.field: it for it in whole.answer.predictions}
                trials.run(shop, asking(name, message, session=later, predict=("will_open",)))
        for row in extracted(shop, later, fields=EVERY_FIELD).rows:
            told = row.result.told
            assert told is not None
            answered = expected[row.result.customer_id, told.intervention.intervention.content or ""]
            for field in EVERY_FIELD:
                found = row.values[field]
                assert isinstance(found, FieldPrediction)
                assert found.unavailable == answered[field].unavailable
                assert bare(found) == bare(answered[field])
                assert (found.estimate, found.basis, found.unit) == (
                    answered[field].estimate,
                    answered[field].basis,
                    answered[field].unit,
                )

    @pytest.mark.req("A44", "R149", "A32")
    def test_a_hint_says_which_time_is_meant_and_moves_no_number(self, shop: Context) -> None:
        session = begun(shop)
        trials.run(shop, asking(session=session, predict=("will_engage", "optimal_followup", "optimal_timing")))
        fields = ("engagement_likelihood", "optimal_timing", "optimal_followup")
        plain = extracted(shop, session, fields=fields).kept[0].values
        hints = {"optimal_timing": "best time to send follow-up communication", "engagement_likelihood": "always 1.0"}
        hinted = extracted(shop, session, fields=fields, hints=hints)
        assert hinted.kept[0].values["engagement_likelihood"] == plain["engagement_likelihood"]
        assert hinted.kept[0].values["optimal_timing"] == plain["optimal_followup"]
        assert hinted.extraction.definitions["optimal_timing"].field == "optimal_followup"
        assert hinted.extraction.definitions["optimal_timing"].hint == hints["optimal_timing"]


class TestSegments:
    @pytest.mark.req("A31", "R162")
    def test_are_the_records_own_a_label_for_the_run_or_defined_ones(self) -> None:
        people = crowd(8)
        ctx = open_shop(*people)
        session = compared(ctx, people)
        own = statistics(extracted(ctx, session))
        assert {it.name: it.customers for it in own.segments} == {"savers": 4, "leavers": 4}
        labelled = statistics(extracted(ctx, session, label="spring"))
        assert [(it.name, it.customers) for it in labelled.segments] == [("spring", 8)]
        rule = Condition(field="history.recent_failure", operator=Operator.IS, value=True)
        segments.define(ctx, SegmentRequest(name="let down", every=(rule,)))
        defined = statistics(extracted(ctx, session, segments=("let down",)))
        assert {it.name: it.customers for it in defined.segments} == {"(no segment)": 4, "let down": 4}
        with pytest.raises(UnknownSegment, match="let down"):
            extracted(ctx, session, segments=("let",))

    @pytest.mark.req("R176", "A66", "A24")
    def test_add_up_to_the_total_of_the_rows_that_are_used(self) -> None:
        people = crowd(8)
        ctx = open_shop(*people)
        found = extracted(ctx, compared(ctx, people), fields=("predicted_revenue", "engagement_likelihood"))
        result = statistics(found)
        best = result.choice.variant
        assert best is not None
        assert best in result.totals.used
        used = [row.values for row in found.kept if row.variant == best]
        money = np.array([it["predicted_revenue"] for it in used], dtype=float)
        assert result.totals.revenue.value == pytest.approx(money.sum(), rel=1e-9)
        assert result.totals.engagement.value == pytest.approx(
            np.mean(np.array([it["engagement_likelihood"] for it in used], dtype=float)), rel=1e-9
        )
        parts = [it.revenue.value for it in result.segments if it.revenue is not None]
        assert sum(it for it in parts if it is not None) == pytest.approx(money.sum(), rel=1e-9)
        for part in (result.totals.revenue, *(it.revenue for it in result.segments)):
            assert part is not None
            assert part.interval is not None
            assert part.interval.low <= part.interval.value <= part.interval.high

    @pytest.mark.req("R163", "R161")
    def test_the_strategy_follows_the_winners(self) -> None:
        people = crowd(8)
        ctx = open_shop(*people)
        result = statistics(extracted(ctx, compared(ctx, people)))
        winners = {it.name: it.choice.variant for it in result.segments}
        strategy = result.advice.strategy
        assert strategy is not None
        for name, variant in winners.items():
            assert name in strategy
            assert variant is None or variant in strategy

    @pytest.mark.req("A27", "R161")
    def test_nothing_is_claimed_of_a_handful(self) -> None:
        people = crowd(6)
        ctx = open_shop(*people)
        found = extracted(ctx, compared(ctx, people), min_cell=30, groupby=("customer_segment",))
        result = statistics(found)
        assert result.choice.variant is None
        assert "under 30" in (result.choice.reason or "")
        assert result.not_compared is not None
        assert (result.differences, result.tests) == ((), ())
        assert all(it.engagement is None and "under 30" in (it.reason or "") for it in result.segments)
        assert result.advice.strategy is None
        assert result.advice.timing.token is None
        metric = (result.groups or ())[0].metrics["engagement_likelihood"]
        assert (metric.n, metric.interval) == (3, None)
        assert metric.value is not None
        assert "under 30" in metric.about


class TestComparisons:
    @pytest.mark.req("R89")
    def test_pairs_are_differences_on_the_same_customers(self) -> None:
        people = crowd(8)
        ctx = open_shop(*people)
        found = extracted(ctx, compared(ctx, people, {**TEXTS, "again": TEXTS["rude"]}), fields=("will_purchase",))
        means = {
            name: np.mean(np.array([row.values["will_purchase"] for row in found.kept if row.variant == name], float))
            for name in ("again", "kind", "rude")
        }
        pairs = {(it.first, it.second): it for it in statistics(found).differences if it.field == "will_purchase"}
        assert set(pairs) == {("again", "kind"), ("again", "rude"), ("kind", "rude")}
        for (first, second), it in pairs.items():
            assert it.together.value == pytest.approx(means[first] - means[second], abs=1e-12)
            assert it.together.low <= it.alone.low <= it.alone.high <= it.together.high
            assert it.apart == (not it.together.low <= 0.0 <= it.together.high)
        same = pairs["again", "rude"]
        assert (same.alone.low, same.alone.high, same.better, same.apart) == (0.0, 0.0, 0.5, False)

    def test_a_real_test_is_planned_for_the_leading_two(self) -> None:
        people = crowd(8)
        ctx = open_shop(*people)
        session = compared(ctx, people)
        plain = {it.field: it for it in statistics(extracted(ctx, session)).tests}
        assert set(plain) == {"will_engage", "will_purchase", "expected_revenue"}
        for test in plain.values():
            assert test.per_arm is not None
            assert test.assurance is not None
            assert 0.0 < test.assurance < 1.0
        plan = Planning(power=0.9, correlation=0.5)
        more = {it.field: it for it in statistics(extracted(ctx, session, plan=plan)).tests}
        assert (more["will_purchase"].per_arm or 0) > (plain["will_purchase"].per_arm or 0)
        saved = (more["expected_revenue"].per_arm or 0) / (plain["expected_revenue"].per_arm or 1)
        assert saved == pytest.approx(0.75 * (1.2816 + 1.96) ** 2 / (0.8416 + 1.96) ** 2, rel=0.01)


class TestReturns:
    @pytest.mark.req("R165", "A26")
    def test_are_incremental_margin_over_cost_and_need_costs(self) -> None:
        people = crowd(4)
        ctx = open_shop(*people)
        session = compared(ctx, people)
        assert statistics(extracted(ctx, session)).advice.roi.ratio is None
        assert "economics" in (statistics(extracted(ctx, session)).advice.roi.reason or "")
        costs = Economics(contact=0.5, margin=0.4, redemption=2.0)
        found = extracted(ctx, session, economics=costs, fields=("revenue_impact", "will_purchase"))
        used = [it.values for it in found.kept if it.variant == statistics(found).choice.variant]
        gained = 0.4 * sum(float(str(it["revenue_impact"])) for it in used)
        spent = 0.5 * len(used) + 2.0 * sum(float(str(it["will_purchase"])) for it in used)
        roi = statistics(found).advice.roi
        assert roi.ratio is not None
        assert roi.ratio.value == pytest.approx((gained - spent) / spent)
        assert roi.ratio.low < roi.ratio.value < roi.ratio.high
        nothing = statistics(extracted(ctx, session, economics=Economics(contact=0.0))).advice.roi
        assert nothing.ratio is None
        assert "cost nothing" in (nothing.reason or "")


class TestIntervals:
    @pytest.mark.slow
    def test_those_of_a_sample_of_customers_stand_for_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        people = crowd(24)
        ctx = open_shop(*people)
        session = compared(ctx, people)
        full = statistics(extracted(ctx, session)).totals.engagement.interval
        monkeypatch.setattr("twincast.usecases.figures.LEAST", 3)
        monkeypatch.setattr("twincast.usecases.figures.MOST", 3)
        found = extracted(ctx, session)
        part = statistics(found).totals.engagement.interval
        assert found.extraction.drawn < 48
        assert full is not None
        assert part is not None
        assert (part.low, part.high) == pytest.approx((full.low, full.high), rel=0.05)

    @pytest.mark.slow
    def test_more_of_the_same_customers_make_the_sampling_part_narrower_alone(self) -> None:
        few, many = crowd(4), crowd(40)
        ctx = open_shop(*many)
        widths = []
        for people in (few, many):
            interval = statistics(extracted(ctx, compared(ctx, people))).totals.engagement.interval
            assert interval is not None
            widths.append(interval.high - interval.low)
        assert 0.5 * widths[0] < widths[1] < widths[0]


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    store = None if request.param == "memory" else open_store(str(tmp_path / "shop.db"))
    ctx = open_shop(*crowd(6), store=store)
    yield ctx
    ctx.store.close()


class TestKept:
    @pytest.mark.req("R153", "I10")
    def test_an_extraction_comes_back_as_it_was(self, kept: Context) -> None:
        session = compared(kept, crowd(6))
        found = extractions.run(kept, ExtractionRequest(session=session, min_cell=2, groupby=("customer_segment",)))
        shown = extractions.get(kept, str(found.extraction.id))
        assert shown.extraction == found.extraction
        assert shown.page == found.page
        assert shown.page.items == found.kept
        seen: list[Any] = []
        cursor = None
        while True:
            page = extractions.get(kept, str(found.extraction.id), cursor, 5).page
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert tuple(seen) == found.kept
        assert extractions.listing(kept).items == (found.extraction,)
        assert extractions.listing(kept, session=begun(kept)).items == ()
        with pytest.raises(UnknownExtraction):
            extractions.get(kept, "extract_none")
        with pytest.raises(InvalidInput):
            extractions.get(kept, str(found.extraction.id), "nonsense")

    def test_erasing_a_customer_erases_the_rows_and_what_they_went_into(self, kept: Context) -> None:
        session = compared(kept, crowd(6))
        found = extractions.run(kept, ExtractionRequest(session=session))
        told = twins.export(kept, "c0").extracted
        assert [it["customer_id"] for it in told] == ["c0", "c0"]
        assert twins.erase(kept, "c0").removed["extracted_rows"] == 2
        shown = extractions.get(kept, str(found.extraction.id))
        assert shown.extraction.statistics is None
        assert shown.extraction.erased == 1
        assert {it.customer_id for it in shown.page.items} == {f"c{k}" for k in range(1, 6)}
        assert sessions.erase(kept, session)["extractions"] == 1
        assert extractions.listing(kept).items == ()


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"min_cell": 0}, "min_cell"),
            ({"label": "a\0"}, "customer_segment"),
            ({"economics": Economics(contact=-1.0)}, "economics.contact_cost"),
            ({"economics": Economics(contact=1.0, margin=0.0)}, "economics.margin"),
            ({"economics": Economics(contact=1.0, redemption=float("nan"))}, "economics.discount_cost"),
            ({"plan": Planning(alpha=0.0)}, "test_plan.alpha"),
            ({"plan": Planning(power=1.0)}, "test_plan.power"),
            ({"plan": Planning(correlation=1.0)}, "test_plan.correlation"),
        ],
    )
    def test_are_refused_by_name_and_nothing_is_stored(self, shop: Context, given: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            extractions.run(shop, ExtractionRequest(session=begun(shop), **given))
        assert [it.field for it in refused.value.problems] == [field]
        assert extractions.listing(shop).items == ()


def test_customers_with_nothing_in_common_are_not_compared() -> None:
    ctx = open_shop(DOCUMENT, BARGAIN)
    session = begun(ctx)
    for name, text in (("cust_12345", "kind"), ("bargain", "rude")):
        trials.run(ctx, asking(name, MESSAGES[2], session=session))
        trials.run(ctx, asking(name, MESSAGES[3 if text == "rude" else 4], session=session))
    result = statistics(extracted(ctx, session, min_cell=1))
    assert result.choice.variant is None
