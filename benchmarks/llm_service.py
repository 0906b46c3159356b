"""The service and its worker, run as a user runs them on a model that is a stub, and what is sent to them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Final

from benchmarks.chat_stub import Running

ROOM: Final = "/api/v1/intervention-testing"
TWINS: Final = "/api/v1/customers/digital-twin"
AT_ONCE: Final = 200
"""Requests under way at a time, to the service and from it to the model."""
ENDED: Final = {"succeeded", "failed", "cancelled"}
NOTES: Final = (
    "Asked twice whether the dark roast can be had in whole beans and was happy with the answer. Buys for the office "
    "too, mostly at the start of a month. Complained once about a late parcel, and was sent a voucher for it. Reads "
    "the newsletter on the way to work, rarely on weekends. Would like to hear of new teas before others do. "
)


class Service:
    """The service as its clients see it.

    Attributes:
        pid: its process; its worker is a child of it.
    """

    def __init__(self, port: int, pid: int) -> None:
        self.pid = pid
        self._port = port
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def send(self, method: str, path: str, body: Any = None, kind: str = "application/json", prefer: str = "") -> Any:
        """Send a request; return its answer."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=600)
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, content, {"Content-Type": kind} | ({"Prefer": prefer} if prefer else {}))
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
        return json.loads(answer)

    def table(self, count: int) -> None:
        """Make twins of so many customers, each record of some 1,300 characters."""
        lines = "\n".join(json.dumps(record(number)) for number in range(count)).encode()
        self.send("POST", f"{TWINS}/bulk", lines, "application/x-ndjson")

    def tests(self, numbers: Sequence[int], words: str, **more: Any) -> tuple[list[dict[str, Any]], float]:
        """Test a message on customers, all at once; return the answers and the seconds until the last."""
        bodies = [{"digital_twin_id": f"c{number}", "intervention": message(words), **more} for number in numbers]
        begun = perf_counter()
        answers = list(self._pool.map(lambda body: self.send("POST", f"{ROOM}/test", body), bodies))
        return answers, perf_counter() - begun

    def batch(self, numbers: Sequence[int], words: str) -> tuple[dict[str, Any], float]:
        """Test a message on customers as one batch in words; return it and the seconds until it was there."""
        body = {
            "digital_twin_ids": [f"c{number}" for number in numbers],
            "intervention": message(words),
            "words": True,
            "analyze": False,
        }
        begun = perf_counter()
        ran = self.send("POST", f"{ROOM}/batch", body)
        while ran["status"] not in ENDED:
            sleep(0.05)
            if self.send("GET", f"/api/v1/jobs/{ran['job_id']}")["status"] in ENDED:
                ran = self.send("GET", f"{ROOM}/batches/{ran['batch_id']}")
        return ran, perf_counter() - begun

    def used(self) -> dict[str, Any]:
        """Return what language models were used for in all."""
        found: dict[str, Any] = self.send("GET", "/api/v1/usage")["total"]
        return found


@contextmanager
def service(place: Path, stub: Running, model: str = "stub", **more: str) -> Iterator[Service]:
    """Run the service and its worker as a user does, on the same database each time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    limits = {"TWINCAST_LLM_AT_ONCE": str(AT_ONCE), "TWINCAST_LLM_PRICE": "0.15,0.60", "OPENBLAS_NUM_THREADS": "1"}
    environment = {**os.environ, "TWINCAST_DATABASE": str(place), "TWINCAST_LOG_LEVEL": "error", **limits, **more}
    command = ["-m", "twincast.entrypoints.cli.main", "serve", "--port", str(port), "--llm", f"{stub.url}#{model}"]
    process = subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.DEVNULL)
    asked = Service(port, process.pid)
    try:
        for _ in range(600):
            try:
                asked.send("GET", "/ready")
                break
            except OSError:
                sleep(0.1)
        stub.set(latency=0.0)
        if model == "stub":
            asked.table(1)
            _warm(asked)
        yield asked
    finally:
        process.terminate()
        process.wait()


def _warm(asked: Service) -> None:
    """Let the service and its worker load what they load once."""
    asked.tests([0], f"Warm {perf_counter()}")
    asked.send("POST", f"{ROOM}/batch", {"digital_twin_ids": ["c0"], "intervention": message("Warm"), "words": True})
    body = {"digital_twin_ids": ["c0"], "intervention": message(f"Job {perf_counter()}"), "words": True}
    job = asked.send("POST", f"{ROOM}/batch", body, prefer="respond-async")["job_id"]
    while asked.send("GET", f"/api/v1/jobs/{job}")["status"] not in ENDED:
        sleep(0.05)


def record(number: int, **more: Any) -> dict[str, Any]:
    """Return a customer's record of some 1,300 characters."""
    return {
        "customer_id": f"c{number}",
        "profile": {"age": 20 + number % 60, "location": "Seattle, WA", "income_bracket": "$100-150k", **more},
        "behavioral_data": {"average_order_value": 40 + number % 200, "preferred_channels": ["email", "mobile_app"]},
        "history": {"customer_since": "2019-03-15", "total_purchases": 3 + number % 40, "satisfaction_scores": [4, 5]},
        "psychographic_traits": ["quality_focused", "brand_loyal", "time_constrained"],
        "context": NOTES * 2 + NOTES[:220],
    }


def message(words: str) -> dict[str, str]:
    """Return a message of which each set of words is another."""
    return {"type": "promotional_offer", "channel": "email", "content": f"20% off tea, this weekend only. {words}"}
