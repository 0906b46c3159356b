"""Tables of contacts for backtests: out of the synthetic world, or a few rows by hand."""

from datetime import date
from functools import cache
from typing import Any

from twincast.domain.interventions import Intervention
from twincast.usecases.backtesting.requests import BacktestRequest
from twincast.world.making import Options, World, make

COLUMNS = {"purchase": "purchased", "visit": "visited", "click": "clicked", "amount": "amount"}


@cache
def world(customers: int = 1_500, kind: str = "planted", seed: int = 0, **options: Any) -> World:
    """A world, made once."""
    return make(Options(customers=customers, kind=kind, seed=seed, **options))


def asked(found: World, kind: str = "purchase", **changes: Any) -> BacktestRequest:
    """A request to backtest on a world."""
    columns = found.columns
    values: dict[str, Any] = {
        "customers": found.records(),
        "intervention": columns["intervention"],
        "interventions": {
            name: None if given is None else Intervention(**given) for name, given in found.interventions.items()
        },
        "outcome": [float(value) for value in columns[COLUMNS[kind]]],
        "name": COLUMNS[kind],
        "kind": kind,
        "window_days": found.window_days,
        "time": [date.fromisoformat(day) for day in columns["sent_on"]],
        "propensity": columns["propensity"],
        "columns": {"home_store": columns["home_store"]},
        "draws": 60,
        "curve": False,
    }
    return BacktestRequest(**(values | changes))


def few(outcome: list[Any], **changes: Any) -> BacktestRequest:
    """A table of one customer a row, all sent the same mail on one day."""
    n = len(outcome)
    values: dict[str, Any] = {
        "customers": [{"customer_id": f"c{row}", "history": {"total_purchases": row % 7}} for row in range(n)],
        "intervention": ["mail"] * n,
        "interventions": {"mail": Intervention(channel="email", content="20% off this weekend")},
        "outcome": outcome,
        "name": "bought",
        "kind": "purchase",
        "window_days": 7,
        "as_of": date(2026, 1, 5),
        "draws": 20,
        "curve": False,
    }
    return BacktestRequest(**(values | changes))
