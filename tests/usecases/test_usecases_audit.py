"""The audit log as use cases write and read it: pseudonymous, in the same transaction, one workspace's own."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.ids import WorkspaceId
from twincast.ports.engines import Engine
from twincast.storage.memory import MemoryStore
from twincast.usecases import audit
from twincast.usecases.context import Context

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


class Ids:
    """No identifiers are needed here."""

    def new(self, prefix: str) -> str:
        raise AssertionError(prefix)


@pytest.fixture
def ctx() -> Context:
    """A caller of an empty store; nothing is predicted here."""
    engine = cast(Engine, None)
    store = MemoryStore()
    return Context(workspace=WorkspaceId("shop"), actor="key_7", store=store, engine=engine, clock=Clock(), ids=Ids())


def note(ctx: Context, *actions: str) -> None:
    with ctx.store.writing(ctx.workspace) as unit:
        for action in actions:
            audit.record(unit, ctx, action, "x1", {"version": 2})
        unit.commit()


class TestRecording:
    def test_notes_who_did_what_to_what_and_when(self, ctx: Context) -> None:
        note(ctx, "twin.created")
        (entry,) = audit.entries(ctx).items
        assert (entry.sequence, entry.at, entry.actor) == (1, NOW, "key_7")
        assert (entry.action, entry.subject, entry.details) == ("twin.created", "x1", {"version": 2})

    def test_is_undone_with_the_change_it_speaks_of(self, ctx: Context) -> None:
        with ctx.store.writing(ctx.workspace) as unit:
            audit.record(unit, ctx, "twin.created", "x1")
        assert audit.entries(ctx).items == ()


class TestReading:
    def test_is_of_ones_own_workspace(self, ctx: Context) -> None:
        note(ctx, "twin.created")
        assert audit.entries(replace(ctx, workspace=WorkspaceId("other"))).items == ()

    def test_pages_and_filters(self, ctx: Context) -> None:
        note(ctx, "twin.created", "test.run", "twin.erased")
        first = audit.entries(ctx, limit=1, action="twin")
        second = audit.entries(ctx, cursor=first.next_cursor, limit=1, action="twin")
        assert [page.items[0].action for page in (first, second)] == ["twin.erased", "twin.created"]
        assert second.next_cursor is None
        assert audit.entries(ctx, since=NOW.replace(hour=13)).items == ()
        assert len(audit.entries(ctx, since=NOW).items) == 3

    @pytest.mark.parametrize("limit", [0, -1, 501])
    def test_names_a_limit_that_is_out_of_range(self, ctx: Context, limit: int) -> None:
        with pytest.raises(InvalidInput, match=f"limit: {limit} is out of range"):
            audit.entries(ctx, limit=limit)

    def test_names_a_time_without_an_offset_and_a_cursor_that_is_none(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match="since: has no offset"):
            audit.entries(ctx, since=NOW.replace(tzinfo=None))
        with pytest.raises(InvalidInput, match="cursor: is not a cursor"):
            audit.entries(ctx, cursor="page2")


class TestPseudonyms:
    def test_are_equal_for_equal_customers_of_one_store_only(self) -> None:
        ours, theirs = b"a" * 32, b"b" * 32
        assert audit.pseudonym(ours, "C1") == audit.pseudonym(ours, "C1")
        assert len({audit.pseudonym(ours, "C1"), audit.pseudonym(ours, "C2"), audit.pseudonym(theirs, "C1")}) == 3

    @pytest.mark.parametrize("customer", ["ann@example.com", "", "日本", "\ud800", "x" * 100_000])
    def test_are_short_and_hold_nothing_of_the_id(self, customer: str) -> None:
        made = audit.pseudonym(b"salt", customer)
        assert len(made) == 24
        assert set(made) <= set("0123456789abcdef")
        assert not customer or customer not in made

    def test_are_an_hmac_with_the_salt_as_its_key(self) -> None:
        # RFC 4231, test case 2, cut to 96 bits.
        assert audit.pseudonym(b"Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426"
