"""The catalogue of known fields: one meaning for each spelling, and protected attributes that move no number."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from twincast.reading.fields import FIELDS, KNOWN_FIELDS, PROTECTED, field_at, plain_word
from twincast.reading.records import read_records
from twincast.reading.states import COLUMNS, POSITION, STATE

AS_OF = dt.date(2024, 6, 1)
CUSTOMER: dict[str, Any] = {
    "customer_id": "c",
    "profile": {"age": 45, "family_status": "Married, 2 children", "location": "Lyon, France"},
    "history": {"customer_since": "2019-03-15", "total_purchases": 48},
    "psychographic_traits": ["quality_focused"],
}


class TestCatalogue:
    def test_every_spelling_means_one_field(self) -> None:
        spellings = [spelling for known in KNOWN_FIELDS for spelling in (known.name, *known.aliases)]
        assert len(spellings) == len(set(spellings))
        assert all(spelling == ".".join(plain_word(part) for part in spelling.split(".")) for spelling in spellings)

    def test_every_field_says_what_it_means_and_feeds(self) -> None:
        fed = {*COLUMNS, "digital_twin_id", "zone", "currency", "interests"}
        for known in KNOWN_FIELDS:
            assert known.meaning.endswith((".", "attribute."))
            for target in known.feeds:
                assert target in fed or any(name.startswith(target.rstrip("*")) for name in COLUMNS), (
                    known.name,
                    target,
                )

    def test_a_field_is_found_in_its_usual_place(self) -> None:
        for known in KNOWN_FIELDS:
            found = field_at(known.section, known.name)
            assert found is not None
            assert found[0] is known

    @pytest.mark.slow
    def test_protected_attributes_move_no_number(self) -> None:
        plain = read_records([CUSTOMER], as_of=AS_OF).frame.values
        others = {"gender": "female", "religion": "none", "ethnicity": "x", "name": "Ann", "marital_status": "single"}
        changed = {
            **CUSTOMER,
            "profile": {**CUSTOMER["profile"], **others, "age": 70, "family_status": "Divorced, 2 children"},
        }
        moved = read_records([changed], as_of=AS_OF).frame.values != plain
        names = {STATE[k] for k in np.flatnonzero((moved & ~np.isnan(plain))[0])}
        assert names == {"age"}
        assert set(others) <= PROTECTED
        assert not any(name in PROTECTED for name in FIELDS if name != "age")

    def test_positions_follow_the_state(self) -> None:
        assert [POSITION[name] for name in STATE] == list(range(len(STATE)))
