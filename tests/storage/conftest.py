"""The stores that every promise is tested on."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest

from twincast.ports.stores import Store
from twincast.storage.memory import MemoryStore
from twincast.storage.sql.store import open_store

KINDS = (
    "memory",
    "sqlite-file",
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("sqlite-memory", "postgresql")),
)
"""`make check` takes the two that differ most; `make test` takes all."""


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that was just made: filling one takes longer than most tests of it."""
    path = tmp_path_factory.mktemp("stores") / "new.db"
    open_store(str(path)).close()
    return path


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, new_file: Path) -> Iterator[Store]:
    """A fresh store of each kind."""
    made: Store
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "postgresql":
        made = open_store(request.getfixturevalue("postgresql"))
    elif request.param == "sqlite-memory":
        made = open_store("sqlite://")
    else:
        made = open_store(str(copy(new_file, tmp_path / "shop.db")))
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a database file may be made."""
    return tmp_path / "shop.db"
