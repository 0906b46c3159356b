"""What stores say where a write is refused."""

from typing import Final

from twincast.domain.errors import WriteConflict

STORED_ALREADY: Final = "Something with the same id was stored already; nothing of this change was."

IN_BETWEEN: Final = "Another change came in between; nothing of this one was stored: try again."
FULL: Final = "There is no room left to store anything; nothing of this change was."
LOST: Final = (
    "The database can not be reached. Try again in a moment; with the same Idempotency-Key nothing is done twice, "
    "even where it was stored before the connection broke."
)


def taken(twin_id: str, version: int) -> str:
    """Say that a version of a twin is there already."""
    return f"Version {version} of the twin {twin_id!r} is stored already: read it again."


def busy(seconds: float) -> WriteConflict:
    """Return the error for a change that came to no turn."""
    return WriteConflict(f"Another change has been under way for {seconds:g} seconds: try again.")


def no_model(wanted: int | str) -> str:
    """Say that there is no such model version."""
    return f"There is no model version '{str(wanted)[:80]}' in this workspace."
