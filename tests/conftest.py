"""What holds for every test: a closed network, no settings from outside, one way to the data sets, the ledger."""

import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

pytest_plugins = ["tests.ledger", "tests.postgresql"]

REPOSITORY = Path(__file__).resolve().parent.parent
KEPT_SETTINGS = {"TWINCAST_DATA", "TWINCAST_SPEC"}
NO_DATA = "no data sets at TWINCAST_DATA"

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Small matrix products in many threads wait for one another where the machine is shared."""

settings.register_profile("twincast", deadline=None, derandomize=True, database=None)
settings.load_profile("twincast")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests, before any module can read them."""
    for name in [name for name in os.environ if name.startswith("TWINCAST_") and name not in KEPT_SETTINGS]:
        del os.environ[name]


def pytest_collection_finish() -> None:
    """Take the tests themselves out of the collector's sight: it would walk through thousands of them."""
    gc.freeze()


def is_local(host: object) -> bool:
    """Tell whether a socket's host is this machine."""
    return isinstance(host, str) and (host in {"", "0.0.0.0", "::1", "localhost"} or host.startswith("127."))


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Let sockets reach this machine only: a test that would call out fails and says where to."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        if not is_local(host):
            raise PermissionError(f"a test tried to reach {host!r}: tests talk to this machine only")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            check(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            check(address[0])
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None:
            check(host.decode() if isinstance(host, bytes) else host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the data sets; the test is skipped, visibly, on a machine that does not have them."""
    folder = Path(os.environ.get("TWINCAST_DATA", REPOSITORY / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(NO_DATA)
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how much was not tested for want of data."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_DATA in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests were skipped: {NO_DATA} (default ../shared/data)", yellow=True
        )
