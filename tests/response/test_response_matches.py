"""The match of message and customer: whose evening it is, what was bought, and which channel is used."""

from datetime import datetime

import numpy as np
import pytest

from tests.engines.batches import cells, message, nothing, twins
from twincast.domain.channels import CHANNELS
from twincast.reading.twins import TwinFrame
from twincast.response.encoding import Encoded, encode
from twincast.response.features import MATCH_NAMES
from twincast.response.matches import local_slot
from twincast.response.posteriors import shipped_model


def encoded(people: TwinFrame, *items: object) -> Encoded:
    return encode(cells(people, list(items)), shipped_model())  # type: ignore[arg-type]  # messages, as read


def feature(found: Encoded, name: str) -> list[float]:
    return [float(value) for value in found.matches.features[:, MATCH_NAMES.index(name)]]


class TestTiming:
    def test_a_moment_is_placed_where_each_customer_lives(self) -> None:
        """23:30 in London on a Friday: past midnight in Berlin, still the afternoon in Los Angeles."""
        people = twins({}, {}, {}, zones=["Europe/London", "Europe/Berlin", "America/Los_Angeles"])
        found = encoded(people, message(timing="2024-06-07T23:30:00+01:00"))
        assert feature(found, "night") == [1.0, 1.0, 0.0]
        assert feature(found, "afternoon") == [0.0, 0.0, 1.0]
        assert feature(found, "weekend") == [0.0, 0.0, 0.0]  # the night belongs to the evening before it

    def test_a_moment_without_zone_is_everybodys_own(self) -> None:
        people = twins({}, {}, zones=["Asia/Tokyo", "America/Los_Angeles"])
        found = encoded(people, message(timing="2024-06-08T19:00:00"))
        assert feature(found, "evening") == feature(found, "weekend") == [1.0, 1.0]

    def test_a_token_says_weekday_and_part_of_the_day(self) -> None:
        found = encoded(twins({}), message(timing="saturday_afternoon"), message(timing="friday_morning"))
        assert feature(found, "weekend") == feature(found, "afternoon") == [1.0, 0.0]

    def test_no_timing_is_the_reference(self) -> None:
        found = encoded(twins({}), message())
        assert not any(feature(found, name)[0] for name in ("weekend", "afternoon", "evening", "night"))

    def test_the_small_hours_belong_to_the_day_before(self) -> None:
        assert local_slot(datetime(2024, 6, 10, 2, 0), None) == (6, "night")  # noqa: DTZ001 -- local on purpose
        assert local_slot(datetime(2024, 6, 9, 23, 0), None) == (6, "night")  # noqa: DTZ001 -- local on purpose


class TestCategory:
    @pytest.mark.parametrize(
        ("bought", "about", "expected"),
        [
            (("coffee",), ("premium coffee",), 1.0),
            (("premium coffee",), ("Coffee",), 1.0),
            (("coffees",), ("coffee",), 1.0),
            (("books",), ("coffee",), -1.0),
            (("coffee", "books"), ("coffee", "tea"), 0.0),
            ((), ("coffee",), 0.0),
            (("coffee",), (), 0.0),
            (("tea set",), ("set menu",), -1.0),
        ],
    )
    def test_says_how_much_of_it_was_bought(
        self, bought: tuple[str, ...], about: tuple[str, ...], expected: float
    ) -> None:
        found = encoded(twins({}, interests=[bought]), message("Hello", products=about))
        assert feature(found, "category") == [expected]

    def test_is_that_of_each_cell_in_a_mixed_batch(self) -> None:
        people = twins({}, {}, {}, interests=[("coffee",), ("tea",), ("coffee",)])
        found = encoded(people, message("Hello", products=("coffee",)), message("Hello", products=("tea",)), nothing())
        assert feature(found, "category") == [1.0, -1.0, 0.0, -1.0, 1.0, 0.0, 1.0, -1.0, 0.0]


class TestChannel:
    def test_is_the_messages_own_else_the_twins_first_else_email(self) -> None:
        people = twins({"channel_sms": 1.0, "channel_email": 0.5}, {"channel_sms": -1.0}, {})
        found = encoded(people, message(channel="push"), message(channel=None))
        names = [CHANNELS[int(place)] for place in found.matches.channel]
        assert names == ["push", "sms", "push", "email", "push", "email"]

    def test_how_welcome_it_is_follows_the_channel_used(self) -> None:
        found = encoded(twins({"channel_sms": 1.0, "channel_email": -0.5}), message(), message(channel="sms"))
        assert feature(found, "channel") == [-0.5, 1.0]


class TestNoContact:
    def test_has_no_match_at_all(self) -> None:
        people = twins({"pref_price": 2.0, "recent_failure": 1.0, "channel_email": 1.0}, interests=[("coffee",)])
        assert not encoded(people, nothing(timing="saturday_night")).matches.features.any()
        assert np.count_nonzero(encoded(people, message(timing="saturday_night")).matches.features) >= 3
