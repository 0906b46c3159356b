"""Fits plugs to sockets: the only file that knows both. Real parts by default; any of them can be replaced."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from twincast import __version__
from twincast.bootstrap.clocks import RandomIds, SystemClock
from twincast.bootstrap.settings import IN_MEMORY, Settings
from twincast.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from twincast.ports.clock import Clock, Ids
from twincast.ports.engines import Engine
from twincast.ports.stores import Store
from twincast.usecases.context import Context

LOCAL_ACTOR: Final = "local"
"""Who acts where no API key was needed."""
SOFTWARE: Final = f"twincast {__version__}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything a process needs to answer, fitted together once."""

    store: Store
    engine: Engine
    clock: Clock
    ids: Ids
    currency: str
    zone: str
    require_session: bool

    def context(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, actor: str = LOCAL_ACTOR) -> Context:
        """Return the context of one caller in one workspace."""
        return Context(
            workspace=workspace,
            actor=actor,
            store=self.store,
            engine=self.engine,
            clock=self.clock,
            ids=self.ids,
            software=SOFTWARE,
            currency=self.currency,
            zone=self.zone,
            require_session=self.require_session,
        )

    def close(self) -> None:
        """Let go of files and connections."""
        self.store.close()


def open_parts(
    settings: Settings,
    *,
    store: Store | None = None,
    engine: Engine | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
) -> Parts:
    """Open what the settings name; parts that are given are used instead.

    Raises:
        Misconfigured: the database can not be opened.
        SchemaMismatch: it is foreign, or of a later Twincast.
    """
    return Parts(
        store=store or open_store(settings.database),
        engine=engine or default_engine(),
        clock=clock or SystemClock(),
        ids=ids or RandomIds(),
        currency=settings.currency,
        zone=settings.zone,
        require_session=settings.require_session,
    )


@contextmanager
def open_context(
    settings: Settings | None = None, *, workspace: WorkspaceId = DEFAULT_WORKSPACE, actor: str = LOCAL_ACTOR
) -> Iterator[Context]:
    """Open everything for one caller, and close it afterwards. Without settings all of it is in memory."""
    parts = open_parts(settings or Settings(database=IN_MEMORY))
    try:
        yield parts.context(workspace, actor)
    finally:
        parts.close()


def open_store(url: str) -> Store:
    """Open the store at a URL: `memory://`, `sqlite:///path` or the path of an SQLite file."""
    if url == IN_MEMORY:
        from twincast.storage.memory.store import MemoryStore

        return MemoryStore()
    from twincast.storage.sql.store import open_store as open_sql  # SQLAlchemy takes its time to import

    return open_sql(url)


def default_engine() -> Engine:
    """Return the engine that ships: the response model with its prior."""
    from twincast.engines.behavioural import BehaviouralEngine

    return BehaviouralEngine()
