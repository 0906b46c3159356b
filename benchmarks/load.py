"""How long POST /test takes while a batch runs beside it: one server, its one worker, an SQLite file, one caller."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, Final

import numpy as np

from benchmarks.figures import Figure
from benchmarks.http import CONTENTS

TWINS: Final = 20_000
IDLE: Final = 400
"""Answers that are timed while nothing else runs, before the batch and after it."""
PAUSE: Final = 0.02
"""Seconds between two requests: a caller who waits for an answer, not one who tries to break it."""
MOST: Final = 4_000
WAITS: Final = 600
TEST: Final = "/api/v1/intervention-testing/test"
BATCH: Final = "/api/v1/intervention-testing/batch"
BULK: Final = "/api/v1/customers/digital-twin/bulk"
ENDED: Final = {"succeeded", "failed", "cancelled"}


def measure() -> list[Figure]:
    """Return the 95th percentile of an answer's time, idle and under a running batch, and their ratio."""
    with TemporaryDirectory() as folder, _service(Path(folder) / "shop.db") as port:
        asked = _Caller(port)
        asked.send("POST", BULK, _table(), "text/csv")
        asked.times(IDLE // 4)
        idle = asked.times(IDLE)
        job = asked.send("POST", BATCH, json.dumps(_batch()).encode(), prefer="respond-async")["job_id"]
        begun, busy = perf_counter(), list[float]()
        while asked.send("GET", f"/api/v1/jobs/{job}")["status"] not in ENDED and len(busy) < MOST:
            busy += asked.times(10)
        seconds = perf_counter() - begun
        ended = asked.send("GET", f"/api/v1/jobs/{job}")
        idle += asked.times(IDLE)
    calm, crowded = (float(np.quantile(times, 0.95)) * 1000 for times in (idle, busy))
    cells = TWINS * len(CONTENTS)
    return [
        Figure(name="95th percentile of POST /test, idle", value=calm, unit="ms", note=f"{len(idle)} requests"),
        Figure(name="the same under a running batch", value=crowded, unit="ms", note=f"{len(busy)} requests"),
        Figure(name="ratio of the two", value=crowded / calm, bar=("<=", 3.0)),
        Figure(name="the batch meanwhile", value=seconds, unit="s", note=f"{cells:,} cells, {ended['status']}"),
    ]


class _Caller:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self._number = 0

    def send(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json", prefer: str = ""
    ) -> dict[str, Any]:
        """Send a request; return its answer."""
        headers = {"Content-Type": kind} | ({"Prefer": prefer} if prefer else {})
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def times(self, count: int) -> list[float]:
        """Return the seconds of so many tests, one after the other."""
        taken = []
        for _ in range(count):
            body = json.dumps(_test(self._number)).encode()
            start = perf_counter()
            self.send("POST", TEST, body)
            taken.append(perf_counter() - start)
            self._number += 1
            sleep(PAUSE)
        return taken


def _message(place: int) -> dict[str, str]:
    return {"type": "promotional_offer", "channel": "email", "content": CONTENTS[place % len(CONTENTS)]}


def _test(number: int) -> dict[str, Any]:
    twin = f"twin_c{number * 7919 % TWINS}"
    return {"digital_twin_id": twin, "intervention": _message(number), "predict": ["will_engage", "will_purchase"]}


def _batch() -> dict[str, Any]:
    variants = [{"id": f"v{place}", **_message(place)} for place in range(len(CONTENTS))]
    return {
        "digital_twin_ids": [f"twin_c{number}" for number in range(TWINS)],
        "intervention_variants": variants,
        "test_config": {"mode": "compare_variants"},
    }


def _table() -> bytes:
    rows = (f"c{number},{20 + number % 60},{number % 50},{10 + number % 300}" for number in range(TWINS))
    return "\n".join(["customer_id,age,total_purchases,average_order_value", *rows]).encode()


@contextmanager
def _service(database: Path) -> Iterator[int]:
    """Run the service and its worker as a user does; yield the port once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {**os.environ, "TWINCAST_DATABASE": str(database), "TWINCAST_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "twincast.entrypoints.cli.main", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(WAITS):
        if process.poll() is not None:
            raise RuntimeError("the service did not start")
        try:
            _Caller(port).send("GET", "/ready")
        except OSError:
            sleep(0.25)
        else:
            return
    raise RuntimeError("the service does not answer")
