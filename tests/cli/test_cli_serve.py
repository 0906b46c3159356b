"""`twincast serve` as a real process: it says where it answers, and why it does not start."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from twincast.bootstrap.container import open_store
from twincast.entrypoints.cli.main import cli
from twincast.entrypoints.cli.serve import shown_host

SERVE = [sys.executable, "-m", "twincast.entrypoints.cli.main", "serve"]


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestAddress:
    @pytest.mark.parametrize(
        ("host", "shown"),
        [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "localhost"), ("::", "localhost"), ("::1", "[::1]"), ("box", "box")],
    )
    def test_is_shown_as_a_browser_opens_it(self, host: str, shown: str) -> None:
        assert shown_host(host) == shown

    def test_a_port_that_is_taken_is_code_7(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            result = CliRunner().invoke(cli, ["serve", "--port", str(port)], env={"TWINCAST_DATABASE": "memory://"})
        assert result.exit_code == 7
        assert f"127.0.0.1:{port}" in result.stderr
        assert "--port" in result.stderr

    def test_an_address_of_another_machine_is_code_7(self) -> None:
        result = CliRunner().invoke(cli, ["serve", "--host", "192.0.2.1", "--port", "0"])
        assert result.exit_code == 7


@pytest.mark.slow
class TestProcess:
    def test_says_where_it_is_once_it_answers(self, shop: Path) -> None:
        with subprocess.Popen([*SERVE, "--port", "0"], stderr=subprocess.PIPE, text=True, cwd=shop) as process:
            try:
                assert process.stderr is not None
                url = re.search(r"documentation: (http://127\.0\.0\.1:\d+/docs)", process.stderr.readline())
                assert url
                assert httpx2.get(url[1]).status_code == 200
            finally:
                process.send_signal(signal.SIGINT)
        assert (shop / "twincast.db").is_file()

    def test_an_open_address_without_a_key_does_not_start(self, shop: Path) -> None:
        command = [*SERVE, "--host", "0.0.0.0", "--port", "0"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=shop, timeout=30, check=False)
        assert done.returncode == 7
        assert "twincast keys create" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
class TestWorkers:
    def test_are_begun_with_the_service_and_end_with_it_even_where_it_is_killed(self, shop: Path) -> None:
        with subprocess.Popen([*SERVE, "--port", "0"], stderr=subprocess.PIPE, text=True, cwd=shop) as process:
            try:
                assert process.stderr is not None
                lines = [process.stderr.readline(), process.stderr.readline()]
                assert any("The worker" in line for line in lines), lines
                store = open_store(str(shop / "twincast.db"))
                (worker,) = store.board.workers()
            finally:
                process.kill()
        assert worker.endswith("/1")
        for _ in range(1_000):
            if not store.board.workers():
                break
            time.sleep(0.02)
        assert store.board.workers() == {}
        store.close()

    def test_a_worker_of_a_database_in_memory_is_code_7(self) -> None:
        result = CliRunner().invoke(cli, ["worker", "--database", "memory://"])
        assert result.exit_code == 7
        assert "in memory" in result.stderr
