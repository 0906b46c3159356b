"""A backtest as flat tables: a list of rows each, for frames, terminals and spreadsheets."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from twincast.domain.backtests import Backtest, Measured

Row = dict[str, Any]


def tables_of(backtest: Backtest) -> dict[str, list[Row]]:
    """Return every table by name; a figure with an interval is three columns: itself, `_low` and `_high`."""
    return {name: list(rows(backtest)) for name, rows in TABLES.items()}


def _figure(name: str, measured: Measured | None) -> Row:
    if measured is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}


def _contenders(backtest: Backtest) -> Iterator[Row]:
    names = list(dict.fromkeys(key for it in backtest.contenders for key in it.scores))
    for it in backtest.contenders:
        row: Row = {"name": it.name, "role": it.role, **_figure("gain", it.gain)}
        for name in names:
            row |= _figure(name, it.scores.get(name))
        line = it.calibration or {}
        yield row | {f"calibration_{key}": line.get(key) for key in ("intercept", "slope")}


def _gate(backtest: Backtest) -> Iterator[Row]:
    for name, gain in backtest.gate.gains.items():
        yield {
            "verdict": backtest.gate.verdict,
            "over": name,
            **_figure("gain", gain),
            "base_loss": backtest.gate.base_loss,
        }


def _reliability(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.contenders:
        for part in it.bins:
            yield {
                "name": it.name,
                "count": part.count,
                "events": part.events,
                "predicted": part.predicted,
                **_figure("observed", part.observed),
            }


def _coverage(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.coverage:
        yield {
            "coverage": it.coverage,
            "threshold": it.threshold,
            "loss": it.loss,
            "base_loss": it.base_loss,
            "accuracy": it.accuracy,
        }


def _subgroups(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.subgroups:
        yield {
            "attribute": it.attribute,
            "group": it.group,
            "count": it.count,
            "predicted": it.predicted,
            **_figure("observed", it.observed),
            **_figure("gain", it.gain),
        }


def _uplift(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.uplifts:
        for score in it.scores:
            yield {
                "intervention": it.intervention,
                "name": score.name,
                "count": it.count,
                "contacted": it.contacted,
                **_figure("average_effect", it.average),
                **_figure("auuc", score.auuc),
                **_figure("qini", score.qini),
            }


def _deciles(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.uplifts:
        for place, decile in enumerate(it.deciles, start=1):
            yield {
                "intervention": it.intervention,
                "decile": place,
                "count": decile.count,
                "contacted": decile.contacted,
                "predicted": decile.predicted,
                **_figure("observed", decile.observed),
            }


def _policies(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.policies:
        yield {
            "name": it.name,
            **_figure("ipw", it.ipw),
            **_figure("doubly_robust", it.doubly_robust),
            **_figure("gain", it.gain),
            "effective": it.effective,
            "clipped": it.clipped,
            "refused": it.refused or None,
        }


def _learning(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.learning:
        yield from ({"rows": it.rows, "name": name, "loss": loss} for name, loss in it.losses.items())


def _leaks(backtest: Backtest) -> Iterator[Row]:
    for it in backtest.leaks:
        yield {"column": it.column, "why": it.why, "action": it.action}


TABLES: Final[dict[str, Callable[[Backtest], Iterator[Row]]]] = {
    "contenders": _contenders,
    "gate": _gate,
    "reliability": _reliability,
    "coverage": _coverage,
    "subgroups": _subgroups,
    "uplift": _uplift,
    "deciles": _deciles,
    "policies": _policies,
    "learning": _learning,
    "leaks": _leaks,
}
