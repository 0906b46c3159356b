"""What is done with whole databases, beside the stores on them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from twincast.bootstrap.settings import IN_MEMORY
from twincast.domain.errors import Misconfigured

if TYPE_CHECKING:
    from twincast.storage.sql.copying import CopiedTable


def copy_database(source: str, target: str, told: Callable[[int, int], None] | None = None) -> "list[CopiedTable]":
    """Copy all workspaces of a database to an empty one of any kind, all of it or nothing.

    Args:
        source, target: URLs or paths.
        told: is told how many rows were copied, of how many.

    Raises:
        Misconfigured: there is nothing to copy, or the target is not empty.
    """
    if IN_MEMORY in {source, target}:
        raise Misconfigured("A database in memory is gone when the process ends: there is nothing to copy, or to keep.")
    from twincast.storage.sql.copying import copy  # SQLAlchemy takes its time to import

    return copy(source, target, told)
