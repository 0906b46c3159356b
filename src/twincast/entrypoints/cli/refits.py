"""Refits beside a service: a process of its own that looks now and then whether there is enough to learn from."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from twincast.domain.errors import Misconfigured
from twincast.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from twincast.entrypoints.cli.main import ALONE

if TYPE_CHECKING:
    from twincast.bootstrap.container import Parts
    from twincast.domain.models import ModelVersion

EVERY: Final = 0.25
"""Hours between two looks of the process that `serve` starts."""
NICER: Final = 10
"""How much the process stands back behind those that answer."""
MAIN: Final = "twincast.entrypoints.cli.main"


def refit_due(parts: "Parts", at_least: int) -> "Iterator[tuple[WorkspaceId, ModelVersion]]":
    """Refit every workspace in which so many outcomes came in since it last learned; yield what was learned."""
    from twincast.usecases import learning

    known = {DEFAULT_WORKSPACE, *(key.workspace for key in parts.store.keys.all())}
    for workspace in sorted(known):
        version = learning.learn_if_due(parts.context(workspace), at_least)
        if version is not None:
            yield workspace, version


def while_parent_lives(seconds: float, tick: float = 1.0, parent: Callable[[], int] = os.getppid) -> Iterator[None]:
    """Yield at once and then after every so many seconds, as long as the process that started this one lives."""
    first = parent()
    while parent() == first:
        yield
        due = time.monotonic() + seconds
        while parent() == first and time.monotonic() < due:
            time.sleep(min(tick, seconds))


@contextmanager
def beside(database: str, at_least: int) -> Iterator[None]:
    """Let a process of its own refit while the block runs; nothing is started where `at_least` is 0.

    Raises:
        Misconfigured: the database is in the memory of this process, where no other one sees it.
    """
    from twincast.bootstrap.settings import IN_MEMORY

    if at_least == 0:
        yield
        return
    if database == IN_MEMORY:
        raise Misconfigured("Refits beside the service need a database file: this one is in memory only.")
    learn = [sys.executable, "-m", MAIN, "learn", "--every", str(EVERY), "--at-least", str(at_least)]
    own = {**ALONE, "TWINCAST_DATABASE": database}  # not an argument: it may hold a password
    process = subprocess.Popen(learn, stdout=subprocess.DEVNULL, env={**os.environ, **own})
    try:
        yield
    finally:
        process.terminate()
        process.wait()
