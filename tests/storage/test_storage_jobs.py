"""What the stores promise of jobs, of their parts and of the board."""

from dataclasses import replace
from datetime import timedelta

from tests.storage.jobs import PROBLEM, a_job, open_job
from tests.storage.records import NOON, OTHER, SHOP
from tests.storage.writes import fill, ids
from twincast.domain.ids import JobId
from twincast.domain.jobs import Part, Status
from twincast.ports.stores import Store


class TestJobs:
    def test_come_back_as_they_were_and_change_in_place(self, store: Store) -> None:
        bare = open_job("job_2", told=False)
        fill(store, lambda unit: unit.jobs.add(a_job()), lambda unit: unit.jobs.add(bare))
        with store.reading(SHOP) as unit:
            assert [unit.jobs.get(it.id) for it in (a_job(), bare)] == [a_job(), bare]
            assert unit.jobs.get(JobId("nothing")) is None
        moved = replace(bare, status=Status.RUNNING, done=1, revision=2**40 + 1, started_at=NOON)
        fill(store, lambda unit: unit.jobs.put(moved))
        with store.writing(SHOP) as unit:
            assert [unit.jobs.hold(it.id) for it in (a_job(), bare)] == [a_job(), moved]

    def test_are_paged_newest_first_and_by_status(self, store: Store) -> None:
        made = [a_job(f"j{at}", at, status=(Status.FAILED, Status.SUCCEEDED)[at % 2]) for at in range(5)]
        fill(store, *(lambda unit, it=it: unit.jobs.add(it) for it in made))
        with store.reading(SHOP) as unit:
            first = unit.jobs.newest(None, 3)
            assert ids(first) + ids(unit.jobs.newest(first.next_cursor, 3)) == ["j4", "j3", "j2", "j1", "j0"]
            assert ids(unit.jobs.newest(None, 9, Status.SUCCEEDED)) == ["j3", "j1"]

    def test_are_found_by_what_they_work_on(self, store: Store) -> None:
        made = [a_job("j1", 1), a_job("j2", 2), a_job("j3", 3, kind="other"), a_job("j4", 4, subject="batch_2")]
        fill(store, *(lambda unit, it=it: unit.jobs.add(it) for it in made))
        with store.reading(SHOP) as unit:
            assert unit.jobs.of("count", "batch_1") == made[1]
            assert unit.jobs.of("count", "batch_3") is None
        with store.reading(OTHER) as unit:
            assert unit.jobs.of("count", "batch_1") is None


class TestParts:
    def test_are_settled_once_and_forgotten_only_where_they_failed(self, store: Store) -> None:
        job = a_job()
        parts = [Part(number=2), Part(number=0, problem=PROBLEM), Part(number=10)]
        fill(store, lambda unit: unit.jobs.add(job), lambda unit: unit.jobs.add(a_job("job_10")))
        with store.writing(SHOP) as unit:
            assert all(unit.jobs.settle(job.id, part) for part in parts)
            assert unit.jobs.settle(JobId("job_10"), Part(number=2))
            assert not unit.jobs.settle(job.id, Part(number=2, problem=PROBLEM))
            unit.commit()
        with store.reading(SHOP) as unit:
            assert unit.jobs.parts(job.id) == [parts[1], parts[0], parts[2]]
        with store.writing(SHOP) as unit:
            assert unit.jobs.reopen(job.id) == 1
            unit.commit()
        with store.reading(SHOP) as unit:
            assert unit.jobs.parts(job.id) == [parts[0], parts[2]]


class TestTheBoard:
    def test_shows_what_has_not_ended_in_every_workspace_oldest_first(self, store: Store) -> None:
        late, early = open_job("j1", 5), open_job("j2", 1)
        fill(store, lambda unit: unit.jobs.add(late), lambda unit: unit.jobs.add(a_job()))
        fill(store, lambda unit: unit.jobs.add(early), workspace=OTHER)
        assert list(store.board.open()) == [(OTHER, early), (SHOP, late)]

    def test_knows_who_is_alive(self, store: Store) -> None:
        for seconds, worker in enumerate(["a", "b", "a", "c"]):
            store.board.beat(worker, NOON + timedelta(seconds=seconds))
        store.board.dismiss("c")
        store.board.dismiss("nobody")
        assert store.board.workers() == {"a": NOON + timedelta(seconds=2), "b": NOON + timedelta(seconds=1)}
