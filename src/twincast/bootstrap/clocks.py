"""The one clock that reads the real time, and the one maker of identifiers that draws real randomness."""

import os
import secrets
import time
from datetime import UTC, datetime
from typing import Final


class SystemClock:
    """Plug for `ports.clock.Clock`."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


BYTES, DRAWN = 12, 256
_DRAWN: Final[list[str]] = []
"""Random parts not used yet: one call for many takes a fraction of one call for each."""
os.register_at_fork(after_in_child=_DRAWN.clear)


class RandomIds:
    """Plug for `ports.clock.Ids`: microseconds since 1970 and 96 random bits, in hexadecimal."""

    def new(self, prefix: str) -> str:
        """Return a fresh identifier; those made later sort later, to the microsecond."""
        try:
            random = _DRAWN.pop()
        except IndexError:
            random = _draw()
        return f"{prefix}{time.time_ns() // 1000:013x}{random}"


def _draw() -> str:
    """Draw many random parts; return one and keep the others."""
    drawn = secrets.token_bytes(BYTES * DRAWN).hex()
    first, *others = (drawn[place : place + 2 * BYTES] for place in range(0, len(drawn), 2 * BYTES))
    _DRAWN.extend(others)
    return first
