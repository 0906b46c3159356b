"""Stored backtests as the use cases see them."""

from typing import Protocol

from twincast.domain.backtests import Backtest
from twincast.domain.ids import BacktestId
from twincast.domain.pages import Page


class BacktestRepository(Protocol):
    """Stored backtests of one workspace."""

    def get(self, backtest_id: BacktestId) -> Backtest | None:
        """Return a backtest, or None."""
        ...

    def add(self, backtest: Backtest) -> None:
        """Store a backtest. Raises WriteConflict where its id is there already."""
        ...

    def newest(self, cursor: str | None, limit: int) -> Page[Backtest]:
        """Page through backtests, newest first."""
        ...
