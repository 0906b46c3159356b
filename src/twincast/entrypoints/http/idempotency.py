"""`Idempotency-Key`: what makes two requests the same, and how a reply becomes a response."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from twincast.usecases.replies import Claim, Reply, checked_key

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"


def claim_of(request: Request, body: bytes) -> Claim | None:
    """Return what a request with a key claims, or None for one without."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    digest = sha256(body)
    digest.update(b"\n" + request.scope["query_string"])
    digest.update(b"\n" + request.headers.get("if-none-match", "").encode())
    scope = f"{request.method} {request.url.path}"
    return Claim(key=checked_key(key), scope=scope, request_hash=digest.hexdigest())


def response_of(reply: Reply) -> Response:
    """Return a reply as a response; one that was given before says so."""
    headers = dict(reply.headers)
    if reply.replayed:
        headers[REPLAYED] = "true"
    return Response(reply.body, status_code=reply.status, headers=headers, media_type="application/json")


class Queue:
    """Lets one request at a time work on a key; only long work needs it, since short work is done in one go."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, workspace: str, claim: Claim | None) -> AsyncIterator[None]:
        """Wait until nobody else works on this key."""
        if claim is None:
            yield
            return
        place = (workspace, f"{claim.scope} {claim.key}")
        lock = self._locks.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked() and self._locks.get(place) is lock:
                del self._locks[place]
