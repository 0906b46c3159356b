"""Segments: who belongs by every kind of rule, counted at the moment, and rules that nobody may make."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usecases.shop import AT_RISK, BARGAIN, CUSTOMERS, open_shop
from twincast.domain.errors import InvalidInput, UnknownSegment
from twincast.domain.segments import MOST_CONDITIONS, Condition, Operator, Wanted
from twincast.usecases import segments, twins
from twincast.usecases.context import Context
from twincast.usecases.segments import SegmentRequest

ANY_TEXT = st.text(st.characters(), max_size=120)


def rule(field: str, operator: str, value: Wanted) -> Condition:
    return Condition(field=field, operator=Operator(operator), value=value)


def who(ctx: Context, *every: Condition, some: tuple[Condition, ...] = ()) -> list[str]:
    segments.define(ctx, SegmentRequest(name="s", every=every, some=some))
    return [it.removeprefix("twin_") for it in segments.members(ctx, "s")]


class TestRules:
    @pytest.mark.req("I27")
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (rule("history.total_purchases", ">=", 12.0), ["bargain", "cust_12345", "daily"]),
            (rule("total_purchases", "<", 9.5), ["at_risk", "hurried"]),
            (rule("days_since_last_order", ">", 60.0), ["at_risk"]),
            (rule("last_order_day", "<", "2026-01-01"), ["at_risk"]),
            (rule("history.last_purchase_date", ">=", "2026-05-01"), ["daily"]),
            (rule("profile.location", "=", "seattle,  wa"), ["cust_12345"]),
            (rule("profile.location", "in", ("Berlin", "Seattle, WA")), ["cust_12345", "hurried"]),
            (rule("psychographic_traits", "=", "Brand-loyal"), ["at_risk", "cust_12345"]),
            (rule("psychographic_traits", "!=", "brand_loyal"), ["bargain", "daily", "hurried"]),
            (rule("history.recent_failure", "=", True), ["at_risk"]),
            (rule("recent_failure", "=", True), ["at_risk"]),
            (rule("history", "known", True), []),
            (rule("behavioral_data.interests", "known", True), ["bargain"]),
            (rule("history.total_purchases", "known", False), ["cold"]),
            (rule("nonsense", "=", "x"), []),
        ],
    )
    def test_decide_who_belongs(self, shop: Context, condition: Condition, expected: list[str]) -> None:
        assert who(shop, condition) == expected

    def test_all_of_some_and_one_of_others(self, shop: Context) -> None:
        every = rule("history.total_purchases", ">=", 9.0)
        some = (rule("profile.location", "known", True), rule("psychographic_traits", "=", "price_sensitive"))
        assert who(shop, every, some=some) == ["bargain", "cust_12345"]
        assert who(shop, some=some) == ["bargain", "cust_12345", "hurried"]

    def test_what_is_not_known_fulfils_no_comparison(self, shop: Context) -> None:
        everybody = [str(it["customer_id"]) for it in CUSTOMERS]
        for operator in ("=", "!=", "<", ">="):
            assert "cold" in everybody
            assert "cold" not in who(shop, rule("orders", operator, 5.0))

    def test_whoever_objected_to_profiling_belongs_nowhere(self) -> None:
        ctx = open_shop(BARGAIN, {**AT_RISK, "profiling_opt_out": True})
        assert who(ctx, rule("history.total_purchases", ">", 0.0)) == ["bargain"]
        found = segments.size(ctx, "s")
        assert (found.members, found.twins, found.opted_out, found.unknown) == (1, 2, 1, ())


class TestCounting:
    @pytest.mark.req("I27")
    def test_is_of_the_moment(self, shop: Context) -> None:
        assert who(shop, rule("customer_segment", "=", "gold")) == []
        assert segments.size(shop, "s").unknown == ("customer_segment",)
        twins.save(shop, {**BARGAIN, "customer_segment": "Gold"})
        assert segments.members(shop, "s") == ["twin_bargain"]
        twins.erase(shop, "bargain")
        assert segments.members(shop, "s") == []

    @pytest.mark.parametrize("limit", [1, 2, 3, 5])
    def test_pages_hold_each_member_once_wherever_twins_are_cut(
        self, shop: Context, limit: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        everybody = who(shop, rule("history.total_purchases", "known", True))
        monkeypatch.setattr(segments, "AT_ONCE", 2)
        seen: list[str] = []
        cursor = None
        while True:
            page = segments.member_page(shop, "s", cursor, limit)
            seen += [it.customer_id for it in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == limit
        assert seen == everybody == segments_of(shop)


def segments_of(ctx: Context) -> list[str]:
    return [it.removeprefix("twin_") for it in segments.members(ctx, "s")]


class TestLife:
    def test_a_segment_is_replaced_kept_and_deleted(self, shop: Context) -> None:
        first = segments.define(shop, SegmentRequest(name="a", every=(rule("orders", ">", 1.0),)))
        again = segments.define(shop, SegmentRequest(name="a", some=(rule("orders", ">", 2.0),), description="x"))
        assert (first.created, again.created) == (True, False)
        assert segments.listing(shop) == (again.segment,)
        assert segments.get(shop, "a").some[0].value == 2.0
        assert segments.delete(shop, "a") == again.segment
        with pytest.raises(UnknownSegment, match="none yet"):
            segments.get(shop, "a")

    def test_an_unknown_one_lists_what_is_near(self, shop: Context) -> None:
        segments.define(shop, SegmentRequest(name="high_value", every=(rule("orders", ">", 1.0),)))
        with pytest.raises(UnknownSegment, match="there are: high_value"):
            segments.members(shop, "high value customers")


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("request_", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "../etc"}, "name"),
            ({"name": "a" * 101}, "name"),
            ({"name": "a\0b"}, "name"),
            ({"name": " a"}, "name"),
            ({"every": ()}, "every"),
            ({"every": (rule("orders", ">", 1.0),) * (MOST_CONDITIONS + 1)}, "every"),
            ({"every": (rule("", "=", 1.0),)}, "every[0].field"),
            ({"every": (rule("a..b", "=", 1.0),)}, "every[0].field"),
            ({"every": (rule("profile.\ud800", "=", 1.0),)}, "every[0].field"),
            ({"every": (rule("profile.religion", "=", "x"),)}, "every[0].field"),
            ({"every": (rule("Last-Name", "=", "x"),)}, "every[0].field"),
            ({"every": (rule("orders", "=", "many"),)}, "every[0].value"),
            ({"every": (rule("profile.x", "<", "soon"),)}, "every[0].value"),
            ({"every": (rule("orders", "known", 1.0),)}, "every[0].value"),
            ({"every": (rule("orders", "in", ()),)}, "every[0].value"),
            ({"every": (rule("orders", "=", (1.0, 2.0)),)}, "every[0].value"),
            ({"some": (rule("orders", ">", float("nan")),)}, "some[0].value"),
            ({"some": (rule("profile.x", "=", "a\0"),)}, "some[0].value"),
            ({"description": "x" * 2_001}, "description"),
        ],
    )
    def test_are_refused_by_name(self, shop: Context, request_: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            segments.define(shop, SegmentRequest(**{"name": "s", "every": (rule("orders", ">", 1.0),), **request_}))
        assert [it.field for it in refused.value.problems] == [field]
        assert segments.listing(shop) == ()

    @given(name=ANY_TEXT, field=ANY_TEXT, value=ANY_TEXT)
    def test_any_text_is_stored_or_refused_and_counted(self, name: str, field: str, value: str) -> None:
        ctx = open_shop(BARGAIN)
        try:
            segments.define(ctx, SegmentRequest(name=name, every=(rule(field, "=", value),)))
        except InvalidInput:
            assert segments.listing(ctx) == ()
        else:
            assert segments.size(ctx, name).twins == 1
        with pytest.raises(UnknownSegment):
            segments.get(ctx, f"{name}?")

    @given(value=st.floats() | st.booleans() | ANY_TEXT, operator=st.sampled_from(Operator))
    def test_any_value_against_any_field_is_no_crash(self, value: Wanted, operator: Operator) -> None:
        ctx = open_shop(*CUSTOMERS)
        for field in ("orders", "profile.location", "psychographic_traits", "history"):
            try:
                segments.define(ctx, SegmentRequest(name="s", every=(rule(field, operator, value),)))
            except InvalidInput:
                continue
            assert segments.size(ctx, "s").members <= len(CUSTOMERS)
