"""What every route is given: the parts, the keys, the counters, and the rule for where work is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar, cast

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from twincast.bootstrap.container import Parts
from twincast.bootstrap.settings import Settings
from twincast.entrypoints.http.access import Access
from twincast.entrypoints.http.idempotency import Queue
from twincast.entrypoints.http.metrics import Metrics
from twincast.entrypoints.http.together import Together
from twincast.usecases import trials
from twincast.usecases.context import Context

T = TypeVar("T")
MOST_ASKING: Final = 100
"""Requests that wait for a language model at a time."""


class Door:
    """One process's HTTP door.

    Attributes:
        is_closing: whether the server is to stop: answers that would go on for long end then.
    """

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self.parts = parts
        self.settings = settings
        self.access = Access(parts, settings)
        self.metrics = Metrics()
        self.queue = Queue()
        self.is_closing = False
        self.trials = Together(trials.run_all, self.do)
        self._asking = CapacityLimiter(MOST_ASKING)
        self._long_writes = 0

    async def do(self, work: Callable[[], T]) -> T:
        """Do work of a few milliseconds.

        It is done right here, which is quickest; but while a long write holds the store, in a thread, where it may
        wait for its turn without holding up everybody else.
        """
        return await run_in_threadpool(work) if self._long_writes else work()

    @property
    def talks(self) -> bool:
        """Whether answers wait for a language model."""
        return self.parts.chat is not None

    async def do_asking(self, work: Callable[[], T]) -> T:
        """Do work that may wait for a language model: in a thread of many, since it does hardly anything but wait."""
        if not self.talks:
            return await self.do(work)
        return await run_sync(work, limiter=self._asking)

    async def do_long(self, work: Callable[[], T]) -> T:
        """Do work that may take seconds, in a thread."""
        with self._long_write():
            return await run_in_threadpool(work)

    @contextmanager
    def _long_write(self) -> Iterator[None]:
        self._long_writes += 1
        try:
            yield
        finally:
            self._long_writes -= 1


def door_of(request: Request) -> Door:
    """Return the door that a request came through."""
    return cast("Door", request.app.state.door)


def entered(request: Request, scope: str) -> Context:
    """Return the context that a request acts in; see `Access.enter`."""
    return door_of(request).access.enter(request, scope)
