"""The schema of a database: what state it is in, and its migration to the newest revision when a store is opened."""

from enum import Enum
from importlib.resources import files
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from twincast.domain.errors import Misconfigured, SchemaMismatch
from twincast.storage.sql import (  # noqa: F401 - they put themselves into the metadata
    house_tables,
    job_tables,
    tables,
    usage_tables,
)
from twincast.storage.sql.basics import metadata
from twincast.storage.sql.databases import Database, connected

HEAD: Final = "0017"
"""The newest revision, written down so that a database that is up to date is opened without loading Alembic."""
MIGRATIONS: Final = Path(str(files("twincast.storage.sql") / "migrations"))
REVISION_TABLE: Final = "alembic_version"


class State(Enum):
    """What was found in a database that belongs to Twincast, or to nobody."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"


def prepare(database: Database, *, head: str = HEAD, scripts: Path = MIGRATIONS, fill: bool = True) -> None:
    """Bring a database to the newest revision, in one transaction; an empty one only where it is to be filled.

    Raises:
        SchemaMismatch: when it is foreign or of a later Twincast; then nothing in it was altered.
        Misconfigured: when it is empty and is not to be filled.
    """
    with connected(database, writes=False) as connection:
        state = state_of(connection, head, scripts)
    if state is State.EMPTY and not fill:
        raise Misconfigured("There is nothing in this database yet.")
    database.adopt()
    if state is State.CURRENT:
        return
    with connected(database, writes=True) as connection:
        # Another process may have been faster: only while nobody else writes is the state what it will be.
        if state_of(connection, head, scripts) is not State.CURRENT:
            upgrade(connection, scripts)
            connection.commit()


def state_of(connection: Connection, head: str = HEAD, scripts: Path = MIGRATIONS) -> State:
    """Say what state a database is in. Raises SchemaMismatch saying what to do where it can not be used."""
    there = set(inspect(connection).get_table_names())
    revision = revision_of(connection) if REVISION_TABLE in there else None
    if revision is None:
        if there - {REVISION_TABLE}:
            raise SchemaMismatch(
                f"The database holds tables that are not Twincast's ({some(there)}). Nothing was altered. "
                "Name another file, which is created where there is none, or an empty database."
            )
        return State.EMPTY
    if revision == head:
        require_tables(there)
        return State.CURRENT
    if revision in known_revisions(scripts):
        return State.OLDER
    raise SchemaMismatch(
        f"The database has schema revision {revision!r}; this version of Twincast knows revisions up to {head!r}. "
        "Nothing was altered. Start the version of Twincast that wrote it or a later one, or name another database."
    )


def require_tables(found: set[str]) -> None:
    """Raise SchemaMismatch where tables of the newest revision are gone."""
    missing = set(metadata.tables) - found
    if missing:
        raise SchemaMismatch(f"The database lacks tables ({some(missing)}): restore it from a backup.")


def require_columns(connection: Connection) -> None:
    """Raise SchemaMismatch where a table has other columns than it should."""
    inspector = inspect(connection)
    for table in metadata.sorted_tables:
        found = {column["name"] for column in inspector.get_columns(table.name)}
        wrong = found ^ set(table.columns.keys())
        if wrong:
            raise SchemaMismatch(
                f"Columns of the table {table.name!r} differ from this version's ({some(wrong)}): "
                "restore the database from a backup."
            )


def revision_of(connection: Connection) -> str | None:
    """Return the revision written in the database, or None where none is."""
    return connection.execute(text(f"SELECT version_num FROM {REVISION_TABLE}")).scalar()  # noqa: S608 - a constant


def known_revisions(scripts: Path) -> set[str]:
    """Return the ids of all packaged revisions."""
    from alembic.script import ScriptDirectory  # takes a second, and is needed once in a database's life

    return {script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()}


def upgrade(connection: Connection, scripts: Path = MIGRATIONS, revision: str = "head") -> None:
    """Run the missing migrations within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def some(names: set[str]) -> str:
    """Return the first few names, for a message."""
    shown = sorted(names)
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "")
