"""The trivial baselines: one number for all, one a segment, recency-frequency-money, and one a message."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from twincast.domain.backtests import BASE_RATE, NON_PERSONAL, RFM, SEGMENT_MEAN
from twincast.usecases.backtesting.cases import Cases
from twincast.usecases.backtesting.features import recency_frequency_money

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Predictor = Callable[[Cases, Index], Array]
"""Cases and the arm each would be in -> the predicted outcome, (n,)."""

PRIOR_ROWS = 20.0
"""Rows' worth of the wider mean that a mean of few rows is drawn towards."""
STEPS = 30


def baselines(train: Cases, *, is_money: bool) -> Mapping[str, Predictor]:
    """Fit the baselines to the training rows."""
    whole = _base(train, is_money)
    by_arm = _means(train.arm, train.outcome, len(train.arms), np.full(len(train.arms), whole))
    return {
        BASE_RATE: lambda cases, _arm: np.full(len(cases), whole),
        SEGMENT_MEAN: _segment_mean(train, by_arm),
        RFM: _regression(train, is_money),
        NON_PERSONAL: lambda _cases, arm: by_arm[arm],
    }


def _base(train: Cases, is_money: bool) -> float:
    """Return the mean of the training rows; of events half a one more of either kind, so that it is never 0 or 1."""
    if is_money:
        return float(train.outcome.mean())
    return float((train.outcome.sum() + 0.5) / (len(train) + 1.0))


def _means(codes: Index, outcome: Array, count: int, towards: Array) -> Array:
    """Return the mean of each group, drawn towards another number by `PRIOR_ROWS` rows."""
    rows = np.bincount(codes, minlength=count)
    sums = np.bincount(codes, weights=outcome, minlength=count)
    found: Array = (sums + PRIOR_ROWS * towards) / (rows + PRIOR_ROWS)
    return found


def _segment_mean(train: Cases, by_arm: Array) -> Predictor:
    segment_of = _segments(train)
    names = np.unique(segment_of(train))
    arms = len(train.arms)

    def code(cases: Cases) -> Index:
        found = np.searchsorted(names, segment_of(cases))
        found = np.minimum(found, len(names) - 1)
        return np.where(names[found] == segment_of(cases), found, len(names)).astype(np.intp)

    spots = (len(names) + 1) * arms  # one more for segments that training has not seen
    table = _means(code(train) * arms + train.arm, train.outcome, spots, np.tile(by_arm, len(names) + 1))
    return lambda cases, arm: table[code(cases) * arms + arm]


def _segments(train: Cases) -> Callable[[Cases], NDArray[np.str_]]:
    """Return how cases fall into segments: as declared, else by thirds of recency and thirds of money."""
    if train.segment is not None:
        return lambda cases: np.zeros(0, dtype=np.str_) if cases.segment is None else cases.segment
    features = recency_frequency_money(train)
    values = features.of(train, train.arm)
    places = [features.names.index(name) for name in ("recency", "money") if name in features.names]
    cuts = [np.quantile(values[:, place], [1 / 3, 2 / 3]) for place in places]

    def segment(cases: Cases) -> NDArray[np.str_]:
        mine = features.of(cases, cases.arm)
        thirds = [np.searchsorted(cut, mine[:, place]) for place, cut in zip(places, cuts, strict=True)]
        codes = sum((third * 3**position for position, third in enumerate(thirds)), np.zeros(len(cases), dtype=np.intp))
        return codes.astype(np.str_)

    return segment


def segments_of(train: Cases) -> Callable[[Cases], NDArray[np.str_]]:
    """Return the segments that the segment mean uses, for policies that choose by segment."""
    return _segments(train)


def _regression(train: Cases, is_money: bool) -> Predictor:
    """Fit a regression on recency, frequency, money and the arm, its weights drawn towards 0 by a unit normal."""
    features = recency_frequency_money(train)
    x = features.of(train, train.arm)
    if is_money:
        centre = float(train.outcome.mean())
        weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ (train.outcome - centre))
        return lambda cases, arm: np.maximum(centre + features.of(cases, arm) @ weights, 0.0)
    intercept, weights = _logistic(x, train.outcome)
    return lambda cases, arm: expit(intercept + features.of(cases, arm) @ weights)


def _logistic(x: Array, y: Array) -> tuple[float, Array]:
    design = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    penalty = np.eye(design.shape[1])
    penalty[0, 0] = 1e-6
    beta = np.zeros(design.shape[1])
    beta[0] = logit((y.sum() + 0.5) / (len(y) + 1.0))
    for _ in range(STEPS):
        p = expit(design @ beta)
        gradient = design.T @ (y - p) - penalty @ beta
        step = np.linalg.solve((design * (p * (1.0 - p))[:, None]).T @ design + penalty, gradient)
        beta = beta + step * min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    return float(beta[0]), beta[1:]
