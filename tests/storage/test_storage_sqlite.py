"""What an SQLite file promises besides: durable, shared by processes, erased means gone, found by index."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.storage.records import NOON, SHOP, a_comparison, a_reply, a_trial, a_twin, an_entry, twin_id
from twincast.domain.errors import Misconfigured, SchemaMismatch, WriteConflict
from twincast.domain.ids import CustomerId, TrialId, twin_id_of
from twincast.storage.sql.store import open_store
from twincast.storage.turns import Turns

REPOSITORY = Path(__file__).resolve().parents[2]

KILLED = """
import os, signal, sys
from tests.storage.records import SHOP, a_trial, a_twin
from twincast.storage.sql.store import open_store
store = open_store(sys.argv[1])
with store.writing(SHOP) as unit:
    unit.twins.add([a_twin()])
    unit.trials.add(a_trial())
    unit.commit()
    os.kill(os.getpid(), signal.SIGKILL)
"""
WRITER = """
import sys
from tests.storage.records import SHOP, a_twin, an_entry, twin_id
from twincast.storage.sql.store import open_store
store = open_store(sys.argv[1])
print(store.salt().hex(), flush=True)
for _ in range(int(sys.argv[2])):
    with store.writing(SHOP) as unit:
        versions = unit.twins.versions(twin_id())
        unit.twins.add([a_twin(version=len(versions) + 1)])
        unit.audit.append(an_entry())
        unit.commit()
store.close()
"""


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class TestDurability:
    @pytest.mark.slow
    def test_what_was_committed_survives_kill_9(self, database: Path) -> None:
        open_store(str(database)).close()
        child = run(KILLED, str(database))
        assert child.communicate(timeout=60)[1] == ""
        assert child.returncode == -9
        store = open_store(str(database))
        with store.reading(SHOP) as unit:
            assert unit.twins.get(twin_id()) == a_twin()
            assert unit.trials.get(TrialId("test_1")) == a_trial()
        store.close()

    def test_a_store_finds_what_an_earlier_one_kept(self, database: Path) -> None:
        store = open_store(f"sqlite:///{database}")
        salt = store.salt()
        with store.writing(SHOP) as unit:
            unit.twins.add([a_twin()])
            unit.commit()
        store.close()
        store = open_store(str(database))
        assert store.salt() == salt
        with store.reading(SHOP) as unit:
            assert unit.twins.get(twin_id()) == a_twin()
        store.close()


class TestProcesses:
    @pytest.mark.slow
    def test_open_a_new_database_and_write_at_once_and_lose_nothing(self, database: Path) -> None:
        children = [run(WRITER, str(database), "30") for _ in range(2)]
        outputs = [child.communicate(timeout=120) for child in children]
        assert [errors for _, errors in outputs] == ["", ""]
        assert outputs[0][0] == outputs[1][0] != ""
        store = open_store(str(database))
        with store.reading(SHOP) as unit:
            assert [twin.version for twin in unit.twins.versions(twin_id())] == list(range(1, 61))
            assert len(unit.audit.newest(None, 100).items) == 60
        store.close()


class TestAWriterThatComesToNoTurn:
    def test_is_told_to_try_again_where_another_process_writes(
        self, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("twincast.storage.sql.sqlite.BUSY_SECONDS", 0)
        store = open_store(str(database))
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WriteConflict, match="try again"), store.writing(SHOP):
            pass
        other.execute("ROLLBACK")
        with store.writing(SHOP) as unit:
            unit.twins.add([a_twin()])
            unit.commit()
        other.close()
        store.close()

    def test_is_told_to_try_again_where_another_thread_writes(self) -> None:
        turns = Turns(0.01)
        with ThreadPoolExecutor(1) as pool, turns.taken():
            refusal = pool.submit(turns.taken().__enter__).exception()
        assert isinstance(refusal, WriteConflict)
        assert "0.01 seconds: try again" in refusal.detail
        with turns.taken():
            pass


class TestTheFile:
    def test_is_written_ahead_and_keeps_foreign_keys(self, database: Path) -> None:
        store = open_store(str(database))
        with store.reading(SHOP):
            raw = store._database.engine.raw_connection()
            asked = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete"]
            found = [raw.cursor().execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
            raw.close()
        store.close()
        assert found == ["wal", 1, 1, 30000, 1]

    def test_keeps_a_writer_out_of_nobodys_way_and_lets_nobody_write_into_it(self, database: Path) -> None:
        store = open_store(str(database))
        other = sqlite3.connect(database, timeout=0, isolation_level=None)
        with store.writing(SHOP) as unit:
            unit.twins.add([a_twin()])
            assert other.execute("SELECT count(*) FROM twins").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            unit.commit()
        assert other.execute("SELECT count(*) FROM twins").fetchone() == (1,)
        other.close()
        store.close()

    @pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
    def test_refuses_to_edit_its_audit_log(self, database: Path, change: str) -> None:
        store = open_store(str(database))
        with store.writing(SHOP) as unit:
            unit.audit.append(an_entry())
            unit.commit()
        other = sqlite3.connect(database)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(change)
        other.close()
        store.close()

    def test_holds_no_byte_of_who_was_erased(self, database: Path) -> None:
        secret = CustomerId("Zaphod-4711")
        store = open_store(str(database))
        with store.writing(SHOP) as unit:
            unit.twins.add([a_twin(f"C{number}") for number in range(50)])
            unit.twins.add([a_twin(secret, number, record='{"mail":"zaphod@example.org"}') for number in range(1, 9)])
            unit.trials.add(a_trial("t1", secret))
            unit.comparisons.add(a_comparison("c1", secret))
            unit.replies.add(a_reply(subjects=(twin_id_of(secret),)))
            unit.commit()
        assert any(b"Zaphod" in path.read_bytes() for path in database.parent.iterdir())
        with store.writing(SHOP) as unit:
            twin = twin_id_of(secret)
            gone = [unit.twins.erase(twin), unit.trials.erase(twin), unit.comparisons.erase(twin)]
            assert [*gone, unit.replies.erase(twin)] == [8, 1, 1, 1]
            unit.commit()
        files = {path.name: path.read_bytes() for path in database.parent.iterdir()}
        assert [name for name, content in files.items() if b"aphod" in content] == []
        assert b"C49" in files["shop.db"]
        store.close()

    def test_is_cleaned_by_the_next_change_where_a_reader_was_in_the_way(self, database: Path) -> None:
        store = open_store(str(database))
        with store.writing(SHOP) as unit:
            unit.twins.add([a_twin("Zaphod")])
            unit.commit()
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT * FROM twins").fetchall()
        with store.writing(SHOP) as unit:
            unit.twins.erase(twin_id("Zaphod"))
            unit.commit()
        other.close()
        with store.writing(SHOP) as unit:
            unit.commit()
        assert not any(b"aphod" in path.read_bytes() for path in database.parent.iterdir())
        store.close()


class TestIndexes:
    @pytest.fixture
    def plans(self, database: Path) -> dict[str, str]:
        """How SQLite finds what the repositories ask for, by name."""
        store = open_store(str(database))
        asked: list[str] = []

        def listen(text: str) -> None:
            asked.append(text)

        with store.reading(SHOP) as unit:
            raw = unit.twins._session._driver  # type: ignore[attr-defined]  # a look inside
            found: dict[str, str] = {}
            raw.set_trace_callback(listen)
            calls: dict[str, Callable[[], object]] = {
                "twin": lambda: unit.twins.get(twin_id()),
                "version": lambda: unit.twins.get(twin_id(), 2),
                "many": lambda: unit.twins.get_many([twin_id("C1"), twin_id("C2")]),
                "page": lambda: unit.twins.newest(None, 5),
                "trials": lambda: unit.trials.newest(None, 5),
                "of twin": lambda: unit.trials.newest(None, 5, twin_id()),
                "audit": lambda: unit.audit.newest(None, 5, "twin", NOON),
                "reply": lambda: unit.replies.get("a", "b"),
            }
            for name, call in calls.items():
                asked.clear()
                call()
                raw.set_trace_callback(None)
                rows = raw.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()
                raw.set_trace_callback(listen)
                found[name] = "; ".join(row[3] for row in rows)
            raw.set_trace_callback(None)
        store.close()
        return found

    def test_find_everything_and_nothing_is_sorted_or_scanned(self, plans: dict[str, str]) -> None:
        assert [plan for plan in plans.values() if "SCAN" in plan or "TEMP B-TREE" in plan] == []
        used = {name: plan.split(" INDEX ")[1].split(" ")[0] for name, plan in plans.items()}
        assert used["twin"] == used["many"] == used["page"] == "ux_twins_newest"
        assert (used["trials"], used["of twin"]) == ("ix_trials_time", "ix_trials_twin")
        assert used["audit"] == "ix_audit_workspace"


class TestUrls:
    @pytest.mark.parametrize("name", ["a b?c#d%20é.db", "plain.db"])
    def test_a_bare_path_is_the_file_of_that_name(self, tmp_path: Path, name: str) -> None:
        open_store(str(tmp_path / name)).close()
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_stores_in_memory_share_nothing(self) -> None:
        one, two = open_store("sqlite://"), open_store("sqlite:///:memory:")
        with one.writing(SHOP) as unit:
            unit.twins.add([a_twin()])
            unit.commit()
        with two.reading(SHOP) as unit:
            assert unit.twins.count() == 0
        one.close()
        two.close()

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("mysql://me:hush@host/db", "'mysql' are not served"),
            ("postgresql+asyncpg://me:hush@host/db", "'postgresql\\+asyncpg' are not served"),
            ("postgresql://me:hush@localhost:port/db", "can not be read"),
            ("nonsense://x", "'nonsense' are not served"),
            ("://", "can not be read"),
            ("{folder}", "is a folder"),
            ("{folder}/none/shop.db", "is not there"),
        ],
    )
    def test_that_can_not_be_used_say_so(self, tmp_path: Path, url: str, says: str) -> None:
        with pytest.raises(Misconfigured, match=says) as refusal:
            open_store(url.format(folder=tmp_path))
        assert "hush" not in refusal.value.detail

    def test_a_file_that_is_no_database_is_left_alone(self, database: Path) -> None:
        database.write_bytes(b"Dear diary, " * 100)
        with pytest.raises(SchemaMismatch, match="not a database"):
            open_store(str(database))
        assert database.read_bytes() == b"Dear diary, " * 100
