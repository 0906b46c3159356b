"""Purchases as statistics: what wins over what, windows, order values, newness, against worlds whose truth is known."""

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest

from twincast.reading.purchases import names_of
from twincast.reading.records import read_records
from twincast.reading.states import BASES, POSITION, TwinFrame
from twincast.reading.tenures import tenure_of
from twincast.reading.values import day_of, frequency_of, income_of, middle_of

AS_OF = dt.date(2024, 6, 1)
TODAY = float((AS_OF - dt.date(1970, 1, 1)).days)


def frame(history: dict[str, Any] | None = None, **behaviour: Any) -> TwinFrame:
    """The numbers of one customer."""
    record = {"customer_id": "c", "history": history or {}, "behavioral_data": behaviour}
    batch = read_records([record], as_of=AS_OF)
    assert batch.problems == []
    return batch.frame


def number(found: TwinFrame, name: str) -> float:
    """One number of one customer."""
    return float(found.column(name)[0])


def basis(found: TwinFrame) -> str:
    """What the orders rest on."""
    return BASES[int(number(found, "orders_basis"))]


def order(days_ago: int, amount: float | None = None, **more: Any) -> dict[str, Any]:
    """One listed order."""
    return {"date": (AS_OF - dt.timedelta(days=days_ago)).isoformat(), "amount": amount, **more}


class TestTransactions:
    def test_counts_days_values_and_windows(self) -> None:
        listed = [
            order(300, 10.0, items=1),
            order(80, 20.0, items=3),
            order(80, 40.0),
            order(5, 80.0, coupon_discount=20),
        ]
        found = frame({"transactions": listed})
        expected = {
            "orders": 4, "purchase_days": 3, "orders_days": 300, "first_order_day": TODAY - 300,
            "last_order_day": TODAY - 5,
            "order_value_mean": 37.5, "order_value_n": 4, "spend_28": 80, "spend_84": 140, "spend_365": 150,
            "lifetime_value": 150, "items_per_order": 2, "is_new": 1, "coupon_share": 0.2,
        }  # fmt: skip
        for name, value in expected.items():
            assert number(found, name) == pytest.approx(value), name
        logs = np.log([10, 20, 40, 80])
        assert number(found, "order_value_log_mean") == pytest.approx(logs.mean())
        assert number(found, "order_value_log_sd") == pytest.approx(logs.std(ddof=1))
        assert basis(found) == "transactions"

    def test_refunds_are_money_and_no_orders(self) -> None:
        found = frame({"transactions": [order(10, 50.0), order(8, -20.0)]})
        assert number(found, "orders") == 1
        assert number(found, "spend_28") == 30
        assert number(found, "order_value_mean") == 50

    def test_a_list_of_dates_counts_orders_without_values(self) -> None:
        found = frame({"transactions": ["2024-05-01", "2024-05-20T10:00:00Z"]})
        assert number(found, "orders") == 2
        assert math.isnan(number(found, "order_value_mean"))

    def test_they_win_over_a_smaller_count(self) -> None:
        found = frame({"transactions": [order(30, 5.0), order(3, 5.0)], "total_purchases": 1})
        assert number(found, "orders") == 2

    def test_a_list_that_is_the_end_of_a_longer_history_is_read_as_that(self) -> None:
        history = {
            "transactions": [order(20, 10.0), order(3, 30.0)],
            "total_purchases": 50,
            "customer_since": "2023-06-02",
            "spend_past_84_days": 400.0,
        }
        found = frame(history, lifetime_value=1000.0)
        assert number(found, "orders") == 50
        assert number(found, "orders_days") == 365
        assert number(found, "last_order_day") == TODAY - 3
        assert math.isnan(number(found, "spend_28"))  # the list reaches back 20 days only
        assert number(found, "spend_84") == 400
        assert number(found, "spend_365") == 1000  # of a customer of 365 days, the lifetime's

    def test_an_empty_list_leaves_the_count(self) -> None:
        found = frame({"transactions": [], "total_purchases": 12, "customer_since": "2023-06-02"})
        assert (number(found, "orders"), basis(found)) == (12, "counts and dates")

    def test_order_of_the_list_and_other_spellings_do_not_matter(self) -> None:
        listed = [order(30, 5.0), order(10, 7.0), order(2, 9.0)]
        shop = [
            {"created_at": row["date"] + "T08:00:00+02:00", "total_price": str(row["amount"])} for row in listed[::-1]
        ]
        one, other = frame({"transactions": listed}), frame({"orders": shop})
        for name in ("orders", "first_order_day", "last_order_day", "order_value_mean", "spend_28"):
            assert number(one, name) == number(other, name)

    def test_categories_become_interests_strongest_first(self) -> None:
        listed = [
            order(9, 5.0, category="Tea"),
            order(5, 5.0, categories=["Mugs", "tea"]),
            order(1, 5.0, category="Mugs"),
        ]
        found = frame({"transactions": listed, "categories_past_12_months": ["Books", "Tea"]})
        assert found.interests == (("mugs", "tea", "books"),)

    def test_line_items_are_counted_and_named(self) -> None:
        items = [{"name": "Green Tea", "quantity": 2}, {"product": "Cup"}]
        found = frame({"transactions": [order(1, 5.0, items=items)]})
        assert number(found, "items_per_order") == 2
        assert found.interests == (("cup", "green tea"),)
        assert names_of(["", None, 5, "unknown", {"x": 1}]) == []


class TestCounts:
    def test_a_count_is_spread_over_the_time_as_a_customer(self) -> None:
        found = frame({"customer_since": "2023-06-02", "total_purchases": 24, "months_since_last_purchase": 2})
        assert number(found, "orders") == 24
        assert number(found, "orders_days") == 365
        assert number(found, "last_order_day") == pytest.approx(TODAY - 60.875)

    def test_a_count_without_time_takes_it_from_a_stated_frequency(self) -> None:
        found = frame({"total_purchases": 13}, purchase_frequency="monthly")
        assert number(found, "orders_days") == pytest.approx(12 * 30.4375)

    def test_a_count_alone_has_no_window(self) -> None:
        assert math.isnan(number(frame({"total_purchases": 13}), "orders_days"))

    def test_who_never_ordered_has_no_last_order(self) -> None:
        found = frame({"total_purchases": 0, "days_since_last_purchase": 999, "customer_since": "2024-01-01"})
        assert number(found, "orders") == 0
        assert math.isnan(number(found, "last_order_day"))
        assert math.isnan(number(found, "first_order_day"))

    def test_the_value_of_an_order_follows_from_money_and_count(self) -> None:
        found = frame({"total_purchases": 4}, lifetime_value=200)
        assert number(found, "order_value_mean") == 50
        assert number(found, "order_value_n") == 4


class TestStatedFrequency:
    @pytest.mark.req("R14")
    @pytest.mark.parametrize(
        ("words", "per_month"),
        [
            ("daily", 30.4375), ("weekly", 4.348), ("monthly", 1), ("quarterly", 1 / 3), ("yearly", 1 / 12),
            ("twice a week", 8.696), ("Every 2 months", 0.5), ("3 times per year", 0.25), (2.5, 2.5),
            ("bi-weekly", 2.174),
        ],
    )  # fmt: skip
    def test_words_and_numbers_become_a_rate(self, words: Any, per_month: float) -> None:
        found = frame(purchase_frequency=words)
        rate = (number(found, "orders") - 1) / number(found, "orders_days") * 30.4375
        assert rate == pytest.approx(per_month, rel=2e-3)
        assert basis(found) == "stated frequency"
        assert number(found, "orders") == pytest.approx(5)

    def test_it_reaches_no_further_back_than_the_customer(self) -> None:
        found = frame({"customer_since": "2024-04-01"}, purchase_frequency="monthly")
        assert number(found, "orders_days") == 61
        assert number(found, "orders") == pytest.approx(1 + 61 / 30.4375)

    def test_never_is_no_orders_in_a_year(self) -> None:
        found = frame(purchase_frequency="never")
        assert (number(found, "orders"), number(found, "orders_days")) == (0, 365)

    def test_other_words_say_nothing(self) -> None:
        assert frequency_of("when the moon is full") is None
        assert basis(frame(purchase_frequency="when the moon is full")) == "none"


class TestMoneyAlone:
    def test_spend_is_divided_by_the_customers_own_order_value(self) -> None:
        found = frame({"spend_past_12_months": 400}, average_order_value=50)
        assert (number(found, "orders"), basis(found)) == (8, "estimated from spend")
        assert number(found, "orders_days") == 365

    def test_without_one_the_published_value_is_taken_and_more_money_means_more_orders(self) -> None:
        spends = [10, 35.2, 100, 1000]
        counts = [number(frame({"spend_past_12_months": spend}), "orders") for spend in spends]
        assert counts[:2] == [1, 1]
        assert counts[3] > counts[2] > 1
        assert counts[3] == pytest.approx((1000 / 35.2) ** 0.6)

    def test_a_new_customer_of_unknown_start_began_between_a_year_ago_and_the_last_order(self) -> None:
        history = {
            "spend_past_12_months": 60,
            "customer_since": "within the past 12 months",
            "days_since_last_purchase": 65,
        }
        found = frame(history)
        assert number(found, "orders_days") == pytest.approx((365 + 65) / 2)
        assert number(found, "first_order_day") <= number(found, "last_order_day")

    def test_no_money_is_no_orders(self) -> None:
        assert number(frame({"spend_past_12_months": 0}), "orders") == 0


class TestTenure:
    @pytest.mark.parametrize(
        ("text", "new"),
        [
            ("within the past 12 months", 1),
            ("more than 12 months ago", 0),
            ("2024-01-01", 1),
            ("2019-01-01", 0),
            ("3 years ago", 0),
        ],
    )
    def test_newness_from_dates_and_words(self, text: str, new: float) -> None:
        assert number(frame({"customer_since": text}), "is_new") == new

    def test_words_are_bounds_or_spans(self) -> None:
        assert tenure_of("less than a year") == ("less", 365.25)
        assert tenure_of("over 2 years") == ("more", 730.5)
        assert tenure_of("for 3 weeks") == ("about", 21)
        assert tenure_of("a while") is None

    def test_a_flag_wins(self) -> None:
        assert number(frame({"newbie": 1, "customer_since": "2019-01-01"}), "is_new") == 1

    def test_a_later_as_of_ages_what_was_said_relative_to_the_day(self) -> None:
        assert number(frame({"months_since_last_purchase": 2}), "last_order_day") == pytest.approx(TODAY - 60.875)


class TestValues:
    def test_days_are_read_where_they_can_mean_one_day_only(self) -> None:
        assert day_of("1970-01-02") == 1
        assert (
            day_of("15 March 2019") == day_of("March 15th, 2019") == day_of("2019/03/15") == day_of("2019-03-15T10:00Z")
        )
        for text in ("03/04/2019", "soon", "2019-13-01", "0001-01-01", "31 February 2020", ""):
            assert day_of(text) is None, text

    @pytest.mark.req("R12")
    def test_income_brackets(self) -> None:
        assert income_of("$100-150k") == (100_000, 150_000)
        assert income_of("Under 15K") == (0, 15_000)
        assert income_of("€75,000 to €99,999") == (75_000, 99_999)
        assert income_of("250K+") == (250_000, math.inf)
        assert income_of("middle") is None
        assert income_of("10% of GDP") is None
        assert middle_of((250_000, math.inf)) == 312_500


class TestBitIdentity:
    def test_a_random_world_reads_the_same_alone_and_together(self) -> None:
        dice = np.random.Generator(np.random.PCG64(7))
        records: list[dict[str, Any]] = []
        for k in range(200):
            listed = [
                order(int(dice.integers(0, 900)), float(dice.lognormal(3, 1)), items=int(dice.integers(1, 9)))
                for _ in range(int(dice.integers(0, 40)))
            ]
            records.append({"customer_id": str(k), "history": {"transactions": listed}})
        together = read_records(records, as_of=AS_OF).frame.values
        for k, record in enumerate(records):
            assert read_records([record], as_of=AS_OF).frame.values.tobytes() == together[k].tobytes()
            amounts = [row["amount"] for row in record["history"]["transactions"]]
            if amounts:
                assert together[k][POSITION["order_value_mean"]] == pytest.approx(np.mean(amounts), rel=1e-12)
