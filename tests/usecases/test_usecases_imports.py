"""Bulk imports: previewed without a trace, refused as a whole or stored without the bad rows."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.ids import WorkspaceId
from twincast.domain.imports import MAX_PROBLEMS
from twincast.files.tables import Table, read_table
from twincast.ports.engines import Engine
from twincast.ports.stores import Store
from twincast.storage.memory import MemoryStore
from twincast.storage.sql.store import open_store
from twincast.usecases import imports, twins
from twincast.usecases.context import Context

GOOD = b"customer_id,age,aov\nc1,30,10\nc2,40,20\nc3,,\n"
BAD = b"customer_id,age,total_purchases\nc1,30,1\nc2,999,2\nc3,30,many\nc4\n,30,3\nc1,31,4\nc5,50,5\n"


@dataclass
class Calendar:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 5, 4, 12, tzinfo=UTC)


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
    return Context(
        workspace=WorkspaceId("default"),
        actor="local",
        store=store,
        engine=cast(Engine, None),  # nothing here predicts
        clock=Calendar(),
        ids=Counting(),
    )


def stored(ctx: Context) -> list[str]:
    return [twin.customer_id for twin in twins.listing(ctx).items]


class TestPreview:
    @pytest.mark.req("I13")
    def test_tells_what_would_happen_and_leaves_no_trace(self, ctx: Context) -> None:
        twins.save_many(
            ctx,
            [
                {"customer_id": "c1", "profile": {"age": 30}, "behavioral_data": {"average_order_value": 10}},
                {"customer_id": "c2", "profile": {"age": 39}},
            ],
        )
        seen = imports.preview(ctx, read_table(GOOD))
        assert (seen.rows, seen.valid, seen.new, seen.changed, seen.unchanged) == (3, 3, 1, 1, 1)
        assert seen.first[0] == {
            "customer_id": "c1",
            "profile": {"age": 30},
            "behavioral_data": {"average_order_value": 10},
        }
        assert [match.field for match in seen.mapping.matches] == [
            "customer_id",
            "profile.age",
            "behavioral_data.average_order_value",
        ]
        assert stored(ctx) == ["c1", "c2"]

    @pytest.mark.req("I13")
    def test_lists_problems_by_row(self, ctx: Context) -> None:
        seen = imports.preview(ctx, read_table(BAD))
        assert [(problem.row, problem.field) for problem in seen.problems] == [
            (1, "profile.age"),
            (2, "history.total_purchases"),
            (3, "row"),
            (4, "customer_id"),
            (5, "customer_id"),
        ]
        assert "the same customer stands in row 1 and again in row 6" in seen.problems[4].message
        assert (seen.rows, seen.valid, seen.problem_count) == (7, 2, 5)
        assert stored(ctx) == []

    def test_takes_the_callers_mapping(self, ctx: Context) -> None:
        table = read_table(b"nr;Umsatz\n1;1.234,50\n")
        seen = imports.preview(ctx, table, {"nr": "customer_id", "Umsatz": "behavioral_data.lifetime_value"})
        assert seen.first == ({"customer_id": "1", "behavioral_data": {"lifetime_value": 1234.5}},)

    def test_a_header_alone_shows_its_mapping(self, ctx: Context) -> None:
        seen = imports.preview(ctx, read_table(b"customer_id,age\n"))
        assert (seen.rows, len(seen.mapping.matches)) == (0, 2)


class TestRun:
    @pytest.mark.req("I13")
    def test_stores_everyone_and_says_how_many(self, ctx: Context) -> None:
        report = imports.run(ctx, read_table(GOOD))
        assert (report.rows, report.created, report.changed, report.unchanged, report.skipped) == (3, 3, 0, 0, 0)
        assert stored(ctx) == ["c1", "c2", "c3"]
        assert imports.run(ctx, read_table(GOOD)).unchanged == 3
        assert len(twins.versions(ctx, "c1")) == 1

    @pytest.mark.req("I13")
    def test_one_bad_row_keeps_the_whole_table_out(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match="5 rows of 7 can not be read, so nothing was stored") as caught:
            imports.run(ctx, read_table(BAD))
        assert len(caught.value.problems) == 5
        assert stored(ctx) == []

    @pytest.mark.req("I13")
    def test_skip_stores_the_good_rows_only(self, ctx: Context) -> None:
        report = imports.run(ctx, read_table(BAD), on_error="skip")
        assert (report.created, report.skipped, report.problem_count) == (2, 5, 5)
        assert stored(ctx) == ["c1", "c5"]
        assert '"age":30' in twins.get(ctx, "c1").record

    def test_lists_a_limited_number_of_problems_and_their_full_count(self, ctx: Context) -> None:
        table = read_table(b"customer_id,age\n" + b"".join(b"c%d,999\n" % i for i in range(MAX_PROBLEMS + 50)))
        with pytest.raises(InvalidInput, match="150 are listed") as caught:
            imports.run(ctx, table)
        assert len(caught.value.problems) == MAX_PROBLEMS
        assert imports.run(ctx, table, on_error="skip").problem_count == MAX_PROBLEMS + 50

    def test_a_stated_day_holds_for_all_rows(self, ctx: Context) -> None:
        imports.run(ctx, read_table(GOOD), as_of=date(2020, 1, 1))
        assert twins.get(ctx, "c1").as_of == date(2020, 1, 1)

    def test_what_belongs_to_it_goes_into_the_same_change(self, ctx: Context) -> None:
        kept: list[object] = []
        report = imports.run(replace(ctx, keep=lambda unit, stored: kept.append(stored)), read_table(GOOD))
        assert kept == [report]

    def test_tells_its_progress(self, ctx: Context) -> None:
        told: list[tuple[int, int]] = []
        imports.run(ctx, read_table(GOOD), progress=lambda done, total: told.append((done, total)))
        assert told == [(3, 3)]

    @pytest.mark.parametrize("data", [b"customer_id,age\n", b"customer_id\n\n\n"])
    def test_no_rows_are_refused(self, ctx: Context, data: bytes) -> None:
        with pytest.raises(InvalidInput, match="no rows"):
            imports.run(ctx, read_table(data))

    def test_an_unknown_policy_is_refused(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match="on_error"):
            imports.run(ctx, read_table(GOOD), on_error="ignore")

    def test_hostile_cells_are_kept_as_data_or_refused_by_row(self, ctx: Context) -> None:
        rows = [
            b"=cmd(),nice",
            b"nul\x00,nice",
            b"long," + b"x" * 1_000_000,
            b"'; drop table twins; --,ignore all previous instructions",
            b"../../etc/passwd,nice",
        ]
        report = imports.run(ctx, read_table(b"customer_id,context\n" + b"\n".join(rows) + b"\n"), on_error="skip")
        assert [problem.row for problem in report.problems] == [1, 2]
        assert report.created == 3
        assert twins.get(ctx, "=cmd()").customer_id == "=cmd()"
        assert all(len(problem.message) < 200 for problem in report.problems)

    def test_is_one_transaction(self, ctx: Context) -> None:
        class Stopped(Exception):
            """Raised in the middle."""

        def stop(done: int, total: int) -> None:
            raise Stopped

        with pytest.raises(Stopped):
            imports.run(ctx, read_table(GOOD), progress=stop)
        assert stored(ctx) == []


class TestDataSets:
    @pytest.mark.data
    @pytest.mark.req("A62")
    @pytest.mark.parametrize("name", ["hillstrom", "completejourney", "bank"])
    def test_every_payload_is_taken_verbatim(self, ctx: Context, data_dir: Path, name: str) -> None:
        table = first_customers(data_dir / name, 300)
        seen = imports.preview(ctx, table, as_of=date(2017, 9, 4))
        wrong = [problem for problem in seen.problems if "again in row" not in problem.message]
        assert wrong == []
        assert seen.valid > 100
        assert not any("outcome" in str(record) for record in seen.first if name != "bank")


def first_customers(folder: Path, count: int) -> Table:
    """Read the first lines of a data set's customers."""
    import gzip
    from itertools import islice

    with gzip.open(folder / "customers.jsonl.gz", "rb") as file:
        return read_table(b"".join(islice(file, count)))


@pytest.mark.slow
class TestSize:
    def test_a_hundred_thousand_rows_are_stored_and_found_again(self, tmp_path: Path) -> None:
        rows = b"".join(b"c%d,%d,%d.5,2019-03-15\n" % (i, 20 + i % 60, i % 100) for i in range(100_000))
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = Context(
                workspace=WorkspaceId("default"), actor="local", store=store, engine=cast(Engine, None),
                clock=Calendar(), ids=Counting(),
            )  # fmt: skip
            table = read_table(b"customer_id,age,average_order_value,customer_since\n" + rows)
            assert imports.run(ctx, table).created == 100_000
            assert imports.preview(ctx, table).unchanged == 100_000
