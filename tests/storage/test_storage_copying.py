"""Copying a database to one of another kind: all of it, the same, or nothing."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from tests.storage.records import NOON, OTHER, SHOP, a_twin, an_entry
from tests.storage.writes import ADDS, ONE_OF_EACH, WRITES, contents, fill, fill_one_of_each
from twincast.domain.errors import Misconfigured
from twincast.domain.ids import KeyId
from twincast.domain.workspaces import ApiKey
from twincast.entrypoints.cli.main import cli
from twincast.storage.sql.basics import metadata
from twincast.storage.sql.copying import copy
from twincast.storage.sql.store import open_store

KEY = ApiKey(
    id=KeyId("key_1"),
    workspace=OTHER,
    name="till",
    secret_hash="ab",
    scopes=("read",),
    created_at=NOON,
    revoked_at=None,
)
MANY = 1_500


@pytest.fixture
def filled(tmp_path: Path) -> str:
    """A file with one of each in two workspaces, and with more twins than are copied at a time."""
    path = str(tmp_path / "shop.db")
    with closing(open_store(path)) as store:
        fill_one_of_each(store)
        fill(store, *(WRITES[name] for name in ADDS), workspace=OTHER)
        fill(store, lambda unit: unit.twins.add([a_twin(f"ä{number:05d}") for number in range(MANY)]), workspace=OTHER)
        store.keys.add(KEY)
        store.salt()
        store.board.beat("somebody", NOON)
    return path


class TestACopy:
    @pytest.mark.slow
    def test_holds_the_same_there_and_back_again(self, filled: str, postgresql: str, tmp_path: Path) -> None:
        steps: list[tuple[int, int]] = []
        there = copy(filled, postgresql, lambda done, total: steps.append((done, total)))
        back = copy(postgresql, str(tmp_path / "again.db"))
        assert there == back
        assert {it.name for it in there} == set(metadata.tables) - {"workers"}
        assert {it.name: it.rows for it in there}["twins"] == MANY + 2
        assert steps[-1] == (sum(it.rows for it in there),) * 2
        with closing(open_store(filled)) as old:
            salt = old.salt()
        for url in (postgresql, str(tmp_path / "again.db")):
            with closing(open_store(url)) as store:
                assert store.salt() == salt
                assert store.keys.all() == [KEY]
                assert store.board.workers() == {}
                with store.reading(SHOP) as unit:
                    assert contents(unit) == ONE_OF_EACH
                with store.reading(OTHER) as unit:
                    assert contents(unit) == (MANY + 1, *ONE_OF_EACH[1:])

    def test_goes_on_counting_where_the_old_one_stopped(self, filled: str, postgresql: str) -> None:
        copy(filled, postgresql)
        with closing(open_store(postgresql)) as store:
            fill(store, lambda unit: unit.audit.append(an_entry()))
            with store.reading(SHOP) as unit:
                assert [it.sequence for it in unit.audit.newest(None, 5).items] == [3, 1]

    def test_may_go_to_a_database_on_which_a_service_was_started(self, filled: str, postgresql: str) -> None:
        with closing(open_store(postgresql)) as store:
            store.salt()
        copy(filled, postgresql)


class TestNothingIsCopied:
    def test_to_a_database_that_holds_anything(self, filled: str, postgresql: str) -> None:
        with closing(open_store(postgresql)) as store:
            fill(store, WRITES["twins.add"])
        with pytest.raises(Misconfigured, match=r"not empty \(twins\)"):
            copy(filled, postgresql)
        with closing(open_store(postgresql)) as store, store.reading(SHOP) as unit:
            assert (unit.twins.count(), len(unit.trials.newest(None, 5).items)) == (1, 0)

    def test_from_a_file_that_is_not_there_or_empty(self, postgresql: str, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="no file"):
            copy(str(tmp_path / "none.db"), postgresql)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "empty.db").touch()
        with pytest.raises(Misconfigured, match="nothing in this database"):
            copy(str(tmp_path / "empty.db"), postgresql)
        assert (tmp_path / "empty.db").stat().st_size == 0

    def test_where_the_target_can_not_hold_a_text(self, filled: str, postgresql: str) -> None:
        with closing(sqlite3.connect(filled)) as file:
            file.execute("UPDATE trials SET document = 'a' || char(0)")
            file.commit()
        with pytest.raises(Misconfigured, match=r"'trials' holds text with the character NUL"):
            copy(filled, postgresql)
        with psycopg.connect(postgresql) as connection:
            assert connection.execute("SELECT count(*) FROM twins").fetchone() == (0,)


class TestTheCommand:
    def test_copies_and_says_what(self, filled: str, postgresql: str) -> None:
        done = CliRunner().invoke(cli, ["database", "copy", "--from", filled, "--to", postgresql])
        assert done.exit_code == 0, done.output
        assert "both databases hold the same" in done.output
        assert f"{MANY + 2:,}" in done.output
        again = CliRunner().invoke(cli, ["database", "copy", "--from", filled, "--to", postgresql, "--json"])
        assert again.exit_code == 7
        assert json.loads(again.stdout)["code"] == "misconfigured"

    def test_copies_nothing_that_is_in_memory(self) -> None:
        done = CliRunner().invoke(cli, ["database", "copy", "--database", "memory://", "--to", "x.db"])
        assert done.exit_code == 7
        assert "in memory" in done.output
