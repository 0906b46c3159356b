"""What every store promises of batches: all of it comes back, part by part, and an erased customer leaves it."""

import numpy as np
import pytest

from tests.storage.batches import a_batch, columns, members, some_results
from tests.storage.records import OTHER, SHOP, a_twin, an_event, twin_id
from tests.storage.writes import fill, ids
from twincast.domain.errors import WriteConflict
from twincast.domain.ids import BatchId, SessionId
from twincast.ports.stores import Store

BATCH = BatchId("batch_1")


@pytest.fixture
def kept(store: Store) -> Store:
    """A store with one batch of three customers, both parts of it computed, and added up."""
    fill(
        store,
        lambda unit: unit.batches.add(a_batch(), members("C1", "C2", "C3")),
        lambda unit: unit.batches.add_part(BATCH, 0, columns(2)),
        lambda unit: unit.batches.add_part(BATCH, 1, columns(1, 9.0)),
        lambda unit: unit.batches.put_results(BATCH, some_results()),
    )
    return store


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        array.dtype == other[name].dtype and array.tobytes() == other[name].tobytes() for name, array in one.items()
    )


class TestABatch:
    def test_comes_back_with_everything_in_it(self, kept: Store) -> None:
        with kept.reading(SHOP) as unit:
            assert unit.batches.get(BATCH) == a_batch()
            assert unit.batches.members(BATCH, 0, 9) == members("C1", "C2", "C3")
            assert unit.batches.members(BATCH, 1, 2) == members("C1", "C2", "C3")[1:2]
            assert unit.batches.parts(BATCH) == [0, 1]
            assert same(dict(unit.batches.part(BATCH, 0) or {}), columns(2))
            assert unit.batches.results(BATCH) == some_results()
            assert unit.batches.part(BATCH, 2) is None
            assert unit.batches.get(BatchId("batch_2")) is None

    def test_is_nobody_elses(self, kept: Store) -> None:
        with kept.reading(OTHER) as unit:
            assert unit.batches.get(BATCH) is None
            assert unit.batches.members(BATCH, 0, 9) == []
            assert unit.batches.part(BATCH, 0) is None
            assert unit.batches.newest(None, 9).items == ()

    def test_is_stored_once(self, kept: Store) -> None:
        with pytest.raises(WriteConflict):
            fill(kept, lambda unit: unit.batches.add(a_batch(), []))
        with pytest.raises(WriteConflict):
            fill(kept, lambda unit: unit.batches.add_part(BATCH, 1, columns(1)))

    def test_is_paged_newest_first_and_by_session(self, kept: Store) -> None:
        other = SessionId("sess_2")
        fill(
            kept,
            lambda unit: unit.batches.add(a_batch("batch_2", 5, other), []),
            lambda unit: unit.batches.add(a_batch("batch_3", 3), []),
        )
        with kept.reading(SHOP) as unit:
            first = unit.batches.newest(None, 2)
            assert ids(first) == ["batch_2", "batch_3"]
            assert ids(unit.batches.newest(first.next_cursor, 2)) == ["batch_1"]
            assert ids(unit.batches.newest(None, 9, other)) == ["batch_2"]

    def test_goes_with_all_that_belongs_to_it(self, kept: Store) -> None:
        fill(kept, lambda unit: unit.batches.delete(BATCH))
        with kept.reading(SHOP) as unit:
            assert unit.batches.get(BATCH) is None
            assert unit.batches.members(BATCH, 0, 9) == []
            assert unit.batches.parts(BATCH) == []
            assert unit.batches.of_twin(twin_id("C1")) == []

    def test_goes_with_its_session(self, kept: Store) -> None:
        fill(kept, lambda unit: unit.batches.add(a_batch("batch_2", 5, SessionId("sess_2")), []))
        with kept.writing(SHOP) as unit:
            assert unit.batches.erase_session(SessionId("sess_1")) == 1
            unit.commit()
        with kept.reading(SHOP) as unit:
            assert ids(unit.batches.newest(None, 9)) == ["batch_2"]


class TestAnErasedCustomer:
    def test_leaves_nothing_but_a_gap(self, kept: Store) -> None:
        with kept.writing(SHOP) as unit:
            assert unit.batches.of_twin(twin_id("C2")) == [(BATCH, members("C1", "C2", "C3")[1])]
            assert unit.batches.erase(twin_id("C2")) == 1
            assert unit.batches.erase(twin_id("C2")) == 0
            unit.commit()
        with kept.reading(SHOP) as unit:
            assert [it.position for it in unit.batches.members(BATCH, 0, 9)] == [0, 2]
            left = unit.batches.part(BATCH, 0) or {}
            assert np.isnan(left["will_engage.value"][2:]).all()
            assert left["currency"].tolist() == ["EUR", "CHF", "", ""]
            assert left["will_engage.value"][:2].tolist() == columns(2)["will_engage.value"][:2].tolist()
            assert same(dict(unit.batches.part(BATCH, 1) or {}), columns(1, 9.0))
            assert unit.batches.results(BATCH) is None


class TestManyTwins:
    def test_their_newest_versions_are_told_at_once(self, store: Store) -> None:
        fill(store, lambda unit: unit.twins.add([a_twin("C1"), a_twin("C1", 2), a_twin("C2")]))
        with store.reading(SHOP) as unit:
            asked = [twin_id(name) for name in ("C1", "C2", "C9")]
            assert unit.twins.heads(asked) == {twin_id("C1"): 2, twin_id("C2"): 1}

    def test_those_to_whom_something_happened_are_told_at_once(self, store: Store) -> None:
        fill(store, lambda unit: unit.events.append([an_event()]))
        with store.reading(SHOP) as unit:
            assert unit.events.touched([twin_id("C1"), twin_id("C2")]) == {twin_id("C1")}
        with store.reading(OTHER) as unit:
            assert unit.events.touched([twin_id("C1")]) == set()
