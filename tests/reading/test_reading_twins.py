"""Stored states come back as one frame, bit for bit; states of another reading are read again from the record."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from twincast.domain.channels import CHANNELS
from twincast.domain.ids import CustomerId, twin_id_of
from twincast.domain.preferences import PREFERENCES
from twincast.domain.twins import Twin
from twincast.reading.records import read_records
from twincast.reading.twins import READING, STATE, TwinFrame, frame_of

AS_OF = dt.date(2024, 6, 1)
RECORDS: list[dict[str, Any]] = [
    {
        "customer_id": "a",
        "profile": {"location": "Lyon, France"},
        "history": {"categories": ["Tea"]},
        "currency": "eur",
    },
    {"customer_id": "b", "behavioral_data": {"average_order_value": 20, "preferred_channels": ["sms"]}},
    {"customer_id": "c"},
]


def twins(as_of: dt.date = AS_OF) -> list[Twin]:
    """The records as stored twins."""
    batch = read_records(RECORDS, as_of=as_of)
    return [
        Twin(
            id=twin_id_of(CustomerId(customer)),
            customer_id=CustomerId(customer),
            version=1,
            record=batch.documents[row],
            as_of=as_of,
            digest=batch.digests[row],
            state=batch.frame.states()[row],
            reading=READING,
            zone=batch.frame.zones[row],
            currency=batch.frame.currencies[row],
            interests=batch.frame.interests[row],
            created_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC),
        )
        for row, customer in enumerate(batch.customer_ids)
    ]


def same(one: TwinFrame, other: TwinFrame) -> bool:
    """Whether two frames are equal to the last bit."""
    return one.values.tobytes() == other.values.tobytes() and (one.zones, one.currencies, one.interests) == (
        other.zones,
        other.currencies,
        other.interests,
    )


class TestFrameOf:
    def test_stored_states_come_back_bit_for_bit(self) -> None:
        assert same(frame_of(twins()), read_records(RECORDS, as_of=AS_OF).frame)

    def test_the_order_is_that_of_the_twins(self) -> None:
        assert same(frame_of(twins()[::-1]), read_records(RECORDS[::-1], as_of=AS_OF).frame)

    def test_another_readings_state_is_read_again_from_the_record(self) -> None:
        old = twins()
        old[1] = replace(old[1], reading="0", state=b"another layout", interests=("stale",))
        assert same(frame_of(old), read_records(RECORDS, as_of=AS_OF).frame)

    def test_records_of_several_days_are_each_read_on_their_own(self) -> None:
        earlier = dt.date(2023, 1, 1)
        old = [replace(twin, reading="0") for twin in (twins()[0], twins(earlier)[1])]
        days = frame_of(old).column("as_of_day")
        assert days.tolist() == [(AS_OF - dt.date(1970, 1, 1)).days, (earlier - dt.date(1970, 1, 1)).days]

    def test_no_twins_make_an_empty_frame(self) -> None:
        assert frame_of([]).values.shape == (0, len(STATE))


class TestFrame:
    def test_taking_rows_takes_all_that_belongs_to_them(self) -> None:
        frame = read_records(RECORDS, as_of=AS_OF).frame
        taken = frame.take([2, 0, 0])
        assert taken.zones == (None, "Europe/Paris", "Europe/Paris")
        assert taken.currencies == ("USD", "EUR", "EUR")
        assert taken.interests == ((), ("tea",), ("tea",))
        np.testing.assert_array_equal(taken.values, frame.values[[2, 0, 0]])

    def test_a_column_is_asked_for_by_name(self) -> None:
        frame = read_records(RECORDS, as_of=AS_OF).frame
        assert frame.column("order_value_mean")[1] == 20
        with pytest.raises(KeyError):
            frame.column("shoe_size")

    def test_every_channel_and_preference_has_its_columns(self) -> None:
        wanted = {f"channel_{name}" for name in CHANNELS}
        wanted |= {f"{kind}_{name}" for kind in ("pref", "prefsd") for name in PREFERENCES}
        assert wanted <= set(STATE)
        assert len(set(STATE)) == len(STATE)


class TestContacts:
    def read(self, **sections: Any) -> TwinFrame:
        batch = read_records([{"customer_id": "c", **sections}], as_of=AS_OF)
        assert batch.problems == []
        return batch.frame

    def test_channels_keep_their_order_and_dislikes(self) -> None:
        frame = self.read(
            behavioral_data={"preferred_channels": ["E-Mail", "app", "pigeon"], "dispreferred_channels": "sms"}
        )
        weights = {name: frame.column(f"channel_{name}")[0] for name in CHANNELS}
        assert (weights["email"], weights["mobile_app"], weights["web"], weights["sms"]) == (1.0, 0.6, -0.3, -1.0)

    def test_without_a_list_every_channel_is_unknown(self) -> None:
        frame = self.read(behavioral_data={"preferred_channels": ["pigeon"]})
        assert all(np.isnan(frame.column(f"channel_{name}")[0]) for name in CHANNELS)

    @pytest.mark.parametrize(
        ("section", "email", "sms"),
        [
            ({"consents": {"email": True, "sms": False}}, 1, 0),
            ({"consents": ["email"]}, 1, 0),
            ({"marketing_consent": "yes"}, 1, 1),
            ({"email_opt_in": True}, 1, np.nan),
            ({"marketing_consent": True, "unsubscribed": True}, 0, 1),
            ({"accepts_marketing": "false"}, 0, np.nan),
            ({}, np.nan, np.nan),
        ],
    )
    def test_consent_in_its_many_shapes(self, section: dict[str, Any], email: float, sms: float) -> None:
        frame = self.read(profile=section)
        found = [frame.column("consent_email")[0], frame.column("consent_sms")[0]]
        np.testing.assert_array_equal(found, [email, sms])

    def test_profiling_opt_out(self) -> None:
        assert self.read(profile={"profiling_opt_out": "true"}).column("profiling_opt_out")[0] == 1
        assert np.isnan(self.read().column("profiling_opt_out")[0])

    def test_rates_as_stated_in_percent_or_counted(self) -> None:
        assert self.read(engagement={"email_open_rate": 45}).column("open_rate")[0] == 0.45
        frame = self.read(engagement={"email": {"sent": 20, "opens": 5, "clicks": 1}})
        assert (frame.column("open_rate")[0], frame.column("click_rate")[0]) == (0.25, 0.05)

    def test_earlier_contacts(self) -> None:
        history = {
            "days_since_earlier_campaign_contact": 6,
            "earlier_campaign_outcome": "failure",
            "contacts_this_campaign": 2,
        }
        frame = self.read(history=history)
        assert frame.column("last_contact_day")[0] == frame.column("as_of_day")[0] - 6
        assert frame.column("earlier_response")[0] == 0
        assert frame.column("contacts_recent")[0] == 2
        assert np.isnan(self.read(history={"earlier_campaign_outcome": "nonexistent"}).column("earlier_response")[0])

    @pytest.mark.parametrize(
        ("record", "failure"),
        [
            ({"history": {"last_support_outcome": "unresolved"}}, 1),
            ({"history": {"last_support_outcome": "resolved"}}, 0),
            ({"history": {"open_complaint": True}}, 1),
            ({"context": "The last delivery failed."}, 1),
            ({"context": "A pleasant customer."}, np.nan),
        ],
    )
    def test_recent_failures(self, record: dict[str, Any], failure: float) -> None:
        np.testing.assert_array_equal(self.read(**record).column("recent_failure"), [failure])
