"""Sending a body to an address that somebody else chose: only to where it may lead, and following it nowhere else."""

import http.client
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from twincast.domain.webhooks import is_public

SECONDS: Final = 15.0
"""How long a connection, and then the answer, may take."""


class Refused(Exception):
    """The name leads into a private network, or to this machine."""


def post(url: str, headers: dict[str, str], body: bytes, private: bool) -> int:
    """Send a body; return the status of the answer, whose body is not read. Redirects are not followed.

    The name is resolved once, and the connection goes to the address that was looked at: a name that leads elsewhere
    at a second look can not lead astray.

    Args:
        url: https:// or http://.
        headers: to send with it.
        body: to send.
        private: whether it may lead into a private network, or to this machine.

    Raises:
        Refused: it leads where it may not.
        OSError, ValueError: there is no answer, or none in HTTP.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    address = _resolved(host, port, private=private)
    connection: http.client.HTTPConnection = _Secure(host, port, address) if secure else _Plain(host, port, address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise ConnectionError(type(error).__name__) from error
    finally:
        connection.close()


def _resolved(host: str, port: int, *, private: bool) -> str:
    """Return an address of a name. Refused where any of its addresses is not public: which one is taken is chance."""
    found = [str(it[4][0]) for it in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(map(is_public, found)):
        raise Refused("The address leads into a private network, or to this machine.")
    return found[0]


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was resolved before."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), SECONDS)


class _Secure(_Plain):
    """The same, encrypted, with the certificate of the name that was asked for."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
