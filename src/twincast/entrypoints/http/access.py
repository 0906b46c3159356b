"""Who may do what: a key opens its workspace; without keys only this machine is served, and only by its own name."""

from typing import Final

from starlette.requests import Request

from twincast.bootstrap.container import Parts
from twincast.bootstrap.settings import Settings, is_loopback
from twincast.domain.errors import Misconfigured, NotAllowed, NotAuthenticated
from twincast.usecases import keys
from twincast.usecases.context import Context

ACTOR: Final = "twincast.actor"
"""Where the scope of a request says who acts; the log takes it from there."""


class Access:
    """Opens the door for requests."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self._parts = parts
        self._open = settings.is_loopback
        if not self._open and not any(key.revoked_at is None for key in parts.store.keys.all()):
            raise Misconfigured(
                f"{settings.host!r} can be reached from other machines, and no API key exists. Create one first "
                "(`twincast keys create`), or listen on 127.0.0.1."
            )

    def enter(self, request: Request, scope: str) -> Context:
        """Return the context that a request acts in.

        Args:
            request: with or without a key; one that is sent is always checked.
            scope: what its key must allow (`domain.workspaces.SCOPES`).

        Raises:
            NotAuthenticated: no key where one is needed, or one that opens nothing.
            NotAllowed: the key lacks the scope; or a browser was sent here by a foreign page.
        """
        given = request.headers.get("authorization")
        if given is None:
            self._check_local(request)
            return self._parts.context()
        scheme, _, secret = given.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise NotAuthenticated("Send the API key as `Authorization: Bearer <key>`.")
        key = keys.authenticate(self._parts.store, secret.strip())
        keys.require(key, scope)
        request.scope[ACTOR] = key.id
        return self._parts.context(key.workspace, key.id)

    def _check_local(self, request: Request) -> None:
        """Let a request without a key in only if it came from this machine, for this machine, from no foreign page.

        A page in the browser of whoever runs this could otherwise talk to it: by a name of its own that points to
        127.0.0.1 (then `Host` is that name), or by a form (then `Origin` is the page's).
        """
        headers = request.headers
        near = request.client is None or is_loopback(request.client.host)
        if not self._open or not near or "x-forwarded-for" in headers or "forwarded" in headers:
            raise NotAuthenticated("An API key is needed: send it as `Authorization: Bearer <key>`.")
        if not is_loopback(host_of(headers.get("host", ""))):
            raise NotAllowed("Without an API key this service answers only to localhost, 127.0.0.1 or [::1].")
        origin = headers.get("origin")
        if origin is not None and not is_loopback(host_of(origin.partition("://")[2])):
            raise NotAllowed("Without an API key this service does not answer pages of other origins.")


def host_of(authority: str) -> str:
    """Return the name or address in `name:port`."""
    if authority.startswith("["):
        return authority.partition("]")[0][1:]
    return authority.partition(":")[0]
