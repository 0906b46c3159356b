"""What is seen of every request: its id, how long it took, a line in the log, a count. No crash goes out as one."""

import logging
import re
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from twincast.entrypoints.http.access import ACTOR
from twincast.entrypoints.http.metrics import Metrics
from twincast.entrypoints.http.problems import MEDIA_TYPE, unexpected

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUEST: Final = "twincast.request"
LOG: Final = logging.getLogger("twincast.http")
_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_PRIVATE: Final = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Watch:
    """Middleware around everything: no route, no handler and no other middleware is outside of it."""

    def __init__(self, app: App, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = scope[REQUEST] = request_id(scope)
        began, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request.encode()), *_PRIVATE]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # whatever it is, the caller gets a problem and the log its place
            log_crash(request, route_of(scope), error)
            if status == 0:
                await _answer(watched, f"urn:twincast:request:{request}")
            status = 500
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self.metrics.note(scope["method"], route, status, seconds)
        if LOG.isEnabledFor(logging.INFO):
            facts = {
                "request": scope[REQUEST],
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "actor": scope.get(ACTOR, "local"),
            }
            LOG.info("request", extra={"facts": facts})


def request_id(scope: Scope) -> str:
    """Return the caller's own id of a request where it can be used, else a fresh one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)


def route_of(scope: Scope) -> str:
    """Return the address as it is written in the code: what was sent may hold the id of a customer."""
    return str(getattr(scope.get("route"), "path", None) or "unmatched")


def log_crash(request: str, route: str, error: Exception) -> None:
    """Write down where something unexpected happened; never the error's words, which may quote somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('twincast/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    facts = {"request": request, "route": route, "error": type(error).__name__, "at": places}
    LOG.error("crash", extra={"facts": facts})


async def _answer(send: Send, instance: str) -> None:
    body = unexpected(instance).rendered()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
