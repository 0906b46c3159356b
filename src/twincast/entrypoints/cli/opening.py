"""Opening what a command works on: the settings, the database, and the context of whoever sits at this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from twincast.domain.ids import DEFAULT_WORKSPACE, WorkspaceId

if TYPE_CHECKING:
    from twincast.usecases.context import Context


@contextmanager
def opened(
    database: str | None, workspace: WorkspaceId = DEFAULT_WORKSPACE, models: tuple[str, ...] = ()
) -> "Iterator[Context]":
    """Open the database that was named, or the one of the settings, and close it afterwards.

    Raises:
        Misconfigured: it can not be opened, or a setting can not be read.
    """
    from twincast.bootstrap.container import open_context
    from twincast.bootstrap.settings import read_settings

    with open_context(read_settings(database=database, models=models), workspace=workspace) as ctx:
        yield ctx
