"""The door on a real server: bytes over a socket, ids in paths, many callers at once, and a file as the store."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import uvicorn

from tests.http.bodies import BULK, COMPARE, SESSIONS, TEST, TWINS, comparison, customer, session_form, trial
from twincast.bootstrap.settings import Settings
from twincast.domain.ids import CustomerId, twin_id_of
from twincast.entrypoints.http.app import create_app
from twincast.usecases import imports
from twincast.usecases.context import Context


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a server on loopback that keeps its data in a file."""
    file: Path = tmp_path_factory.mktemp("server") / "shop.db"
    app = create_app(Settings(database=str(file), log_level="error", max_body=300_000))
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none", access_log=False))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    for _ in range(3_000):
        if running.started:
            break
        time.sleep(0.01)
    assert running.started, "the server did not start within half a minute"
    port = running.servers[0].sockets[0].getsockname()[1]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield client
    running.should_exit = True
    thread.join(timeout=10)


class TestIds:
    @pytest.mark.parametrize("name", ["a b", "a/b", "ä€😀", "100%", "x?y#z", "a+b&c", "..", "twin_x", "bulk", "a%20b"])
    def test_any_id_leads_back_to_its_customer(self, server: httpx2.Client, name: str) -> None:
        made = server.post(TWINS, json=customer(customer_id=name))
        assert made.status_code in {200, 201}
        assert made.json()["digital_twin_id"] == twin_id_of(CustomerId(name))
        found = server.get(f"{TWINS}/{quote(made.json()['digital_twin_id'], safe='')}")
        assert (found.status_code, found.json()["customer_id"]) == (200, name)
        assert server.get(made.headers["Location"]).json()["customer_id"] == name

    @pytest.mark.parametrize("name", ["a b", "ä€😀", "100%"])
    def test_a_twin_is_found_by_the_customers_own_id(self, server: httpx2.Client, name: str) -> None:
        server.post(TWINS, json=customer(customer_id=name))
        assert server.get(f"{TWINS}/{quote(name, safe='')}").json()["customer_id"] == name

    @pytest.mark.parametrize("name", ["nobody", "%00", "%F0%9F", "a" * 3_000, "twin_", "%2e%2e%2e"])
    def test_an_unknown_id_is_not_found(self, server: httpx2.Client, name: str) -> None:
        answer = server.get(f"{TWINS}/{name}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


class TestTheDocument:
    @pytest.mark.req("R8", "R32", "R58", "R211")
    def test_its_bodies_are_answered_over_a_socket(self, server: httpx2.Client) -> None:
        assert server.post(TWINS, json=customer()).status_code in {200, 201}
        session = server.post(f"{SESSIONS}/begin", json={}).json()["session_id"]
        for path, body in ((TEST, trial()), (TEST, session_form(session_id=session)), (COMPARE, comparison())):
            posted = server.post(path, json=body)
            assert posted.status_code == 200
            assert server.get(posted.headers["Content-Location"]).content == posted.content


class TestManyCallers:
    def test_one_key_is_one_test_however_many_send_it_at_once(self, server: httpx2.Client) -> None:
        server.post(TWINS, json=customer())

        def send(_: int) -> httpx2.Response:
            return server.post(TEST, json=trial(), headers={"Idempotency-Key": "at once"})

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(16)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


class TestALongImport:
    def test_holds_up_nobody_who_does_not_write(self, server: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        server.post(TWINS, json=customer())
        began, release = threading.Event(), threading.Event()
        run = imports.run

        def slow(ctx: Context, *given: Any, **named: Any) -> Any:
            with ctx.store.writing(ctx.workspace):
                began.set()
                assert release.wait(20)
            return run(ctx, *given, **named)

        monkeypatch.setattr(imports, "run", slow)
        with ThreadPoolExecutor(2) as pool:
            table = {"file": ("shop.csv", b"customer_id\nlong\n")}
            importing = pool.submit(server.post, BULK, files=table)
            assert began.wait(20)
            testing = pool.submit(server.post, TEST, json=trial())
            for path in ("/health", f"{TWINS}/cust_12345", "/api/v1/fields"):
                assert server.get(path, timeout=10).status_code == 200
            assert not testing.done()
            release.set()
            assert testing.result(20).status_code == 200
            assert importing.result(20).json()["created"] == 1


class TestWhatComesIn:
    def test_a_body_that_is_too_long_is_refused_by_its_header_and_by_its_bytes(self, server: httpx2.Client) -> None:
        def pieces() -> Iterator[bytes]:
            for _ in range(400):
                yield b" " * 1_000

        json = {"Content-Type": "application/json"}
        for content in (b" " * 400_000, pieces()):
            answer = server.post(TEST, content=content, headers=json)
            assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert server.get("/health").status_code == 200
