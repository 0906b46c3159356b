"""How the URL of a database is read, and which kind of database it names."""

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from twincast.domain.errors import Misconfigured
from twincast.storage.sql.databases import Database

FORMS: Final = "sqlite:///path/to/file.db, the path of the file, or postgresql://user@host/database"
POSTGRESQL: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def read_url(text: str) -> URL:
    """Return the URL of a database given as a URL or as the bare path of an SQLite file.

    Raises:
        Misconfigured: for a kind of database that this version does not keep data in. It never quotes the URL, which
            may hold a password.
    """
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Misconfigured(f"The database URL can not be read. Write it as {FORMS}.") from None
    if url.drivername in POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise Misconfigured(f"Databases of the kind {url.drivername!r} are not served by this version. Use {FORMS}.")
    return url


def open_database(url: URL) -> Database:
    """Return the database at a URL; nothing is connected yet.

    Raises:
        Misconfigured: when the folder of a file is not there.
    """
    if url.get_backend_name() == "sqlite":
        from twincast.storage.sql.sqlite import SqliteDatabase

        return SqliteDatabase(url)
    from twincast.storage.sql.postgresql import PostgresDatabase  # its driver takes its time to import

    return PostgresDatabase(url)
