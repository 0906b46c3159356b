"""What every plug for jobs promises, asked of each: in a thread, durably on SQLite, durably on PostgreSQL."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.jobs.works import NO_SUCH_MESSAGE, Counting
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.errors import StorageFull
from twincast.domain.ids import WorkspaceId
from twincast.domain.jobs import Job, Status
from twincast.ports.stores import UnitOfWork
from twincast.usecases import jobs
from twincast.usecases.context import Context

SUBJECT = "default/local/batch_1"


class Shop:
    """A context whose jobs somebody works on."""

    def __init__(self, parts: Parts, work: Counting, tell: Callable[..., None]) -> None:
        self.work = work
        self.ctx: Context = replace(parts.context(), tell=tell)

    def accept(self, total: int, subject: str = "batch_1") -> Job:
        with self.ctx.store.writing(self.ctx.workspace) as unit:
            job = jobs.accept(unit, self.ctx, "count", subject, total)
            unit.commit()
        self.ctx.tell(self.ctx.workspace, job.id)
        return job

    def ended(self, job: Job) -> Job:
        for _ in range(6_000):
            found = jobs.get(self.ctx, job.id)
            if found.is_ended:
                return found
            time.sleep(0.01)
        raise AssertionError("the job has not ended within a minute")


@pytest.fixture(
    params=[
        "threads",
        pytest.param("sqlite", marks=pytest.mark.slow),
        pytest.param("postgresql", marks=pytest.mark.slow),
    ]
)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose jobs are worked on in each of the ways."""
    work = Counting()
    works = {"count": work}
    with ExitStack() as stack:
        if request.param == "threads":
            parts = open_parts(Settings(database="memory://"), works=works)
            stack.callback(parts.close)
            stack.callback(work.go_on.set)
            yield Shop(parts, work, parts.context().tell)
            return
        from twincast.bootstrap.workers import open_worker

        on_postgresql = request.param == "postgresql"
        database = request.getfixturevalue("postgresql") if on_postgresql else str(tmp_path / "shop.db")
        parts = open_parts(Settings(database=database), works=works)
        stack.callback(parts.close)
        worker = stack.enter_context(open_worker(Settings(database=database), "a", works))
        stop = Event()
        thread = Thread(target=worker.work, args=(lambda seconds: not stop.wait(seconds),))
        thread.start()
        stack.callback(thread.join)
        stack.callback(stop.set)
        stack.callback(work.go_on.set)
        yield Shop(parts, work, worker.tell)


def test_every_part_of_every_job_is_run_once(shop: Shop) -> None:
    accepted = [shop.accept(total, f"batch_{total}") for total in (0, 1, 5, 40)]
    for job in accepted:
        shop.ctx.tell(shop.ctx.workspace, job.id)
    for job in accepted:
        found = shop.ended(job)
        assert (found.status, found.done, found.attempt, found.problem) == (Status.SUCCEEDED, job.total, 1, None)
        assert shop.work.finishes[f"default/local/{job.subject}"] == 1
    assert len(shop.work.runs) == 46
    assert set(shop.work.runs.values()) == {1}


def test_what_fails_is_named_kept_apart_and_run_again_alone(shop: Shop) -> None:
    shop.work.failing = {1: StorageFull("There is no room left."), 3: NO_SUCH_MESSAGE}
    found = shop.ended(shop.accept(5))
    assert (found.status, found.done, found.failed) == (Status.FAILED, 3, 2)
    assert found.problem is not None
    assert found.problem.code in {"storage-full", "invalid-input"}
    shop.work.failing = {}
    jobs.retry(shop.ctx, found.id)
    found = shop.ended(found)
    assert (found.status, found.done, found.failed, found.attempt) == (Status.SUCCEEDED, 5, 0, 2)
    assert shop.work.runs == {(SUBJECT, part): 1 for part in range(5)}


def test_a_cancelled_job_ends_with_what_was_done_and_goes_on_when_asked(shop: Shop) -> None:
    shop.work.hold = 0
    job = shop.accept(60)
    assert shop.work.waiting.wait(60)
    for _ in range(2):
        jobs.cancel(shop.ctx, job.id)
    shop.work.go_on.set()
    found = shop.ended(job)
    assert found.status is Status.CANCELLED
    assert found.done == len(shop.work.runs) < 60
    assert shop.work.finishes == {SUBJECT: 1}
    jobs.retry(shop.ctx, job.id)
    assert shop.ended(job).status is Status.SUCCEEDED
    assert shop.work.runs == {(SUBJECT, part): 1 for part in range(60)}


@pytest.mark.slow
def test_a_job_goes_on_once_there_is_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full for a while, for results and for what is said of them alike: nothing is lost or stored twice."""
    from twincast.bootstrap.workers import open_worker
    from twincast.storage.sql.store import SqlStore

    work, full, stop = Counting(), Event(), Event()
    work.hold = 3
    writing = SqlStore.writing

    def no_room(store: SqlStore, workspace: WorkspaceId) -> AbstractContextManager[UnitOfWork]:
        if full.is_set():
            raise StorageFull("There is no room left.")
        return writing(store, workspace)

    monkeypatch.setattr(SqlStore, "writing", no_room)
    settings = Settings(database=str(tmp_path / "shop.db"))
    with closing(open_parts(settings, works={})) as parts, open_worker(settings, "a", {"count": work}) as worker:
        thread = Thread(target=worker.work, args=(lambda seconds: not stop.wait(seconds),))
        thread.start()
        shop = Shop(parts, work, worker.tell)
        job = shop.accept(20)
        assert work.waiting.wait(60)
        full.set()
        work.go_on.set()
        time.sleep(1)
        assert not jobs.get(shop.ctx, job.id).is_ended
        full.clear()
        found = shop.ended(job)
        stop.set()
        thread.join()
    assert (found.status, found.done, found.failed) == (Status.SUCCEEDED, 20, 0)
    assert found.attempt > 1
    assert len(work.runs) == 20
