"""One event loop in a thread of its own, for work that is asked for by threads that have none."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """The loop; its thread begins with the first work."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work on the loop, and wait for it."""
        return self._submit(work).result()

    def as_completed(
        self, works: Sequence[Callable[[], Coroutine[Any, Any, T]]], every: float | None = None
    ) -> Generator[list[tuple[int, T]], None, None]:
        """Do works side by side; yield what they give as they end, with their places: one or more at a time,
        and none where nothing ended for `every` seconds.

        Whoever stops listening stops the works that have not ended.
        """
        done: SimpleQueue[tuple[int, T] | BaseException | None] = SimpleQueue()

        async def one(place: int, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
            done.put((place, await work()))

        async def all_of_them() -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    for place, work in enumerate(works):
                        group.create_task(one(place, work))
                done.put(None)
            except BaseException as error:
                done.put(error)
                raise

        under_way = self._submit(all_of_them())
        try:
            ended = False
            while not ended:
                found: list[tuple[int, T]] = []
                while not found or not done.empty():
                    try:
                        each = done.get(timeout=every)
                    except Empty:
                        break
                    if each is None or isinstance(each, BaseException):
                        ended = True
                        break
                    found.append(each)
                if found or not ended:
                    yield found
            under_way.result()
        finally:
            under_way.cancel()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do some last work and end the thread; nothing is begun for it where nothing ever was."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(last(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="twincast-llm", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)
