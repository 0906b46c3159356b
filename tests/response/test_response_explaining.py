"""Explanations: the parts add up to the number, and what was not different from the reference has no part."""

from math import log

import numpy as np
import pytest

from tests.engines.batches import NOW, TEXTS, bought, cells, message, nothing, random_cells, twins
from twincast.domain.fields import PROBABILITIES
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import Explanation
from twincast.reading.records import read_records
from twincast.response.cells import Cells, grid
from twincast.response.model import examine
from twincast.response.posteriors import shipped_model

GROUPS = {
    "base_rate",
    "customer",
    "history",
    "message",
    "match",
    "channel",
    "timing",
    "fatigue",
    "calibration",
    "horizon",
}


def explained(batch: Cells, days: int = 7) -> dict[str, tuple[Explanation | None, ...]]:
    return examine(
        batch,
        shipped_model(),
        PROBABILITIES,
        PROBABILITIES,
        shown=len(batch),
        scored="will_click",
        horizon_days=days,
        level=0.8,
    ).explanations


def one(batch: Cells, field: str = "will_purchase", days: int = 7) -> Explanation:
    found = explained(batch, days)[field][0]
    assert found is not None
    return found


def parts(found: Explanation) -> dict[str, float]:
    return {part.term: part.amount for part in found.contributions}


@pytest.mark.req("N16")
class TestSum:
    @pytest.mark.parametrize("days", [1, 7, 14, 90, 365])
    def test_the_parts_add_up_to_the_number(self, days: int) -> None:
        batch = random_cells(61, 250)
        looked = examine(
            batch,
            shipped_model(),
            PROBABILITIES,
            PROBABILITIES,
            shown=250,
            scored="will_click",
            horizon_days=days,
            level=0.8,
        )
        columns, reasons = looked.columns, looked.explanations
        counted = 0
        for field in PROBABILITIES:
            for cell, found in enumerate(reasons[field]):
                value = columns[field].value[cell]
                if found is None:
                    assert not value > 0.0, (field, cell)  # 0 by definition, or a head that the channel lacks
                    continue
                counted += 1
                total = found.base_logit + sum(part.amount for part in found.contributions)
                assert found.probability == value
                if value < 1.0 - 1e-9:
                    assert total == pytest.approx(log(value) - np.log1p(-value), abs=1e-9), (field, cell)
        assert counted > 600

    def test_groups_and_words_are_there_and_the_largest_part_comes_first(self) -> None:
        seen = set()
        for reasons in explained(random_cells(62, 120), 30).values():
            for found in filter(None, reasons):
                amounts = [abs(part.amount) for part in found.contributions]
                assert amounts == sorted(amounts, reverse=True)
                assert all(part.words and part.amount != 0.0 for part in found.contributions)
                seen |= {part.group for part in found.contributions}
        assert seen <= GROUPS
        assert {"message", "match", "timing", "history", "fatigue", "channel", "customer", "horizon"} <= seen

    def test_only_the_first_cells_are_taken_apart_when_so_asked(self) -> None:
        batch = random_cells(63, 20)
        whole = explained(batch)["will_purchase"]
        first = examine(
            batch, shipped_model(), [], ["will_purchase"], shown=3, scored="will_click", horizon_days=7, level=0.8
        ).explanations
        assert first["will_purchase"] == whole[:3]


class TestReference:
    def test_a_plain_message_to_an_unknown_customer_has_no_part_but_what_is_not_known(self) -> None:
        found = one(cells(twins({"is_new": 0.5}), [message("Hello")]), "will_click")
        assert parts(found) == {}
        assert found.probability == pytest.approx(found.base)

    def test_a_feature_at_its_reference_has_no_part(self) -> None:
        at_reference = {"satisfaction_mean": 4.0, "contacts_recent": 4.0, "return_rate": 0.15, "is_new": 0.5}
        found = one(cells(twins(at_reference), [message("Hello")]))
        assert set(parts(found)) <= {"contact"}

    def test_sending_nothing_has_no_part_of_a_message(self) -> None:
        found = one(cells(twins(bought(9.0, last=3.0, contacts_recent=20.0)), [nothing()]))
        assert {part.group for part in found.contributions} <= {"customer", "history", "channel"}
        assert "contact" not in parts(found)

    def test_the_base_is_the_reference_that_is_named(self) -> None:
        found = one(cells(twins({}), [nothing()]))
        assert found.base == pytest.approx(0.02, abs=2e-4)
        assert "2 % of weeks" in found.reference
        assert "nothing is sent" in found.reference
        assert "email" in one(cells(twins({}), [message("Hello")]), "will_click").reference


HISTORY = {"customer_since": "2021-01-01", "total_purchases": 10, "last_purchase_date": "2024-01-10"}
RECORD: dict[str, object] = {
    "customer_id": "c1",
    "profile": {"family_status": "single"},
    "behavioral_data": {"average_order_value": 80, "preferred_channels": ["sms"]},
    "history": HISTORY,
}
FAMILY = message("Something for the whole family: toys for your kids at 20% off.")


def predicted(*changes: dict[str, object], item: ReadIntervention = FAMILY) -> tuple[Explanation, Explanation]:
    """The explanation before and after a change of some sections of the record."""
    changed = {**RECORD, **{key: value for change in changes for key, value in change.items()}}
    batch = read_records([RECORD, changed], as_of=NOW.date())
    assert batch.problems == []
    found = explained(grid(batch.frame, [item], NOW))["will_purchase"]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


@pytest.mark.req("R2")
class TestWhoItIs:
    def differs(self, before: Explanation, after: Explanation) -> set[str]:
        one, other = parts(before), parts(after)
        assert before.probability != after.probability
        terms = {term for term in one.keys() | other.keys() if one.get(term, 0.0) != other.get(term, 0.0)}
        total = sum(other.get(term, 0.0) - one.get(term, 0.0) for term in terms)
        change = np.log(after.probability / (1 - after.probability)) - np.log(
            before.probability / (1 - before.probability)
        )
        assert total == pytest.approx(change, abs=1e-9)
        return terms

    def test_profile_alone_changes_the_number_and_is_named(self) -> None:
        terms = self.differs(*predicted({"profile": {"family_status": "Married, 3 children"}}))
        assert "taste_family" in terms

    def test_history_alone_changes_the_number_and_is_named(self) -> None:
        history = {**HISTORY, "last_purchase_date": "2024-05-30"}
        assert "process" in self.differs(*predicted({"history": history}))

    def test_traits_alone_change_the_number_and_are_named(self) -> None:
        terms = self.differs(*predicted({"psychographic_traits": ["price_sensitive", "loving_parent"]}))
        assert terms & {"taste_price", "taste_family"}

    def test_each_message_says_another_thing_to_the_same_person(self) -> None:
        batch = cells(twins(bought(9.0, pref_price=1.5)), [message(text) for text in TEXTS])
        assert len({found.probability for found in explained(batch)["will_click"] if found}) == len(TEXTS)
