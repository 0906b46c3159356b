"""A worker process for the tests.

Its kind of work sleeps for a part, then writes it into a ledger of its own with a unique key, and notes in a second
table that it did compute: so a part that is lost, stored twice or computed again though it was stored is seen.
"""

import signal
import sqlite3
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from twincast.bootstrap.settings import Settings
from twincast.bootstrap.workers import open_worker
from twincast.domain.ids import WorkspaceId

SCHEMA = """
CREATE TABLE IF NOT EXISTS chunks (subject TEXT, part INTEGER, value INTEGER, PRIMARY KEY (subject, part));
CREATE TABLE IF NOT EXISTS computed (subject TEXT, part INTEGER, worker TEXT, stored INTEGER);
CREATE TABLE IF NOT EXISTS bodies (subject TEXT PRIMARY KEY, body TEXT);
"""


def value_of(subject: str, part: int) -> int:
    return sum(subject.encode()) * 1_000 + part * part


def ledger(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(SCHEMA)
    return connection


class Sums:
    """Work whose parts are numbers and whose body is their sum."""

    def __init__(self, path: Path, name: str, seconds: float) -> None:
        self.path = path
        self.name = name
        self.seconds = seconds

    def run(self, _workspace: WorkspaceId, _actor: str, subject: str, part: int) -> None:
        connection = ledger(self.path)
        here = (subject, part)
        there = connection.execute("SELECT 1 FROM chunks WHERE subject = ? AND part = ?", here).fetchone()
        connection.execute("INSERT INTO computed VALUES (?, ?, ?, ?)", (*here, self.name, int(bool(there))))
        if there is None:
            time.sleep(self.seconds)
            connection.execute("INSERT OR IGNORE INTO chunks VALUES (?, ?, ?)", (*here, value_of(*here)))
        connection.close()

    def finish(self, _workspace: WorkspaceId, _actor: str, subject: str) -> None:
        connection = ledger(self.path)
        found = connection.execute("SELECT count(*), sum(value) FROM chunks WHERE subject = ?", (subject,)).fetchone()
        connection.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (subject, f"{found[0]} parts: {found[1]}"))
        connection.close()


def main(database: str, name: str, path: str, milliseconds: float, ready: Event) -> None:
    """Work until SIGTERM; `ready` is set once jobs can be taken up."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    works = {"count": Sums(Path(path), name, milliseconds / 1000)}
    with open_worker(Settings(database=database, private_webhooks=True), name, works, silence=4) as jobs:
        ready.set()
        jobs.work(lambda seconds: not stop.wait(seconds))
