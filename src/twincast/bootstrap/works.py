"""The kinds of long work by name: use cases that run as jobs, each closed over the parts of this process."""

from collections.abc import Callable, Mapping
from typing import Final

from twincast.domain.ids import WorkspaceId
from twincast.ports.jobs import Work
from twincast.usecases import allocations, batches
from twincast.usecases.context import Context

Contexts = Callable[[WorkspaceId, str], Context]
"""Gives the context of whoever asked for a job: whose workspace, and which actor."""

KINDS: Final[Mapping[str, Callable[[Contexts], Work]]] = {batches.KIND: allocations.BatchWork}
"""For each kind of work what makes it."""


def works_of(contexts: Contexts, files: str | None = None) -> dict[str, Work]:
    """Return every kind of work, ready to run.

    Args:
        contexts: gives the context of whoever asked.
        files: the folder that workers share, where this process was told of one.
    """
    from twincast.bootstrap.fileworks import KIND, FileWork  # reads tables, which most processes never do

    return {**{name: make(contexts) for name, make in KINDS.items()}, KIND: FileWork(contexts, files)}
