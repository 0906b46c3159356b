"""What a worker process is made of: the store, the kinds of work, and the engine that makes jobs durable."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from twincast.bootstrap.container import open_parts
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.errors import Misconfigured
from twincast.ports.jobs import Work

if TYPE_CHECKING:
    from twincast.jobs.durable import DurableJobs


@contextmanager
def open_worker(
    settings: Settings,
    name: str | None = None,
    works: Mapping[str, Work] | None = None,
    silence: float | None = None,
) -> "Iterator[DurableJobs]":
    """Open a worker on the database that the settings name; leaving the block stops it between two parts.

    Args:
        settings: of this process.
        name: of the worker, the same after a restart; None for one after this machine and this process.
        works: the kinds of work, where they are to be other ones.
        silence: seconds without a sign of life after which another worker is taken for dead; None for the usual.

    Raises:
        Misconfigured: the database can not be opened, or is in the memory of one process.
    """
    if settings.database == IN_MEMORY:
        raise Misconfigured("Workers need a database that other processes can see: this one is in memory only.")
    from twincast.jobs.durable import SILENCE, DurableJobs  # takes seconds, and whoever has no jobs goes without
    from twincast.jobs.messages import Messenger
    from twincast.jobs.running import Runner
    from twincast.storage.sql.execution import execution_engine

    engine = execution_engine(settings.database)
    parts = open_parts(settings, works=works)
    try:
        runner = Runner(store=parts.store, clock=parts.clock, works=parts.works)
        messenger = Messenger(store=parts.store, clock=parts.clock, private=settings.private_webhooks)
        called = name or f"{socket.gethostname()}:{os.getpid()}"
        jobs = DurableJobs(runner, messenger, engine, called, silence=SILENCE if silence is None else silence)
        try:
            yield jobs
        finally:
            jobs.close()
    finally:
        parts.close()
        engine.dispose()
