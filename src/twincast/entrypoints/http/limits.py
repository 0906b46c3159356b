"""How much a request may send: said by its header or found while it comes in, and then refused."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from twincast.domain.errors import TooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LIMIT: Final = "twincast.limit"
"""Where the scope of a request says what its limit is."""


class BodyLimit:
    """Middleware that counts what comes in; a few addresses, such as those of uploads, may take more."""

    def __init__(self, app: App, *, most: int, other: Mapping[str, int]) -> None:
        self.app = app
        self.most = most
        self.other = dict(other)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.other.get(scope["path"], self.most)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if seen == 0 and stated_length(scope) > most:
                raise too_large(most)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise too_large(most)
            return message

        await self.app(scope, counted, send)


def stated_length(scope: Scope) -> int:
    """Return what `Content-Length` says, 0 where it says nothing."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def too_large(most: int) -> TooLarge:
    """Return the error for a body that is longer than `most` bytes."""
    return TooLarge(f"The body is longer than {most:,} bytes. Send less at once; customers in bulk go to .../bulk.")
