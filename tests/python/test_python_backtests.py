"""A data scientist's first ten minutes: a world, a backtest, frames, an estimator of her own; and what goes wrong."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from twincast import Twincast
from twincast.domain.errors import InvalidInput
from twincast.entrypoints.python.backtests import BacktestResult


class Mean:
    """The smallest estimator there is."""

    def fit(self, features: np.ndarray, outcome: np.ndarray) -> "Mean":
        self.mean = float(outcome.mean())
        return self

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        return np.tile([1 - self.mean, self.mean], (len(features), 1))


pytestmark = pytest.mark.slow  # each learns and judges anew


@pytest.fixture(scope="module")
def result() -> BacktestResult:
    return Twincast().backtest(
        Twincast.world(900), outcome="purchased", subgroups=["home_store"], estimators={"mean": Mean()}, curve=False
    )


@pytest.mark.req("R182", "N3")
def test_the_first_ten_minutes(result: BacktestResult, tmp_path: Path) -> None:
    table = result.to_pandas()
    assert table["name"].tolist()[0] == "twincast"
    assert {"base rate", "segment mean", "mean"} <= set(table["name"])
    assert result.gate.verdict in {"open", "undecided", "closed"}
    mine, base = (table.set_index("name").loc[name, "log_loss"] for name in ("mean", "base rate"))
    assert mine == pytest.approx(base, abs=1e-3)
    assert set(result.to_pandas("subgroups")["group"]) == {"north", "east", "south", "west"}
    assert result.to_polars("deciles").height == 30
    assert result.to_html(tmp_path / "r.html") == (tmp_path / "r.html").read_text()
    assert "the gate is" in repr(result)
    with pytest.raises(KeyError, match="there are contenders"):
        result.records("nothing")


def test_the_page_of_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 2
    scope: dict[str, Any] = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, "docs/backtest.md", "exec"), scope)  # noqa: S102 - our own page
        promised = [line.removeprefix("# ") for line in block.splitlines() if line.startswith("# ")]
        assert capsys.readouterr().out.splitlines() == promised


def test_frames_and_rows_of_one_table_give_one_answer(result: BacktestResult) -> None:
    world = Twincast.world(900)
    for rows in (world.to_pandas(), world.to_polars(), world.rows()):
        found = Twincast().backtest(
            rows, world.interventions, outcome="purchased", subgroups=["home_store"], estimators={"mean": Mean()},
            curve=False,
        )  # fmt: skip
        assert found.records() == result.records()


def test_records_with_messages_of_their_own_in_each_row() -> None:
    rows = [
        {
            "customer": {"customer_id": f"c{row}", "history": {"total_purchases": row % 9}},
            "intervention": {"type": "outbound_call", "channel": "phone", "content": f"Offer {row % 2}"},
            "purchased": row % 7 == 3,
        }
        for row in range(400)
    ]
    found = Twincast().backtest(rows, as_of="2025-01-01", curve=False)
    assert found.value.split.by == "customer"
    assert found.value.field == "will_purchase"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": None}, "outcome: may be opened, clicked"),
        ({"outcome": "nothing"}, "no column 'nothing'"),
        ({"outcome": "lifetime_value"}, "kind: does not follow from the name"),
        ({"intervention": "nothing"}, "no column 'nothing'"),
        ({"time": "home_store"}, "is not a day"),
        ({"outcome": "home_store", "kind": "purchase"}, "neither 1 nor 0"),
        ({"rows": 7}, "rows: is a int"),
        ({"rows": [{"customer_id": "a", "purchased": 1}]}, "no column says what was sent"),
        ({"leaks": "hide"}, "leaks: 'hide' is not known"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], words: str) -> None:
    world = Twincast.world(60)
    given: dict[str, Any] = {"rows": world.to_pandas(), "interventions": world.interventions, "outcome": "purchased"}
    with pytest.raises(InvalidInput) as refusal:
        Twincast().backtest(**(given | changes))
    assert words in str(refusal.value)


@pytest.mark.req("I16")
def test_a_column_that_knows_the_outcome_is_named() -> None:
    world = Twincast.world(900)
    frame = world.to_pandas().assign(points_earned=lambda it: it["purchased"] * 10 + 1)
    with pytest.raises(InvalidInput, match=r"points_earned: alone tells the outcome apart"):
        Twincast().backtest(frame, world.interventions, outcome="purchased", curve=False)
    found, plain = (
        Twincast().backtest(rows, world.interventions, outcome="purchased", curve=False, leaks="leave_out")
        for rows in (frame, world.to_pandas())
    )
    assert found.records() == plain.records()  # nothing of it reached the twin either
    assert isinstance(found.to_pandas(), pd.DataFrame)
