"""What PostgreSQL promises besides: shared by processes, safe against lost connections, ids in the order of bytes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.postgresql import NewDatabase
from tests.storage.records import OTHER, SHOP, a_trial, a_twin, an_entry, twin_id
from tests.storage.test_storage_sqlite import KILLED, WRITER, run
from twincast.domain.errors import Misconfigured, SchemaMismatch, StorageFull, Unavailable, WriteConflict
from twincast.domain.ids import SessionId, TrialId, TwinId
from twincast.storage.sql.basics import metadata
from twincast.storage.sql.databases import connected
from twincast.storage.sql.engine import open_database, read_url
from twincast.storage.sql.postgresql import PostgresDatabase, failure_of
from twincast.storage.sql.schema import prepare, upgrade
from twincast.storage.sql.store import SqlStore, open_store


@pytest.fixture
def store(postgresql: str) -> Iterator[SqlStore]:
    with closing(open_store(postgresql)) as opened:
        yield opened


def ask(url: str, sql: str, *values: object) -> list[Any]:
    """Run a statement behind Twincast's back."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode(), values)
        return cursor.fetchall() if cursor.description else []


def add_a_twin(store: SqlStore, name: str = "C1", version: int = 1) -> None:
    with store.writing(SHOP) as unit:
        unit.twins.add([a_twin(name, version)])
        unit.commit()


def break_connections(url: str) -> None:
    """End every other connection to a database, as a restart of the server does."""
    ask(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
             "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")  # fmt: skip


class TestTheSchema:
    def test_is_that_of_the_tables(self, postgresql: str) -> None:
        with closing(open_database(read_url(postgresql))) as opened, connected(opened, writes=False) as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []

    def test_orders_ids_by_their_bytes_whatever_the_language_of_the_database(self, postgresql: str) -> None:
        found = ask(
            postgresql,
            "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation "
            "WHERE attrelid::regclass::text = ANY(%s) AND attnum > 0 AND collname = 'C'",
            list(metadata.tables),
        )
        ids = {
            (table.name, it.name)
            for table in metadata.sorted_tables
            for it in table.primary_key
            if it.type.python_type is str
        }
        assert ids
        assert ids <= set(found)

    @pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"])
    def test_refuses_to_edit_the_audit_log(self, postgresql: str, change: str) -> None:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            ask(postgresql, change)

    def test_of_the_first_revision_keeps_its_rows(self, new_postgresql: NewDatabase) -> None:
        url = new_postgresql()
        with closing(open_database(read_url(url))) as opened, connected(opened, writes=True) as connection:
            upgrade(connection, revision="0001")
            connection.commit()
        ask(url, "INSERT INTO trials VALUES ('shop', 'test_1', 'twin_C1', 5, 1, '{}')")
        with closing(open_store(url)) as store:
            store.check()
            with store.reading(SHOP) as unit:
                assert unit.trials.count(SessionId("sess_before_sessions")) == 1

    def test_with_foreign_tables_is_refused_untouched(self, new_postgresql: NewDatabase) -> None:
        url = new_postgresql()
        ask(url, "CREATE TABLE customers (id text)")
        with pytest.raises(SchemaMismatch, match=r"not Twincast's \(customers\).*an empty database"):
            open_store(url)
        assert ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("customers",)]

    def test_is_left_as_it_was_where_a_migration_fails(
        self, new_postgresql: NewDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(connection: Any, scripts: Path) -> None:
            upgrade(connection, scripts)
            raise ZeroDivisionError

        url = new_postgresql()
        monkeypatch.setattr("twincast.storage.sql.schema.upgrade", fail)
        with closing(open_database(read_url(url))) as opened, pytest.raises(ZeroDivisionError):
            prepare(opened)
        assert ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


class TestProcesses:
    @pytest.mark.slow
    def test_that_are_killed_leave_what_was_committed(self, postgresql: str) -> None:
        child = run(KILLED, postgresql)
        assert child.communicate(timeout=60)[1] == ""
        assert child.returncode == -9
        with closing(open_store(postgresql)) as store, store.reading(SHOP) as unit:
            assert unit.twins.get(twin_id()) == a_twin()
            assert unit.trials.get(TrialId("test_1")) == a_trial()

    @pytest.mark.slow
    def test_open_an_empty_database_and_write_at_once_and_lose_nothing(self, new_postgresql: NewDatabase) -> None:
        url = new_postgresql()
        children = [run(WRITER, url, "30") for _ in range(2)]
        outputs = [child.communicate(timeout=120) for child in children]
        assert [errors for _, errors in outputs] == ["", ""]
        assert outputs[0][0] == outputs[1][0] != ""
        with closing(open_store(url)) as store, store.reading(SHOP) as unit:
            assert [twin.version for twin in unit.twins.versions(twin_id())] == list(range(1, 61))
            assert len(unit.audit.newest(None, 100).items) == 60


class TestWriters:
    def test_of_one_workspace_wait_for_each_other_and_not_for_those_of_another(self, postgresql: str) -> None:
        began, others = threading.Event(), []

        def write(store: SqlStore) -> None:
            began.set()
            with store.writing(SHOP) as unit:
                others.append(len(unit.twins.versions(twin_id())))

        with (
            closing(open_store(postgresql)) as one,
            closing(open_store(postgresql)) as two,
            ThreadPoolExecutor(1) as pool,
        ):
            with one.writing(SHOP) as unit:
                waiting = pool.submit(write, two)
                assert began.wait(10)
                with two.writing(OTHER) as elsewhere:
                    elsewhere.audit.append(an_entry())
                    elsewhere.commit()
                unit.twins.add([a_twin()])
                assert others == []
                unit.commit()
            waiting.result(10)
        assert others == [1]  # it saw what the one before it committed

    def test_that_come_to_no_turn_are_told_to_try_again(self, postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with closing(open_store(postgresql)) as one, one.writing(SHOP):
            monkeypatch.setattr("twincast.storage.sql.postgresql.SETTINGS", ("SET lock_timeout = '1ms'",))
            with closing(open_store(postgresql)) as two, pytest.raises(WriteConflict, match="try again"):
                two.writing(SHOP).__enter__()


class TestConnections:
    def test_that_were_lost_while_idle_are_made_anew(self, store: SqlStore, postgresql: str) -> None:
        add_a_twin(store)
        break_connections(postgresql)
        add_a_twin(store, "C2")
        break_connections(postgresql)
        with store.reading(SHOP) as unit:
            assert unit.twins.count() == 2
        break_connections(postgresql)
        store.check()

    @pytest.mark.parametrize("kind", ["reading", "writing"])
    def test_that_are_lost_in_the_middle_say_so_and_leave_nothing(
        self, store: SqlStore, postgresql: str, kind: str
    ) -> None:
        def lose() -> None:
            with getattr(store, kind)(SHOP) as unit:
                if kind == "writing":
                    unit.twins.add([a_twin()])
                break_connections(postgresql)
                unit.twins.get(twin_id())
                unit.commit()

        with pytest.raises(Unavailable, match="can not be reached"):
            lose()
        with store.reading(SHOP) as unit:
            assert unit.twins.count() == 0

    def test_that_are_refused_say_why_and_tell_no_password(self, postgresql: str) -> None:
        whole = urlsplit(postgresql)
        elsewhere = urlunsplit(whole._replace(netloc="me:hush@"))
        nowhere = "postgresql://me:hush@localhost:1/shop?connect_timeout=2"
        for url, says in ((elsewhere, 'role "me" does not exist'), (nowhere, "refused")):
            with pytest.raises(Misconfigured, match=says) as refusal:
                open_store(url)
            assert "hush" not in refusal.value.detail


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "named"),
        [
            (psycopg.errors.SerializationFailure(), WriteConflict),
            (psycopg.errors.DeadlockDetected(), WriteConflict),
            (psycopg.errors.LockNotAvailable(), WriteConflict),
            (psycopg.errors.DiskFull(), StorageFull),
            (psycopg.errors.AdminShutdown(), Unavailable),
            (psycopg.errors.QueryCanceled(), Unavailable),
            (psycopg.errors.IdleInTransactionSessionTimeout(), Unavailable),
            (psycopg.errors.UndefinedTable(), type(None)),
        ],
    )
    def test_have_names(self, error: psycopg.Error, named: type) -> None:
        assert type(failure_of(error)) is named


class TestTexts:
    def test_with_nul_find_nothing(self, store: SqlStore) -> None:
        with store.reading(SHOP) as unit:
            assert unit.twins.get(TwinId("a\x00b")) is None
            assert unit.twins.get_many([TwinId("\x00"), twin_id()]) == [None, None]
            assert unit.twins.known([TwinId("\x00")]) == set()
            assert unit.twins.count() == 0  # the transaction goes on


class TestTheDriver:
    @pytest.mark.slow
    def test_is_not_loaded_for_sqlite(self, tmp_path: Path) -> None:
        open_store(str(tmp_path / "x.db")).close()  # a new database is made by Alembic, which loads everything
        code = (
            "import sys; from twincast.storage.sql.store import open_store; open_store(sys.argv[1]).close();"
            "print([name for name in sys.modules if name.startswith('psycopg')])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "x.db")], capture_output=True, text=True, check=True
        )
        assert done.stdout == "[]\n"

    def test_reads_both_spellings_of_the_url(self) -> None:
        for text in ("postgres://me@host/shop", "postgresql://me@host/shop", "postgresql+psycopg://me@host/shop"):
            assert read_url(text).drivername == "postgresql+psycopg"
            assert isinstance(open_database(read_url(text)), PostgresDatabase)
