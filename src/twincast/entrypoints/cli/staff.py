"""The workers that `serve` starts: processes of their own, begun anew where one breaks off, ended with the service."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import gethostname
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import click

from twincast.entrypoints.cli.main import ALONE
from twincast.entrypoints.cli.refits import MAIN

if TYPE_CHECKING:
    from twincast.bootstrap.settings import Settings

LOOK: Final = 0.5
"""Seconds between two looks whether the workers still run."""
PAUSE: Final = 2.0
"""Seconds before a worker that ended by itself is begun anew."""
LEAVE: Final = 30.0
"""Seconds in which a worker must have come to a point where it can be left."""


@contextmanager
def staffed(settings: "Settings", port: int, workers: int) -> Iterator[Callable[[], None]]:
    """Give what begins so many workers; leaving the block stops them.

    Jobs of a database in memory run in the service's own process: then there are none.

    Args:
        settings: of the service.
        port: where it listens: with the machine's name it makes the workers' names, the same after a restart.
        workers: how many.
    """
    from twincast.bootstrap.settings import IN_MEMORY

    ended = Event()
    count = 0 if settings.database == IN_MEMORY else workers
    names = [f"{gethostname()}:{port}/{number}" for number in range(1, count + 1)]
    watches = [Thread(target=_kept, args=(settings, name, ended), name=name) for name in names]

    def begin() -> None:
        for watch in watches:
            watch.start()

    try:
        yield begin
    finally:
        ended.set()
        for watch in watches:
            if watch.is_alive():
                watch.join()


def _kept(settings: "Settings", name: str, ended: Event) -> None:
    """Keep a worker running until the service ends, then stop it."""
    while not ended.is_set():
        process = _begun(settings, name)
        while process.poll() is None and not ended.wait(LOOK):
            pass
        if not ended.is_set():
            click.echo(f"The worker {name} ended by itself (code {process.returncode}); it is begun anew.", err=True)
            ended.wait(PAUSE)
            continue
        process.terminate()
        try:
            process.wait(LEAVE)
        except subprocess.TimeoutExpired:
            process.kill()  # nothing is lost: its jobs go on where it was
            process.wait()


def _begun(settings: "Settings", name: str) -> "subprocess.Popen[bytes]":
    """Start a worker; it stands back behind those that answer, and ends should this process be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", MAIN, "worker", "--beside", str(os.getpid()), "--name", name],
        env={
            **os.environ,
            **ALONE,
            "TWINCAST_DATABASE": settings.database,  # not an argument: it may hold a password
            "TWINCAST_LLM": ",".join(settings.chat.models),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        process_group=0,  # Ctrl+C is for the service, which then ends its workers
    )
