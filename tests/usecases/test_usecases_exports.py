"""Exports: a row a customer and message, the numbers that were answered, and nothing about who went away."""

from typing import Any

import pytest

from tests.usecases.shop import AT_RISK, BARGAIN, OFFER, asking, comparing, open_shop
from twincast.domain.errors import InvalidInput, UnknownCheckpoint, UnknownComparison, UnknownSession
from twincast.domain.exports import Kind
from twincast.usecases import checkpoints, comparisons, exports, sessions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.exports import Export, of_comparison, of_session, page
from twincast.usecases.sessions import SessionRequest

TWO = {"a": "20% off everything", "b": "What is new in our shop"}
ASKED = ("conversion_rate", "will_engage", "emotional_response", "optimal_timing")


def rows_of(export: Export) -> list[dict[str, Any]]:
    return [dict(zip(chunk, row, strict=True)) for chunk in export.rows() for row in zip(*chunk.values(), strict=True)]


def filled(ctx: Context, *names: str) -> str:
    session = sessions.begin(ctx, SessionRequest(name="s")).id
    for name in names:
        trials.run(ctx, asking(name, OFFER, session=session, predict=ASKED))
    return session


class TestSession:
    @pytest.mark.req("I22", "R178")
    def test_has_a_row_a_result_with_the_numbers_that_were_answered(self) -> None:
        ctx = open_shop()
        session = filled(ctx, "cust_12345")
        stored = trials.run(ctx, asking("cust_12345", session=session, predict=("expected_revenue",)))
        comparisons.run(ctx, comparing(TWO, session=session))
        export = of_session(ctx, session)
        rows = rows_of(export)
        assert [row["source"] for row in rows][1] == stored.id
        assert len(rows) == 2 + len({row["intervention_id"] for row in rows[2:]})
        found = next(it for it in stored.answer.predictions if it.field == "expected_revenue")
        assert found.estimate is not None
        assert found.uplift is not None
        row = rows[1]
        assert (row["expected_revenue"], row["expected_revenue_low"]) == (found.estimate.value, found.estimate.low)
        assert row["expected_revenue_uplift_high"] == found.uplift.high
        assert row["expected_revenue_basis"] == "prior"
        assert rows[0]["expected_revenue"] is None
        assert rows[0]["will_purchase"] is not None
        assert rows[0]["emotional_response_label"] in {"positive", "neutral", "negative"}
        assert (row["customer_id"], row["level"], row["channel"]) == ("cust_12345", 0.8, "email")

    def test_columns_are_those_of_the_catalogue_in_its_order(self) -> None:
        ctx = open_shop()
        export = of_session(ctx, filled(ctx, "cust_12345"))
        names = [column.name for column in export.columns]
        assert names[: len(exports.IDENTITY)] == [column.name for column in exports.IDENTITY]
        fields = [name for name in names if name in {"will_engage", "will_purchase", "emotional_response"}]
        assert fields == ["will_engage", "will_purchase", "emotional_response"]
        kinds = {column.name: column.kind for column in export.columns}
        assert kinds["will_purchase_uplift_low"] == Kind.NUMBER
        assert kinds["emotional_response_label"] == kinds["optimal_timing"] == Kind.TEXT
        assert kinds["as_of"] == Kind.DAY

    @pytest.mark.req("R177")
    def test_pages_are_the_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "AT_ONCE", 2)
        ctx = open_shop()
        session = filled(ctx, *["cust_12345", AT_RISK["customer_id"], BARGAIN["customer_id"]] * 2)
        export = of_session(ctx, session)
        whole = rows_of(export)
        assert len(whole) == 6
        for limit in (1, 4, 6, 100):
            read: list[dict[str, Any]] = []
            cursor = None
            while True:
                chunks, cursor = page(export, cursor, limit)
                chunk = next(iter(chunks))
                read += [dict(zip(chunk, row, strict=True)) for row in zip(*chunk.values(), strict=True)]
                if cursor is None:
                    break
            assert read == whole
        _, after = page(export, None, 4)
        chunks, _ = page(export, after, None)
        assert sum(len(chunk["source"]) for chunk in chunks) == 2

    def test_at_a_checkpoint_it_is_what_it_was_then(self) -> None:
        ctx = open_shop()
        session = filled(ctx, "cust_12345")
        checkpoints.mark(ctx, session, "then")
        trials.run(ctx, asking(BARGAIN["customer_id"], session=session, predict=ASKED))
        assert len(rows_of(of_session(ctx, session, "then"))) == 1
        assert len(rows_of(of_session(ctx, session))) == 2
        with pytest.raises(UnknownCheckpoint):
            of_session(ctx, session, "never")

    @pytest.mark.req("I21")
    def test_nothing_is_in_it_about_those_who_went_away(self) -> None:
        ctx = open_shop()
        session = filled(ctx, "cust_12345", AT_RISK["customer_id"], BARGAIN["customer_id"])
        twins.erase(ctx, AT_RISK["customer_id"])
        twins.save(ctx, BARGAIN | {"profiling_opt_out": True})
        assert [row["customer_id"] for row in rows_of(of_session(ctx, session))] == ["cust_12345"]

    @pytest.mark.parametrize(
        ("cursor", "limit"), [("x", None), ("-1.0", 5), ("9" * 20, 5), ("1", 5), (None, 0), (None, 10_001)]
    )
    def test_pages_that_are_none(self, cursor: str | None, limit: int | None) -> None:
        ctx = open_shop()
        export = of_session(ctx, filled(ctx))
        assert rows_of(export) == []
        with pytest.raises(InvalidInput, match=r"cursor|limit"):
            page(export, cursor, limit)

    def test_of_another_workspace_it_is_not_found(self) -> None:
        with pytest.raises(UnknownSession):
            of_session(open_shop(), "nothing")


class TestComparison:
    @pytest.mark.req("I22")
    def test_has_a_row_a_variant_best_first(self) -> None:
        ctx = open_shop()
        found = comparisons.run(ctx, comparing(TWO))
        rows = rows_of(of_comparison(ctx, found.id))
        assert [row["intervention_id"] for row in rows] == [it.variant_id for it in found.rankings]
        assert {row["source"] for row in rows} == {found.id}
        with pytest.raises(UnknownComparison):
            of_comparison(ctx, "nothing")
