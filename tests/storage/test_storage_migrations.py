"""Databases new, old, foreign and from the future: migrated, or refused without being touched."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.storage.records import OTHER, SHOP, a_trial, a_twin, twin_id, with_names
from twincast.domain.errors import SchemaMismatch
from twincast.domain.events import Head, real_line
from twincast.domain.ids import SessionId
from twincast.domain.sessions import Phase
from twincast.storage.sql.basics import metadata
from twincast.storage.sql.databases import connected
from twincast.storage.sql.documents import TRIALS, unpacked
from twincast.storage.sql.engine import open_database, read_url
from twincast.storage.sql.schema import HEAD, MIGRATIONS, prepare, upgrade
from twincast.storage.sql.store import open_store

NEXT = '''"""One more revision, for the test."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("twins", sa.Column("colour", sa.Text, server_default="blue"))
    {then}
'''


LATER_KEYS = {"session_id", "head"}
"""What a test did not have in the first schema."""


def statements(database: Path) -> dict[str, str]:
    """The SQL by which everything in a database was made."""
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows}


def write(database: Path, sql: str, *parameters: Any) -> None:
    """Change a database behind Twincast's back."""
    connection = sqlite3.connect(database)
    connection.execute(sql, parameters)
    connection.commit()
    connection.close()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations, to which a test may add."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__")))


class TestTheMigrations:
    def test_end_in_the_revision_that_is_written_down(self) -> None:
        directory = ScriptDirectory(str(MIGRATIONS))
        assert directory.get_heads() == [HEAD]
        assert directory.get_bases() == ["0001"]

    def test_end_in_the_schema_of_the_tables(self, database: Path) -> None:
        open_store(str(database)).close()
        with closing(open_database(read_url(str(database)))) as opened, connected(opened, writes=False) as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []

    def test_make_each_table_and_index_as_the_tables_would(self, database: Path, tmp_path: Path) -> None:
        open_store(str(database)).close()
        with (
            closing(open_database(read_url(str(tmp_path / "made.db")))) as opened,
            connected(opened, writes=True) as connection,
        ):
            metadata.create_all(connection)
            connection.commit()
        migrated, made = statements(database), statements(tmp_path / "made.db")
        assert {name: migrated[name] for name in made} == made
        assert migrated.keys() - made.keys() == {"alembic_version", "audit_refuses_update", "audit_refuses_delete"}

    def test_are_not_loaded_for_a_database_that_is_up_to_date(self, database: Path) -> None:
        open_store(str(database)).close()
        code = (
            "import sys; from twincast.storage.sql.store import open_store; open_store(sys.argv[1]).close();"
            "print([name for name in sys.modules if name.split('.')[0] in ('alembic', 'mako')])"
        )
        done = subprocess.run([sys.executable, "-c", code, str(database)], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"


class TestAnOlderDatabase:
    def test_of_the_first_schema_keeps_its_rows(self, database: Path) -> None:
        """The rows are written as the first version wrote them; later revisions must carry them over."""
        with closing(open_database(read_url(str(database)))) as opened, connected(opened, writes=True) as connection:
            upgrade(connection, revision="0001")
            connection.commit()
        micros = int((datetime(2024, 5, 1, 12, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**6
        for version, newest in ((1, 0), (2, 1)):
            twin = ("shop", "twin_C1", version, newest, "C1", "2024-02-29", "ab", "r1", None, "EUR", '["tea"]', micros)
            write(database, "INSERT INTO twins VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", *twin, b"\0\1", '{"age":41}')
        full = with_names(json.loads(unpacked(TRIALS.write(a_trial()))))
        document = {key: value for key, value in full.items() if key not in LATER_KEYS}
        trial = ("shop", "test_1", "twin_C1", micros, 1, json.dumps(document))
        write(database, "INSERT INTO trials VALUES (?,?,?,?,?,?)", *trial)
        store = open_store(str(database))
        with store.reading(SHOP) as unit:
            found = unit.twins.get(twin_id())
            assert found is not None
            assert (found.version, found.as_of, found.interests) == (2, date(2024, 2, 29), ("tea",))
            assert (found.state, found.created_at) == (b"\0\1", datetime(2024, 5, 1, 12, tzinfo=UTC))
            session = SessionId("sess_before_sessions")
            was = Head(branch=real_line(twin_id()).branch, position=0)
            assert unit.trials.newest(None, 5, session_id=session).items == (
                replace(a_trial(), session_id=session, head=was),
            )
            begun = unit.sessions.get(session)
            assert begun is not None
            assert (begun.phase, begun.ended_at) == (Phase.ENDED, datetime(2024, 5, 1, 12, tzinfo=UTC))
        with store.reading(OTHER) as unit:
            assert unit.sessions.get(session) is None
        store.check()
        store.close()

    def test_is_migrated_to_a_later_revision_with_its_rows(self, database: Path, scripts: Path) -> None:
        store = open_store(str(database))
        with store.writing(SHOP) as unit:
            unit.twins.add([a_twin()])
            unit.commit()
        store.close()
        (scripts / "versions" / "r9001_next.py").write_text(NEXT.format(head=HEAD, then="pass"))
        with closing(open_database(read_url(str(database)))) as opened:
            prepare(opened, head="9001", scripts=scripts)
        connection = sqlite3.connect(database)
        assert connection.execute("SELECT customer_id, colour FROM twins").fetchall() == [("C1", "blue")]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9001",)]
        connection.close()

    def test_is_left_as_it_was_where_a_migration_fails(self, database: Path, scripts: Path) -> None:
        open_store(str(database)).close()
        before = statements(database)
        (scripts / "versions" / "r9001_next.py").write_text(NEXT.format(head=HEAD, then="raise ZeroDivisionError"))
        with closing(open_database(read_url(str(database)))) as opened, pytest.raises(ZeroDivisionError):
            prepare(opened, head="9001", scripts=scripts)
        assert statements(database) == before
        open_store(str(database)).close()


class TestADatabaseThatIsNotOurs:
    def test_of_a_later_version_is_refused_untouched(self, database: Path) -> None:
        open_store(str(database)).close()
        write(database, "UPDATE alembic_version SET version_num = '9999'")
        before = database.read_bytes()
        with pytest.raises(SchemaMismatch, match=r"'9999'.*Start the version of Twincast that wrote it"):
            open_store(str(database))
        assert database.read_bytes() == before

    def test_with_foreign_tables_is_refused_untouched(self, database: Path) -> None:
        write(database, "CREATE TABLE customers (id)")
        before = database.read_bytes()
        with pytest.raises(SchemaMismatch, match=r"not Twincast's \(customers\).*Name another file"):
            open_store(str(database))
        assert database.read_bytes() == before
        assert [path.name for path in database.parent.iterdir()] == [database.name]

    def test_that_lost_a_table_is_refused(self, database: Path) -> None:
        open_store(str(database)).close()
        write(database, "DROP TABLE trials")
        with pytest.raises(SchemaMismatch, match=r"lacks tables \(trials\)"):
            open_store(str(database))

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("ALTER TABLE twins ADD COLUMN colour", r"'twins'.*\(colour\)"),
            ("ALTER TABLE trials DROP COLUMN document", r"'trials'.*\(document\)"),
            ("DELETE FROM alembic_version", "not Twincast's"),
        ],
    )
    def test_that_was_altered_since_is_found_by_the_check(self, database: Path, change: str, says: str) -> None:
        store = open_store(str(database))
        store.check()
        write(database, change)
        before = statements(database)
        with pytest.raises(SchemaMismatch, match=says):
            store.check()
        assert statements(database) == before
        store.close()
