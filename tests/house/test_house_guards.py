"""The guards round every test: a closed network, no settings of whoever runs them."""

import asyncio
import os
import socket

import pytest

from tests.conftest import KEPT_SETTINGS

OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737): nobody answers there


class TestNetwork:
    def test_a_connection_to_the_outside_is_refused_at_once(self) -> None:
        with socket.socket() as outward, pytest.raises(PermissionError, match=OUTSIDE):
            outward.connect((OUTSIDE, 80))

    def test_a_quiet_connection_to_the_outside_is_refused_too(self) -> None:
        with socket.socket() as outward, pytest.raises(PermissionError, match=OUTSIDE):
            outward.connect_ex((OUTSIDE, 80))

    def test_a_name_of_the_outside_is_not_looked_up(self) -> None:
        with pytest.raises(PermissionError, match=r"example\.invalid"):
            socket.getaddrinfo("example.invalid", 443)

    def test_an_event_loop_is_guarded_as_well(self) -> None:
        async def call_out() -> None:
            await asyncio.open_connection(OUTSIDE, 80)

        with pytest.raises(PermissionError, match=OUTSIDE):
            asyncio.run(call_out())

    def test_this_machine_can_be_reached(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname()) as client,
        ):
            client.sendall(b"hello")
            accepted, _ = server.accept()
            with accepted:
                assert accepted.recv(5) == b"hello"


class TestSettings:
    def test_no_setting_comes_in_from_outside(self) -> None:
        assert {name for name in os.environ if name.startswith("TWINCAST_")} <= KEPT_SETTINGS
