"""The stores that every promise is tested on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from twincast.ports.stores import Store
from twincast.storage.memory import MemoryStore
from twincast.storage.sql.store import open_store


@pytest.fixture(params=["memory", "sqlite-file", "sqlite-memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store of each kind."""
    made: Store
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "postgresql":
        made = open_store(request.getfixturevalue("postgresql"))
    else:
        made = open_store("sqlite://" if request.param == "sqlite-memory" else str(tmp_path / "shop.db"))
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a database file may be made."""
    return tmp_path / "shop.db"
