"""The one clock that reads the real time, and the one maker of identifiers that draws real randomness."""

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """Plug for `ports.clock.Clock`."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Plug for `ports.clock.Ids`: microseconds since 1970 and 96 random bits, in hexadecimal."""

    def new(self, prefix: str) -> str:
        """Return a fresh identifier; those made later sort later, to the microsecond."""
        return f"{prefix}{time.time_ns() // 1000:013x}{secrets.token_hex(12)}"
