"""Instants as whole microseconds since 1970 in UTC: exact, sortable, and the same on every database."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def micros_of(moment: datetime) -> int:
    """Return the microseconds from the epoch to an aware moment. Raises TypeError for a naive one."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return the moment, aware and in UTC; the inverse of `micros_of`."""
    return EPOCH + timedelta(microseconds=micros)
