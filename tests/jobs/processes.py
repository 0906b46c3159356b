"""Worker processes that are started, killed and looked at, over a database and a ledger."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.jobs.worker import ledger, main, value_of
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.jobs import Job
from twincast.usecases import jobs

NURSERY = get_context("forkserver")
NURSERY.set_forkserver_preload(["tests.jobs.worker", "twincast.jobs.durable", "twincast.storage.sql.store"])
"""Workers are begun from a process that has loaded everything: a hundred of them then take no longer than they must."""
Worker = ForkServerProcess


class Floor:
    """A database, a ledger of what was computed, and the workers that run."""

    def __init__(self, folder: Path, database: str | None = None, milliseconds: float = 20) -> None:
        self.database = database or str(folder / "shop.db")
        self.ledger = folder / "ledger.db"
        self.milliseconds = milliseconds
        self.workers: list[Worker] = []
        self.kept: list[object] = []  # what a worker has not opened yet must not be gone
        self.parts: Parts = open_parts(Settings(database=self.database), works={})
        self.ctx = self.parts.context()
        ledger(self.ledger).close()

    def close(self) -> None:
        for worker in list(self.workers):
            self.stop(worker, signal.SIGKILL)
        self.parts.close()

    def accept(self, subject: str, total: int) -> Job:
        with self.ctx.store.writing(self.ctx.workspace) as unit:
            job = jobs.accept(unit, self.ctx, "count", subject, total)
            unit.commit()
        return job

    def start(self, name: str, *, wait: bool = True) -> Worker:
        ready = NURSERY.Event()
        self.kept.append(ready)
        asked = (self.database, name, str(self.ledger), self.milliseconds, ready)
        worker = NURSERY.Process(target=main, args=asked, name=name)
        worker.start()
        self.workers.append(worker)
        if wait:
            assert ready.wait(60)
        return worker

    def stop(self, worker: Worker, how: signal.Signals = signal.SIGTERM) -> int | None:
        assert worker.pid is not None
        os.kill(worker.pid, how)
        worker.join(60)
        self.workers.remove(worker)
        return worker.exitcode

    def job(self, job: Job) -> Job:
        return jobs.get(self.ctx, job.id)

    def until(self, what: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until something is so, or fail."""
        due = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < due, "it did not come about in time"
            time.sleep(0.02)

    def read(self, statement: str, *parameters: object) -> list[Sequence[Any]]:
        connection = ledger(self.ledger)
        try:
            return connection.execute(statement, parameters).fetchall()
        finally:
            connection.close()

    def body(self, subject: str) -> object:
        return next((body for (body,) in self.read("SELECT body FROM bodies WHERE subject = ?", subject)), None)


def unbroken(subject: str, total: int) -> str:
    """What the body of a job is where nothing breaks off."""
    return f"{total} parts: {sum(value_of(subject, part) for part in range(total))}"
