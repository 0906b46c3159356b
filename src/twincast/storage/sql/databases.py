"""What lies below the repositories and differs from one kind of database to another: connections and transactions."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, PoolProxiedConnection

from twincast.domain.errors import Misconfigured
from twincast.domain.ids import WorkspaceId


class Database(Protocol):
    """A database of one kind, with its connections."""

    @property
    def engine(self) -> Engine:
        """Where connections come from; its dialect is that of every statement."""
        ...

    @property
    def name(self) -> str:
        """The kind, as SQLAlchemy calls it: `sqlite`, `postgresql`."""
        ...

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        """What the driver raises where a row with that key is there already."""
        ...

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """What the driver raises for whatever goes wrong."""
        ...

    @property
    def misfits(self) -> tuple[type[Exception], ...]:
        """What the driver raises, before anything was sent, for text that no column of the database can hold."""
        ...

    def transaction(
        self, workspace: WorkspaceId | None, *, writes: bool
    ) -> AbstractContextManager[PoolProxiedConnection]:
        """Lend a connection on which a transaction was begun; what is not committed when it is left is rolled back.

        All that it reads is of one moment. One that writes is alone: in the workspace, or, with None, among those that
        change what stands above workspaces.

        Raises:
            RuntimeError: when this thread is within another one that writes.
            WriteConflict: when another one was under way for too long.
            Unavailable: when the database can not be reached, or was lost meanwhile.
        """
        ...

    def rows(self, driver: Any, text: str, values: Sequence[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Run a SELECT and yield its rows, so many at a time, without holding all of them."""
        ...

    def adopt(self) -> None:
        """Set up what lasts; called once it is known that the database is ours, or nobody's."""
        ...

    def unusable(self, error: BaseException) -> Misconfigured:
        """Return the error that says why the database can not be opened, without anything secret."""
        ...

    def scrub(self) -> bool:
        """Remove what was erased from where it may linger; return whether it is gone, or must be tried again."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


@contextmanager
def connected(database: Database, *, writes: bool) -> Iterator[Connection]:
    """Open a transaction that stands above workspaces, as SQLAlchemy's connection."""
    with database.transaction(None, writes=writes) as pooled:
        yield Connection(database.engine, pooled)
