"""Twins in use: created, changed, the same again, found, compared, erased and exported; in memory and in SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from twincast.domain.errors import InvalidInput, TwinExists, UnknownTwin, UnknownVersion
from twincast.domain.ids import WorkspaceId
from twincast.domain.workspaces import AuditEntry, KeptReply
from twincast.engines.behavioural import BehaviouralEngine
from twincast.ports.stores import Store
from twincast.storage.memory import MemoryStore
from twincast.storage.sql.store import open_store
from twincast.usecases import twins
from twincast.usecases.context import Context

DOCUMENT: dict[str, Any] = {
    "customer_id": "cust_12345",
    "profile": {
        "age": 45,
        "location": "Seattle, WA",
        "income_bracket": "$100-150k",
        "family_status": "Married, 2 children",
    },
    "behavioral_data": {
        "purchase_frequency": "monthly",
        "average_order_value": 250,
        "lifetime_value": 12000,
        "preferred_channels": ["email", "mobile_app"],
        "browsing_patterns": "researches thoroughly before purchase",
    },
    "history": {
        "customer_since": "2019-03-15",
        "total_purchases": 48,
        "returns": 2,
        "support_interactions": 5,
        "satisfaction_scores": [4, 5, 3, 5, 4],
    },
    "psychographic_traits": ["quality_focused", "brand_loyal", "time_constrained"],
    "context": "Premium customer, early adopter, influences others in network",
}


@dataclass
class Calendar:
    """A clock that a test moves."""

    moment: datetime = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@dataclass
class Counting:
    """Ids that count up."""

    last: int = 0

    def new(self, prefix: str) -> str:
        self.last += 1
        return f"{prefix}{self.last:06d}"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with closing(MemoryStore() if request.param == "memory" else open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as it:
        yield it


@pytest.fixture
def ctx(store: Store) -> Context:
    return context(store)


def context(store: Store) -> Context:
    return Context(
        workspace=WorkspaceId("default"),
        actor="local",
        store=store,
        engine=BehaviouralEngine(),
        clock=Calendar(),
        ids=Counting(),
    )


def log(ctx: Context) -> list[AuditEntry]:
    with ctx.store.reading(ctx.workspace) as unit:
        return list(reversed(unit.audit.newest(None, 100).items))


def changed(**history: object) -> dict[str, Any]:
    return {**DOCUMENT, "history": {**DOCUMENT["history"], **history}}


class TestSave:
    @pytest.mark.req("R8", "R26", "R27")
    def test_the_documents_body_makes_a_twin(self, ctx: Context) -> None:
        saved = twins.save(ctx, DOCUMENT)
        assert (saved.created, saved.changed, saved.twin.version) == (True, True, 1)
        assert saved.twin.id == "twin_cust_12345"
        assert saved.twin.customer_id == "cust_12345"
        assert saved.twin.as_of == date(2026, 5, 4)
        assert msgspec.json.decode(saved.twin.record) == DOCUMENT
        assert 0 < saved.profile.model_confidence < 1

    @pytest.mark.req("A48")
    def test_the_same_data_keep_their_version(self, ctx: Context) -> None:
        first = twins.save(ctx, DOCUMENT)
        cast(Calendar, ctx.clock).moment += timedelta(days=3)
        reordered = dict(reversed(DOCUMENT.items()))
        again = twins.save(ctx, reordered)
        assert (again.created, again.changed) == (False, False)
        assert again.twin == first.twin
        assert len(twins.versions(ctx, "cust_12345")) == 1
        assert [entry.action for entry in log(ctx)] == ["twin.created"]

    @pytest.mark.req("R210")
    @pytest.mark.parametrize("as_of", [None, date(2026, 5, 1)])
    def test_the_same_data_are_not_read_again(
        self, ctx: Context, monkeypatch: pytest.MonkeyPatch, as_of: date | None
    ) -> None:
        first = twins.save(ctx, DOCUMENT, as_of=as_of)
        read: list[object] = []
        monkeypatch.setattr(twins, "read_records", lambda *given, **_: read.append(given))
        again = twins.save(ctx, dict(reversed(DOCUMENT.items())), as_of=as_of)
        assert (again.twin, again.changed, read) == (first.twin, False, [])
        with pytest.raises(AttributeError):  # other data would be
            twins.save(ctx, changed(returns=3), as_of=as_of)
        assert len(read) == 1

    @pytest.mark.req("A48")
    def test_other_data_make_another_version_and_keep_the_old(self, ctx: Context) -> None:
        first = twins.save(ctx, DOCUMENT).twin
        again = twins.save(ctx, changed(returns=3))
        assert (again.created, again.changed, again.twin.version) == (False, True, 2)
        assert twins.versions(ctx, "cust_12345") == (first, again.twin)
        assert [entry.action for entry in log(ctx)] == ["twin.created", "twin.changed"]

    def test_what_belongs_to_it_goes_into_the_same_change(self, ctx: Context) -> None:
        kept: list[object] = []
        keeping = replace(ctx, keep=lambda unit, stored: kept.append(stored))
        saved = twins.save(keeping, DOCUMENT)
        twins.save(keeping, DOCUMENT)
        assert kept == [saved.twin]

    @pytest.mark.req("A63")
    def test_a_stated_day_is_part_of_the_data(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT, as_of=date(2026, 1, 1))
        assert not twins.save(ctx, DOCUMENT, as_of=date(2026, 1, 1)).changed
        assert twins.save(ctx, DOCUMENT, as_of=date(2026, 1, 2)).twin.version == 2

    @pytest.mark.req("A48")
    def test_only_if_absent_refuses_what_is_there(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT, only_if_absent=True)
        with pytest.raises(TwinExists, match="twin_cust_12345"):
            twins.save(ctx, changed(returns=3), only_if_absent=True)
        assert len(twins.versions(ctx, "cust_12345")) == 1

    @pytest.mark.req("R9", "R10")
    def test_what_is_wrong_is_named_and_nothing_is_stored(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput) as caught:
            twins.save(ctx, {"profile": {"age": -1}})
        assert {problem.field for problem in caught.value.problems} == {"customer_id", "profile.age"}
        assert twins.listing(ctx).items == ()
        assert log(ctx) == []

    def test_one_who_objects_to_profiling_can_be_kept_listed_exported_and_erased(self, ctx: Context) -> None:
        twins.save(ctx, {"customer_id": "c1", "profile": {"profiling_opt_out": True}})
        assert len(twins.listing(ctx).items) == 1
        assert twins.export(ctx, "c1").customer_id == "c1"
        assert twins.erase(ctx, "c1").removed["versions"] == 1

    def test_the_log_holds_no_id_of_a_customer(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        twins.export(ctx, "cust_12345")
        twins.erase(ctx, "cust_12345")
        assert [entry.action for entry in log(ctx)] == ["twin.created", "twin.exported", "twin.erased"]
        assert "12345" not in repr(log(ctx))
        assert len({entry.subject for entry in log(ctx)}) == 1


class TestSaveMany:
    def test_counts_what_was_new_changed_or_the_same(self, ctx: Context) -> None:
        twins.save_many(ctx, [{"customer_id": f"c{i}", "profile": {"age": 30}} for i in range(5)])
        saved = twins.save_many(ctx, [{"customer_id": f"c{i}", "profile": {"age": 30 + i // 4}} for i in range(8)])
        assert (saved.created, saved.changed, saved.unchanged) == (3, 1, 4)
        assert saved.twin_ids == tuple(f"twin_c{i}" for i in range(8))
        assert log(ctx)[-1].details == {"created": 3, "changed": 1, "unchanged": 4}

    def test_gives_the_same_twins_as_one_by_one(self, ctx: Context) -> None:
        records = [DOCUMENT, {"customer_id": "c2"}, {"customer_id": "c3", "history": {"total_purchases": 3}}]
        many = [twins.get(ctx, twin_id) for twin_id in twins.save_many(ctx, records).twin_ids]
        other = context(MemoryStore())
        assert [twins.save(other, record).twin for record in records] == many

    def test_columns_are_records_too(self, ctx: Context) -> None:
        saved = twins.save_many(ctx, {"customer_id": ["c1", "c2"], "history.total_purchases": [3, None]})
        assert saved.created == 2
        assert twins.get(ctx, "c2").record == '{"customer_id":"c2"}'

    def test_one_bad_record_keeps_all_from_being_stored(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput) as caught:
            twins.save_many(ctx, [{"customer_id": "c1"}, {"customer_id": "c2", "profile": {"age": 999}}])
        assert [problem.row for problem in caught.value.problems] == [1]
        assert twins.listing(ctx).items == ()

    def test_two_records_of_one_customer_are_refused_with_both_rows(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match="the same customer stands in row 1 and again in row 3"):
            twins.save_many(ctx, [{"customer_id": "c1"}, {"customer_id": "c2"}, {"customer_id": "c1"}])

    def test_nothing_at_all_is_nothing(self, ctx: Context) -> None:
        assert twins.save_many(ctx, []).twin_ids == ()


class TestFinding:
    @pytest.mark.req("I6")
    def test_by_either_id_and_by_version(self, ctx: Context) -> None:
        first = twins.save(ctx, DOCUMENT).twin
        second = twins.save(ctx, changed(returns=3)).twin
        assert twins.get(ctx, "cust_12345") == twins.get(ctx, "twin_cust_12345") == second
        assert twins.get(ctx, "cust_12345", version=1) == first

    def test_an_exact_twin_id_beats_a_customers_id(self, ctx: Context) -> None:
        twins.save_many(ctx, [{"customer_id": "x"}, {"customer_id": "twin_x"}])
        assert twins.get(ctx, "twin_x").customer_id == "x"
        assert twins.get(ctx, "twin_twin_x").customer_id == "twin_x"

    @pytest.mark.parametrize("customer", ["a/b", "../x", "a b", "ü%20", "'; drop table twins; --", "x" * 200])
    def test_any_text_can_be_an_id(self, ctx: Context, customer: str) -> None:
        twin = twins.save(ctx, {"customer_id": customer}).twin
        assert twins.get(ctx, customer) == twins.get(ctx, twin.id) == twin

    @pytest.mark.parametrize("reference", ["nobody", "", "\x00", "\ud800", "x" * 100_000, "%"])
    def test_an_unknown_one_is_quoted(self, ctx: Context, reference: str) -> None:
        with pytest.raises(UnknownTwin) as caught:
            twins.get(ctx, reference)
        assert len(caught.value.detail) < 300
        assert caught.value.detail.isprintable()
        assert reference[:20] in caught.value.detail or not reference.isprintable()

    @pytest.mark.parametrize("version", [0, -1, 2, 10**30])
    def test_a_version_that_is_not_there_names_those_that_are(self, ctx: Context, version: int) -> None:
        twins.save(ctx, DOCUMENT)
        with pytest.raises(UnknownVersion, match="versions 1 to 1"):
            twins.get(ctx, "cust_12345", version=version)

    def test_another_workspace_sees_nothing(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        other = replace(ctx, workspace=WorkspaceId("other"))
        with pytest.raises(UnknownTwin):
            twins.get(other, "cust_12345")
        with pytest.raises(UnknownTwin):
            twins.erase(other, "cust_12345")
        assert twins.listing(other).items == ()

    def test_the_list_is_paged(self, ctx: Context) -> None:
        twins.save_many(ctx, [{"customer_id": f"c{i}"} for i in range(5)])
        first = twins.listing(ctx, limit=3)
        rest = twins.listing(ctx, cursor=first.next_cursor, limit=3)
        assert [twin.customer_id for twin in (*first.items, *rest.items)] == [f"c{i}" for i in range(5)]
        assert rest.next_cursor is None

    @pytest.mark.parametrize("limit", [0, -1, 501])
    def test_a_page_has_a_size(self, ctx: Context, limit: int) -> None:
        with pytest.raises(InvalidInput, match="limit"):
            twins.listing(ctx, limit=limit)


class TestDiff:
    @pytest.mark.req("I6")
    def test_names_each_field_with_both_values(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        twins.save(ctx, changed(returns=3))
        (change,) = twins.diff(ctx, "cust_12345")
        assert (change.field, change.before, change.after) == ("history.returns", 2, 3)
        assert twins.diff(ctx, "cust_12345", 1, 2) == (change,)
        assert twins.diff(ctx, "cust_12345", 2, 2) == ()

    def test_the_first_version_has_nothing_before_it(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        with pytest.raises(UnknownVersion, match="no version before 1"):
            twins.diff(ctx, "cust_12345")


class TestErase:
    @pytest.mark.req("I8")
    def test_takes_every_version_and_kept_reply_and_leaves_a_tombstone(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        twins.save(ctx, changed(returns=3))
        keep_reply(ctx, "twin_cust_12345")
        tombstone = twins.erase(ctx, "twin_cust_12345")
        kinds = ("tests", "comparisons", "optimizations", "batches", "extracted_rows", "events", "outcomes")
        counts = dict.fromkeys(kinds, 0) | {"versions": 2, "model_answers": 0, "kept_replies": 1}
        assert tombstone.removed == counts
        assert "12345" not in tombstone.subject
        with ctx.store.reading(ctx.workspace) as unit:
            assert unit.tombstones.all() == [tombstone]
            assert unit.replies.get("POST /x", "k1") is None
        with pytest.raises(UnknownTwin):
            twins.get(ctx, "cust_12345")
        with pytest.raises(UnknownTwin):
            twins.erase(ctx, "cust_12345")

    def test_leaves_the_others_alone(self, ctx: Context) -> None:
        twins.save_many(ctx, [{"customer_id": "c1"}, {"customer_id": "c10"}])
        twins.erase(ctx, "c1")
        assert [twin.customer_id for twin in twins.listing(ctx).items] == ["c10"]

    def test_one_who_comes_back_starts_anew(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        twins.erase(ctx, "cust_12345")
        assert twins.save(ctx, DOCUMENT).twin.version == 1

    @pytest.mark.req("I8")
    def test_no_byte_of_the_record_is_left_in_the_database(self, tmp_path: Path) -> None:
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = context(store)
            record = {**DOCUMENT, "customer_id": "Wilhelmina-Zz", "context": "unforgettable-remark"}
            twins.save_many(ctx, [{"customer_id": f"c{i}", "context": "y" * 300} for i in range(50)])
            twins.save(ctx, record)
            twins.erase(ctx, "Wilhelmina-Zz")
        held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"Wilhelmina" not in held
        assert b"unforgettable" not in held
        with closing(sqlite3.connect(tmp_path / "shop.db")) as file:
            assert file.execute("pragma integrity_check").fetchone() == ("ok",)


class TestExport:
    @pytest.mark.req("I8")
    def test_holds_every_version_as_plain_data(self, ctx: Context) -> None:
        twins.save(ctx, DOCUMENT)
        twins.save(ctx, changed(returns=3))
        found = twins.export(ctx, "cust_12345")
        assert [version["record"] for version in found.twins] == [DOCUMENT, changed(returns=3)]
        read = cast(dict[str, Any], found.twins[0]["read"])
        assert read["order_value_mean"] == 250
        assert cast(dict[str, Any], found.twins[0]["profile"])["personality_summary"]
        assert msgspec.json.decode(msgspec.json.encode(found.twins)) == list(found.twins)

    def test_of_nobody_is_refused(self, ctx: Context) -> None:
        with pytest.raises(UnknownTwin):
            twins.export(ctx, "nobody")


def keep_reply(ctx: Context, subject: str) -> None:
    reply = KeptReply(
        key="k1",
        scope="POST /x",
        request_hash="0",
        status=201,
        body=b"{}",
        headers={},
        subjects=(subject,),
        created_at=ctx.clock.now(),
    )
    with ctx.store.writing(ctx.workspace) as unit:
        unit.replies.add(reply)
        unit.commit()
