"""A door to knock at: the app on a store in memory, asked from this machine by its own name."""

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from tests.http import bodies
from twincast.bootstrap.container import Parts, open_parts
from twincast.bootstrap.settings import Settings
from twincast.domain.ids import WorkspaceId
from twincast.domain.workspaces import SCOPES
from twincast.entrypoints.http.app import create_app
from twincast.usecases import keys

MakeClient = Callable[..., TestClient]


@pytest.fixture
def settings() -> Settings:
    return Settings(database="memory://", max_body=300_000, max_upload=2_000_000)


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    opened = open_parts(settings)
    yield opened
    opened.close()


@pytest.fixture
def make_client(settings: Settings, parts: Parts) -> MakeClient:
    """Return a maker of clients; a failure of our own is an answer here, as it is for a real caller."""

    def make(secret: str | None = None, *, host: str = "localhost:8000", near: str = "127.0.0.1") -> TestClient:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        app = create_app(settings, parts)
        return TestClient(
            app,
            base_url=f"http://{host}",
            client=(near, 50_000),
            headers=headers,
            raise_server_exceptions=False,
        )

    return make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


@pytest.fixture
def known(client: TestClient) -> TestClient:
    """A client of a service that knows the document's customer."""
    assert client.post(bodies.TWINS, json=bodies.customer()).status_code == 201
    return client


@pytest.fixture
def make_key(parts: Parts) -> Callable[..., str]:
    """Return a maker of keys: it gives the secret."""

    def make(workspace: str = "default", scopes: tuple[str, ...] = SCOPES) -> str:
        _, secret = keys.create(parts.store, parts.clock, parts.ids, WorkspaceId(workspace), "test", scopes)
        return secret

    return make
