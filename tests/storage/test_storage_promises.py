"""What every store promises of its units and workspaces: on memory, an SQLite file and SQLite in memory."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from tests.storage.optimizations import an_optimization
from tests.storage.records import (
    OTHER,
    SHOP,
    a_comparison,
    a_reply,
    a_tombstone,
    a_trial,
    a_twin,
    an_entry,
    an_outcome,
    twin_id,
)
from tests.storage.writes import ADDS, NOTHING, ONE_OF_EACH, WRITES, contents, fill, fill_one_of_each, ids
from twincast.domain.errors import WriteConflict
from twincast.ports.stores import Store, UnitOfWork

AGAIN = {"audit.append", "policies.put", "segments.put", "tombstones.add"}
"""Writes that may be made twice."""


class TestAUnit:
    def test_that_is_committed_is_seen_by_the_next(self, store: Store) -> None:
        fill_one_of_each(store)
        with store.reading(SHOP) as unit:
            assert contents(unit) == ONE_OF_EACH

    def test_that_is_not_committed_leaves_nothing(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            for name in ADDS:
                WRITES[name](unit)
        with store.reading(SHOP) as unit:
            assert contents(unit) == NOTHING

    def test_that_fails_leaves_nothing_and_lets_the_next_one_in(self, store: Store) -> None:
        def fail(unit: UnitOfWork) -> None:
            unit.twins.add([a_twin()])
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fill(store, fail)
        fill(store, lambda unit: unit.trials.add(a_trial()))
        with store.reading(SHOP) as unit:
            assert contents(unit) == (0, 1, *NOTHING[2:])

    def test_sees_its_own_changes_before_they_are_committed(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            for name in ADDS:
                WRITES[name](unit)
            assert contents(unit) == ONE_OF_EACH
            assert unit.twins.get(twin_id()) == a_twin()
            assert ids(unit.trials.newest(None, 5, twin_id())) == ["test_1"]

    def test_sees_its_own_erasures_before_they_are_committed(self, store: Store) -> None:
        fill_one_of_each(store)
        with store.writing(SHOP) as unit:
            for name in set(WRITES) - set(ADDS):
                assert WRITES[name](unit) == 1
                assert WRITES[name](unit) == 0
            assert contents(unit) == (0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, *ONE_OF_EACH[13:])
        with store.reading(SHOP) as unit:
            assert contents(unit) == ONE_OF_EACH

    def test_may_add_again_what_it_erased(self, store: Store) -> None:
        fill_one_of_each(store)
        with store.writing(SHOP) as unit:
            for name in set(WRITES) - set(ADDS):
                WRITES[name](unit)
            unit.twins.add([a_twin(currency="CHF")])
            unit.trials.add(a_trial(seconds=60))
            unit.comparisons.add(a_comparison(seconds=60))
            unit.optimizations.add(an_optimization(seconds=60))
            unit.outcomes.add([an_outcome()])
            unit.replies.add(a_reply(subjects=()))
            for name in ("sessions.add", "checkpoints.add", "events.append", "events.fork", "answers.add"):
                WRITES[name](unit)
            assert contents(unit) == ONE_OF_EACH
            unit.commit()
        with store.reading(SHOP) as unit:
            assert contents(unit) == ONE_OF_EACH
            assert unit.twins.get(twin_id()) == a_twin(currency="CHF")
            assert unit.trials.newest(None, 5, twin_id()).items == (a_trial(seconds=60),)

    @pytest.mark.parametrize("name", WRITES)
    def test_that_only_reads_refuses_to_write(self, store: Store, name: str) -> None:
        with store.reading(SHOP) as unit, pytest.raises(RuntimeError, match="only reads"):
            WRITES[name](unit)
        with store.reading(SHOP) as unit, pytest.raises(RuntimeError, match="only reads"):
            unit.commit()

    def test_is_over_after_its_commit(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            unit.commit()
            with pytest.raises(RuntimeError, match="over"):
                unit.twins.add([a_twin()])
            with pytest.raises(RuntimeError, match="over"):
                unit.twins.get(twin_id())

    @pytest.mark.parametrize("kind", ["reading", "writing"])
    def test_is_over_when_it_is_left(self, store: Store, kind: str) -> None:
        with getattr(store, kind)(SHOP) as unit:
            pass
        with pytest.raises(RuntimeError, match="over"):
            unit.twins.count()

    def test_can_not_be_opened_inside_a_writing_one(self, store: Store) -> None:
        with store.writing(SHOP), pytest.raises(RuntimeError, match="inside another"), store.writing(SHOP):
            pass

    @pytest.mark.parametrize(
        "name",
        sorted(
            set(ADDS)
            - {"answers.add", "audit.append", "policies.put", "segments.put", "tombstones.add", "usage.put_budget"}
        ),
    )
    def test_with_a_refused_write_can_not_be_committed(self, store: Store, name: str) -> None:
        fill(store, WRITES[name])
        with store.writing(SHOP) as unit:
            unit.tombstones.add(a_tombstone())
            with pytest.raises(WriteConflict, match="stored already"):
                WRITES[name](unit)
            with pytest.raises(RuntimeError, match="over"):
                unit.commit()
        with store.reading(SHOP) as unit:
            assert unit.tombstones.all() == []


class TestReaders:
    # SQLite in memory is one connection: there units wait for each other.
    @pytest.mark.parametrize("store", ["memory", "sqlite-file"], indirect=True)
    def test_see_one_state_while_others_write(self, store: Store) -> None:
        fill_one_of_each(store)
        with store.reading(SHOP) as reader:
            before = contents(reader)
            fill(store, WRITES["twins.erase"], lambda unit: unit.trials.add(a_trial("test_2")))
            fill(store, lambda unit: unit.twins.add([a_twin("C2"), a_twin("C3")]))
            assert contents(reader) == before
            assert reader.twins.get(twin_id()) == a_twin()
            assert ids(reader.twins.newest(None, 9)) == ["twin_C1"]
        with store.reading(SHOP) as reader:
            assert contents(reader) == (2, 2, *ONE_OF_EACH[2:])
            assert ids(reader.twins.newest(None, 9)) == ["twin_C2", "twin_C3"]


class TestThreads:
    def test_write_at_once_and_lose_nothing(self, store: Store) -> None:
        def write(number: int) -> None:
            with store.writing(SHOP) as unit:
                version = max((twin.version for twin in unit.twins.versions(twin_id())), default=0) + 1
                unit.twins.add([a_twin(version=version)])
                unit.trials.add(a_trial(f"test_{number}"))
                unit.audit.append(an_entry())
                unit.commit()

        def read(_: int) -> bool:
            with store.reading(SHOP) as unit:
                versions = len(unit.twins.versions(twin_id()))
                return versions == len(unit.audit.newest(None, 99).items) == len(unit.trials.newest(None, 99).items)

        with ThreadPoolExecutor(8) as pool:
            writes = [pool.submit(write, number) for number in range(40)]
            assert all(pool.map(read, range(40)))
            for done in writes:
                done.result()
        with store.reading(SHOP) as unit:
            assert [twin.version for twin in unit.twins.versions(twin_id())] == list(range(1, 41))

    def test_may_hand_a_unit_to_one_another(self, store: Store) -> None:
        block: AbstractContextManager[UnitOfWork] = store.writing(SHOP)
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two:
            unit = one.submit(block.__enter__).result()
            two.submit(unit.twins.add, [a_twin()]).result()
            one.submit(unit.commit).result()
            two.submit(block.__exit__, None, None, None).result()
        with store.reading(SHOP) as unit:
            assert unit.twins.count() == 1


class TestWorkspaces:
    def test_never_see_each_other(self, store: Store) -> None:
        fill_one_of_each(store)
        with store.reading(OTHER) as unit:
            assert contents(unit) == NOTHING
            assert unit.twins.get(twin_id()) is None
            assert unit.twins.get(twin_id(), 1) is None
            assert unit.twins.get_many([twin_id()]) == [None]
            assert unit.twins.versions(twin_id()) == []
            assert unit.twins.newest(None, 5).items == ()
            assert unit.trials.get(a_trial().id) is None
            assert unit.trials.newest(None, 5, twin_id()).items == ()
            assert unit.comparisons.get(a_comparison().id) is None
            assert unit.audit.newest(None, 5, "twin").items == ()

    def test_never_erase_from_each_other(self, store: Store) -> None:
        fill_one_of_each(store)
        with store.writing(OTHER) as unit:
            assert [WRITES[name](unit) for name in WRITES if name.endswith("erase")] == [0] * 11
            unit.commit()
        with store.reading(SHOP) as unit:
            assert contents(unit) == ONE_OF_EACH

    def test_may_use_the_same_ids(self, store: Store) -> None:
        fill_one_of_each(store)
        fill(store, *(WRITES[name] for name in ADDS), workspace=OTHER)
        fill(store, lambda unit: unit.twins.add([a_twin(version=2)]), workspace=OTHER)
        fill(store, *(WRITES[name] for name in WRITES if name.endswith("erase")), workspace=OTHER)
        with store.reading(SHOP) as unit:
            assert contents(unit) == ONE_OF_EACH
            assert unit.twins.get(twin_id()) == a_twin()

    def test_count_the_versions_of_their_own_twins(self, store: Store) -> None:
        fill(store, lambda unit: unit.twins.add([a_twin(version=5)]))
        fill(store, lambda unit: unit.twins.add([a_twin(version=1)]), workspace=OTHER)
        with store.reading(OTHER) as unit:
            assert unit.twins.get(twin_id()) == a_twin(version=1)

    def test_erase_replies_by_their_own_subjects(self, store: Store) -> None:
        fill(store, lambda unit: unit.replies.add(a_reply(subjects=("twin_C1",))))
        fill(store, lambda unit: unit.replies.add(a_reply(subjects=("twin_C2",))), workspace=OTHER)
        with store.writing(SHOP) as unit:
            assert unit.replies.erase("twin_C2") == 0


class TestTheStore:
    def test_has_a_salt_that_stays(self, store: Store) -> None:
        assert store.salt() == store.salt()
        assert len(store.salt()) == 32

    def test_is_of_the_right_schema(self, store: Store) -> None:
        store.check()
