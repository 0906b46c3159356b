"""POST /test end to end with storage, one worker, against a bare endpoint with the same wire models, in turns."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter, sleep
from typing import Any

from benchmarks.figures import Figure

CONNECTIONS, TURNS, SECONDS = 4, 5, 2.0
CUSTOMERS = 50
OURS, BARE, USUAL = "/api/v1/intervention-testing/test", "/test", "/usual"
WAITS = 120
MANY = 1_000_000

CONTENTS = (
    "Exclusive for you: 30% off our new premium line, this weekend only",
    "Buy 2 get 1 free on our entire premium collection",
    "Early access: new premium line before anyone else",
    "Thank you for five years with us. Free shipping on your next order",
)
RECORD = {
    "profile": {"age": 45, "location": "Seattle, WA", "income_bracket": "$100-150k"},
    "behavioral_data": {"average_order_value": 250, "lifetime_value": 12000, "preferred_channels": ["email"]},
    "history": {"customer_since": "2019-03-15", "total_purchases": 48, "returns": 2, "support_interactions": 5},
    "psychographic_traits": ["quality_focused", "brand_loyal"],
}


def measure() -> list[Figure]:
    """Return requests per second of both, in turns, and the median ratio of a turn."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        place = Path(folder)
        ours = stack.enter_context(_server("twincast.entrypoints.http.app:create_app", _environment(place)))
        _create_customers(ours)
        (place / "answer.json").write_bytes(_post(HTTPConnection("127.0.0.1", ours), OURS, _bodies()[0]))
        bare = stack.enter_context(_server("benchmarks.bare:create_bare", _environment(place)))
        addresses = ((ours, OURS), (bare, BARE), (bare, USUAL))
        for port, path in addresses:
            _load(port, path, SECONDS / 2)
        turns = [[_load(port, path, SECONDS) for port, path in addresses] for _ in range(TURNS)]
        unseen = median(_load(ours, OURS, SECONDS, numbers=count(turn * MANY)) for turn in range(TURNS))
        alone = _latency(ours)
    mine, lean, usual = (median(rates) for rates in zip(*turns, strict=True))
    of_lean, of_usual = (median(turn[0] / turn[place] for turn in turns) for place in (1, 2))
    return [
        Figure(name="POST /test, requests per second", value=mine),
        Figure(name="bare endpoint, requests per second", value=lean),
        Figure(name="share of the bare endpoint's", value=of_lean, bar=(">=", 0.4), note=f"median of {TURNS} turns"),
        Figure(name="usual endpoint, requests per second", value=usual, note="a thread and SQLAlchemy"),
        Figure(name="share of the usual endpoint's", value=of_usual),
        Figure(name="with texts never seen, requests per second", value=unseen, note="each request another"),
        Figure(name="median answer, one connection", value=alone * 1000, unit="ms", bar=("<", 300.0)),
    ]


def _environment(place: Path) -> dict[str, str]:
    return {
        **os.environ,
        "TWINCAST_DATABASE": f"sqlite:///{place / 'ours.db'}",
        "TWINCAST_LOG_LEVEL": "warning",
        "BARE_DATABASE": str(place / "bare.db"),
        "BARE_ANSWER": str(place / "answer.json"),
    }


@contextmanager
def _server(app: str, environment: dict[str, str]) -> Iterator[int]:
    """Run an app in one uvicorn worker on a free port, which is yielded."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = ["-m", "uvicorn", app, "--factory", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([sys.executable, *command], env=environment)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(WAITS):
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.25)
        else:
            return
    raise RuntimeError("the server does not answer")


def _create_customers(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    for number in range(CUSTOMERS):
        body = {"customer_id": f"cust_{number}", **RECORD}
        _post(connection, "/api/v1/customers/digital-twin", json.dumps(body).encode())


def _bodies() -> list[bytes]:
    """Return requests as they come: every customer with every message in turn, no pair twice."""
    return [
        json.dumps({
            "digital_twin_id": f"twin_cust_{number}",
            "intervention": {
                "type": "promotional_offer",
                "channel": "email",
                "content": CONTENTS[(number + turn) % len(CONTENTS)],
                "timing": "friday_morning",
                "personalization_level": "high",
            },
            "predict": ["will_open", "will_click", "will_purchase", "purchase_amount"],
        }).encode()
        for turn in range(len(CONTENTS))
        for number in range(CUSTOMERS)
    ]  # fmt: skip


def _numbered(body: bytes, number: int) -> bytes:
    """Return a request whose text nobody has sent before."""
    return body.replace(b'"content": "', b'"content": "Customer no. %d: ' % number)


def _post(connection: HTTPConnection, path: str, body: bytes) -> bytes:
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status not in {200, 201}:
        raise RuntimeError(f"{path} answered {response.status}: {answer[:500]!r}")
    return answer


def _load(port: int, path: str, seconds: float, numbers: Iterator[int] | None = None) -> float:
    """Send requests over some connections for a while; return how many were answered per second.

    With `numbers` each text gets one of its own.
    """
    counts = [0] * CONNECTIONS
    failures: list[Exception] = []
    end = perf_counter() + seconds

    def send(place: int) -> None:
        connection, bodies = HTTPConnection("127.0.0.1", port), _bodies()
        try:
            while perf_counter() < end:
                body = bodies[(counts[place] * CONNECTIONS + place) % len(bodies)]
                _post(connection, path, body if numbers is None else _numbered(body, next(numbers)))
                counts[place] += 1
        except Exception as error:
            failures.append(error)

    threads: list[Any] = [Thread(target=send, args=(place,)) for place in range(CONNECTIONS)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / (perf_counter() - start)


def _latency(port: int) -> float:
    connection, times = HTTPConnection("127.0.0.1", port), []
    for body in _bodies():
        start = perf_counter()
        _post(connection, OURS, body)
        times.append(perf_counter() - start)
    return median(times)
