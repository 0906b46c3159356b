"""Fitting plugs to sockets: real parts by default, each replaceable, and ids that sort by their time."""

from pathlib import Path

from twincast.bootstrap.clocks import RandomIds, SystemClock
from twincast.bootstrap.container import open_context, open_parts, open_store
from twincast.bootstrap.settings import Settings
from twincast.domain.ids import WorkspaceId
from twincast.storage.memory import MemoryStore
from twincast.usecases import twins

RECORD = {"customer_id": "c"}


class TestOpening:
    def test_a_file_keeps_what_was_stored(self, tmp_path: Path) -> None:
        settings = Settings(database=str(tmp_path / "shop.db"))
        with open_context(settings) as ctx:
            twins.save(ctx, RECORD)
        with open_context(settings) as ctx:
            assert twins.get(ctx, "c").version == 1

    def test_without_settings_all_of_it_is_in_memory(self) -> None:
        with open_context() as ctx:
            assert isinstance(ctx.store, MemoryStore)
            assert ctx.software.startswith("twincast ")

    def test_workspaces_do_not_see_each_other(self) -> None:
        parts = open_parts(Settings(database="memory://"))
        twins.save(parts.context(WorkspaceId("one")), RECORD)
        assert twins.listing(parts.context(WorkspaceId("two"))).items == ()
        assert len(twins.listing(parts.context(WorkspaceId("one"))).items) == 1
        parts.close()

    def test_a_part_that_is_given_is_used(self) -> None:
        store = open_store("memory://")
        assert open_parts(Settings(database="never opened"), store=store).store is store


class TestIds:
    def test_are_never_the_same_and_sort_by_time(self) -> None:
        made = [RandomIds().new("test_") for _ in range(2_000)]
        assert len(set(made)) == len(made)
        stamps = [it[: len("test_") + 13] for it in made]
        assert stamps == sorted(stamps)
        assert all(it.removeprefix("test_").isalnum() and len(it) == 42 for it in made)


class TestTheClock:
    def test_tells_the_time_in_utc(self) -> None:
        now = SystemClock().now()
        assert now.tzname() == "UTC"
        assert now <= SystemClock().now()
