"""A server that is killed at random moments: nothing that was answered is missing, and nothing is there twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx2
import pytest

from tests.http.bodies import SESSIONS, TEST, TESTS, TWINS, customer
from tests.postgresql import NewDatabase
from twincast.stats.streams import stream

CUSTOMERS = 5
MESSAGES = ("30% off our new premium line", "Early access for you", "We miss you! $10 off your next order")
FIELDS = ["will_engage", "will_purchase", "purchase_amount"]


class Server:
    """The service in a process of its own, on one port and one database."""

    def __init__(self, database: Path | str) -> None:
        self.database = database
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "twincast.entrypoints.cli.main",
            "serve",
            "--workers",
            "0",
            "--port",
            str(self.port),
            "--database",
            str(self.database),
        ]
        environment = {**os.environ, "TWINCAST_LOG_LEVEL": "error"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3_000):
            assert self.process.poll() is None, "the server ended by itself"
            try:
                if self.client.get("/ready").status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.02)
        raise AssertionError("the server did not start within a minute")

    def start_if_gone(self) -> None:
        """Start it anew where it was killed."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def kill(self) -> None:
        """Kill it at once, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def post(self, path: str, body: dict[str, Any], key: str) -> httpx2.Response:
        """Post with a key until it is answered; a server that is gone is started anew."""
        for _ in range(100):
            try:
                answer = self.client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx2.TransportError:
                assert self.process is not None
                self.process.wait()
                self.start_if_gone()
                continue
            assert answer.status_code < 300, answer.text
            return answer
        raise AssertionError("no answer after a hundred attempts")


@contextmanager
def serving(database: Path | str) -> Iterator[Server]:
    server = Server(database)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.client.close()


def body_of(session: str, number: int) -> dict[str, Any]:
    """The body of one interaction: nothing in it depends on when it is sent."""
    return {
        "session_id": session,
        "digital_twin_id": f"cust_{number % CUSTOMERS}",
        "as_of": "2026-05-04",
        "intervention": {
            "type": "promotional_offer",
            "channel": "email",
            "content": MESSAGES[number % len(MESSAGES)],
            "timing": f"2026-{5 + number // 28 % 8:02d}-{1 + number % 28:02d}T09:00:00Z",
        },
        "interaction_config": {"enable_memory": True},
        "predict": FIELDS,
    }


def flow(server: Server, interactions: int, kills: dict[int, float]) -> tuple[str, list[httpx2.Response]]:
    """Run the flow; at some interactions the server is killed some seconds after they were sent."""
    for number in range(CUSTOMERS):
        server.post(TWINS, customer(customer_id=f"cust_{number}"), f"twin {number}")
    session = server.post(f"{SESSIONS}/begin", {"session_name": "killed"}, "session").json()["session_id"]
    answers = []
    for number in range(interactions):
        bullet = threading.Timer(kills[number], server.kill) if number in kills else None
        if bullet is not None:
            bullet.start()
        answers.append(server.post(TEST, body_of(session, number), f"interaction {number}"))
        if bullet is not None:
            bullet.join()
            server.start_if_gone()
        if number % 50 == 25:
            server.post(f"{SESSIONS}/{session}/checkpoint", {"checkpoint_name": "so far"}, f"checkpoint {number}")
    return session, answers


def all_of(server: Server, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of a list."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        given = params | {"limit": 500} | ({} if cursor is None else {"cursor": cursor})
        page = server.client.get(path, params=given).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def state_of(server: Server, session: str) -> dict[str, Any]:
    """What is left in the end, without ids and without the times at which the run itself was made."""
    tests = all_of(server, TESTS, session_id=session)[::-1]
    events = all_of(server, f"{SESSIONS}/{session}/history")
    marks = all_of(server, f"{SESSIONS}/{session}/checkpoints")[::-1]
    following = server.post(TEST, body_of(session, 10_000), "in the end").json()
    return {
        "tests": [(it["digital_twin_id"], it["predictions"], it["key_factor_details"]) for it in tests],
        "events": [
            (it["position"], it["digital_twin_id"], it["kind"], it["payload"], it["kind"] == "joined" or it["at"])
            for it in events
        ],
        "checkpoints": [(it["checkpoint_name"], it["version"], it["head"]["position"]) for it in marks],
        "following": following["predictions"],
    }


def prove(databases: tuple[Path | str, Path | str], interactions: int, kills: int, seed: int) -> None:
    """Run the flow unbroken on one database and killed on the other, and lay the ends beside one another."""
    draws = stream(seed, "kills")
    moments = {int(at): float(draws.uniform(0.0, 0.03)) for at in draws.choice(interactions, kills, replace=False)}
    with serving(databases[0]) as server:
        session, _ = flow(server, interactions, {})
        unbroken = state_of(server, session)
    with serving(databases[1]) as server:
        session, answers = flow(server, interactions, moments)
        kept = all_of(server, TESTS, session_id=session)
        assert len(kept) == interactions
        assert {it["test_id"] for it in kept} == {answer.json()["test_id"] for answer in answers}
        for answer in answers:
            assert server.client.get(answer.headers["Content-Location"]).content == answer.content
        killed = state_of(server, session)
    assert len(killed["events"]) == CUSTOMERS + 2 * interactions
    assert killed == unbroken


class TestKilled:
    @pytest.mark.slow
    @pytest.mark.req("R170")
    def test_a_few_times_it_loses_nothing_and_stores_nothing_twice(self, tmp_path: Path) -> None:
        prove((tmp_path / "unbroken.db", tmp_path / "killed.db"), interactions=12, kills=3, seed=1)

    @pytest.mark.soak
    @pytest.mark.req("R170")
    def test_fifty_times_it_loses_nothing_and_stores_nothing_twice(self, tmp_path: Path) -> None:
        prove((tmp_path / "unbroken.db", tmp_path / "killed.db"), interactions=200, kills=50, seed=2)

    @pytest.mark.slow
    @pytest.mark.req("R170")
    def test_on_postgresql_it_loses_nothing_and_stores_nothing_twice(self, new_postgresql: NewDatabase) -> None:
        prove((new_postgresql(), new_postgresql()), interactions=12, kills=3, seed=3)

    @pytest.mark.soak
    @pytest.mark.req("R170")
    def test_on_postgresql_many_times_it_loses_nothing_and_stores_nothing_twice(
        self, new_postgresql: NewDatabase
    ) -> None:
        prove((new_postgresql(), new_postgresql()), interactions=60, kills=15, seed=4)
