"""A backtest to store, with everything in it that could be lost on the way."""

from datetime import date, timedelta

from tests.storage.records import NOON, ODD
from twincast.domain.backtests import Backtest, Bin, Contender, Decile, Leak, Measured, Split, Uplift, gate_of
from twincast.domain.ids import BacktestId
from twincast.domain.twins import Warning


def a_backtest(name: str = "back_1", seconds: float = 0) -> Backtest:
    """A backtest with floats that text could round, and parts that are not there."""
    figure = Measured(value=ODD, low=-ODD, high=1.0, level=0.95)
    return Backtest(
        id=BacktestId(name),
        outcome="bought – 日本",
        field="will_purchase",
        kind="probability",
        horizon_days=14,
        level=0.95,
        seed=2**40,
        split=Split(by="time", train=3, test=2, purged=1, cut=date(2024, 2, 29), events=None),
        contenders=(
            Contender(
                name="twincast",
                role="twin",
                scores={"log_loss": figure},
                gain=None,
                calibration=None,
                bins=(Bin(count=2, events=1, predicted=ODD, observed=figure),),
            ),
        ),
        gate=gate_of({"base rate": figure}, ODD),
        coverage=(),
        subgroups=(),
        uplifts=(
            Uplift(
                intervention="mail",
                count=2,
                contacted=1,
                average=figure,
                scores=(),
                deciles=(Decile(count=2, contacted=1, predicted=ODD, observed=None),),
                curve={"share": [0.0, ODD], "gain": [0.0, -ODD], "qini": [0.0, ODD]},
            ),
        ),
        policies=(),
        learning=(),
        leaks=(Leak(column='a"b', why="knows", action="kept"),),
        features=("age",),
        warnings=(Warning(code="leak", field="a", message="m"),),
        provenance={"model": "m"},
        created_at=NOON + timedelta(seconds=seconds),
    )
