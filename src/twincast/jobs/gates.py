"""A gate that is passed by those who work, and closed once for all when the process is to stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Stopped(BaseException):
    """This process is to stop. No failure: the work is taken up again where it was left."""


class Gate:
    """Lets work through until it is closed; closing waits for the work that was let through."""

    def __init__(self) -> None:
        self._moved = Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Work inside. Raises Stopped where the gate is closed."""
        with self._moved:
            if self._closed:
                raise Stopped
            self._inside += 1
        try:
            yield
        finally:
            with self._moved:
                self._inside -= 1
                self._moved.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait so long. Raises Stopped where the gate is closed before."""
        with self._moved:
            if self._moved.wait_for(lambda: self._closed, seconds):
                raise Stopped

    def close(self, seconds: float) -> None:
        """Let nothing in any more, and wait at most so long for what is inside."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()
            self._moved.wait_for(lambda: self._inside == 0, seconds)
