"""Outcomes that teach less than they seem to: finite, sensible numbers, and it is said."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.response.outcomes import blank
from twincast.reading.twins import POSITION, TwinFrame
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.notes import notes_of
from twincast.response.posteriors import ResponseModel, shipped_model

Array = NDArray[np.float64]
SHIPPED = shipped_model()


def told(happened: Sequence[float] | Array, seed: int = 3) -> OutcomeRows:
    """Visits of randomised customers, contacted or not."""
    rows = blank(np.random.default_rng(seed), len(happened), "visit")
    return replace(rows, outcomes={"visit": np.asarray(happened, dtype=np.float64)})


def by_chance(count: int, share: float = 0.3) -> Array:
    return (np.random.default_rng(7).random(count) < share).astype(np.float64)


def known(rows: OutcomeRows, values: Array) -> OutcomeRows:
    twins: TwinFrame = replace(rows.cells.twins, values=values)
    return replace(rows, cells=replace(rows.cells, twins=twins))


def learned(rows: OutcomeRows) -> tuple[ResponseModel, tuple[str, ...]]:
    """What is learned, having seen that its numbers are numbers."""
    model = learn(SHIPPED, rows)
    found = predict(rows.cells, model, ["will_engage"], horizon_days=7, level=0.8)["will_engage"]
    for values in (found.value, found.low, found.high, found.confidence):
        assert ((values >= 0.0) & (values <= 1.0)).all()
    return model, notes_of(model, rows)


@pytest.mark.parametrize(("value", "words"), [(0.0, "none is an event"), (1.0, "all are events")])
def test_outcomes_of_one_kind(value: float, words: str) -> None:
    model, notes = learned(told([value] * 300))
    assert [note for note in notes if words in note and note.startswith("visit: of 300 outcomes")]
    assert (model.head("visit").level.mean[0] > SHIPPED.head("visit").level.mean[0]) == (value == 1.0)


def test_two_outcomes() -> None:
    model, notes = learned(told([0.0, 1.0]))
    (said,) = notes
    assert said.startswith("visit: 1 events in 2 outcomes are too few to check what is foretold: from 20 on")
    assert model.posteriors["visit"].calibration == (0.0, 1.0)


def test_a_column_that_knows_the_outcome_is_named() -> None:
    rows = told(by_chance(600))
    values = rows.cells.twins.values.copy()
    values[:, POSITION["spend_365"]] += 1e5 * rows.outcomes["visit"]
    _, notes = learned(known(rows, values))
    (said,) = (note for note in notes if "alone" in note)
    assert said.startswith("visit: 'spend_365' (what was spent in a year) alone tells every event from every other")


def test_customers_of_whom_the_records_say_the_same() -> None:
    rows = told(by_chance(400))
    same = np.tile(rows.cells.twins.values[:1], (400, 1))
    alike = known(rows, same)
    alike = replace(alike, cells=replace(alike.cells, twins=replace(alike.cells.twins, interests=(("tea",),) * 400)))
    assert learned(alike)[1][-1].startswith("the records tell no customer from another")


def test_what_is_missing_is_said_with_its_share() -> None:
    rows = told(by_chance(1_000))
    values = rows.cells.twins.values.copy()
    for name in ("orders", "last_order_day", "spend_365"):
        values[np.random.default_rng(len(name)).permutation(1_000)[:300], POSITION[name]] = np.nan
    _, notes = learned(known(rows, values))
    (said,) = (note for note in notes if note.startswith("not known of all customers"))
    for words in ("'orders' (the number of orders) of 30%", "'spend_365' (what was spent in a year) of 30%"):
        assert words in said


def test_plain_outcomes_leave_nothing_to_say() -> None:
    assert learned(told(by_chance(600)))[1] == ()
