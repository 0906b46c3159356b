"""How fast a provider is asked, and when it is left alone for a while."""

import asyncio
from collections.abc import Callable
from typing import Final

from twincast.llm.providers import Failed

BURST: Final = 1.0
"""Seconds' worth of a quota that may be used at once."""
MANY: Final = 12
"""Failures in a row after which a provider is left alone."""
REST: Final = 30.0
"""Seconds for which it is."""


class Bucket:
    """A quota for each minute: tokens drop in evenly, and whoever takes more than there are waits."""

    def __init__(self, per_minute: float | None, now: Callable[[], float]) -> None:
        """Take the quota (None: there is none) and a clock that only goes forward, in seconds."""
        self._rate = None if per_minute is None else per_minute / 60.0
        self._now = now
        self._most = 0.0 if self._rate is None else max(self._rate * BURST, 1.0)
        self._left = self._most
        self._seen = now()
        self._turn = asyncio.Lock()

    async def take(self, count: float) -> None:
        """Wait until so many may be used, and use them; more than fit at once are borrowed from what comes.

        One after the other: where this process is held up, all that follow are late with it, instead of all at once.
        """
        if self._rate is None:
            return
        async with self._turn:
            self._fill(0.0, self._rate)
            wait = max(min(count, self._most) - self._left, 0.0) / self._rate
            if wait > 0.0:
                await asyncio.sleep(wait)
                self._fill(wait, self._rate)
            self._left -= count

    def _fill(self, waited: float, rate: float) -> None:
        at = self._now()
        self._left = min(self._most, self._left + max(at - self._seen, waited) * rate)
        self._seen = at


class Breaker:
    """Leaves a provider alone after many failures in a row, or one that every other request would meet as well."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take a clock that only goes forward, in seconds."""
        self._now = now
        self._failures = 0
        self._until: float | None = None
        self._why: Failed | None = None

    def check(self) -> None:
        """Raise Failed (`paused`) while the provider is left alone; afterwards one request may try again."""
        if self._until is None:
            return
        if self._now() < self._until:
            why = "it failed too often" if self._why is None else self._why.detail
            raise Failed("paused", f"The model is not asked for a while: {why}", hopeless=True)
        self._until = self._now() + REST  # the others wait for the one that tries

    def succeeded(self) -> None:
        """Note an answer."""
        self._failures, self._until, self._why = 0, None, None

    def failed(self, why: Failed) -> None:
        """Note a failure."""
        self._failures += 1
        if why.hopeless or self._failures >= MANY:
            self._until, self._why = self._now() + REST, why
