"""The table of a backtest: proper scores of everybody on the same test rows, the gate, coverage and subgroups."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import (
    BASE_RATE,
    GATE_BASELINES,
    TWIN,
    Bin,
    Contender,
    Coverage,
    Gate,
    Measured,
    Subgroup,
    gate_of,
)
from twincast.stats.abstaining import risk_coverage
from twincast.stats.reliability import BINS, reliability_bins
from twincast.stats.resampling import bootstrap, mean_differences, weighted_auc
from twincast.stats.scoring import Score, calibration_line, log_losses
from twincast.usecases.backtesting.cases import Cases
from twincast.usecases.backtesting.features import is_known, numbers
from twincast.usecases.backtesting.requests import BacktestRequest

Array = NDArray[np.float64]
MOST_GROUPS: Final = 12
LEAST_GROUP: Final = 30
Figures = dict[str, Callable[[Array], float]]
"""Figure -> its value from weights of the test rows."""


def contenders(
    predicted: Mapping[str, Array], roles: Mapping[str, str], test: Cases, request: BacktestRequest
) -> tuple[Contender, ...]:
    """Score everybody on the same resamples of the test rows.

    Args:
        predicted: name -> predicted outcome of each test row; holds the base rate.
        roles: name -> `twin`, `baseline` or `own`.
        test: the test rows.
        request: level, seed and draws.
    """
    base = losses(predicted[BASE_RATE], test, request)
    figures = {name: _figures(values, test, request, base) for name, values in predicted.items()}
    flat = [(name, key) for name, mine in figures.items() for key in mine]

    def statistic(weights: Array) -> Array:
        return np.array([figures[name][key](weights) for name, key in flat])

    found = bootstrap(
        statistic, len(test), draws=request.draws, level=request.level, seed=request.seed, clusters=test.customer
    )
    scored: dict[str, dict[str, Measured]] = {name: {} for name in predicted}
    for (name, key), score in zip(flat, found, strict=True):
        if np.isfinite(score.value):
            scored[name][key] = measured(score)
    return tuple(_contender(name, roles[name], predicted[name], scored[name], test, request) for name in predicted)


def losses(predicted: Array, test: Cases, request: BacktestRequest) -> Array:
    """Return each row's loss: log loss of a probability, squared error of money (proper for a mean)."""
    if request.is_money:
        squares: Array = (predicted - test.outcome) ** 2
        return squares
    return log_losses(predicted, test.outcome)


def twin_gate(predicted: Mapping[str, Array], test: Cases, request: BacktestRequest) -> Gate:
    """Return the verdict on the twin: paired gains over the baselines of the gate."""
    every = {name: losses(predicted[name], test, request) for name in (TWIN, *GATE_BASELINES)}
    gains = mean_differences(
        list(every.values()), draws=request.draws, level=request.level, seed=request.seed, clusters=test.customer
    )
    named = {name: measured(gain) for name, gain in zip(GATE_BASELINES, gains, strict=True)}
    return gate_of(named, float(every[BASE_RATE].mean()))


def coverage_of(
    confidence: Array, predicted: Mapping[str, Array], test: Cases, request: BacktestRequest
) -> tuple[Coverage, ...]:
    """Return the twin's loss when only its surest predictions are acted on, beside the base rate's on the same rows."""
    sure = np.where(np.isfinite(confidence), confidence, -1.0)
    own, base = (losses(predicted[name], test, request) for name in (TWIN, BASE_RATE))
    right = (predicted[TWIN] >= 0.5) == (test.outcome > 0)
    curves = [risk_coverage(sure, values, points=10) for values in (own, base, right)]
    return tuple(
        Coverage(
            coverage=float(share),
            threshold=float(least),
            loss=float(loss),
            base_loss=float(of_base),
            accuracy=None if request.is_money else float(correct),
        )
        for share, least, loss, of_base, correct in zip(
            curves[0].coverage, curves[0].threshold, *(curve.risk for curve in curves), strict=True
        )
    )


def subgroups_of(
    predicted: Mapping[str, Array], groups: Mapping[str, Sequence[object]], test: Cases, request: BacktestRequest
) -> tuple[Subgroup, ...]:
    """Return how the twin does on each part of the people, by each attribute; small groups are left out."""
    return tuple(
        _subgroup(attribute, name, rows, predicted, test, request)
        for attribute, cells in groups.items()
        for name, rows in _parts(cells)
        if rows.sum() >= LEAST_GROUP
    )


def measured(score: Score) -> Measured:
    """Return a score as the value that is kept; a percentile interval that misses its own value is widened to it."""
    low, high = (score.value if not np.isfinite(end) else end for end in (score.low, score.high))
    return Measured(value=score.value, low=min(low, score.value), high=max(high, score.value), level=score.level)


def _contender(
    name: str, role: str, predicted: Array, scores: dict[str, Measured], test: Cases, request: BacktestRequest
) -> Contender:
    gain = scores.pop("gain", None)
    line = None if request.is_money else calibration_line(predicted, test.outcome)
    named = ("intercept", "intercept_se", "slope", "slope_se")
    bins = [] if request.is_money else reliability_bins(predicted, test.outcome, level=request.level)
    return Contender(
        name=name,
        role=role,
        scores=scores,
        gain=None if name == BASE_RATE else gain,
        calibration=None if line is None else {key: getattr(line, key) for key in named},
        bins=tuple(
            Bin(count=it.count, events=it.events, predicted=it.predicted, observed=measured(it.observed)) for it in bins
        ),
    )


def _figures(predicted: Array, test: Cases, request: BacktestRequest, base: Array) -> Figures:
    own = losses(predicted, test, request)
    common: Figures = {
        "gain": _mean(base - own),
        "mean_predicted": _mean(predicted),
        "observed": _mean(test.outcome),
    }
    if request.is_money:
        squared = _mean(own)
        return {
            "mae": _mean(np.abs(predicted - test.outcome)),
            "rmse": lambda weights: float(np.sqrt(squared(weights))),
            **common,
        }
    found: Figures = {"log_loss": _mean(own), "brier": _mean((predicted - test.outcome) ** 2)}
    if np.ptp(predicted) > 0.0:
        found["auc"] = weighted_auc(predicted, test.outcome)
    return {**found, "ece": _calibration_error(predicted, test.outcome), **common}


def _mean(values: Array) -> Callable[[Array], float]:
    return lambda weights: float(weights @ values / weights.sum())


def _calibration_error(predicted: Array, events: Array) -> Callable[[Array], float]:
    """Return the calibration error from weights, in the bins that all rows together make."""
    edges = [it.lowest for it in reliability_bins(predicted, events, BINS)]
    bin_of = np.searchsorted(edges, predicted, side="right") - 1
    gap = predicted - events

    def error(weights: Array) -> float:
        sums = np.bincount(bin_of, weights=weights * gap, minlength=len(edges))
        return float(np.abs(sums).sum() / weights.sum())

    return error


def _subgroup(
    attribute: str,
    name: str,
    rows: NDArray[np.bool_],
    predicted: Mapping[str, Array],
    test: Cases,
    request: BacktestRequest,
) -> Subgroup:
    mine = test.take(rows)
    own, base = (losses(predicted[it][rows], mine, request) for it in (TWIN, BASE_RATE))
    outcome = mine.outcome
    kept = {"draws": request.draws, "level": request.level, "seed": request.seed, "clusters": mine.customer}
    (gain,) = mean_differences([own, base], **kept)  # type: ignore[arg-type]  # each key has its own type
    (share,) = bootstrap(_mean(outcome), len(mine), **kept)  # type: ignore[arg-type]  # the same
    return Subgroup(
        attribute=attribute,
        group=name,
        count=len(mine),
        predicted=float(predicted[TWIN][rows].mean()),
        observed=measured(share),
        gain=measured(gain),
    )


def _parts(cells: Sequence[object]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield the groups of an attribute: its texts, the commonest first, or thirds of its numbers; and the unknown."""
    known = np.array([is_known(cell) for cell in cells])
    held = [cell for cell, there in zip(cells, known, strict=True) if there]
    if held and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in held):
        values = numbers(cells)
        low, high = np.nanquantile(values, [1 / 3, 2 / 3]).tolist()
        yield f"up to {low:g}", values <= low
        yield f"{low:g} to {high:g}", (values > low) & (values <= high)
        yield f"above {high:g}", values > high
    else:
        texts = np.array([_text(cell) if there else "" for cell, there in zip(cells, known, strict=True)])
        names, counts = np.unique(texts[known], return_counts=True)
        for place in np.argsort(-counts, kind="stable")[:MOST_GROUPS].tolist():
            yield str(names[place]), (texts == names[place]) & known
    if not known.all():
        yield "not on record", ~known


def _text(cell: object) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
