"""A shop with jobs in it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.jobs.works import Counting
from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.jobs import Job
from twincast.jobs.running import Runner
from twincast.usecases import jobs
from twincast.usecases.context import Context, leave_posted

Accept = Callable[[int], Job]


@pytest.fixture
def work() -> Counting:
    return Counting()


@pytest.fixture
def ctx(work: Counting) -> Iterator[Context]:
    """A caller; nobody is told of the jobs that this one accepts."""
    parts = open_parts(Settings(database="memory://"), works={"count": work})
    yield replace(parts.context(), tell=leave_posted)
    parts.close()


@pytest.fixture
def runner(ctx: Context, work: Counting) -> Runner:
    return Runner(store=ctx.store, clock=ctx.clock, works={"count": work})


@pytest.fixture
def accept(ctx: Context) -> Accept:
    """Accepts a job of so many parts."""

    def accepted(total: int) -> Job:
        with ctx.store.writing(ctx.workspace) as unit:
            job = jobs.accept(unit, ctx, "count", "batch_1", total)
            unit.commit()
        return job

    return accepted
