"""Workers that are killed: every accepted job ends, each part is stored once, the bodies are those of unbroken runs."""

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.listening import listening
from tests.jobs.processes import Floor, unbroken
from twincast.domain.jobs import Job, Status
from twincast.domain.webhooks import DeliveryStatus
from twincast.stats.streams import stream
from twincast.usecases import jobs, webhooks


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    made = Floor(tmp_path)
    yield made
    made.close()


TWICE = "SELECT subject, part FROM computed WHERE stored = 0 GROUP BY subject, part HAVING count(*) > 1"


@pytest.mark.slow
class TestOneWorker:
    @pytest.mark.req("R170", "A69")
    def test_goes_on_where_it_was_and_ends_with_the_body_of_an_unbroken_run(self, floor: Floor) -> None:
        job = floor.accept("one", 100)
        worker = floor.start("a")
        floor.until(lambda: floor.job(job).done > 5)
        floor.stop(worker, signal.SIGKILL)
        assert floor.job(job).done < 100
        worker = floor.start("a")
        ended(floor, job)
        assert floor.job(job).attempt == 1
        assert floor.body("one") == unbroken("one", 100)
        assert len(floor.read(TWICE)) <= 2  # those under way when it was killed: they were not stored

        job = floor.accept("two", 100)
        floor.until(lambda: floor.job(job).done > 5)
        assert floor.stop(worker) == 0
        assert floor.ctx.store.board.workers() == {}
        assert 5 < floor.job(job).done < 100
        for path in Path(floor.database).parent.glob("shop-jobs*"):
            path.unlink()  # the bookkeeping of the execution is lost, what is settled is not
        with listening(204) as (url, got):
            webhook = webhooks.register(replace(floor.ctx, private_webhooks=True), f"{url}/hook")
            floor.start("a")
            ended(floor, job)
            floor.until(lambda: bool(webhooks.deliveries(floor.ctx, webhook.id).items[0].attempts))
        (told,) = webhooks.deliveries(floor.ctx, webhook.id).items
        assert told.delivery.status is DeliveryStatus.DELIVERED
        assert got == [("/hook", told.delivery.id, told.delivery.body.encode())]
        assert floor.job(job).attempt == 2
        assert floor.body("two") == unbroken("two", 100)
        assert floor.read("SELECT part FROM computed WHERE subject = 'two' GROUP BY part HAVING count(*) > 1") == []


@pytest.mark.slow
class TestTwoWorkers:
    @pytest.mark.req("R183", "R170", "I11")
    def test_share_a_job_stop_where_it_is_cancelled_and_take_over_from_each_other(self, floor: Floor) -> None:
        dead = floor.start("a")
        floor.start("b")
        shared = floor.accept("shared", 150)
        ended(floor, shared)
        shares = [share for (share,) in floor.read("SELECT count(*) FROM computed GROUP BY worker")]
        assert len(shares) == 2
        assert min(shares) >= 30
        assert floor.body("shared") == unbroken("shared", 150)

        job = floor.accept("cancelled", 400)
        seen = [floor.job(job)]
        while seen[-1].done < 30:
            seen.append(floor.job(job))
        jobs.cancel(floor.ctx, job.id)
        floor.until(lambda: floor.job(job).is_ended)
        found = floor.job(job)
        assert found.status is Status.CANCELLED
        assert 30 <= found.done < 400
        assert floor.read("SELECT count(*) FROM chunks WHERE subject = 'cancelled'") == [(found.done,)]
        assert str(floor.body("cancelled")).startswith(f"{found.done} parts")
        for name in ("done", "revision"):
            values = [getattr(it, name) for it in seen]
            assert values == sorted(values)
        jobs.retry(floor.ctx, job.id)
        floor.until(lambda: floor.job(job).done > found.done + 20)
        floor.stop(dead, signal.SIGKILL)
        ended(floor, job)
        assert floor.body("cancelled") == unbroken("cancelled", 400)
        assert len(floor.read(TWICE)) <= 2
        floor.until(lambda: floor.ctx.store.board.workers().keys() == {"b"})


def ended(floor: Floor, job: Job) -> None:
    """Wait until a job has ended, and ended well."""
    floor.until(lambda: floor.job(job).is_ended)
    found = floor.job(job)
    assert (found.status, found.done, found.failed) == (Status.SUCCEEDED, job.total, 0)


@pytest.mark.soak
def test_a_hundred_kills(tmp_path: Path) -> None:
    """Kill one of two workers a hundred times, at moments drawn over everything that it does."""
    floor = Floor(tmp_path, milliseconds=10)
    rng = stream(7, "jobs", "kills")
    accepted = []
    try:
        workers = [floor.start(name, wait=False) for name in ("a", "b")]
        for kill in range(100):
            accepted.append(floor.accept(f"job {kill}", int(rng.integers(1, 60))))
            time.sleep(float(rng.uniform(0.1, 3.0)))
            which = kill % 2
            floor.stop(workers[which], signal.SIGKILL)
            workers[which] = floor.start("ab"[which], wait=False)
        floor.until(lambda: all(floor.job(job).is_ended for job in accepted), 240)
        for job in accepted:
            found = floor.job(job)
            assert (found.status, found.done) == (Status.SUCCEEDED, job.total)
            assert floor.body(job.subject) == unbroken(job.subject, job.total)
        twice = floor.read(TWICE)
        assert len(twice) <= 2 * 100  # under way when killed, never stored: at most two a kill
    finally:
        floor.close()
