"""Predicting many customers x many interventions: one table, whatever the order, the pieces and the neighbours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twincast.bootstrap.clocks import RandomIds
from twincast.domain.errors import InvalidInput, UnknownField, UnknownTwin
from twincast.domain.ids import WorkspaceId
from twincast.domain.interventions import Intervention
from twincast.engines.behavioural import BehaviouralEngine
from twincast.response.cells import Cells
from twincast.response.columns import Column
from twincast.storage.memory import MemoryStore
from twincast.storage.sql.store import open_store
from twincast.usecases import audiences, predictions, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.predictions import PredictionTable, predict

DAY = date(2026, 5, 4)
PARTS = ("", "_low", "_high", "_no_contact", "_uplift", "_uplift_low", "_uplift_high")
OFFER = Intervention(type="promotional_offer", channel="email", content="30% off our premium coffee this weekend")
NEWS = Intervention(type="newsletter", channel="email", content="What is new this month", timing="friday_morning")
BOTH = {"offer": OFFER, "news": NEWS, "nothing": None}
FIELDS = ("will_engage", "will_purchase", "purchase_amount")


class NoonClock:
    """It is always noon on the day of the tests."""

    def now(self) -> datetime:
        return datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)


class WatchedEngine(BehaviouralEngine):
    """Remembers how many cells it was given at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def predict(self, cells: Cells, fields: Sequence[str], *, horizon_days: int, level: float) -> Mapping[str, Column]:
        self.sizes.append(len(cells))
        return super().predict(cells, fields, horizon_days=horizon_days, level=level)


def record(number: int, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": f"c{number}",
        "behavioral_data": {"average_order_value": 20 + 3 * number, "preferred_channels": ["email"]},
        "history": {
            "total_purchases": 1 + number, "days_since_last_purchase": 5 + 7 * number, "customer_since": "2024-02-01"
        },
        **more,
    }  # fmt: skip


RECORDS = [record(number) for number in range(12)]


@pytest.fixture(params=["memory", "sqlite"])
def ctx(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    store = MemoryStore() if request.param == "memory" else open_store(f"sqlite:///{tmp_path / 'shop.db'}")
    yield Context(
        workspace=WorkspaceId("shop"),
        actor="local",
        store=store,
        engine=WatchedEngine(),
        clock=NoonClock(),
        ids=RandomIds(),
    )
    store.close()


def rows(table: PredictionTable, customer: int) -> dict[str, list[float]]:
    wide = len(table.intervention_ids)
    return {name: values[customer * wide : (customer + 1) * wide].tolist() for name, values in table.numbers().items()}


class TestTable:
    def test_goes_customer_by_customer_in_the_order_given(self, ctx: Context) -> None:
        twins.save_many(ctx, RECORDS, as_of=DAY)
        table = predict(ctx, ["c7", "twin_c2"], BOTH, fields=FIELDS, as_of=DAY)
        assert list(table.customer_ids) == ["c7", "c2"]
        assert table.intervention_ids == ("offer", "news", "nothing")
        assert len(table) == 6
        assert all(values.shape == (6,) for values in table.numbers().values())

    def test_names_each_field_as_it_was_asked(self, ctx: Context) -> None:
        numbers = predict(
            ctx, RECORDS[:1], BOTH, fields=["conversion_rate", "will_purchase", "items_purchased"]
        ).numbers()
        assert list(numbers) == [
            *(f"conversion_rate{part}" for part in PARTS),
            *(f"will_purchase{part}" for part in PARTS),
            *(f"items_purchased{part}" for part in ("", "_low", "_high")),
        ]
        assert np.array_equal(numbers["conversion_rate"], numbers["will_purchase"])

    def test_sending_nothing_is_the_no_contact_twin_of_every_message(self, ctx: Context) -> None:
        table = predict(
            ctx, RECORDS[:3], {**BOTH, "none": Intervention(type="none")}, fields=["will_purchase"], as_of=DAY
        )
        for customer in range(3):
            found = rows(table, customer)
            assert len(set(found["will_purchase_no_contact"])) == 1
            assert found["will_purchase"][2:] == [found["will_purchase_no_contact"][0]] * 2
            assert found["will_purchase_uplift"][2:] == [0.0, 0.0]

    def test_intervals_hold_their_value_and_widen_with_the_level(self, ctx: Context) -> None:
        narrow = predict(ctx, RECORDS, BOTH, fields=["will_purchase"], as_of=DAY, level=0.5).columns["will_purchase"]
        wide = predict(ctx, RECORDS, BOTH, fields=["will_purchase"], as_of=DAY, level=0.95).columns["will_purchase"]
        assert np.all(narrow.low <= narrow.value)
        assert np.all(narrow.value <= narrow.high)
        assert np.all(wide.high - wide.low > narrow.high - narrow.low)

    def test_nobody_makes_an_empty_table(self, ctx: Context) -> None:
        table = predict(ctx, [], BOTH, fields=FIELDS)
        assert len(table) == 0
        assert "will_purchase_uplift" in table.numbers()

    def test_gives_the_number_that_a_test_of_one_gives(self, ctx: Context) -> None:
        twins.save_many(ctx, RECORDS, as_of=DAY)
        table = predict(ctx, [f"c{number}" for number in range(12)], BOTH, fields=["will_purchase"], as_of=DAY)
        request = trials.TrialRequest(twin="c5", intervention=OFFER, predict=("will_purchase",), as_of=DAY)
        alone = trials.run(ctx, request).answer.predictions[0]
        assert alone.estimate is not None
        assert alone.uplift is not None
        found = rows(table, 5)
        assert (alone.estimate.value, alone.uplift.value) == (
            found["will_purchase"][0],
            found["will_purchase_uplift"][0],
        )
        assert (alone.estimate.low, alone.estimate.high) == (
            found["will_purchase_low"][0],
            found["will_purchase_high"][0],
        )


class TestCustomers:
    def test_records_give_what_their_twins_give_and_are_not_kept(self, ctx: Context) -> None:
        fresh = predict(ctx, RECORDS, BOTH, fields=FIELDS, as_of=DAY)
        with ctx.store.reading(ctx.workspace) as unit:
            assert unit.twins.count() == 0
        ids = twins.save_many(ctx, RECORDS, as_of=DAY).twin_ids
        stored = predict(ctx, ids, BOTH, fields=FIELDS, as_of=DAY)
        assert list(stored.customer_ids) == list(fresh.customer_ids)
        for name, values in fresh.numbers().items():
            assert np.array_equal(values, stored.numbers()[name], equal_nan=True)

    def test_columns_give_what_their_records_give(self, ctx: Context) -> None:
        columns = {
            "customer_id": [it["customer_id"] for it in RECORDS],
            "history.total_purchases": [it["history"]["total_purchases"] for it in RECORDS],
        }
        listed = [
            {"customer_id": it["customer_id"], "history": {"total_purchases": it["history"]["total_purchases"]}}
            for it in RECORDS
        ]
        one, other = (predict(ctx, given, BOTH, fields=FIELDS, as_of=DAY) for given in (columns, listed))
        assert np.array_equal(one.numbers()["will_purchase"], other.numbers()["will_purchase"])

    def test_names_every_id_without_a_twin(self, ctx: Context) -> None:
        twins.save_many(ctx, RECORDS[:1], as_of=DAY)
        with pytest.raises(UnknownTwin, match="'nobody', 'twin_nobody'"):
            predict(ctx, ["c0", "nobody", "twin_nobody"], BOTH)

    def test_does_not_see_the_twins_of_another_workspace(self, ctx: Context) -> None:
        twins.save_many(ctx, RECORDS[:1], as_of=DAY)
        with pytest.raises(UnknownTwin, match="'c0'"):
            predict(replace(ctx, workspace=WorkspaceId("other")), ["c0"], BOTH)

    def test_names_the_row_of_a_record_that_is_not_valid(self, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(audiences, "AT_ONCE", 4)
        bad = [*RECORDS[:6], {**RECORDS[6], "history": {"total_purchases": -3}}]
        with pytest.raises(InvalidInput) as caught:
            predict(ctx, bad, BOTH)
        assert [(problem.row, problem.field) for problem in caught.value.problems] == [(6, "history.total_purchases")]

    @pytest.mark.req("A67")
    def test_makes_no_prediction_about_whoever_opted_out(self, ctx: Context) -> None:
        watched = ctx.engine
        assert isinstance(watched, WatchedEngine)
        table = predict(
            ctx, [RECORDS[0], record(1, profiling_opt_out=True), RECORDS[2]], BOTH, fields=FIELDS, as_of=DAY
        )
        assert list(table.refused) == [1]
        assert "opted out" in table.refused[1]
        assert all(np.isnan(values).all() for values in rows(table, 1).values())
        assert sum(watched.sizes) == 2 * len(BOTH)
        alone = predict(ctx, [RECORDS[2]], BOTH, fields=FIELDS, as_of=DAY)
        assert rows(table, 2) == rows(alone, 0)

    def test_warns_of_twins_that_may_know_what_came_later(self, ctx: Context) -> None:
        twins.save_many(ctx, RECORDS[:2], as_of=DAY)
        found = predict(ctx, ["c0", "c1"], {"nothing": None}, as_of=date(2026, 1, 1)).warnings
        assert [(it.code, it.message[:7]) for it in found] == [("record-after-as-of", "2 twins")]


class TestIsolation:
    @pytest.mark.req("N1")
    def test_pieces_order_and_neighbours_change_no_number(self, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = predict(ctx, RECORDS, BOTH, fields=FIELDS, as_of=DAY)
        monkeypatch.setattr(predictions, "CELLS", 7)
        monkeypatch.setattr(audiences, "AT_ONCE", 5)
        pieces = predict(ctx, RECORDS, BOTH, fields=FIELDS, as_of=DAY)
        assert all(np.array_equal(values, pieces.numbers()[name]) for name, values in whole.numbers().items())
        turned = predict(ctx, RECORDS[::-1], dict(reversed(BOTH.items())), fields=FIELDS[::-1], as_of=DAY)
        for name, values in turned.numbers().items():
            assert np.array_equal(values[::-1], whole.numbers()[name])

    def test_memory_is_bounded_by_pieces(self, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        watched = ctx.engine
        assert isinstance(watched, WatchedEngine)
        monkeypatch.setattr(predictions, "CELLS", 9)
        predict(ctx, RECORDS, BOTH, fields=FIELDS, as_of=DAY)
        assert max(watched.sizes) == 9
        assert sum(watched.sizes) == len(RECORDS) * len(BOTH)

    def test_money_in_a_text_is_read_in_each_customers_currency(self, ctx: Context) -> None:
        euros = {"off": Intervention(channel="email", content="€10 off your next order")}
        mixed = [record(1, profile={"currency": "EUR"}), record(2, profile={"currency": "USD"})]
        table = predict(ctx, mixed, euros, fields=["purchase_amount"], as_of=DAY)
        assert list(table.currencies) == ["EUR", "USD"]
        assert [it.code for it in table.warnings] == ["other-currency"]
        assert not predict(ctx, mixed[:1], euros, fields=["purchase_amount"], as_of=DAY).warnings


class TestRefusals:
    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({"horizon_days": 0}, "horizon_days"),
            ({"level": 1.0}, "level"),
            ({"level": float("nan")}, "level"),
            ({"fields": []}, "fields"),
            ({"fields": ["concerns"]}, "concerns"),
        ],
    )
    def test_names_the_setting_that_is_not_right(self, ctx: Context, settings: dict[str, Any], named: str) -> None:
        with pytest.raises(InvalidInput, match=named):
            predict(ctx, RECORDS, BOTH, **settings)

    def test_names_the_nearest_fields(self, ctx: Context) -> None:
        with pytest.raises(UnknownField, match="did you mean will_purchase"):
            predict(ctx, RECORDS, BOTH, fields=["will_purchas"])

    def test_names_the_intervention_that_is_not_right(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match=r"interventions\['empty'\]\.content"):
            predict(ctx, RECORDS, {"empty": Intervention(channel="email", content=" ")})

    def test_needs_an_intervention(self, ctx: Context) -> None:
        with pytest.raises(InvalidInput, match="interventions: is empty"):
            predict(ctx, RECORDS, {})

    def test_says_that_redemptions_and_visits_are_not_one_scale(self, ctx: Context) -> None:
        coupon = Intervention(type="coupon_campaign", channel="mail", content="12 coupons inside")
        nothing = Intervention(type="none", response="redemption")
        assert not predict(ctx, RECORDS, {"coupon": coupon, "nothing": nothing}, fields=["will_engage"]).warnings
        assert not predict(ctx, RECORDS, {"coupon": coupon, "offer": OFFER}, fields=["will_purchase"]).warnings
        beside = predict(ctx, RECORDS, {"coupon": coupon, "nothing": None}, fields=["will_engage"]).warnings
        assert "redemption for coupon, visit for nothing" in beside[0].message
        found = predict(ctx, RECORDS, {"coupon": coupon, "offer": OFFER}, fields=["will_engage"]).warnings
        assert "redemption for coupon, visit for offer" in next(
            it.message for it in found if it.code == "different-responses"
        )
