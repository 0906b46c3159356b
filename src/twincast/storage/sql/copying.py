"""Moving everything to another database, whatever its kind: all of it in one transaction, and proved before its end."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select, text

from twincast.domain.errors import Misconfigured
from twincast.storage.sql import house_tables, job_tables
from twincast.storage.sql.basics import metadata
from twincast.storage.sql.databases import Database, connected
from twincast.storage.sql.engine import read_url
from twincast.storage.sql.schema import some
from twincast.storage.sql.store import open_prepared

CHUNK: Final = 1_000
LEFT_BEHIND: Final = (job_tables.workers,)
"""Who works on the jobs of the old database does not work on those of the new one."""
OF_EVERY_STORE: Final = (house_tables.store_facts, *LEFT_BEHIND)
"""What a store writes by itself: a database that holds nothing else is empty."""
COUNTING: Final = (house_tables.audit, house_tables.tombstones)
"""Tables whose rows PostgreSQL numbers by a sequence, which must go on behind what was copied."""

Told = Callable[[int, int], None]
row_out: Final = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, kw_only=True, slots=True)
class CopiedTable:
    """One table that was copied.

    Attributes:
        name: of the table.
        rows: how many there are on either side.
        digest: SHA-256 of all rows in the order of the primary key, the same on either side.
    """

    name: str
    rows: int
    digest: str


def copy(source: str, target: str, told: Told | None = None) -> list[CopiedTable]:
    """Copy all workspaces with everything in them; the source is only read.

    Args:
        source, target: URLs or paths. The target is made where it is an SQLite file that is not there.
        told: is told how many rows were copied, of how many.

    Returns:
        The tables that were copied, in the order in which they were.

    Raises:
        Misconfigured: there is nothing to copy, the target is not empty, or it can not hold what is there. Then
            nothing was copied.
    """
    require_file(source)
    with (
        closing(open_prepared(source, fill=False)) as old,
        closing(open_prepared(target)) as new,
        connected(old, writes=False) as reading,
        connected(new, writes=True) as writing,
    ):
        require_empty(writing)
        wanted = [table for table in metadata.sorted_tables if table not in LEFT_BEHIND]
        steps = _Steps(sum(count(reading, table) for table in wanted), told)
        writing.execute(delete(house_tables.store_facts))
        copied = [_copied(table, reading, writing, new, steps) for table in wanted]
        if new.name == "postgresql":
            go_on_counting(writing)
        writing.commit()
    return copied


class _Steps:
    """How far it is."""

    def __init__(self, total: int, told: Told | None) -> None:
        self._total = total
        self._told = told
        self._done = 0

    def add(self, rows: int) -> None:
        self._done += rows
        if self._told is not None:
            self._told(self._done, self._total)


def _copied(table: Table, reading: Connection, writing: Connection, new: Database, steps: _Steps) -> CopiedTable:
    """Copy a table and read it again, to see that it is the same."""
    digest, rows = sha256(), 0
    for chunk in chunks(reading, table):
        for row in chunk:
            digest.update(row_out(tuple(row)))
        try:
            writing.execute(insert(table), [dict(row._mapping) for row in chunk])
        except new.misfits as error:
            raise Misconfigured(
                f"The table {table.name!r} holds text with the character NUL, or a number, that the target can not "
                "store. Nothing was copied."
            ) from error
        rows += len(chunk)
        steps.add(len(chunk))
    again = sha256()
    for chunk in chunks(writing, table):
        for row in chunk:
            again.update(row_out(tuple(row)))
    if again.digest() != digest.digest():
        raise Misconfigured(f"The table {table.name!r} is not the same in the target. Nothing was copied.")
    return CopiedTable(name=table.name, rows=rows, digest=digest.hexdigest())


def chunks(connection: Connection, table: Table) -> Iterator[list[Any]]:
    """Yield the rows of a table in the order of its primary key, so many at a time."""
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=CHUNK)
    rows = iter(connection.execute(statement))
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def count(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def require_file(source: str) -> None:
    """Raise Misconfigured for an SQLite file that is not there, which SQLite would make."""
    url = read_url(source)
    if url.get_backend_name() == "sqlite" and "uri" not in url.query and not Path(str(url.database)).is_file():
        raise Misconfigured(f"There is no file {str(url.database)!r} to copy.")


def require_empty(connection: Connection) -> None:
    """Raise Misconfigured where any table holds a row that a store does not write by itself."""
    filled = {it.name for it in metadata.sorted_tables if it not in OF_EVERY_STORE and count(connection, it)}
    if filled:
        raise Misconfigured(
            f"The database that is copied to is not empty ({some(filled)}). Nothing was copied. Name an empty one."
        )


def go_on_counting(connection: Connection) -> None:
    """Let PostgreSQL number the next rows behind those that were copied."""
    for table in COUNTING:
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'sequence'), "  # noqa: S608 - constants
                f"greatest(max(sequence), 1), max(sequence) IS NOT NULL) FROM {table.name}"
            )
        )
