"""What the repositories of outcomes and of model versions promise: on memory, an SQLite file and SQLite in memory."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.storage.records import NOON, OTHER, SENT, SHOP, a_model, a_silence, a_twin, an_outcome, twin_id
from tests.storage.writes import fill, ids
from twincast.domain.errors import UnknownModel, WriteConflict
from twincast.domain.ids import OutcomeId
from twincast.domain.outcomes import KINDS
from twincast.ports.outcomes import NEVER
from twincast.ports.stores import Store
from twincast.storage.instants import micros_of
from twincast.storage.sql.store import open_store


class TestOutcomes:
    def test_come_back_as_they_were(self, store: Store) -> None:
        given = [
            an_outcome(),
            a_silence(),
            an_outcome("event_2", kind="open", amount=None, items=None, by_machine=True),
        ]
        fill(store, lambda unit: unit.outcomes.add(given))
        with store.reading(SHOP) as unit:
            asked = [OutcomeId(name) for name in ("event_2", "nowhere", "event_1", "event_0")]
            assert unit.outcomes.get_many(asked) == [given[2], None, given[0], given[1]]
        with store.reading(OTHER) as unit:
            assert unit.outcomes.get_many(asked) == [None] * 4

    def test_are_listed_as_they_came_in_and_those_of_a_twin_as_they_happened(self, store: Store) -> None:
        early = an_outcome("early", seconds=-50, received_at=NOON + timedelta(days=1))
        fill(store, lambda unit: unit.outcomes.add([an_outcome(), early, an_outcome("b", "C2", seconds=9)]))
        with store.reading(SHOP) as unit:
            first = unit.outcomes.newest(None, 2)
            assert ids(first) == ["early", "b"]
            assert ids(unit.outcomes.newest(first.next_cursor, 2)) == ["event_1"]
            first = unit.outcomes.newest(None, 1, twin_id())
            assert ids(first) == ["event_1"]
            assert ids(unit.outcomes.newest(first.next_cursor, 1, twin_id())) == ["early"]

    def test_are_arrays_in_the_order_of_twins_and_time(self, store: Store) -> None:
        other = replace(SENT, id="B")
        fill(store, lambda unit: unit.outcomes.add([an_outcome("late", "C2", intervention=other), an_outcome()]))
        fill(store, lambda unit: unit.outcomes.add([a_silence("z", "C2", seconds=99)]))
        with store.reading(SHOP) as unit:
            found = unit.outcomes.columns()
        assert [found.twins[at] for at in found.twin] == [twin_id("C1"), twin_id("C2"), twin_id("C2")]
        assert [found.interventions[at].id if at >= 0 else None for at in found.intervention] == ["A", None, "B"]
        assert [KINDS[at] for at in found.kind] == ["purchase"] * 3
        np.testing.assert_array_equal(found.value, [1.0, 0.0, 1.0])
        np.testing.assert_array_equal(found.amount, [0.1 + 0.2, np.nan, 0.1 + 0.2])
        np.testing.assert_array_equal(found.propensity, [1 / 3, np.nan, 1 / 3])
        np.testing.assert_array_equal(found.randomised, [True, False, True])
        assert found.sent_at[0] == micros_of(NOON - timedelta(days=20))
        assert (found.occurred_at == NEVER).tolist() == [False, True, False]
        assert (found.observed_until == NEVER).tolist() == [False, True, False]

    def test_of_an_empty_workspace_are_empty_arrays(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            found = unit.outcomes.columns()
            assert (len(found), found.twins, found.interventions) == (0, (), ())
            assert (found.twin.dtype.kind, found.sent_at.dtype.name, unit.outcomes.count()) == ("i", "int64", 0)

    def test_are_counted_from_a_moment_on(self, store: Store) -> None:
        fill(store, lambda unit: unit.outcomes.add([an_outcome(), an_outcome("b", seconds=5)]))
        with store.reading(SHOP) as unit:
            assert (unit.outcomes.count(), unit.outcomes.count(NOON)) == (2, 1)

    def test_are_not_written_over(self, store: Store) -> None:
        fill(store, lambda unit: unit.outcomes.add([an_outcome()]))
        with store.writing(SHOP) as unit, pytest.raises(WriteConflict):
            unit.outcomes.add([an_outcome("fresh"), an_outcome(value=0.0)])
        with store.reading(SHOP) as unit:
            assert ids(unit.outcomes.newest(None, 9)) == ["event_1"]

    def test_that_are_erased_take_what_only_that_person_was_sent_with_them(self, database: Path) -> None:
        store = open_store(str(database))
        personal = replace(SENT, content="Dear Ann Example")
        fill(store, lambda unit: unit.outcomes.add([an_outcome(), an_outcome("p", intervention=personal)]))
        fill(store, lambda unit: unit.outcomes.add([an_outcome("c2", "C2")]))
        fill(store, lambda unit: unit.outcomes.erase(twin_id()))
        with store.reading(SHOP) as unit:
            assert unit.outcomes.newest(None, 9).items == (an_outcome("c2", "C2"),)
        store.close()
        assert b"Ann Example" not in b"".join(path.read_bytes() for path in database.parent.glob("shop.db*"))


class TestTwins:
    def test_tell_their_histories_in_order(self, store: Store) -> None:
        fill(store, lambda unit: unit.twins.add([a_twin("C2"), a_twin(version=2), a_twin(version=1), a_twin("C3")]))
        with store.reading(SHOP) as unit:
            found = unit.twins.histories([twin_id("C2"), twin_id(), twin_id("C9"), twin_id()])
            there = unit.twins.known([twin_id("C2"), twin_id("C9"), twin_id("C2")])
        assert [(twin.customer_id, twin.version) for twin in found] == [("C1", 1), ("C1", 2), ("C2", 1)]
        assert there == {twin_id("C2")}


class TestModels:
    def test_answer_one_at_a_time_and_are_all_kept(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            assert (unit.models.current_digest(), unit.models.current(), unit.models.all()) == (None, None, [])
        fill(store, lambda unit: unit.models.add(a_model(1), b"one"), lambda unit: unit.models.add(a_model(2), b"two"))
        with store.reading(SHOP) as unit:
            assert unit.models.current() == a_model(2)
            assert unit.models.current_digest() == a_model(2).digest
            assert unit.models.all() == [a_model(1), a_model(2)]
            assert [unit.models.blob(a_model(number).digest) for number in (1, 2)] == [b"one", b"two"]
        with store.reading(OTHER) as unit:
            assert unit.models.current_digest() is None
            with pytest.raises(UnknownModel):
                unit.models.blob(a_model(1).digest)

    @pytest.mark.parametrize(("version", "current"), [(1, a_model(1)), (0, None)])
    def test_can_be_selected_again(self, store: Store, version: int, current: object) -> None:
        fill(store, lambda unit: unit.models.add(a_model(1), b"one"), lambda unit: unit.models.add(a_model(2), b"two"))
        fill(store, lambda unit: unit.models.select(version))
        with store.reading(SHOP) as unit:
            assert unit.models.current() == current
            assert len(unit.models.all()) == 2

    def test_that_are_not_there_can_not_be_selected(self, store: Store) -> None:
        fill(store, lambda unit: unit.models.add(a_model(1), b"one"))
        with store.writing(SHOP) as unit, pytest.raises(UnknownModel, match="'7'"):
            unit.models.select(7)
