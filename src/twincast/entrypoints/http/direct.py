"""Routes whose handlers take the request and nothing else, and answer themselves."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response


class DirectRoute(APIRoute):
    """A route without dependencies and without a body that FastAPI reads: what it would do for them is left out.

    It stands in OpenAPI like any other. For the addresses that are asked most.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler as it was written: `async def handler(request) -> Response`."""
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler
