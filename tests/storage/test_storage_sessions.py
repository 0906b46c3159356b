"""What the stores promise of sessions, checkpoints, branches and events: on memory and on SQLite."""

import pytest

from tests.storage.records import (
    NOON,
    SESSION,
    SHOP,
    a_branch,
    a_checkpoint,
    a_session,
    a_trial,
    an_event,
    twin_id,
)
from tests.storage.writes import fill, ids
from twincast.domain.errors import WriteConflict
from twincast.domain.events import Event, EventKind, Head, real_line
from twincast.domain.ids import BranchId, CheckpointId, SessionId
from twincast.domain.pages import Page
from twincast.domain.sessions import Phase
from twincast.ports.stores import Store


def head(branch: str, position: int) -> Head:
    return Head(branch=BranchId(branch), position=position)


def positions(page: Page[Event]) -> list[tuple[str, int]]:
    return [(event.branch, event.position) for event in page.items]


class TestSessions:
    def test_come_back_as_they_were(self, store: Store) -> None:
        bare = a_session("sess_2", cache_file=None, parent=None, checkpoint=None, ended_at=None, phase=Phase.ACTIVE)
        fill(store, lambda unit: unit.sessions.add(a_session()), lambda unit: unit.sessions.add(bare))
        with store.reading(SHOP) as unit:
            assert unit.sessions.get(SESSION) == a_session()
            assert unit.sessions.get(bare.id) == bare
            assert unit.sessions.get(SessionId("nothing")) is None

    def test_change_in_place(self, store: Store) -> None:
        other = a_session("sess_2")
        moved = a_session(phase=Phase.PAUSED, head=head("branch_1", 9), updated_at=NOON, ended_at=None)
        fill(store, lambda unit: unit.sessions.add(a_session()), lambda unit: unit.sessions.add(other))
        fill(store, lambda unit: unit.sessions.put(moved))
        with store.reading(SHOP) as unit:
            assert unit.sessions.get(SESSION) == moved
            assert unit.sessions.get(other.id) == other

    def test_are_paged_newest_first_by_phase_and_without_the_ephemeral(self, store: Store) -> None:
        phases = (Phase.ACTIVE, Phase.ENDED)
        begun = [a_session(f"s{at}", at, phase=phases[at % 2]) for at in range(6)]
        passing = [a_session(f"e{at}", at, ephemeral=True) for at in range(3)]
        fill(store, *(lambda unit, it=it: unit.sessions.add(it) for it in (*begun, *passing)))
        with store.reading(SHOP) as unit:
            first = unit.sessions.newest(None, 4)
            second = unit.sessions.newest(first.next_cursor, 4)
            ended = unit.sessions.newest(None, 2, Phase.ENDED)
            rest = unit.sessions.newest(ended.next_cursor, 2, Phase.ENDED)
            assert ids(unit.sessions.newest(None, 9, ephemeral=True)) == ["e2", "e1", "e0"]
        assert [ids(page) for page in (first, second)] == [["s5", "s4", "s3", "s2"], ["s1", "s0"]]
        assert [ids(page) for page in (ended, rest)] == [["s5", "s3"], ["s1"]]
        assert second.next_cursor is rest.next_cursor is None

    def test_know_their_children(self, store: Store) -> None:
        made = [a_session(f"s{at}", at, parent=None if at == 1 else SESSION) for at in range(4)]
        fill(store, *(lambda unit, it=it: unit.sessions.add(it) for it in made))
        with store.reading(SHOP) as unit:
            assert unit.sessions.children(SESSION, 9) == ["s0", "s2", "s3"]
            assert unit.sessions.children(SESSION, 2) == ["s0", "s2"]

    def test_hold_their_tests(self, store: Store) -> None:
        mine, other = SessionId("s1"), SessionId("s2")
        made = [
            a_trial("t1", "C1", 1, session=mine),
            a_trial("t2", "C1", 2, session=other),
            a_trial("t3", "C2", 3, session=mine),
            a_trial("t4", "C1", 4, session=mine),
        ]
        fill(store, *(lambda unit, it=it: unit.trials.add(it) for it in made))
        with store.reading(SHOP) as unit:
            first = unit.trials.newest(None, 2, session_id=mine)
            second = unit.trials.newest(first.next_cursor, 2, session_id=mine)
            assert ids(first) + ids(second) == ["t4", "t3", "t1"]
            assert ids(unit.trials.newest(None, 9, twin_id("C1"), mine)) == ["t4", "t1"]
            assert (unit.trials.count(mine), unit.trials.count(other)) == (3, 1)
        with store.writing(SHOP) as unit:
            assert unit.trials.erase_session(mine) == 3
            assert ids(unit.trials.newest(None, 9)) == ["t2"]


class TestCheckpoints:
    def test_are_found_by_name_by_version_and_by_id(self, store: Store) -> None:
        made = [
            a_checkpoint("a", 1, seconds=1),
            a_checkpoint("b", 1, seconds=2),
            a_checkpoint("a", 2, seconds=3, position=9),
            a_checkpoint("a", 3, seconds=4, session=SessionId("sess_2")),
        ]
        fill(store, *(lambda unit, it=it: unit.checkpoints.add(it) for it in made))
        with store.reading(SHOP) as unit:
            assert unit.checkpoints.named(SESSION, "a") == made[2]
            assert unit.checkpoints.named(SESSION, "a", 1) == made[0]
            assert unit.checkpoints.named(SESSION, "a", 3) is None
            assert unit.checkpoints.named(SESSION, "c") is None
            assert unit.checkpoints.get(made[1].id) == made[1]
            assert unit.checkpoints.get(CheckpointId("nothing")) is None
            first = unit.checkpoints.newest(SESSION, None, 2)
            second = unit.checkpoints.newest(SESSION, first.next_cursor, 2)
            assert [it.name for it in (*first.items, *second.items)] == ["a", "b", "a"]
            assert unit.checkpoints.count(SESSION) == 3

    def test_never_bear_one_name_and_version_twice(self, store: Store) -> None:
        fill(store, lambda unit: unit.checkpoints.add(a_checkpoint()))
        with store.writing(SHOP) as unit, pytest.raises(WriteConflict):
            unit.checkpoints.add(a_checkpoint(seconds=9))


class TestTheLog:
    """Branches: the session's own (1 to 6), `b` forked off it after 4, `c` forked off `b` after 6."""

    @pytest.fixture(autouse=True)
    def grown(self, store: Store) -> None:
        customers = ["C1", "C2", "C1", "C2", "C1", "C2"]
        root = [an_event(place, customer) for place, customer in enumerate(customers, 1)]
        b = [an_event(place, "C2", "b", kind=EventKind.REPLY) for place in (5, 6, 7)]
        c = [an_event(place, "C3", "c", kind=EventKind.NOTE) for place in (7, 8)]
        fill(
            store,
            lambda unit: unit.events.append(root),
            lambda unit: unit.events.fork(a_branch("b", SESSION, 4)),
            lambda unit: unit.events.append(b),
            lambda unit: unit.events.fork(a_branch("c", "b", 6, SessionId("sess_2"))),
            lambda unit: unit.events.append(c),
            lambda unit: unit.events.append([an_event(1, "C1", real_line(twin_id()).branch, simulated=False)]),
        )

    def test_gives_back_what_was_appended(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            assert unit.events.line(head(SESSION, 6), None, 1).items == (an_event(),)
            assert unit.events.branch(BranchId("b")) == a_branch("b", SESSION, 4)
            assert unit.events.branch(BranchId(SESSION)) is None

    def test_finds_the_latest_events_of_a_twin_on_a_line(self, store: Store) -> None:
        asked = [
            (head("b", 7), "C2", 9, [("b", 7), ("b", 6), ("b", 5), (SESSION, 4), (SESSION, 2)]),
            (head("b", 7), "C2", 4, [("b", 7), ("b", 6), ("b", 5), (SESSION, 4)]),
            (head("b", 7), "C2", 3, [("b", 7), ("b", 6), ("b", 5)]),
            (head("c", 8), "C1", 9, [(SESSION, 3), (SESSION, 1)]),
            (head(SESSION, 4), "C3", 9, []),
            (real_line(twin_id()), "C1", 9, [("real:twin_C1", 1)]),
        ]
        with store.reading(SHOP) as unit:
            for line, customer, limit, places in asked:
                found = unit.events.latest(line, limit, twin_id(customer))
                assert [(it.branch, it.position) for it in found] == places

    def test_finds_the_last_event_of_a_twin_on_a_line(self, store: Store) -> None:
        asked = [
            (head(SESSION, 6), "C1", (SESSION, 5)),
            (head(SESSION, 4), "C1", (SESSION, 3)),
            (head(SESSION, 0), "C1", None),
            (head("b", 7), "C1", (SESSION, 3)),
            (head("b", 7), "C2", ("b", 7)),
            (head("b", 4), "C2", (SESSION, 4)),
            (head("c", 8), "C2", ("b", 6)),
            (head("c", 8), "C1", (SESSION, 3)),
            (head("c", 7), "C3", ("c", 7)),
            (head("b", 7), "C3", None),
            (real_line(twin_id()), "C1", ("real:twin_C1", 1)),
            (real_line(twin_id()), "C2", None),
        ]
        with store.reading(SHOP) as unit:
            for at, customer, place in asked:
                found = unit.events.last(at, twin_id(customer))
                assert (None if found is None else (found.branch, found.position)) == place, (at, customer)

    def test_is_walked_oldest_first_over_its_forks(self, store: Store) -> None:
        whole = [(SESSION, 1), (SESSION, 2), (SESSION, 3), (SESSION, 4), ("b", 5), ("b", 6), ("c", 7), ("c", 8)]
        with store.reading(SHOP) as unit:
            assert positions(unit.events.line(head("c", 8), None, 99)) == whole
            assert positions(unit.events.line(head("c", 8), None, 99, twin_id("C2"))) == [
                (SESSION, 2), (SESSION, 4), ("b", 5), ("b", 6),
            ]  # fmt: skip
            seen, cursor = [], None
            for _ in range(3):
                page = unit.events.line(head("c", 8), cursor, 3)
                seen += positions(page)
                cursor = page.next_cursor
            assert seen == whole
            assert cursor is None
            assert positions(unit.events.line(head("b", 5), None, 99)) == whole[:5]

    def test_of_a_twin_are_found_on_every_branch(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            assert [(it.branch, it.position) for it in unit.events.everywhere(twin_id("C2"))] == [
                ("b", 5), ("b", 6), ("b", 7), (SESSION, 2), (SESSION, 4), (SESSION, 6),
            ]  # fmt: skip
            assert unit.events.everywhere(twin_id("nobody")) == []

    def test_counts_by_kind(self, store: Store) -> None:
        with store.reading(SHOP) as unit:
            kinds = {EventKind.EXPOSURE: 4, EventKind.REPLY: 2, EventKind.NOTE: 1}
            assert unit.events.kinds(head("c", 7)) == kinds
            assert unit.events.kinds(head("nothing", 9)) == {}

    def test_takes_no_place_twice(self, store: Store) -> None:
        for again in ([an_event(6, "C9")], [an_event(7), an_event(7)]):
            with store.writing(SHOP) as unit, pytest.raises(WriteConflict):
                unit.events.append(again)
        with store.writing(SHOP) as unit, pytest.raises(WriteConflict):
            unit.events.fork(a_branch("b", SESSION, 1))

    def test_forgets_a_twin_on_every_branch_and_leaves_the_others_in_place(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            assert unit.events.erase(twin_id("C2")) == 6
            unit.commit()
        with store.reading(SHOP) as unit:
            assert positions(unit.events.line(head("c", 8), None, 99)) == [
                (SESSION, 1),
                (SESSION, 3),
                ("c", 7),
                ("c", 8),
            ]
            assert unit.events.last(head("c", 8), twin_id("C2")) is None

    def test_forgets_a_session_with_its_branches(self, store: Store) -> None:
        with store.writing(SHOP) as unit:
            assert unit.events.erase_session(SessionId("sess_2")) == 2
            assert unit.events.erase_session(SESSION) == 9
            unit.commit()
        with store.reading(SHOP) as unit:
            assert unit.events.branch(BranchId("b")) is None
            assert positions(unit.events.line(head(SESSION, 9), None, 99)) == []
            assert unit.events.last(real_line(twin_id()), twin_id()) is not None
