"""What every repository promises: on memory, an SQLite file and SQLite in memory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.storage.backtests import a_backtest
from tests.storage.experiments import a_plan, a_readout
from tests.storage.extractions import a_row, an_extraction
from tests.storage.optimizations import an_optimization
from tests.storage.records import (
    NOON,
    OTHER,
    SHOP,
    a_comparison,
    a_key,
    a_policy,
    a_reply,
    a_tombstone,
    a_trial,
    a_twin,
    an_entry,
    twin_id,
)
from tests.storage.segments import a_segment
from tests.storage.writes import fill, fill_one_of_each, ids, note
from twincast.domain.errors import InvalidInput, WriteConflict
from twincast.domain.ids import ExtractionId, KeyId, SessionId, WorkspaceId
from twincast.ports.stores import Store, UnitOfWork


class TestTwins:
    def test_come_back_as_they_were(self, store: Store) -> None:
        bare = a_twin("C2", zone=None, interests=(), state=b"", record="{}")
        fill(store, lambda unit: unit.twins.add([a_twin(), bare]))
        with store.reading(SHOP) as unit:
            assert unit.twins.get(twin_id()) == a_twin()
            assert unit.twins.get(bare.id) == bare
            assert unit.twins.get(twin_id("C3")) is None

    def test_are_found_by_their_newest_version_or_any(self, store: Store) -> None:
        versions = [a_twin(version=number, digest=str(number)) for number in (1, 2, 3)]
        fill(store, lambda unit: unit.twins.add(versions[:2]))
        fill(store, lambda unit: unit.twins.add(versions[2:]))
        with store.reading(SHOP) as unit:
            assert unit.twins.get(twin_id()) == versions[2]
            assert [unit.twins.get(twin_id(), number) for number in (1, 2, 3, 4)] == [*versions, None]
            assert [unit.twins.has(twin_id(), number) for number in (1, 2, 3, 4)] == [True, True, True, False]
            assert unit.twins.versions(twin_id()) == versions
            assert unit.twins.get_many([twin_id()]) == [versions[2]]
            assert unit.twins.newest(None, 5).items == (versions[2],)
            assert unit.twins.count() == 1

    def test_keep_their_newest_when_an_older_version_comes_late(self, store: Store) -> None:
        fill(store, lambda unit: unit.twins.add([a_twin(version=3), a_twin(version=1)]))
        fill(store, lambda unit: unit.twins.add([a_twin(version=2)]))
        with store.reading(SHOP) as unit:
            assert unit.twins.get(twin_id()) == a_twin(version=3)
            assert [twin.version for twin in unit.twins.versions(twin_id())] == [1, 2, 3]
            assert unit.twins.count() == 1

    @pytest.mark.parametrize("version", [1, 2])
    def test_are_not_written_over(self, store: Store, version: int) -> None:
        fill(store, lambda unit: unit.twins.add([a_twin(version=1), a_twin(version=2)]))
        with store.writing(SHOP) as unit, pytest.raises(WriteConflict, match=f"Version {version} .*'twin_C1'"):
            unit.twins.add([a_twin("C0"), a_twin(version=version, currency="CHF")])
        with store.writing(SHOP) as unit, pytest.raises(WriteConflict, match="'twin_C9'"):
            unit.twins.add([a_twin("C9"), a_twin("C9")])
        with store.reading(SHOP) as unit:
            assert unit.twins.count() == 1
            assert unit.twins.versions(twin_id()) == [a_twin(version=1), a_twin(version=2)]

    def test_of_many_come_in_the_order_asked_and_none_where_there_is_none(self, store: Store) -> None:
        many = [a_twin(f"C{number:04}") for number in range(5203)]
        fill(store, lambda unit: unit.twins.add(many))
        asked = [twin.id for twin in reversed(many)]
        asked[5:5] = [twin_id("nobody"), asked[0], twin_id("' OR 1=1 --")]
        with store.reading(SHOP) as unit:
            found = unit.twins.get_many(asked)
            assert unit.twins.get_many([]) == []
        assert [None if twin is None else twin.id for twin in found] == [
            None if index in {5, 7} else twin_id for index, twin_id in enumerate(asked)
        ]

    def test_are_paged_by_id_however_many_versions_they_have(self, store: Store) -> None:
        names = ["C10", "C2", "C1", "c1", "Ü", "C-1", "C3"]
        fill(store, lambda unit: unit.twins.add([a_twin(name, 1) for name in names]))
        fill(store, lambda unit: unit.twins.add([a_twin("C2", 2), a_twin("C2", 3)]))
        seen, cursor = [], None
        with store.reading(SHOP) as unit:
            for _ in range(4):
                page = unit.twins.newest(cursor, 2)
                seen += [(twin.id, twin.version) for twin in page.items]
                cursor = page.next_cursor
        assert cursor is None
        assert seen == [(twin_id(name), 3 if name == "C2" else 1) for name in sorted(names, key=twin_id)]

    def test_that_are_erased_are_gone_in_every_version(self, store: Store) -> None:
        fill(store, lambda unit: unit.twins.add([a_twin(version=1), a_twin(version=2), a_twin("C2")]))
        with store.writing(SHOP) as unit:
            assert unit.twins.erase(twin_id()) == 2
            assert unit.twins.erase(twin_id("nobody")) == 0
            unit.commit()
        with store.reading(SHOP) as unit:
            assert unit.twins.versions(twin_id()) == []
            assert unit.twins.count() == 1
            assert ids(unit.twins.newest(None, 5)) == [twin_id("C2")]


DOCUMENTS: dict[str, Callable[..., Any]] = {
    "trials": a_trial,
    "comparisons": a_comparison,
    "optimizations": an_optimization,
}


def add_document(unit: UnitOfWork, kind: str, name: str, customer: str, seconds: int) -> None:
    """Add a trial, a comparison or an optimisation."""
    made = DOCUMENTS[kind](name, customer, seconds)
    getattr(unit, kind).add(made)


@pytest.mark.parametrize("kind", list(DOCUMENTS))
class TestTrialsAndComparisons:
    def test_come_back_as_they_were(self, store: Store, kind: str) -> None:
        fill_one_of_each(store)
        stored: Any = DOCUMENTS[kind]()
        with store.reading(SHOP) as unit:
            found = getattr(unit, kind).get(stored.id)
            assert found == stored
            assert repr(found) == repr(stored).replace("datetime.UTC", "datetime.timezone.utc")
            assert getattr(unit, kind).get("nothing") is None

    def test_are_paged_newest_first_while_others_come(self, store: Store, kind: str) -> None:
        made = [("t1", "C1", 1), ("t4", "C1", 4), ("t2", "C2", 2), ("t3a", "C1", 3), ("t3b", "C2", 3)]
        fill(store, *(lambda unit, it=it: add_document(unit, kind, *it) for it in made))
        with store.reading(SHOP) as unit:
            first = getattr(unit, kind).newest(None, 2)
        fill(store, lambda unit: add_document(unit, kind, "t5", "C1", 5))
        with store.reading(SHOP) as unit:
            second = getattr(unit, kind).newest(first.next_cursor, 2)
            third = getattr(unit, kind).newest(second.next_cursor, 2)
        assert [ids(page) for page in (first, second, third)] == [["t4", "t3b"], ["t3a", "t2"], ["t1"]]
        assert third.next_cursor is None

    def test_of_one_twin_are_paged_alone(self, store: Store, kind: str) -> None:
        made = [(f"t{number}", f"C{number % 3}", number) for number in range(10)]
        fill(store, *(lambda unit, it=it: add_document(unit, kind, *it) for it in made))
        with store.reading(SHOP) as unit:
            first = getattr(unit, kind).newest(None, 2, twin_id("C0"))
            second = getattr(unit, kind).newest(first.next_cursor, 2, twin_id("C0"))
            assert getattr(unit, kind).newest(None, 2, twin_id("nobody")).items == ()
        assert ids(first) + ids(second) == ["t9", "t6", "t3", "t0"]
        assert second.next_cursor is None

    def test_go_with_their_twin(self, store: Store, kind: str) -> None:
        made = [("t1", "C1", 1), ("t2", "C2", 2), ("t3", "C1", 3)]
        fill(store, *(lambda unit, it=it: add_document(unit, kind, *it) for it in made))
        with store.writing(SHOP) as unit:
            assert getattr(unit, kind).erase(twin_id()) == 2
            unit.commit()
        with store.reading(SHOP) as unit:
            assert ids(getattr(unit, kind).newest(None, 9)) == ["t2"]
            assert getattr(unit, kind).get("t1") is None


DATED: dict[str, Callable[..., Any]] = {"backtests": a_backtest, "experiments": a_plan, "readouts": a_readout}


@pytest.mark.parametrize("kind", DATED)
class TestDatedDocuments:
    def test_come_back_as_they_were(self, store: Store, kind: str) -> None:
        made = DATED[kind]()
        fill(store, lambda unit: getattr(unit, kind).add(made))
        with store.reading(SHOP) as unit:
            assert getattr(unit, kind).get(made.id) == made
            assert getattr(unit, kind).get("nothing") is None
        with store.reading(WorkspaceId("other")) as unit:
            assert getattr(unit, kind).get(made.id) is None

    def test_are_paged_newest_first(self, store: Store, kind: str) -> None:
        fill(store, *(lambda unit, n=n: getattr(unit, kind).add(DATED[kind](f"b{n}", n)) for n in (1, 3, 2)))
        with store.reading(SHOP) as unit:
            first = getattr(unit, kind).newest(None, 2)
            second = getattr(unit, kind).newest(first.next_cursor, 2)
        assert [ids(first), ids(second)] == [["b3", "b2"], ["b1"]]
        assert second.next_cursor is None


class TestCursors:
    GARBAGE = ("", "x", "é", "W10", "W10=", "\ud800", "../..", "' OR 1=1", "bnVsbA", "A" * 5000, "WyJ0d2lucyIsWzFdXQ")

    @pytest.mark.parametrize("name", ["twins", "trials", "comparisons", *DATED, "audit"])
    def test_that_are_garbage_are_refused_by_name(self, store: Store, name: str) -> None:
        for cursor in self.GARBAGE:
            with store.reading(SHOP) as unit, pytest.raises(InvalidInput) as refusal:
                getattr(unit, name).newest(cursor, 5)
            assert [problem.field for problem in refusal.value.problems] == ["cursor"], cursor

    def test_of_another_list_are_refused(self, store: Store) -> None:
        fill(store, lambda unit: unit.trials.add(a_trial("t1")), lambda unit: unit.trials.add(a_trial("t2")))
        with store.reading(SHOP) as unit:
            cursor = unit.trials.newest(None, 1).next_cursor
            with pytest.raises(InvalidInput, match="cursor"):
                unit.comparisons.newest(cursor, 1)


class TestTheAuditLog:
    def test_numbers_its_entries_and_gives_the_newest_first(self, store: Store) -> None:
        for number in range(3):
            note(store, an_entry(subject=str(number), seconds=-number))
        with store.reading(SHOP) as unit:
            first = unit.audit.newest(None, 2)
            second = unit.audit.newest(first.next_cursor, 2)
        entries = [*first.items, *second.items]
        assert [(entry.sequence, entry.subject) for entry in entries] == [(3, "2"), (2, "1"), (1, "0")]
        assert (entries[0].at, entries[0].actor) == (NOON - timedelta(seconds=2), "key_1")
        assert entries[0].details == {"version": 2, "reading": "r1"}
        assert second.next_cursor is None

    # PostgreSQL lets writers of several workspaces count at once: a number that was not used is not given again.
    @pytest.mark.parametrize("store", ["memory", "sqlite-file", "sqlite-memory"], indirect=True)
    def test_counts_no_number_for_what_was_not_committed(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            unit.audit.append(an_entry())
        fill(store, lambda unit: unit.audit.append(an_entry()))
        with store.reading(SHOP) as unit:
            assert [entry.sequence for entry in unit.audit.newest(None, 5).items] == [1]

    def test_is_filtered_by_verb_noun_and_time(self, store: Store) -> None:
        actions = ["twin.created", "twin.erased", "twins.listed", "test.run", "twin", "twin%"]
        for number, action in enumerate(actions):
            note(store, an_entry(action, seconds=number))
        with store.reading(SHOP) as unit:

            def found(action: str | None, seconds: int | None = None) -> list[str]:
                since = None if seconds is None else NOON + timedelta(seconds=seconds)
                return [entry.action for entry in unit.audit.newest(None, 9, action, since).items]

            assert found("twin") == ["twin", "twin.erased", "twin.created"]
            assert found("twin.erased") == ["twin.erased"]
            assert found("twin.") == found("%") == found("twi") == []
            assert found(None, 3) == ["twin%", "twin", "test.run"]
            assert found("twin", 1) == ["twin", "twin.erased"]

    def test_pages_through_what_the_filter_leaves(self, store: Store) -> None:
        def write(unit: UnitOfWork) -> None:
            for number in range(600):
                unit.audit.append(an_entry("test.run" if number % 200 else "twin.created", str(number)))

        fill(store, write)
        seen: list[str] = []
        cursor, pages = None, 0
        with store.reading(SHOP) as unit:
            while pages == 0 or cursor is not None:
                page = unit.audit.newest(cursor, 2, "twin")
                seen, cursor, pages = [*seen, *(entry.subject for entry in page.items)], page.next_cursor, pages + 1
        assert (seen, pages) == (["400", "200", "0"], 2)

    def test_has_no_way_to_change_or_erase(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            assert {name for name in dir(unit.audit) if not name.startswith("_")} == {"append", "newest"}


class TestKeptReplies:
    def test_come_back_byte_for_byte(self, store: Store) -> None:
        fill(store, lambda unit: unit.replies.add(a_reply(subjects=("b", "a", "b"))))
        with store.reading(SHOP) as unit:
            assert unit.replies.get("POST /tests", "k1") == a_reply(subjects=("b", "a", "b"))
            assert unit.replies.get("POST /tests", "k2") is None
            assert unit.replies.get("POST /twins", "k1") is None

    def test_are_kept_once_for_a_key_and_place(self, store: Store) -> None:
        fill(store, lambda unit: unit.replies.add(a_reply()))
        fill(store, lambda unit: unit.replies.add(a_reply(scope="POST /twins")))
        with store.writing(SHOP) as unit, pytest.raises(WriteConflict):
            unit.replies.add(a_reply())

    def test_go_with_any_subject_they_speak_of(self, store: Store) -> None:
        def write(unit: UnitOfWork) -> None:
            unit.replies.add(a_reply("k1", subjects=("twin_C1", "twin_C2")))
            unit.replies.add(a_reply("k2", subjects=("twin_C2",)))
            unit.replies.add(a_reply("k3", subjects=("twin_C3",)))
            unit.replies.add(a_reply("k4", subjects=()))

        fill(store, write)
        with store.writing(SHOP) as unit:
            assert unit.replies.erase("twin_C2") == 2
            assert unit.replies.erase("twin_C1") == 0
            unit.commit()
        with store.reading(SHOP) as unit:
            kept = [unit.replies.get("POST /tests", f"k{number}") is not None for number in (1, 2, 3, 4)]
        assert kept == [False, False, True, True]


class TestPolicies:
    def test_there_is_one_and_the_last_one_holds(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            assert unit.policies.current() is None
        fill(store, lambda unit: unit.policies.put(a_policy(2)))
        fill(store, lambda unit: unit.policies.put(a_policy(3)))
        with store.reading(SHOP) as unit:
            assert unit.policies.current() == a_policy(3)
        with store.reading(OTHER) as unit:
            assert unit.policies.current() is None


NAME = ExtractionId("extract_1")


class TestExtractions:
    def test_come_back_with_their_rows_page_by_page(self, store: Store) -> None:
        rows = [a_row(name) for name in ("C1", "C2", "C1")]
        fill(store, lambda unit: unit.extractions.add(an_extraction(), rows))
        with store.reading(SHOP) as unit:
            assert unit.extractions.get(NAME) == an_extraction()
            first = unit.extractions.rows(NAME, None, 2)
            assert first.items == tuple(rows[:2])
            rest = unit.extractions.rows(NAME, first.next_cursor, 2)
            assert (rest.items, rest.next_cursor) == ((rows[2],), None)
            assert unit.extractions.of_twin(twin_id()) == [("extract_1", rows[0]), ("extract_1", rows[2])]

    def test_lose_a_customer_and_what_her_rows_went_into(self, store: Store) -> None:
        fill(store, lambda unit: unit.extractions.add(an_extraction(), [a_row("C1"), a_row("C2")]))
        fill(store, lambda unit: unit.extractions.add(an_extraction("extract_2"), [a_row("C2")]))
        fill(store, lambda unit: unit.extractions.erase(twin_id()))
        with store.reading(SHOP) as unit:
            assert unit.extractions.get(NAME) == an_extraction(statistics=None, erased=1)
            assert unit.extractions.rows(NAME, None, 9).items == (a_row("C2"),)
            assert unit.extractions.get(ExtractionId("extract_2")) == an_extraction("extract_2")

    def test_are_of_a_session_and_go_with_it(self, store: Store) -> None:
        other = an_extraction("extract_2", session_id=SessionId("sess_2"))
        fill(store, *(lambda unit, it=it: unit.extractions.add(it, [a_row()]) for it in (an_extraction(), other)))
        with store.writing(SHOP) as unit:
            assert unit.extractions.newest(None, 9, SessionId("sess_2")).items == (other,)
            page = unit.extractions.newest(None, 1)
            assert len(unit.extractions.newest(page.next_cursor, 9).items) == 1
            assert unit.extractions.erase_session(SessionId("sess_2")) == 1
            assert unit.extractions.newest(None, 9).items == (an_extraction(),)
            assert len(unit.extractions.of_twin(twin_id())) == 1


class TestSegments:
    def test_stand_under_their_names_and_the_last_rules_hold(self, store: Store) -> None:
        changed = a_segment("gold", some=())
        fill(store, *(lambda unit, it=it: unit.segments.put(it) for it in (a_segment("z"), a_segment("gold"), changed)))
        with store.reading(SHOP) as unit:
            assert unit.segments.all() == [changed, a_segment("z")]
            assert unit.segments.get("gold") == changed
            assert unit.segments.get("GOLD") is None
        with store.reading(OTHER) as unit:
            assert (unit.segments.all(), unit.segments.get("gold")) == ([], None)
        with store.writing(SHOP) as unit:
            assert [unit.segments.remove("gold"), unit.segments.remove("gold")] == [True, False]
            assert [it.name for it in unit.segments.all()] == ["z"]


class TestTombstones:
    def test_are_told_oldest_first(self, store: Store) -> None:
        made = [a_tombstone("b", 2), a_tombstone("a", 1), a_tombstone("c", 2)]
        with store.writing(SHOP) as unit:
            for tombstone in made:
                unit.tombstones.add(tombstone)
            unit.commit()
        with store.reading(SHOP) as unit:
            assert unit.tombstones.all() == [a_tombstone("a", 1), a_tombstone("b", 2), a_tombstone("c", 2)]


class TestKeys:
    def test_are_found_by_the_hash_of_their_secret(self, store: Store) -> None:
        store.keys.add(a_key())
        assert store.keys.by_hash("11") == a_key()
        assert store.keys.by_hash("12") is None

    def test_are_told_oldest_first(self, store: Store) -> None:
        for key in (a_key("k2", "2", 2), a_key("k1", "1", 1), a_key("k0", "0", 2)):
            store.keys.add(key)
        assert [key.id for key in store.keys.all()] == ["k1", "k0", "k2"]

    @pytest.mark.parametrize("again", [a_key("key_1", "22"), a_key("key_2", "11")])
    def test_are_stored_once(self, store: Store, again: Any) -> None:
        store.keys.add(a_key())
        with pytest.raises(WriteConflict):
            store.keys.add(again)
        assert store.keys.all() == [a_key()]

    def test_that_are_revoked_keep_the_time_of_the_first_revocation(self, store: Store) -> None:
        store.keys.add(a_key())
        assert store.keys.revoke(KeyId("key_1"), NOON)
        assert store.keys.revoke(KeyId("key_1"), NOON + timedelta(days=1))
        assert not store.keys.revoke(KeyId("key_2"), NOON)
        found = store.keys.by_hash("11")
        assert found is not None
        assert found.revoked_at == NOON
