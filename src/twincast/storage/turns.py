"""Taking turns: one writer at a time, and a clear error where two would wait for each other for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

from twincast.storage.conflicts import busy


class Turns:
    """A lock that says who holds it. It may be given back by another thread than the one that took it."""

    __slots__ = ("_holder", "_lock", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._lock = Lock()
        self._holder: int | None = None
        self._seconds = seconds

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn.

        Raises:
            RuntimeError: when this thread holds it already: units of work can not stand inside one another.
            WriteConflict: when another unit kept it for too long.
        """
        if self._holder == get_ident():
            raise RuntimeError("A unit of work was opened inside another one: commit or leave the first before.")
        if not self._lock.acquire(timeout=self._seconds):
            raise busy(self._seconds)
        self._holder = get_ident()
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()
