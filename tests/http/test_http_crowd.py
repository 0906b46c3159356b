"""Eight clients at once on one database: tests, tables, sessions, outcomes, batches; no error, and no row is lost."""

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.http.bodies import BATCH, BATCHES, BULK, SESSIONS, TEST, TESTS, TWINS, batch, customer, trial
from tests.http.test_http_killed import Server, all_of, serving
from tests.http.test_http_outcomes import OUTCOMES, told

CLIENTS = 8
CUSTOMERS = 10
ROWS = 20


class Caller:
    """One client, who keeps what it was promised."""

    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self.kept: dict[str, set[str]] = defaultdict(set)
        self.turn = 0

    def run(self, until: threading.Event) -> None:
        """Do one thing after the other."""
        things = (self.test, self.test, self.table, self.outcome, self.session, self.batch)
        with self.client:
            while not until.is_set():
                things[(self.turn + self.number) % len(things)]()
                self.turn += 1

    def post(self, path: str, **request: Any) -> dict[str, Any]:
        """Post; whatever is no success fails the test with its words."""
        answer = self.client.post(path, **request)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def test(self, **more: Any) -> None:
        """Test a message."""
        body = trial(digital_twin_id=f"cust_{self.turn % CUSTOMERS}", **more)
        self.kept["tests"].add(self.post(TEST, json=body)["test_id"])

    def table(self) -> None:
        """Bring a table of customers, all of them new."""
        ids = [f"new_{self.number}_{self.turn}_{row}" for row in range(ROWS)]
        table = "\n".join(["customer_id", *ids]).encode()
        assert self.post(BULK, content=table, headers={"Content-Type": "text/csv"})["created"] == ROWS
        self.kept["twins"].update(f"twin_{it}" for it in ids)

    def outcome(self) -> None:
        """Tell what a customer did."""
        event = f"event_{self.number}_{self.turn}"
        self.post(OUTCOMES, json=told(event_id=event, customer_id=f"cust_{self.turn % CUSTOMERS}"))
        self.kept["outcomes"].add(event)

    def session(self) -> None:
        """Begin a session, test in it, mark it and end it."""
        session = self.post(f"{SESSIONS}/begin", json={"session_name": "crowd"})["session_id"]
        self.test(session_id=session)
        self.post(f"{SESSIONS}/{session}/checkpoint", json={"checkpoint_name": "mark"})
        assert self.client.delete(f"{SESSIONS}/{session}/end").status_code == 200
        self.kept["sessions"].add(session)

    def batch(self) -> None:
        """Test a message on all customers at once."""
        body = batch(digital_twin_ids=[f"twin_cust_{number}" for number in range(CUSTOMERS)])
        found = self.post(BATCH, json=body)
        assert (found["total_tested"], found["total_failed"]) == (CUSTOMERS, 0)
        self.kept["batches"].add(found["batch_id"])


def prove(database: Path | str, seconds: float) -> None:
    """Let the crowd in for so many seconds, then look for everything that anybody was promised."""
    with serving(database) as server:
        for number in range(CUSTOMERS):
            server.post(TWINS, customer(customer_id=f"cust_{number}"), f"twin {number}")
        callers = [Caller(number, server.port) for number in range(CLIENTS)]
        over = threading.Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            running = [pool.submit(caller.run, over) for caller in callers]
            time.sleep(seconds)
            over.set()
            for done in running:
                done.result()
        promised = {kind: set().union(*(it.kept[kind] for it in callers)) for kind in callers[0].kept}
        assert set(promised) == {"tests", "twins", "outcomes", "sessions", "batches"}
        assert stored(server, promised) == promised
        assert server.client.get("/ready").status_code == 200


def stored(server: Server, promised: dict[str, set[str]]) -> dict[str, set[str]]:
    """Everything that is there, by kind; customers who were there before the crowd are left out."""
    found = {
        "tests": {it["test_id"] for it in all_of(server, TESTS)},
        "twins": {it["digital_twin_id"] for it in all_of(server, TWINS)}
        - {f"twin_cust_{it}" for it in range(CUSTOMERS)},
        "outcomes": {it["event_id"] for it in all_of(server, OUTCOMES)},
        "sessions": {it["session_id"] for it in all_of(server, SESSIONS)},
        "batches": {it["batch_id"] for it in all_of(server, BATCHES)},
    }
    return {kind: found[kind] for kind in promised}


class TestACrowd:
    @pytest.mark.slow
    def test_of_a_moment_loses_nothing(self, tmp_path: Path) -> None:
        prove(tmp_path / "shop.db", 3)

    @pytest.mark.slow
    def test_of_a_moment_on_postgresql_loses_nothing(self, postgresql: str) -> None:
        prove(postgresql, 3)

    @pytest.mark.soak
    def test_of_a_minute_loses_nothing(self, tmp_path: Path) -> None:
        prove(tmp_path / "shop.db", 60)

    @pytest.mark.soak
    def test_of_half_a_minute_on_postgresql_loses_nothing(self, postgresql: str) -> None:
        prove(postgresql, 30)
