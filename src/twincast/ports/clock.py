"""Time and fresh identifiers: the two things that differ between two equal calls."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class Ids(Protocol):
    """Makes identifiers that were never given before."""

    def new(self, prefix: str) -> str:
        """Return `prefix` followed by at least 96 random bits in URL-safe characters, sortable by time of creation."""
        ...
