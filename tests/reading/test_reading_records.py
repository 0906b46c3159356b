"""Customer records read: known fields, limits, refusals by row, documents, digests, and the same bits in any batch."""

import datetime as dt
import gzip
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twincast.reading.records import RecordBatch, read_records, records_of_columns
from twincast.reading.states import STATE

AS_OF = dt.date(2024, 6, 1)

DOCUMENT: dict[str, Any] = {
    "customer_id": "cust_12345",
    "profile": {
        "age": 45,
        "location": "Seattle, WA",
        "income_bracket": "$100-150k",
        "family_status": "Married, 2 children",
    },
    "behavioral_data": {
        "purchase_frequency": "monthly",
        "average_order_value": 250,
        "lifetime_value": 12000,
        "preferred_channels": ["email", "mobile_app"],
        "browsing_patterns": "researches thoroughly before purchase",
    },
    "history": {
        "customer_since": "2019-03-15",
        "total_purchases": 48,
        "returns": 2,
        "support_interactions": 5,
        "satisfaction_scores": [4, 5, 3, 5, 4],
    },
    "psychographic_traits": ["quality_focused", "brand_loyal", "time_constrained"],
    "context": "Premium customer, early adopter, influences others in network",
}


def read(*records: Any, **options: Any) -> RecordBatch:
    """Read records as of the tests' day."""
    return read_records(records, as_of=AS_OF, **options)


def one(section: str, key: str, value: Any) -> dict[str, Any]:
    """A record with one field."""
    return {"customer_id": "c", section: {key: value}} if section else {"customer_id": "c", key: value}


def problems_of(record: Any) -> list[str]:
    """The fields that a record alone is refused for."""
    return [problem.field for problem in read(record).problems]


class TestDocument:
    def test_the_documents_customer_is_read_in_full(self) -> None:
        batch = read(DOCUMENT)
        assert batch.problems == []
        assert batch.customer_ids == ["cust_12345"]
        known = {
            "age": 45, "income_mid": 125_000, "orders": 48, "order_value_mean": 250, "lifetime_value": 12_000,
            "support_interactions": 5, "satisfaction_mean": 4.2, "satisfaction_last": 4, "satisfaction_n": 5,
            "return_rate": 2 / 48, "channel_email": 1.0, "channel_mobile_app": 0.6, "channel_sms": -0.3,
        }  # fmt: skip
        for name, value in known.items():
            assert batch.frame.column(name)[0] == pytest.approx(value), name
        assert batch.frame.zones == ("America/Los_Angeles",)

    def test_null_and_empty_sections_mean_unknown(self) -> None:
        empty = {
            "customer_id": "c",
            "profile": None,
            "behavioral_data": {},
            "history": {"returns": None},
            "context": "",
        }
        alone = {"customer_id": "c"}
        np.testing.assert_array_equal(read(empty).frame.values, read(alone).frame.values)

    def test_nothing_is_thrown_away(self) -> None:
        record = {"customer_id": "c", "history": {"shoe_size": 43, "deep": {"er": [1, {"a": None}]}}, "own": "é"}
        assert json.loads(read(record).documents[0]) == record


class TestCanonicalDocument:
    def test_the_order_of_keys_changes_neither_document_nor_numbers(self) -> None:
        turned = {key: DOCUMENT[key] for key in reversed(DOCUMENT)}
        one_way, other_way = read(DOCUMENT), read(turned)
        assert one_way.documents == other_way.documents
        assert one_way.digests == other_way.digests
        np.testing.assert_array_equal(one_way.frame.values, other_way.frame.values)

    def test_it_is_sorted_compact_and_keeps_letters_as_they_are(self) -> None:
        assert read({"customer_id": "ü", "b": 1, "a": 1.5}).documents == ['{"a":1.5,"b":1,"customer_id":"ü"}']

    def test_reading_it_again_gives_the_same_bits(self) -> None:
        stamps = {
            "customer_id": "c",
            "history": {
                "customer_since": dt.date(2020, 1, 2),
                "transactions": [{"date": dt.datetime(2023, 5, 1, 9, tzinfo=dt.UTC), "amount": np.float64(9.5)}],
                "total_purchases": np.int64(3),
                "price": Decimal("2.5"),
            },
            "psychographic_traits": ("frugal",),
        }
        first = read(stamps)
        assert first.problems == []
        again = read(json.loads(first.documents[0]))
        assert again.documents == first.documents
        np.testing.assert_array_equal(first.frame.values, again.frame.values)
        assert first.frame.column("orders")[0] == 3

    def test_a_stated_day_counts_towards_the_digest(self) -> None:
        plain, stated = read(DOCUMENT), read(DOCUMENT, as_of_stated=True)
        assert plain.digests != stated.digests
        later = read_records([DOCUMENT], as_of=AS_OF + dt.timedelta(days=1))
        assert later.digests == plain.digests

    def test_numbers_beyond_64_bits_are_kept(self) -> None:
        assert str(2**80) in read({"customer_id": "c", "odd": 2**80}).documents[0]


class TestRefusals:
    @pytest.mark.parametrize("value", [None, "", "   ", 5, ["x"], "x" * 201, "a\nb", "a\x00", True])
    def test_an_unusable_customer_id_is_named(self, value: Any) -> None:
        assert "customer_id" in problems_of({"customer_id": value})

    def test_a_missing_customer_id_is_named(self) -> None:
        assert problems_of({"profile": {}}) == ["customer_id"]

    @pytest.mark.parametrize("age", [-1, 200, math.nan, math.inf, True, [45]])
    def test_an_impossible_age_is_refused(self, age: Any) -> None:
        assert problems_of(one("profile", "age", age)) == ["profile.age"]

    @pytest.mark.parametrize(
        ("section", "key", "value"),
        [
            ("behavioral_data", "average_order_value", -1),
            ("behavioral_data", "average_order_value", math.nan),
            ("behavioral_data", "average_order_value", "a lot"),
            ("behavioral_data", "lifetime_value", math.inf),
            ("behavioral_data", "lifetime_value", -0.01),
            ("behavioral_data", "purchase_frequency", -2),
            ("behavioral_data", "purchase_frequency", ["monthly"]),
            ("behavioral_data", "preferred_channels", 5),
            ("behavioral_data", "browsing_patterns", 5),
            ("history", "total_purchases", -1),
            ("history", "total_purchases", 1.5),
            ("history", "total_purchases", True),
            ("history", "returns", "two"),
            ("history", "support_interactions", {}),
            ("history", "customer_since", "2024-06-02"),
            ("history", "last_purchase_date", "2031-01-01"),
            ("history", "days_since_last_purchase", -1),
            ("history", "transactions", "many"),
            ("behavioral_data", "discount_share", 250),
            ("profile", "location", 3.5),
            ("profile", "family_status", 2),
            ("", "psychographic_traits", 7),
            ("", "context", {"a": 1}),
            ("", "profile", "tall"),
            ("", "history", [1]),
            ("", "unheard_of", math.nan),
        ],
    )
    def test_what_contradicts_itself_names_its_field(self, section: str, key: str, value: Any) -> None:
        path = f"{section}.{key}" if section else key
        assert problems_of(one(section, key, value)) == [path]

    def test_satisfaction_outside_one_to_five_is_refused_by_place(self) -> None:
        assert problems_of(one("history", "satisfaction_scores", [4, 6, None, 0.5])) == [
            "history.satisfaction_scores[1]",
            "history.satisfaction_scores[3]",
        ]

    def test_the_future_begins_after_as_of(self) -> None:
        assert problems_of(one("history", "customer_since", "2024-06-01")) == []
        orders = [{"date": "2024-06-01", "amount": 1}, {"date": "2024-06-03", "amount": 1}]
        assert problems_of(one("history", "transactions", orders)) == ["history.transactions[1]"]

    @pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 20_001])
    @pytest.mark.parametrize("path", ["context", "profile.location", "own.list[0]", "history.transactions[0].note"])
    def test_text_that_no_store_could_hold_is_refused_wherever_it_stands(self, path: str, text: str) -> None:
        record: dict[str, Any] = {
            "context": {"customer_id": "c", "context": text},
            "profile.location": one("profile", "location", text),
            "own.list[0]": {"customer_id": "c", "own": {"list": [text]}},
            "history.transactions[0].note": one("history", "transactions", [{"date": "2024-01-01", "note": text}]),
        }[path]
        assert problems_of(record) == [path]

    def test_an_escaped_backslash_is_no_nul(self) -> None:
        assert problems_of({"customer_id": "c", "context": "C:\\u0000 is a folder"}) == []

    def test_depth_and_number_of_attributes_are_bounded(self) -> None:
        deep: Any = 1
        for _ in range(60):
            deep = {"a": deep}
        wide = {f"k{k}": k for k in range(501)}
        listed: Any = 1
        for _ in range(60):
            listed = [listed]
        assert len(problems_of({"customer_id": "c", "own": deep})) == 1
        assert len(problems_of({"customer_id": "c", "own": listed})) == 1
        assert len(problems_of({"customer_id": "c", "history": wide})) == 1
        assert problems_of({"customer_id": "c", "history": {f"k{k}": k for k in range(400)}}) == []

    @pytest.mark.parametrize("depth", [60, 900, 30_000])
    def test_hostile_depth_with_hostile_text_is_refused_and_nothing_worse(self, depth: int) -> None:
        deep: Any = "\ud800\x00"
        for k in range(depth):
            deep = [deep] if k % 2 else {"a": deep}
        assert problems_of({"customer_id": "c", "own": deep})

    def test_a_bad_row_is_named_and_the_others_stay_usable(self) -> None:
        batch = read(DOCUMENT, one("history", "returns", -1), "no record", DOCUMENT)
        assert [(problem.row, problem.field) for problem in batch.problems] == [(1, "history.returns"), (2, "")]
        assert batch.valid.tolist() == [True, False, False, True]
        assert np.isnan(batch.frame.values[1, 1:]).all()
        np.testing.assert_array_equal(batch.frame.values[0], batch.frame.values[3])

    def test_messages_say_what_is_allowed(self) -> None:
        (problem,) = read(one("history", "returns", -1)).problems
        assert "-1" in problem.message
        assert problem.allowed == "a whole number of at least 0"


class TestUntidiness:
    @pytest.mark.parametrize(
        ("section", "key", "value"),
        [
            ("history", "customer_since", "more than 12 months ago"),
            ("history", "customer_since", "0001-01-01"),
            ("profile", "age", "65+"),
            ("profile", "income_bracket", "middle"),
            ("profile", "location", "Suburban"),
            ("behavioral_data", "purchase_frequency", "when the moon is full"),
            ("behavioral_data", "preferred_channels", ["pigeon"]),
            ("history", "returns", "unknown"),
            ("history", "total_purchases", ""),
            ("history", "satisfaction_scores", []),
            ("", "psychographic_traits", None),
        ],
    )
    def test_what_can_not_be_read_is_kept_as_text(self, section: str, key: str, value: Any) -> None:
        record = one(section, key, value)
        batch = read(record)
        assert batch.problems == []
        assert json.loads(batch.documents[0]) == record

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["bank", "completejourney", "hillstrom"])
    def test_every_payload_of_the_data_sets_is_accepted_verbatim(self, data_dir: Path, name: str) -> None:
        with gzip.open(data_dir / name / "customers.jsonl.gz") as lines:
            records = [json.loads(line)["customer"] for line in lines]
        batch = read_records(records, as_of=dt.date(2017, 9, 3))
        assert batch.problems == []
        assert batch.valid.all()
        assert json.loads(batch.documents[-1]) == records[-1]

    def test_spellings_of_one_field_are_read_alike_and_the_usual_one_wins(self) -> None:
        for key in ("totalOrders", "Total Orders", "order-count", "orders"):
            assert read(one("history", key, 7)).frame.column("orders")[0] == 7, key
        both = {"customer_id": "c", "history": {"order_count": 3, "total_purchases": 7}}
        assert read(both).frame.column("orders")[0] == 7

    def test_an_age_under_another_heading_is_not_the_customers(self) -> None:
        assert math.isnan(read(one("pet", "age", 3)).frame.column("age")[0])

    def test_text_numbers_of_a_csv_file_are_numbers(self) -> None:
        record = {"customer_id": "c", "average_order_value": "$1,250.50", "email_open_rate": "45 %"}
        frame = read(record).frame
        assert frame.column("order_value_mean")[0] == 1250.5
        assert frame.column("open_rate")[0] == 0.45


class TestTables:
    def test_columns_with_dotted_names_are_the_same_as_records(self) -> None:
        table: dict[str, list[object]] = {
            "customer_id": [7, 8],
            "history.total_purchases": [3.0, math.nan],
            "behavioral_data.preferred_channels": [["email"], None],
        }
        records = [
            {
                "customer_id": "7",
                "history": {"total_purchases": 3.0},
                "behavioral_data": {"preferred_channels": ["email"]},
            },
            {"customer_id": "8"},
        ]
        assert records_of_columns(table) == records
        by_table, by_record = read_records(table, as_of=AS_OF), read(*records)
        assert by_table.digests == by_record.digests
        np.testing.assert_array_equal(by_table.frame.values, by_record.frame.values)

    def test_columns_of_different_lengths_are_refused(self) -> None:
        with pytest.raises(ValueError, match="different lengths"):
            read_records({"customer_id": ["a", "b"], "context": ["x"]}, as_of=AS_OF)

    def test_no_rows_make_an_empty_frame(self) -> None:
        assert len(read_records([], as_of=AS_OF).frame) == 0
        assert read_records([], as_of=AS_OF).frame.values.shape == (0, len(STATE))
