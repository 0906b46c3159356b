"""What every engine promises: one answer per cell, whatever stands beside it, before it or in its name."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tests.engines.batches import NOW, TEXTS, bought, cells, message, nothing, random_cells, some, twins
from tests.engines.plugs import ENGINES
from twincast.domain.channels import CHANNELS, OPENING
from twincast.domain.errors import UnknownField
from twincast.domain.fields import PROBABILITIES
from twincast.ports.engines import Engine
from twincast.response.cells import Cells, grid
from twincast.response.columns import Column
from twincast.response.model import NUMERIC

FIELDS = tuple(NUMERIC)
SIZES = (1, 2, 3, 5, 8, 17, 64, pytest.param(1000, marks=pytest.mark.slow))
ORGANIC_RESPONSES = ("visit",)
LATER_NAN = {"will_open", "response_time"}
"""Fields that may have no value: no opens on most channels, no response time where nothing is sent."""


def predicted(engine: Engine, batch: Cells, level: float = 0.8) -> Mapping[str, Column]:
    return engine.predict(batch, FIELDS, horizon_days=7, level=level)


def bits(values: np.ndarray) -> bytes:
    """The bits of numbers; of what is not a number there is only one kind."""
    return np.where(np.isnan(values), np.nan, values).tobytes()


def assert_same(one: Mapping[str, Column], other: Mapping[str, Column], places: np.ndarray | None = None) -> None:
    """Equal to the last bit: column by column, `one` at `places` is `other`."""
    for field, column in one.items():
        parts = other[field].parts()
        for name, values in column.parts().items():
            expected = values if places is None else values[places]
            assert bits(expected) == bits(parts[name]), f"{field}.{name}"


@pytest.mark.req("N1")
class TestIsolation:
    @pytest.mark.parametrize("size", SIZES)
    def test_the_order_of_cells_changes_no_bit(self, engine: Engine, size: int) -> None:
        batch = random_cells(size, size)
        order = np.random.default_rng(size + 1).permutation(size)
        assert_same(predicted(engine, batch), predicted(engine, some(batch, order)), order)

    @pytest.mark.parametrize("size", SIZES)
    def test_chunks_give_the_bits_of_the_whole(self, engine: Engine, size: int) -> None:
        batch = random_cells(size + 100, size)
        whole = predicted(engine, batch)
        chunk = max(1, size // 3)
        for start in range(0, size, chunk):
            places = np.arange(start, min(start + chunk, size))
            assert_same(whole, predicted(engine, some(batch, places)), places)

    def test_a_cell_alone_is_as_a_cell_in_company(self, engine: Engine) -> None:
        batch = random_cells(7, 64)
        whole = predicted(engine, batch)
        for cell in range(0, 64, 5):
            item = int(batch.intervention[cell])
            alone = cells(batch.twins.take([int(batch.twin[cell])]), [batch.interventions[item]])
            assert_same(whole, predicted(engine, alone), np.array([cell]))

    def test_twice_the_same_cell_is_twice_the_same_bits(self, engine: Engine) -> None:
        batch = random_cells(8, 17)
        twice = np.repeat(np.arange(17), 3)
        assert_same(predicted(engine, batch), predicted(engine, some(batch, twice)), twice)
        doubled = replace(
            batch, interventions=(*batch.interventions, *batch.interventions), intervention=batch.intervention + 12
        )
        assert_same(predicted(engine, batch), predicted(engine, doubled))

    def test_the_order_of_twins_and_interventions_changes_no_bit(self, engine: Engine) -> None:
        batch = random_cells(9, 64)
        rng = np.random.default_rng(1)
        rows, items = rng.permutation(len(batch.twins)), rng.permutation(12)
        moved = Cells(
            twins=batch.twins.take(rows),
            interventions=tuple(batch.interventions[i] for i in items),
            twin=np.argsort(rows)[batch.twin],
            intervention=np.argsort(items)[batch.intervention],
            now=NOW,
        )
        assert_same(predicted(engine, batch), predicted(engine, moved))

    def test_names_change_no_bit(self, engine: Engine) -> None:
        batch = random_cells(10, 64)
        renamed = tuple(
            replace(item, intervention=replace(item.intervention, id=f"a new name {place}", cost=3.5))
            for place, item in enumerate(batch.interventions)
        )
        assert_same(predicted(engine, batch), predicted(engine, replace(batch, interventions=renamed)))

    def test_identical_variants_differ_by_exactly_nothing(self, engine: Engine) -> None:
        frame = random_cells(11, 30).twins
        columns = predicted(engine, grid(frame, [message(id="a"), message("Hello"), message(id="b")], NOW))
        for column in columns.values():
            for values in column.parts().values():
                assert bits(values[0::3]) == bits(values[2::3])

    def test_a_second_run_gives_the_same_bits(self, engine: Engine) -> None:
        batch = random_cells(12, 64)
        again = ENGINES[next(iter(ENGINES))]()
        assert_same(predicted(engine, batch), predicted(engine, batch))
        assert_same(predicted(again, batch), predicted(again, random_cells(12, 64)))

    def test_fields_asked_for_together_are_as_asked_for_alone(self, engine: Engine) -> None:
        batch = random_cells(13, 17)
        whole = predicted(engine, batch)
        for field in FIELDS:
            assert_same({field: whole[field]}, engine.predict(batch, [field], horizon_days=7, level=0.8))

    def test_a_large_batch_crosses_the_inner_chunks_unharmed(self, engine: Engine) -> None:
        batch = some(random_cells(14, 64), np.arange(5_000) % 64)
        fields = ["will_purchase", "expected_revenue", "purchase_window"]
        large = engine.predict(batch, fields, horizon_days=14, level=0.8)
        small = engine.predict(some(batch, range(64)), fields, horizon_days=14, level=0.8)
        assert_same(small, large, np.arange(5_000) % 64)

    def test_inputs_stay_as_they_were(self, engine: Engine) -> None:
        batch = random_cells(15, 64)
        before = (batch.twins.values.tobytes(), batch.twin.tobytes(), batch.intervention.tobytes())
        for array in (batch.twins.values, batch.twin, batch.intervention):
            array.flags.writeable = False
        predicted(engine, batch)
        engine.examine(batch, FIELDS, PROBABILITIES, shown=64, scored="will_click", horizon_days=7, level=0.8)
        engine.best(some(batch, range(4)), "will_purchase", horizon_days=7, draws=50, seed=1)
        assert before == (batch.twins.values.tobytes(), batch.twin.tobytes(), batch.intervention.tobytes())


class TestEmptyBatch:
    def test_nothing_gives_nothing(self, engine: Engine) -> None:
        for empty in (
            some(random_cells(1, 5), []),
            cells(twins(), [message(), nothing(horizon_days=30)], []),
            cells(twins({}), [], []),
        ):
            columns = predicted(engine, empty)
            assert set(columns) == set(FIELDS)
            assert all(values.shape == (0,) for column in columns.values() for values in column.parts().values())
            assert engine.points(empty, "will_engage", horizon_days=7).shape == (0,)
            assert engine.emotions(empty).shape == (0, 3)
            assert engine.best(empty, "will_engage", horizon_days=7, draws=9, seed=1).shape == (0,)
            looked = engine.examine(
                empty, ["will_click"], ["will_click"], shown=0, scored="will_click", horizon_days=7, level=0.8
            )
            assert looked.explanations == {"will_click": ()}

    def test_no_field_gives_no_column(self, engine: Engine) -> None:
        assert engine.predict(random_cells(1, 5), [], horizon_days=7, level=0.8) == {}


class TestUnknownField:
    def test_is_refused_by_name_everywhere(self, engine: Engine) -> None:
        batch = random_cells(1, 3)
        with pytest.raises(UnknownField, match="will_fly"):
            engine.predict(batch, ["will_fly"], horizon_days=7, level=0.8)
        with pytest.raises(UnknownField, match="will_fly"):
            engine.examine(batch, ["will_click"], ["will_fly"], shown=1, scored="will_click", horizon_days=7, level=0.8)
        with pytest.raises(UnknownField, match="purchase_amount"):
            engine.examine(batch, [], ["purchase_amount"], shown=1, scored="will_click", horizon_days=7, level=0.8)
        with pytest.raises(UnknownField, match="purchase_amount"):
            engine.points(batch, "purchase_amount", horizon_days=7)
        with pytest.raises(UnknownField, match="response_time"):
            engine.best(batch, "response_time", horizon_days=7, draws=9, seed=1)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.99])
class TestNumbers:
    def test_every_value_lies_in_its_interval(self, engine: Engine, level: float) -> None:
        for field, column in predicted(engine, random_cells(21, 400), level).items():
            parts = column.parts()
            for stem in ("", "no_contact_", "uplift_"):
                if stem and stem[:-1] not in parts:
                    continue
                value, low, high = (parts[name] for name in (stem[:-1] or "value", f"{stem}low", f"{stem}high"))
                known = ~np.isnan(value)
                assert np.all((low <= value)[known]), f"{field} {stem}low"
                assert np.all((value <= high)[known]), f"{field} {stem}high"
                assert np.array_equal(known, ~np.isnan(low)), field
                assert np.array_equal(known, ~np.isnan(high)), field

    def test_probabilities_are_probabilities(self, engine: Engine, level: float) -> None:
        columns = predicted(engine, random_cells(22, 400), level)
        for field in (*PROBABILITIES, "emotional_response"):
            for name, values in columns[field].parts().items():
                if name == "cell":  # a number of a cell of outcomes, and no probability
                    continue
                lowest = -1.0 if name.startswith("uplift") else 0.0
                known = values[~np.isnan(values)]
                assert np.all((known >= lowest) & (known <= 1.0)), f"{field}.{name}"

    def test_uplift_is_the_difference(self, engine: Engine, level: float) -> None:
        columns = predicted(engine, random_cells(23, 400), level)
        for field, column in columns.items():
            if column.uplift is not None and column.no_contact is not None:
                difference = column.value - column.no_contact
                assert np.array_equal(column.uplift, difference, equal_nan=True), field

    def test_confidence_is_a_share(self, engine: Engine, level: float) -> None:
        for field, column in predicted(engine, random_cells(24, 400), level).items():
            known = column.confidence[~np.isnan(column.confidence)]
            assert np.all((known >= 0.0) & (known <= 1.0)), field

    def test_a_wider_level_gives_a_wider_interval(self, engine: Engine, level: float) -> None:
        batch = random_cells(25, 200)
        narrow, wide = predicted(engine, batch, level), predicted(engine, batch, min(level + 0.15, 0.99))
        for field in FIELDS:
            known = ~np.isnan(narrow[field].value)
            length = wide[field].high - wide[field].low - (narrow[field].high - narrow[field].low)
            assert np.all(length[known] >= -1e-9 * (1.0 + np.abs(narrow[field].high[known]))), field
            assert np.array_equal(wide[field].value, narrow[field].value, equal_nan=True), field

    def test_nan_only_where_it_is_documented(self, engine: Engine, level: float) -> None:
        batch = random_cells(26, 400)
        columns = predicted(engine, batch, level)
        contact = np.array([item.is_contact for item in batch.interventions])[batch.intervention]
        for field in set(FIELDS) - LATER_NAN:
            assert not any(np.isnan(values).any() for values in columns[field].parts().values()), field
        assert np.array_equal(np.isnan(columns["response_time"].value), ~contact)
        named = np.array([item.channel or "" for item in batch.interventions], dtype=np.object_)[batch.intervention]
        silent = np.isin(named.astype(str), sorted(set(CHANNELS) - OPENING))
        unknown = np.isnan(columns["will_open"].value)
        assert np.all(unknown[contact & silent])
        assert not unknown[~contact].any()
        assert not unknown[np.isin(named.astype(str), sorted(OPENING))].any()


@pytest.mark.parametrize("days", [1, 7, 30, 365])
class TestNoContact:
    def test_sending_nothing_lifts_nothing(self, engine: Engine, days: int) -> None:
        frame = random_cells(31, 60).twins
        columns = engine.predict(grid(frame, [nothing()], NOW), FIELDS, horizon_days=days, level=0.8)
        for field, column in columns.items():
            for name in ("uplift", "uplift_low", "uplift_high"):
                values = column.parts().get(name)
                assert values is None or not values.any(), f"{field}.{name}"
            if column.no_contact is not None:
                assert bits(column.value) == bits(column.no_contact), field
        for field in ("revenue_impact", "loyalty_impact", "lifetime_value_impact"):
            assert not columns[field].value.any(), field

    def test_every_variant_of_a_twin_has_the_same_no_contact_value(self, engine: Engine, days: int) -> None:
        frame = random_cells(32, 60).twins
        items = [
            message(text, channel=channel, response="visit") for text in TEXTS for channel in ("email", "sms", "mail")
        ]
        columns = engine.predict(grid(frame, [*items, nothing()], NOW), FIELDS, horizon_days=days, level=0.8)
        for field, column in columns.items():
            for name in ("no_contact", "no_contact_low", "no_contact_high"):
                values = column.parts().get(name)
                if values is not None:
                    table = values.reshape(len(frame), -1)
                    assert np.all(table == table[:, -1:]), f"{field}.{name}"

    def test_what_needs_a_contact_has_none_without(self, engine: Engine, days: int) -> None:
        frame = random_cells(33, 30).twins
        items = [nothing(), nothing(response="click"), nothing(response="redemption"), message(response="reply")]
        columns = engine.predict(grid(frame, items, NOW), PROBABILITIES, horizon_days=days, level=0.8)
        for field in ("will_open", "will_click", "will_share", "will_unsubscribe"):
            baseline = columns[field].no_contact
            assert baseline is not None
            assert not baseline.any()
            assert not columns[field].value.reshape(-1, 4)[:, :3].any()
        engaged = columns["will_engage"].value.reshape(-1, 4)
        assert np.all(engaged[:, 0] > 0.0)  # a visit also comes by itself
        assert not engaged[:, 1:3].any()
        assert np.all(engaged[:, 3] > 0.0)


class TestEngagement:
    @pytest.mark.req("A3")
    def test_is_the_declared_response_and_never_an_open(self, engine: Engine) -> None:
        frame = random_cells(41, 20).twins
        kinds = ["visit", "click", "tap", "reply", "redemption"]
        columns = engine.predict(
            grid(frame, [message(response=kind) for kind in kinds], NOW), PROBABILITIES, horizon_days=7, level=0.8
        )
        table = {kind: columns["will_engage"].value.reshape(20, 5)[:, place] for place, kind in enumerate(kinds)}
        clicks, opens = (columns[name].value.reshape(20, 5)[:, 0] for name in ("will_click", "will_open"))
        assert np.array_equal(table["click"], clicks)
        assert np.array_equal(table["tap"], clicks)
        for kind, values in table.items():
            assert not np.array_equal(values, opens), kind
        before = columns["will_engage"].no_contact
        assert before is not None
        assert np.all(before.reshape(20, 5)[:, 0] > 0.0)
        assert not before.reshape(20, 5)[:, 1:].any()

    def test_a_message_without_a_channel_engages_as_on_the_one_it_goes_out_on(self, engine: Engine) -> None:
        caller = twins({**bought(12), "channel_call": 1.0, "channel_email": 0.6})
        batch = grid(caller, [message(channel=None), message(channel="call"), message(channel="email")], NOW)
        value = engine.predict(batch, ["will_engage"], horizon_days=7, level=0.8)["will_engage"].value
        assert value[0] == value[1]
        assert value[0] != value[2]

    def test_what_is_looked_at_closely_is_what_is_predicted(self, engine: Engine) -> None:
        batch = random_cells(43, 40)
        looked = engine.examine(batch, FIELDS, [], shown=25, scored="will_click", horizon_days=7, level=0.8)
        whole = predicted(engine, batch)
        assert_same(whole, looked.columns, np.arange(25))
        assert bits(looked.scores) == bits(whole["will_click"].value[25:])

    @pytest.mark.req("R106")
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.99])
    def test_clicks_never_exceed_opens(self, engine: Engine, level: float) -> None:
        frame = random_cells(42, 60).twins
        rare = twins({"open_rate": 0.0, "click_rate": 1.0, "contacts_recent": 60.0})
        items = [message(text, channel=channel) for text in TEXTS for channel in ("email", "push")]
        for people in (frame, rare):
            columns = engine.predict(grid(people, items, NOW), ["will_open", "will_click"], horizon_days=7, level=level)
            opened = columns["will_open"].parts()
            for name, clicked in columns["will_click"].parts().items():
                assert name in ("confidence", "cell") or np.all(clicked <= opened[name]), name


class TestPoints:
    @pytest.mark.parametrize("field", PROBABILITIES)
    def test_are_the_bits_that_predict_gives(self, engine: Engine, field: str) -> None:
        batch = random_cells(51, 200)
        column = engine.predict(batch, [field], horizon_days=14, level=0.8)[field]
        assert bits(engine.points(batch, field, horizon_days=14)) == bits(column.value)


class TestEmotions:
    def test_are_a_distribution_whose_label_can_be_read_off(self, engine: Engine) -> None:
        batch = random_cells(52, 300)
        table = engine.emotions(batch)
        assert table.shape == (300, 3)
        assert np.all(table >= 0.0)
        assert np.abs(table.sum(axis=1) - 1.0).max() < 1e-12
        positive = engine.predict(batch, ["emotional_response"], horizon_days=7, level=0.8)["emotional_response"]
        assert np.array_equal(table[:, 2], positive.value)
        quiet = ~np.array([item.is_contact for item in batch.interventions])[batch.intervention]
        assert quiet.any()
        assert np.all(table[quiet] == [0.0, 1.0, 0.0])

    def test_do_not_depend_on_neighbours(self, engine: Engine) -> None:
        batch = random_cells(53, 64)
        order = np.random.default_rng(0).permutation(64)
        assert engine.emotions(batch)[order].tobytes() == engine.emotions(some(batch, order)).tobytes()


class TestProvenance:
    def test_names_model_and_prior(self, engine: Engine) -> None:
        assert engine.provenance.model
        assert engine.provenance.prior
        assert engine.provenance == ENGINES[next(iter(ENGINES))]().provenance
